//! What is known of a whole export of Jira: statuses, which custom field holds the value, which issues
//! were met, which pages and histories are missing. `jira_json` asks while it reads and has it told at
//! the end.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read, SeekFrom};

use chrono::{DateTime, Utc};

use super::jira_changelog::{self, Beside, Statuses, Told, is_value_field};
use super::jira_issue::{History, site};
use super::jira_json::ChangesPage;
use super::json_envelope::Envelope;
use super::json_values::Scalar;
use super::words::counted;
use super::{Input, Sink};
use crate::model::Notice;
use crate::model::flow_settings::plain_status;

/// The names of fields come behind the issues of some servers: so far from the end they are looked for.
const TAIL: u64 = 1024 * 1024;
/// Ids and keys that are remembered for changelogs that follow their issues.
const MOST_KNOWN: usize = 400_000;
/// Longer ones are nobody's, in bytes.
const LONGEST_KEY: usize = 300;
/// Issues that are named in a notice.
const MOST_NAMED: usize = 3;

/// The request that gives everything.
const REQUEST: &str = "ask with `fields=*all&expand=changelog,names`: see docs/import.md";

/// An issue that was met.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) created: DateTime<Utc>,
}

/// What is known of the file so far.
#[derive(Debug, Default)]
pub(super) struct JiraExport {
    pub(super) statuses: Statuses,
    /// Issues whose status means one thing by its key and another by its id.
    pub(super) contradictions: usize,
    /// Issues without histories.
    pub(super) without_changelog: usize,
    value_fields: Vec<String>,
    epic_fields: Vec<String>,
    /// Whether names of fields were met: every page repeats them.
    has_names: bool,
    known: HashMap<String, Known>,
    cut: usize,
    cut_named: Vec<String>,
    untimed: usize,
    breaks: usize,
    rows: u64,
    total: u64,
    goes_on: bool,
}

