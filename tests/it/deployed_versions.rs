//! Every file of `fixtures/deployed-versions` says what its name promises, and no corruption of one
//! makes the reader panic.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use dora::sources::deployed_versions::{DeployedVersions, parse, parse_test_evidence};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

const A: &str = "2414721b194453f058079d897d13c4e377f92dc6";
const B: &str = "9fceb02d0ae598e95dc970b74767f19372d61af8";
const C: &str = "c0ffee254729296a45a3885639ac7e10f9d54979";

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/deployed-versions")
}

fn bytes_of(name: &str) -> Vec<u8> {
    fs::read(directory().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn read(name: &str) -> DeployedVersions {
    parse(&bytes_of(name), &|tag| tag == "spring-release")
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn fault(name: &str) -> String {
    parse(&bytes_of(name), &|_| false)
        .expect_err("a fault")
        .to_string()
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn deployed_at(versions: &DeployedVersions) -> Option<Result<String, String>> {
    let stamp = versions.deployed_at.clone()?;
    Some(stamp.map(|instant| instant.to_rfc3339()))
}

#[test]
fn the_documented_snapshot_is_read() {
    let versions = read("documented.json");
    assert_eq!(
        versions.components,
        pairs([
            ("backend", B),
            ("frontend", A),
            ("lambda/image-processor", C)
        ])
    );
    assert_eq!(versions.images, pairs([]));
    assert_eq!(versions.environment.as_deref(), Some("uat"));
    assert_eq!(
        deployed_at(&versions),
        Some(Ok("2026-01-15T10:30:00+00:00".to_owned()))
    );
    assert_eq!(versions.oddities, [""; 0]);
}

#[test]
fn image_uris_give_their_tags_and_names() {
    let versions = read("image-uris.json");
    assert_eq!(
        versions.components,
        pairs([("backend", "latest"), ("frontend", A)])
    );
    assert_eq!(
        versions.images,
        pairs([
            ("backend", "acme/shop-backend"),
            ("frontend", "acme/shop-frontend")
        ])
    );
    assert_eq!(deployed_at(&versions), None);
    assert_eq!(versions.environment, None);
}

#[test]
fn suffix_keys_give_what_remains_of_them() {
    let versions = read("suffix-keys.json");
    assert_eq!(
        versions.components,
        pairs([
            ("a", "1.2.3"),
            ("b", "v2"),
            ("c", "main-17"),
            ("d", "2026.3"),
            ("e", "spring-release"),
            ("f", "1234567"),
            ("g", B),
            ("h", "24147ab"),
        ])
    );
    assert_eq!(
        versions.images,
        pairs([
            ("a", "acme/shop-a"),
            ("b", "acme/shop-b"),
            ("h", "acme/shop-h")
        ])
    );
    assert_eq!(
        deployed_at(&versions),
        Some(Ok("2026-03-02T08:31:00+00:00".to_owned()))
    );
    assert_eq!(versions.oddities, [""; 0]);
}

#[test]
fn the_first_version_field_with_a_text_counts() {
    let versions = read("version-fields.json");
    assert_eq!(
        versions.components,
        pairs([
            ("first", "1.0.0"),
            ("second", A),
            ("third", B),
            ("fourth", "9fceb02"),
            ("fifth", "sha-2414721"),
            ("sixth", "v6.0"),
        ])
    );
    assert_eq!(versions.images, pairs([("fifth", "acme/shop-fifth")]));
    assert_eq!(deployed_at(&versions), Some(Err("1768473000".to_owned())));
    assert_eq!(
        versions.oddities,
        ["`seventh.version` is a plain number, not a version"]
    );
}

#[test]
fn plain_values_count_when_they_can_only_be_versions() {
    let versions = read("plain-values.json");
    let long = format!("{A}{}", &A[..24]);
    assert_eq!(
        versions.components,
        pairs([
            ("full", A),
            ("upper", &B.to_uppercase()),
            ("long", &long),
            ("short", "9fceb02"),
            ("image-in-registry", "1.2.3"),
            ("semantic", "1.2.3-rc.1"),
            ("tagged", "spring-release"),
            ("moving", "latest"),
        ])
    );
    assert_eq!(versions.images, pairs([("image-in-registry", "shop-web")]));
    assert_eq!(
        deployed_at(&versions),
        Some(Err("2026-03-02T09:30:00".to_owned()))
    );
}

#[test]
fn an_image_without_a_tag_is_a_version_all_the_same() {
    let versions = read("images-without-tag.json");
    let digest = format!("sha256:{}", "0f".repeat(32));
    assert_eq!(
        versions.components,
        pairs([
            ("digest", &digest),
            ("moving", &digest),
            ("pinned", "1.2"),
            ("untagged", "registry.example.test:5000/acme/shop-untagged"),
        ])
    );
    assert_eq!(versions.images["untagged"], "acme/shop-untagged");
}

#[test]
fn groups_are_part_of_the_name() {
    assert_eq!(
        read("nested.json").components,
        pairs([
            ("jobs/cleanup", C),
            ("jobs/nightly", "1.2.3"),
            ("services/eu/api", B),
            ("services/eu/web", A),
            ("services/us/web", A),
        ])
    );
}

#[test]
fn a_file_that_is_one_component_is_read() {
    let versions = read("one-component.json");
    assert_eq!(versions.components, pairs([("app", A)]));
    assert_eq!(versions.environment.as_deref(), Some("production"));
}

#[test]
fn two_keys_for_one_component_are_told() {
    let versions = read("two-keys-one-component.json");
    assert_eq!(versions.components, pairs([("web", "1.2.3")]));
    assert_eq!(
        versions.oddities,
        ["`web_image` and `web_tag` both give a version of `web`; the first counts"]
    );
}

#[test]
fn a_byte_order_mark_and_crlf_do_no_harm() {
    let versions = read("byte-order-mark-and-crlf.json");
    assert_eq!(versions.components, pairs([("web", "1.2.3")]));
    assert_eq!(
        deployed_at(&versions),
        Some(Ok("2026-03-02T09:30:00+00:00".to_owned()))
    );
}

#[test]
fn test_evidence_is_read() {
    let tested =
        parse_test_evidence(&bytes_of("test-evidence.json"), &|_| false).expect("readable");
    assert_eq!(tested.components, pairs([("backend", B), ("frontend", A)]));
    let at = tested.tested_at.expect("a stamp").expect("an instant");
    assert_eq!(at.to_rfc3339(), "2026-01-15T10:45:00+00:00");
}

#[test]
fn broken_files_say_what_is_wrong_and_where() {
    for (name, words) in [
        ("broken-conflict.json", "line 2: merge conflict markers"),
        (
            "broken-duplicate-key.json",
            "line 3, column 7: the key `web` appears twice",
        ),
        ("broken-empty.json", "the file is empty"),
        ("broken-latin-1.json", "line 1, column 27: not UTF-8"),
        ("broken-list.json", "an object is expected, not a list"),
        ("broken-null.json", "an object is expected, not null"),
        ("broken-text.json", "an object is expected, not a text"),
        (
            "broken-trailing-comma.json",
            "line 1, column 34: trailing comma",
        ),
        (
            "broken-truncated.json",
            "line 2, column 26: the text ends too early",
        ),
        ("broken-utf-16.json", "the file is UTF-16, not UTF-8"),
        ("no-component.json", "it names no component"),
        ("no-version.json", "it names no component"),
    ] {
        assert_eq!(fault(name), words, "{name}");
    }
    assert!(fault("broken-deep.json").ends_with("nested deeper than 64 levels"));
}

#[test]
fn every_fixture_is_listed_in_its_readme_and_read_by_a_test() {
    let readme = include_str!("../../fixtures/README.md");
    let tests = include_str!("deployed_versions.rs");
    for name in fixture_names() {
        assert!(
            readme.contains(&format!("`{name}`")),
            "{name} in fixtures/README.md"
        );
        assert!(tests.contains(&format!("\"{name}\"")), "{name} in a test");
    }
}

fn fixture_names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory())
        .expect("the directory of fixtures")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .collect();
    names.sort();
    names
}

/// One thing that can happen to a file.
#[derive(Debug, Clone)]
enum Corruption {
    Flip(Index, u8),
    Truncate(Index),
    Insert(Index, Vec<u8>),
    Nest(Index, usize),
    Repeat(Index, Index),
}

impl Corruption {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1);
        match self {
            Self::Flip(index, mask) => {
                let at = place(index, bytes);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= mask;
                }
            }
            Self::Truncate(index) => bytes.truncate(place(index, bytes)),
            Self::Insert(index, inserted) => {
                let at = place(index, bytes);
                bytes.splice(at..at, inserted.iter().copied());
            }
            Self::Nest(index, levels) => {
                let at = place(index, bytes);
                bytes.splice(at..at, "{\"a\":[".repeat(*levels).into_bytes());
            }
            Self::Repeat(from, to) => {
                let from = place(from, bytes);
                let part = bytes.split_off(from);
                let at = place(to, bytes);
                bytes.splice(at..at, part.repeat(2));
            }
        }
    }
}

