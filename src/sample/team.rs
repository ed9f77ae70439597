//! One component's team: writes commits and merges pull requests, so that each release of the story
//! has what it brings. What the pipeline makes of it is told in `pipeline`.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::calendar::{Calendar, earlier};
use super::dice::Dice;
use super::pipeline::{Event, Happening};
use super::story::{Brings, Component, Pace, Planned, RECENT_PACE};
use super::words::{Step, Topic};
use crate::model::CommitId;
use crate::sources::git::{NewCommit, NewRepository, WriteError, write_repository};

/// Working minutes from the first commit to the first release: about three weeks.
const BUILDING: u32 = 15 * 600;

/// A team and its repository.
struct Team<'a> {
    component: Component,
    repository: &'a NewRepository<'a>,
    dice: Dice,
    /// Everything that `main` was, with its time: the first commits, then merges.
    main: Vec<(DateTime<Utc>, CommitId)>,
    /// What `main` is.
    tip: CommitId,
    /// The versions that went to production, in order.
    shipped: Vec<CommitId>,
    /// The main commit of the last pull request: what a revert takes back.
    latest: Option<(Step, CommitId)>,
    pulls: usize,
    commits: usize,
    events: Vec<Event>,
}

/// What a team leaves behind.
pub(super) struct Work {
    /// What the pipeline has to do for it, in no order.
    pub(super) events: Vec<Event>,
    /// How many commits were written.
    pub(super) commits: usize,
}

/// One pull request to be.
struct Pull<'a> {
    branch: &'a str,
    title: &'a str,
    /// Each with its time; in order.
    commits: Vec<(DateTime<Utc>, Step, String)>,
    merged: DateTime<Utc>,
}

/// Writes the whole repository of a component.
///
/// # Errors
///
/// When it cannot be written.
pub(super) fn work(
    component: Component,
    directory: &Path,
    calendar: &Calendar,
    releases: &[Planned],
) -> Result<Work, WriteError> {
    write_repository(directory, |repository| {
        let mut team = Team::begin(component, repository, calendar.launched())?;
        for release in releases {
            if release.component == component {
                team.release(release)?;
            }
        }
        match component {
            Component::Api => team.wait_for_a_release(calendar.closed())?,
            Component::Web => team.leave_a_branch_open(calendar.closed())?,
        }
        Ok((
            team.tip,
            Work {
                events: team.events,
                commits: team.commits,
            },
        ))
    })
}

impl<'a> Team<'a> {
    /// The commits before the first release, straight on `main`.
    fn begin(
        component: Component,
        repository: &'a NewRepository<'a>,
        launched: DateTime<Utc>,
    ) -> Result<Self, WriteError> {
        let write = |message, path: &str, content: &str, after, parents: &[CommitId]| {
            let at = earlier(launched, BUILDING - after);
            let commit = repository.commit(&NewCommit {
                message,
                authored: at,
                committed: at,
                parents,
                base: None,
                files: &[(path.to_owned(), content.to_owned())],
            });
            commit.map(|commit| (at, commit))
        };
        let readme = format!("# shop-{}\n\nPart of a sample project.\n", component.name());
        let skeleton = write("chore: project skeleton", "README.md", &readme, 0, &[])?;
        let page = "// the first page\n";
        let page = write(
            "feat: a first page",
            "src/main.ts",
            page,
            3000,
            &[skeleton.1],
        )?;
        let sign_in = "// sign in\n";
        let sign_in = write("feat: sign in", "src/sign-in.ts", sign_in, 6000, &[page.1])?;
        let main = vec![skeleton, page, sign_in];
        Ok(Self {
            component,
            repository,
            dice: Dice::new(match component {
                Component::Web => 1,
                Component::Api => 2,
            }),
            tip: sign_in.1,
            shipped: Vec::new(),
            latest: None,
            pulls: 0,
            commits: main.len(),
            main,
            events: Vec::new(),
        })
    }

