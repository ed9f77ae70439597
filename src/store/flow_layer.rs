//! What one place says about the value stream: the `flow` object of a configuration, laid over what
//! lower places say. `config_flow` reads it; `layers` holds it beside everything else.

use std::collections::BTreeMap;

use crate::model::flow_settings::{BusinessCalendar, Stage, plain_status, preset_stages};
use crate::model::{FlowSettings, FlowType};

/// What one place says about the value stream; `None` (or an absent word) is "says nothing".
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlowLayer {
    /// See [`FlowSettings::preset`].
    pub preset: Option<String>,
    /// See [`FlowSettings::stages`]; never together with a preset.
    pub stages: Option<Vec<Stage>>,
    /// See [`FlowSettings::closing_statuses`].
    pub closing_statuses: Option<Vec<String>>,
    /// See [`FlowSettings::blocked_statuses`].
    pub blocked_statuses: Option<Vec<String>>,
    /// See [`FlowSettings::blocked_labels`].
    pub blocked_labels: Option<Vec<String>>,
    /// See [`FlowSettings::status_labels`].
    pub status_labels: Option<Vec<String>>,
    /// See [`FlowSettings::cancelled_resolutions`].
    pub cancelled_resolutions: Option<Vec<String>>,
    /// See [`FlowSettings::types`]: words that are told, in the form of [`plain_status`].
    pub types: BTreeMap<String, FlowType>,
    /// See [`FlowSettings::key_pattern`].
    pub key_pattern: Option<String>,
    /// See [`FlowSettings::target_hours`].
    pub target_hours: Option<f64>,
    /// See [`FlowSettings::calendar`]; what a calendar leaves out is built in.
    pub calendar: Option<BusinessCalendar>,
}

impl FlowLayer {
    /// This layer laid over a lower one: field by field, and type by type, this one's word holds.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        // A preset and stages of one's own answer the same question.
        let (preset, stages) = if self.preset.is_some() || self.stages.is_some() {
            (self.preset, self.stages)
        } else {
            (lower.preset, lower.stages)
        };
        let mut types = lower.types;
        types.extend(self.types);
        Self {
            preset,
            stages,
            closing_statuses: self.closing_statuses.or(lower.closing_statuses),
            blocked_statuses: self.blocked_statuses.or(lower.blocked_statuses),
            blocked_labels: self.blocked_labels.or(lower.blocked_labels),
            status_labels: self.status_labels.or(lower.status_labels),
            cancelled_resolutions: self.cancelled_resolutions.or(lower.cancelled_resolutions),
            types,
            key_pattern: self.key_pattern.or(lower.key_pattern),
            target_hours: self.target_hours.or(lower.target_hours),
            calendar: self.calendar.or(lower.calendar),
        }
    }

    /// The settings in force. What it does not say is built in; but a status that a stage of one's
    /// own names is not taken from that stage by a built-in list.
    pub fn settings(self) -> FlowSettings {
        let built_in = FlowSettings::default();
        let chosen = self.preset.as_deref().and_then(preset_stages);
        let (preset, stages) = match (self.stages, chosen) {
            (Some(stages), _) => (None, stages),
            (None, Some(stages)) => (self.preset, stages),
            (None, None) => (built_in.preset, built_in.stages),
        };
        let is_in_stage = |status: &String| {
            let status = plain_status(status);
            let mut named = stages.iter().flat_map(|stage| &stage.statuses);
            named.any(|name| plain_status(name) == status)
        };
        let blocked_statuses = self.blocked_statuses.unwrap_or_else(|| {
            let mut statuses = built_in.blocked_statuses;
            statuses.retain(|status| !is_in_stage(status));
            statuses
        });
        let mut types = built_in.types;
        types.extend(self.types);
        FlowSettings {
            preset,
            stages,
            closing_statuses: self.closing_statuses.unwrap_or(built_in.closing_statuses),
            blocked_statuses,
            blocked_labels: self.blocked_labels.unwrap_or(built_in.blocked_labels),
            status_labels: self.status_labels.unwrap_or(built_in.status_labels),
            cancelled_resolutions: self
                .cancelled_resolutions
                .unwrap_or(built_in.cancelled_resolutions),
            types,
            key_pattern: self.key_pattern.unwrap_or(built_in.key_pattern),
            target_hours: self.target_hours.or(built_in.target_hours),
            calendar: self.calendar.unwrap_or(built_in.calendar),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StageKind;

    fn stage(name: &str, statuses: &[&str]) -> Stage {
        Stage {
            name: name.to_owned(),
            kind: StageKind::Done,
            statuses: statuses.iter().map(|&status| status.to_owned()).collect(),
            wip_limit: None,
        }
    }

    #[test]
    fn what_nobody_says_is_built_in() {
        assert_eq!(FlowLayer::default().settings(), FlowSettings::default());
    }

    #[test]
    fn a_preset_above_hides_stages_below_and_the_other_way_round() {
        let own = FlowLayer {
            stages: Some(vec![stage("Done", &["Done"])]),
            ..FlowLayer::default()
        };
        let preset = FlowLayer {
            preset: Some("fawkes".to_owned()),
            ..FlowLayer::default()
        };
        let settings = preset.clone().over(own.clone()).settings();
        assert_eq!(settings.preset.as_deref(), Some("fawkes"));
        assert_eq!(settings.stages.len(), 11);
        let settings = own.over(preset).settings();
        assert_eq!(settings.preset, None);
        assert_eq!(settings.stages.len(), 1);
    }

    #[test]
    fn types_are_laid_over_each_other_word_by_word() {
        let says = |kind| FlowLayer {
            types: BTreeMap::from([("epic".to_owned(), kind)]),
            ..FlowLayer::default()
        };
        let lower = FlowLayer {
            types: BTreeMap::from([("bug".to_owned(), FlowType::Risk)]),
            ..says(FlowType::Debt)
        };
        let types = says(FlowType::Feature).over(lower).settings().types;
        assert_eq!(types["epic"], FlowType::Feature);
        assert_eq!(types["bug"], FlowType::Risk);
        assert_eq!(types["story"], FlowType::Feature);
    }

    #[test]
    fn a_stage_of_ones_own_may_name_a_status_that_blocks_by_default() {
        let own = FlowLayer {
            stages: Some(vec![
                stage("Waiting", &["ON HOLD"]),
                stage("Done", &["Done"]),
            ]),
            ..FlowLayer::default()
        };
        let blocked = own.clone().settings().blocked_statuses;
        assert!(!blocked.contains(&"On Hold".to_owned()));
        assert!(blocked.contains(&"Blocked".to_owned()));
    }
}
