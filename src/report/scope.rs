//! What a person asked for, as the flags that ask for it again: every command that a screen suggests is
//! built here, so that it opens the number that stands beside it and no other.

use serde::{Deserialize, Serialize};

use crate::metrics::Metric;
use crate::model::shell_word;

/// The flags that choose which numbers are shown, as they were typed; what was left out is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// `--environment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// `--component`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// `--period`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// `--as-of`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// `--ref`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Scope {
    /// Nothing in particular was asked for.
    pub const ANY: Self = Self {
        environment: None,
        component: None,
        period: None,
        as_of: None,
        reference: None,
    };

    /// Whether no flag was given.
    pub fn is_any(&self) -> bool {
        *self == Self::ANY
    }

    /// The same for another period.
    #[must_use]
    pub fn of_period(&self, period: impl Into<String>) -> Self {
        Self {
            period: Some(period.into()),
            ..self.clone()
        }
    }

    /// The same for another environment.
    #[must_use]
    pub fn of_environment(&self, environment: impl Into<String>) -> Self {
        Self {
            environment: Some(environment.into()),
            ..self.clone()
        }
    }

    /// A command (`report --verbose`) that asks for the same: `dora report --verbose --period 7d`.
    pub fn command(&self, words: &str) -> String {
        let flags = [
            ("environment", &self.environment),
            ("component", &self.component),
            ("period", &self.period),
            ("as-of", &self.as_of),
            ("ref", &self.reference),
        ];
        let given = flags
            .into_iter()
            .map(|(name, value)| flag(name, value.as_deref()));
        format!("dora {words}{}", given.collect::<String>())
    }

    /// A `dora trend` that asks for the same: of which metrics, by which unit, and what else is said of it.
    /// What is the default goes without saying.
    pub fn trend(&self, metrics: &[&str], by: &str, more: &str) -> String {
        let of_trend = Self {
            period: None,
            ..self.clone()
        };
        let by = Some(by).filter(|by| *by != "month");
        let mut words = "trend".to_owned();
        if metrics != Metric::ALL.map(Metric::key) {
            for metric in metrics {
                let name = match *metric {
                    "mttr" => "time-to-restore".to_owned(),
                    key => key.replace('_', "-"),
                };
                words.push_str(&format!(" {}", shell_word(&name)));
            }
        }
        words.push_str(&flag("by", by));
        words.push_str(&flag("last", self.period.as_deref()));
        of_trend.command(&format!("{words}{more}"))
    }

    /// The command that opens a metric.
    pub fn why(&self, metric: Metric) -> String {
        self.command(match metric {
            Metric::DeploymentFrequency => "why deployment-frequency",
            Metric::LeadTime => "why lead-time",
            Metric::ChangeFailureRate => "why change-failure-rate",
            Metric::TimeToRestore => "why time-to-restore",
        })
    }

    /// The command that opens the first of the metrics (JSON keys) that hold the band back, else the lead
    /// time.
    pub fn why_held_back(&self, held_back_by: &[String]) -> String {
        let first = held_back_by.first();
        let held = Metric::ALL
            .into_iter()
            .find(|metric| first.is_some_and(|key| key == metric.key()));
        self.why(held.unwrap_or(Metric::LeadTime))
    }
}

/// ` --name value`, or nothing without a value.
fn flag(name: &str, value: Option<&str>) -> String {
    let Some(value) = value else {
        return String::new();
    };
    // A value that begins like a flag stands in one word with its own.
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!(" --{name}{between}{}", shell_word(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_asks_for_what_was_asked_for_in_words_that_a_shell_leaves_whole() {
        assert_eq!(
            Scope::ANY.command("report --verbose"),
            "dora report --verbose"
        );
        let scope = Scope {
            environment: Some("uat".to_owned()),
            component: Some("my $app".to_owned()),
            period: Some("-30".to_owned()),
            as_of: Some("3d ago".to_owned()),
            reference: Some("release/2".to_owned()),
        };
        assert_eq!(
            scope.why(Metric::TimeToRestore),
            "dora why time-to-restore --environment uat --component 'my $app' --period=-30 \
             --as-of '3d ago' --ref release/2"
        );
        assert_eq!(
            Scope::ANY
                .of_period("2026-11")
                .of_environment("b")
                .command("report"),
            "dora report --environment b --period 2026-11"
        );
    }

    #[test]
    fn a_long_view_is_asked_for_again_with_its_metrics_its_unit_and_how_far_back_it_goes() {
        let scope = Scope {
            environment: Some("uat".to_owned()),
            ..Scope::ANY.of_period("2y")
        };
        assert_eq!(
            scope.trend(&["lead_time", "mttr"], "week", " --export trend.csv"),
            "dora trend lead-time time-to-restore --by week --last 2y --export trend.csv \
             --environment uat"
        );
        let four = Metric::ALL.map(Metric::key);
        assert_eq!(Scope::ANY.trend(&four, "month", ""), "dora trend");
    }
}
