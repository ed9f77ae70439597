//! Both worked examples of the definition of the metrics (spec 2.12), told to git and read back
//! through the built binary.

use serde_json::{Value, json};

use crate::support::world::{Repo, World};

/// What is expected of one row of the list of deployments.
struct Row {
    name: &'static str,
    time: &'static str,
    kind: &'static str,
    /// Component, version and kind of each component that changed.
    components: Vec<(&'static str, String, &'static str)>,
    changes: u64,
    /// Median lead time of its changes, in minutes.
    lead_time: Option<f64>,
    /// Rule, name of the remedy, end.
    failed: Option<(&'static str, &'static str, &'static str)>,
}

fn row(name: &'static str, time: &'static str) -> Row {
    Row {
        name,
        time,
        kind: "deployment",
        components: Vec::new(),
        changes: 0,
        lead_time: None,
        failed: None,
    }
}

impl Row {
    fn component(mut self, name: &'static str, version: &str, kind: &'static str) -> Self {
        self.components.push((name, version.to_owned(), kind));
        self
    }

    fn ships(mut self, changes: u64, lead_time: f64) -> Self {
        self.changes = changes;
        self.lead_time = Some(lead_time);
        self
    }

    fn failed(mut self, rule: &'static str, remedy: &'static str, end: &'static str) -> Self {
        self.failed = Some((rule, remedy, end));
        self
    }
}

fn assert_close(value: &Value, expected: f64, tolerance: f64, what: &str) {
    let number = value
        .as_f64()
        .unwrap_or_else(|| panic!("{what} is a number, not {value}"));
    assert!(
        (number - expected).abs() <= tolerance,
        "{what} is {expected}, not {number}"
    );
}

fn assert_interval(value: &Value, expected: [f64; 2], what: &str) {
    assert_close(&value[0], expected[0], 0.0006, what);
    assert_close(&value[1], expected[1], 0.0006, what);
}

fn assert_deployments(report: &Value, environment: &str, expected: &[Row]) {
    let rows = report["deployments"]
        .as_array()
        .expect("a list of deployments");
    assert_eq!(rows.len(), expected.len(), "rows: {rows:#?}");
    let id_of = |name: &str| {
        let index = expected
            .iter()
            .position(|row| row.name == name)
            .expect("a row of that name");
        &rows[index]["id"]
    };
    for (row, expected) in rows.iter().zip(expected) {
        let name = expected.name;
        assert_eq!(row["timestamp"], expected.time, "{name}");
        assert_eq!(row["kind"], expected.kind, "{name}");
        assert_eq!(row["environment"], environment, "{name}");
        assert_eq!(row["source"], "state-file", "{name}");
        let stamp = expected.time.replace(['-', ':'], "");
        let state_commit = row["state_commit"].as_str().expect("a state commit");
        assert_eq!(
            row["id"],
            format!("{environment}-{stamp}-{}", &state_commit[..7]),
            "{name}"
        );
        if expected.kind == "deployment" {
            let components: Vec<(&str, &str, &str)> = row["components"]
                .as_array()
                .expect("a list of components")
                .iter()
                .map(|component| {
                    let text = |field: &str| component[field].as_str().expect("a text");
                    (text("name"), text("to"), text("kind"))
                })
                .collect();
            let expected: Vec<(&str, &str, &str)> = expected
                .components
                .iter()
                .map(|(name, version, kind)| (*name, version.as_str(), *kind))
                .collect();
            assert_eq!(components, expected, "{name}");
        }
        assert_eq!(row["changes"], expected.changes, "changes of {name}");
        match expected.lead_time {
            Some(minutes) => assert_close(&row["lead_time_minutes"], minutes, 1e-9, name),
            None => assert_eq!(row["lead_time_minutes"], Value::Null, "{name}"),
        }
        assert_eq!(
            row["failed"],
            expected.failed.is_some(),
            "failed of {name}: {row:#}"
        );
        assert_eq!(row["rolled_back"], false, "{name}");
        let evidence = row["evidence"].as_array().expect("a list of evidence");
        match expected.failed {
            Some((rule, remedy, end)) => {
                let rules: Vec<&Value> =
                    evidence.iter().map(|evidence| &evidence["rule"]).collect();
                assert_eq!(rules, [rule], "{name}");
                assert_eq!(&evidence[0]["remedy"], id_of(remedy), "{name}");
                assert_eq!(&row["remedy"], id_of(remedy), "{name}");
                assert_eq!(row["restored_at"], end, "{name}");
            }
            None => {
                assert_eq!(evidence.len(), 0, "{name}: {evidence:#?}");
                assert_eq!(row["remedy"], Value::Null, "{name}");
                assert_eq!(row["restored_at"], Value::Null, "{name}");
            }
        }
    }
}

/// The history of the first example; gives the versions c1 to c7.
pub(crate) fn first_example(shop: &mut Repo) -> Vec<String> {
    let c1 = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 09:30")
        .deploy("production", &[("api", &c1)]);
    let c2 = shop.at("2026-03-02 10:00").commit("feat: a");
    let c3 = shop.at("2026-03-02 11:30").commit("feat: b");
    shop.at("2026-03-02 12:00")
        .deploy("production", &[("api", &c3)]);
    let c4 = shop.at("2026-03-03 09:00").commit("feat: c");
    shop.at("2026-03-03 09:10")
        .deploy("production", &[("api", &c4)]);
    let c5 = shop.at("2026-03-03 09:20").commit("fix: c crashed");
    shop.at("2026-03-03 09:40")
        .deploy("production", &[("api", &c5)]);
    let c6 = shop.at("2026-03-04 14:00").commit("feat: d");
    shop.at("2026-03-04 15:00")
        .deploy("production", &[("api", &c6)]);
    shop.at("2026-03-04 15:45")
        .deploy("production", &[("api", &c5)]);
    let c7 = shop.at("2026-03-05 08:00").commit("feat: e");
    shop.at("2026-03-05 09:00")
        .deploy("production", &[("api", &c7)]);
    shop.at("2026-03-05 09:30")
        .deploy("production", &[("api", &c7)]);
    shop.at("2026-03-06 08:00").commit("feat: f");
    vec![c1, c2, c3, c4, c5, c6, c7]
}

fn first_report() -> (Value, Vec<String>) {
    let world = World::new();
    let mut shop = world.repository("shop");
    let versions = first_example(&mut shop);
    world.now("2026-03-09 09:00");
    let period = "2026-03-02T09:00:00Z..2026-03-09T09:00:00Z";
    let run = world.dora(&shop, &["report", "--period", period, "--format", "json"]);
    (run.json(), versions)
}

#[test]
fn the_first_example_has_the_metrics_of_the_definition() {
    let (report, _) = first_report();
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["generated_at"], "2026-03-09T09:00:00Z");
    assert_eq!(report["period"]["start"], "2026-03-02T09:00:00Z");
    assert_eq!(report["period"]["end"], "2026-03-09T09:00:00Z");
    assert_eq!(report["period"]["days"], 7.0);
    assert_eq!(report["previous_period"]["start"], "2026-02-23T09:00:00Z");
    assert_eq!(report["previous_period"]["end"], "2026-03-02T09:00:00Z");
    assert_eq!(report["environment"], "production");
    assert_eq!(report["environment_is_production"], true);
    assert_eq!(report["deployment_source"], "state-file");
    assert_eq!(report["definitions"]["bands"], "cd-agent");
    assert_eq!(report["definitions"]["lead_time_start"], "author");
    assert_eq!(report["overall_band"], "high");
    assert_eq!(report["held_back_by"], json!(["change_failure_rate"]));
    assert_eq!(report["metrics_in_elite"], 3);
    assert_eq!(report["metrics_in_high"], 1);
    assert_eq!(report["metrics_in_medium"], 0);
    assert_eq!(report["metrics_in_low"], 0);

