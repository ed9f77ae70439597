//! The config.json that `init` writes: what was found and the defaults in force, each key spelled
//! out so that it can be seen and changed. Written once; the user's file from then on (`config`
//! reads it).

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::json;

use crate::model::Settings;
use crate::model::settings::{ComponentSettings, EnvironmentSettings, FailureRules};

use super::{SCHEMA_VERSION, config};

/// cd-agent's version of the same file; its tools look for it.
const CD_AGENT_VERSION: &str = "1.0.0";

#[derive(Serialize)]
struct ConfigFile<'s> {
    schema_version: u32,
    version: &'static str,
    initialized_at: String,
    lookback_days: u32,
    timezone: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured_environment: Option<&'s str>,
    environments: BTreeMap<&'s str, Environment<'s>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    components: BTreeMap<&'s str, Component<'s>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bands: Option<&'s str>,
    lead_time_start: &'static str,
    failure_rules: FailureRules,
    hotfix_window_minutes: u32,
    incident_window_hours: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<Flow<'s>>,
}

#[derive(Serialize)]
struct Flow<'s> {
    preset: &'s str,
}

#[derive(Serialize)]
struct Environment<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    state_file: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_production: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deploy_workflow: Option<&'s str>,
}

#[derive(Serialize)]
struct Component<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<&'s str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    paths: &'s [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    github: Option<&'s str>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    waiting_ref: Option<&'s str>,
}

/// The text of a first config.json with these settings (the environments and components that were
/// found, defaults for the rest). Thresholds are not written: the profile named by `bands` holds,
/// and a person who wants limits of their own replaces it by `thresholds`.
pub fn initial_config(settings: &Settings, initialized_at: DateTime<Utc>) -> String {
    let file = ConfigFile {
        schema_version: SCHEMA_VERSION,
        version: CD_AGENT_VERSION,
        initialized_at: initialized_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        lookback_days: settings.lookback_days,
        timezone: settings.timezone.name(),
        measured_environment: settings.measured_environment.as_deref(),
        environments: written(&settings.environments, "environments"),
        components: written(&settings.components, "components"),
        bands: match &settings.thresholds {
            None => Some(settings.bands.as_deref().unwrap_or("cd-agent")),
            // Naming the default profile would hide them.
            Some(_) => settings.bands.as_deref(),
        },
        lead_time_start: settings.lead_time_start.name(),
        failure_rules: settings.failure_rules,
        hotfix_window_minutes: settings.hotfix_window_minutes,
        incident_window_hours: settings.incident_window_hours,
        // Stages of the user's own are written where they were found.
        flow: settings
            .flow
            .preset
            .as_deref()
            .map(|preset| Flow { preset }),
    };
    // Strings, numbers and maps with text keys always serialise.
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    text
}

/// A map of settings as it is written. Names and paths come from file names, which may hold anything;
/// an entry that could not be read again is left out, and its file is still found by its name.
fn written<'s, S, W>(found: &'s BTreeMap<String, S>, key: &str) -> BTreeMap<&'s str, W>
where
    W: From<&'s S> + Serialize,
{
    let is_readable = |name: &str, entry: &W| {
        let alone = json!({ key: { name: entry } }).to_string();
        config::parse(alone.as_bytes(), config::NAME).is_ok()
    };
    found
        .iter()
        .map(|(name, settings)| (name.as_str(), W::from(settings)))
        .filter(|(name, entry)| is_readable(name, entry))
        .collect()
}

impl<'s> From<&'s EnvironmentSettings> for Environment<'s> {
    fn from(found: &'s EnvironmentSettings) -> Self {
        Self {
            state_file: found.state_file.as_deref(),
            is_production: found.is_production,
            deploy_workflow: found.deploy_workflow.as_deref(),
        }
    }
}

impl<'s> From<&'s ComponentSettings> for Component<'s> {
    fn from(found: &'s ComponentSettings) -> Self {
        Self {
            repository: found.repository.as_deref(),
            paths: &found.paths,
            github: found.github.as_deref(),
            waiting_ref: found.waiting_ref.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::instant_from_epoch;

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        let state_file = |path: &str| EnvironmentSettings {
            state_file: Some(path.to_owned()),
            ..EnvironmentSettings::default()
        };
        let mut settings = Settings::default();
        for (name, path) in [
            ("uat", "state/uat-deployed-versions.json"),
            ("two\nlines", "state/two\nlines-deployed-versions.json"),
            ("back", "state/a\\b-deployed-versions.json"),
            (" ", "state/ -deployed-versions.json"),
        ] {
            settings
                .environments
                .insert(name.to_owned(), state_file(path));
        }
        let text = initial_config(&settings, instant_from_epoch(0));
        let read = config::parse(text.as_bytes(), config::NAME).unwrap();
        let names: Vec<&String> = read.layer.environments.keys().collect();
        assert_eq!(names, ["uat"]);
    }
}
