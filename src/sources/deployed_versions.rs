//! The contents of a state file: which component stands at which version, in every shape of spec 2.3.
//! `json_content` reads the JSON, `component_shapes` knows the shapes, `version_text` says what a
//! version could mean, `git` finds the contents in history.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};

use super::ContentError;
use super::component_shapes::{Found, components_of};
use super::json_content::{Node, read_object, shortened};

/// A time that somebody wrote: the instant, or the text when it is none with an offset.
pub type Stamp = Result<DateTime<Utc>, String>;

/// One content of a `<environment>-deployed-versions.json` file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeployedVersions {
    /// Name of a component (nested keys joined by `/`) → its version as text; of an image reference
    /// the tag. Never empty.
    pub components: BTreeMap<String, String>,
    /// Name of a component → its image without registry (`acme/shop-frontend`, `shop-frontend`), where
    /// there is one.
    pub images: BTreeMap<String, String>,
    /// `deployed_at`, when there is one.
    pub deployed_at: Option<Stamp>,
    /// `environment`, when there is one; it only confirms the name of the file.
    pub environment: Option<String>,
    /// What was odd and how it was read, in words; hold foreign text. At most twenty.
    pub oddities: Vec<String>,
}

/// One content of a `<environment>-last-successfully-tested-versions.json` file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestedVersions {
    /// Name of a component → its version as text. Never empty.
    pub components: BTreeMap<String, String>,
    /// `tested_at`, when there is one.
    pub tested_at: Option<Stamp>,
    /// What was odd and how it was read, in words; hold foreign text. At most twenty.
    pub oddities: Vec<String>,
}

/// Reads the content of a state file. `is_tag` says whether a tag of that name exists. The caller
/// limits the size.
///
/// # Errors
/// When it is no UTF-8 JSON object, or names no component.
pub fn parse(
    bytes: &[u8],
    is_tag: &dyn Fn(&str) -> bool,
) -> Result<DeployedVersions, ContentError> {
    let entries = read_object(bytes)?;
    let Found {
        components,
        images,
        oddities,
    } = components_of(&entries, is_tag)?;
    Ok(DeployedVersions {
        components,
        images,
        deployed_at: entries.get("deployed_at").and_then(stamp),
        environment: match entries.get("environment") {
            Some(Node::Text(name)) => Some(name.clone()),
            _ => None,
        },
        oddities,
    })
}

/// Reads the content of a file of test evidence: the same shapes, and `tested_at`.
///
/// # Errors
/// As `parse`.
pub fn parse_test_evidence(
    bytes: &[u8],
    is_tag: &dyn Fn(&str) -> bool,
) -> Result<TestedVersions, ContentError> {
    let entries = read_object(bytes)?;
    let found = components_of(&entries, is_tag)?;
    Ok(TestedVersions {
        components: found.components,
        tested_at: entries.get("tested_at").and_then(stamp),
        oddities: found.oddities,
    })
}

/// The environment of a state file by its name (`<environment>-deployed-versions.json`), if it is one.
pub fn is_state_file(name: &str) -> Option<&str> {
    environment_before(name, "-deployed-versions.json")
}

/// The environment of a file of test evidence by its name
/// (`<environment>-last-successfully-tested-versions.json`), if it is one.
pub fn is_evidence_file(name: &str) -> Option<&str> {
    environment_before(name, "-last-successfully-tested-versions.json")
}

fn environment_before<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    name.strip_suffix(ending)
        .filter(|environment| !environment.is_empty() && !environment.contains('/'))
}

