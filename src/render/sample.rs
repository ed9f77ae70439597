//! Reports for the tests of this room: a realistic one (the mock-up of spec 5.1) and one without
//! data. The one full of hostile text is `hostile`.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{Band, Certainty, Judgement, Notice};
use crate::report::{
    ChangeFailureRate, ComponentRow, ComponentSummary, Definitions, DeploymentFrequency,
    DeploymentRow, DistributionBar, EvidenceRow, FailureList, FailureRow, IncidentRow, LeadTime,
    LeftOut, Metrics, OutageRow, Percentiles, PeriodRange, Recommendation, Report, RestoreSummary,
    ReworkRate, SlowChange, TimeToRestore, Trend, WaitingSummary, WeekRow,
};

use super::censored;
use super::stages;

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn trend(direction: Judgement, change: f64, previous: f64, significant: bool) -> Trend {
    Trend {
        direction,
        change_percent: Some(change),
        previous_value: Some(previous),
        significant: Some(significant),
    }
}

fn metrics() -> Metrics {
    Metrics {
        deployment_frequency: DeploymentFrequency {
            value: Some(1.8),
            unit: "deploys_per_day".to_owned(),
            count: 54,
            days: 30.0,
            band: Some(Band::Elite),
            standing: None,
            certainty: Some(Certainty::Firm),
            target: Some(1.0),
            interval95: Some([1.352, 2.349]),
            trend: trend(Judgement::Improving, 20.0, 1.5, false),
            breakdown: BTreeMap::from([
                ("production".to_owned(), 1.8),
                ("qa".to_owned(), 0.2),
                ("uat".to_owned(), 3.4),
            ]),
            deploy_days_per_week: Some(5.0),
            reason: None,
        },
        lead_time: LeadTime {
            value: Some(42.0),
            unit: "minutes".to_owned(),
            count: 147,
            band: Some(Band::Elite),
            standing: None,
            certainty: Some(Certainty::Firm),
            target: Some(60.0),
            interval95: Some([37.0, 51.5]),
            percentiles: Percentiles {
                p50: Some(42.0),
                p75: Some(95.0),
                p90: Some(410.0),
                p95: Some(1680.0),
            },
            slowest: Some(7260.0),
            censored_median: Some(censored::sample::median(Some(43.5), 147, 3)),
            waiting: WaitingSummary {
                count: Some(3),
                oldest_minutes: Some(300.0),
                reason: None,
            },
            stages: Some(stages::sample::stages()),
            trend: trend(Judgement::Improving, -16.0, 50.0, true),
            reason: None,
        },
        change_failure_rate: ChangeFailureRate {
            value: Some(5.0 / 54.0),
            unit: "ratio".to_owned(),
            failed: 5,
            attempts: 0,
            total: 54,
            band: Some(Band::Elite),
            standing: None,
            certainty: Some(Certainty::Likely),
            target: Some(0.15),
            interval95: Some([0.040, 0.199]),
            trend: trend(Judgement::Improving, -16.7, 5.0 / 45.0, false),
            reason: None,
            failures: FailureList {
                total_deployments: 54,
                failed_deployments: 5,
                recent: vec![FailureRow {
                    date: at("2026-08-18T00:00:00Z").date_naive(),
                    reason: "rollback".to_owned(),
                    resolution_time_minutes: Some(24.0),
                    deployment: "production-20260818T142200Z-5d6e7f8".to_owned(),
                }],
            },
            by_rule: BTreeMap::from([("hotfix".to_owned(), 2), ("rollback".to_owned(), 3)]),
        },
        mttr: TimeToRestore {
            value: Some(24.0),
            unit: "minutes".to_owned(),
            count: 3,
            open: 0,
            fastest: Some(12.0),
            slowest: Some(65.0),
            censored_median: Some(censored::sample::median(Some(24.0), 3, 0)),
            band: Some(Band::Elite),
            standing: None,
            certainty: Some(Certainty::Likely),
            target: Some(60.0),
            interval95: None,
            trend: trend(Judgement::Stable, 0.0, 24.0, false),
            reason: None,
            incidents: RestoreSummary {
                total: 3,
                fastest: Some(12.0),
                slowest: Some(65.0),
                median: Some(24.0),
            },
        },
        rework_rate: ReworkRate {
            value: Some(4.0 / 54.0),
            unit: "ratio".to_owned(),
            rework: 4,
            total: 54,
            reason: None,
        },
    }
}

