//! `dora trend` from end to end: every bucket has the numbers of the report of that bucket, levels come out
//! where they were told, and every format and mistake is answered.

use std::fs;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::flow::worked_example;
use crate::support::world::{Repo, World, instant};

/// `2026-03-02 09:00` so many hours after an instant.
fn later(start: DateTime<Utc>, hours: i64) -> String {
    let at = start + TimeDelta::hours(hours);
    at.format("%Y-%m-%d %H:%M").to_string()
}

/// From January to June 2026: deployments every five days or so, some bad, none in April.
fn half_a_year(world: &World) -> Repo {
    world.now("2026-06-17 15:00");
    let mut shop = world.repository("shop");
    let begin = instant("2026-01-05 09:00");
    shop.at("2026-01-05 08:00").commit("feat: start");
    for number in 0..32_i64 {
        let hours = number * 5 * 24;
        if (12..18).contains(&number) {
            continue;
        }
        let lead = 1 + number * 7 % 31;
        let next = shop.at(&later(begin, hours - lead)).commit("feat: next");
        shop.at(&later(begin, hours))
            .deploy("production", &[("web", &next)]);
        if number % 6 == 2 {
            // It broke, and forty minutes later a fix was there.
            let fixed = begin + TimeDelta::hours(hours) + TimeDelta::minutes(30);
            let fixed = fixed.format("%Y-%m-%d %H:%M").to_string();
            let fix = shop.at(&fixed).commit("fix: broken");
            let there = begin + TimeDelta::hours(hours) + TimeDelta::minutes(40);
            let there = there.format("%Y-%m-%d %H:%M").to_string();
            shop.at(&there).deploy("production", &[("web", &fix)]);
        }
    }
    shop
}