    let frequency = &report["metrics"]["deployment_frequency"];
    assert_close(&frequency["value"], 1.0, 1e-12, "deployments per day");
    assert_eq!(frequency["unit"], "deploys_per_day");
    assert_eq!(frequency["count"], 7);
    assert_close(&frequency["days"], 7.0, 1e-12, "days");
    assert_eq!(frequency["band"], "elite");
    assert_eq!(frequency["certainty"], "insufficient");
    assert_eq!(frequency["target"], 1.0);
    assert_interval(&frequency["interval95"], [0.402, 2.060], "Poisson interval");
    assert_close(
        &frequency["breakdown"]["production"],
        1.0,
        1e-12,
        "production per day",
    );

    let lead_time = &report["metrics"]["lead_time"];
    assert_close(&lead_time["value"], 45.0, 1e-9, "median lead time");
    assert_eq!(lead_time["unit"], "minutes");
    assert_eq!(lead_time["count"], 6);
    assert_eq!(lead_time["band"], "elite");
    assert_eq!(lead_time["certainty"], "likely");
    assert_eq!(lead_time["target"], 60.0);
    assert_interval(&lead_time["interval95"], [10.0, 120.0], "order statistics");
    for (percentile, minutes) in [("p50", 45.0), ("p75", 60.0), ("p90", 90.0)] {
        assert_close(
            &lead_time["percentiles"][percentile],
            minutes,
            1e-9,
            percentile,
        );
    }
    assert_eq!(lead_time["percentiles"]["p95"], Value::Null);
    assert_eq!(lead_time["waiting"]["count"], 1);
    assert_close(
        &lead_time["waiting"]["oldest_minutes"],
        4380.0,
        1e-9,
        "age of what waits",
    );