fn previous_metrics() -> Metrics {
    let mut previous = metrics();
    previous.deployment_frequency.value = Some(1.5);
    previous.deployment_frequency.count = 45;
    previous.deployment_frequency.trend = Trend::default();
    previous.lead_time.value = Some(50.0);
    previous.lead_time.count = 120;
    previous.lead_time.trend = Trend::default();
    previous.change_failure_rate.value = Some(5.0 / 45.0);
    previous.change_failure_rate.total = 45;
    previous.change_failure_rate.trend = Trend::default();
    previous.mttr.trend = Trend::default();
    previous.mttr.count = 2;
    previous.mttr.certainty = Some(Certainty::Insufficient);
    previous.rework_rate.total = 45;
    previous.rework_rate.value = Some(4.0 / 45.0);
    previous
}

fn week(name: &str, start: &str, deployments: usize, rest: [Option<f64>; 3]) -> WeekRow {
    let start = at(start);
    WeekRow {
        week: name.to_owned(),
        start,
        end: start + TimeDelta::days(7),
        complete: name != "2026-W34",
        deployments,
        lead_time_minutes: rest[0],
        change_failure_rate: rest[1],
        restore_minutes: rest[2],
    }
}

fn component(name: &str, from: Option<&str>, to: &str, kind: &str) -> ComponentRow {
    ComponentRow {
        name: name.to_owned(),
        from: from.map(|digit| digit.repeat(40)),
        to: to.repeat(40),
        commit: Some(to.repeat(40)),
        kind: kind.to_owned(),
    }
}

fn deployment(time: &str, components: Vec<ComponentRow>, changes: usize) -> DeploymentRow {
    let compact = time.replace(['-', ':'], "");
    DeploymentRow {
        id: format!("production-{compact}-5d6e7f8"),
        timestamp: at(time),
        environment: "production".to_owned(),
        kind: "deployment".to_owned(),
        source: "state-file".to_owned(),
        sources: vec!["state-file".to_owned()],
        note: None,
        aliases: Vec::new(),
        state_commit: Some("5d6e7f8".repeat(6)[..40].to_owned()),
        commit_sha: Some("b".repeat(40)),
        success: true,
        components,
        changes,
        lead_time_minutes: (changes > 0).then_some(38.0),
        failed: false,
        evidence: Vec::new(),
        rolled_back: false,
        remedy: None,
        restored_at: None,
    }
}

fn deployments() -> Vec<DeploymentRow> {
    let first = deployment(
        "2026-08-17T09:10:00Z",
        vec![component("api", Some("a"), "b", "forward")],
        3,
    );
    let mut failed = deployment(
        "2026-08-18T14:22:00Z",
        vec![
            component("api", Some("b"), "c", "forward"),
            component("web", None, "d", "baseline"),
        ],
        2,
    );
    let back = deployment(
        "2026-08-18T14:46:00Z",
        vec![component("api", Some("c"), "b", "rollback")],
        0,
    );
    (failed.failed, failed.restored_at) = (true, Some(back.timestamp));
    failed.remedy = Some(back.id.clone());
    failed.evidence = vec![EvidenceRow {
        rule: "rollback".to_owned(),
        component: Some("api".to_owned()),
        commit: Some("b".repeat(40)),
        incident: None,
        run: None,
        at: back.timestamp,
        remedy: Some(back.id.clone()),
        detail: "went back to bbbbbbb".to_owned(),
    }];
    let mut again = deployment("2026-08-19T08:00:00Z", Vec::new(), 0);
    again.kind = "redeployment".to_owned();
    vec![first, failed, back, again]
}