fn trend(world: &World, repo: &Repo, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["trend", "--format", "json"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    world.dora(repo, &all).json()
}

fn buckets(series: &Value) -> &Vec<Value> {
    series["buckets"].as_array().expect("buckets")
}

#[test]
fn every_bucket_has_the_numbers_of_the_report_of_that_bucket() {
    let world = World::new();
    let shop = half_a_year(&world);
    let mut compared = 0;
    for (by, last) in [("month", "9mo"), ("quarter", "1y"), ("week", "7w")] {
        let metrics = [
            "deployment-frequency",
            "lead-time",
            "change-failure-rate",
            "time-to-restore",
            "rework-rate",
        ];
        let wanted = [&["--by", by, "--last", last][..], &metrics].concat();
        let trend = trend(&world, &shop, &wanted);
        assert_eq!(trend["series"].as_array().expect("series").len(), 5);
        for series in trend["series"].as_array().expect("series") {
            let key = series["metric"].as_str().expect("a key");
            for bucket in buckets(series) {
                let name = bucket["bucket"].as_str().expect("a name");
                let report = world
                    .dora(&shop, &["report", "--period", name, "--format", "json"])
                    .json();
                assert_eq!(bucket["start"], report["period"]["start"], "{name}");
                assert_eq!(bucket["end"], report["period"]["end"], "{name}");
                let metric = &report["metrics"][key];
                let fields = ["value", "band", "certainty", "interval95", "reason"];
                for field in fields {
                    assert_eq!(bucket[field], metric[field], "{field} of {key} in {name}");
                }
                let (count, part) = match key {
                    "change_failure_rate" => ("total", &metric["failed"]),
                    "rework_rate" => ("total", &metric["rework"]),
                    _ => ("count", &Value::Null),
                };
                assert_eq!(bucket["count"], metric[count], "{key} in {name}");
                assert_eq!(&bucket["part"], part, "{key} in {name}");
                if key != "rework_rate" {
                    assert_eq!(bucket["trend"], metric["trend"], "{key} in {name}");
                }
                compared += 1;
            }
        }
    }
    // Nine months, four quarters, seven weeks, five metrics each.
    assert_eq!(compared, (9 + 4 + 7) * 5);
}

#[test]
fn buckets_of_work_items_have_the_numbers_of_their_flow_report() {
    let world = World::new();
    let repo = worked_example(&world);
    let metrics = ["flow-time", "flow-efficiency", "flow-velocity", "flow-load"];
    let wanted = [&["--by", "week", "--last", "3w"][..], &metrics].concat();
    let trend = trend(&world, &repo, &wanted);
    assert_eq!(trend["environment"], Value::Null);
    let mut compared = 0;
    for series in trend["series"].as_array().expect("series") {
        let key = series["metric"].as_str().expect("a key");
        for bucket in buckets(series) {
            let name = bucket["bucket"].as_str().expect("a name");
            if bucket["extent"] == "before-record" {
                assert!(bucket["value"].is_null(), "{bucket:#}");
                continue;
            }
            let arguments = ["flow", "--no-code", "--period", name, "--format", "json"];
            let report = world.dora(&repo, &arguments).json();
            let value = match key {
                "flow_time" => &report["flow_time"]["p50_hours"],
                "flow_efficiency" => &report["flow_efficiency"]["value"],
                "flow_velocity" => &report["flow_velocity"]["per_week"],
                _ => &report["flow_load"]["mean"],
            };
            assert_eq!(&bucket["value"], value, "{key} in {name}: {report:#}");
            compared += 1;
        }
    }
    assert_eq!(compared, 2 * 4, "W10 and W11");
    // By hand: 102, 104 and 106 are 103 h, cancelled and open; in W10 only FOC-102 was done.
    let flow_time = &trend["series"][0]["buckets"][1];
    assert_eq!(
        (&flow_time["bucket"], &flow_time["value"]),
        (&"2026-W10".into(), &103.0.into())
    );
    assert_eq!(trend["series"][2]["buckets"][1]["value"], 1.0);
}

/// Twenty weeks, one deployment a week: ten with a lead time of ten hours or so, ten of one or so.
pub(crate) fn two_levels(world: &World) -> Repo {
    world.now("2026-05-27 12:00");
    let mut shop = world.repository("shop");
    // Monday of W01; the record begins with it.
    let begin = instant("2025-12-29 00:00");
    let mut version = shop.at("2025-12-28 00:00").commit("feat: start");
    shop.at("2025-12-28 12:00")
        .deploy("production", &[("web", &version)]);
    for week in 0..20_i64 {
        let deployed = week * 7 * 24 + 36;
        let lead = match week {
            0..10 => 10 + week % 2,
            _ => 1 + week % 2,
        };
        version = shop.at(&later(begin, deployed - lead)).commit("feat: more");
        shop.at(&later(begin, deployed))
            .deploy("production", &[("web", &version)]);
    }
    shop
}

#[test]
fn a_level_shift_is_told_with_its_rule_and_its_week() {
    let world = World::new();
    let shop = two_levels(&world);
    let trend = trend(
        &world,
        &shop,
        &["lead-time", "--by", "week", "--last", "2026-W01..2026-W22"],
    );
    let behaviour = &trend["series"][0]["behaviour"];
    assert_eq!(behaviour["points"], 20);
    let signals = behaviour["signals"].as_array().expect("signals");
    assert_eq!(signals.len(), 1, "{behaviour:#}");
    let shift = &signals[0];
    assert_eq!(shift["rule"], "eight-on-one-side");
    assert_eq!(shift["from"], "2026-W11");
    assert_eq!(
        (&shift["side"], &shift["judgement"]),
        (&"below".into(), &"better".into())
    );
    // Ten hours and eleven in turns; one hour and two.
    assert_eq!(shift["mean"], 630.0);
    assert_eq!(shift["value"], 90.0);
    let levels = behaviour["levels"].as_array().expect("levels");
    assert_eq!(levels.len(), 2);
    let near = |value: &Value, expected: f64| {
        let found = value.as_f64().expect("a number");
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    };
    // Every moving range is an hour: 630 ± 2.66 × 60, and 90 ± as much, not below 0.
    near(&levels[0]["low"], 470.4);
    near(&levels[0]["high"], 789.6);
    near(&levels[1]["low"], 0.0);
    near(&levels[1]["high"], 249.6);
    // The week that is not over and the one without a deployment are no points.
    let last = &buckets(&trend["series"][0])[21];
    assert_eq!(
        (&last["bucket"], &last["extent"]),
        (&"2026-W22".into(), &"so-far".into())
    );
    let run = world.dora(
        &shop,
        &["trend", "lead-time", "--by", "week", "--last", "22w"],
    );
    assert!(
        run.stdout
            .contains("2026-W11: level shift from 10 h 30 min to 1 h 30 min, better"),
        "{run}"
    );
}

#[test]
fn buckets_before_the_record_have_no_data_and_empty_ones_inside_have_none_deployed() {
    let world = World::new();
    let shop = half_a_year(&world);
    let trend = trend(&world, &shop, &["--last", "2025-11..2026-06"]);
    let row = |metric: usize, bucket: usize| &trend["series"][metric]["buckets"][bucket];
    let extents: Vec<&str> = (0..8)
        .map(|bucket| row(0, bucket)["extent"].as_str().expect("an extent"))
        .collect();
    assert_eq!(
        extents,
        [
            "before-record",
            "before-record",
            "partial",
            "whole",
            "whole",
            "whole",
            "whole",
            "so-far"
        ]
    );
    assert!(row(0, 0)["value"].is_null());
    assert_eq!(row(0, 0)["reason"], "the record begins after the period");
}

#[test]
fn a_month_without_a_deployment_is_zero_a_day_and_has_no_lead_time() {
    let world = World::new();
    world.now("2026-05-20 12:00");
    let mut shop = world.repository("shop");
    let first = shop.at("2026-01-31 08:00").commit("feat: start");
    shop.at("2026-01-31 09:00")
        .deploy("production", &[("web", &first)]);
    let second = shop.at("2026-04-10 08:00").commit("feat: next");
    shop.at("2026-04-10 09:00")
        .deploy("production", &[("web", &second)]);
    let trend = trend(&world, &shop, &["--last", "2026-02..2026-05"]);
    let values = |metric: usize| -> Vec<Value> {
        let buckets = buckets(&trend["series"][metric]).iter();
        buckets.map(|bucket| bucket["value"].clone()).collect()
    };
    assert_eq!(
        values(0),
        [
            0.0.into(),
            0.0.into(),
            (1.0 / 30.0).into(),
            Value::from(0.0)
        ]
    );
    assert_eq!(
        values(1),
        [Value::Null, Value::Null, 60.0.into(), Value::Null]
    );
}

#[test]
fn files_are_written_and_strict_says_what_is_missing() {
    let world = World::new();
    let shop = half_a_year(&world);
    let arguments = [
        "trend", "--export", "t.csv", "--export", "t.json", "--export", "t.md", "--strict",
    ];
    let run = world.dora(&shop, &arguments);
    assert_eq!(run.status, 0, "{run}");
    let read = |name: &str| fs::read_to_string(shop.path().join(name)).expect("written");
    // Four metrics, twelve months, a header.
    assert_eq!(read("t.csv").lines().count(), 4 * 12 + 1);
    assert!(read("t.md").contains("## Lead Time for Changes"));
    let json: Value = serde_json::from_str(&read("t.json")).expect("JSON");
    assert_eq!(json, trend(&world, &shop, &[]));
    let empty = world.repository("empty");
    empty.empty_commit("feat: start");
    let run = world.dora(&empty, &["trend", "--strict"]);
    assert_eq!(run.status, 5, "{run}");
    assert!(run.stdout.contains("no data in any bucket"), "{run}");
}

#[test]
fn a_metric_has_the_names_here_that_it_has_for_why() {
    let world = World::new();
    let shop = half_a_year(&world);
    for (name, metric) in [
        ("cfr", "change-failure-rate"),
        ("failures", "change-failure-rate"),
        ("frequency", "deployment-frequency"),
        ("lead", "lead-time"),
        ("restore", "time-to-restore"),
        ("MTTR", "time-to-restore"),
        ("rework", "rework-rate"),
        ("deployments", "deployment-frequency"),
        ("lead-time-for-changes", "lead-time"),
        ("failure-rate", "change-failure-rate"),
        ("recovery-time", "time-to-restore"),
    ] {
        let of = |name: &str| trend(&world, &shop, &[name])["series"].clone();
        assert_eq!(of(name), of(metric), "{name}");
        let why = world.dora(&shop, &["why", name, "--format", "json"]).json();
        assert_eq!(why["subject"], metric);
    }
    let velocity = world.dora(&shop, &["trend", "velocity", "efficiency", "load"]);
    assert_eq!(velocity.status, 0, "{velocity}");
}

#[test]
fn mistakes_are_answered_with_what_to_write_instead() {
    let world = World::new();
    let shop = half_a_year(&world);
    for (arguments, status, words) in [
        (&["trend", "speed"][..], 2, "flow-velocity"),
        (&["trend", "--last", "soon"], 2, "periods look like"),
        (
            &["trend", "--last", "90y", "--by", "week"],
            2,
            "at most 1200",
        ),
        (
            &["trend", "flow-time", "--component", "web"],
            2,
            "of no component",
        ),
        (&["trend", "--component", "core"], 2, "no component `core`"),
        (&["trend", "--environment", "moon"], 2, "known: production"),
        (&["trend", "--last", "2027"], 2, "nothing has happened"),
        (&["trend", "--export", "t.xyz"], 2, "known extensions"),
    ] {
        let run = world.dora(&shop, arguments);
        assert_eq!(run.status, status, "{arguments:?}\n{run}");
        assert!(run.stderr.contains(words), "{arguments:?}\n{run}");
        assert!(run.stdout.is_empty(), "{run}");
    }
}
