//! The numbers of the value stream that can be questioned, as they are typed: the metrics of `dora flow`
//! and the rules of its findings.

/// A rule of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowRule {
    /// Longer in a stage than mean + 2σ of its visits.
    StageAgeTwoSigma,
    /// Longer in a stage than the 85th percentile of its visits.
    StageAgeP85,
    /// Older than twice the mean flow time.
    OldItem,
    /// A stage over its limit.
    WipLimit,
    /// A stage that holds much more than usual.
    StageOverfull,
    /// Low efficiency for a week.
    LowEfficiency,
    /// Blocked for long.
    Blocked,
}

impl FlowRule {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Blocked,
        Self::StageAgeTwoSigma,
        Self::OldItem,
        Self::StageAgeP85,
        Self::WipLimit,
        Self::StageOverfull,
        Self::LowEfficiency,
    ];

    /// The name used in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::StageAgeTwoSigma => "stage-age-two-sigma",
            Self::StageAgeP85 => "stage-age-p85",
            Self::OldItem => "old-item",
            Self::WipLimit => "wip-limit",
            Self::StageOverfull => "stage-overfull",
            Self::LowEfficiency => "low-efficiency",
            Self::Blocked => "blocked",
        }
    }
}

/// A number of the value stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowSubject {
    /// Median flow time.
    FlowTime,
    /// Flow efficiency.
    FlowEfficiency,
    /// Items in progress.
    FlowLoad,
    /// Items done per week.
    FlowVelocity,
    /// Shares of the kinds of work.
    FlowDistribution,
    /// Hours in which items were blocked.
    BlockedTime,
    /// The stage that limits the stream.
    Constraint,
    /// The 85th percentile of flow time.
    ServiceLevel,
    /// Hours per stage; of one stage its median visit.
    StageTime,
    /// Hours per item from idea to done.
    IdeaToCash,
    /// Median time from idea to production.
    IdeaToProduction,
    /// Shares of commits with an item and of items with a commit.
    Coverage,
    /// Median of done minus deployed.
    TrackerGap,
    /// Business value delivered.
    Value,
    /// What a rule found.
    Finding(FlowRule),
}

impl FlowSubject {
    /// All of them, metrics first.
    pub const ALL: [Self; 21] = [
        Self::FlowTime,
        Self::FlowEfficiency,
        Self::FlowLoad,
        Self::FlowVelocity,
        Self::FlowDistribution,
        Self::BlockedTime,
        Self::Constraint,
        Self::ServiceLevel,
        Self::StageTime,
        Self::IdeaToCash,
        Self::IdeaToProduction,
        Self::Coverage,
        Self::TrackerGap,
        Self::Value,
        Self::Finding(FlowRule::Blocked),
        Self::Finding(FlowRule::StageAgeTwoSigma),
        Self::Finding(FlowRule::OldItem),
        Self::Finding(FlowRule::StageAgeP85),
        Self::Finding(FlowRule::WipLimit),
        Self::Finding(FlowRule::StageOverfull),
        Self::Finding(FlowRule::LowEfficiency),
    ];

