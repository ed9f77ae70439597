//! The release repository: a pipeline deploys to uat, tests there, deploys to production, and
//! commits each time what runs where (spec 3.1). What it deploys comes from `team`.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::calendar::Calendar;
use super::story::{Component, Notes};
use crate::model::CommitId;
use crate::sources::git::{NewCommit, NewRepository, WriteError, write_repository};

/// What the pipeline has to do, and when.
pub(super) struct Event {
    /// When.
    pub(super) at: DateTime<Utc>,
    /// What.
    pub(super) happening: Happening,
}

/// What happens in the release repository.
pub(super) enum Happening {
    /// A version reaches uat, and passes its tests at this time, or never.
    Uat {
        component: Component,
        version: String,
        tested: Option<DateTime<Utc>>,
    },
    /// What was in uat passed its tests.
    Tested { versions: Map<String, Value> },
    /// A version reaches production. Several at one instant are one deployment.
    Production {
        component: Component,
        version: String,
    },
    /// A person begins to write about rollbacks, without what the pipeline commits meanwhile.
    Begun,
    /// And merges it.
    Pulled,
    /// A person writes down what an outage taught.
    Learnt,
}

/// The release repository while it is written.
struct Pipeline<'a> {
    repository: &'a NewRepository<'a>,
    tip: CommitId,
    /// The person's commit, until it is merged.
    aside: Option<CommitId>,
    last: DateTime<Utc>,
    uat: Map<String, Value>,
    production: Map<String, Value>,
    commits: usize,
}

const README: &str = "# shop

A sample project, written by `dora demo`: the release repository of a shop whose two parts live in
`../shop-web` and `../shop-api`. The pipeline commits to `state/` what runs where.

    dora report
    dora report --verbose
    dora report --environment all
";

const RELEASE_WORKFLOW: &str = "name: release\non:\n  workflow_dispatch:\n";

const ABOUT_ROLLBACKS: &str = "# Rolling back

Release the version before again. The pipeline knows it: `git log -p state/`.
";

const LEARNT: &str = "# Before a release

Look at the error rate of uat for ten minutes. The long outage was visible there.
";

/// Writes the release repository; gives the number of its commits.
///
/// # Errors
///
/// When it cannot be written.
pub(super) fn run(
    directory: &Path,
    calendar: &Calendar,
    mut events: Vec<Event>,
) -> Result<usize, WriteError> {
    let notes = Notes::of(calendar);
    events.extend([
        Event {
            at: notes.begun,
            happening: Happening::Begun,
        },
        Event {
            at: notes.pulled,
            happening: Happening::Pulled,
        },
        Event {
            at: notes.learnt,
            happening: Happening::Learnt,
        },
    ]);
    // Stable: what happens at one instant stays in the order of the teams.
    events.sort_by_key(|event| event.at);
    write_repository(directory, |repository| {
        let mut pipeline = Pipeline::begin(repository, calendar.launched())?;
        pipeline.run(events)?;
        Ok((pipeline.tip, pipeline.commits))
    })
}

impl<'a> Pipeline<'a> {
    fn begin(repository: &'a NewRepository<'a>, at: DateTime<Utc>) -> Result<Self, WriteError> {
        let files = [
            ("README.md".to_owned(), README.to_owned()),
            (
                ".github/workflows/release.yml".to_owned(),
                RELEASE_WORKFLOW.to_owned(),
            ),
        ];
        let tip = repository.commit(&NewCommit {
            message: "chore: the release pipeline",
            authored: at,
            committed: at,
            parents: &[],
            base: None,
            files: &files,
        })?;
        Ok(Self {
            repository,
            tip,
            aside: None,
            last: at,
            uat: Map::new(),
            production: Map::new(),
            commits: 1,
        })
    }

    /// All events in order, and between them the tests that follow from some.
    fn run(&mut self, events: Vec<Event>) -> Result<(), WriteError> {
        let mut tests: Vec<Event> = Vec::new();
        let mut events = events.into_iter().peekable();
        while let Some(event) = events.next() {
            let is_over = |test: &mut Event| test.at <= event.at;
            let mut over: Vec<Event> = tests.extract_if(.., is_over).collect();
            over.sort_by_key(|test| test.at);
            for test in over {
                self.happen(test, false)?;
            }
            let is_unfinished = events.peek().is_some_and(|next| {
                next.at == event.at && matches!(next.happening, Happening::Production { .. })
            });
            tests.extend(self.happen(event, is_unfinished)?);
        }
        tests.sort_by_key(|test| test.at);
        for test in tests {
            self.happen(test, false)?;
        }
        Ok(())
    }

