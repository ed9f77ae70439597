//! The numbers of delivery that `dora why` can open, by the names people type. Who answers for each is
//! said in `question`.

/// A number of delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoraSubject {
    /// Deployments per day (spec 2.4).
    DeploymentFrequency,
    /// Lead time for changes (spec 2.5).
    LeadTime,
    /// Change failure rate (spec 2.6).
    ChangeFailureRate,
    /// Time to restore (spec 2.7).
    TimeToRestore,
    /// Rework rate (spec 2.8).
    ReworkRate,
    /// Changes that wait to be deployed (spec 2.5).
    Waiting,
    /// The bands and what they rest on (spec 2.9).
    Band,
}

impl DoraSubject {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 7] = [
        Self::DeploymentFrequency,
        Self::LeadTime,
        Self::ChangeFailureRate,
        Self::TimeToRestore,
        Self::ReworkRate,
        Self::Waiting,
        Self::Band,
    ];

    /// Its name: what lists show and answers repeat.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeploymentFrequency => "deployment-frequency",
            Self::LeadTime => "lead-time",
            Self::ChangeFailureRate => "change-failure-rate",
            Self::TimeToRestore => "time-to-restore",
            Self::ReworkRate => "rework-rate",
            Self::Waiting => "waiting",
            Self::Band => "band",
        }
    }

    /// Other names that mean it.
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::DeploymentFrequency => &["frequency", "deployments"],
            Self::LeadTime => &["lead-time-for-changes", "lead"],
            Self::ChangeFailureRate => &["failure-rate", "failures", "cfr"],
            Self::TimeToRestore => &["mttr", "restore", "recovery-time"],
            Self::ReworkRate => &["rework"],
            Self::Waiting => &["waiting-changes"],
            Self::Band => &["bands", "overall-band"],
        }
    }

    /// The same as a heading says it.
    pub fn title(self) -> &'static str {
        match self {
            Self::DeploymentFrequency => "Deployment frequency",
            Self::LeadTime => "Lead time for changes",
            Self::ChangeFailureRate => "Change failure rate",
            Self::TimeToRestore => "Time to restore",
            Self::ReworkRate => "Rework rate",
            Self::Waiting => "Waiting to be deployed",
            Self::Band => "Overall band",
        }
    }

    /// The subject of this name or alias; case does not matter, and `_` and blanks are as good as `-`:
    /// the keys of the JSON export are names, too.
    pub fn named(name: &str) -> Option<Self> {
        let plain = name.trim().to_lowercase().replace(['_', ' '], "-");
        Self::ALL
            .into_iter()
            .find(|subject| subject.name() == plain || subject.aliases().contains(&plain.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metric;

    #[test]
    fn every_name_and_alias_means_one_subject() {
        let mut names: Vec<&str> = DoraSubject::ALL
            .into_iter()
            .flat_map(|subject| {
                [subject.name()]
                    .into_iter()
                    .chain(subject.aliases().iter().copied())
            })
            .collect();
        for name in &names {
            assert!(DoraSubject::named(name).is_some(), "{name}");
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn keys_of_the_export_are_names_too() {
        let found = Metric::ALL.map(|metric| DoraSubject::named(metric.key()));
        assert_eq!(
            found,
            [
                Some(DoraSubject::DeploymentFrequency),
                Some(DoraSubject::LeadTime),
                Some(DoraSubject::ChangeFailureRate),
                Some(DoraSubject::TimeToRestore),
            ]
        );
        assert_eq!(
            DoraSubject::named(" MTTR "),
            Some(DoraSubject::TimeToRestore)
        );
        assert_eq!(DoraSubject::named("Lead time"), Some(DoraSubject::LeadTime));
        assert_eq!(DoraSubject::named("flow-time"), None);
        assert_eq!(DoraSubject::named(""), None);
    }
}
