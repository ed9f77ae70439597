//! The page of JSON documents is made of what stands above the fields themselves, so that it can neither
//! leave one out nor say of it what is not so. `docs` checks the other pages.
//!
//! `UPDATE_DOCS=1 cargo test --test it json_contract` writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::docs::check;

/// A field as it is declared.
struct Field {
    name: String,
    kind: String,
    meaning: String,
}

/// A struct as it is declared.
struct Shape {
    meaning: String,
    fields: Vec<Field>,
}

/// The public structs of a source file, by name.
fn shapes(path: &str) -> BTreeMap<String, Shape> {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path);
    let mut shapes: BTreeMap<String, Shape> = BTreeMap::new();
    let mut said: Vec<String> = Vec::new();
    let mut current: Option<String> = None;
    let mut is_hidden = false;
    for line in source.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("///") {
            said.push(words.trim().to_owned());
        } else if line.starts_with("#[") {
            is_hidden |= line.contains("serde(skip)");
        } else if let Some(name) = line.strip_prefix("pub struct ") {
            let name = name.trim_end_matches([' ', '{']).to_owned();
            let shape = Shape {
                meaning: std::mem::take(&mut said).join(" "),
                fields: Vec::new(),
            };
            shapes.insert(name.clone(), shape);
            current = Some(name);
        } else if let Some((name, kind)) =
            line.strip_prefix("pub ").and_then(|it| it.split_once(": "))
        {
            let meaning = std::mem::take(&mut said).join(" ");
            if let Some(shape) = current.as_ref().and_then(|it| shapes.get_mut(it))
                && !std::mem::take(&mut is_hidden)
            {
                shape.fields.push(Field {
                    name: name.to_owned(),
                    kind: kind.trim_end_matches(',').replace("super::", ""),
                    meaning,
                });
            }
        } else {
            if line == "}" {
                current = None;
            }
            said.clear();
        }
    }
    shapes
}

/// What is inside `Vec<…>`, `Option<…>` or `Box<…>`.
fn inside<'a>(kind: &'a str, wrapper: &str) -> Option<&'a str> {
    kind.strip_prefix(wrapper)?
        .strip_prefix('<')?
        .strip_suffix('>')
}

/// The innermost type.
fn innermost(kind: &str) -> &str {
    let wrapped = ["Vec", "Option", "Box"]
        .into_iter()
        .find_map(|it| inside(kind, it));
    match wrapped {
        Some(kind) => innermost(kind),
        None => kind,
    }
}

/// A type in words.
fn in_words(kind: &str, shapes: &BTreeMap<String, Shape>) -> String {
    if let Some(kind) = inside(kind, "Option") {
        return format!("{} or null", in_words(kind, shapes));
    }
    if let Some(kind) = inside(kind, "Vec") {
        return format!("list of {}", in_words(kind, shapes));
    }
    match kind {
        "String" | "&'static str" => "text".to_owned(),
        "Band" => "`elite`, `high`, `medium` or `low`".to_owned(),
        "Certainty" => "`insufficient`, `likely` or `firm`".to_owned(),
        "Trend" => "change".to_owned(),
        "f64" => "number".to_owned(),
        "usize" | "u64" | "u32" => "count".to_owned(),
        "bool" => "true or false".to_owned(),
        "DateTime<Utc>" => "instant".to_owned(),
        "NaiveDate" => "day".to_owned(),
        "StageKind" => "`queue`, `wait`, `active`, `done` or `cancelled`".to_owned(),
        "FlowType" => "`feature`, `defect`, `risk`, `debt` or `unclassified`".to_owned(),
        "History" => "`complete`, `partial` or `approximate`".to_owned(),
        "PeriodRange" => "period".to_owned(),
        "Notice" => "notice".to_owned(),
        "Scope" => "`environment`, `component`, `period`, `as_of`, `ref`".to_owned(),
        _ if shapes.contains_key(kind) => format!("[{kind}](#{})", kind.to_lowercase()),
        _ => match kind.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            Some(list) => {
                let (kind, count) = list.split_once("; ").expect("an array");
                format!("list of {count} × {}", in_words(kind, shapes))
            }
            None => panic!("the type {kind} has no words"),
        },
    }
}