fn corruption() -> impl Strategy<Value = Corruption> {
    prop_oneof![
        4 => (any::<Index>(), 1..=u8::MAX).prop_map(|(at, mask)| Corruption::Flip(at, mask)),
        1 => any::<Index>().prop_map(Corruption::Truncate),
        2 => (any::<Index>(), vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Corruption::Insert(at, bytes)),
        2 => (any::<Index>(), prop::sample::select(vec!["\"", ":", "{", "}", "@sha256:", "\u{202e}", "\\ud800", "é"]))
            .prop_map(|(at, text)| Corruption::Insert(at, text.as_bytes().to_vec())),
        1 => (any::<Index>(), 1_usize..5_000).prop_map(|(at, levels)| Corruption::Nest(at, levels)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Corruption::Repeat(from, to)),
    ]
}

#[test]
fn a_thousand_corruptions_of_each_fixture_never_panic() {
    let config = Config {
        cases: 1_000,
        failure_persistence: None,
        ..Config::default()
    };
    for name in fixture_names() {
        let original = bytes_of(&name);
        TestRunner::new(config.clone())
            .run(&vec(corruption(), 1..6), |corruptions| {
                let mut bytes = original.clone();
                for corruption in &corruptions {
                    corruption.apply(&mut bytes);
                }
                let versions = parse(&bytes, &|tag| tag.len() % 2 == 0);
                if let Ok(versions) = &versions {
                    prop_assert!(!versions.components.is_empty());
                    prop_assert!(versions.components.keys().all(|name| !name.is_empty()));
                    for (component, version) in &versions.components {
                        let readings = dora::sources::version_text::readings(version, component);
                        prop_assert!(!readings.is_empty());
                    }
                }
                let tested = parse_test_evidence(&bytes, &|_| false);
                prop_assert!(tested.is_err() || versions.is_ok());
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