/// A time with an offset: RFC 3339, or as `date +%FT%T%z` and `date +%FT%RZ` write it. One without
/// offset could be up to a day off and is not used.
fn stamp(node: &Node) -> Option<Stamp> {
    let text = match node {
        Node::Null => return None,
        Node::Text(text) => text.trim(),
        Node::Number(number) => number.as_str(),
        Node::Boolean => "a truth value",
        Node::Object(_) => "an object",
        Node::List => "a list",
    };
    let instant = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z"))
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z"))
        .map(|instant| instant.to_utc())
        .ok()
        .filter(|instant| (1..=9999).contains(&instant.year()));
    Some(instant.ok_or_else(|| shortened(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamped(json: &str) -> Option<Stamp> {
        let text = format!(r#"{{"web": {{"version": "1.2.3"}}, "deployed_at": {json}}}"#);
        parse(text.as_bytes(), &|_| false)
            .expect("readable")
            .deployed_at
    }

    #[test]
    fn a_time_counts_only_with_an_offset() {
        for text in [
            "2026-01-15T10:30:00Z",
            "2026-01-15T10:30:00.000Z",
            "2026-01-15T11:30:00+01:00",
            "2026-01-15T05:30:00-0500",
            "2026-01-15 10:30:00+00:00",
            "2026-01-15T10:30Z",
            " 2026-01-15T10:30:00z\\n",
        ] {
            let instant = stamped(&format!("\"{text}\""))
                .expect("a stamp")
                .expect(text);
            assert_eq!(instant.to_rfc3339(), "2026-01-15T10:30:00+00:00", "{text}");
        }
        for text in [
            "2026-01-15T10:30:00",
            "2026-01-15",
            "yesterday",
            "",
            "+262000-01-01T00:00:00Z",
            "0000-12-31T00:00:00Z",
            "9999-12-31T23:59:59-23:59",
            "2026-02-30T00:00:00Z",
        ] {
            assert_eq!(
                stamped(&format!("\"{text}\"")),
                Some(Err(text.to_owned())),
                "{text}"
            );
        }
        assert_eq!(stamped("1768473000"), Some(Err("1768473000".to_owned())));
        assert_eq!(stamped("[1]"), Some(Err("a list".to_owned())));
        assert_eq!(stamped("null"), None);
    }

    #[test]
    fn test_evidence_has_the_same_shapes_and_a_time_of_its_own() {
        let id = "2414721b194453f058079d897d13c4e377f92dc6";
        let flat = format!(
            r#"{{"frontend": "{id}", "tested_at": "2026-01-15T10:45:00Z",
                "test_run_url": "https://ci.example.test/runs/{id}", "test_duration_seconds": 180,
                "test_run_id": "{id}"}}"#
        );
        let tested = parse_test_evidence(flat.as_bytes(), &|_| false).expect("readable");
        assert_eq!(
            tested.components,
            BTreeMap::from([("frontend".to_owned(), id.to_owned())])
        );
        let at = tested.tested_at.expect("a stamp").expect("an instant");
        assert_eq!(at.to_rfc3339(), "2026-01-15T10:45:00+00:00");

        let full = format!(r#"{{"frontend": {{"version": "{id}"}}, "deployed_at": "x"}}"#);
        let tested = parse_test_evidence(full.as_bytes(), &|_| false).expect("readable");
        assert_eq!(tested.components.len(), 1);
        assert_eq!(tested.tested_at, None);
    }

    #[test]
    fn files_are_known_by_their_names() {
        assert_eq!(is_state_file("uat-deployed-versions.json"), Some("uat"));
        assert_eq!(
            is_state_file("eu-west-1-deployed-versions.json"),
            Some("eu-west-1")
        );
        assert_eq!(is_state_file("-deployed-versions.json"), None);
        assert_eq!(is_state_file("deployed-versions.json"), None);
        assert_eq!(is_state_file("state/uat-deployed-versions.json"), None);
        assert_eq!(is_state_file("uat-deployed-versions.json.bak"), None);
        assert_eq!(
            is_state_file("uat-last-successfully-tested-versions.json"),
            None
        );
        assert_eq!(
            is_evidence_file("uat-last-successfully-tested-versions.json"),
            Some("uat")
        );
        assert_eq!(is_evidence_file("uat-deployed-versions.json"), None);
    }
}
