//! The JSON export (spec 3.3): exactly the report, and the way back for `dora report --from`.
//! The shape itself is `report::document`.

use std::io::{self, Write};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::sanitize::is_deceptive;
use crate::report::compose::SCHEMA_VERSION;
use crate::report::{Document, Report};

#[derive(Serialize)]
struct Environments<'a> {
    environments: &'a [Report],
}

#[derive(Deserialize)]
struct ReadEnvironments {
    environments: Vec<Report>,
}

/// What decides how a document is read on.
#[derive(Deserialize)]
struct Probe {
    schema_version: Option<u32>,
    environments: Option<Vec<ProbeReport>>,
    metrics: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct ProbeReport {
    schema_version: Option<u32>,
}

/// Why a file is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Broken JSON, or a field that is missing or of the wrong type; names line and column.
    #[error("not a report of dora: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Well-formed JSON of something else.
    #[error("not a report of dora: it has neither \"metrics\" nor \"environments\"")]
    SomethingElse,
    /// Written by a newer version.
    #[error("the report has schema version {found}; this version of dora reads up to {known}")]
    Newer {
        /// Its version.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
}

/// Writes the document with two blanks of indentation and a newline at its end.
pub(super) fn write(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    match document {
        Document::One(report) => write_json(report, out),
        Document::All(environments) => write_json(&Environments { environments }, out),
    }
}

/// Writes any value in the same way, safe to print.
///
/// # Errors
/// Those of `out`, and of values that are no JSON.
pub fn write_json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    out.write_all(tame_json(&text).as_bytes())?;
    out.write_all(b"\n")
}

/// The same JSON with nothing in it that a terminal would obey: JSON itself escapes only the oldest
/// controls. The others, and what reorders or hides text, can stand in strings alone, so writing them
/// as `\u…` changes no value.
pub fn tame_json(json: &str) -> String {
    let mut tame = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\u{7f}' || is_deceptive(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                tame.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            tame.push(character);
        }
    }
    tame
}

/// Reads an export again.
///
/// # Errors
/// [`ReadError`] when it is not JSON, not a report, or written by a newer version.
pub fn parse(bytes: &[u8]) -> Result<Document, ReadError> {
    // A byte order mark is no JSON, but editors add one.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let probe: Probe = serde_json::from_slice(bytes)?;
    let inner = probe.environments.iter().flatten();
    let versions = inner.filter_map(|report| report.schema_version);
    let newest = versions.chain(probe.schema_version).max();
    match newest {
        Some(found) if found > SCHEMA_VERSION => Err(ReadError::Newer {
            found,
            known: SCHEMA_VERSION,
        }),
        _ if probe.environments.is_some() => {
            let all: ReadEnvironments = serde_json::from_slice(bytes)?;
            Ok(Document::All(all.environments))
        }
        _ if probe.metrics.is_some() => Ok(Document::One(serde_json::from_slice(bytes)?)),
        _ => Err(ReadError::SomethingElse),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{hostile, sample};

    fn written(document: &Document) -> String {
        let mut bytes = Vec::new();
        write(document, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_export_is_read_back_unchanged() {
        for report in [sample::report(), sample::no_data(), hostile::report()] {
            let one = Document::One(Box::new(report.clone()));
            assert_eq!(parse(written(&one).as_bytes()).unwrap(), one);
            let all = Document::All(vec![report.clone(), report]);
            assert_eq!(parse(written(&all).as_bytes()).unwrap(), all);
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_means_the_same() {
        let text = "a\u{1b}b\u{9b}c\u{202e}d\u{7f}e\u{e0041}f\u{200b}Größe 漢字";
        let written = tame_json(&serde_json::to_string(text).unwrap());
        assert_eq!(
            written,
            r#""a\u001bb\u009bc\u202ed\u007fe\udb40\udc41f\u200bGröße 漢字""#
        );
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }

    #[test]
    fn the_file_is_indented_by_two_and_ends_in_one_newline() {
        let text = written(&Document::One(Box::new(sample::report())));
        assert!(text.starts_with("{\n  \"schema_version\": 1,\n"));
        assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
    }

    #[test]
    fn all_environments_are_one_object() {
        let text = written(&Document::All(Vec::new()));
        assert_eq!(text, "{\n  \"environments\": []\n}\n");
        assert_eq!(parse(text.as_bytes()).unwrap(), Document::All(Vec::new()));
    }

    #[test]
    fn a_fraction_survives_to_its_last_digit() {
        let mut report = sample::report();
        for value in [
            2.0 / 7.0,
            0.1 + 0.2,
            1.0 / 3.0,
            1e-300,
            4_503_599_627_370_497.5,
        ] {
            report.metrics.change_failure_rate.value = Some(value);
            let document = Document::One(Box::new(report.clone()));
            assert_eq!(parse(written(&document).as_bytes()).unwrap(), document);
        }
    }

    #[test]
    fn what_is_no_report_is_named() {
        let error = |text: &str| parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            error("{\n  \"metrics\": ,\n}"),
            "not a report of dora: expected value at line 2 column 14"
        );
        assert_eq!(
            error("{\"a\": 1}"),
            "not a report of dora: it has neither \"metrics\" nor \"environments\""
        );
        assert_eq!(
            error("{\"schema_version\": 2, \"metrics\": {}}"),
            "the report has schema version 2; this version of dora reads up to 1"
        );
        assert_eq!(
            error("{\"environments\": [{\"schema_version\": 9}]}"),
            "the report has schema version 9; this version of dora reads up to 1"
        );
        assert!(error("{\"metrics\": {}}").contains("missing field"));
        assert!(error("").contains("EOF"));
        assert!(error("[1]").starts_with("not a report of dora"));
    }
}