    /// As it is typed. The rule `blocked` is `finding:blocked`, for `blocked` is the blocked time.
    pub fn name(self) -> &'static str {
        match self {
            Self::FlowTime => "flow-time",
            Self::FlowEfficiency => "flow-efficiency",
            Self::FlowLoad => "flow-load",
            Self::FlowVelocity => "flow-velocity",
            Self::FlowDistribution => "flow-distribution",
            Self::BlockedTime => "blocked-time",
            Self::Constraint => "constraint",
            Self::ServiceLevel => "service-level",
            Self::StageTime => "stage-time",
            Self::IdeaToCash => "idea-to-cash",
            Self::IdeaToProduction => "idea-to-production",
            Self::Coverage => "coverage",
            Self::TrackerGap => "tracker-gap",
            Self::Value => "value",
            Self::Finding(FlowRule::Blocked) => "finding:blocked",
            Self::Finding(rule) => rule.name(),
        }
    }

    /// Other names: short ones, and the keys of the JSON export where they are others.
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::FlowEfficiency => &["efficiency"],
            Self::FlowLoad => &["load", "wip"],
            Self::FlowVelocity => &["velocity", "throughput"],
            Self::FlowDistribution => &["distribution"],
            Self::BlockedTime => &["blocked"],
            Self::ServiceLevel => &["sle"],
            Self::StageTime => &["stages"],
            Self::Value => &["delivered", "value-delivered"],
            _ => &[],
        }
    }

    /// The same as a heading says it.
    pub fn title(self) -> &'static str {
        match self {
            Self::FlowTime => "Flow time",
            Self::FlowEfficiency => "Flow efficiency",
            Self::FlowLoad => "Flow load",
            Self::FlowVelocity => "Flow velocity",
            Self::FlowDistribution => "Flow distribution",
            Self::BlockedTime => "Blocked time",
            Self::Constraint => "Constraint",
            Self::ServiceLevel => "Service level",
            Self::StageTime => "Stage time",
            Self::IdeaToCash => "Idea to cash",
            Self::IdeaToProduction => "Idea to production",
            Self::Coverage => "Coverage",
            Self::TrackerGap => "Tracker gap",
            Self::Value => "Value delivered",
            Self::Finding(FlowRule::StageAgeTwoSigma) => "Rule stage-age-two-sigma",
            Self::Finding(FlowRule::StageAgeP85) => "Rule stage-age-p85",
            Self::Finding(FlowRule::OldItem) => "Rule old-item",
            Self::Finding(FlowRule::WipLimit) => "Rule wip-limit",
            Self::Finding(FlowRule::StageOverfull) => "Rule stage-overfull",
            Self::Finding(FlowRule::LowEfficiency) => "Rule low-efficiency",
            Self::Finding(FlowRule::Blocked) => "Rule blocked",
        }
    }

    /// Whether it is about commits and deployments, too.
    pub fn is_about_code(self) -> bool {
        matches!(
            self,
            Self::IdeaToProduction | Self::Coverage | Self::TrackerGap
        )
    }

    /// The subject of this name or alias, and the stage that it names: `stage:Code Review`. Case does not
    /// matter, `_` and blanks are as good as `-`, and every rule may be called `finding:NAME`.
    pub fn named(name: &str) -> Option<(Self, Option<String>)> {
        let name = name.trim();
        if let Some((kind, stage)) = name.split_once(':')
            && kind.trim().eq_ignore_ascii_case("stage")
        {
            return Some((Self::StageTime, Some(stage.trim().to_owned())));
        }
        let plain = name.to_lowercase().replace(['_', ' '], "-");
        if let Some(rule) = plain.strip_prefix("finding:") {
            let rules = FlowRule::ALL.into_iter();
            let mut rules = rules.filter(|known| known.name() == rule.trim_matches('-'));
            return rules.next().map(|rule| (Self::Finding(rule), None));
        }
        Self::ALL
            .into_iter()
            .find(|subject| subject.name() == plain || subject.aliases().contains(&plain.as_str()))
            .map(|subject| (subject, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::why::DoraSubject;

    #[test]
    fn every_name_and_alias_means_one_number_of_all() {
        let mut names: Vec<&str> = Vec::new();
        for subject in FlowSubject::ALL {
            names.push(subject.name());
            names.extend(subject.aliases());
        }
        for name in &names {
            assert!(FlowSubject::named(name).is_some(), "{name}");
            assert_eq!(DoraSubject::named(name), None, "{name}");
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn the_rule_blocked_and_the_blocked_time_are_told_apart() {
        let named = |name: &str| FlowSubject::named(name).map(|(subject, _)| subject);
        assert_eq!(named("blocked"), Some(FlowSubject::BlockedTime));
        let rule = FlowSubject::Finding(FlowRule::Blocked);
        assert_eq!(named("finding:blocked"), Some(rule));
        assert_eq!(named("Finding: Blocked"), Some(rule));
        for rule in FlowRule::ALL {
            let subject = Some(FlowSubject::Finding(rule));
            assert_eq!(named(&format!("finding:{}", rule.name())), subject);
        }
        assert_eq!(named("finding:nothing"), None);
        assert_eq!(named(""), None);
    }

    #[test]
    fn a_stage_is_named_as_it_is() {
        let (subject, stage) = FlowSubject::named("stage: Code Review").unwrap();
        assert_eq!(subject, FlowSubject::StageTime);
        assert_eq!(stage.as_deref(), Some("Code Review"));
        assert_eq!(
            FlowSubject::named("Flow_Time"),
            Some((FlowSubject::FlowTime, None))
        );
    }
}
