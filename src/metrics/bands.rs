//! Judging a value (spec 2.9): its band in a profile and how sure that is. The published profiles are
//! in `bands/table.rs`, what holds the overall band back in `bands/overall.rs`.

mod overall;
mod table;

pub use overall::Overall;

use super::Metric;
use crate::model::settings::Thresholds;
use crate::model::{Band, Certainty, Measured, Settings};

/// Name of the profile that has a distribution instead of bands.
const DISTRIBUTION: &str = "2025";

/// Name of a profile made of the user's own thresholds.
const CUSTOM: &str = "custom";

/// How a value is compared with a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// `≥`.
    AtLeast,
    /// `<`.
    Below,
    /// `≤`.
    AtMost,
}

/// What a value must do to be in a band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// How it is compared.
    pub comparator: Comparator,
    /// With what, in the metric's unit.
    pub value: f64,
}

impl Limit {
    /// Whether the value is inside.
    pub fn holds(self, value: f64) -> bool {
        match self.comparator {
            Comparator::AtLeast => value >= self.value,
            Comparator::Below => value < self.value,
            Comparator::AtMost => value <= self.value,
        }
    }
}

/// A set of limits with a name: elite, high and medium for each metric; what fits none is low.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    /// Its name, printed with the bands.
    pub name: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// What a reader of its bands should know.
    pub note: Option<&'static str>,
    limits: [[Option<Limit>; 3]; 4],
}

/// No profile has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no band profile `{}`; known are {}", .0.escape_debug(), Profile::names().join(", "))]
pub struct UnknownProfile(pub String);

