//! A page of a listing: the body is taken apart into rows, and each row is read by itself, so that a
//! bad one is left out and counted. `runs`, `deployments`, `issues` and `commits` say what their rows
//! are; `pulls` takes the rows of GraphQL through here as well.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de::DeserializeSeed};
use serde_json::value::RawValue;

use super::row::Unreadable;
use super::{Answer, Ask, GithubError, address};
use crate::model::Notice;

/// Rows of one page. 100 are asked for; a server that sends many more is none of GitHub's.
const MOST_ROWS: usize = 1_000;

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What its readable rows say, in their order.
    pub items: Vec<T>,
    /// How many rows the whole listing has, where the answer says so. It may be wrong.
    pub total: Option<u64>,
    /// What to ask for next: an address, or the cursor of a GraphQL listing.
    pub next: Option<String>,
    /// Its entity tag, to ask with the next time.
    pub etag: Option<String>,
    /// Whether nothing changed since the entity tag it was asked with: there are no items then, and
    /// what was known before still holds.
    pub is_unchanged: bool,
    /// Rows that were left out, and what else is odd.
    pub notices: Vec<Notice>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            total: None,
            next: None,
            etag: None,
            is_unchanged: false,
            notices: Vec::new(),
        }
    }
}

/// What one row says; `None` when it is of a kind that does not matter here.
pub(super) type Reading<T> = Result<Option<T>, Unreadable>;

/// A kind of listing: where its rows are and how one is read.
pub(super) struct List<'a, T> {
    /// What the rows are, in words.
    pub(super) what: &'static str,
    /// The field that holds the rows; `None` when the body is the list itself.
    pub(super) key: Option<&'static str>,
    /// Reads one row.
    pub(super) read: &'a dyn Fn(&RawValue) -> Reading<T>,
}

impl<T> List<'_, T> {
    /// Asks for one page.
    pub(super) fn page(
        &self,
        ask: &dyn Ask,
        at: &str,
        etag: Option<&str>,
    ) -> Result<Page<T>, GithubError> {
        let answer = ask.get(at, etag)?;
        if answer.is_unchanged && etag.is_some() {
            return Ok(Page {
                etag: answer.etag.or_else(|| etag.map(str::to_owned)),
                is_unchanged: true,
                ..Page::default()
            });
        }
        let mut unread = Unread::default();
        let (items, total) = self.items(&answer, at, &mut unread)?;
        Ok(Page {
            items,
            total,
            next: answer.next,
            etag: answer.etag,
            is_unchanged: false,
            notices: unread.notices(self.what, at),
        })
    }

    /// Asks for a page and all that follow it, `most` at the most.
    pub(super) fn all(
        &self,
        ask: &dyn Ask,
        first: String,
        most: usize,
    ) -> Result<(Vec<T>, Vec<Notice>), GithubError> {
        let mut unread = Unread::default();
        let mut found = Vec::new();
        let mut trail = Trail::of(most);
        let mut next = Some(first.clone());
        let mut is_cut = false;
        while let Some(at) = next {
            if !trail.goes_on(&at) {
                is_cut = true;
                break;
            }
            let answer = ask.get(&at, None)?;
            let (items, _) = self.items(&answer, &at, &mut unread)?;
            found.extend(items);
            next = answer.next;
        }
        let mut notices = unread.notices(self.what, &first);
        if is_cut {
            notices.push(cut(self.what, &first));
        }
        Ok((found, notices))
    }

    fn items(
        &self,
        answer: &Answer,
        at: &str,
        unread: &mut Unread,
    ) -> Result<(Vec<T>, Option<u64>), GithubError> {
        let text = body(answer, at)?;
        let mut json = serde_json::Deserializer::from_str(&text);
        let body = BodyOf { key: self.key }
            .deserialize(&mut json)
            .and_then(|body| json.end().map(|()| body))
            .map_err(|error| unlike(at, &error))?;
        Ok((readable(&body.rows, self.read, unread), body.total))
    }
}

/// The body as text. Bytes that are no UTF-8 are replaced: they are inside a text of somebody, and
/// harm no other.
pub(super) fn body<'a>(answer: &'a Answer, at: &str) -> Result<Cow<'a, str>, GithubError> {
    if answer.is_unchanged {
        let why = "it says that nothing changed since an answer that was never given";
        return Err(bad(at, why));
    }
    Ok(String::from_utf8_lossy(&answer.body))
}

/// Reads a body that is one object.
pub(super) fn object<'a, T: Deserialize<'a>>(text: &'a str, at: &str) -> Result<T, GithubError> {
    serde_json::from_str(text).map_err(|error| unlike(at, &error))
}

/// The error for a body that is not what was asked for. What serde says is not quoted, for it may
/// quote the body, and bodies name people.
pub(super) fn unlike(at: &str, error: &serde_json::Error) -> GithubError {
    let place = format!("line {}, column {}", error.line(), error.column());
    let why = match error.classify() {
        serde_json::error::Category::Data => {
            format!("it has not the shape of what was asked for ({place})")
        }
        serde_json::error::Category::Eof => "it ends too early".to_owned(),
        _ => format!("it is no JSON ({place})"),
    };
    bad(at, why)
}

/// The error for an answer that cannot be used.
pub(super) fn bad(at: &str, why: impl Into<String>) -> GithubError {
    GithubError::BadAnswer {
        at: address::place(at).to_owned(),
        why: why.into(),
    }
}

/// The notice for a listing that does not come to its end.
pub(super) fn cut(what: &str, at: &str) -> Notice {
    let place = address::place(at);
    let message = format!("the list of {what} at {place} does not end: the rest is left out");
    Notice::new("github-list-cut", message).incomplete()
}

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

/// The pages of one listing that were asked for: none twice, and not endlessly many.
pub(super) struct Trail {
    seen: HashSet<String>,
    most: usize,
}

impl Trail {
    /// A listing of at most so many pages.
    pub(super) fn of(most: usize) -> Self {
        Self {
            seen: HashSet::new(),
            most,
        }
    }

    /// Whether this page may be asked for.
    pub(super) fn goes_on(&mut self, at: &str) -> bool {
        self.seen.len() < self.most && self.seen.insert(at.to_owned())
    }
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

struct Body<'a> {
    rows: Vec<&'a RawValue>,
    total: Option<u64>,
}

/// Reads a body whose rows stand under a key, or are the body.
struct BodyOf {
    key: Option<&'static str>,
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