    // c8 waits for 4380 minutes, longer than all: of seven, 2/7 last longer than 60.
    let with_waiting = &lead_time["censored_median"];
    assert_close(&with_waiting["value"], 60.0, 1e-9, "median with c8");
    assert_eq!(
        (&with_waiting["events"], &with_waiting["censored"]),
        (&json!(6), &json!(1))
    );

    let rate = &report["metrics"]["change_failure_rate"];
    assert_close(&rate["value"], 2.0 / 7.0, 1e-12, "failure rate");
    assert_eq!(rate["unit"], "ratio");
    assert_eq!(
        (&rate["failed"], &rate["attempts"], &rate["total"]),
        (&json!(2), &json!(0), &json!(7))
    );
    assert_eq!(rate["band"], "high");
    assert_eq!(rate["certainty"], "insufficient");
    assert_eq!(rate["target"], 0.15);
    assert_interval(&rate["interval95"], [0.082, 0.641], "Wilson interval");
    let failures = &rate["failures"];
    assert_eq!(failures["total_deployments"], 7);
    assert_eq!(failures["failed_deployments"], 2);
    let recent: Vec<(&Value, &Value, &Value)> = failures["recent"]
        .as_array()
        .expect("a list of failures")
        .iter()
        .map(|row| {
            (
                &row["date"],
                &row["reason"],
                &row["resolution_time_minutes"],
            )
        })
        .collect();
    assert_eq!(
        recent,
        [
            (&json!("2026-03-04"), &json!("rollback"), &json!(45.0)),
            (&json!("2026-03-03"), &json!("hotfix"), &json!(30.0)),
        ]
    );

