//! Commits of components that are not cloned here: which repository on GitHub is theirs, what their
//! versions mean, and every commit between the first of them and the others. A commit is kept for
//! ever under its id. `gather::github::remote_commits` makes a history of them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::model::github::{GithubRepository, RemoteCommit};
use crate::model::{CommitId, Notice};
use crate::sources::github::commits;
use crate::sources::version_text::{Reading, readings};

use super::kept::Kept;
use super::{Kind, Stop, Sync, Synced};
use crate::gather::uncloned::Uncloned;

type KeptCommits<'a> = Kept<'a, RemoteCommit>;

/// Commits with the time of their first deployment.
type Deployed = Vec<(DateTime<Utc>, CommitId)>;

impl Sync<'_> {
    /// The commits of every component that is not cloned. Components of one repository are read
    /// together: their history begins with the first version of any of them.
    pub(super) fn commits(&self, synced: &mut Synced) -> Result<(), Stop> {
        if self.uncloned.is_empty() {
            return Ok(());
        }
        let mut kept = Kept::open(self.writer, &mut synced.notices)?;
        let done = self.all_commits(&mut kept, &mut synced.notices);
        let summary = kept.finish(Kind::Commits, self.repository)?;
        synced.kinds.push(summary);
        done
    }

    fn all_commits(
        &self,
        kept: &mut KeptCommits<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let mut deployed: Vec<(GithubRepository, Deployed)> = Vec::new();
        for component in self.uncloned {
            let Some((repository, commits)) = self.repository_of(kept, component)? else {
                continue;
            };
            match deployed.iter_mut().find(|(known, _)| *known == repository) {
                Some((_, known)) => known.extend(commits),
                None => deployed.push((repository, commits)),
            }
        }
        for (repository, mut commits) in deployed {
            commits.sort();
            let mut ids: Vec<CommitId> = Vec::new();
            for (_, id) in commits {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            (self.say)(&format!("commits of {repository}"));
            self.history(kept, &repository, &ids, notices)?;
            kept.of(&repository).checked = Some(self.now);
        }
        Ok(())
    }

    /// The first candidate that knows one of the versions, with what they mean there.
    fn repository_of(
        &self,
        kept: &mut KeptCommits<'_>,
        component: &Uncloned,
    ) -> Result<Option<(GithubRepository, Deployed)>, Stop> {
        for repository in &component.candidates {
            (self.say)(&format!("versions of {}", component.name));
            let mut deployed = Vec::new();
            for (at, version) in &component.versions {
                if let Some(id) = self.resolve(kept, repository, &component.name, version)? {
                    deployed.push((*at, id));
                }
            }
            if !deployed.is_empty() {
                return Ok(Some((repository.clone(), deployed)));
            }
        }
        Ok(None)
    }

    /// The commit that a version means there. What was found holds for ever; what was not found may
    /// be there the next time.
    fn resolve(
        &self,
        kept: &mut KeptCommits<'_>,
        repository: &GithubRepository,
        component: &str,
        version: &str,
    ) -> Result<Option<CommitId>, Stop> {
        if let Some(&Some(known)) = kept.of(repository).about.versions.get(version) {
            return Ok(Some(known));
        }
        let mut found = None;
        for (asked, digits) in questions(version, component) {
            let Some(commit) = commits::commit(self.ask, repository, &asked)? else {
                continue;
            };
            // A branch may be called like the beginning of an id.
            if digits.is_none_or(|digits| commit.id.to_string().starts_with(&digits)) {
                found = Some(commit);
                break;
            }
        }
        let id = found.as_ref().map(|commit| commit.id);
        let cached = kept.of(repository);
        cached.about.versions.insert(version.to_owned(), id);
        cached.merge(found);
        kept.changed()?;
        Ok(id)
    }

    /// Every commit between the first version and each of the others, and up to the default branch.
    fn history(
        &self,
        kept: &mut KeptCommits<'_>,
        repository: &GithubRepository,
        resolved: &[CommitId],
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let Some((&first, others)) = resolved.split_first() else {
            return Ok(());
        };
        let mut wanted: Vec<CommitId> = others.to_vec();
        if let Some(branch) = commits::default_branch(self.ask, repository)?
            && let Some(head) = commits::commit(self.ask, repository, &format!("heads/{branch}"))?
        {
            kept.of(repository).about.head = Some(head.id);
            wanted.push(head.id);
            kept.of(repository).merge([head]);
        }
        let about = &mut kept.of(repository).about;
        if about.first != Some(first) {
            about.first = Some(first);
            about.compared = BTreeSet::from([first]);
        }
        // The newest first: what it contains need not be asked for.
        for id in wanted.into_iter().rev() {
            if !kept.of(repository).about.compared.contains(&id) {
                self.between(kept, repository, first, id, notices)?;
            }
        }
        Ok(())
    }

    /// What `other` contains and `first` does not; or, of an ancestor, the other way round, so that it
    /// is known to be one.
    fn between(
        &self,
        kept: &mut KeptCommits<'_>,
        repository: &GithubRepository,
        first: CommitId,
        other: CommitId,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let (one, two) = (first.to_string(), other.to_string());
        let Some(forward) = commits::compare(self.ask, repository, &one, &two)? else {
            return Ok(());
        };
        notices.extend(forward.notices);
        let back = match forward.commits.is_empty() && forward.behind_by > 0 {
            true => commits::compare(self.ask, repository, &two, &one)?,
            false => None,
        };
        let cached = kept.of(repository);
        let compared = forward.commits.iter().map(|commit| commit.id);
        cached.about.compared.extend(compared.chain([other]));
        cached.merge(forward.commits.into_iter().chain([forward.base]));
        if let Some(back) = back {
            notices.extend(back.notices);
            cached.merge(back.commits.into_iter().chain([back.base]));
        }
        kept.changed()?;
        Ok(())
    }
}

/// What to ask GitHub for to resolve a version, with the digits that the answer's id has to begin
/// with. Only what can be asked for at all.
fn questions(version: &str, component: &str) -> Vec<(String, Option<String>)> {
    let mut questions = Vec::new();
    for reading in readings(version, component) {
        match reading {
            Reading::FullId(id) => questions.push((id.to_string(), Some(id.to_string()))),
            Reading::Abbreviation(digits) => questions.push((digits.clone(), Some(digits))),
            Reading::Tags(names) => {
                questions.extend(names.into_iter().map(|name| (format!("tags/{name}"), None)));
            }
            Reading::LongId | Reading::Nothing(_) => break,
        }
    }
    questions
}
