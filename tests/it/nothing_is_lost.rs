//! Accidents: bytes that flip, files that end too early. `dora` never panics, and what people wrote
//! and recorded (config.json, records.jsonl) is the same afterwards. The generator is seeded: a
//! failure names its number and comes again. Processes that are killed or meet are in `interrupted`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::mem::discriminant;
use std::path::{Path, PathBuf};

use dora::render::{self, Format, Options, Rows, Style, View};
use dora::store::{Store, recorded};
use serde_json::{Value, json};

use crate::support::run::Run;
use crate::support::shell::{Stream, files_below};
use crate::support::world::{Repo, World, instant};

/// SplitMix64: small, seeded, the same everywhere.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// One to three accidents: a flipped byte, a cut, something inserted, deleted or doubled.
    pub(crate) fn damage(&mut self, content: &[u8]) -> Vec<u8> {
        let mut damaged = content.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(damaged.len() + 1);
            let length = self.below(40).min(damaged.len() - at);
            match self.below(7) {
                0 | 1 if at < damaged.len() => damaged[at] ^= 1 << self.below(8),
                2 => damaged.truncate(at),
                3 => {
                    let some: Vec<u8> = (0..=self.below(20)).map(|_| self.next() as u8).collect();
                    damaged.splice(at..at, some);
                }
                4 => drop(damaged.drain(at..at + length)),
                5 => {
                    let twice = damaged[at..at + length].to_vec();
                    damaged.splice(at..at, twice);
                }
                _ => {
                    let token = TOKENS[self.below(TOKENS.len())];
                    damaged.splice(at..at, token.bytes());
                }
            }
        }
        damaged
    }
}

/// What turns up in damaged JSON and means something.
const TOKENS: [&str; 16] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\\u0000",
    "\\ud800",
    "null",
    "1e999",
    "-1",
    "\n",
    "\u{feff}",
    "\"schema_version\":1",
    "\0",
];

pub(crate) fn assert_no_panic(run: &Run, what: &str) {
    assert!(matches!(run.status, 0 | 1 | 3), "{what}: {run}");
    assert!(!run.stderr.contains("panicked"), "{what}: {run}");
}

/// 10 repositories of 50 damaged snapshots each.
#[test]
fn five_hundred_damaged_snapshots_stop_no_report() {
    let world = World::new();
    let whole = [
        json!({
            "api": { "version": "one" },
            "lambda": { "resize": { "version": "sha-0123456789abcdef" } },
            "web_image_uri_with_tag": "registry.example.test:5000/acme/web:v1.2.3",
            "deployed_at": "2026-03-02T10:30:00Z", "environment": "production",
        }),
        json!({ "api": "one", "web": "v1.2.3", "tested_at": "2026-03-02T10:45:00Z" }),
    ];
    let files: [(&[u8], String); 2] = [
        (
            b"state/production-deployed-versions.json",
            format!("{:#}", whole[0]),
        ),
        (
            b"state/production-last-successfully-tested-versions.json",
            format!("{:#}", whole[1]),
        ),
    ];
    for seed in 0..10 {
        let mut chance = Chance(seed);
        let mut stream = Stream::starting(instant("2026-03-02 09:00").timestamp());
        let mark = stream.file(b"feat: start", b"src/a", b"1");
        stream.tag("one", mark);
        for number in 0..50 {
            let (path, content) = &files[usize::from(number % 5 == 0)];
            let damaged = chance.damage(content.as_bytes());
            stream.file(b"deploy", path, &damaged);
        }
        let (path, content) = &files[0];
        stream.file(b"deploy", path, content.replace("one", "two").as_bytes());
        let place = world.imported(&format!("shop-{seed}"), stream.bytes());
        for arguments in [
            &["report", "--verbose"][..],
            &["report", "--format", "json", "--environment", "all"],
            &["init", "--dry-run"],
        ] {
            let run = world.dora_in(&place, arguments, &[]);
            assert_eq!(run.status, 0, "seed {seed}: {run}");
        }
        let report = world
            .dora_in(&place, &["report", "--format", "json"], &[])
            .json();
        let rows = report["deployments"].as_array().expect("deployments");
        let last = rows.last().expect("the whole snapshot at the end");
        let components = last["components"].as_array().expect("components");
        let api = components.iter().find(|one| one["name"] == "api");
        assert_eq!(
            api.expect("a component")["to"],
            "two",
            "seed {seed}: {last:#}"
        );
    }
}

