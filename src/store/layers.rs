//! Settings come in layers: flag over `DORA_*` variable over `.dora/config.json` over the user's own
//! configuration over what is built in (spec 3.2). A layer says only what it was told; here they are
//! laid over each other. `config` reads the layers that are files.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::model::Settings;
use crate::model::settings::{
    ComponentSettings, CustomThresholds, EnvironmentSettings, FailureRules, IncidentSettings,
    LeadTimeStart,
};

use super::config::BAND_PROFILES;
use super::error::{Fault, StoreError};
use super::flow_layer::FlowLayer;
use super::suggestion::nearest;
use super::timezone;

/// What one place says about the settings; `None` (or an absent name) is "says nothing".
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layer {
    /// See [`Settings::lookback_days`].
    pub lookback_days: Option<u32>,
    /// See [`Settings::timezone`].
    pub timezone: Option<Tz>,
    /// See [`Settings::measured_environment`].
    pub measured_environment: Option<String>,
    /// See [`Settings::environments`].
    pub environments: BTreeMap<String, EnvironmentSettings>,
    /// See [`Settings::components`].
    pub components: BTreeMap<String, ComponentSettings>,
    /// See [`Settings::bands`].
    pub bands: Option<String>,
    /// See [`Settings::thresholds`].
    pub thresholds: Option<CustomThresholds>,
    /// See [`Settings::lead_time_start`].
    pub lead_time_start: Option<LeadTimeStart>,
    /// See [`Settings::failure_rules`].
    pub failure_rules: FailureRuleLayer,
    /// See [`Settings::hotfix_window_minutes`].
    pub hotfix_window_minutes: Option<u32>,
    /// See [`Settings::incident_window_hours`].
    pub incident_window_hours: Option<u32>,
    /// See [`crate::model::settings::IncidentSettings::labels`].
    pub incident_labels: Option<Vec<String>>,
    /// See [`crate::model::settings::IncidentSettings::titles`].
    pub incident_titles: Option<Vec<String>>,
    /// See [`Settings::bots`].
    pub bots: Option<Vec<String>>,
    /// See [`Settings::flow`].
    pub flow: FlowLayer,
}

/// Failure rules that one place switches on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FailureRuleLayer {
    /// See [`FailureRules::rollback`].
    pub rollback: Option<bool>,
    /// See [`FailureRules::revert`].
    pub revert: Option<bool>,
    /// See [`FailureRules::hotfix`].
    pub hotfix: Option<bool>,
    /// See [`FailureRules::acceptance`].
    pub acceptance: Option<bool>,
    /// See [`FailureRules::incident`].
    pub incident: Option<bool>,
    /// See [`FailureRules::attempt`].
    pub attempt: Option<bool>,
    /// See [`FailureRules::run`].
    pub run: Option<bool>,
}

/// The settings in force, from layers in the order of precedence, highest first. What no layer says
/// is built in.
pub fn settings_from_layers(layers: &[Layer]) -> Settings {
    let all = layers
        .iter()
        .rev()
        .fold(Layer::default(), |lower, upper| upper.clone().over(lower));
    let built_in = Settings::default();
    let rules = FailureRules::default();
    Settings {
        lookback_days: all.lookback_days.unwrap_or(built_in.lookback_days),
        timezone: all.timezone.unwrap_or(built_in.timezone),
        measured_environment: all.measured_environment,
        environments: all.environments,
        components: all.components,
        bands: all.bands,
        thresholds: all.thresholds,
        lead_time_start: all.lead_time_start.unwrap_or(built_in.lead_time_start),
        failure_rules: FailureRules {
            rollback: all.failure_rules.rollback.unwrap_or(rules.rollback),
            revert: all.failure_rules.revert.unwrap_or(rules.revert),
            hotfix: all.failure_rules.hotfix.unwrap_or(rules.hotfix),
            acceptance: all.failure_rules.acceptance.unwrap_or(rules.acceptance),
            incident: all.failure_rules.incident.unwrap_or(rules.incident),
            attempt: all.failure_rules.attempt.unwrap_or(rules.attempt),
            run: all.failure_rules.run.unwrap_or(rules.run),
        },
        hotfix_window_minutes: all
            .hotfix_window_minutes
            .unwrap_or(built_in.hotfix_window_minutes),
        incident_window_hours: all
            .incident_window_hours
            .unwrap_or(built_in.incident_window_hours),
        incidents: IncidentSettings {
            labels: all.incident_labels.unwrap_or(built_in.incidents.labels),
            titles: all.incident_titles.unwrap_or(built_in.incidents.titles),
        },
        bots: all.bots.unwrap_or(built_in.bots),
        flow: all.flow.settings(),
    }
}

