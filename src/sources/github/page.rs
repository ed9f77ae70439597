//! A page of a listing, and all pages of a short one: asked for, taken apart, each row read by itself.
//! `rows` takes a body apart; `runs`, `deployments`, `issues` and `pulls` say what their rows are.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::rows::{BodyOf, Reading, Unread, readable};
use super::{Answer, Ask, GithubError, address};
use crate::model::Notice;

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

/// The notice for a listing that is too long, leads in a circle or breaks off.
pub(super) fn cut(what: &str, at: &str) -> Notice {
    let place = address::place(at);
    let message = format!("not all {what} at {place} can be listed: the rest is left out");
    Notice::new("github-list-cut", message).incomplete()
}

/// The pages of one listing that were asked for: none twice, and not endlessly many. Whoever follows
/// `next` keeps one.
#[derive(Debug)]
pub struct Trail {
    seen: HashSet<String>,
    most: usize,
}

impl Trail {
    /// A listing of at most so many pages.
    pub fn of(most: usize) -> Self {
        Self {
            seen: HashSet::new(),
            most,
        }
    }

    /// Whether this page (an address or a cursor) may be asked for; it then counts as asked for.
    pub fn goes_on(&mut self, at: &str) -> bool {
        self.seen.len() < self.most && self.seen.insert(at.to_owned())
    }
}