/// The mock-up of spec 5.1.
pub(super) fn report() -> Report {
    Report {
        schema_version: 1,
        tool_version: "0.1.0".to_owned(),
        generated_at: at("2026-08-20T09:00:00Z"),
        repository: "shop".to_owned(),
        period: PeriodRange {
            start: at("2026-07-21T09:00:00Z"),
            end: at("2026-08-20T09:00:00Z"),
            days: 30.0,
            label: "30 days".to_owned(),
            complete: true,
        },
        previous_period: PeriodRange {
            start: at("2026-06-21T09:00:00Z"),
            end: at("2026-07-21T09:00:00Z"),
            days: 30.0,
            label: "30 days".to_owned(),
            complete: true,
        },
        timezone: "UTC".to_owned(),
        environment: "production".to_owned(),
        environment_is_production: true,
        deployment_source: "state-file".to_owned(),
        deployment_source_detail: "state/production-deployed-versions.json".to_owned(),
        github: None,
        flow: None,
        component: None,
        asked: crate::report::Scope::ANY,
        definitions: Definitions {
            bands: "cd-agent".to_owned(),
            lead_time_start: "author".to_owned(),
            failure_rules: ["marked", "incident", "rollback", "revert", "hotfix"]
                .map(str::to_owned)
                .to_vec(),
            hotfix_window_minutes: 60,
            incident_window_hours: 24,
        },
        metrics: metrics(),
        previous_metrics: Some(previous_metrics()),
        overall_band: Some(Band::Elite),
        held_back_by: Vec::new(),
        metrics_in_elite: 4,
        metrics_in_high: 0,
        metrics_in_medium: 0,
        metrics_in_low: 0,
        weeks: vec![
            week(
                "2026-W30",
                "2026-07-20T00:00:00Z",
                9,
                [Some(60.0), Some(2.0 / 9.0), None],
            ),
            week(
                "2026-W31",
                "2026-07-27T00:00:00Z",
                12,
                [Some(51.0), Some(1.0 / 12.0), Some(65.0)],
            ),
            week(
                "2026-W32",
                "2026-08-03T00:00:00Z",
                14,
                [Some(44.0), Some(0.0), None],
            ),
            week(
                "2026-W33",
                "2026-08-10T00:00:00Z",
                15,
                [Some(40.0), Some(1.0 / 15.0), Some(12.0)],
            ),
            week(
                "2026-W34",
                "2026-08-17T00:00:00Z",
                7,
                [Some(31.0), Some(1.0 / 7.0), Some(24.0)],
            ),
        ],
        days: Vec::new(),
        lead_time_distribution: [
            (Some(15.0), 31),
            (Some(60.0), 58),
            (Some(240.0), 37),
            (Some(1440.0), 13),
            (Some(10_080.0), 8),
            (None, 0),
        ]
        .into_iter()
        .map(|(up_to_minutes, count)| DistributionBar {
            up_to_minutes,
            count,
            share: count as f64 / 147.0,
        })
        .collect(),
        components: vec![
            ComponentSummary {
                name: "api".to_owned(),
                deployments: 40,
                changes: 102,
                lead_time_minutes: Some(39.0),
                failed: 4,
                unresolved: 0,
            },
            ComponentSummary {
                name: "web".to_owned(),
                deployments: 21,
                changes: 45,
                lead_time_minutes: Some(66.0),
                failed: 1,
                unresolved: 2,
            },
        ],
        slowest_changes: vec![SlowChange {
            commit: "9f".repeat(20),
            repository: "shop".to_owned(),
            subject: "feat: invoices in two currencies, with rounding per line and a test"
                .to_owned(),
            committed_at: at("2026-08-03T09:00:00Z"),
            lead_time_minutes: 7260.0,
            deployment: "production-20260808T100000Z-1a2b3c4".to_owned(),
        }],
        outages: vec![OutageRow {
            start: at("2026-08-18T14:22:00Z"),
            end: Some(at("2026-08-18T14:46:00Z")),
            minutes: 24.0,
            deployments: vec!["production-20260818T142200Z-5d6e7f8".to_owned()],
            incidents: Vec::new(),
        }],
        incidents: vec![IncidentRow {
            id: "inc-7".to_owned(),
            title: "checkout answers 500".to_owned(),
            opened_at: at("2026-08-18T14:25:00Z"),
            resolved_at: Some(at("2026-08-18T14:50:00Z")),
            deployment: None,
            severity: Some("high".to_owned()),
            caused_by_change: None,
        }],
        left_out: vec![
            LeftOut {
                what: "merge commits".to_owned(),
                count: 31,
                rule: "a merge is no change".to_owned(),
            },
            LeftOut {
                what: "redeployments".to_owned(),
                count: 1,
                rule: "no component changed".to_owned(),
            },
        ],
        recommendations: vec![Recommendation {
            code: "failures-by-rule".to_owned(),
            text: "3 of 5 failures were rolled back: look at what the tests before production miss"
                .to_owned(),
            command: Some("dora report --verbose".to_owned()),
        }],
        last_deployment_at: Some(at("2026-08-18T14:46:00Z")),
        deployments: deployments(),
        notices: vec![
            Notice::new(
                "small-sample",
                "3 outages only: time to restore is a small sample",
            ),
            Notice::new(
                "version-unresolved",
                "2 versions of web name no commit (latest)",
            )
            .hint("clone shop-web next to this repository, or set components.web.repository")
            .count(2)
            .incomplete(),
        ],
    }
}