impl Layer {
    /// This layer laid over a lower one: name by name and field by field, this one's word holds.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        // Thresholds of one's own would be hidden by a profile named below them.
        let bands = if self.thresholds.is_some() {
            self.bands
        } else {
            self.bands.or(lower.bands)
        };
        let mut environments = lower.environments;
        for (name, upper) in self.environments {
            let merged = environments.entry(name).or_default();
            merged.state_file = upper.state_file.or(merged.state_file.take());
            merged.is_production = upper.is_production.or(merged.is_production);
            merged.deploy_workflow = upper.deploy_workflow.or(merged.deploy_workflow.take());
        }
        let mut components = lower.components;
        for (name, upper) in self.components {
            let merged = components.entry(name).or_default();
            merged.repository = upper.repository.or(merged.repository.take());
            merged.github = upper.github.or(merged.github.take());
            merged.waiting_ref = upper.waiting_ref.or(merged.waiting_ref.take());
            if !upper.paths.is_empty() {
                merged.paths = upper.paths;
            }
        }
        Self {
            lookback_days: self.lookback_days.or(lower.lookback_days),
            timezone: self.timezone.or(lower.timezone),
            measured_environment: self.measured_environment.or(lower.measured_environment),
            environments,
            components,
            bands,
            thresholds: merge_thresholds(self.thresholds, lower.thresholds),
            lead_time_start: self.lead_time_start.or(lower.lead_time_start),
            failure_rules: self.failure_rules.over(lower.failure_rules),
            hotfix_window_minutes: self.hotfix_window_minutes.or(lower.hotfix_window_minutes),
            incident_window_hours: self.incident_window_hours.or(lower.incident_window_hours),
            incident_labels: self.incident_labels.or(lower.incident_labels),
            incident_titles: self.incident_titles.or(lower.incident_titles),
            bots: self.bots.or(lower.bots),
            flow: self.flow.over(lower.flow),
        }
    }

    /// What the variables `DORA_TIMEZONE`, `DORA_BANDS`, `DORA_ENVIRONMENT` and
    /// `DORA_LEAD_TIME_START` say. An empty variable says nothing.
    ///
    /// # Errors
    /// [`StoreError::Configuration`] with every variable that holds no valid value.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, StoreError> {
        let mut faults = Vec::new();
        let mut layer = Self::default();
        let set = |name: &str| variable(name).filter(|text| !text.trim().is_empty());
        let mut fault = |place: &str, text: &str, suggestion| {
            faults.push(Fault {
                place: place.to_owned(),
                position: None,
                message: format!("cannot be \"{text}\""),
                suggestion: Some(suggestion),
            });
        };
        if let Some(text) = set("DORA_TIMEZONE") {
            match timezone::parse(&text) {
                Ok(zone) => layer.timezone = Some(zone),
                Err(suggestion) => fault("DORA_TIMEZONE", &text, suggestion),
            }
        }
        if let Some(text) = set("DORA_BANDS") {
            match BAND_PROFILES.iter().find(|name| **name == text) {
                Some(name) => layer.bands = Some((*name).to_owned()),
                None => fault("DORA_BANDS", &text, one_of(&text, &BAND_PROFILES)),
            }
        }
        if let Some(text) = set("DORA_LEAD_TIME_START") {
            match text.as_str() {
                "author" => layer.lead_time_start = Some(LeadTimeStart::Author),
                "committer" => layer.lead_time_start = Some(LeadTimeStart::Committer),
                _ => fault(
                    "DORA_LEAD_TIME_START",
                    &text,
                    one_of(&text, &["author", "committer"]),
                ),
            }
        }
        layer.measured_environment = set("DORA_ENVIRONMENT");
        if faults.is_empty() {
            Ok(layer)
        } else {
            Err(StoreError::Configuration(faults))
        }
    }
}

impl FailureRuleLayer {
    fn over(self, lower: Self) -> Self {
        Self {
            rollback: self.rollback.or(lower.rollback),
            revert: self.revert.or(lower.revert),
            hotfix: self.hotfix.or(lower.hotfix),
            acceptance: self.acceptance.or(lower.acceptance),
            incident: self.incident.or(lower.incident),
            attempt: self.attempt.or(lower.attempt),
            run: self.run.or(lower.run),
        }
    }
}

fn merge_thresholds(
    upper: Option<CustomThresholds>,
    lower: Option<CustomThresholds>,
) -> Option<CustomThresholds> {
    let (Some(a), Some(b)) = (upper, lower) else {
        return upper.or(lower);
    };
    Some(CustomThresholds {
        deployment_frequency: a.deployment_frequency.or(b.deployment_frequency),
        lead_time_minutes: a.lead_time_minutes.or(b.lead_time_minutes),
        change_failure_rate: a.change_failure_rate.or(b.change_failure_rate),
        mttr_minutes: a.mttr_minutes.or(b.mttr_minutes),
    })
}

