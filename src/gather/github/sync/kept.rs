//! What is cached of one kind while it grows: saved every two seconds and at the end, so that a sync
//! that is interrupted loses little.

use std::time::{Duration, Instant};

use crate::model::Notice;
use crate::model::github::{Coverage, GithubRepository};
use crate::store::{Cacheable, Cached, GithubWriter, StoreError};

use super::{Kind, KindSynced};

const SAVE_EVERY: Duration = Duration::from_secs(2);

/// All repositories of one kind.
pub(super) struct Kept<'a, T: Cacheable> {
    writer: &'a GithubWriter<'a>,
    repositories: Vec<Cached<T>>,
    known_before: usize,
    saved: Instant,
}

impl<'a, T: Cacheable> Kept<'a, T> {
    /// What is cached; a file of no use is told and begun anew.
    pub(super) fn open(
        writer: &'a GithubWriter<'a>,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, StoreError> {
        let read = writer.read::<T>()?;
        notices.extend(read.notice);
        let mut kept = Self {
            writer,
            repositories: read.repositories,
            known_before: 0,
            saved: Instant::now(),
        };
        kept.known_before = kept.known();
        Ok(kept)
    }

    /// What is cached for one repository.
    pub(super) fn of(&mut self, repository: &GithubRepository) -> &mut Cached<T> {
        let at = self
            .repositories
            .iter()
            .position(|known| known.repository == *repository);
        let at = at.unwrap_or_else(|| {
            self.repositories.push(Cached::new(repository.clone()));
            self.repositories.len() - 1
        });
        &mut self.repositories[at]
    }

    /// How many values there are.
    pub(super) fn known(&self) -> usize {
        self.repositories.iter().map(|it| it.items.len()).sum()
    }

    /// Something changed: saves when the last time is a while ago.
    pub(super) fn changed(&mut self) -> Result<(), StoreError> {
        if self.saved.elapsed() < SAVE_EVERY {
            return Ok(());
        }
        self.save()
    }

    /// Saves now.
    pub(super) fn save(&mut self) -> Result<(), StoreError> {
        self.writer.write(&self.repositories)?;
        self.saved = Instant::now();
        Ok(())
    }

    /// Saves, and tells what there is.
    pub(super) fn finish(
        mut self,
        kind: Kind,
        repository: &GithubRepository,
    ) -> Result<KindSynced, StoreError> {
        self.save()?;
        let mut coverage = Coverage::default();
        let of_this = self
            .repositories
            .iter()
            .filter(|known| known.repository == *repository);
        for window in of_this
            .flat_map(|known| known.coverage.values())
            .flat_map(Coverage::windows)
        {
            coverage.add(*window);
        }
        let known = self.known();
        Ok(KindSynced {
            kind,
            known,
            new: known.saturating_sub(self.known_before),
            coverage,
        })
    }
}
