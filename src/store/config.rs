//! config.json as people write it, read into a `Layer`: every key optional, all faults told at once
//! with line, column and a suggestion, unknown keys kept and warned about. cd-agent's config is one
//! without `schema_version`. `layers` lays it over and under others; `initial_config` writes the
//! first one.

use std::path::Path;

use crate::model::Notice;
use crate::model::settings::LeadTimeStart;

use super::config_fields::Fields;
use super::config_flow::flow;
use super::config_parts::{component, environment, incidents, patterns};
use super::config_thresholds::{thresholds, warn_of_hidden_thresholds};
use super::directory::label;
use super::error::Fault;
use super::json_positions::{self, Located};
use super::layers::{FailureRuleLayer, Layer};
use super::{SCHEMA_VERSION, Store, StoreError, atomic_file, timezone};

/// Name of the file in `.dora/`.
pub const NAME: &str = "config.json";

/// Names of the band profiles (spec 2.9); what they hold is in `metrics::bands`.
pub const BAND_PROFILES: [&str; 7] = ["cd-agent", "2019", "2021", "2022", "2023", "2024", "2025"];

/// No configuration is longer.
const LIMIT: u64 = 1 << 20;

const KEYS: [&str; 17] = [
    "schema_version",
    "version",
    "initialized_at",
    "lookback_days",
    "timezone",
    "measured_environment",
    "environments",
    "components",
    "bands",
    "thresholds",
    "lead_time_start",
    "failure_rules",
    "hotfix_window_minutes",
    "incident_window_hours",
    "incidents",
    "bots",
    "flow",
];
const RULES: [&str; 8] = [
    "rollback",
    "revert",
    "hotfix",
    "acceptance",
    "incident",
    "attempt",
    "run",
    "marked",
];

/// A configuration that was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// What it says.
    pub layer: Layer,
    /// Unknown keys and other oddities.
    pub notices: Vec<Notice>,
}

impl Store {
    /// The repository's configuration; without a file it says nothing.
    ///
    /// # Errors
    /// [`StoreError::Configuration`] with all faults, [`StoreError::NewerVersion`], or why the file
    /// cannot be read.
    pub fn config(&self) -> Result<Config, StoreError> {
        match atomic_file::read(&self.file(NAME), LIMIT)? {
            Some(content) => parse(&content, &label(NAME)),
            None => Ok(Config::default()),
        }
    }
}

/// The user's own configuration at a path outside any repository, with the same keys.
///
/// # Errors
/// As [`Store::config`].
pub fn user_config(path: &Path) -> Result<Config, StoreError> {
    // Outside the store links are the user's business: dotfiles are often linked.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match atomic_file::read(&target, LIMIT)? {
        Some(content) => parse(&content, &path.display().to_string()),
        None => Ok(Config::default()),
    }
}

/// Reads a configuration; `place` names it in faults.
///
/// # Errors
/// [`StoreError::Configuration`] with all faults, or [`StoreError::NewerVersion`].
pub fn parse(content: &[u8], place: &str) -> Result<Config, StoreError> {
    let root = json_positions::parse(content).map_err(|faults| {
        let faults = faults.into_iter().map(|fault| Fault {
            place: place.to_owned(),
            position: Some(fault.at),
            message: fault.message,
            suggestion: None,
        });
        StoreError::Configuration(faults.collect())
    })?;
    // Before anything else is judged: a newer dora may have other rules.
    if let Some(found) = newer_version(&root) {
        return Err(StoreError::NewerVersion {
            place: place.to_owned(),
            found,
            known: SCHEMA_VERSION,
        });
    }
    let mut fields = Fields::new(place);
    let mut layer = Layer::default();
    for member in fields.object("the configuration", &root) {
        let (key, value) = (member.name.as_str(), &member.value);
        match key {
            "schema_version" => {
                fields.whole_number(key, value, SCHEMA_VERSION, SCHEMA_VERSION);
            }
            "version" | "initialized_at" => {
                fields.text(key, value);
            }
            "lookback_days" => layer.lookback_days = fields.whole_number(key, value, 1, 36_500),
            "timezone" => layer.timezone = time_zone(&mut fields, value),
            "measured_environment" => layer.measured_environment = fields.text(key, value),
            "environments" => {
                for named in fields.object(key, value) {
                    let environment = environment(&mut fields, named);
                    layer.environments.insert(named.name.clone(), environment);
                }
            }
            "components" => {
                for named in fields.object(key, value) {
                    let component = component(&mut fields, named);
                    layer.components.insert(named.name.clone(), component);
                }
            }
            "bands" => {
                let name = fields.word(key, value, &BAND_PROFILES);
                layer.bands = name.map(str::to_owned);
            }
            "thresholds" => layer.thresholds = Some(thresholds(&mut fields, value)),
            "lead_time_start" => {
                layer.lead_time_start = match fields.word(key, value, &["author", "committer"]) {
                    Some("committer") => Some(LeadTimeStart::Committer),
                    Some(_) => Some(LeadTimeStart::Author),
                    None => None,
                };
            }
            "failure_rules" => layer.failure_rules = failure_rules(&mut fields, value),
            "hotfix_window_minutes" => {
                layer.hotfix_window_minutes = fields.whole_number(key, value, 0, 525_600);
            }
            "incident_window_hours" => {
                layer.incident_window_hours = fields.whole_number(key, value, 0, 8_760);
            }
            "incidents" => {
                let (labels, titles) = incidents(&mut fields, value);
                layer.incident_labels = labels;
                layer.incident_titles = titles;
            }
            "bots" => layer.bots = Some(patterns(&mut fields, key, value)),
            "flow" => layer.flow = flow(&mut fields, value),
            _ => fields.unknown_key("", member, &KEYS),
        }
    }
    warn_of_hidden_thresholds(&mut fields, &root, &layer);
    Ok(Config {
        layer,
        notices: fields.finish().map_err(StoreError::Configuration)?,
    })
}

