//! Laws of the answers, for random histories: the figure follows from the rows that counted by a calculation of
//! its own, it is the figure of the report, and no entry of the period is told twice or not at all.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::Value;

use super::{DoraSubject, Question, Why, answer};
use crate::ledger::Ledger;
use crate::ledger::story::{Story, at};
use crate::metrics::Profile;
use crate::model::{Period, Verdict, Window};
use crate::report::Report;
use crate::report::compose::{Inputs, compose};

/// A history: commits in a line with their messages, deployments of them, attempts, incidents, marks.
#[derive(Debug, Clone)]
struct History {
    commits: Vec<(u32, u8)>,
    /// Minutes until the next one, and what is deployed: a commit, or nothing that resolves.
    deployments: Vec<(u32, Option<usize>)>,
    attempts: Vec<u32>,
    /// Opening and length in minutes; whether it names a deployment; whether it ended.
    incidents: Vec<(u32, u32, Option<usize>, bool)>,
    marks: Vec<(usize, bool)>,
    period: (u32, u32),
}

const DAYS: u32 = 20;

fn histories() -> impl Strategy<Value = History> {
    let minutes = 0..DAYS * 1440;
    (
        proptest::collection::vec((minutes.clone(), 0_u8..5), 2..14),
        proptest::collection::vec(
            (1_u32..1500, proptest::option::weighted(0.9, 0_usize..14)),
            0..12,
        ),
        proptest::collection::vec(minutes.clone(), 0..3),
        proptest::collection::vec(
            (
                minutes.clone(),
                1_u32..2000,
                proptest::option::of(0_usize..12),
                any::<bool>(),
            ),
            0..3,
        ),
        proptest::collection::vec((0_usize..12, any::<bool>()), 0..3),
        (minutes.clone(), minutes),
    )
        .prop_map(
            |(commits, deployments, attempts, incidents, marks, (one, other))| History {
                commits,
                deployments,
                attempts,
                incidents,
                marks,
                period: (one.min(other), one.max(other) + 1),
            },
        )
}

/// The minute of this number since the first of May.
fn minute(number: u32) -> String {
    format!(
        "2026-05-{:02} {:02}:{:02}",
        1 + number / 1440,
        number / 60 % 24,
        number % 60
    )
}

impl History {
    fn story(&self) -> Story {
        let mut story = Story::until("2026-06-20 09:00").repository(&["api"]);
        for (index, (when, message)) in self.commits.iter().enumerate() {
            let parents: Vec<String> = index
                .checked_sub(1)
                .map(|it| format!("c{it}"))
                .into_iter()
                .collect();
            let parents: Vec<&str> = parents.iter().map(String::as_str).collect();
            let message = match message {
                0 => "fix: it".to_owned(),
                1 if index > 0 => format!("Revert \"it\"\n\nThis reverts commit c{}.", index - 1),
                _ => "feat: it".to_owned(),
            };
            story = story.commit(&format!("c{index}"), &parents, &minute(*when), &message);
        }
        let mut now = 0;
        for (wait, what) in &self.deployments {
            now += wait;
            let version = match what {
                Some(commit) => format!("c{}", commit % self.commits.len()),
                None => "latest".to_owned(),
            };
            story = story.deploy(&minute(now), &[("api", &version)]);
        }
        for when in &self.attempts {
            story = story.record(&minute(*when), &[("api", "c0")], false);
        }
        let known = story.account().deployments.len();
        for (number, (opened, length, deployment, has_ended)) in self.incidents.iter().enumerate() {
            let resolved = has_ended.then(|| minute(opened + length));
            let deployment = deployment.filter(|index| *index < known);
            let id = format!("incident-{number}");
            story = story.incident(&id, &minute(*opened), resolved.as_deref(), deployment);
        }
        for (deployment, failed) in self.marks.iter().filter(|(index, _)| *index < known) {
            let verdict = if *failed {
                Verdict::Failed
            } else {
                Verdict::Ok
            };
            story = story.mark(*deployment, verdict);
        }
        story
    }

    fn window(&self) -> Window {
        Window::new(at(&minute(self.period.0)), at(&minute(self.period.1)))
    }
}

/// Every answer and the report of the same period.
fn answers(history: &History) -> (BTreeMap<&'static str, Value>, Report) {
    let story = history.story();
    let ledger = Ledger::from_facts(&story.facts);
    let window = history.window();
    let period = Period {
        window,
        previous: window,
        label: String::new(),
        previous_label: String::new(),
        complete: true,
    };
    let inputs = Inputs {
        facts: &story.facts,
        ledger: &ledger,
        environment: Some(0),
        component: None,
        period: &period,
        profile: &Profile::from_settings(&story.facts.settings).unwrap(),
        asked: &crate::report::Scope::ANY,
        subject: &|_, _| None,
    };
    let all = DoraSubject::ALL.into_iter().map(|subject| {
        let why: Why = answer(&Question {
            inputs: &inputs,
            subject,
            deployment: None,
            subjects_at_most: 0,
        })
        .unwrap();
        (subject.name(), serde_json::to_value(why).unwrap())
    });
    (all.collect(), compose(&inputs))
}

