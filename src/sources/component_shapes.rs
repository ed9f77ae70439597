//! The shapes in which pipelines write versions (spec 2.3): an object with a version field, objects
//! nested in objects, keys with a version suffix, values that can be nothing but a version.
//! `deployed_versions` reads the rest of the file.

use std::collections::BTreeMap;

use super::ContentError;
use super::json_content::{Node, shortened};
use super::version_text::{LONGEST_VERSION, image_reference, is_commit_id, version_in};
use crate::model::VersionNumber;

/// Longest name of a component, in bytes.
const LONGEST_NAME: usize = 200;

/// Longest text that is looked at, in bytes: a long reference of an image with a digest.
const LONGEST_TEXT: usize = 2 * LONGEST_VERSION;

/// Oddities told of one file.
const MOST_ODDITIES: usize = 20;

/// The name of the only component of a file that is itself one object with a version field.
const NAMELESS: &str = "app";

/// The fields of a component's object that hold its version, in the order in which they are asked.
/// The first six are the spec's; the others are what remains of a suffix key when the object
/// already says whose version it is.
const VERSION_FIELDS: [&str; 9] = [
    "version",
    "commit",
    "commit_sha",
    "sha",
    "image",
    "tag",
    "image_uri_with_tag",
    "image_uri",
    "image_tag",
];

/// The suffixes of keys that hold a version, in the order in which they are preferred when two keys
/// name the same component (that of the fields above). The longest that fits a key is its suffix.
const SUFFIXES: [&str; 9] = [
    "_version",
    "_commit",
    "_commit_sha",
    "_sha",
    "_image",
    "_tag",
    "_image_uri_with_tag",
    "_image_uri",
    "_image_tag",
];

/// Keys that never name a component, whatever their value.
const NEVER: [&str; 5] = [
    "deployed_at",
    "deployed_by",
    "environment",
    "schema_version",
    "tested_at",
];

/// Endings of keys that never name a component.
const NEVER_ENDINGS: [&str; 3] = ["_url", "_at", "_id"];

/// The components of one file.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) components: BTreeMap<String, String>,
    pub(super) images: BTreeMap<String, String>,
    pub(super) oddities: Vec<String>,
}

/// Finds the components that the entries of a file name.
pub(super) fn components_of(
    entries: &BTreeMap<String, Node>,
    is_tag: &dyn Fn(&str) -> bool,
) -> Result<Found, ContentError> {
    let mut search = Search {
        is_tag,
        candidates: BTreeMap::new(),
        found: Found::default(),
    };
    search.object("", entries);
    if search.candidates.is_empty() {
        search.own_fields(NAMELESS, entries);
    }
    search.decide()
}

/// One way to read the version of a component. The lowest is chosen: a version that an image
/// reference leaves open comes last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    is_open: bool,
    /// Place of the field or suffix in its list.
    rank: usize,
    /// Path of the key in the file; the fields of one object share it.
    key: String,
    version: String,
}

struct Search<'a> {
    is_tag: &'a dyn Fn(&str) -> bool,
    candidates: BTreeMap<String, Vec<Candidate>>,
    found: Found,
}

