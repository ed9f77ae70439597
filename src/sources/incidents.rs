//! Exports of incidents, of tools that alert people: a CSV with a header, or JSON (a list, an object that
//! holds one, or one object a line). Columns are known by their usual names; the others are not even
//! looked at, so nobody's name comes in. A row that makes no sense is skipped with its line.

use std::collections::HashMap;
use std::io::{self, Read};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::work_items::csv_scan::{Cells, Fault, Found, Quotes, Scanner};
use super::work_items::dates::certain_instant;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// Characters of a text that are kept.
const LONGEST_TEXT: usize = 1000;

/// The names of each column in exports, ours first; of several that are there the first that says
/// something counts.
pub const COLUMNS: [(&str, &[&str]); 8] = [
    (
        "title",
        &[
            "title",
            "summary",
            "name",
            "short_description",
            "subject",
            "message",
        ],
    ),
    (
        "opened_at",
        &[
            "opened_at",
            "started_at",
            "start_time",
            "impact_started_at",
            "detected_at",
            "reported_at",
            "triggered_at",
            "created_at",
            "created_on",
            "opened",
            "started",
            "created",
        ],
    ),
    (
        "resolved_at",
        &[
            "resolved_at",
            "restored_at",
            "ended_at",
            "end_time",
            "impact_ended_at",
            "mitigated_at",
            "closed_at",
            "resolved_on",
            "closed_on",
            "resolved",
            "ended",
            "closed",
        ],
    ),
    ("environment", &["environment", "env"]),
    ("deployment", &["deployment", "deployment_id"]),
    (
        "severity",
        &["severity", "sev", "priority", "impact", "urgency"],
    ),
    ("caused_by_change", &["caused_by_change", "change_related"]),
    (
        "id",
        &[
            "id",
            "incident_id",
            "key",
            "number",
            "incident_number",
            "reference",
        ],
    ),
];

/// An incident as an export tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// Its line in the file.
    pub line: u64,
    /// Its id there.
    pub id: Option<String>,
    /// One line of description; foreign text.
    pub title: String,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When it ended.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Where.
    pub environment: Option<String>,
    /// The deployment that caused it.
    pub deployment: Option<String>,
    /// Severity, in the words of the export.
    pub severity: Option<String>,
    /// Whether a deployment caused it.
    pub caused_by_change: Option<bool>,
}

/// What was read of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IncidentExport {
    /// Its rows, in order.
    pub rows: Vec<IncidentRow>,
    /// Rows that make no sense: line and reason.
    pub skipped: Vec<(u64, String)>,
}