    let restore = &report["metrics"]["mttr"];
    assert_close(&restore["value"], 37.5, 1e-9, "median time to restore");
    assert_eq!(
        (&restore["count"], &restore["open"]),
        (&json!(2), &json!(0))
    );
    let with_open = &restore["censored_median"];
    assert_close(&with_open["value"], 37.5, 1e-9, "nothing is open");
    assert_eq!(
        (&with_open["events"], &with_open["censored"]),
        (&json!(2), &json!(0))
    );
    assert_close(&restore["fastest"], 30.0, 1e-9, "fastest");
    assert_close(&restore["slowest"], 45.0, 1e-9, "slowest");
    assert_eq!(restore["band"], "elite");
    assert_eq!(restore["certainty"], "insufficient");
    assert_eq!(restore["target"], 60.0);
    assert_eq!(restore["interval95"], Value::Null);
    assert_eq!(restore["incidents"]["total"], 2);
    assert_close(
        &restore["incidents"]["median"],
        37.5,
        1e-9,
        "median of outages",
    );

    let rework = &report["metrics"]["rework_rate"];
    assert_close(&rework["value"], 2.0 / 7.0, 1e-12, "rework rate");
    assert_eq!(
        (&rework["rework"], &rework["total"]),
        (&json!(2), &json!(7))
    );

    for metric in [
        "deployment_frequency",
        "lead_time",
        "change_failure_rate",
        "mttr",
    ] {
        let trend = &report["metrics"][metric]["trend"];
        assert_eq!(trend["direction"], "unknown", "{metric}");
        assert_eq!(trend["change_percent"], Value::Null, "{metric}");
        assert_eq!(report["metrics"][metric]["reason"], Value::Null, "{metric}");
    }
}

#[test]
fn the_first_example_has_the_deployments_of_the_definition() {
    let (report, c) = first_report();
    let version = |number: usize| c[number - 1].as_str();
    assert_deployments(
        &report,
        "production",
        &[
            row("D1", "2026-03-02T09:30:00Z").component("api", version(1), "baseline"),
            row("D2", "2026-03-02T12:00:00Z")
                .component("api", version(3), "forward")
                .ships(2, 75.0),
            row("D3", "2026-03-03T09:10:00Z")
                .component("api", version(4), "forward")
                .ships(1, 10.0)
                .failed("hotfix", "D4", "2026-03-03T09:40:00Z"),
            row("D4", "2026-03-03T09:40:00Z")
                .component("api", version(5), "forward")
                .ships(1, 20.0),
            row("D5", "2026-03-04T15:00:00Z")
                .component("api", version(6), "forward")
                .ships(1, 60.0)
                .failed("rollback", "D6", "2026-03-04T15:45:00Z"),
            row("D6", "2026-03-04T15:45:00Z").component("api", version(5), "rollback"),
            row("D7", "2026-03-05T09:00:00Z")
                .component("api", version(7), "forward")
                .ships(1, 60.0),
            Row {
                kind: "redeployment",
                ..row("D7'", "2026-03-05T09:30:00Z")
            },
        ],
    );
}

/// The history of the second example; gives the versions w1 to w4 and k1 to k4. Every commit is
/// authored ten minutes before the deployment that first ships it.
pub(crate) fn second_example(shop: &mut Repo) -> (Vec<String>, Vec<String>) {
    let mut web = shop.sibling("shop-web");
    let mut core = shop.sibling("shop-core");
    let k1 = core.at("2026-04-06 08:50").commit("feat: core");
    shop.at("2026-04-06 09:00")
        .deploy("production", &[("web", "latest"), ("core", &k1)]);
    let w1 = web.at("2026-04-06 09:50").commit("feat: web");
    shop.at("2026-04-06 10:00")
        .deploy("production", &[("web", &w1)]);
    let k2 = core.at("2026-04-06 11:50").commit("feat: prices");
    shop.at("2026-04-06 12:00")
        .deploy("production", &[("core", &k2)]);
    let w2 = web.at("2026-04-06 12:00").commit("feat: basket");
    shop.at("2026-04-06 12:10")
        .deploy("production", &[("web", &w2)]);
    shop.at("2026-04-06 14:00")
        .deploy("production", &[("core", &k1)]);
    let k3 = core.at("2026-04-06 14:20").commit("fix: prices of nothing");
    shop.at("2026-04-06 14:30")
        .deploy("production", &[("core", &k3)]);
    let w3 = web.at("2026-04-07 08:50").commit("feat: search");
    shop.at("2026-04-07 09:00")
        .deploy("production", &[("web", &w3)]);
    let k4 = core.at("2026-04-07 09:20").commit("feat: discounts");
    shop.at("2026-04-07 09:30")
        .deploy("production", &[("core", &k4)]);
    let w4 = web.at("2026-04-07 10:50").revert(&w3);
    shop.at("2026-04-07 11:00")
        .deploy("production", &[("web", &w4)]);
    (vec![w1, w2, w3, w4], vec![k1, k2, k3, k4])
}