fn newer_version(root: &Located) -> Option<u64> {
    match &root.member("schema_version")?.value {
        json_positions::Json::Number(number) => number
            .as_u64()
            .filter(|version| *version > u64::from(SCHEMA_VERSION)),
        _ => None,
    }
}

fn time_zone(fields: &mut Fields<'_>, value: &Located) -> Option<chrono_tz::Tz> {
    let name = fields.text("timezone", value)?;
    match timezone::parse(&name) {
        Ok(zone) => Some(zone),
        Err(suggestion) => {
            let message = format!("there is no time zone \"{name}\"");
            fields.fault(value.at, message, Some(suggestion));
            None
        }
    }
}

fn failure_rules(fields: &mut Fields<'_>, value: &Located) -> FailureRuleLayer {
    let mut rules = FailureRuleLayer::default();
    for member in fields.object("failure_rules", value) {
        let key = format!("failure_rules.{}", member.name);
        let rule = match member.name.as_str() {
            "rollback" => &mut rules.rollback,
            "revert" => &mut rules.revert,
            "hotfix" => &mut rules.hotfix,
            "acceptance" => &mut rules.acceptance,
            "incident" => &mut rules.incident,
            "attempt" => &mut rules.attempt,
            "run" => &mut rules.run,
            "marked" => {
                if fields.truth(&key, &member.value) == Some(false) {
                    let message = "what a person marked always holds";
                    fields.fault(member.value.at, message, Some("leave the key out".into()));
                }
                continue;
            }
            _ => {
                fields.unknown_key("failure_rules", member, &RULES);
                continue;
            }
        };
        *rule = fields.truth(&key, &member.value);
    }
    rules
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;
    use crate::model::Settings;
    use crate::store::{initial_config, settings_from_layers};

    fn faults(text: &str) -> Vec<String> {
        let error = parse(text.as_bytes(), ".dora/config.json").unwrap_err();
        error.faults().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_empty_object_says_nothing() {
        let config = parse(b"{}", "c").unwrap();
        assert_eq!(config.layer, Layer::default());
        assert!(config.notices.is_empty());
    }

    #[test]
    fn everything_that_can_be_set_is_read() {
        let text = r#"{
            "schema_version": 1, "version": "1.0.0", "initialized_at": "2026-01-15T10:30:00Z",
            "lookback_days": 30.0, "timezone": "Europe/Berlin", "measured_environment": "uat",
            "bands": "2024", "lead_time_start": "committer",
            "failure_rules": { "rollback": false, "revert": false, "hotfix": false,
                               "acceptance": false, "incident": false, "attempt": false,
                               "run": false, "marked": true },
            "hotfix_window_minutes": 0, "incident_window_hours": 48,
            "incidents": { "labels": ["outage", "p*"], "titles": "[down]*" }, "bots": ["acme-*"] }"#;
        let config = parse(text.as_bytes(), "c").unwrap();
        assert!(config.notices.is_empty());
        let settings = settings_from_layers(&[config.layer]);
        assert_eq!(settings.lookback_days, 30);
        assert_eq!(settings.timezone, Tz::Europe__Berlin);
        assert_eq!(settings.measured_environment.as_deref(), Some("uat"));
        assert_eq!(settings.bands.as_deref(), Some("2024"));
        assert_eq!(settings.lead_time_start, LeadTimeStart::Committer);
        let rules = settings.failure_rules;
        assert!(!(rules.rollback || rules.revert || rules.hotfix || rules.acceptance));
        assert!(!(rules.incident || rules.attempt || rules.run));
        assert_eq!(settings.hotfix_window_minutes, 0);
        assert_eq!(settings.incident_window_hours, 48);
        assert_eq!(settings.incidents.labels, ["outage", "p*"]);
        assert_eq!(settings.incidents.titles, ["[down]*"]);
        assert_eq!(settings.bots, ["acme-*"]);
    }

    #[test]
    fn all_faults_are_told_at_once_each_with_its_place_and_a_suggestion() {
        let text = "{\n  \"lookback_days\": \"90\",\n  \"timezone\": \"Europe/Berln\",\n  \
                    \"bands\": \"2020\",\n  \"lead_time_start\": \"comitter\",\n  \
                    \"failure_rules\": { \"hotfix\": \"true\", \"marked\": false },\n  \
                    \"hotfix_window_minutes\": 1.5,\n  \"incident_window_hours\": -1,\n  \
                    \"environments\": []\n}";
        let file = ".dora/config.json";
        assert_eq!(
            faults(text),
            [
                format!(
                    "{file}:2:20: `lookback_days` is text; expected a number; write 90 without \
                     quotes"
                ),
                format!(
                    "{file}:3:15: there is no time zone \"Europe/Berln\"; did you mean \
                     \"Europe/Berlin\"?"
                ),
                format!("{file}:4:12: `bands` cannot be \"2020\"; did you mean \"2021\"?"),
                format!(
                    "{file}:5:22: `lead_time_start` cannot be \"comitter\"; did you mean \
                     \"committer\"?"
                ),
                format!(
                    "{file}:6:32: `failure_rules.hotfix` is text; expected true or false; write \
                     true without quotes"
                ),
                format!("{file}:6:50: what a person marked always holds; leave the key out"),
                format!("{file}:7:28: `hotfix_window_minutes` is 1.5; expected a whole number"),
                format!("{file}:8:28: `incident_window_hours` is -1; expected 0 to 8760"),
                format!("{file}:9:19: `environments` is a list; expected an object"),
            ]
        );
    }

    #[test]
    fn syntax_faults_and_duplicate_keys_are_faults_with_a_place() {
        assert_eq!(
            faults("{\n  \"bands\": \"2024\",\n}"),
            [".dora/config.json:3:1: a comma before `}` is not JSON"]
        );
        assert_eq!(
            faults("{\"bands\": \"2024\",\n\"bands\": \"2023\"}"),
            [".dora/config.json:2:1: `bands` is there twice, first at 1:2"]
        );
        assert_eq!(faults(""), [".dora/config.json:1:1: is empty"]);
        assert_eq!(
            faults("[]"),
            [".dora/config.json:1:1: `the configuration` is a list; expected an object"]
        );
        assert_eq!(
            faults("<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n"),
            [".dora/config.json:1:1: holds an unresolved merge conflict"]
        );
    }

    #[test]
    fn an_unknown_key_is_kept_and_warned_about() {
        let config = parse(b"{\n \"time_zone\": \"UTC\",\n \"team\": {\"x\": 1}}", "c").unwrap();
        let told: Vec<_> = config
            .notices
            .iter()
            .map(|notice| (notice.message.as_str(), notice.hint.as_deref()))
            .collect();
        assert_eq!(
            told[0],
            (
                "c:2:2: `time_zone` is no key dora knows",
                Some("did you mean `timezone`?")
            )
        );
        assert_eq!(told[1].0, "c:3:2: `team` is no key dora knows");
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn a_newer_configuration_is_refused_before_anything_in_it_is_judged() {
        let error = parse(b"{\"bands\": 7, \"schema_version\": 2}", "c").unwrap_err();
        assert_eq!(
            error.to_string(),
            "c has schema version 2, this dora understands up to 1"
        );
        assert!(parse(b"{\"schema_version\": 0}", "c").is_err());
        assert!(parse(b"{\"schema_version\": \"1\"}", "c").is_err());
    }

    #[test]
    fn cd_agents_configuration_is_read_as_it_is() {
        let text = r#"{
  "version": "1.0.0",
  "initialized_at": "2025-12-25T10:30:00Z",
  "lookback_days": 90,
  "environments": {
    "qa": { "state_file": "state/qa-deployed-versions.json", "is_production": false },
    "production": { "state_file": "state/production-deployed-versions.json", "is_production": true }
  },
  "thresholds": {
    "deployment_frequency": { "elite": 1.0, "high": 0.14, "medium": 0.03 },
    "lead_time_minutes": { "elite": 60, "high": 1440, "medium": 10080 },
    "change_failure_rate": { "elite": 0.15, "high": 0.30, "medium": 0.45 },
    "mttr_minutes": { "elite": 60, "high": 1440, "medium": 10080 }
  }
}"#;
        let config = parse(text.as_bytes(), "c").unwrap();
        assert!(config.notices.is_empty());
        assert_eq!(config.layer.environments.len(), 2);
        let thresholds = config.layer.thresholds.unwrap();
        assert_eq!(thresholds.change_failure_rate.unwrap().high, 0.30);
    }

    #[test]
    fn what_init_writes_is_read_back_as_it_was() {
        let written = initial_config(&Settings::default(), Default::default());
        let config = parse(written.as_bytes(), "c").unwrap();
        assert!(config.notices.is_empty());
        let read = settings_from_layers(&[config.layer]);
        let expected = Settings {
            bands: Some("cd-agent".into()),
            ..Settings::default()
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn a_store_without_the_file_says_nothing_and_a_users_file_is_read_through_links() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        assert_eq!(store.config().unwrap(), Config::default());
        let missing = world.path().join("none.json");
        assert_eq!(user_config(&missing).unwrap(), Config::default());
        let path = world.path().join("user.json");
        atomic_file::write(&path, b"{\"bands\": 2023}").unwrap();
        let config = user_config(&path).unwrap();
        assert_eq!(config.layer.bands.as_deref(), Some("2023"));
    }
}
