//! Random damage to every fixture: no kind panics, none asks for ever, and whatever is read can be
//! kept and read back as the same value.

use std::cell::Cell;
use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::scripted::{at, directory, fixture, shop};
use super::{Answer, Ask, GithubError, commits, deployments, issues, pulls, runs};
use crate::model::Window;
use crate::model::github::{GithubDeployment, IncidentIssue};

/// Gives the same body to whatever is asked, and always a next page.
struct Parrot {
    body: Vec<u8>,
    /// Whether each next page has another address.
    is_endless: bool,
    asked: Cell<usize>,
}

impl Parrot {
    fn body(&self) -> Vec<u8> {
        self.asked.set(self.asked.get() + 1);
        self.body.clone()
    }
}

impl Ask for Parrot {
    fn get(&self, _at: &str, _etag: Option<&str>) -> Result<Answer, GithubError> {
        let body = self.body();
        let page = if self.is_endless { self.asked.get() } else { 0 };
        Ok(Answer {
            body,
            next: Some(format!("page-{page}")),
            ..Answer::default()
        })
    }

    fn graphql(&self, _query: &str, _variables: &Value) -> Result<Vec<u8>, GithubError> {
        Ok(self.body())
    }
}

fn survives<T: Serialize + DeserializeOwned + PartialEq>(values: &[T]) -> bool {
    let text = serde_json::to_string(values).expect("plain values");
    serde_json::from_str::<Vec<T>>(&text).is_ok_and(|read| read == values)
}

/// Asks every question there is; whatever comes back can be kept.
fn ask_everything(github: &Parrot) -> bool {
    let repo = &shop();
    let span = Window::new(at("2026-01-22T00:00:00Z"), at("2026-01-23T00:00:00Z"));
    let mut deployment = GithubDeployment {
        id: 1,
        environment: String::new(),
        head: None,
        created: span.start,
        is_transient: false,
        succeeded: None,
        failed: None,
        is_settled: false,
    };
    let mut issue = IncidentIssue {
        number: 1,
        title: String::new(),
        labels: Vec::new(),
        opened: span.start,
        updated: span.start,
        closed: None,
        closed_as: None,
        label_times: Vec::new(),
        causes: Vec::new(),
    };
    let _ = deployments::statuses(github, repo, &mut deployment);
    let _ = issues::label_times(github, repo, &mut issue);
    let _ = commits::default_branch(github, repo);
    [
        runs::workflows(github, repo).map_or(true, |(them, _)| survives(&them)),
        runs::page(github, repo, 1, span, None).map_or(true, |page| survives(&page.items)),
        runs::run(github, repo, 1).map_or(true, |run| survives(&[run])),
        runs::jobs(github, repo, 1, 1).map_or(true, |(jobs, _)| survives(&jobs)),
        deployments::page(github, repo, None).map_or(true, |page| survives(&page.items)),
        pulls::page(github, repo, &[], None).map_or(true, |page| survives(&page.items)),
        issues::labels(github, repo).map_or(true, |(labels, _)| survives(&labels)),
        issues::page(github, repo, None, None, None).map_or(true, |page| survives(&page.items)),
        commits::commit(github, repo, "main").map_or(true, |commit| survives(&[commit])),
        commits::compare(github, repo, "a", "b")
            .ok()
            .flatten()
            .is_none_or(|comparison| survives(&comparison.commits)),
        survives(&[deployment]),
        survives(&[issue]),
    ]
    .iter()
    .all(|&is_kept| is_kept)
}

#[derive(Debug, Clone)]
enum Damage {
    Flip(Index, u8),
    Truncate(Index),
    Insert(Index, Vec<u8>),
    Nest(Index, usize),
    Repeat(Index, Index),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |index: &Index| index.index(bytes.len() + 1);
        match self {
            Self::Flip(at, mask) => {
                let at = place(at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= mask;
                }
            }
            Self::Truncate(at) => bytes.truncate(place(at)),
            Self::Insert(at, text) => {
                let at = place(at);
                bytes.splice(at..at, text.iter().copied());
            }
            Self::Nest(at, levels) => {
                let at = place(at);
                let nest = [vec![b'['; *levels], vec![b']'; *levels]].concat();
                bytes.splice(at..at, nest);
            }
            Self::Repeat(from, to) => {
                let (from, to) = (place(from), place(to));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from..from, part);
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let words = vec![
        "\"",
        ":",
        "{",
        "}",
        ",",
        "null",
        "-1",
        "1e400",
        "\\ud800",
        "é",
        "\u{202e}",
        "#1",
        "\"0001-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:60-12:00\"",
        "18446744073709551616",
    ];
    prop_oneof![
        4 => (any::<Index>(), 1..=u8::MAX).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        1 => any::<Index>().prop_map(Damage::Truncate),
        2 => (any::<Index>(), vec(any::<u8>(), 1..9)).prop_map(|(at, text)| Damage::Insert(at, text)),
        3 => (any::<Index>(), prop::sample::select(words))
            .prop_map(|(at, text)| Damage::Insert(at, text.as_bytes().to_vec())),
        1 => (any::<Index>(), 1_usize..5_000).prop_map(|(at, levels)| Damage::Nest(at, levels)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

#[test]
fn a_thousand_corruptions_of_each_fixture_never_panic() {
    let config = Config {
        cases: 1_000,
        failure_persistence: None,
        ..Config::default()
    };
    let files = fs::read_dir(directory()).expect("the fixtures");
    for file in files {
        let name = file.expect("a file").file_name();
        let name = name.to_string_lossy();
        let original = fixture(&name);
        TestRunner::new(config.clone())
            .run(
                &(vec(damage(), 0..6), any::<bool>()),
                |(damages, is_endless)| {
                    let mut body = original.clone();
                    for damage in &damages {
                        damage.apply(&mut body);
                    }
                    let github = Parrot {
                        body,
                        is_endless,
                        asked: Cell::new(0),
                    };
                    prop_assert!(ask_everything(&github));
                    // Comparisons may have 1,000 pages; everything else together fewer than 1,000.
                    prop_assert!(github.asked.get() < 2_000);
                    Ok(())
                },
            )
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
