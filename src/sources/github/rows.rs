//! The rows of a body, as they stand there: found without looking into them, so that a bad one is left
//! out and counted, and loses no other. `page` asks for the bodies, `row` is what rows are made of.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::address;
use super::row::Unreadable;
use crate::model::Notice;

/// Rows of one page. 100 are asked for; a server that sends many more is none of GitHub's.
const MOST_ROWS: usize = 1_000;

/// What one row says; `None` when it is of a kind that does not matter here.
pub(super) type Reading<T> = Result<Option<T>, Unreadable>;

/// How many rows were met, and how many of them could not be read.
#[derive(Debug, Default)]
pub(super) struct Unread {
    rows: usize,
    unread: usize,
}

impl Unread {
    /// One notice for all of them, if there are any.
    pub(super) fn notices(&self, what: &str, at: &str) -> Vec<Notice> {
        if self.unread == 0 {
            return Vec::new();
        }
        let (unread, rows, place) = (self.unread, self.rows, address::place(at));
        let message = format!("{unread} of {rows} {what} at {place} cannot be read: left out");
        let notice = Notice::new("github-row-unreadable", message);
        vec![notice.count(unread).incomplete()]
    }

    /// Counts what was met elsewhere as well.
    pub(super) fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.unread += other.unread;
    }

    /// How many could not be read.
    pub(super) fn count(&self) -> usize {
        self.unread
    }
}

/// Reads each row by itself.
pub(super) fn readable<T>(
    rows: &[&RawValue],
    read: &dyn Fn(&RawValue) -> Reading<T>,
    unread: &mut Unread,
) -> Vec<T> {
    unread.rows += rows.len();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        match read(row) {
            Ok(item) => items.extend(item),
            Err(Unreadable) => unread.unread += 1,
        }
    }
    items
}

/// A list of rows as they stand in the body, not too many.
#[derive(Default)]
pub(super) struct Rows<'a>(pub(super) Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Rows<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_seq(RowsVisitor).map(Rows)
    }
}

struct RowsVisitor;

impl<'de> Visitor<'de> for RowsVisitor {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = list.next_element()? {
            if rows.len() == MOST_ROWS {
                return Err(A::Error::custom("too many rows"));
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

/// A body taken apart.
pub(super) struct Body<'a> {
    pub(super) rows: Vec<&'a RawValue>,
    /// Its `total_count`.
    pub(super) total: Option<u64>,
}

/// Reads a body whose rows stand under a key, or are the body.
pub(super) struct BodyOf {
    pub(super) key: Option<&'static str>,
}

impl<'de> DeserializeSeed<'de> for BodyOf {
    type Value = Body<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Body<'de>, D::Error> {
        match self.key {
            Some(_) => json.deserialize_map(self),
            None => Rows::deserialize(json).map(|Rows(rows)| Body { rows, total: None }),
        }
    }
}

impl<'de> Visitor<'de> for BodyOf {
    type Value = Body<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Body<'de>, A::Error> {
        let mut rows = None;
        let mut total = None;
        while let Some(name) = fields.next_key::<String>()? {
            if Some(name.as_str()) == self.key {
                rows = Some(fields.next_value::<Rows<'de>>()?.0);
            } else if name == "total_count" {
                total = fields.next_value::<&RawValue>()?.get().parse().ok();
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        // A body without the list is not one with an empty list: that would erase what is known.
        let rows = rows.ok_or_else(|| A::Error::custom("no list"))?;
        Ok(Body { rows, total })
    }
}
