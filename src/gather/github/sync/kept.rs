//! What is cached of one kind while it grows: saved every two seconds and at the end, so that a sync
//! that is interrupted loses little.

use std::collections::BTreeSet;
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
    /// The questions of this sync: what is covered for all of them is covered.
    questions: BTreeSet<String>,
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
            questions: BTreeSet::new(),
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

    /// The same, without a place for a repository of which nothing is known.
    pub(super) fn find(&self, repository: &GithubRepository) -> Option<&Cached<T>> {
        let mut known = self.repositories.iter();
        known.find(|known| known.repository == *repository)
    }

    /// Notes a question before it is asked: what it does not cover is not covered.
    pub(super) fn asks(&mut self, question: &str) {
        self.questions.insert(question.to_owned());
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
        &mut self,
        kind: Kind,
        repository: &GithubRepository,
    ) -> Result<KindSynced, StoreError> {
        self.save()?;
        let known = self.known();
        Ok(KindSynced {
            kind,
            known,
            new: known.saturating_sub(std::mem::replace(&mut self.known_before, known)),
            coverage: self.covered(repository),
        })
    }

    /// What is covered for every question: a span that is missing for one of them is missing.
    fn covered(&self, repository: &GithubRepository) -> Coverage {
        let Some(cached) = self.find(repository) else {
            return Coverage::default();
        };
        let questions: Vec<&String> = match self.questions.is_empty() {
            true => cached.coverage.keys().collect(),
            false => self.questions.iter().collect(),
        };
        let nothing = Coverage::default();
        let coverage = questions
            .into_iter()
            .map(|key| cached.coverage.get(key).unwrap_or(&nothing));
        Coverage::shared_by(coverage)
    }
}