impl Search<'_> {
    /// Looks through the entries of an object that is itself no component.
    fn object(&mut self, prefix: &str, entries: &BTreeMap<String, Node>) {
        for (key, node) in entries {
            if is_never_a_component(key) {
                continue;
            }
            let Some(name) = self.joined(prefix, key) else {
                continue;
            };
            match node {
                Node::Object(inner) => {
                    if !self.own_fields(&name, inner) {
                        self.object(&name, inner);
                    }
                }
                // A version field here speaks of the object itself.
                Node::Text(_) if VERSION_FIELDS.contains(&key.as_str()) => {}
                Node::Text(text) => self.text(prefix, key, &name, text),
                Node::Number(_) if component_before_suffix(key).is_some() => {
                    self.odd(format!("`{name}` is a plain number, not a version"));
                }
                Node::Number(_) | Node::Boolean | Node::Null | Node::List => {}
            }
        }
    }

    /// Reads the version fields of an object; says whether it has one.
    fn own_fields(&mut self, name: &str, entries: &BTreeMap<String, Node>) -> bool {
        let mut has_version = false;
        for (rank, &field) in VERSION_FIELDS.iter().enumerate() {
            match entries.get(field) {
                Some(Node::Text(text)) if !text.trim().is_empty() && !is_url(text) => {
                    has_version = true;
                    self.candidate(name, rank, name, field, text.trim());
                }
                Some(Node::Number(_)) if !has_version => {
                    self.odd(format!("`{name}.{field}` is a plain number, not a version"));
                }
                _ => {}
            }
        }
        has_version
    }

    /// Reads a key with a text value, inside an object that is no component.
    fn text(&mut self, prefix: &str, key: &str, name: &str, text: &str) {
        let text = text.trim();
        if text.is_empty() || is_url(text) || is_clock_time(text) {
            return;
        }
        if let Some((component, rank, suffix)) = component_before_suffix(key) {
            if is_short_number(text) {
                self.odd(format!("`{name}` is a plain number, not a version"));
            } else if let Some(component) = self.joined(prefix, component) {
                self.candidate(&component, rank, name, suffix, text);
            }
        } else if self.can_only_be_a_version(text) {
            self.candidate(name, 0, name, "", text);
        }
    }

    fn candidate(&mut self, component: &str, rank: usize, key: &str, field: &str, text: &str) {
        if text.len() > LONGEST_TEXT {
            self.odd(format!("`{key}` is too long to be a version"));
            return;
        }
        let holds_an_image = field.contains("image") && !field.ends_with("image_tag");
        let image = image_reference(text).filter(|image| {
            image.tag.is_some()
                || image.digest.is_some()
                || text.contains(':')
                || (holds_an_image && !self.can_only_be_a_version(text))
        });
        let is_open = image.as_ref().is_some_and(|image| image.tag.is_none());
        if let Some(image) = image {
            let images = &mut self.found.images;
            images
                .entry(component.to_owned())
                .or_insert_with(|| image.owner_and_name());
        }
        self.candidates
            .entry(component.to_owned())
            .or_default()
            .push(Candidate {
                is_open,
                rank,
                key: key.to_owned(),
                version: version_in(text),
            });
    }

    /// Whether a value is a version whatever its key: a commit id, `sha-<hex>`, `latest`, a semantic
    /// version, an image reference with a tag or digest, the name of a tag.
    fn can_only_be_a_version(&self, text: &str) -> bool {
        is_commit_id(text.strip_prefix("sha-").unwrap_or(text))
            || text == "latest"
            || is_semantic_version(text)
            || is_image_with_a_version(text)
            || (self.is_tag)(text)
    }

    /// A name inside a prefix; `None`, and told, when it is empty or longer than any real one.
    fn joined(&mut self, prefix: &str, key: &str) -> Option<String> {
        if key.is_empty() {
            self.odd("a key without a name is left out".to_owned());
            return None;
        }
        if prefix.len() + 1 + key.len() > LONGEST_NAME {
            let key = shortened(key);
            self.odd(format!("the name `{key}` is too long and is left out"));
            return None;
        }
        Some(if prefix.is_empty() {
            key.to_owned()
        } else {
            format!("{prefix}/{key}")
        })
    }

    fn odd(&mut self, oddity: String) {
        if self.found.oddities.len() < MOST_ODDITIES {
            self.found.oddities.push(oddity);
        }
    }

    /// Chooses among the candidates of every component.
    fn decide(mut self) -> Result<Found, ContentError> {
        for (component, candidates) in std::mem::take(&mut self.candidates) {
            let Some(chosen) = candidates.iter().min() else {
                continue;
            };
            let rival = candidates.iter().find(|other| {
                other.key != chosen.key && !other.is_open && other.version != chosen.version
            });
            if let Some(rival) = rival {
                self.odd(format!(
                    "`{}` and `{}` both give a version of `{component}`; the first counts",
                    chosen.key, rival.key
                ));
            }
            let version = chosen.version.clone();
            self.found.components.insert(component, version);
        }
        if self.found.components.is_empty() {
            return Err(ContentError::NoComponent);
        }
        Ok(self.found)
    }
}

fn is_never_a_component(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    NEVER.contains(&key.as_str()) || NEVER_ENDINGS.iter().any(|ending| key.ends_with(ending))
}

/// What remains of a key before its longest version suffix, with the suffix and its rank.
fn component_before_suffix(key: &str) -> Option<(&str, usize, &'static str)> {
    let lower = key.to_ascii_lowercase();
    let (rank, &suffix) = SUFFIXES
        .iter()
        .enumerate()
        .filter(|(_, suffix)| lower.ends_with(**suffix))
        .max_by_key(|(_, suffix)| suffix.len())?;
    let component = key.get(..key.len() - suffix.len())?;
    Some((component, rank, suffix))
}

fn is_url(text: &str) -> bool {
    text.contains("://")
}

/// Whether a text is a time of day, with or without a date: `10:30`, `2026-01-15T10:30:00Z`.
fn is_clock_time(text: &str) -> bool {
    let part_of_a_time = |c: char| c.is_ascii_digit() || "-:.,+ TtZz".contains(c);
    text.contains(':') && text.chars().all(part_of_a_time)
}