/// A repository with a `.dora/` in which every file says something.
pub(crate) fn shop(world: &World, name: &str) -> Repo {
    let mut shop = world.repository(name);
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 10:00")
        .deploy("production", &[("api", &first)]);
    let second = shop.at("2026-03-03 09:00").commit("feat: more");
    shop.at("2026-03-03 10:00")
        .deploy("production", &[("api", &second)]);
    assert_eq!(world.dora(&shop, &["init"]).status, 0);
    let records: String = records(&second)
        .iter()
        .map(|one| format!("{one}\n"))
        .collect();
    fs::write(shop.path().join(".dora/records.jsonl"), records).expect("records");
    assert_eq!(world.dora(&shop, &["report"]).status, 0);
    shop
}

fn records(commit: &str) -> [Value; 4] {
    let incident = "incident-20260303T101000Z-r1234567";
    [
        json!({ "schema_version": 1, "id": "live-20260303T100000Z-r1234567",
                "at": "2026-03-03T10:01:00Z", "type": "deployment", "environment": "live",
                "time": "2026-03-03T10:00:00Z", "components": { "api": commit } }),
        json!({ "schema_version": 1, "id": incident, "at": "2026-03-03T10:11:00Z",
                "type": "incident-opened", "title": "down", "severity": "high",
                "opened_at": "2026-03-03T10:10:00Z" }),
        json!({ "schema_version": 1, "id": "resolved-20260303T103000Z-r1234567",
                "at": "2026-03-03T10:31:00Z", "type": "incident-resolved", "incident": incident,
                "resolved_at": "2026-03-03T10:30:00Z" }),
        json!({ "schema_version": 1, "id": "mark-20260303T104000Z-r1234567",
                "at": "2026-03-03T10:40:00Z", "type": "mark", "verdict": "ok",
                "deployment": "live-20260303T100000Z-r1234567" }),
    ]
}

const FILES: [&str; 5] = [
    "config.json",
    "records.jsonl",
    "incidents.json",
    "deployments.json",
    "metrics.json",
];

/// Puts the whole files back and damages one or two of them; gives what the directory holds then.
fn strike(
    chance: &mut Chance,
    store: &Path,
    whole: &BTreeMap<PathBuf, Vec<u8>>,
) -> BTreeMap<PathBuf, Vec<u8>> {
    for (name, content) in files_below(store) {
        if !whole.contains_key(&name) {
            fs::remove_file(store.join(&name)).expect("a file that came since");
        } else if whole.get(&name) != Some(&content) {
            fs::write(store.join(&name), &whole[&name]).expect("the whole file");
        }
    }
    for _ in 0..=chance.below(2) {
        let name = FILES[chance.below(FILES.len())];
        let damaged = chance.damage(&whole[Path::new(name)]);
        fs::write(store.join(name), damaged).expect("a damaged file");
    }
    files_below(store)
}

pub(crate) fn assert_source_of_truth(
    store: &Path,
    before: &BTreeMap<PathBuf, Vec<u8>>,
    what: &str,
) {
    for name in ["config.json", "records.jsonl"] {
        let after = fs::read(store.join(name)).ok();
        assert_eq!(
            after.as_ref(),
            before.get(Path::new(name)),
            "{what}: {name}"
        );
    }
}

#[test]
fn damaged_files_never_make_a_command_panic_or_change_what_people_wrote() {
    let world = World::new();
    let shop = shop(&world, "shop");
    let store = shop.path().join(".dora");
    let whole = files_below(&store);
    let mut endings = BTreeSet::new();
    for number in 0..160 {
        let before = strike(&mut Chance(1000 + number), &store, &whole);
        let commands: [&[&str]; 4] = [
            &["report", "--verbose", "--environment", "all"],
            &["report", "--format", "json"],
            &["report", "--fast"],
            &["init"],
        ];
        let what = format!("accident {number}");
        let run = world.dora(&shop, commands[number as usize % 4]);
        assert_no_panic(&run, &what);
        endings.insert(run.status);
        assert_source_of_truth(&store, &before, &what);
    }
    assert_eq!(
        endings,
        BTreeSet::from([0, 1, 3]),
        "all kinds of endings were met"
    );
}