/// Reads an export; times without an offset are of the zone.
///
/// # Errors
/// It cannot be read, it is too large, or it is neither a CSV with a title and a beginning nor JSON.
pub fn read_incidents(input: impl Read, zone: Tz) -> io::Result<IncidentExport> {
    let mut bytes = Vec::new();
    input.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(invalid("is larger than 64 MB"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| invalid("is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut export = IncidentExport::default();
    match text.trim_start().as_bytes().first() {
        Some(b'[' | b'{') => of_json(text, zone, &mut export)?,
        Some(_) => of_csv(text, zone, &mut export)?,
        None => return Err(invalid("is empty")),
    }
    Ok(export)
}

fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}

impl IncidentExport {
    fn take(&mut self, line: u64, row: &HashMap<&str, String>, zone: Tz) {
        match incident(line, row, zone) {
            Ok(row) => self.rows.push(row),
            Err(reason) => self.skipped.push((line, reason)),
        }
    }
}

fn of_csv(text: &str, zone: Tz, export: &mut IncidentExport) -> io::Result<()> {
    let header = text.trim_start().lines().next().unwrap_or_default();
    let count = |sign: u8| header.bytes().filter(|byte| *byte == sign).count();
    let delimiter = match [b';', b'\t'].into_iter().max_by_key(|&sign| count(sign)) {
        Some(sign) if count(sign) > count(b',') => sign,
        _ => b',',
    };
    let mut scanner = Scanner::new(text.as_bytes(), delimiter);
    let is_blank = |cells: &Cells| (0..cells.len()).all(|at| cells.at(at).is_empty());
    while scanner.look(Quotes::Strict)? == Found::Row && is_blank(scanner.cells()) {
        scanner.pass_row();
    }
    if scanner.look(Quotes::Strict)? != Found::Row {
        return Err(invalid("has no header that can be read"));
    }
    let header = scanner.cells();
    let names: Vec<String> = (0..header.len()).map(|at| plain(header.at(at))).collect();
    for (ours, known) in COLUMNS.iter().take(2) {
        if !known
            .iter()
            .any(|name| names.iter().any(|found| found == name))
        {
            return Err(invalid(format!(
                "has no column `{ours}` (nor {})",
                known.iter().skip(1).copied().collect::<Vec<_>>().join(", ")
            )));
        }
    }
    scanner.pass_row();
    loop {
        let found = match scanner.look(Quotes::Strict)? {
            // The line alone, if it is as wide as the others: its quote is a sign like any other.
            Found::Broken(fault) => match scanner.look(Quotes::Loose)? {
                Found::Row if scanner.cells().len() == names.len() => Found::Row,
                _ => Found::Broken(fault),
            },
            found => found,
        };
        match found {
            Found::End => return Ok(()),
            Found::Broken(fault) => {
                let reason = match fault {
                    Fault::OpenQuote => "a quote is opened and not closed",
                    Fault::TooLong | Fault::TooManyCells => "is longer than any row",
                };
                export.skipped.push((scanner.line(), reason.to_owned()));
                scanner.pass_line()?;
                continue;
            }
            Found::Row => {}
        }
        let cells = scanner.cells();
        if !is_blank(cells) {
            let row = chosen(|name| {
                let position = names.iter().position(|found| found == name)?;
                // An apostrophe keeps a spreadsheet from taking a text for a formula; ours has one, too.
                let cell = cells.at(position);
                let formula = |text: &str| text.starts_with(['=', '+', '-', '@']);
                let cell = cell
                    .strip_prefix('\'')
                    .filter(|rest| formula(rest))
                    .unwrap_or(cell);
                Some(cell.to_owned())
            });
            export.take(scanner.line(), &row, zone);
        }
        scanner.pass_row();
    }
}

/// Objects one after another, in lists, or in a list that an object holds.
fn of_json(text: &str, zone: Tz, export: &mut IncidentExport) -> io::Result<()> {
    let mut lines = Lines {
        text,
        at: 0,
        line: 1,
    };
    let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    for value in values {
        let value = value.map_err(|error| invalid(format!("is no JSON: {error}")))?;
        rows_of(value, zone, &mut lines, export)?;
    }
    Ok(())
}

fn rows_of(
    value: &RawValue,
    zone: Tz,
    lines: &mut Lines<'_>,
    export: &mut IncidentExport,
) -> io::Result<()> {
    const LISTS: [&str; 5] = ["incidents", "issues", "items", "data", "results"];
    let malformed = |error: serde_json::Error| invalid(format!("is no JSON: {error}"));
    if value.get().starts_with('[') {
        let list: Vec<&RawValue> = serde_json::from_str(value.get()).map_err(malformed)?;
        for entry in list {
            one(entry, zone, lines, export);
        }
        return Ok(());
    }
    let members: HashMap<String, &RawValue> = serde_json::from_str(value.get())
        .map_err(|_| invalid("is JSON without a list of incidents"))?;
    let list = LISTS.iter().find_map(|name| {
        members
            .get(*name)
            .filter(|list| list.get().starts_with('['))
    });
    match list {
        Some(list) => {
            let list: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(malformed)?;
            for entry in list {
                one(entry, zone, lines, export);
            }
        }
        None => one(value, zone, lines, export),
    }
    Ok(())
}

fn one(entry: &RawValue, zone: Tz, lines: &mut Lines<'_>, export: &mut IncidentExport) {
    let line = lines.of(entry.get());
    let members = match serde_json::from_str::<Map<String, Value>>(entry.get()) {
        Ok(members) => members,
        Err(error) => {
            let reason = match entry.get().starts_with('{') {
                true => format!("is an object that cannot be read: {error}"),
                false => "is no object".to_owned(),
            };
            export.skipped.push((line, reason));
            return;
        }
    };
    let mut named: HashMap<String, String> = HashMap::new();
    for (name, value) in &members {
        if let Some(text) = text_of(value) {
            named.entry(plain(name)).or_insert(text);
        }
    }
    let row = chosen(|name| named.get(name).cloned());
    export.take(line, &row, zone);
}

/// A scalar as text; of an object the member that names it (`{"name": "SEV1"}`).
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Object(members) => {
            let name = ["name", "summary", "value"]
                .iter()
                .find_map(|name| members.get(*name))?;
            name.as_str().map(str::to_owned)
        }
        Value::Null | Value::Array(_) => None,
    }
}