    /// Does what an event asks for; gives the test that follows from it, if one does. With
    /// `is_unfinished` the rest of the same deployment comes next.
    fn happen(&mut self, event: Event, is_unfinished: bool) -> Result<Option<Event>, WriteError> {
        let at = event.at;
        match event.happening {
            Happening::Uat {
                component,
                version,
                tested,
            } => {
                let message = format!("chore(release): {} to uat", said(component, &version));
                self.uat.insert(component.name().to_owned(), json!(version));
                let file = deployed("uat", &self.uat, at);
                self.commit(&message, at, &[file])?;
                let versions = self.uat.clone();
                Ok(tested.map(|at| Event {
                    at,
                    happening: Happening::Tested { versions },
                }))
            }
            Happening::Tested { versions } => {
                self.commit("test(uat): passed", at, &[tested(&versions, at)])?;
                Ok(None)
            }
            Happening::Production { component, version } => {
                let message = format!(
                    "chore(release): {} to production",
                    said(component, &version)
                );
                self.production
                    .insert(component.name().to_owned(), json!(version));
                if !is_unfinished {
                    let file = deployed("production", &self.production, at);
                    self.commit(&message, at, &[file])?;
                }
                Ok(None)
            }
            Happening::Begun => {
                let file = [("docs/rollback.md".to_owned(), ABOUT_ROLLBACKS.to_owned())];
                let before = self.tip;
                self.commit("docs: how to roll back", at, &file)?;
                self.aside = Some(std::mem::replace(&mut self.tip, before));
                Ok(None)
            }
            Happening::Pulled => {
                self.pull(at)?;
                Ok(None)
            }
            Happening::Learnt => {
                let file = [("docs/before-a-release.md".to_owned(), LEARNT.to_owned())];
                self.commit("docs: what to look at before a release", at, &file)?;
                Ok(None)
            }
        }
    }

    /// The person's commit comes first, the pipeline's are the second parent: as `git pull` does it.
    fn pull(&mut self, at: DateTime<Utc>) -> Result<(), WriteError> {
        let Some(ours) = self.aside.take() else {
            return Ok(());
        };
        let theirs = self.tip;
        let file = ("docs/rollback.md".to_owned(), ABOUT_ROLLBACKS.to_owned());
        self.tip = self.repository.commit(&NewCommit {
            message: "Merge remote-tracking branch 'origin/main'",
            authored: at,
            committed: at,
            parents: &[ours, theirs],
            base: Some(theirs),
            files: &[file],
        })?;
        self.commits += 1;
        self.last = self.last.max(at);
        Ok(())
    }

    /// Commits on top of what there is, some seconds after what it tells of, as pipelines do.
    fn commit(
        &mut self,
        message: &str,
        at: DateTime<Utc>,
        files: &[(String, String)],
    ) -> Result<(), WriteError> {
        let committed = (at + TimeDelta::seconds(20)).max(self.last);
        self.tip = self.repository.commit(&NewCommit {
            message,
            authored: committed,
            committed,
            parents: &[self.tip],
            base: None,
            files,
        })?;
        self.commits += 1;
        self.last = committed;
        Ok(())
    }
}

fn said(component: Component, version: &str) -> String {
    format!(
        "{} {}",
        component.name(),
        version.get(..7).unwrap_or(version)
    )
}

/// The state file of an environment (spec 3.1).
fn deployed(
    environment: &str,
    versions: &Map<String, Value>,
    at: DateTime<Utc>,
) -> (String, String) {
    let mut content = Map::new();
    for (component, version) in versions {
        let url = format!("https://{component}.{environment}.shop.example");
        content.insert(component.clone(), json!({ "version": version, "url": url }));
    }
    content.insert("deployed_at".to_owned(), json!(written(at)));
    content.insert("environment".to_owned(), json!(environment));
    content.insert("deployed_by".to_owned(), json!("release-pipeline"));
    let path = format!("state/{environment}-deployed-versions.json");
    (path, format!("{:#}\n", Value::Object(content)))
}

/// The test evidence of uat (spec 3.1).
fn tested(versions: &Map<String, Value>, at: DateTime<Utc>) -> (String, String) {
    let mut content = versions.clone();
    content.insert("tested_at".to_owned(), json!(written(at)));
    content.insert("test_duration_seconds".to_owned(), json!(240));
    let path = "state/uat-last-successfully-tested-versions.json".to_owned();
    (path, format!("{:#}\n", Value::Object(content)))
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
