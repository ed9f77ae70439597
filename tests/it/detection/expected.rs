//! What comes of the story by the rules as spec and docs/metrics/change-failure-rate.md word them: from
//! which source each failure can be told and by which rule, and which sound deployments look like
//! failures, with the reason. The names were seen in the first comparison of `table`; each rule and
//! reason was then worked out by hand from the story. A change of a rule moves names here.

use super::table::Sources::{self, StateFiles, WithIncidents, WithRuns};

/// Failures by the first source that tells them, with the rule that does.
pub(super) const FOUND: &[(&str, Sources, &str)] = &[
    // Taken back: the next deployment of the part is an ancestor.
    (
        "blank-checkout, shop 2026-01-13 10:20",
        StateFiles,
        "rollback",
    ),
    (
        "nightly-invoices, billing 2026-01-20 15:40",
        StateFiles,
        "rollback",
    ),
    (
        "search-slow, search 2026-01-28 11:05",
        StateFiles,
        "rollback",
    ),
    (
        "quiet-rollback, orders 2026-02-04 09:30",
        StateFiles,
        "rollback",
    ),
    (
        "missing-secret, billing 2026-02-11 14:00",
        StateFiles,
        "rollback",
    ),
    (
        "smoke-then-back, shop 2026-02-13 11:00",
        StateFiles,
        "rollback",
    ),
    (
        "hotfix-made-it-worse, orders 2026-03-03 10:35",
        StateFiles,
        "rollback",
    ),
    (
        "joint-release, orders and billing 2026-03-12 11:00",
        StateFiles,
        "rollback",
    ),
    (
        "evening-rollback, search 2026-03-24 16:45",
        StateFiles,
        "rollback",
    ),
    (
        "automatic-rollback, shop 2026-04-08 14:10",
        StateFiles,
        "rollback",
    ),
    (
        "further-back, orders 2026-05-07 09:20",
        StateFiles,
        "rollback",
    ),
    (
        "back-by-hand, billing 2026-05-20 14:50",
        StateFiles,
        "rollback",
    ),
    (
        "red-overnight, search 2026-06-16 17:25",
        StateFiles,
        "rollback",
    ),
    // Within the hour, nothing but fixes.
    ("login-loop, shop 2026-01-15 13:05", StateFiles, "hotfix"),
    (
        "hotfix-branch, search 2026-02-17 13:30",
        StateFiles,
        "hotfix",
    ),
    (
        "hotfix-made-it-worse, orders 2026-03-03 10:00",
        StateFiles,
        "hotfix",
    ),
    (
        "fix-of-the-fix, shop 2026-03-31 10:10",
        StateFiles,
        "hotfix",
    ),
    (
        "fix-of-the-fix, shop 2026-03-31 10:30",
        StateFiles,
        "hotfix",
    ),
    (
        "price-per-piece, shop 2026-05-13 15:25",
        StateFiles,
        "hotfix",
    ),
    (
        "release-branch, billing 2026-06-03 10:40",
        StateFiles,
        "hotfix",
    ),
    // `This reverts commit` within seven days.
    (
        "recommendations, shop 2026-02-02 10:35",
        StateFiles,
        "revert",
    ),
    (
        "merge-reverted, orders 2026-05-11 10:05",
        StateFiles,
        "revert",
    ),
    (
        "once-more-with-care, search 2026-06-08 09:55",
        StateFiles,
        "revert",
    ),
    // A red run, with and without a snapshot.
    (
        "smoke-then-forward, billing 2026-03-20 08:55",
        WithRuns,
        "run",
    ),
    ("registry-down, shop 2026-01-29 10:35", WithRuns, "attempt"),
    (
        "migration-refused, billing 2026-02-25 10:15",
        WithRuns,
        "attempt",
    ),
    (
        "rollout-timed-out, search 2026-03-17 14:20",
        WithRuns,
        "attempt",
    ),
    ("half-out, orders 2026-04-21 14:10", WithRuns, "attempt"),
    ("disk-full, billing 2026-06-23 15:20", WithRuns, "attempt"),
    // The issue names the commit or its pull request.
    (
        "reduced-tax, billing 2026-01-22 11:40",
        WithIncidents,
        "incident",
    ),
    (
        "two-in-one-go, shop 2026-02-19 09:40",
        WithIncidents,
        "incident",
    ),
    (
        "double-submit, shop 2026-02-26 10:50",
        WithIncidents,
        "incident",
    ),
    (
        "stale-prices, shop 2026-03-10 10:45",
        WithIncidents,
        "incident",
    ),
    (
        "slow-leak, search 2026-04-02 10:05",
        WithIncidents,
        "incident",
    ),
    (
        "the-other-team, orders 2026-04-14 13:55",
        WithIncidents,
        "incident",
    ),
    (
        "believed-flaky, orders 2026-04-23 10:05",
        WithIncidents,
        "incident",
    ),
    (
        "header-out, shop 2026-04-28 10:45",
        WithIncidents,
        "incident",
    ),
    (
        "bank-file, billing 2026-05-27 14:05",
        WithIncidents,
        "incident",
    ),
    // It names nothing, and nothing else was deployed before it was opened.
    (
        "null-basket, orders 2026-01-27 10:30",
        WithIncidents,
        "incident",
    ),
    ("flag-off, shop 2026-02-06 11:15", WithIncidents, "incident"),
    (
        "currency-sign, billing 2026-02-09 09:15",
        WithIncidents,
        "incident",
    ),
    (
        "export-columns, orders 2026-02-24 09:25",
        WithIncidents,
        "incident",
    ),
    (
        "ninety-minutes, billing 2026-03-05 09:30",
        WithIncidents,
        "incident",
    ),
    (
        "memory-limit, search 2026-04-22 10:55",
        WithIncidents,
        "incident",
    ),
    (
        "locked-table, billing 2026-04-30 13:20",
        WithIncidents,
        "incident",
    ),
    (
        "setting-back, orders 2026-06-11 09:05",
        WithIncidents,
        "incident",
    ),
    ("synonyms, search 2026-04-28 09:50", WithIncidents, "revert"),
];