fn rows<'a>(answer: &'a Value, key: &str) -> &'a [Value] {
    let mut sections = answer["sections"].as_array().unwrap().iter();
    let found = sections.find(|section| section["key"] == key).unwrap();
    found["rows"].as_array().unwrap()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// Seconds between two columns, from the instants themselves; what ended before it began took no time.
fn spans(rows: &[Value], from: &str, to: &str) -> Vec<i64> {
    let span = |row: &Value| {
        (instant(&row[to]) - instant(&row[from]))
            .num_seconds()
            .max(0)
    };
    let mut spans: Vec<i64> = rows.iter().map(span).collect();
    spans.sort_unstable();
    spans
}

/// The middle of whole seconds, in minutes.
fn median_minutes(seconds: &[i64]) -> Option<f64> {
    let n = seconds.len();
    (n > 0).then(|| (seconds[(n - 1) / 2] + seconds[n / 2]) as f64 / 120.0)
}

fn close(value: &Value, expected: Option<f64>) -> bool {
    match (value.as_f64(), expected) {
        (Some(value), Some(expected)) => (value - expected).abs() < 1e-9,
        (value, expected) => value == expected,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn the_rows_that_counted_make_the_figure_and_the_figure_is_the_reports(history in histories()) {
        let (answers, report) = answers(&history);
        let metrics = serde_json::to_value(&report.metrics).unwrap();

        let lead_time = &answers["lead-time"];
        let changes = spans(rows(lead_time, "changes"), "committed", "deployed");
        prop_assert!(close(&lead_time["figure"]["value"], median_minutes(&changes)));
        prop_assert_eq!(&lead_time["figure"]["value"], &metrics["lead_time"]["value"]);
        prop_assert_eq!(&lead_time["figure"]["interval95"], &metrics["lead_time"]["interval95"]);

        let rate = &answers["change-failure-rate"];
        let (failed, fine) = (rows(rate, "failed").len(), rows(rate, "not_failed").len());
        let quotient = (failed + fine > 0).then(|| failed as f64 / (failed + fine) as f64);
        prop_assert!(close(&rate["figure"]["value"], quotient));
        prop_assert_eq!(&rate["figure"]["value"], &metrics["change_failure_rate"]["value"]);

        let frequency = &answers["deployment-frequency"];
        let count = rows(frequency, "deployments").len();
        let days = report.metrics.deployment_frequency.days;
        if frequency["figure"]["value"].is_number() {
            prop_assert!(close(&frequency["figure"]["value"], Some(count as f64 / days)));
        }
        prop_assert_eq!(&frequency["figure"]["value"], &metrics["deployment_frequency"]["value"]);

        let restore = &answers["time-to-restore"];
        let outages = spans(rows(restore, "outages"), "start", "end");
        prop_assert!(close(&restore["figure"]["value"], median_minutes(&outages)));
        prop_assert_eq!(&restore["figure"]["value"], &metrics["mttr"]["value"]);
        let open = rows(restore, "outages_left_out").len();
        prop_assert_eq!(open, report.metrics.mttr.open);

        let rework = &answers["rework-rate"];
        let (repairs, others) = (rows(rework, "rework").len(), rows(rework, "no_rework").len());
        let quotient = (repairs + others > 0).then(|| repairs as f64 / (repairs + others) as f64);
        prop_assert!(close(&rework["figure"]["value"], quotient));
        prop_assert_eq!(&rework["figure"]["value"], &metrics["rework_rate"]["value"]);
        for row in rows(rework, "rework") {
            prop_assert!(row["repaired"].is_array(), "what it repaired is told: {}", row);
        }

        let waiting = &answers["waiting"];
        if let Some(count) = report.metrics.lead_time.waiting.count {
            prop_assert_eq!(rows(waiting, "changes").len(), count);
        }
        for row in rows(&answers["band"], "bands") {
            let metric = &metrics[row["metric"].as_str().unwrap()];
            prop_assert_eq!(&row["band"], &metric["band"]);
            prop_assert_eq!(&row["certainty"], &metric["certainty"]);
        }
    }

    #[test]
    fn every_entry_of_the_period_is_in_one_section(history in histories()) {
        let (answers, report) = answers(&history);
        let mut all: Vec<String> = report.deployments.iter().map(|row| row.id.clone()).collect();
        all.sort();
        for (subject, keys) in [
            ("deployment-frequency", &["deployments", "deployments_left_out"][..]),
            ("change-failure-rate", &["failed", "not_failed", "entries_left_out"]),
            ("rework-rate", &["rework", "no_rework", "entries_left_out"]),
        ] {
            let of = |key: &&str| rows(&answers[subject], key).to_vec();
            let told = keys.iter().flat_map(of);
            let mut told: Vec<String> =
                told.map(|row| row["deployment"].as_str().unwrap().to_owned()).collect();
            told.sort();
            prop_assert_eq!(&told, &all, "{}", subject);
        }
        // Of the lead time: those that brought a change, and the others.
        let lead_time = &answers["lead-time"];
        let mut told: Vec<String> = ["changes", "changes_left_out", "deployments_left_out"]
            .iter()
            .flat_map(|key| rows(lead_time, key))
            .map(|row| row["deployment"].as_str().unwrap().to_owned())
            .collect();
        told.sort();
        told.dedup();
        prop_assert_eq!(&told, &all);
    }
}