    fn release(&mut self, release: &Planned) -> Result<(), WriteError> {
        match release.brings {
            Brings::Beginning => {
                let deployed = release.at - TimeDelta::minutes(60);
                self.deploy_to_uat(self.tip, deployed, Some(deployed + TimeDelta::minutes(14)));
            }
            Brings::Work => self.merge_work(release)?,
            Brings::RepairedWork => self.merge_repaired_work(release)?,
            Brings::Hotfix => self.merge_hotfix(release)?,
            Brings::Revert => self.merge_revert(release)?,
            Brings::Latest | Brings::Rollback | Brings::Same => {}
        }
        let version = match (release.brings, self.shipped.as_slice()) {
            (Brings::Latest, _) => None,
            (Brings::Rollback, [.., before, _]) => Some(*before),
            (Brings::Same, [.., now]) => Some(*now),
            _ => Some(self.tip),
        };
        if let Some(version) = version
            && self.shipped.last() != Some(&version)
        {
            self.shipped.push(version);
        }
        self.events.push(Event {
            at: release.at,
            happening: Happening::Production {
                component: self.component,
                version: version.map_or_else(|| "latest".to_owned(), |version| version.to_string()),
            },
        });
        Ok(())
    }

    fn merge_work(&mut self, release: &Planned) -> Result<(), WriteError> {
        let pace = release.pace;
        let count = self.dice.within(&pace.pulls);
        let mut merged = earlier(release.at, self.dice.within(&pace.wait));
        let mut merges = vec![merged];
        for _ in 1..count {
            merged = earlier(merged, self.dice.within(&pace.gap));
            merges.push(merged);
        }
        for merged in merges.into_iter().rev() {
            self.merge_topic(merged, pace, true)?;
        }
        Ok(())
    }

    fn merge_repaired_work(&mut self, release: &Planned) -> Result<(), WriteError> {
        let repaired = release.at - TimeDelta::minutes(50);
        self.merge_topic(repaired - TimeDelta::minutes(100), release.pace, false)?;
        let topic = self.topic();
        let fix = [(repaired - TimeDelta::minutes(35), topic.fix())];
        let version = self.merge_fixes(&format!("fix/{}", topic.slug()), &fix, repaired)?;
        let deployed = repaired + TimeDelta::minutes(10);
        self.deploy_to_uat(version, deployed, Some(deployed + TimeDelta::minutes(12)));
        Ok(())
    }

    fn merge_hotfix(&mut self, release: &Planned) -> Result<(), WriteError> {
        let before = |minutes| release.at - TimeDelta::minutes(minutes);
        let topic = self.topic();
        let fix = [(before(19), topic.fix())];
        let version = self.merge_fixes(&format!("hotfix/{}", topic.slug()), &fix, before(14))?;
        self.deploy_to_uat(version, before(10), Some(before(4)));
        Ok(())
    }

    fn merge_revert(&mut self, release: &Planned) -> Result<(), WriteError> {
        let Some((step, reverted)) = self.latest.clone() else {
            return Ok(());
        };
        let before = |minutes| release.at - TimeDelta::minutes(minutes);
        let title = format!("Revert \"{}\"", step.subject);
        let message = format!("{title}\n\nThis reverts commit {reverted}.\n");
        let branch = format!("revert/{}", self.topic().slug());
        let version = self.pull_request(&Pull {
            branch: &branch,
            title: &title,
            commits: vec![(before(31), step, message)],
            merged: before(25),
        })?;
        self.deploy_to_uat(version, before(19), Some(before(9)));
        Ok(())
    }

    /// Merges a pull request on a new topic and deploys it to uat.
    fn merge_topic(
        &mut self,
        merged: DateTime<Utc>,
        pace: &Pace,
        is_tested: bool,
    ) -> Result<(), WriteError> {
        // Not before the merge before it.
        let floor = self.main.last().map(|&(at, _)| at + TimeDelta::minutes(4));
        let merged = floor.map_or(merged, |floor| merged.max(floor));
        let steps = self.dice.within(&(1..=5));
        let version = self.merge_feature(steps, merged, pace)?;
        let deployed = merged + self.minutes(8, 15);
        let tested = deployed + self.minutes(5, 15);
        self.deploy_to_uat(version, deployed, is_tested.then_some(tested));
        Ok(())
    }

    /// Merges a pull request of so many commits on a new topic.
    fn merge_feature(
        &mut self,
        steps: u32,
        merged: DateTime<Utc>,
        pace: &Pace,
    ) -> Result<CommitId, WriteError> {
        self.pulls += 1;
        let topic = self.topic();
        let commits = self.authored(topic.steps(steps), merged, pace);
        self.pull_request(&Pull {
            branch: &format!("feat/{}", topic.slug()),
            title: &topic.title(),
            commits,
            merged,
        })
    }

    fn merge_fixes(
        &mut self,
        branch: &str,
        fixes: &[(DateTime<Utc>, Step)],
        merged: DateTime<Utc>,
    ) -> Result<CommitId, WriteError> {
        let title = fixes.first().map_or("fix", |(_, step)| &step.subject);
        let commits = fixes
            .iter()
            .map(|(at, step)| (*at, step.clone(), step.subject.clone()))
            .collect();
        self.pull_request(&Pull {
            branch,
            title,
            commits,
            merged,
        })
    }

