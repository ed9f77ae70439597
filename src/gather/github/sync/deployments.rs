//! Deployments that GitHub keeps: from the newest to what is known, then the statuses of those that had
//! not come to an end.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::gather::github::workflow_words::{is_no_environment, known_environment};
use crate::model::github::{Coverage, GithubDeployment};
use crate::model::{Notice, Window};
use crate::sources::github::{GithubError, deployments};

use super::kept::Kept;
use super::listing::{WHOLE, each_page};
use super::{Broken, Kind, Stop, Sync, Synced, is_shrunken, shrunken};

/// After so long without an end, or without success, nobody waits for a deployment any more.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(30);

pub(super) type KeptDeployments<'a> = Kept<'a, GithubDeployment>;

impl Sync<'_> {
    /// Deployments as they are listed; `statuses` follows.
    pub(super) fn deployments(&self, synced: &mut Synced) -> Result<KeptDeployments<'_>, Stop> {
        let mut kept = Kept::open(self.writer, &mut synced.notices)?;
        kept.asks(WHOLE);
        let done = self.all_deployments(&mut kept, &mut synced.notices);
        if done.is_ok() && self.open_deployments(&kept).is_empty() {
            kept.of(self.repository).checked = Some(self.now);
        }
        synced.has_read |= done.is_ok();
        synced.add(kept.finish(Kind::Deployments, self.repository)?);
        done.map(|()| kept)
    }

    fn all_deployments(
        &self,
        kept: &mut KeptDeployments<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let cached = kept.of(self.repository);
        let bottom = self.bottom(cached.coverage.get(WHOLE));
        // The address names no span: that nothing changed says something only of what was read.
        let newest = cached.coverage.get(WHOLE).and_then(Coverage::newest);
        let is_read = newest.is_some_and(|newest| {
            let gaps = cached.coverage[WHOLE].gaps(Window::new(bottom, newest));
            gaps.is_empty() && !self.reads_again
        });
        let etag = cached.etags.get(WHOLE).filter(|_| is_read).cloned();
        let first = deployments::page(self.ask, self.repository, etag.as_deref())?;
        let (new_etag, is_unchanged) = (first.etag.clone(), first.is_unchanged);
        let span = Window::new(bottom, self.now);
        let known: BTreeSet<u64> = cached
            .items
            .iter()
            .filter(|it| span.contains(it.created))
            .map(|it| it.id)
            .collect();
        let mut seen = BTreeSet::new();
        let more = |next: &str| deployments::next_page(self.ask, next, None);
        let is_whole = each_page(
            "deployments",
            first,
            &more,
            |page| {
                let oldest = page.items.iter().map(|it| it.created).min();
                seen.extend(page.items.iter().map(|it| it.id));
                let cached = kept.of(self.repository);
                cached.merge(page.items.into_iter().filter(|it| it.created >= bottom));
                kept.changed()?;
                (self.say)(&format!("deployments: {}", kept.known()));
                Ok(oldest.is_none_or(|oldest| oldest >= bottom))
            },
            notices,
        )?;
        let missing = known.difference(&seen).count();
        if !is_unchanged && is_shrunken(known.len(), missing) {
            notices.push(shrunken("deployments", span, known.len(), missing));
        } else if is_whole {
            let cached = kept.of(self.repository);
            cached
                .coverage
                .entry(WHOLE.to_owned())
                .or_default()
                .add(span);
            cached.etags.clear();
            let tagged = new_etag.map(|etag| (WHOLE.to_owned(), etag));
            cached.etags.extend(tagged);
        }
        Ok(())
    }

    /// The statuses of deployments of which they may say something new, newest first.
    pub(super) fn statuses(
        &self,
        kept: &mut KeptDeployments<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let mut wanted = self.open_deployments(kept);
        if wanted.is_empty() {
            return Ok(());
        }
        let runs = self.writer.read()?.repositories;
        let mut runs = runs.into_iter();
        let told = (self.told_better)(runs.find(|it| it.repository == *self.repository));
        wanted.retain(|it| !told.contains(&known_environment(&it.environment, &told)));
        let done = self.statuses_of(kept, wanted, notices);
        if done.is_ok() {
            kept.of(self.repository).checked = Some(self.now);
        }
        kept.save()?;
        done
    }

    fn open_deployments(&self, kept: &KeptDeployments<'_>) -> Vec<GithubDeployment> {
        let is_open = |it: &&GithubDeployment| self.may_change(it) && self.is_of_use(it);
        let cached = kept.find(self.repository);
        let items = cached.map_or(&[][..], |cached| &cached.items);
        let mut open: Vec<GithubDeployment> = items.iter().filter(is_open).cloned().collect();
        open.sort_by_key(|it| std::cmp::Reverse((it.created, it.id)));
        open
    }

    fn statuses_of(
        &self,
        kept: &mut KeptDeployments<'_>,
        wanted: Vec<GithubDeployment>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let count = wanted.len();
        let mut broken = Broken::default();
        for (number, mut deployment) in wanted.into_iter().enumerate() {
            let number = number + 1;
            (self.say)(&format!("statuses of {number} of {count} deployments"));
            let answer = match deployments::statuses(self.ask, self.repository, &mut deployment) {
                // Gone for good: asking again would bring nothing either.
                Err(GithubError::NotFound { .. }) => {
                    deployment.is_settled = true;
                    Ok(Vec::new())
                }
                answer => answer,
            };
            let what = || format!("statuses of deployment {}", deployment.id);
            let Some(unread) = broken.pass_over(answer, what, notices)? else {
                continue;
            };
            notices.extend(unread);
            deployment.is_settled |= deployment.created < self.now - GIVEN_UP_AFTER;
            kept.of(self.repository).merge([deployment]);
            kept.changed()?;
        }
        Ok(())
    }

    /// Whether its statuses may say something that is not known: it goes on, or it failed not long ago
    /// and may be tried again under its number.
    fn may_change(&self, deployment: &GithubDeployment) -> bool {
        let is_failed = deployment.failed.is_some() && deployment.succeeded.is_none();
        let is_young = deployment.created >= self.now - GIVEN_UP_AFTER;
        !deployment.is_settled
            || is_failed && is_young
            || self.reads_again && deployment.created >= self.since
    }

    /// Whether anything is ever told of its environment: there may be thousands of previews.
    fn is_of_use(&self, deployment: &GithubDeployment) -> bool {
        let name = &deployment.environment;
        let is_configured = self.settings.environments.contains_key(name);
        !deployment.is_transient && (is_configured || is_no_environment(name).is_none())
    }
}