/// Which line a part of the text stands on; parts come in order.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, part: &str) -> u64 {
        let offset = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if let Some(between) = self.text.as_bytes().get(self.at..offset) {
            self.line += between.iter().filter(|&&byte| byte == b'\n').count() as u64;
            self.at = offset;
        }
        self.line
    }
}

/// Our columns of a row, each by the first of its names that says something.
fn chosen(cell: impl Fn(&str) -> Option<String>) -> HashMap<&'static str, String> {
    COLUMNS
        .iter()
        .filter_map(|(ours, names)| {
            let mut cells = names.iter().filter_map(|name| cell(name));
            let said = cells.find(|text| !text.trim().is_empty())?;
            Some((*ours, said))
        })
        .collect()
}

/// `Created At`, `createdAt` and `created-at` are one name.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut was_lower = false;
    for letter in name.trim().chars() {
        if letter.is_alphanumeric() {
            if letter.is_uppercase() && was_lower {
                plain.push('_');
            }
            was_lower = letter.is_lowercase();
            plain.extend(letter.to_lowercase());
        } else {
            was_lower = false;
            if !plain.is_empty() && !plain.ends_with('_') {
                plain.push('_');
            }
        }
    }
    plain.trim_end_matches('_').to_owned()
}

fn incident(line: u64, row: &HashMap<&str, String>, zone: Tz) -> Result<IncidentRow, String> {
    let text = |name: &str| {
        row.get(name)
            .map(|text| one_line(text))
            .filter(|text| !text.is_empty())
    };
    let time = |name: &str| match row.get(name) {
        None => Ok(None),
        Some(written) => match certain_instant(written.trim(), zone) {
            Some(at) => Ok(Some(at)),
            None => Err(format!("`{}` is no certain time", one_line(written))),
        },
    };
    let title = text("title").ok_or("has no title")?;
    let opened_at = time("opened_at")?.ok_or("does not say when it began")?;
    let resolved_at = match row.get("resolved_at") {
        Some(written) if is_nothing(written) => None,
        _ => time("resolved_at")?,
    };
    if resolved_at.is_some_and(|end| end < opened_at) {
        return Err("ends before it begins".to_owned());
    }
    let caused_by_change = match text("caused_by_change") {
        None => None,
        Some(word) => match word.to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" => Some(true),
            "false" | "no" | "n" | "0" => Some(false),
            _ => return Err(format!("caused_by_change is `{word}`, neither yes nor no")),
        },
    };
    Ok(IncidentRow {
        line,
        id: text("id"),
        title,
        opened_at,
        resolved_at,
        environment: text("environment"),
        deployment: text("deployment"),
        severity: text("severity"),
        caused_by_change,
    })
}

/// Whether a cell says in words or signs that there is nothing: the incident is open.
fn is_nothing(cell: &str) -> bool {
    const WORDS: [&str; 9] = [
        "-", "--", "\u{2013}", "\u{2014}", "null", "none", "nil", "n/a", "na",
    ];
    WORDS.contains(&cell.trim().to_lowercase().as_str())
}

