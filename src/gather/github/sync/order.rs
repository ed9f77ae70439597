//! What is asked for when: a limit or a lost connection ends a sync anywhere, and every kind is to have
//! had its turn by then. So what is listed a hundred at a time comes before what costs a question each.

use crate::model::github::GithubRepository;
use crate::store::StoreError;

use super::deployments::KeptDeployments;
use super::runs::ListedRuns;
use super::{Kind, Stop, Sync, Synced, is_of_one_kind, not_read};

/// A part of a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Runs,
    Deployments,
    Pulls,
    Issues,
    Commits,
    /// Of the repositories that came to light with the commits.
    PullsOfComponents,
    Jobs,
    Statuses,
}

/// All of them in their order.
const STEPS: [Step; 8] = [
    Step::Runs,
    Step::Deployments,
    Step::Pulls,
    Step::Issues,
    Step::Commits,
    Step::PullsOfComponents,
    Step::Jobs,
    Step::Statuses,
];

impl Step {
    /// Of which kind it is.
    fn kind(self) -> Kind {
        match self {
            Self::Runs | Self::Jobs => Kind::Runs,
            Self::Deployments | Self::Statuses => Kind::Deployments,
            Self::Pulls | Self::PullsOfComponents => Kind::Pulls,
            Self::Issues => Kind::Issues,
            Self::Commits => Kind::Commits,
        }
    }
}

/// What steps leave for later ones.
#[derive(Default)]
struct Left<'a> {
    runs: Option<ListedRuns<'a>>,
    deployments: Option<KeptDeployments<'a>>,
    components: Vec<GithubRepository>,
}

impl Sync<'_> {
    /// Asks for every kind. A kind that the token may not read, or that the repository does not have, is
    /// a notice; what ends the conversation ends the sync, and what was read is kept.
    ///
    /// # Errors
    /// When the cache cannot be read or written.
    pub fn run(&self) -> Result<Synced, StoreError> {
        let mut synced = Synced::default();
        let mut left = Left::default();
        for step in STEPS {
            if !self.kinds.contains(&step.kind()) {
                continue;
            }
            match self.step(step, &mut left, &mut synced) {
                Ok(()) => {}
                Err(Stop::Store(error)) => return Err(error),
                Err(Stop::Github(error)) if is_of_one_kind(&error) => {
                    synced.notices.push(not_read(step.kind().name(), &error));
                }
                Err(Stop::Github(error)) => {
                    synced.stopped = Some(error);
                    break;
                }
            }
        }
        let place = |kind| Kind::ALL.iter().position(|known| *known == kind);
        synced.kinds.sort_by_key(|it| place(it.kind));
        Ok(synced)
    }

    fn step<'a>(
        &'a self,
        step: Step,
        left: &mut Left<'a>,
        synced: &mut Synced,
    ) -> Result<(), Stop> {
        match step {
            Step::Runs => left.runs = Some(self.runs(synced)?),
            Step::Deployments => left.deployments = Some(self.deployments(synced)?),
            Step::Pulls => self.pulls(&self.with_pulls(), synced)?,
            Step::Issues => self.issues(synced)?,
            Step::Commits => self.commits(&mut left.components, synced)?,
            Step::PullsOfComponents => {
                let asked = self.with_pulls();
                let mut found: Vec<&GithubRepository> = left.components.iter().collect();
                found.retain(|it| !asked.contains(it));
                if !found.is_empty() {
                    self.pulls(&found, synced)?;
                }
            }
            Step::Jobs => {
                if let Some(listed) = &mut left.runs {
                    self.jobs(listed, &mut synced.notices)?;
                }
            }
            Step::Statuses => {
                if let Some(kept) = &mut left.deployments {
                    self.statuses(kept, &mut synced.notices)?;
                }
            }
        }
        Ok(())
    }

    /// The repositories that are known to have pull requests of interest: the analysed one first, then
    /// those of components.
    fn with_pulls(&self) -> Vec<&GithubRepository> {
        let mut repositories = vec![self.repository];
        for other in self.others {
            if !repositories.contains(&other) {
                repositories.push(other);
            }
        }
        repositories
    }
}
