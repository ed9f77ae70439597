//! What the file name and the name of a workflow say about where it deploys: the last of the rules of
//! `deploy_workflows`, and the weakest. The single words are those of `workflow_words`.

use std::collections::BTreeSet;

use crate::model::environment::is_production_name;
use crate::sources::workflow_files::EnvironmentName;

use super::deploy_workflows::Detection;
use super::workflow_graph::{Graph, Node};
use super::workflow_words::{Words, environment_of_word};

/// The environment that releases make where no other is known.
const RELEASE: &str = "release";

/// The environment that deployments mean where no other is known.
const PRODUCTION: &str = "production";

/// The words of a workflow's names.
#[derive(Debug, Clone)]
pub(super) struct Names {
    file: Words,
    name: Words,
    /// Both.
    pub(super) all: Words,
}

impl Names {
    /// The words of a file name without extension and of a name.
    pub(super) fn of(file: &str, name: &str) -> Self {
        Self {
            file: Words::of(file),
            name: Words::of(name),
            all: Words::of(&format!("{file}; {name}")),
        }
    }

    /// The environment that the name means with the reason; or why the name is not enough; or
    /// nothing when it does not say that it deploys.
    pub(super) fn environment(
        &self,
        graph: &Graph,
        detection: &Detection<'_>,
        by_evidence: &BTreeSet<String>,
    ) -> Option<Result<(String, String), String>> {
        let known = detection.environments;
        let words = &self.all;
        let deploying = words.deploying();
        let releasing = words.releasing();
        let place = self.file.environment().or_else(|| self.name.environment());
        let plain = self
            .file
            .plain_environment()
            .or_else(|| self.name.plain_environment());
        let word = deploying.or(releasing).or(plain)?;
        if let Some(never) = words.never().or_else(|| words.beside()) {
            return Some(Err(format!("its name says `{never}`")));
        }
        let does = deploying.or(releasing);
        if let (None, Some(checking)) = (does, words.checking()) {
            return Some(Err(format!("its name says `{checking}`: it checks {word}")));
        }
        let said = match self.file.contains(word) {
            true => format!("its file name says `{word}`"),
            false => format!("its name says `{word}`"),
        };
        if let Some(place) = place {
            let environment = environment_of_word(place, known);
            let said = match place == word {
                true => said,
                false => format!("{said} and `{place}`"),
            };
            return Some(Ok((environment, said)));
        }
        let only_releases = deploying.is_none();
        let is_computed = |node: &Node| node.environment == Some(EnvironmentName::Computed);
        let environment = match environment_of_no_word(detection, only_releases) {
            Ok(environment) => environment,
            Err(why) => return Some(Err(why)),
        };
        if known.len() != 1 && graph.nodes.iter().any(is_computed) {
            let why = "its environment is known only while it runs";
            return Some(Err(why.to_owned()));
        }
        if only_releases && by_evidence.contains(&environment) {
            return Some(Err(format!("another workflow deploys to {environment}")));
        }
        if environment == RELEASE && known.is_empty() && detection.has_version_tags {
            return Some(Err("the version tags tell the releases already".to_owned()));
        }
        let said = match known.contains(&environment) {
            true => format!("{said}, and {environment} is known"),
            false => said,
        };
        Some(Ok((environment, said)))
    }
}

/// The environment of a deployment of which no word says where it goes.
fn environment_of_no_word(
    detection: &Detection<'_>,
    only_releases: bool,
) -> Result<String, String> {
    let known = detection.environments;
    let flagged = |name: &String| detection.settings.environments.get(name)?.is_production;
    let flagged_ones = known.iter().filter(|name| flagged(name) == Some(true));
    let by_flag: Vec<&String> = flagged_ones.collect();
    let may_be = known.iter().filter(|name| flagged(name) != Some(false));
    let by_name: Vec<&String> = may_be.filter(|name| is_production_name(name)).collect();
    let production = if by_flag.is_empty() { by_name } else { by_flag };
    match (known.len(), production.as_slice()) {
        (1, _) => Ok(known.first().cloned().unwrap_or_default()),
        (_, [only]) => Ok((*only).clone()),
        (0, _) if only_releases => Ok(RELEASE.to_owned()),
        (_, []) => Ok(PRODUCTION.to_owned()),
        (_, [first, second, ..]) => Err(format!(
            "nothing tells whether it deploys to {first} or {second}"
        )),
    }
}
