//! Which repository on GitHub is that of a component, and what its versions mean there. `commits` reads
//! what lies between them; where it did, a version that is a whole id need not be asked for.

use chrono::{DateTime, TimeDelta, Utc};

use crate::gather::uncloned::Uncloned;
use crate::model::github::GithubRepository;
use crate::model::{CommitId, Notice};
use crate::sources::github::{GithubError, commits};
use crate::sources::version_text::{Reading, readings};

use super::commits::KeptCommits;
use super::{Broken, Stop, Sync, is_of_one_kind, not_read};

/// Versions that mean nothing in a repository before it is taken for another one.
const MOST_MISSES: usize = 10;
/// A version that means nothing so long after its deployment never will.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(7);

/// Commits with the time of their first deployment.
pub(super) type Deployed = Vec<(DateTime<Utc>, CommitId)>;

/// A repository of components.
pub(super) struct Home<'a> {
    pub(super) repository: GithubRepository,
    /// The name of its default branch.
    pub(super) branch: String,
    pub(super) components: Vec<&'a Uncloned>,
    /// The oldest version of each of them that means something there.
    pub(super) oldest: Deployed,
}

impl Sync<'_> {
    /// The repository of a component: the one that is known to be it, else the first candidate that
    /// knows one of its versions. None of those after one whose answers are broken: that one may be
    /// it, and what is found is its repository for good.
    pub(super) fn home_of<'a>(
        &self,
        kept: &mut KeptCommits<'_>,
        component: &'a Uncloned,
        notices: &mut Vec<Notice>,
    ) -> Result<Option<Home<'a>>, Stop> {
        let knows = |it: &GithubRepository| {
            let cached = kept.find(it);
            cached.is_some_and(|it| it.about.knows(&component.name))
        };
        let known = component.candidates.iter().find(|it| knows(it));
        let candidates = known.map_or(&component.candidates[..], std::slice::from_ref);
        let is_known = known.is_some();
        for repository in candidates {
            (self.say)(&format!("versions of {}", component.name));
            let mut unread = Vec::new();
            match self.home_in(kept, component, repository, is_known, &mut unread) {
                Err(Stop::Github(error)) if is_of_one_kind(&error) => {
                    let what = format!("versions of {} in {repository}", component.name);
                    notices.push(not_read(&what, &error));
                    if matches!(error, GithubError::BadAnswer { .. }) {
                        return Ok(None);
                    }
                }
                home => match home? {
                    // All its versions are asked for again, and told when they are broken still.
                    Some(home) => return Ok(Some(home)),
                    None if unread.is_empty() => {}
                    None => {
                        notices.append(&mut unread);
                        return Ok(None);
                    }
                },
            }
        }
        Ok(None)
    }

    /// A repository as that of a component, if it knows one of its versions. The versions whose answers
    /// are broken are told in `unread`.
    fn home_in<'a>(
        &self,
        kept: &mut KeptCommits<'_>,
        component: &'a Uncloned,
        repository: &GithubRepository,
        is_known: bool,
        unread: &mut Vec<Notice>,
    ) -> Result<Option<Home<'a>>, Stop> {
        let Some(branch) = commits::default_branch(self.ask, repository)? else {
            return Ok(None);
        };
        // The newest ones are the likeliest to be there still.
        if !is_known {
            let newest = component.versions.iter().rev().take(MOST_MISSES + 1);
            if self
                .first_of(kept, repository, component, newest, unread)?
                .is_none()
            {
                return Ok(None);
            }
        }
        let oldest = component.versions.iter();
        let oldest = self.first_of(kept, repository, component, oldest, unread)?;
        Ok(oldest.map(|oldest| Home {
            repository: repository.clone(),
            branch,
            components: vec![component],
            oldest: vec![oldest],
        }))
    }

    /// The first of these versions that means something, as far as the answers can be read.
    fn first_of<'a>(
        &self,
        kept: &mut KeptCommits<'_>,
        repository: &GithubRepository,
        component: &Uncloned,
        versions: impl Iterator<Item = &'a (DateTime<Utc>, String)>,
        unread: &mut Vec<Notice>,
    ) -> Result<Option<(DateTime<Utc>, CommitId)>, Stop> {
        let mut broken = Broken::default();
        for (at, version) in versions {
            let deployed = (*at, version.as_str());
            let name = &component.name;
            let id =
                self.resolve_readable(kept, repository, name, deployed, &mut broken, unread)?;
            if let Some(id) = id {
                return Ok(Some((*at, id)));
            }
        }
        Ok(None)
    }

    /// All versions of the components of a repository, newest first.
    pub(super) fn resolve_all(
        &self,
        kept: &mut KeptCommits<'_>,
        home: &Home<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<Deployed, Stop> {
        let mut deployed = Deployed::new();
        let mut broken = Broken::default();
        for component in &home.components {
            (self.say)(&format!("versions of {}", component.name));
            for (at, version) in component.versions.iter().rev() {
                let (repository, name) = (&home.repository, &component.name);
                let version = (*at, version.as_str());
                let id =
                    self.resolve_readable(kept, repository, name, version, &mut broken, notices)?;
                deployed.extend(id.map(|id| (*at, id)));
            }
        }
        deployed.sort_by(|a, b| b.cmp(a));
        Ok(deployed)
    }

    /// The commit that a version means there; none when the answer is one of a few that are broken.
    fn resolve_readable(
        &self,
        kept: &mut KeptCommits<'_>,
        repository: &GithubRepository,
        component: &str,
        (deployed, version): (DateTime<Utc>, &str),
        broken: &mut Broken,
        notices: &mut Vec<Notice>,
    ) -> Result<Option<CommitId>, Stop> {
        let answer = match self.resolve(kept, repository, component, version, deployed) {
            Err(Stop::Github(error)) => Err(error),
            answer => Ok(answer?),
        };
        let what = || format!("version {version} of {component}");
        Ok(broken.pass_over(answer, what, notices)?.flatten())
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
        let by_id = whole_id(version, component);
        let by_id = by_id.filter(|id| known.is_some_and(|it| it.find(id).is_some()));
        match known.and_then(|it| it.about.version(component, version)) {
            Some(Some(known)) => return Ok(Some(known)),
            _ if by_id.is_some() => {
                keep_version(kept, repository, component, version, by_id);
                kept.changed()?;
                return Ok(by_id);
            }
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
        keep_version(kept, repository, component, version, id);
        kept.of(repository).merge(found);
        kept.changed()?;
        Ok(id)
    }
}

fn keep_version(
    kept: &mut KeptCommits<'_>,
    repository: &GithubRepository,
    component: &str,
    version: &str,
    id: Option<CommitId>,
) {
    let versions = &mut kept.of(repository).about.versions;
    let of_component = versions.entry(component.to_owned()).or_default();
    of_component.insert(version.to_owned(), id);
}

/// The commit that a version names with all its digits.
fn whole_id(version: &str, component: &str) -> Option<CommitId> {
    match readings(version, component).into_iter().next()? {
        Reading::FullId(id) => Some(id),
        _ => None,
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