impl JiraExport {
    /// Looks for names of fields at the end; the input may be anywhere afterwards.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn new(input: &mut dyn Input) -> io::Result<Self> {
        let mut export = Self::default();
        let length = input.seek(SeekFrom::End(0))?;
        input.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut tail = Vec::new();
        input.take(TAIL).read_to_end(&mut tail)?;
        // In UTF-16, too, names of fields are mostly letters that have one byte.
        tail.retain(|byte| *byte != 0);
        export.names_in(&tail);
        Ok(export)
    }

    /// A quote inside of a text has a backslash before it: what looks like the member is it.
    fn names_in(&mut self, tail: &[u8]) {
        let found = memchr::memmem::rfind(tail, b"\"names\"");
        let after = found.and_then(|at| tail.get(at + 7..)).unwrap_or_default();
        let colon = after.iter().position(|byte| !byte.is_ascii_whitespace());
        let Some((b':', value)) = colon
            .and_then(|at| after.get(at..))
            .and_then(|after| after.split_first())
        else {
            return;
        };
        let mut values = serde_json::Deserializer::from_slice(value)
            .into_iter::<HashMap<Cow<'_, str>, Scalar<'_>>>();
        if let Some(Ok(names)) = values.next() {
            self.keep_names(&names);
        }
    }

    fn keep_names(&mut self, names: &HashMap<Cow<'_, str>, Scalar<'_>>) {
        for (id, name) in names {
            let (is_custom, name) = (id.starts_with("customfield_"), name.written());
            if is_custom && is_value_field(name) {
                add(&mut self.value_fields, id);
            } else if is_custom && plain_status(name) == "epic link" {
                add(&mut self.epic_fields, id);
            }
        }
        // Which of two comes first must not depend on how they were kept.
        self.value_fields.sort_unstable();
        self.epic_fields.sort_unstable();
        self.has_names = true;
    }

    /// Names of fields that stand before the issues.
    pub(super) fn field_names(&mut self, envelope: &Envelope) {
        if !self.has_names
            && let Some(names) = envelope.read("names")
        {
            self.keep_names(&names);
        }
    }

    /// Events and what else the histories of an issue tell.
    pub(super) fn histories(&mut self, histories: &[History<'_>], beside: &Beside<'_>) -> Told {
        let value_field = self.value_fields.first().map(String::as_str);
        let told = jira_changelog::read(histories, beside, value_field, &mut self.statuses);
        self.untimed += told.untimed;
        self.breaks += usize::from(told.breaks);
        if let Some(field) = &told.value_field {
            add(&mut self.value_fields, field);
        }
        told
    }

    /// The business value among the site's own fields.
    pub(super) fn value(&self, customs: &[(Cow<'_, str>, Scalar<'_>)]) -> Option<f64> {
        let mut fields = self.value_fields.iter();
        fields.find_map(|field| custom(customs, field)?.number())
    }

    /// The epic among the site's own fields.
    pub(super) fn epic(&self, customs: &[(Cow<'_, str>, Scalar<'_>)]) -> Option<String> {
        let mut fields = self.epic_fields.iter();
        fields.find_map(|field| Some(custom(customs, field)?.text()?.into_owned()))
    }

    /// An issue was met.
    pub(super) fn met(&mut self, id: &str, key: &str, created: DateTime<Utc>) {
        if self.known.len() < MOST_KNOWN && key.len() + id.len() <= LONGEST_KEY {
            let known = Known {
                id: id.to_owned(),
                key: key.to_owned(),
                created,
            };
            // Ids are numbers, keys are none.
            self.known.insert(key.to_owned(), known.clone());
            self.known.insert(id.to_owned(), known);
        }
    }

    /// What was met of an issue, by its id or its key.
    pub(super) fn known(&self, issue: &str) -> Option<&Known> {
        self.known.get(issue)
    }

    /// Only a part of the histories of an issue is there.
    pub(super) fn changelog_is_cut(&mut self, key: &str) {
        self.cut += 1;
        if self.cut_named.len() < MOST_NAMED {
            self.cut_named.push(key.to_owned());
        }
    }

    /// A page of issues ends.
    pub(super) fn page(&mut self, envelope: &Envelope, rows: u64) {
        self.rows += rows;
        let total: Scalar<'_> = envelope.read("total").unwrap_or_default();
        self.total = self.total.max(total.count().unwrap_or(0));
        let token: Scalar<'_> = envelope.read("nextPageToken").unwrap_or_default();
        let is_last: Option<bool> = envelope.read("isLast");
        let goes_on = match is_last {
            Some(is_last) => !is_last,
            None => token.text().is_some(),
        };
        self.goes_on = goes_on;
    }

    /// A page of the changelog of one issue ends; `None` if it does not say of which.
    pub(super) fn changes_of_one(envelope: &Envelope) -> Option<ChangesPage> {
        let address: String = envelope.read("self")?;
        let (_, after) = address.split_once("/issue/")?;
        let issue = after.split('/').next().filter(|issue| !issue.is_empty())?;
        let number = |name| envelope.read::<Scalar<'_>>(name)?.count();
        let is_first = number("startAt").unwrap_or(0) == 0;
        let is_last = envelope.read("isLast").unwrap_or(true);
        Some(ChangesPage {
            site: site(&address),
            issue: issue.to_owned(),
            is_first,
            is_last,
        })
    }

    /// Says what is missing.
    pub(super) fn finish(self, sink: &mut Sink<'_>) {
        let place = sink.place().to_owned();
        if self.goes_on || self.rows < self.total {
            let message = if self.rows < self.total {
                format!("{place} holds {} of {} issues", self.rows, self.total)
            } else {
                format!("{place} ends before the last page")
            };
            let notice = Notice::new("pages-missing", message);
            sink.notice(notice.hint("import the other pages, too").incomplete());
        }
        if self.cut > 0 {
            let named = self.cut_named.join(", ");
            let message = format!(
                "{place}: {} came with a part of the changelog ({named})",
                counted(self.cut, "issue")
            );
            let hint = "import the answers to `/rest/api/3/issue/ID/changelog` or \
                        `/rest/api/3/changelog/bulkfetch`, too: see docs/import.md";
            let notice = Notice::new("changelog-cut", message).count(self.cut);
            sink.notice(notice.hint(hint).incomplete());
        }
        if self.without_changelog > 0 {
            let count = self.without_changelog;
            let issues = counted(count, "issue");
            let message = format!(
                "{place}: {issues} came without changelog: times in stages are not known, \
                 ends are guessed"
            );
            let notice = Notice::new("history-missing", message).count(count);
            sink.notice(notice.hint(REQUEST).incomplete());
        }
        if self.contradictions > 0 {
            let count = self.contradictions;
            let issues = counted(count, "issue");
            let message = format!(
                "{place}: the category of the status of {issues} is one thing by its key and \
                 another by its id; the key was taken"
            );
            sink.notice(Notice::new("status-category-contradiction", message).count(count));
        }
        if self.breaks > 0 {
            let count = self.breaks;
            let issues = counted(count, "issue");
            let message = format!(
                "{place}: the last change of {issues} does not lead to the present status; it \
                 was added"
            );
            sink.notice(Notice::new("status-chain-broken", message).count(count));
        }
        if self.untimed > 0 {
            let count = self.untimed;
            let changes = counted(count, "change");
            let message = format!("{place}: {changes} without a time left out");
            sink.notice(Notice::new("change-without-time", message).count(count));
        }
    }
}

fn add(fields: &mut Vec<String>, id: &str) {
    if !fields.iter().any(|known| known == id) {
        fields.push(id.to_owned());
    }
}

fn custom<'c, 'a>(customs: &'c [(Cow<'a, str>, Scalar<'a>)], id: &str) -> Option<&'c Scalar<'a>> {
    let found = customs.iter().find(|(name, _)| name == id);
    found.map(|(_, value)| value)
}