impl Profile {
    /// The names of the profiles that come with dora.
    pub fn names() -> Vec<&'static str> {
        table::PROFILES.iter().map(|profile| profile.name).collect()
    }

    /// The profile of this name that comes with dora.
    pub fn named(name: &str) -> Result<Self, UnknownProfile> {
        let found = table::PROFILES.iter().find(|profile| profile.name == name);
        found
            .copied()
            .ok_or_else(|| UnknownProfile(name.to_owned()))
    }

    /// The profile that the settings ask for: the one `bands` names, else one of their own
    /// thresholds, else cd-agent's. Thresholds are compared as cd-agent compares its own, and
    /// those left out are cd-agent's; when all are, so is the name.
    pub fn from_settings(settings: &Settings) -> Result<Self, UnknownProfile> {
        match settings.bands.as_deref() {
            Some(CUSTOM) if settings.thresholds.is_some() => Ok(Self::custom(settings)),
            Some(name) => Self::named(name),
            None => Ok(Self::custom(settings)),
        }
    }

    fn custom(settings: &Settings) -> Self {
        let [cd_agent, ..] = table::PROFILES;
        let own = settings.thresholds.unwrap_or_default();
        let mut limits = cd_agent.limits;
        for (metric, thresholds) in [
            (Metric::DeploymentFrequency, own.deployment_frequency),
            (Metric::LeadTime, own.lead_time_minutes),
            (Metric::ChangeFailureRate, own.change_failure_rate),
            (Metric::TimeToRestore, own.mttr_minutes),
        ] {
            if let Some(thresholds) = thresholds {
                let Thresholds {
                    elite,
                    high,
                    medium,
                } = thresholds;
                let own = limits[metric as usize].iter_mut().flatten();
                for (limit, value) in own.zip([elite, high, medium]) {
                    limit.value = value;
                }
            }
        }
        if limits == cd_agent.limits {
            return cd_agent;
        }
        Self {
            name: CUSTOM,
            source: "the configuration's own thresholds",
            note: None,
            limits,
        }
    }

    /// The limits a metric has, best band first.
    pub fn limits(&self, metric: Metric) -> impl Iterator<Item = (Band, Limit)> {
        let limits = self.limits[metric as usize];
        let bands = Band::ALL.into_iter();
        bands
            .zip(limits)
            .filter_map(|(band, limit)| Some((band, limit?)))
    }

    /// The band of a value; `None` when the profile has no bands.
    pub fn band(&self, metric: Metric, value: f64) -> Option<Band> {
        self.best(metric)?;
        let found = self.limits(metric).find(|(_, limit)| limit.holds(value));
        Some(found.map_or(Band::Low, |(band, _)| band))
    }

    /// What a value must do to be in this band; `None` for low, which has no limit, and for a band
    /// that the metric does not have.
    pub fn limit(&self, metric: Metric, band: Band) -> Option<Limit> {
        self.limits(metric)
            .find(|(other, _)| *other == band)
            .map(|(_, limit)| limit)
    }

    /// The best band of a metric; `None` when the profile has no bands.
    pub fn best(&self, metric: Metric) -> Option<Band> {
        self.limits(metric).next().map(|(band, _)| band)
    }

    /// The limit of the best band, as a number.
    pub fn target(&self, metric: Metric) -> Option<f64> {
        self.limits(metric).next().map(|(_, limit)| limit.value)
    }

    /// The next better band that the metric has, and what it asks for.
    pub fn next_better(&self, metric: Metric, band: Band) -> Option<(Band, Limit)> {
        self.limits(metric)
            .filter(|(other, _)| *other < band)
            .last()
    }

    /// In the profile `2025`: the share in per cent of that survey's respondents who are in the same
    /// class as the value or in a better one ("top 22.7 %"). `None` in every other profile.
    pub fn standing(&self, metric: Metric, value: f64) -> Option<f64> {
        if self.name != DISTRIBUTION {
            return None;
        }
        let found = table::STANDINGS[metric as usize]
            .iter()
            .find(|(limit, _)| limit.is_some_and(|limit| limit.holds(value)));
        Some(found.map_or(100.0, |(_, top)| *top))
    }

    /// In the profile `2025`: the answers of that survey, best first: the limit of each, and the share
    /// in per cent who gave it or a better one. Nothing in every other profile.
    pub fn standings(&self, metric: Metric) -> impl Iterator<Item = (Limit, f64)> {
        let all = table::STANDINGS[metric as usize].iter();
        let all = all.filter(|_| self.name == DISTRIBUTION);
        all.filter_map(|(limit, top)| Some(((*limit)?, *top)))
    }

    /// How sure the band (or the standing) of a measured value is: insufficient below 14 days
    /// (frequency), 6 changes, 10 deployments and attempts, or 3 outages; else firm when the whole
    /// interval is in the band. `days` are those of the frequency. `None` without a value.
    pub fn certainty(
        &self,
        metric: Metric,
        measured: &Measured<f64>,
        days: f64,
    ) -> Option<Certainty> {
        let Measured::Known {
            value,
            sample_size,
            interval,
        } = measured
        else {
            return None;
        };
        let is_enough = match metric {
            Metric::DeploymentFrequency => days >= 14.0,
            Metric::LeadTime => *sample_size >= 6,
            Metric::ChangeFailureRate => *sample_size >= 10,
            Metric::TimeToRestore => *sample_size >= 3,
        };
        if !is_enough {
            return Some(Certainty::Insufficient);
        }
        let place = |value| (self.band(metric, value), self.standing(metric, value));
        let is_firm = interval.is_some_and(|interval| {
            place(interval.low) == place(*value) && place(interval.high) == place(*value)
        });
        Some(match is_firm {
            true => Certainty::Firm,
            false => Certainty::Likely,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Interval;
    use crate::model::settings::CustomThresholds;

    use Band::{Elite, High, Low, Medium};
    use Metric::{ChangeFailureRate, DeploymentFrequency, LeadTime, TimeToRestore};

    fn cd_agent() -> Profile {
        Profile::named("cd-agent").unwrap()
    }

    fn known(value: f64, sample_size: usize, interval: Option<(f64, f64)>) -> Measured<f64> {
        Measured::Known {
            value,
            sample_size,
            interval: interval.map(|(low, high)| Interval { low, high }),
        }
    }

    #[test]
    fn values_on_a_limit_fall_where_the_specification_says() {
        let table = [
            (DeploymentFrequency, 1.0, Elite),
            (DeploymentFrequency, 0.999, High),
            (DeploymentFrequency, 0.14, High),
            (DeploymentFrequency, 4.0 / 30.0, Medium),
            (DeploymentFrequency, 0.03, Medium),
            (DeploymentFrequency, 0.0299, Low),
            (DeploymentFrequency, 0.0, Low),
            (LeadTime, 59.9, Elite),
            (LeadTime, 60.0, High),
            (LeadTime, 1440.0, Medium),
            (LeadTime, 10_080.0, Medium),
            (LeadTime, 10_080.1, Low),
            (ChangeFailureRate, 0.0, Elite),
            (ChangeFailureRate, 0.15, High),
            (ChangeFailureRate, 0.30, Medium),
            (ChangeFailureRate, 0.45, Medium),
            (ChangeFailureRate, 0.451, Low),
            (TimeToRestore, 59.9, Elite),
            (TimeToRestore, 60.0, High),
            (TimeToRestore, 10_080.1, Low),
        ];
        for (metric, value, band) in table {
            assert_eq!(
                cd_agent().band(metric, value),
                Some(band),
                "{metric:?} {value}"
            );
        }
    }

    #[test]
    fn published_profiles_judge_as_their_tables() {
        let table = [
            ("2021", LeadTime, 180.0, High),
            ("2024", ChangeFailureRate, 0.15, Medium),
            ("2022", LeadTime, 30.0, High),
            ("2022", DeploymentFrequency, 50.0, High),
            ("2019", ChangeFailureRate, 0.20, Low),
            ("2019", TimeToRestore, 2000.0, Low),
            ("2023", TimeToRestore, 2000.0, Medium),
            ("2023", DeploymentFrequency, 12.0 / 84.0, High),
            ("2024", DeploymentFrequency, 12.0 / 365.0, Medium),
            ("2021", DeploymentFrequency, 0.01, Medium),
        ];
        for (profile, metric, value, band) in table {
            let profile = Profile::named(profile).unwrap();
            assert_eq!(
                profile.band(metric, value),
                Some(band),
                "{profile:?} {value}"
            );
        }
    }

    #[test]
    fn an_unknown_profile_is_refused_with_the_known_ones() {
        assert_eq!(
            Profile::named("2020").unwrap_err().to_string(),
            "there is no band profile `2020`; known are \
             cd-agent, 2019, 2021, 2022, 2023, 2024, 2025"
        );
    }

    #[test]
    fn bands_come_before_thresholds_and_thresholds_before_the_built_in_profile() {
        let mut settings = Settings::default();
        let name = |settings: &Settings| Profile::from_settings(settings).unwrap().name;
        assert_eq!(name(&settings), "cd-agent");
        let lead_time = |elite| CustomThresholds {
            lead_time_minutes: Some(Thresholds {
                elite,
                high: 1440.0,
                medium: 10_080.0,
            }),
            ..CustomThresholds::default()
        };
        settings.thresholds = Some(lead_time(60.0));
        assert_eq!(name(&settings), "cd-agent");
        settings.thresholds = Some(lead_time(120.0));
        let own = Profile::from_settings(&settings).unwrap();
        assert_eq!(own.name, "custom");
        assert_eq!(own.band(LeadTime, 119.0), Some(Elite));
        assert_eq!(own.band(LeadTime, 120.0), Some(High));
        assert_eq!(own.band(ChangeFailureRate, 0.15), Some(High));
        settings.bands = Some("2024".to_owned());
        assert_eq!(name(&settings), "2024");
        settings.bands = Some("custom".to_owned());
        assert_eq!(name(&settings), "custom");
        settings.thresholds = None;
        assert!(Profile::from_settings(&settings).is_err());
    }

    #[test]
    fn the_next_band_is_the_next_one_the_metric_has() {
        let next = |profile: &str, metric, band| {
            let next = Profile::named(profile).unwrap().next_better(metric, band);
            next.map(|(band, limit)| (band, limit.comparator, limit.value))
        };
        assert_eq!(
            next("cd-agent", LeadTime, High),
            Some((Elite, Comparator::Below, 60.0))
        );
        assert_eq!(
            next("cd-agent", LeadTime, Low),
            Some((Medium, Comparator::AtMost, 10_080.0))
        );
        assert_eq!(next("cd-agent", LeadTime, Elite), None);
        assert_eq!(
            next("2019", ChangeFailureRate, Low),
            Some((Elite, Comparator::AtMost, 0.15))
        );
        assert_eq!(next("2022", LeadTime, High), None);
    }

    #[test]
    fn the_target_is_the_limit_of_the_best_band() {
        let targets = |profile: &str| {
            let profile = Profile::named(profile).unwrap();
            Metric::ALL.map(|metric| profile.target(metric))
        };
        assert_eq!(
            targets("cd-agent"),
            [Some(1.0), Some(60.0), Some(0.15), Some(60.0)]
        );
        assert_eq!(
            targets("2022"),
            [Some(1.0), Some(10_080.0), Some(0.15), Some(1440.0)]
        );
        assert_eq!(targets("2025"), [None; 4]);
        assert_eq!(cd_agent().limit(LeadTime, Low), None);
    }

    #[test]
    fn the_2025_distribution_has_standings_and_no_bands() {
        let profile = Profile::named("2025").unwrap();
        assert_eq!(profile.band(LeadTime, 30.0), None);
        for (metric, value, top) in [
            (DeploymentFrequency, 2.0, 16.2),
            (DeploymentFrequency, 1.0, 22.7),
            (DeploymentFrequency, 1.0 / 7.0, 44.6),
            (DeploymentFrequency, 0.0, 100.0),
            (LeadTime, 59.0, 9.4),
            (LeadTime, 43_800.0, 98.0),
            (ChangeFailureRate, 0.0, 8.5),
            (ChangeFailureRate, 0.10, 62.2),
            (ChangeFailureRate, 1.0, 100.0),
            (TimeToRestore, 60.0, 56.6),
        ] {
            assert_eq!(
                profile.standing(metric, value),
                Some(top),
                "{metric:?} {value}"
            );
        }
        assert_eq!(cd_agent().standing(LeadTime, 30.0), None);
    }

    #[test]
    fn a_band_is_firm_when_the_whole_interval_lies_in_it() {
        let certainty =
            |metric, measured: Measured<f64>, days| cd_agent().certainty(metric, &measured, days);
        let table = [
            (LeadTime, known(30.0, 5, None), Certainty::Insufficient),
            (
                LeadTime,
                known(30.0, 6, Some((10.0, 59.9))),
                Certainty::Firm,
            ),
            (
                LeadTime,
                known(30.0, 6, Some((10.0, 60.0))),
                Certainty::Likely,
            ),
            (
                ChangeFailureRate,
                known(0.0, 9, Some((0.0, 0.1))),
                Certainty::Insufficient,
            ),
            (
                ChangeFailureRate,
                known(0.0, 10, Some((0.0, 0.28))),
                Certainty::Likely,
            ),
            (
                ChangeFailureRate,
                known(0.0, 30, Some((0.0, 0.11))),
                Certainty::Firm,
            ),
            (TimeToRestore, known(30.0, 2, None), Certainty::Insufficient),
            (TimeToRestore, known(30.0, 3, None), Certainty::Likely),
        ];
        for (metric, measured, expected) in table {
            assert_eq!(
                certainty(metric, measured, 30.0),
                Some(expected),
                "{metric:?}"
            );
        }
        let often = || known(3.0, 60, Some((2.3, 3.9)));
        let frequency = |days| certainty(DeploymentFrequency, often(), days);
        assert_eq!(frequency(13.9), Some(Certainty::Insufficient));
        assert_eq!(frequency(14.0), Some(Certainty::Firm));
        assert_eq!(certainty(LeadTime, Measured::unknown("none"), 30.0), None);
        // Without bands the class of the distribution takes their place.
        let profile = Profile::named("2025").unwrap();
        let firm = profile.certainty(DeploymentFrequency, &often(), 30.0);
        assert_eq!(firm, Some(Certainty::Firm));
        let wide = known(3.0, 60, Some((1.9, 3.9)));
        let likely = profile.certainty(DeploymentFrequency, &wide, 30.0);
        assert_eq!(likely, Some(Certainty::Likely));
    }
}
