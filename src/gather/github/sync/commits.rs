//! Commits of components that are not cloned here: every commit between the first version of them and
//! the others. A commit is kept for ever under its id. `versions` says which repository is theirs and
//! what their versions mean; `gather::github::remote_commits` makes a history of them.

use std::collections::BTreeSet;

use crate::model::github::{GithubRepository, RemoteCommit};
use crate::model::{CommitId, Notice};
use crate::sources::github::commits;
use crate::store::Cached;

use super::kept::Kept;
use super::versions::Home;
use super::{Kind, Stop, Sync, Synced, is_of_one_kind, not_read};

pub(super) type KeptCommits<'a> = Kept<'a, RemoteCommit>;

impl Sync<'_> {
    /// The commits of every component that is not cloned. Components of one repository are read
    /// together: their history begins with the first version of any of them. The repositories are
    /// added to `found`.
    pub(super) fn commits(
        &self,
        found: &mut Vec<GithubRepository>,
        synced: &mut Synced,
    ) -> Result<(), Stop> {
        if self.uncloned.is_empty() {
            return Ok(());
        }
        let mut kept = Kept::open(self.writer, &mut synced.notices)?;
        let done = self.all_commits(&mut kept, found, &mut synced.notices);
        synced.add(kept.finish(Kind::Commits, self.repository)?);
        done
    }

    fn all_commits(
        &self,
        kept: &mut KeptCommits<'_>,
        found: &mut Vec<GithubRepository>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let mut homes: Vec<Home<'_>> = Vec::new();
        for component in self.uncloned {
            let Some(home) = self.home_of(kept, component, notices)? else {
                continue;
            };
            match homes.iter_mut().find(|it| it.repository == home.repository) {
                Some(known) => {
                    known.components.extend(home.components);
                    known.oldest.extend(home.oldest);
                }
                None => homes.push(home),
            }
        }
        for home in homes {
            found.push(home.repository.clone());
            match self.history(kept, &home, notices) {
                // One repository that cannot be read takes nothing from the others.
                Err(Stop::Github(error)) if is_of_one_kind(&error) => {
                    notices.push(not_read(&format!("commits of {}", home.repository), &error));
                }
                done => {
                    done?;
                    kept.of(&home.repository).checked = Some(self.now);
                }
            }
        }
        Ok(())
    }

    /// Every commit between the first version and each of the others, and up to the default branch.
    fn history(
        &self,
        kept: &mut KeptCommits<'_>,
        home: &Home<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let repository = &home.repository;
        (self.say)(&format!("commits of {repository}"));
        let Some(&(_, first)) = home.oldest.iter().min() else {
            return Ok(());
        };
        let about = &mut kept.of(repository).about;
        if about.first != Some(first) {
            about.first = Some(first);
            about.compared = BTreeSet::from([first]);
        }
        // All is known of the head of the last time, so that only what came since is listed. One that
        // the first version left behind would list more than that one.
        let known_head = about.head.filter(|head| about.compared.contains(head));
        let known_head = known_head.filter(|&head| is_ahead(kept.of(repository), head, first));
        let bases: Vec<CommitId> = known_head.into_iter().chain([first]).collect();
        // Without the head every version is compared by itself, and what they mean is known all the same.
        let of_head = match self.head(kept, home, (first, &bases), notices) {
            Err(Stop::Github(error)) if is_of_one_kind(&error) => Err(Stop::Github(error)),
            done => {
                done?;
                Ok(())
            }
        };
        // The newest first: what it contains need not be asked for.
        for (_, id) in self.resolve_all(kept, home, notices)? {
            self.since_first(kept, repository, (first, &bases), id, notices)?;
        }
        of_head
    }

    /// What the default branch holds, as it stands now.
    fn head(
        &self,
        kept: &mut KeptCommits<'_>,
        home: &Home<'_>,
        since: (CommitId, &[CommitId]),
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let repository = &home.repository;
        let name = format!("heads/{}", home.branch);
        let Some(head) = commits::commit(self.ask, repository, &name)? else {
            return Ok(());
        };
        let id = head.id;
        kept.of(repository).about.head = Some(id);
        kept.of(repository).merge([head]);
        self.since_first(kept, repository, since, id, notices)
    }

    /// Compares a commit with the first of these that GitHub can compare it with, unless all is known
    /// of it.
    fn since_first(
        &self,
        kept: &mut KeptCommits<'_>,
        repository: &GithubRepository,
        (first, bases): (CommitId, &[CommitId]),
        id: CommitId,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        if kept.of(repository).about.compared.contains(&id) {
            return Ok(());
        }
        for &base in bases {
            if self.between(kept, repository, (first, base), id, notices)? {
                break;
            }
        }
        Ok(())
    }

    /// What `other` contains and `base` does not, which is `first` or one of which all is known; and what
    /// `first` contains and `other` does not: of two versions that both lie elsewhere one may bring
    /// what only `first` is known to hold. Whether GitHub knew them.
    fn between(
        &self,
        kept: &mut KeptCommits<'_>,
        repository: &GithubRepository,
        (first, base): (CommitId, CommitId),
        other: CommitId,
        notices: &mut Vec<Notice>,
    ) -> Result<bool, Stop> {
        let compare = |one: CommitId, two: CommitId| {
            commits::compare(self.ask, repository, &one.to_string(), &two.to_string())
        };
        let Some(forward) = compare(base, other)? else {
            return Ok(false);
        };
        // What `other` lacks of `first`, the commit lacks that it shares with the base. That one is
        // asked about, because all others that go on from there lack no more.
        let shared = forward.merge_base;
        let compared = &kept.of(repository).about.compared;
        let is_known = forward.behind_by == 0 || compared.contains(&shared);
        let back = match is_known {
            true => None,
            false => compare(shared, first)?,
        };
        let compared = &mut kept.of(repository).about.compared;
        compared.insert(other);
        compared.extend(back.as_ref().map(|_| shared));
        for mut comparison in [Some(forward), back].into_iter().flatten() {
            notices.append(&mut comparison.notices);
            let cached = kept.of(repository);
            // What contains a commit of which all is known lacks no more of `first` than that one. They
            // are listed oldest first; one that is not would only be compared by itself.
            let compared = &mut cached.about.compared;
            for commit in &comparison.commits {
                if commit.parents.iter().any(|it| compared.contains(it)) {
                    compared.insert(commit.id);
                }
            }
            cached.merge(comparison.commits.into_iter().chain([comparison.base]));
        }
        kept.changed()?;
        Ok(true)
    }
}

/// Whether a commit has at least as much that another one has not as the other way round, by what is
/// cached.
fn is_ahead(cached: &Cached<RemoteCommit>, commit: CommitId, other: CommitId) -> bool {
    let (of_it, of_other) = (reached(cached, commit), reached(cached, other));
    of_it.difference(&of_other).count() >= of_other.difference(&of_it).count()
}

/// What a commit contains, itself included, by what is cached.
fn reached(cached: &Cached<RemoteCommit>, commit: CommitId) -> BTreeSet<CommitId> {
    let mut reached = BTreeSet::from([commit]);
    let mut next = vec![commit];
    while let Some(id) = next.pop() {
        let parents = cached.find(&id).map_or(&[][..], |it| &it.parents);
        next.extend(parents.iter().filter(|parent| reached.insert(**parent)));
    }
    reached
}