/// Blanks and control characters become single blanks, and what is longer than any title is cut.
fn one_line(text: &str) -> String {
    let is_gap = |letter: char| letter.is_whitespace() || letter.is_control();
    let words: Vec<&str> = text.split(is_gap).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> IncidentExport {
        read_incidents(text.as_bytes(), Tz::UTC).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_csv_with_our_columns_tells_everything() {
        let export = read(
            "id,title,opened_at,resolved_at,environment,deployment,severity,caused_by_change\n\
             INC-1,\"Checkout, down\",2026-03-02T09:00:00Z,2026-03-02 10:30,production,abc,sev1,no\n\n\
             ,Slow,2026-03-03T09:00:00+01:00,,,,,\n",
        );
        assert!(export.skipped.is_empty(), "{:?}", export.skipped);
        let first = IncidentRow {
            line: 2,
            id: Some("INC-1".into()),
            title: "Checkout, down".into(),
            opened_at: at("2026-03-02T09:00:00Z"),
            resolved_at: Some(at("2026-03-02T10:30:00Z")),
            environment: Some("production".into()),
            deployment: Some("abc".into()),
            severity: Some("sev1".into()),
            caused_by_change: Some(false),
        };
        assert_eq!(export.rows[0], first);
        let second = &export.rows[1];
        assert_eq!((second.line, second.title.as_str()), (4, "Slow"));
        assert_eq!(second.opened_at, at("2026-03-03T08:00:00Z"));
        assert_eq!(
            (&second.id, second.resolved_at, second.caused_by_change),
            (&None, None, None)
        );
    }

    #[test]
    fn a_quote_that_is_not_closed_costs_its_line_and_no_other() {
        let header = "id,title,opened_at,resolved_at\n";
        let rows: String = (2..=5)
            .map(|number| format!("INC-{number},T{number},2026-03-0{number}T09:00:00Z,\n"))
            .collect();
        // Nothing closes it; the quote of a later row does; a title of two lines is a title.
        for (first, later, told) in [
            ("INC-1,\"Down,2026-03-01T09:00:00Z,\n", "", 4),
            (
                "INC-1,\"Down,2026-03-01T09:00:00Z,\n",
                "INC-6,\"T, 6\",2026-03-06T09:00:00Z,\n",
                5,
            ),
            ("INC-1,\"Down,\nand out\",2026-03-01T09:00:00Z,\n", "", 5),
        ] {
            let export = read(&format!("{header}{first}{rows}{later}"));
            assert_eq!(export.rows.len(), told, "{export:?}");
            let is_broken = !first.contains("out");
            let skipped = vec![(2, "a quote is opened and not closed".to_owned())];
            let expected = if is_broken { skipped } else { Vec::new() };
            assert_eq!(export.skipped, expected);
            let second = export.rows.iter().find(|row| row.title == "T2").unwrap();
            assert_eq!(second.line, if is_broken { 3 } else { 4 });
        }
    }

    #[test]
    fn an_end_that_says_there_is_none_leaves_the_incident_open() {
        for end in ["-", "null", "None", "N/A", "\u{2014}", ""] {
            let export = read(&format!(
                "title,opened_at,resolved_at\nDown,2026-03-02T09:00:00Z,{end}\n"
            ));
            assert!(export.skipped.is_empty(), "{end}: {:?}", export.skipped);
            assert_eq!(export.rows[0].resolved_at, None, "{end}");
        }
        let export = read("title,opened_at,resolved_at\nDown,2026-03-02T09:00:00Z,true\n");
        assert_eq!(
            export.skipped,
            [(2, "`true` is no certain time".to_owned())]
        );
    }

    #[test]
    fn what_is_nested_too_deep_is_an_object_that_cannot_be_read() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let text = format!(
            "[{{\"title\":\"Down\",\"opened_at\":\"2026-03-02T09:00:00Z\",\"more\":{deep}}},\n7]"
        );
        let export = read(&text);
        let (line, reason) = &export.skipped[0];
        assert_eq!(*line, 1);
        assert!(
            reason.starts_with("is an object that cannot be read: recursion"),
            "{reason}"
        );
        assert_eq!(export.skipped[1], (2, "is no object".to_owned()));
    }

    #[test]
    fn other_names_of_columns_are_known_and_what_says_when_it_began_is_preferred() {
        let export = read(
            "Incident Number;Summary;Created At;Started At;Closed-At;Priority;Assignee\n\
             7;Down;2026-03-02 09:10;2026-03-02 09:00;2026-03-02 10:00;P2;somebody\n\
             8;Slow;2026-03-03 09:10;;;P3;somebody\n",
        );
        let [first, second] = export.rows.as_slice() else {
            panic!("{export:?}");
        };
        assert_eq!(first.id.as_deref(), Some("7"));
        assert_eq!(first.opened_at, at("2026-03-02T09:00:00Z"));
        assert_eq!(first.resolved_at, Some(at("2026-03-02T10:00:00Z")));
        assert_eq!(first.severity.as_deref(), Some("P2"));
        assert_eq!(second.opened_at, at("2026-03-03T09:10:00Z"));
        assert!(!format!("{export:?}").contains("somebody"));
    }

    #[test]
    fn json_may_be_a_list_an_object_with_one_or_an_object_a_line() {
        let entry = r#"{"name": "Down", "createdAt": "2026-03-02T09:00:00Z", "resolvedAt": null,
            "severity": {"name": "SEV1"}, "number": 12, "assignee": {"name": "somebody"}}"#;
        let lined = entry.replace('\n', " ");
        for (text, lines) in [
            (format!("[\n{entry},\n{lined}]"), [2, 4]),
            (
                format!("{{\"total\": 2,\n\"incidents\": [{entry},\n{lined}]}}"),
                [2, 4],
            ),
            (format!("{lined}\n{lined}\n"), [1, 2]),
        ] {
            let export = read(&text);
            assert!(export.skipped.is_empty(), "{text}: {:?}", export.skipped);
            let found: Vec<u64> = export.rows.iter().map(|row| row.line).collect();
            assert_eq!(found, lines, "{text}");
            for row in &export.rows {
                assert_eq!(row.title, "Down");
                assert_eq!(row.id.as_deref(), Some("12"));
                assert_eq!(row.severity.as_deref(), Some("SEV1"));
                assert_eq!(row.opened_at, at("2026-03-02T09:00:00Z"));
                assert_eq!(row.resolved_at, None);
            }
        }
    }

    #[test]
    fn a_row_that_makes_no_sense_costs_itself_and_says_where_it_is() {
        let export = read(
            "title,opened_at,resolved_at,caused_by_change\n\
             ,2026-03-02T09:00:00Z,,\n\
             a,,,\n\
             b,soon,,\n\
             c,2026-03-02T09:00:00Z,2026-03-02T08:59:59Z,\n\
             d,03/04/2026 10:00,,\n\
             e,2026-03-02T09:00:00Z,,perhaps\n\
             f,2026-03-02T09:00:00Z,2026-03-02T09:00:00Z,yes\n",
        );
        assert_eq!(export.rows.len(), 1);
        assert_eq!(export.rows[0].line, 8);
        let told: Vec<(u64, &str)> = export
            .skipped
            .iter()
            .map(|(line, why)| (*line, why.as_str()))
            .collect();
        let expected = [
            (2, "has no title"),
            (3, "does not say when it began"),
            (4, "`soon` is no certain time"),
            (5, "ends before it begins"),
            (6, "`03/04/2026 10:00` is no certain time"),
            (7, "caused_by_change is `perhaps`, neither yes nor no"),
        ];
        assert_eq!(told, expected);
        let export = read("[1, {\"title\": \"x\"},\n\"y\"]");
        let lines: Vec<u64> = export.skipped.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 1, 2]);
    }

    #[test]
    fn times_without_an_offset_are_of_the_zone_and_those_that_were_twice_are_uncertain() {
        let text = "title,opened_at\na,2026-03-02 09:00\nb,2026-10-25 02:30\nc,2026-03-29 02:30\n";
        let export = read_incidents(text.as_bytes(), Berlin).unwrap();
        assert_eq!(export.rows[0].opened_at, at("2026-03-02T08:00:00Z"));
        assert_eq!((export.rows.len(), export.skipped.len()), (1, 2));
    }

    #[test]
    fn what_is_no_export_of_incidents_says_what_it_lacks() {
        for (text, words) in [
            ("", "is empty"),
            ("a,b\n1,2\n", "has no column `title`"),
            (
                "title,b\n1,2\n",
                "has no column `opened_at` (nor started_at, ",
            ),
            ("{\"a\": ", "is no JSON"),
            ("[{}", "is no JSON"),
        ] {
            let error = read_incidents(text.as_bytes(), Tz::UTC).unwrap_err();
            assert!(error.to_string().starts_with(words), "{text}: {error}");
        }
        assert!(read_incidents(&b"\xff\xfe"[..], Tz::UTC).is_err());
    }

    #[test]
    fn a_title_is_one_line_of_text() {
        let export = read("title,opened_at\n\"a\n\u{1b}[31m b\",2026-03-02T09:00:00Z\n");
        assert_eq!(export.rows[0].title, "a [31m b");
        let long = format!(
            "title,opened_at\n{},2026-03-02T09:00:00Z\n",
            "x".repeat(5000)
        );
        assert_eq!(read(&long).rows[0].title.len(), LONGEST_TEXT);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_incidents(bytes.as_slice(), Berlin);
        }

        #[test]
        fn any_text_in_the_cells_is_read_or_refused(cells in prop::collection::vec(".{0,12}", 3..30)) {
            let text = format!("title,opened_at,resolved_at\n{}", cells.join(","));
            let _ = read_incidents(text.as_bytes(), Berlin);
            let json = serde_json::json!([{ "title": cells[0], "opened_at": cells[1], "severity": cells }]);
            let _ = read_incidents(json.to_string().as_bytes(), Berlin);
        }
    }
}
