//! Commits of components that are not cloned here: which repository on GitHub is theirs, what their
//! versions mean, and every commit between the first of them and the others. A commit is kept for
//! ever under its id. `gather::github::remote_commits` makes a history of them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::github::{GithubRepository, RemoteCommit};
use crate::model::{CommitId, Notice};
use crate::sources::github::commits;
use crate::sources::version_text::{Reading, readings};
use crate::store::Cached;

use super::kept::Kept;
use super::{Kind, Stop, Sync, Synced, is_of_one_kind, not_read};
use crate::gather::uncloned::Uncloned;

/// Versions that mean nothing in a repository before it is taken for another one.
const MOST_MISSES: usize = 10;
/// A version that means nothing so long after its deployment never will.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(7);

type KeptCommits<'a> = Kept<'a, RemoteCommit>;

/// Commits with the time of their first deployment.
type Deployed = Vec<(DateTime<Utc>, CommitId)>;

/// A repository of components, with what was deployed of it.
struct Home {
    repository: GithubRepository,
    /// The name of its default branch.
    branch: String,
    deployed: Deployed,
}

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
        let mut homes: Vec<Home> = Vec::new();
        for component in self.uncloned {
            let Some(home) = self.home_of(kept, component, notices)? else {
                continue;
            };
            match homes.iter_mut().find(|it| it.repository == home.repository) {
                Some(known) => known.deployed.extend(home.deployed),
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

    /// The repository of a component: the one that is known to be it, else the first candidate that
    /// knows one of its versions.
    fn home_of(
        &self,
        kept: &mut KeptCommits<'_>,
        component: &Uncloned,
        notices: &mut Vec<Notice>,
    ) -> Result<Option<Home>, Stop> {
        let is_known = |it: &&GithubRepository| {
            let cached = kept.find(it);
            cached.is_some_and(|it| it.about.knows(&component.name))
        };
        let candidates = match component.candidates.iter().find(is_known) {
            Some(known) => std::slice::from_ref(known),
            None => &component.candidates[..],
        };
        for repository in candidates {
            (self.say)(&format!("versions of {}", component.name));
            match self.home_in(kept, component, repository) {
                Err(Stop::Github(error)) if is_of_one_kind(&error) => {
                    let what = format!("versions of {} in {repository}", component.name);
                    notices.push(not_read(&what, &error));
                }
                home => {
                    if let Some(home) = home? {
                        return Ok(Some(home));
                    }
                }
            }
        }
        Ok(None)
    }

    fn home_in(
        &self,
        kept: &mut KeptCommits<'_>,
        component: &Uncloned,
        repository: &GithubRepository,
    ) -> Result<Option<Home>, Stop> {
        let Some(branch) = commits::default_branch(self.ask, repository)? else {
            return Ok(None);
        };
        let mut deployed = Deployed::new();
        let mut misses = 0;
        for (at, version) in component.versions.iter().rev() {
            match self.resolve(kept, repository, &component.name, version, *at)? {
                Some(id) => deployed.push((*at, id)),
                None if deployed.is_empty() && misses == MOST_MISSES => break,
                None => misses += 1,
            }
        }
        Ok((!deployed.is_empty()).then(|| Home {
            repository: repository.clone(),
            branch,
            deployed,
        }))
    }

    /// The commit that a version means there. What was found holds for ever; what was not found may
    /// be there the next time, for some days.
    fn resolve(
        &self,
        kept: &mut KeptCommits<'_>,
        repository: &GithubRepository,
        component: &str,
        version: &str,
        deployed: DateTime<Utc>,
    ) -> Result<Option<CommitId>, Stop> {
        let known = kept.find(repository);
        match known.and_then(|it| it.about.version(component, version)) {
            Some(Some(known)) => return Ok(Some(known)),
            Some(None) if !self.reads_again && deployed < self.now - GIVEN_UP_AFTER => {
                return Ok(None);
            }
            _ => {}
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
        let versions = &mut cached.about.versions;
        let of_component = versions.entry(component.to_owned()).or_default();
        of_component.insert(version.to_owned(), id);
        cached.merge(found);
        kept.changed()?;
        Ok(id)
    }

    /// Every commit between the first version and each of the others, and up to the default branch.
    fn history(
        &self,
        kept: &mut KeptCommits<'_>,
        home: &Home,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let Home {
            repository,
            branch,
            deployed,
        } = home;
        (self.say)(&format!("commits of {repository}"));
        let Some(&(_, first)) = deployed.iter().min() else {
            return Ok(());
        };
        let about = &mut kept.of(repository).about;
        if about.first != Some(first) {
            about.first = Some(first);
            about.compared = BTreeSet::from([first]);
        }
        let known_head = about.head.filter(|head| about.compared.contains(head));
        let known_head = known_head.filter(|&head| contains(kept.of(repository), head, first));
        let mut wanted = deployed.clone();
        wanted.sort();
        let mut wanted: Vec<CommitId> = wanted.into_iter().map(|(_, id)| id).collect();
        if let Some(head) = commits::commit(self.ask, repository, &format!("heads/{branch}"))? {
            kept.of(repository).about.head = Some(head.id);
            wanted.push(head.id);
            kept.of(repository).merge([head]);
        }
        // The newest first: what it contains need not be asked for. What the head of the last time
        // contains is known, so that only what came since is listed.
        for id in wanted.into_iter().rev() {
            if kept.of(repository).about.compared.contains(&id) {
                continue;
            }
            let bases = known_head.into_iter().chain([first]);
            for base in bases {
                if self.between(kept, repository, (first, base), id, notices)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// What `other` contains and `base` does not, which is `first` or contains it and of which all is
    /// known; and what `first` contains and `other` does not: of two versions that both lie elsewhere
    /// one may bring what only `first` is known to hold. Whether GitHub knew them.
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
        // What `other` shares with the base may be enough to contain `first`.
        let is_behind =
            forward.behind_by > 0 && !contains(kept.of(repository), forward.merge_base, first);
        let back = match is_behind {
            true => compare(other, first)?,
            false => None,
        };
        let about = &mut kept.of(repository).about;
        about.compared.insert(other);
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

/// Whether a commit contains another one, by what is cached.
fn contains(cached: &Cached<RemoteCommit>, commit: CommitId, other: CommitId) -> bool {
    let mut seen = BTreeSet::from([commit]);
    let mut next = vec![commit];
    while let Some(id) = next.pop() {
        if id == other {
            return true;
        }
        let parents = cached.find(&id).map_or(&[][..], |it| &it.parents);
        next.extend(parents.iter().filter(|parent| seen.insert(**parent)));
    }
    false
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