#[test]
fn the_second_example_has_the_numbers_of_the_definition() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let (w, k) = second_example(&mut shop);
    world.now("2026-04-08 09:00");
    let period = "2026-04-06T09:00:00Z..2026-04-08T09:00:00Z";
    let report = world
        .dora(&shop, &["report", "--period", period, "--format", "json"])
        .json();

    let metrics = &report["metrics"];
    assert_eq!(metrics["deployment_frequency"]["count"], 9);
    assert_close(
        &metrics["deployment_frequency"]["value"],
        4.5,
        1e-12,
        "deployments per day",
    );
    assert_eq!(metrics["lead_time"]["count"], 6);
    assert_close(
        &metrics["lead_time"]["value"],
        10.0,
        1e-9,
        "median lead time",
    );
    assert_close(
        &metrics["lead_time"]["percentiles"]["p90"],
        10.0,
        1e-9,
        "p90",
    );
    assert_eq!(metrics["lead_time"]["waiting"]["count"], 0);
    let rate = &metrics["change_failure_rate"];
    assert_close(&rate["value"], 2.0 / 9.0, 1e-12, "failure rate");
    assert_eq!((&rate["failed"], &rate["total"]), (&json!(2), &json!(9)));
    let restore = &metrics["mttr"];
    assert_eq!(
        (&restore["count"], &restore["open"]),
        (&json!(2), &json!(0))
    );
    assert_close(&restore["fastest"], 120.0, 1e-9, "fastest outage");
    assert_close(&restore["slowest"], 120.0, 1e-9, "slowest outage");
    let rework = &metrics["rework_rate"];
    assert_close(&rework["value"], 2.0 / 9.0, 1e-12, "rework rate");
    assert_eq!(
        (&rework["rework"], &rework["total"]),
        (&json!(2), &json!(9))
    );

    assert_deployments(
        &report,
        "production",
        &[
            row("E1", "2026-04-06T09:00:00Z")
                .component("core", &k[0], "baseline")
                .component("web", "latest", "unresolved"),
            row("E2", "2026-04-06T10:00:00Z").component("web", &w[0], "baseline"),
            row("E3", "2026-04-06T12:00:00Z")
                .component("core", &k[1], "forward")
                .ships(1, 10.0)
                .failed("rollback", "E5", "2026-04-06T14:00:00Z"),
            row("E4", "2026-04-06T12:10:00Z")
                .component("web", &w[1], "forward")
                .ships(1, 10.0),
            row("E5", "2026-04-06T14:00:00Z").component("core", &k[0], "rollback"),
            row("E6", "2026-04-06T14:30:00Z")
                .component("core", &k[2], "forward")
                .ships(1, 10.0),
            row("E7", "2026-04-07T09:00:00Z")
                .component("web", &w[2], "forward")
                .ships(1, 10.0)
                .failed("revert", "E9", "2026-04-07T11:00:00Z"),
            row("E8", "2026-04-07T09:30:00Z")
                .component("core", &k[3], "forward")
                .ships(1, 10.0),
            row("E9", "2026-04-07T11:00:00Z")
                .component("web", &w[3], "forward")
                .ships(1, 10.0),
        ],
    );
}
