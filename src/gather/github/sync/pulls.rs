//! Merged pull requests of the analysed repository and of those of its components, by update: from the
//! newest to what is known.

use std::collections::BTreeSet;

use crate::model::github::{GithubRepository, PullRequest};
use crate::model::{Notice, Window};
use crate::sources::github::pulls;

use super::kept::Kept;
use super::listing::{WHOLE, each_page};
use super::{Kind, Stop, Sync, Synced, is_of_one_kind, is_shrunken, not_read, shrunken};

impl Sync<'_> {
    /// Merged pull requests of those of the repositories that can be asked for with this right: those
    /// of another host cannot.
    pub(super) fn pulls(
        &self,
        repositories: &[&GithubRepository],
        synced: &mut Synced,
    ) -> Result<(), Stop> {
        let mut kept = Kept::open(self.writer, &mut synced.notices)?;
        kept.asks(WHOLE);
        let is_here = |it: &&GithubRepository| it.host == self.repository.host;
        let mut here = repositories.iter().copied().filter(is_here);
        let mut has_read = false;
        let done = here.try_for_each(|repository| {
            match self.all_pulls(&mut kept, repository, &mut synced.notices) {
                // One repository that may not be read takes nothing from the others.
                Err(Stop::Github(error)) if is_of_one_kind(&error) => {
                    let what = format!("pull requests of {repository}");
                    synced.notices.push(not_read(&what, &error));
                    Ok(())
                }
                done => {
                    has_read |= done.is_ok();
                    done
                }
            }
        });
        synced.has_read |= has_read;
        synced.add(kept.finish(Kind::Pulls, self.repository)?);
        done
    }

    fn all_pulls(
        &self,
        kept: &mut Kept<'_, PullRequest>,
        repository: &GithubRepository,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let bots = &self.settings.bots;
        let first = pulls::page(self.ask, repository, bots, None)?;
        let cached = kept.of(repository);
        let bottom = self.bottom(cached.coverage.get(WHOLE));
        let span = Window::new(bottom, self.now);
        let known: BTreeSet<u64> = cached
            .items
            .iter()
            .filter(|it| span.contains(it.updated))
            .map(|it| it.number)
            .collect();
        let mut seen = BTreeSet::new();
        let more = |next: &str| pulls::page(self.ask, repository, bots, Some(next));
        let is_whole = each_page(
            "pull requests",
            first,
            &more,
            |page| {
                let oldest = page.items.iter().map(|it| it.updated).min();
                seen.extend(page.items.iter().map(|it| it.number));
                kept.of(repository).merge(page.items);
                kept.changed()?;
                (self.say)(&format!("pull requests: {}", kept.known()));
                Ok(oldest.is_none_or(|oldest| oldest >= bottom))
            },
            notices,
        )?;
        let missing = known.difference(&seen).count();
        let cached = kept.of(repository);
        if is_shrunken(known.len(), missing) {
            notices.push(shrunken("pull requests", span, known.len(), missing));
        } else if is_whole {
            cached
                .coverage
                .entry(WHOLE.to_owned())
                .or_default()
                .add(span);
        }
        cached.checked = Some(self.now);
        Ok(())
    }
}