    /// Gives commits their times, back from the merge.
    fn authored(
        &mut self,
        steps: Vec<Step>,
        merged: DateTime<Utc>,
        pace: &Pace,
    ) -> Vec<(DateTime<Utc>, Step, String)> {
        let mut at = earlier(merged, self.dice.within(&pace.review)) - self.seconds();
        let mut commits = Vec::new();
        for step in steps.into_iter().rev() {
            let subject = step.subject.clone();
            commits.push((at, step, subject));
            at = earlier(at, self.dice.within(&pace.spacing)) - self.seconds();
        }
        commits.reverse();
        commits
    }

    /// Writes the commits of a branch and merges it into `main`.
    fn pull_request(&mut self, pull: &Pull<'_>) -> Result<CommitId, WriteError> {
        let mut files: Vec<(String, String)> = Vec::new();
        let begun = pull
            .commits
            .first()
            .map_or(pull.merged, |&(first, ..)| first);
        let mut branch = self.main_at(begun);
        for (at, step, message) in &pull.commits {
            let file = (step.path.clone(), self.content(step, message));
            branch = self.commit(message, *at, &[branch], std::slice::from_ref(&file))?;
            files.retain(|(path, _)| *path != file.0);
            files.push(file);
            if step.subject == pull.title {
                self.latest = Some((step.clone(), branch));
            }
        }
        let message = format!(
            "Merge pull request #{} from sample/{}\n\n{}\n",
            self.commits, pull.branch, pull.title
        );
        self.tip = self.commit(&message, pull.merged, &[self.tip, branch], &files)?;
        self.main.push((pull.merged, self.tip));
        Ok(self.tip)
    }

    /// The last pull request: merged and tested, and no release has it.
    fn wait_for_a_release(&mut self, closes: DateTime<Utc>) -> Result<(), WriteError> {
        let merged = closes - TimeDelta::minutes(47);
        let version = self.merge_feature(3, merged, &RECENT_PACE)?;
        let deployed = merged + TimeDelta::minutes(11);
        self.deploy_to_uat(version, deployed, Some(deployed + TimeDelta::minutes(13)));
        Ok(())
    }

    /// Work that is not merged: nothing that waits for a release.
    fn leave_a_branch_open(&mut self, closes: DateTime<Utc>) -> Result<(), WriteError> {
        self.pulls += 1;
        let topic = self.topic();
        let mut branch = self.tip;
        for (at, step, message) in self.authored(topic.steps(2), closes, &RECENT_PACE) {
            let file = (step.path.clone(), self.content(&step, &message));
            branch = self.commit(&message, at, &[branch], &[file])?;
        }
        self.repository
            .branch(&format!("feat/{}", topic.slug()), branch)
    }

    fn commit(
        &mut self,
        message: &str,
        at: DateTime<Utc>,
        parents: &[CommitId],
        files: &[(String, String)],
    ) -> Result<CommitId, WriteError> {
        self.commits += 1;
        self.repository.commit(&NewCommit {
            message,
            authored: at,
            committed: at,
            parents,
            base: None,
            files,
        })
    }

    fn deploy_to_uat(
        &mut self,
        version: CommitId,
        at: DateTime<Utc>,
        tested: Option<DateTime<Utc>>,
    ) {
        let happening = Happening::Uat {
            component: self.component,
            version: version.to_string(),
            tested,
        };
        self.events.push(Event { at, happening });
    }

    fn content(&self, step: &Step, message: &str) -> String {
        let mark = if step.path.ends_with(".md") {
            "#"
        } else {
            "//"
        };
        let title = message.lines().next().unwrap_or_default();
        format!("{mark} {title}\n\n{mark} revision {}\n", self.commits)
    }

    fn topic(&self) -> Topic {
        Topic::number(self.component, self.pulls)
    }

    /// What `main` was at an instant.
    fn main_at(&self, instant: DateTime<Utc>) -> CommitId {
        let known = self.main.iter().rfind(|(at, _)| *at <= instant);
        known.map_or(self.tip, |&(_, commit)| commit)
    }

    fn minutes(&mut self, from: u32, to: u32) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.dice.within(&(from..=to)))) + self.seconds()
    }

    fn seconds(&mut self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.dice.within(&(0..=59))))
    }
}
