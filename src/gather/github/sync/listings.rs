//! Deployments, pull requests and issues: listings that are read from their newest end until what is
//! known. `runs` reads what can be asked for by span.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::incidents::{is_incident_label, is_incident_title};
use crate::model::github::{GithubDeployment, GithubRepository, IncidentIssue, PullRequest};
use crate::model::{Notice, Window};
use crate::sources::github::{Page, deployments, issues, pulls};

use super::kept::Kept;
use super::{Kind, Stop, Sync, Synced, is_of_one_kind};

/// Pages of one listing: 100,000 rows.
const MOST_PAGES: usize = 1_000;
/// After so long without an end nobody waits for a deployment any more.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(30);
/// The key of a listing that is the only one of its kind.
const WHOLE: &str = "";

impl Sync<'_> {
    /// Deployments, then the statuses of those that had not ended.
    pub(super) fn deployments(&self, synced: &mut Synced) -> Result<(), Stop> {
        let mut kept = Kept::open(self.writer, &mut synced.notices)?;
        let done = self.all_deployments(&mut kept, &mut synced.notices);
        let summary = kept.finish(Kind::Deployments, self.repository)?;
        synced.kinds.push(summary);
        done
    }

    fn all_deployments(
        &self,
        kept: &mut Kept<'_, GithubDeployment>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let cached = kept.of(self.repository);
        let bottom = self.bottom(cached.coverage.get(WHOLE));
        let etag = cached.etags.get(WHOLE).cloned();
        let first = deployments::page(self.ask, self.repository, etag.as_deref())?;
        let new_etag = first.etag.clone();
        let more = |next: &str| deployments::next_page(self.ask, next, None);
        let is_whole = self.each_page(
            first,
            &more,
            |page| {
                let oldest = page.items.iter().map(|it| it.created).min();
                let cached = kept.of(self.repository);
                cached.merge(page.items.into_iter().filter(|it| it.created >= bottom));
                kept.changed()?;
                (self.say)(&format!("deployments: {}", kept.known()));
                Ok(oldest.is_none_or(|oldest| oldest >= bottom))
            },
            notices,
        )?;
        let cached = kept.of(self.repository);
        if is_whole {
            let coverage = cached.coverage.entry(WHOLE.to_owned()).or_default();
            coverage.add(Window::new(bottom, self.now));
            cached.etags = new_etag
                .map(|etag| (WHOLE.to_owned(), etag))
                .into_iter()
                .collect();
        }
        self.statuses(kept, notices)?;
        kept.of(self.repository).checked = Some(self.now);
        Ok(())
    }

    fn statuses(
        &self,
        kept: &mut Kept<'_, GithubDeployment>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let items = &kept.of(self.repository).items;
        let open = |it: &&GithubDeployment| !it.is_settled && !it.is_transient;
        let mut wanted: Vec<GithubDeployment> = items.iter().filter(open).cloned().collect();
        wanted.sort_by_key(|it| std::cmp::Reverse((it.created, it.id)));
        let count = wanted.len();
        for (number, mut deployment) in wanted.into_iter().enumerate() {
            (self.say)(&format!(
                "statuses of {} of {count} deployments",
                number + 1
            ));
            notices.extend(deployments::statuses(
                self.ask,
                self.repository,
                &mut deployment,
            )?);
            deployment.is_settled |= deployment.created < self.now - GIVEN_UP_AFTER;
            kept.of(self.repository).merge([deployment]);
            kept.changed()?;
        }
        Ok(())
    }

    /// Merged pull requests, by update.
    pub(super) fn pulls(&self, synced: &mut Synced) -> Result<(), Stop> {
        let mut kept = Kept::open(self.writer, &mut synced.notices)?;
        let mut repositories = vec![self.repository];
        repositories.extend(self.others.iter().filter(|other| *other != self.repository));
        let done = repositories.into_iter().try_for_each(|repository| {
            match self.all_pulls(&mut kept, repository, &mut synced.notices) {
                // One repository that may not be read takes nothing from the others.
                Err(Stop::Github(error)) if is_of_one_kind(&error) => {
                    let message = format!("pull requests of {repository} were not read: {error}");
                    let notice = Notice::new("github-not-read", message).incomplete();
                    synced.notices.push(notice);
                    Ok(())
                }
                done => done,
            }
        });
        synced
            .kinds
            .push(kept.finish(Kind::Pulls, self.repository)?);
        done
    }

    fn all_pulls(
        &self,
        kept: &mut Kept<'_, PullRequest>,
        repository: &GithubRepository,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let bots = &self.settings.bots;
        let bottom = self.bottom(kept.of(repository).coverage.get(WHOLE));
        let first = pulls::page(self.ask, repository, bots, None)?;
        let more = |next: &str| pulls::page(self.ask, repository, bots, Some(next));
        let is_whole = self.each_page(
            first,
            &more,
            |page| {
                let oldest = page.items.iter().map(|it| it.updated).min();
                kept.of(repository).merge(page.items);
                kept.changed()?;
                (self.say)(&format!("pull requests: {}", kept.known()));
                Ok(oldest.is_none_or(|oldest| oldest >= bottom))
            },
            notices,
        )?;
        let cached = kept.of(repository);
        if is_whole {
            let coverage = cached.coverage.entry(WHOLE.to_owned()).or_default();
            coverage.add(Window::new(bottom, self.now));
        }
        cached.checked = Some(self.now);
        Ok(())
    }

    /// Issues of every label that tells of incidents, or all of them where titles do.
    pub(super) fn issues(&self, synced: &mut Synced) -> Result<(), Stop> {
        let mut kept = Kept::open(self.writer, &mut synced.notices)?;
        let done = self.all_issues(&mut kept, &mut synced.notices);
        synced
            .kinds
            .push(kept.finish(Kind::Issues, self.repository)?);
        done
    }

    fn all_issues(
        &self,
        kept: &mut Kept<'_, IncidentIssue>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let (labels, unread) = issues::labels(self.ask, self.repository)?;
        notices.extend(unread);
        let mut questions: Vec<Option<String>> = labels
            .into_iter()
            .filter(|label| is_incident_label(label, self.settings))
            .map(Some)
            .collect();
        if !self.settings.incidents.titles.is_empty() {
            questions.push(None);
        }
        for label in questions {
            // A title that is asked for is another question when the patterns change.
            let key = match &label {
                Some(label) => format!("label {label}"),
                None => format!("titles {}", self.settings.incidents.titles.join("\n")),
            };
            let coverage = kept.of(self.repository).coverage.get(&key);
            let bottom = self.bottom(coverage);
            self.issues_of(kept, label.as_deref(), &key, bottom, notices)?;
        }
        kept.of(self.repository).checked = Some(self.now);
        Ok(())
    }

    fn issues_of(
        &self,
        kept: &mut Kept<'_, IncidentIssue>,
        label: Option<&str>,
        key: &str,
        bottom: DateTime<Utc>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let question = format!("{key} since {}", bottom.timestamp());
        let etag = kept.of(self.repository).etags.get(&question).cloned();
        let first = issues::page(
            self.ask,
            self.repository,
            label,
            Some(bottom),
            etag.as_deref(),
        )?;
        let new_etag = first.etag.clone();
        let mut times = Vec::new();
        let more = |next: &str| issues::next_page(self.ask, self.repository, next, None);
        let is_whole = self.each_page(
            first,
            &more,
            |page| {
                for mut issue in page.items {
                    let is_known = kept
                        .of(self.repository)
                        .find(&issue.number)
                        .is_some_and(|known| known.updated >= issue.updated);
                    // GitHub cannot be asked for a label with a comma in it, and lists everything then.
                    let matters = is_incident_title(&issue.title, self.settings)
                        || issue
                            .labels
                            .iter()
                            .any(|it| is_incident_label(it, self.settings));
                    if is_known || !matters {
                        continue;
                    }
                    times.extend(issues::label_times(self.ask, self.repository, &mut issue)?);
                    kept.of(self.repository).merge([issue]);
                    kept.changed()?;
                    (self.say)(&format!("issues: {}", kept.known()));
                }
                Ok(true)
            },
            notices,
        )?;
        notices.append(&mut times);
        if is_whole {
            let cached = kept.of(self.repository);
            let coverage = cached.coverage.entry(key.to_owned()).or_default();
            coverage.add(Window::new(bottom, self.now));
            let prefix = format!("{key} since ");
            cached.etags.retain(|known, _| !known.starts_with(&prefix));
            cached.etags.extend(new_etag.map(|etag| (question, etag)));
        }
        Ok(())
    }

    /// Hands on page after page, as long as there are more and `take` wants more. Whether all that was
    /// wanted was had.
    fn each_page<T>(
        &self,
        first: Page<T>,
        more: &dyn Fn(&str) -> Result<Page<T>, crate::sources::github::GithubError>,
        mut take: impl FnMut(Page<T>) -> Result<bool, Stop>,
        notices: &mut Vec<Notice>,
    ) -> Result<bool, Stop> {
        let mut page = first;
        for _ in 0..MOST_PAGES {
            notices.append(&mut page.notices);
            if page.is_unchanged {
                return Ok(true);
            }
            let next = page.next.take();
            if !take(page)? {
                return Ok(true);
            }
            match next {
                Some(next) => page = more(&next)?,
                None => return Ok(true),
            }
        }
        let message = format!("a listing of GitHub goes on after {MOST_PAGES} pages");
        notices.push(Notice::new("github-list-cut", message).incomplete());
        Ok(false)
    }
}
