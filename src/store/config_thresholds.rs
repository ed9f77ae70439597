//! `thresholds` in config.json: three levels a metric, in order, each in the unit of its metric.
//! The rest of the file is read in `config`; what a band is, is said in `metrics::bands`.

use crate::model::settings::{CustomThresholds, Thresholds};

use super::config_fields::Fields;
use super::json_positions::{Located, Member};
use super::layers::Layer;

const THRESHOLD_KEYS: [&str; 4] = [
    "deployment_frequency",
    "lead_time_minutes",
    "change_failure_rate",
    "mttr_minutes",
];

/// The built-in limits (spec 2.9), for the levels that a metric's own thresholds leave out.
const BUILT_IN: [Thresholds; 4] = [
    limits(1.0, 0.14, 0.03),
    limits(60.0, 1440.0, 10080.0),
    limits(0.15, 0.30, 0.45),
    limits(60.0, 1440.0, 10080.0),
];

const fn limits(elite: f64, high: f64, medium: f64) -> Thresholds {
    Thresholds {
        elite,
        high,
        medium,
    }
}

/// The thresholds a person wrote.
pub(super) fn thresholds(fields: &mut Fields<'_>, value: &Located) -> CustomThresholds {
    let mut custom = CustomThresholds::default();
    let [frequency, lead_time, failure_rate, restore] = BUILT_IN;
    for member in fields.object("thresholds", value) {
        let (slot, built_in, bigger_is_better) = match member.name.as_str() {
            "deployment_frequency" => (&mut custom.deployment_frequency, frequency, true),
            "lead_time_minutes" => (&mut custom.lead_time_minutes, lead_time, false),
            "change_failure_rate" => (&mut custom.change_failure_rate, failure_rate, false),
            "mttr_minutes" => (&mut custom.mttr_minutes, restore, false),
            _ => {
                fields.unknown_key("thresholds", member, &THRESHOLD_KEYS);
                continue;
            }
        };
        *slot = Some(levels(fields, member, built_in, bigger_is_better));
    }
    custom
}

fn levels(
    fields: &mut Fields<'_>,
    metric: &Member,
    built_in: Thresholds,
    bigger_is_better: bool,
) -> Thresholds {
    let mut levels = built_in;
    let inside = format!("thresholds.{}", metric.name);
    let is_ratio = metric.name == "change_failure_rate";
    for member in fields.object(&inside, &metric.value) {
        let key = format!("{inside}.{}", member.name);
        let level = match member.name.as_str() {
            "elite" => &mut levels.elite,
            "high" => &mut levels.high,
            "medium" => &mut levels.medium,
            _ => {
                fields.unknown_key(&inside, member, &["elite", "high", "medium"]);
                continue;
            }
        };
        let Some(number) = fields.number(&key, &member.value) else {
            continue;
        };
        if number < 0.0 {
            let message = format!("`{key}` is {number}; a limit is never negative");
            fields.fault(member.value.at, message, None);
        } else if is_ratio && number > 1.0 {
            let message = format!("`{key}` is {number}; a ratio is 0 to 1");
            let suggestion = format!("{number} per cent is {}", number / 100.0);
            fields.fault(member.value.at, message, Some(suggestion));
        } else {
            *level = number;
        }
    }
    let Thresholds {
        elite,
        high,
        medium,
    } = levels;
    let (ordered, relation) = if bigger_is_better {
        (elite >= high && high >= medium, "at least")
    } else {
        (elite <= high && high <= medium, "at most")
    };
    if !ordered {
        let message =
            format!("`{inside}` is out of order: elite {elite}, high {high}, medium {medium}");
        let suggestion = format!("elite must be {relation} high, and high {relation} medium");
        fields.fault(metric.value.at, message, Some(suggestion));
    }
    levels
}

/// A profile named beside thresholds hides them: no surprise when they are the built-in ones.
pub(super) fn warn_of_hidden_thresholds(fields: &mut Fields<'_>, root: &Located, layer: &Layer) {
    let (Some(profile), Some(custom), Some(at)) =
        (&layer.bands, &layer.thresholds, root.member("thresholds"))
    else {
        return;
    };
    let written = [
        custom.deployment_frequency,
        custom.lead_time_minutes,
        custom.change_failure_rate,
        custom.mttr_minutes,
    ];
    let differs =
        |(own, built_in): (Option<Thresholds>, Thresholds)| own.is_some_and(|own| own != built_in);
    if written.into_iter().zip(BUILT_IN).any(differs) {
        let message = format!("`thresholds` are not used: `bands` names the profile {profile}");
        let hint = "leave `bands` out to use your own thresholds".to_owned();
        fields.notice("config-thresholds-unused", at.at, &message, Some(hint));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;
    use crate::store::config::parse;

    fn read(thresholds: &str) -> Result<CustomThresholds, Vec<String>> {
        let text = format!("{{\"thresholds\": {thresholds}}}");
        match parse(text.as_bytes(), "c") {
            Ok(config) => Ok(config.layer.thresholds.unwrap()),
            Err(StoreError::Configuration(faults)) => {
                Err(faults.iter().map(ToString::to_string).collect())
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_level_left_out_keeps_its_built_in_limit() {
        let custom = read(r#"{ "lead_time_minutes": { "elite": 30 } }"#).unwrap();
        assert_eq!(
            custom.lead_time_minutes,
            Some(limits(30.0, 1440.0, 10080.0))
        );
        assert_eq!(custom.deployment_frequency, None);
    }

    #[test]
    fn levels_must_be_in_the_order_of_the_metric() {
        assert!(read(r#"{ "mttr_minutes": { "elite": 5, "high": 5, "medium": 5 } }"#).is_ok());
        assert_eq!(
            read(r#"{ "mttr_minutes": { "elite": 9, "high": 5, "medium": 7 } }"#),
            Err(vec![
                "c:1:34: `thresholds.mttr_minutes` is out of order: elite 9, high 5, medium 7; \
                 elite must be at most high, and high at most medium"
                    .to_owned()
            ])
        );
        assert!(read(r#"{ "deployment_frequency": { "elite": 0.01 } }"#).is_err());
    }

    #[test]
    fn per_cent_and_negative_limits_are_refused() {
        assert_eq!(
            read(r#"{ "change_failure_rate": { "elite": 15 } }"#),
            Err(vec![
                "c:1:52: `thresholds.change_failure_rate.elite` is 15; a ratio is 0 to 1; 15 per \
                 cent is 0.15"
                    .to_owned()
            ])
        );
        assert!(read(r#"{ "mttr_minutes": { "elite": -1 } }"#).is_err());
    }

    #[test]
    fn thresholds_beside_a_profile_are_warned_about_unless_they_are_the_built_in_ones() {
        let codes = |text: &str| -> Vec<String> {
            let config = parse(text.as_bytes(), "c").unwrap();
            config
                .notices
                .into_iter()
                .map(|notice| notice.code)
                .collect()
        };
        let own = r#"{ "bands": "2024", "thresholds": { "mttr_minutes": { "elite": 5 } } }"#;
        assert_eq!(codes(own), ["config-thresholds-unused"]);
        let same = r#"{ "bands": "2024", "thresholds": { "mttr_minutes": { "elite": 60 } } }"#;
        assert!(codes(same).is_empty());
    }
}
