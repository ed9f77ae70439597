//! How what was delivered is used: rows of a usage file, joined to work items by key (spec 6.5). Each
//! number may be missing; missing is not zero.

/// How one item is used.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UsageRow {
    /// The key of the item; foreign text.
    pub key: String,
    /// Share of users that use it, in per cent.
    pub adoption_pct: Option<f64>,
    /// Gain of the net promoter score, in points.
    pub nps_gain: Option<f64>,
    /// Usage, 0 to 1, where it is told apart from adoption.
    pub usage: Option<f64>,
    /// Net promoter score in points, where it is told apart from its gain.
    pub nps: Option<f64>,
    /// Uptime, 0 to 1.
    pub uptime: Option<f64>,
    /// Incidents it caused.
    pub incidents: Option<f64>,
    /// How severe one of them is, in the weight that the file gives.
    pub severity: Option<f64>,
}

impl UsageRow {
    /// Usage, 0 to 1: its own, else adoption.
    pub fn usage_share(&self) -> Option<f64> {
        self.usage.or_else(|| Some(self.adoption_pct? / 100.0))
    }

    /// The score in points: its own, else its gain.
    pub fn score(&self) -> Option<f64> {
        self.nps.or(self.nps_gain)
    }

    /// Incidents × severity. None at all cost nothing, however severe they would be.
    pub fn incident_cost(&self) -> Option<f64> {
        match self.incidents? {
            0.0 => Some(0.0),
            incidents => Some(incidents * self.severity?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adoption_stands_in_for_usage_and_missing_severity_is_missing() {
        let row = UsageRow {
            adoption_pct: Some(40.0),
            nps_gain: Some(5.0),
            incidents: Some(2.0),
            ..UsageRow::default()
        };
        assert_eq!(row.usage_share(), Some(0.4));
        assert_eq!((row.score(), row.incident_cost()), (Some(5.0), None));
        let told = UsageRow {
            usage: Some(0.9),
            nps: Some(30.0),
            severity: Some(1.5),
            ..row.clone()
        };
        assert_eq!((told.usage_share(), told.score()), (Some(0.9), Some(30.0)));
        assert_eq!(told.incident_cost(), Some(3.0));
        let quiet = UsageRow {
            incidents: Some(0.0),
            ..row
        };
        assert_eq!(quiet.incident_cost(), Some(0.0));
    }
}
