//! Issues that tell of incidents: of every label that says so, or all of them where titles do, by
//! update. `gather::github::incidents` says which are incidents, and from when to when.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::gather::github::incidents::{is_incident_label, is_incident_title};
use crate::model::github::IncidentIssue;
use crate::model::{Notice, Window};
use crate::sources::github::{GithubError, issues};

use super::kept::Kept;
use super::listing::each_page;
use super::{Broken, Kind, Stop, Sync, Synced, is_shrunken, shrunken};

/// An issue that is open for so long without a change of its labels keeps them.
const LABELS_CHANGE_WITHIN: TimeDelta = TimeDelta::days(30);
/// Most issues that are asked for one by one.
const MOST_ASKED: usize = 50;

type KeptIssues<'a> = Kept<'a, IncidentIssue>;

/// One listing of issues.
struct Question<'a> {
    label: Option<&'a str>,
    /// Under which its coverage is kept.
    key: String,
    /// How far back it goes.
    bottom: DateTime<Utc>,
}

impl Sync<'_> {
    /// Issues of every label that tells of incidents, or all of them where titles do.
    pub(super) fn issues(&self, synced: &mut Synced) -> Result<(), Stop> {
        let mut kept = Kept::open(self.writer, &mut synced.notices)?;
        let done = self.all_issues(&mut kept, &mut synced.notices);
        synced.has_read |= done.is_ok();
        synced.add(kept.finish(Kind::Issues, self.repository)?);
        done
    }

    fn all_issues(&self, kept: &mut KeptIssues<'_>, notices: &mut Vec<Notice>) -> Result<(), Stop> {
        let (mut labels, unread) = issues::labels(self.ask, self.repository)?;
        notices.extend(unread);
        labels.retain(|label| is_incident_label(label, self.settings));
        let mut asked: Vec<Option<&str>> = labels.iter().map(|it| Some(it.as_str())).collect();
        if !self.settings.incidents.titles.is_empty() {
            asked.push(None);
        }
        let mut questions = Vec::new();
        for label in asked {
            // A title that is asked for is another question when the patterns change.
            let key = match label {
                Some(label) => format!("label {label}"),
                None => format!("titles {}", self.settings.incidents.titles.join("\n")),
            };
            kept.asks(&key);
            let bottom = self.bottom(kept.of(self.repository).coverage.get(&key));
            questions.push(Question { label, key, bottom });
        }
        if questions.is_empty() {
            // What was covered ends with the last label, and is no gap.
            let cached = kept.of(self.repository);
            cached.coverage.clear();
            cached.etags.clear();
        }
        let mut broken = Broken::default();
        for question in &questions {
            self.issues_of(kept, question, &mut broken, notices)?;
        }
        kept.of(self.repository).checked = Some(self.now);
        Ok(())
    }

    fn issues_of(
        &self,
        kept: &mut KeptIssues<'_>,
        question: &Question<'_>,
        broken: &mut Broken,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let Question { label, key, bottom } = question;
        let address = format!("{key} since {}", bottom.timestamp());
        let known_etag = kept.of(self.repository).etags.get(&address).cloned();
        let etag = known_etag.filter(|_| !self.reads_again);
        let first = issues::page(
            self.ask,
            self.repository,
            *label,
            Some(*bottom),
            etag.as_deref(),
        )?;
        let (new_etag, is_unchanged) = (first.etag.clone(), first.is_unchanged);
        let mut seen = BTreeSet::new();
        let (mut are_read, mut of_issues) = (true, Vec::new());
        let more = |next: &str| issues::next_page(self.ask, self.repository, next, None);
        let is_whole = each_page(
            "issues",
            first,
            &more,
            |page| {
                for issue in page.items {
                    seen.insert(issue.number);
                    are_read &= self.issue(kept, issue, broken, &mut of_issues)?;
                }
                Ok(true)
            },
            notices,
        )?;
        notices.append(&mut of_issues);
        let span = Window::new(*bottom, self.now);
        if is_unchanged {
            let items = &kept.of(self.repository).items;
            let of_span = items.iter().filter(|it| span.contains(it.updated));
            seen.extend(of_span.map(|it| it.number));
        }
        let (known, missing) = self.unlisted(kept, question, &seen, broken, notices)?;
        if is_shrunken(known, missing) {
            notices.push(shrunken("issues", span, known, missing));
            return Ok(());
        }
        if is_whole && are_read {
            let cached = kept.of(self.repository);
            cached.coverage.entry(key.clone()).or_default().add(span);
            let prefix = format!("{key} since ");
            cached.etags.retain(|known, _| !known.starts_with(&prefix));
            cached.etags.extend(new_etag.map(|etag| (address, etag)));
        }
        Ok(())
    }

    /// Keeps an issue that matters, or that did, and is new or changed, with the times of its labels.
    /// Whether these could be read; where they could not the issue is kept without.
    fn issue(
        &self,
        kept: &mut KeptIssues<'_>,
        mut issue: IncidentIssue,
        broken: &mut Broken,
        notices: &mut Vec<Notice>,
    ) -> Result<bool, Stop> {
        // GitHub cannot be asked for a label with a comma in it, and lists everything then.
        let mut labels = issue.labels.iter();
        let matters = is_incident_title(&issue.title, self.settings)
            || labels.any(|it| is_incident_label(it, self.settings));
        let known = kept.of(self.repository).find(&issue.number);
        let known = known.map(|known| known.updated);
        let is_of_no_use = known.map_or(!matters, |known| known >= issue.updated);
        if is_of_no_use {
            return Ok(true);
        }
        let answer = match issues::label_times(self.ask, self.repository, &mut issue) {
            // It went while it was listed.
            Err(GithubError::NotFound { .. }) => Ok(Vec::new()),
            answer => answer,
        };
        let number = issue.number;
        let what = || format!("the times of the labels of issue {number}");
        let unread = broken.pass_over(answer, what, notices)?;
        if unread.is_none() {
            // It is as old as what is known of its labels, and so is asked for again.
            issue.updated = known.unwrap_or(DateTime::UNIX_EPOCH);
        }
        kept.of(self.repository).merge([issue]);
        kept.changed()?;
        (self.say)(&format!("issues: {}", kept.known()));
        let is_read = unread.is_some();
        notices.extend(unread.into_iter().flatten());
        Ok(is_read)
    }

    /// Issues that carried a label and are not listed under it: it was taken off, or the answer is not
    /// whole. Asks one by one whether they still carry it. How many of the span are known to, and how
    /// many of these were not listed.
    fn unlisted(
        &self,
        kept: &mut KeptIssues<'_>,
        question: &Question<'_>,
        seen: &BTreeSet<u64>,
        broken: &mut Broken,
        notices: &mut Vec<Notice>,
    ) -> Result<(usize, usize), Stop> {
        let Some(label) = question.label else {
            return Ok((0, 0));
        };
        let span = Window::new(question.bottom, self.now);
        let young = self.now - LABELS_CHANGE_WITHIN;
        let carries = |it: &&IncidentIssue| it.labels.iter().any(|known| known == label);
        let items = &kept.of(self.repository).items;
        let of_span = items.iter().filter(|it| span.contains(it.updated));
        let known = of_span.filter(carries).count();
        let mut unlisted: Vec<IncidentIssue> = items
            .iter()
            .filter(|it| !seen.contains(&it.number))
            .filter(|it| span.contains(it.updated) || it.closed.is_none() && it.opened >= young)
            .filter(carries)
            .cloned()
            .collect();
        unlisted.sort_by_key(|it| std::cmp::Reverse((it.updated, it.number)));
        let mut missing = 0;
        for (number, mut issue) in unlisted.into_iter().enumerate() {
            let is_of_span = span.contains(issue.updated);
            if number >= MOST_ASKED {
                missing += usize::from(is_of_span);
                continue;
            }
            let answer = match issues::label_times(self.ask, self.repository, &mut issue) {
                // The issue is gone: what is known of it stays.
                Err(GithubError::NotFound { .. }) => continue,
                answer => answer,
            };
            let what = || format!("the times of the labels of issue {}", issue.number);
            let Some(unread) = broken.pass_over(answer, what, notices)? else {
                continue;
            };
            notices.extend(unread);
            if issue.is_taken_off(label) {
                issue.labels.retain(|known| known != label);
                kept.of(self.repository).merge([issue]);
                kept.changed()?;
            } else {
                missing += usize::from(is_of_span);
            }
        }
        Ok((known, missing))
    }
}
