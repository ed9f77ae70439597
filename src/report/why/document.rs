//! The shape of an answer of `dora why`, the same for every number: the figure, its definition, the rows
//! that counted and those that did not, the arithmetic. Renderers know columns and cells, not metrics.

use chrono::{DateTime, Utc};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::model::Notice;
use crate::report::PeriodRange;

/// What stands behind one number.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Why {
    /// Version of this document's shape; 1.
    pub schema_version: u32,
    /// Version of the tool that made it.
    pub tool_version: String,
    /// The `as of` instant.
    pub generated_at: DateTime<Utc>,
    /// Name of the analysed repository.
    pub repository: String,
    /// What was asked for, as it is typed: `lead-time`.
    pub subject: String,
    /// The same as people say it: `Lead time for changes`.
    pub title: String,
    /// The environment; `None` for numbers of work items.
    pub environment: Option<String>,
    /// The component it is limited to, if it is.
    pub component: Option<String>,
    /// The deployment it is limited to, if it is.
    pub deployment: Option<String>,
    /// The period.
    pub period: PeriodRange,
    /// Whether the number is about the instant `generated_at`, whatever the period.
    pub of_now: bool,
    /// Zone of calendar days and weeks.
    pub timezone: String,
    /// The number.
    pub figure: Figure,
    /// What it means, in one sentence that names the settings in force.
    pub definition: String,
    /// The rows, by what became of them.
    pub sections: Vec<Section>,
    /// How the rows make the figure, a step a line.
    pub arithmetic: Vec<String>,
    /// What was left out or assumed while reading, as far as it concerns this number.
    pub notices: Vec<Notice>,
}

/// The number.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Figure {
    /// The value in `unit`, as the report's JSON has it; `None` without data.
    pub value: Option<f64>,
    /// Unit of the value, as in the report's JSON (`minutes`, `ratio`, `deploys_per_day`, `hours`, …).
    pub unit: String,
    /// The same as a person reads it, with its sample: `45 min (median of 6 changes)`.
    pub text: String,
    /// The 95 % interval in `unit`, where the method gives one.
    pub interval95: Option<[f64; 2]>,
    /// Why there is no value.
    pub reason: Option<String>,
}

/// What became of the rows of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// They make the number.
    Counted,
    /// They do not; each row names the rule in a column `rule`.
    LeftOut,
    /// They are told beside it and change nothing (thresholds, other figures).
    Beside,
}

/// Rows of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Key of the section in JSON and CSV: `changes`.
    pub key: &'static str,
    /// Heading: `Changes that counted`.
    pub title: String,
    /// What became of the rows.
    pub role: Role,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows; each has as many cells as there are columns.
    pub rows: Vec<Row>,
    /// What is said when there are none: `nothing was left out`.
    pub when_empty: &'static str,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its key in JSON and CSV: `lead_time_minutes`. A unit is part of it.
    pub key: &'static str,
    /// Its heading on a screen: `lead time`.
    pub title: &'static str,
}

/// A row.
pub type Row = Vec<Cell>;

/// A cell. Screens show what a person reads, files what a program does.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known or there is nothing to say.
    None,
    /// Foreign or own text.
    Text(String),
    /// Ids of commits in full (screens abbreviate them) or of other things.
    Ids(Vec<String>),
    /// A number without a unit.
    Count(f64),
    /// A duration in minutes.
    Minutes(f64),
    /// A duration in hours.
    Hours(f64),
    /// A ratio, 0 to 1.
    Share(f64),
    /// An instant.
    Instant(DateTime<Utc>),
    /// Yes or no.
    Flag(bool),
    /// The two ends of a range, low and high, in the unit of the column.
    Range([f64; 2]),
    /// What a screen says in other words than a file: a version cut short, a value with its unit.
    /// A screen shows nothing where the words are empty.
    Said {
        /// On a screen.
        screen: String,
        /// In a file; never `Said` itself.
        file: Box<Self>,
    },
}

impl Cell {
    /// A text; nothing where it is empty.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        match text.is_empty() {
            true => Self::None,
            false => Self::Text(text),
        }
    }

    /// Words for a screen, another cell for a file.
    #[must_use]
    pub fn said_as(self, screen: impl Into<String>) -> Self {
        Self::Said {
            screen: screen.into(),
            file: Box::new(self),
        }
    }

    /// What a file holds.
    pub fn in_file(&self) -> &Self {
        match self {
            Self::Said { file, .. } => file,
            other => other,
        }
    }
}

impl Column {
    /// A column.
    pub const fn new(key: &'static str, title: &'static str) -> Self {
        Self { key, title }
    }
}

impl Serialize for Section {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Rows<'a>(&'a Section);
        impl Serialize for Rows<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let keys = || self.0.columns.iter().map(|column| column.key);
                serializer.collect_seq(self.0.rows.iter().map(|row| Object(keys().zip(row))))
            }
        }
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("key", self.key)?;
        map.serialize_entry("title", &self.title)?;
        map.serialize_entry("role", &self.role)?;
        map.serialize_entry("rows", &Rows(self))?;
        map.end()
    }
}

/// A row as an object: column key → cell.
struct Object<I>(I);

impl<'a, I: Iterator<Item = (&'static str, &'a Cell)> + Clone> Serialize for Object<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Ids(ids) => ids.serialize(serializer),
            Self::Count(count) if is_whole(*count) => serializer.serialize_i64(*count as i64),
            Self::Count(number)
            | Self::Minutes(number)
            | Self::Hours(number)
            | Self::Share(number) => serializer.serialize_f64(*number),
            Self::Instant(instant) => instant.serialize(serializer),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Range(ends) => ends.serialize(serializer),
            Self::Said { file, .. } => file.serialize(serializer),
        }
    }
}

/// Whether a count is written without a decimal point: it is whole, and small enough to be exact.
fn is_whole(count: f64) -> bool {
    count.fract() == 0.0 && count.abs() < 9e15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_written_as_objects_under_the_keys_of_its_columns() {
        let section = Section {
            key: "changes",
            title: "Changes that counted".into(),
            role: Role::Counted,
            columns: vec![
                Column {
                    key: "commit",
                    title: "commit",
                },
                Column {
                    key: "lead_time_minutes",
                    title: "lead time",
                },
            ],
            rows: vec![vec![
                Cell::Ids(vec!["3f2a1bc9".into()]),
                Cell::Minutes(30.5),
            ]],
            when_empty: "no change was deployed",
        };
        assert_eq!(
            serde_json::to_string(&section).unwrap(),
            r#"{"key":"changes","title":"Changes that counted","role":"counted","rows":[{"commit":["3f2a1bc9"],"lead_time_minutes":30.5}]}"#
        );
    }
}
