//! Which paths of the analysed repository hold what: state files, test evidence, bookkeeping.

use std::collections::BTreeMap;

use crate::model::Settings;
use crate::sources::deployed_versions::{is_evidence_file, is_state_file};
use crate::sources::git::WalkRequest;

/// Where state files lie when config names no other place.
const STATE_DIRECTORY: &str = "state";

/// What a path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// The state file of this environment.
    Deployed(String),
    /// Test evidence of this environment.
    Evidence(String),
}

/// Directories and files that hold deployments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    directories: Vec<String>,
    /// Configured state files and the environments they are of.
    files: BTreeMap<String, String>,
}

impl Layout {
    /// The default directory, and what config names beside it.
    pub(super) fn of(settings: &Settings) -> Self {
        let files: BTreeMap<String, String> = settings
            .environments
            .iter()
            .filter_map(|(name, environment)| {
                let path = environment.state_file.as_deref()?;
                Some((path.trim_start_matches("./").to_owned(), name.clone()))
            })
            .collect();
        let mut directories = vec![STATE_DIRECTORY.to_owned()];
        directories.extend(
            files
                .keys()
                .filter_map(|path| path.rsplit_once('/'))
                .map(|(parent, _)| parent.to_owned()),
        );
        directories.sort();
        directories.dedup();
        Self { directories, files }
    }

    /// What a path is, if it holds deployments or evidence. Files are direct children of a state
    /// directory, or exactly those that config names.
    pub(super) fn role(&self, path: &str) -> Option<Role> {
        if let Some(environment) = self.files.get(path) {
            return Some(Role::Deployed(environment.clone()));
        }
        let (directory, name) = path.rsplit_once('/')?;
        if !self.directories.iter().any(|known| known == directory) {
            return None;
        }
        is_state_file(name)
            .map(|environment| Role::Deployed(environment.to_owned()))
            .or_else(|| is_evidence_file(name).map(|name| Role::Evidence(name.to_owned())))
    }

    /// The state directories.
    pub(super) fn directories(&self) -> &[String] {
        &self.directories
    }

    /// What a walk has to watch, with these component paths.
    pub(super) fn walk(&self, component_paths: Vec<(usize, Vec<String>)>) -> WalkRequest {
        WalkRequest {
            state_directories: self.directories.clone(),
            state_files: self
                .files
                .keys()
                .filter(|path| !path.contains('/'))
                .cloned()
                .collect(),
            component_paths,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::EnvironmentSettings;

    #[test]
    fn files_are_known_by_place_and_name_or_by_config() {
        let mut settings = Settings::default();
        let file = |path: &str| EnvironmentSettings {
            state_file: Some(path.to_owned()),
            ..EnvironmentSettings::default()
        };
        settings.environments.insert(
            "live".to_owned(),
            file("deploy/prod-deployed-versions.json"),
        );
        settings
            .environments
            .insert("root".to_owned(), file("versions.json"));
        let layout = Layout::of(&settings);
        let role = |path: &str| layout.role(path);
        let deployed = |name: &str| Some(Role::Deployed(name.to_owned()));
        assert_eq!(role("state/uat-deployed-versions.json"), deployed("uat"));
        assert_eq!(role("deploy/prod-deployed-versions.json"), deployed("live"));
        assert_eq!(role("versions.json"), deployed("root"));
        assert_eq!(
            role("state/uat-last-successfully-tested-versions.json"),
            Some(Role::Evidence("uat".to_owned()))
        );
        assert_eq!(role("state/deeper/uat-deployed-versions.json"), None);
        assert_eq!(role("other/uat-deployed-versions.json"), None);
        assert_eq!(role("state/readme.md"), None);
        assert_eq!(layout.directories(), ["deploy", "state"]);
        assert_eq!(layout.walk(Vec::new()).state_files, ["versions.json"]);
    }
}