/// The tables of a document and of everything in it that was not told before, depth first.
fn told(
    name: &str,
    shapes: &BTreeMap<String, Shape>,
    known: &mut BTreeSet<String>,
    text: &mut String,
) {
    if !known.insert(name.to_owned()) {
        return;
    }
    let shape = &shapes[name];
    text.push_str(&format!("\n### {name}\n\n{}\n\n", shape.meaning));
    text.push_str("| field | holds | meaning |\n|---|---|---|\n");
    for field in &shape.fields {
        assert!(
            !field.meaning.is_empty(),
            "{name}.{} says nothing",
            field.name
        );
        let holds = in_words(&field.kind, shapes);
        let meaning = field.meaning.replace('|', "\\|").replace("`None`", "null");
        text.push_str(&format!("| `{}` | {holds} | {meaning} |\n", field.name));
    }
    for field in &shape.fields {
        let inner = innermost(&field.kind);
        let inner = inner
            .trim_start_matches('[')
            .split(';')
            .next()
            .unwrap_or(inner);
        if shapes.contains_key(inner) {
            told(inner, shapes, known, text);
        }
    }
}

/// The tables of the document of `dora trend`; a part of its page.
pub(crate) fn tables_of_trend() -> String {
    let shapes = shapes("src/report/trend/document.rs");
    let mut text = String::new();
    told("TrendReport", &shapes, &mut BTreeSet::new(), &mut text);
    text
}

#[test]
fn every_field_of_the_json_documents_is_told_with_its_meaning() {
    let mut all = BTreeMap::new();
    for file in ["document", "way", "value", "summary"] {
        all.extend(shapes(&format!("src/report/flow/{file}.rs")));
    }
    let mut text = String::from(
        "# JSON of the value stream\n\n\
         The documents that `--format json` and `--export FILE.json` write, field by field. Fields may be added; none is \
         renamed. The\ndocument of `dora report` is told in [data-files.md](data-files.md#json-export), which also says what \
         a period and a notice hold.\n\n\
         Hours are elapsed hours, shares and ratios 0 to 1, instants RFC 3339 in UTC, days those of the configured zone. \
         What is\nnot known is null, with the reason beside it.\n",
    );
    let documents = [
        ("`dora flow`", "FlowReport"),
        ("`dora flow KEY`", "ItemWay"),
        ("`dora value`", "ValueReport"),
        ("`flow` in `dora report --verbose`", "FlowSummary"),
    ];
    let mut known = BTreeSet::new();
    for (command, name) in documents {
        text.push_str(&format!("\n## {command}\n"));
        told(name, &all, &mut known, &mut text);
    }
    check("docs/json-of-flow.md", &text);
}

/// The texts between quotes that follow one of these beginnings, blanks aside.
fn quoted_after(code: &str, beginnings: &[&str], found: &mut BTreeSet<String>) {
    for beginning in beginnings {
        for rest in code.split(beginning).skip(1) {
            let rest = rest.trim_start();
            if let Some((key, _)) = rest.strip_prefix('"').and_then(|it| it.split_once('"')) {
                found.insert(key.to_owned());
            }
        }
    }
}

#[test]
fn every_section_and_column_of_why_is_told_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut sections, mut columns) = (BTreeSet::new(), BTreeSet::new());
    for room in ["src/report/why", "src/report/why/flow"] {
        for file in fs::read_dir(root.join(room)).expect("a room") {
            let path = file.expect("a file").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            if path.is_dir() || name == "document.rs" || name.ends_with("tests.rs") {
                continue;
            }
            let code = fs::read_to_string(&path).expect("code");
            let code = code.split("#[cfg(test)]").next().unwrap_or_default();
            quoted_after(code, &["Column::new("], &mut columns);
            quoted_after(code, &["key: ", "counts("], &mut sections);
            // Keys that are handed on.
            let words = code.split('"').filter(|it| it.ends_with("_left_out"));
            sections.extend(words.map(str::to_owned));
        }
    }
    let page = fs::read_to_string(root.join("docs/why-columns.md")).expect("the page");
    let (first, second) = page.split_once("## Columns").expect("two tables");
    for (told, known) in [(first, sections), (second, columns)] {
        let keys = told
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let told: BTreeSet<String> = keys.map(str::to_owned).collect();
        assert!(known.len() > 30, "{known:?}");
        assert_eq!(told, known);
    }
}