fn one_of(text: &str, words: &[&str]) -> String {
    match nearest(text, words.iter().copied()) {
        Some(word) => format!("did you mean \"{word}\"?"),
        None => format!("it is one of {}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::Thresholds;

    fn thresholds() -> CustomThresholds {
        CustomThresholds {
            lead_time_minutes: Some(Thresholds {
                elite: 10.0,
                high: 20.0,
                medium: 30.0,
            }),
            ..CustomThresholds::default()
        }
    }

    #[test]
    fn without_any_layer_everything_is_built_in() {
        assert_eq!(settings_from_layers(&[]), Settings::default());
    }

    #[test]
    fn the_highest_layer_that_says_something_holds() {
        let flag = Layer {
            timezone: Some(Tz::Europe__Berlin),
            ..Layer::default()
        };
        let repository = Layer {
            timezone: Some(Tz::Asia__Tokyo),
            hotfix_window_minutes: Some(30),
            failure_rules: FailureRuleLayer {
                hotfix: Some(false),
                ..FailureRuleLayer::default()
            },
            ..Layer::default()
        };
        let user = Layer {
            hotfix_window_minutes: Some(90),
            lookback_days: Some(7),
            failure_rules: FailureRuleLayer {
                hotfix: Some(true),
                revert: Some(false),
                ..FailureRuleLayer::default()
            },
            ..Layer::default()
        };
        let settings = settings_from_layers(&[flag, repository, user]);
        assert_eq!(settings.timezone, Tz::Europe__Berlin);
        assert_eq!(settings.hotfix_window_minutes, 30);
        assert_eq!(settings.lookback_days, 7);
        assert_eq!(settings.incident_window_hours, 24);
        assert!(!settings.failure_rules.hotfix && !settings.failure_rules.revert);
        assert!(settings.failure_rules.rollback);
    }

    #[test]
    fn environments_and_components_are_merged_name_by_name_and_field_by_field() {
        let upper = Layer {
            environments: BTreeMap::from([(
                "blue".to_owned(),
                EnvironmentSettings {
                    is_production: Some(true),
                    ..EnvironmentSettings::default()
                },
            )]),
            ..Layer::default()
        };
        let lower = Layer {
            environments: BTreeMap::from([
                (
                    "blue".to_owned(),
                    EnvironmentSettings {
                        state_file: Some("state/blue.json".into()),
                        is_production: Some(false),
                        deploy_workflow: None,
                    },
                ),
                ("qa".to_owned(), EnvironmentSettings::default()),
            ]),
            ..Layer::default()
        };
        let settings = settings_from_layers(&[upper, lower]);
        assert_eq!(
            settings.environments["blue"],
            EnvironmentSettings {
                state_file: Some("state/blue.json".into()),
                is_production: Some(true),
                deploy_workflow: None,
            }
        );
        assert!(settings.environments.contains_key("qa"));
    }

    #[test]
    fn thresholds_of_the_repository_are_not_hidden_by_a_profile_of_the_user() {
        let repository = Layer {
            thresholds: Some(thresholds()),
            ..Layer::default()
        };
        let user = Layer {
            bands: Some("2024".into()),
            ..Layer::default()
        };
        let settings = settings_from_layers(&[repository.clone(), user.clone()]);
        assert_eq!(settings.bands, None);
        assert_eq!(settings.thresholds, Some(thresholds()));
        let flag_over_repository = settings_from_layers(&[user, repository]);
        assert_eq!(flag_over_repository.bands.as_deref(), Some("2024"));
    }

    #[test]
    fn variables_are_read_and_all_faulty_ones_are_told() {
        let layer = Layer::from_environment(|name| match name {
            "DORA_TIMEZONE" => Some("America/New_York".into()),
            "DORA_ENVIRONMENT" => Some("uat".into()),
            "DORA_BANDS" => Some(" ".into()),
            "DORA_LEAD_TIME_START" => Some("committer".into()),
            _ => None,
        })
        .unwrap();
        assert_eq!(layer.timezone, Some(Tz::America__New_York));
        assert_eq!(layer.measured_environment.as_deref(), Some("uat"));
        assert_eq!(layer.bands, None);
        assert_eq!(layer.lead_time_start, Some(LeadTimeStart::Committer));

        let error = Layer::from_environment(|name| Some(name.to_lowercase())).unwrap_err();
        assert_eq!(error.faults().len(), 3);
        assert_eq!(
            error.faults()[1].to_string(),
            "DORA_BANDS: cannot be \"dora_bands\"; it is one of cd-agent, 2019, 2021, 2022, 2023, \
             2024, 2025"
        );
    }
}