/// Whether a text is a number too short for a commit id.
fn is_short_number(text: &str) -> bool {
    text.len() < 7 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Three numeric parts, or a `v` before fewer or more: `1.2` alone may be any number, and four parts
/// an address.
fn is_semantic_version(text: &str) -> bool {
    VersionNumber::read(text)
        .is_some_and(|number| number.specificity() == 3 || text.starts_with(['v', 'V']))
}

/// An image reference that is not just an address (`localhost:8080`, `10.0.0.1:443`).
fn is_image_with_a_version(text: &str) -> bool {
    image_reference(text).is_some_and(|image| {
        let is_port = |tag: &str| tag.bytes().all(|byte| byte.is_ascii_digit());
        let is_host = image.name == "localhost" || image.name.contains('.');
        let is_address =
            !text.contains('/') && is_host && image.tag.as_deref().is_some_and(is_port);
        let has_letter = image.name.bytes().any(|byte| byte.is_ascii_alphabetic());
        has_letter && !is_address && (image.tag.is_some() || image.digest.is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::super::json_content::read_object;
    use super::*;

    const ID: &str = "2414721b194453f058079d897d13c4e377f92dc6";

    fn found(json: &str) -> Found {
        let entries = read_object(json.as_bytes()).expect("JSON");
        components_of(&entries, &|name| name == "spring-release").unwrap_or_default()
    }

    fn components(json: &str) -> Vec<(String, String)> {
        found(json).components.into_iter().collect()
    }

    fn one(name: &str, version: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), version.to_owned())]
    }

    #[test]
    fn an_object_with_a_version_field_is_a_component() {
        for (json, version) in [
            (r#"{"web": {"version": "1", "commit": "2"}}"#, "1"),
            (
                r#"{"web": {"version": "", "commit": "2", "sha": "3"}}"#,
                "2",
            ),
            (
                r#"{"web": {"version": null, "commit_sha": "3", "tag": "4"}}"#,
                "3",
            ),
            (r#"{"web": {"sha": "5", "url": "https://web.test"}}"#, "5"),
            (r#"{"web": {"image": "acme/web:6", "tag": "7"}}"#, "6"),
            (r#"{"web": {"image": "acme/web", "tag": "7"}}"#, "7"),
            (
                r#"{"web": {"image": "ghcr.io/acme/web"}}"#,
                "ghcr.io/acme/web",
            ),
            (r#"{"web": {"tag": " latest "}}"#, "latest"),
            (r#"{"web": {"image_tag": "8"}}"#, "8"),
            (r#"{"web": {"version": "host:5000/acme/web:9"}}"#, "9"),
            (
                r#"{"web": {"version": "10", "previous": {"version": "9"}}}"#,
                "10",
            ),
        ] {
            assert_eq!(components(json), one("web", version), "{json}");
        }
    }

    #[test]
    fn nested_objects_join_their_names() {
        assert_eq!(
            components(r#"{"lambda": {"eu": {"resize": {"version": "1"}}, "b": {"tag": "2"}}}"#),
            [
                ("lambda/b".to_owned(), "2".to_owned()),
                ("lambda/eu/resize".to_owned(), "1".to_owned())
            ]
        );
        assert_eq!(
            components(&format!(r#"{{"services": {{"web": "{ID}"}}}}"#)),
            one("services/web", ID)
        );
    }

    #[test]
    fn the_longest_suffix_of_a_key_wins() {
        for key in [
            "web_image",
            "web_image_uri",
            "web_image_uri_with_tag",
            "web_image_tag",
            "web_version",
            "web_tag",
            "web_sha",
            "web_commit",
            "web_commit_sha",
            "web_IMAGE_TAG",
        ] {
            let json = format!(r#"{{"{key}": "{ID}"}}"#);
            assert_eq!(components(&json), one("web", ID), "{key}");
        }
    }

    #[test]
    fn of_two_keys_for_one_component_the_preferred_counts_and_is_told() {
        let two = found(r#"{"web_tag": "v2", "web_image": "acme/shop-web:1.2"}"#);
        assert_eq!(two.components["web"], "1.2");
        assert_eq!(two.images["web"], "acme/shop-web");
        assert_eq!(
            two.oddities,
            ["`web_image` and `web_tag` both give a version of `web`; the first counts"]
        );
        let apart = found(r#"{"web_image": "acme/shop-web", "web_image_tag": "1.2"}"#);
        assert_eq!(apart.components["web"], "1.2");
        assert_eq!(apart.images["web"], "acme/shop-web");
        assert!(apart.oddities.is_empty());
    }

    #[test]
    fn a_value_that_can_only_be_a_version_names_a_component() {
        let digest = format!("acme/web@sha256:{}", "0f".repeat(32));
        for (value, version) in [
            (ID, ID),
            ("2414721", ""),
            ("24147ab", "24147ab"),
            (&"7".repeat(40), &"7".repeat(40)),
            (&"ab".repeat(32), &"ab".repeat(32)),
            ("sha-24147ab", "sha-24147ab"),
            ("latest", "latest"),
            ("1.2.3", "1.2.3"),
            ("v1.2", "v1.2"),
            ("1.2.3-rc.1+7", "1.2.3-rc.1+7"),
            ("acme/web:main", "main"),
            ("web:1234", "1234"),
            ("registry.test:5000/acme/web:1", "1"),
            (&digest, &digest["acme/web@".len()..]),
            ("spring-release", "spring-release"),
            ("autumn-release", ""),
            ("1.2", ""),
            ("10.0.0.1", ""),
            ("10.0.0.1:443", ""),
            ("localhost:8080", ""),
            ("api.example.test:443", ""),
            ("acme/web", ""),
            ("https://example.test/web:1", ""),
            ("2026-01-15T10:30:00Z", ""),
            ("10:30", ""),
            ("eu-west-1", ""),
            ("42", ""),
            ("", ""),
        ] {
            let json = format!(r#"{{"web": "{value}"}}"#);
            let expected = if version.is_empty() {
                Vec::new()
            } else {
                one("web", version)
            };
            assert_eq!(components(&json), expected, "{value}");
        }
    }

    #[test]
    fn some_keys_and_values_are_never_components() {
        for json in [
            format!(r#"{{"deployed_at": "{ID}", "environment": "1.2.3", "deployed_by": "{ID}"}}"#),
            format!(r#"{{"web_url": "{ID}", "built_at": "{ID}", "RUN_ID": "{ID}"}}"#),
            r#"{"web_version": 42, "web_tag": "42", "web_sha": true, "web_image": null}"#
                .to_owned(),
            r#"{"web_version": "https://web.test/1.2.3", "web_tag": "2026-01-15T10:30:00Z"}"#
                .to_owned(),
            r#"{"web": {"version": 42}, "api": {"version": ""}, "job": {}, "list": ["1.2.3"]}"#
                .to_owned(),
            r#"{"schema_version": "1.0.0"}"#.to_owned(),
        ] {
            assert_eq!(components(&json), [], "{json}");
        }
        let entries = read_object(br#"{"web": {"version": 42}}"#).expect("JSON");
        assert_eq!(
            components_of(&entries, &|_| true).expect_err("none"),
            ContentError::NoComponent
        );
    }

    #[test]
    fn a_number_in_place_of_a_version_is_told() {
        let odd = found(r#"{"web": {"version": 42}, "api_tag": "7", "core": {"tag": "1"}}"#);
        assert_eq!(
            odd.oddities,
            [
                "`api_tag` is a plain number, not a version",
                "`web.version` is a plain number, not a version"
            ]
        );
    }

    #[test]
    fn a_file_that_is_itself_one_component_has_a_plain_name() {
        assert_eq!(
            components(&format!(
                r#"{{"commit": "{ID}", "tag": "v1.2", "environment": "qa"}}"#
            )),
            one("app", ID)
        );
        assert_eq!(
            components(r#"{"version": "2.0.0", "web": {"version": "1"}}"#),
            one("web", "1")
        );
    }

    #[test]
    fn hostile_names_are_left_out_and_told() {
        let long = "x".repeat(10_000);
        let odd = found(&format!(
            r#"{{"{long}": {{"version": "1"}}, "": {{"version": "1"}}, "_tag": "v1", "a": {{"version": "1"}}}}"#
        ));
        assert_eq!(odd.components.len(), 1);
        assert_eq!(odd.oddities.len(), 3);
        assert!(odd.oddities.iter().all(|oddity| oddity.len() < 200));

        let many: Vec<String> = (0..1000).map(|i| format!(r#""c{i}_tag": 1"#)).collect();
        let odd = found(&format!(r#"{{"a": {{"tag": "1"}}, {}}}"#, many.join(",")));
        assert_eq!(odd.oddities.len(), 20);

        let odd = found(&format!(
            r#"{{"a": {{"tag": "{long}"}}, "b": {{"tag": "1"}}}}"#
        ));
        assert_eq!(odd.components.len(), 1);
        assert_eq!(odd.oddities, ["`a` is too long to be a version"]);
    }
}
