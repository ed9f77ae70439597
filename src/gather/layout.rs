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
    /// A state file by its name of an environment for which config names another one.
    Replaced(String),
}

/// Directories and files that hold deployments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    directories: Vec<String>,
    /// Configured files: state files and, beside them, their test evidence.
    files: BTreeMap<String, Role>,
}

impl Layout {
    /// The default directory, and what config names beside it. A file that config names makes a
    /// state directory of its own directory only when that is called `state`: elsewhere it may lie
    /// among code.
    pub(super) fn of(settings: &Settings) -> Self {
        let mut directories = vec![STATE_DIRECTORY.to_owned()];
        let mut files = BTreeMap::new();
        for (name, environment) in &settings.environments {
            let Some(path) = environment.state_file.as_deref() else {
                continue;
            };
            let path = path.trim_start_matches("./");
            let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
            if directory.rsplit('/').next() == Some(STATE_DIRECTORY) {
                directories.push(directory.to_owned());
            }
            if let Some(known_as) = is_state_file(file) {
                let evidence = format!("{known_as}-last-successfully-tested-versions.json");
                let evidence = match directory {
                    "" => evidence,
                    directory => format!("{directory}/{evidence}"),
                };
                files.insert(evidence, Role::Evidence(name.clone()));
            }
            files.insert(path.to_owned(), Role::Deployed(name.clone()));
        }
        directories.sort();
        directories.dedup();
        Self { directories, files }
    }

    /// What a path is, if it holds deployments or evidence. Files are direct children of a state
    /// directory, or exactly those that config names.
    pub(super) fn role(&self, path: &str) -> Option<Role> {
        if let Some(role) = self.files.get(path) {
            return Some(role.clone());
        }
        let (directory, name) = path.rsplit_once('/')?;
        if !self.directories.iter().any(|known| known == directory) {
            return None;
        }
        is_state_file(name)
            .map(|environment| match self.is_configured(environment) {
                true => Role::Replaced(environment.to_owned()),
                false => Role::Deployed(environment.to_owned()),
            })
            .or_else(|| is_evidence_file(name).map(|name| Role::Evidence(name.to_owned())))
    }

    /// Whether config names a state file for an environment: it then replaces the default one.
    fn is_configured(&self, environment: &str) -> bool {
        let deployed = Role::Deployed(environment.to_owned());
        self.files.values().any(|role| *role == deployed)
    }

    /// The paths of all state files there may be at a commit; the names in a state directory are
    /// listed by `names_in`.
    pub(super) fn state_files<E>(
        &self,
        names_in: impl Fn(&str) -> Result<Vec<String>, E>,
    ) -> Result<Vec<String>, E> {
        let mut paths: Vec<String> = self.files.keys().cloned().collect();
        for directory in &self.directories {
            paths.extend(
                names_in(directory)?
                    .into_iter()
                    .map(|name| format!("{directory}/{name}")),
            );
        }
        paths.retain(|path| matches!(self.role(path), Some(Role::Deployed(_))));
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    /// What a walk has to watch, with these component paths.
    pub(super) fn walk(&self, component_paths: Vec<(usize, Vec<String>)>) -> WalkRequest {
        WalkRequest {
            state_directories: self.directories.clone(),
            state_files: self.files.keys().cloned().collect(),
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
        settings
            .environments
            .insert("blue".to_owned(), file("ops/state/blue.json"));
        let layout = Layout::of(&settings);
        let role = |path: &str| layout.role(path);
        let deployed = |name: &str| Some(Role::Deployed(name.to_owned()));
        let evidence = |name: &str| Some(Role::Evidence(name.to_owned()));
        assert_eq!(role("state/uat-deployed-versions.json"), deployed("uat"));
        assert_eq!(role("deploy/prod-deployed-versions.json"), deployed("live"));
        assert_eq!(
            role("deploy/prod-last-successfully-tested-versions.json"),
            evidence("live")
        );
        assert_eq!(role("versions.json"), deployed("root"));
        assert_eq!(role("ops/state/blue.json"), deployed("blue"));
        assert_eq!(role("ops/state/qa-deployed-versions.json"), deployed("qa"));
        assert_eq!(
            role("state/uat-last-successfully-tested-versions.json"),
            evidence("uat")
        );
        assert_eq!(
            role("state/live-deployed-versions.json"),
            Some(Role::Replaced("live".to_owned()))
        );
        for path in [
            "deploy/qa-deployed-versions.json",
            "state/deeper/uat-deployed-versions.json",
            "other/uat-deployed-versions.json",
            "state/readme.md",
        ] {
            assert_eq!(role(path), None, "{path}");
        }
    }

    #[test]
    fn a_configured_file_among_code_makes_only_itself_bookkeeping() {
        let mut settings = Settings::default();
        let configured = EnvironmentSettings {
            state_file: Some("app/prod.json".to_owned()),
            ..EnvironmentSettings::default()
        };
        settings.environments.insert("live".to_owned(), configured);
        let walk = Layout::of(&settings).walk(Vec::new());
        assert_eq!(walk.state_directories, ["state"]);
        assert_eq!(walk.state_files, ["app/prod.json"]);
    }
}