/// The same within this process, where it is fast: the reading and the writing of every file.
#[test]
fn three_hundred_and_forty_more_accidents_through_the_library() {
    let world = World::new();
    let shop = shop(&world, "shop");
    let directory = shop.path().join(".dora");
    let whole = files_below(&directory);
    let with_state_file = BTreeSet::from(["production".to_owned()]);
    for number in 0..340 {
        let before = strike(&mut Chance(2000 + number), &directory, &whole);
        let store = Store::open(shop.path())
            .expect("a directory")
            .expect("a store");
        drop(store.config());
        drop(store.metrics());
        drop(store.records().map(|log| recorded::fold(&log.records)));
        drop(store.recorded(&with_state_file, "shop"));
        let writer = store.writer("test").expect("the lock");
        drop(writer.write_deployments(&[1]));
        drop(writer.write_incidents(&[], &[]));
        drop(writer.write_initial_config("{}"));
        drop(writer.reset());
        drop(writer);
        assert_source_of_truth(&directory, &before, &format!("accident {number}"));
    }
}

/// An export is a file like any other: `--from` reads what somebody else may have changed.
#[test]
fn an_export_with_odd_values_is_rendered_or_refused_and_never_a_panic() {
    let world = World::new();
    let shop = shop(&world, "shop");
    let arguments = ["report", "--format", "json", "--environment", "all"];
    let whole = world.dora(&shop, &arguments).json();
    let odd = [
        json!(null),
        json!(0),
        json!(-1),
        json!(1e308),
        json!(-1e308),
        json!(5e-324),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(true),
        json!([]),
        json!({}),
        json!(""),
        json!("0001-01-01T00:00:00Z"),
        json!("9999-12-31T23:59:59Z"),
        json!("-262143-01-01T00:00:00Z"),
        json!("+262142-12-31T23:59:59Z"),
        json!("9999-12-31"),
        json!("-262143-01-01"),
        json!("漢".repeat(5000)),
        json!("\u{1b}[2J\u{202e}|\n"),
        json!([1e300, -1e300]),
        json!("elite"),
    ];
    let styles = [40, 80, 100].map(|width| Style {
        width,
        ..Style::default()
    });
    let mut rendered = 0;
    for number in 0..1500 {
        let mut chance = Chance(3000 + number);
        let mut export = whole.clone();
        for _ in 0..=chance.below(3) {
            let place = somewhere(&mut export, &mut chance);
            let is_alike = |value: &&Value| discriminant(*value) == discriminant(&*place);
            let alike: Vec<&Value> = odd.iter().filter(is_alike).collect();
            let choice = &alike[chance.below(alike.len())..];
            *place = choice.first().map_or(Value::Null, |&value| value.clone());
        }
        let Ok(document) = render::parse(export.to_string().as_bytes()) else {
            continue;
        };
        rendered += 1;
        let style = &styles[chance.below(styles.len())];
        let view = [View::Screen, View::Compact, View::Verbose][chance.below(3)];
        let options = Options {
            view,
            compare: chance.below(4) == 0,
            rows: Rows::Deployments,
        };
        for format in [Format::Text, Format::Json, Format::Csv, Format::Markdown] {
            let mut bytes = Vec::new();
            render::render(&document, format, &options, style, &mut bytes).expect("bytes");
            let text = String::from_utf8(bytes).expect("UTF-8");
            assert!(
                !text.contains('\u{1b}') && !text.contains('\u{202e}'),
                "{number}: {text}"
            );
        }
    }
    assert!(rendered > 300, "{rendered}");
}

/// A value anywhere in the document, leaves more often than branches.
fn somewhere<'v>(value: &'v mut Value, chance: &mut Chance) -> &'v mut Value {
    let count = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    if count == 0 || chance.below(12) == 0 {
        return value;
    }
    let next = chance.below(count);
    let inside = match value {
        Value::Array(items) => items.get_mut(next),
        Value::Object(members) => members.values_mut().nth(next),
        _ => None,
    };
    somewhere(inside.expect("an index inside"), chance)
}