/// An environment that is not production, with a period in which nothing happened.
pub(super) fn no_data() -> Report {
    let mut report = report();
    report.environment = "qa".to_owned();
    report.environment_is_production = false;
    report.previous_metrics = None;
    report.overall_band = Some(Band::Low);
    report.held_back_by = vec!["deployment_frequency".to_owned()];
    report.metrics_in_elite = 0;
    report.metrics_in_low = 1;
    let nothing = "no deployment in the period".to_owned();
    let metrics = &mut report.metrics;
    let frequency = &mut metrics.deployment_frequency;
    frequency.value = Some(0.0);
    frequency.count = 0;
    frequency.band = Some(Band::Low);
    frequency.interval95 = Some([0.0, 0.123]);
    frequency.trend = Trend::default();
    frequency.breakdown.clear();
    frequency.deploy_days_per_week = Some(0.0);
    let lead_time = &mut metrics.lead_time;
    lead_time.censored_median = Some(censored::sample::median(None, 0, 3));
    lead_time.value = None;
    lead_time.count = 0;
    lead_time.band = None;
    lead_time.certainty = None;
    lead_time.interval95 = None;
    lead_time.percentiles = Percentiles::default();
    lead_time.slowest = None;
    lead_time.stages = None;
    lead_time.trend = Trend::default();
    lead_time.reason = Some(nothing.clone());
    lead_time.waiting = WaitingSummary {
        count: None,
        oldest_minutes: None,
        reason: Some("the latest version of web names no commit".to_owned()),
    };
    let failures = &mut metrics.change_failure_rate;
    failures.value = None;
    failures.failed = 0;
    failures.total = 0;
    failures.band = None;
    failures.certainty = None;
    failures.interval95 = None;
    failures.trend = Trend::default();
    failures.reason = Some(nothing.clone());
    failures.failures = FailureList::default();
    failures.by_rule.clear();
    let restore = &mut metrics.mttr;
    restore.value = None;
    restore.count = 0;
    restore.open = 1;
    restore.fastest = None;
    restore.slowest = None;
    restore.band = None;
    restore.certainty = None;
    restore.trend = Trend::default();
    restore.reason = Some("no outage ended in the period".to_owned());
    restore.incidents = RestoreSummary::default();
    metrics.rework_rate.value = None;
    metrics.rework_rate.rework = 0;
    metrics.rework_rate.total = 0;
    metrics.rework_rate.reason = Some(nothing);
    for week in &mut report.weeks {
        week.deployments = 0;
        week.lead_time_minutes = None;
        week.change_failure_rate = None;
        week.restore_minutes = None;
    }
    report.lead_time_distribution.clear();
    report.components.clear();
    report.slowest_changes.clear();
    report.outages = vec![OutageRow {
        start: at("2026-05-11T16:00:00Z"),
        end: None,
        minutes: 145_020.0,
        deployments: Vec::new(),
        incidents: vec!["inc-3".to_owned()],
    }];
    report.incidents.clear();
    report.left_out.clear();
    report.recommendations.clear();
    report.deployments.clear();
    report.notices.clear();
    report.last_deployment_at = Some(at("2026-05-11T15:30:00Z"));
    report
}
