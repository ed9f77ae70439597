//! The overall band (spec 2.9), and the metrics that hold it back. Bands of single values are in
//! `bands`.

use std::collections::BTreeMap;

use super::Profile;
use crate::metrics::Metric;
use crate::model::Band;

/// The worst band among metrics with data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overall {
    /// That band; `None` when no metric has one.
    pub band: Option<Band>,
    /// The metrics in it; empty when it is the best that each of them can have.
    pub held_back_by: Vec<Metric>,
    /// How many metrics are in each band.
    pub counts: BTreeMap<Band, usize>,
}

impl Profile {
    /// The overall band: the worst among metrics with data, and which metrics are in it.
    pub fn overall(&self, bands: &[(Metric, Option<Band>)]) -> Overall {
        let known = || {
            bands
                .iter()
                .filter_map(|(metric, band)| Some((*metric, (*band)?)))
        };
        let worst = known().map(|(_, band)| band).max();
        let mut counts = BTreeMap::new();
        for (_, band) in known() {
            *counts.entry(band).or_insert(0) += 1;
        }
        Overall {
            band: worst,
            held_back_by: known()
                .filter(|(metric, band)| Some(*band) == worst && self.best(*metric) != worst)
                .map(|(metric, _)| metric)
                .collect(),
            counts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use Band::{Elite, High, Medium};
    use Metric::{ChangeFailureRate, DeploymentFrequency, LeadTime, TimeToRestore};

    fn cd_agent() -> Profile {
        Profile::named("cd-agent").unwrap()
    }

    #[test]
    fn the_worst_metric_with_data_holds_the_overall_band_back() {
        let overall = cd_agent().overall(&[
            (DeploymentFrequency, Some(Elite)),
            (LeadTime, Some(Medium)),
            (ChangeFailureRate, Some(Medium)),
            (TimeToRestore, None),
        ]);
        assert_eq!(overall.band, Some(Medium));
        assert_eq!(overall.held_back_by, [LeadTime, ChangeFailureRate]);
        assert_eq!(overall.counts, BTreeMap::from([(Elite, 1), (Medium, 2)]));
    }

    #[test]
    fn nothing_holds_back_the_best_band_there_is() {
        let elite = Metric::ALL.map(|metric| (metric, Some(Elite)));
        assert_eq!(cd_agent().overall(&elite).band, Some(Elite));
        assert!(cd_agent().overall(&elite).held_back_by.is_empty());
        let high = Metric::ALL.map(|metric| (metric, Some(High)));
        let profile = Profile::named("2022").unwrap();
        assert!(profile.overall(&high).held_back_by.is_empty());
        assert_eq!(cd_agent().overall(&[]), Overall::default());
    }
}