/// Failures that no source tells, each with the reason.
pub(super) const MISSED: &[(&str, &str)] = &[
    (
        "with-a-passenger, orders 2026-03-18 09:50",
        "The repair went out together with a feature, so it is not nothing but fixes. The issue names no commit, and search was deployed in the same minute: it is blamed.",
    ),
    (
        "mails-twice, orders 2026-04-16 09:35",
        "Repaired the next day by a change of type `refactor`, without an issue. Nothing that was written down anywhere says that something failed.",
    ),
];

/// Sound deployments and runs that are called failed, by the first source with which they are, with
/// the rule and the reason.
pub(super) const FALSE_ALARMS: &[(&str, Sources, &str, &str)] = &[
    (
        "old-bug, search 2026-02-10 10:00",
        StateFiles,
        "hotfix",
        "Half an hour later nothing but a fix was deployed. That it repairs something older is in nobody's record.",
    ),
    (
        "robot-update, shop 2026-03-04 09:15",
        StateFiles,
        "hotfix",
        "The update of a dependency is of type `fix`, and came within the hour.",
    ),
    (
        "typing-error, shop 2026-05-26 10:00",
        StateFiles,
        "hotfix",
        "It was a fix of this deployment within the hour. How bad it was, no rule can tell.",
    ),
    (
        "an ordinary day, orders 2026-03-09 14:14",
        StateFiles,
        "hotfix",
        "By chance the next deployment of orders came within the hour and brought a single change, of type `fix`.",
    ),
    (
        "an ordinary day, orders 2026-05-29 09:40",
        StateFiles,
        "hotfix",
        "By chance the next deployment of orders came within the hour and brought nothing but changes of type `fix`.",
    ),
    (
        "two-in-one-go, shop 2026-02-19 13:10",
        StateFiles,
        "rollback",
        "The rollback took two versions back, and the rule blames the newer one. The older one is shown as rolled back; it takes an incident to tell that it was the bad one.",
    ),
    (
        "planned-withdrawal, shop 2026-04-10 14:00",
        StateFiles,
        "rollback",
        "A planned withdrawal looks like any other rollback. A mark says that it was none.",
    ),
    (
        "fire-drill, orders 2026-06-17 09:45",
        StateFiles,
        "rollback",
        "A drill looks like any other rollback, which is its purpose.",
    ),
    (
        "wrong-line, search 2026-06-04 11:20",
        StateFiles,
        "rollback",
        "The state file says that a version was there and was taken back six minutes later. That it never was there, only people know.",
    ),
    (
        "product-decision, search 2026-05-07 09:40",
        StateFiles,
        "revert",
        "An experiment that ends within seven days with git's revert reads like a repair.",
    ),
    (
        "once-more-with-care, search 2026-06-08 14:10",
        StateFiles,
        "revert",
        "The deployment of the revert is blamed: three days later `Reapply` says of it, too, `This reverts commit`.",
    ),
    (
        "expired-test-card, billing 2026-04-07 11:00",
        WithRuns,
        "run",
        "The tests of production failed after deploying, and nobody tried again. That the tests were wrong is not in the run.",
    ),
    (
        "invalid-workflow, shop 2026-05-19 10:00",
        WithRuns,
        "attempt",
        "A run that ended in `startup_failure` counts as an attempt, though no job began.",
    ),
    (
        "record-lost, shop 2026-05-28 10:00",
        WithRuns,
        "attempt",
        "The job failed and left no state file behind, so nothing tells this from a deployment that never arrived.",
    ),
    (
        "an ordinary day, billing 2026-01-28 12:49",
        WithIncidents,
        "incident",
        "The issue of search-slow names no commit and was opened two hours after the bad deployment; billing was deployed last before it.",
    ),
    (
        "two-in-one-go, shop 2026-02-19 15:25",
        WithIncidents,
        "incident",
        "The provider's region failed the night after (region-down), within 24 hours of this, the last deployment of the day.",
    ),
    (
        "an ordinary day, shop 2026-02-26 12:52",
        WithIncidents,
        "incident",
        "The second report of double-submit was opened when the next deployment was out, and closed as completed. Closed as a duplicate it would blame nobody.",
    ),
    (
        "rollout-timed-out, search 2026-03-18 09:50",
        WithIncidents,
        "incident",
        "The issue of with-a-passenger names no commit; this deployment ended in the same minute as the bad one.",
    ),
    (
        "an ordinary day, search 2026-05-21 16:02",
        WithIncidents,
        "incident",
        "The payment partner was down (payment-partner); this was the last deployment before.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::story::Truth;
    use super::super::table::{Comparison, Finding};
    use super::*;

    /// What is there with a source is there with more sources, too.
    fn is_within(first: Sources, sources: Sources) -> bool {
        first as usize <= sources as usize
    }

    fn names(findings: &[Finding]) -> BTreeSet<&str> {
        let names: BTreeSet<&str> = findings.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names.len(), findings.len(), "each once");
        names
    }

    fn says(findings: &[Finding], name: &str, rule: &str) -> bool {
        let mut findings = findings.iter();
        let found = findings.find(|finding| finding.name == name);
        found.is_some_and(|finding| finding.rules.iter().any(|known| known == rule))
    }

    #[test]
    fn every_failure_of_the_story_is_expected_to_be_found_or_missed() {
        let comparison = Comparison::of_the_story();
        let failed: BTreeSet<&str> = comparison
            .deliveries
            .iter()
            .filter(|delivery| delivery.truth == Truth::Failed)
            .map(|delivery| delivery.name.as_str())
            .collect();
        let expected: BTreeSet<&str> = FOUND
            .iter()
            .map(|(name, ..)| *name)
            .chain(MISSED.iter().map(|(name, _)| *name))
            .collect();
        assert_eq!(failed, expected);
    }

    #[test]
    fn each_failure_is_found_with_the_source_that_tells_it() {
        let comparison = Comparison::of_the_story();
        for (sources, outcome) in &comparison.outcomes {
            let expected: BTreeSet<&str> = FOUND
                .iter()
                .filter(|(_, first, _)| is_within(*first, *sources))
                .map(|(name, ..)| *name)
                .collect();
            assert_eq!(names(&outcome.found), expected, "{}", sources.words());
            for (name, first, rule) in FOUND {
                let is_said = says(&outcome.found, name, rule);
                assert_eq!(is_said, is_within(*first, *sources), "{name}: {rule}");
            }
        }
    }

    #[test]
    fn each_false_alarm_is_known_with_its_reason() {
        let comparison = Comparison::of_the_story();
        for (sources, outcome) in &comparison.outcomes {
            let expected: BTreeSet<&str> = FALSE_ALARMS
                .iter()
                .filter(|(_, first, ..)| is_within(*first, *sources))
                .map(|(name, ..)| *name)
                .collect();
            assert_eq!(
                names(&outcome.false_alarms),
                expected,
                "{}",
                sources.words()
            );
            for (name, first, rule, _) in FALSE_ALARMS {
                let is_said = says(&outcome.false_alarms, name, rule);
                assert_eq!(is_said, is_within(*first, *sources), "{name}: {rule}");
            }
        }
    }
}
