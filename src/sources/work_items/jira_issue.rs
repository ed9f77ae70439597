//! What an issue looks like in Jira's JSON, of Cloud and Data Center, as far as it matters: borrowed from
//! the row, and tolerant of what is missing or null. `jira_changelog` makes events of its histories,
//! `jira_json` the item.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::json_values::{Scalar, object, objects};
use crate::model::work_item::{Category, History as Known};

/// A row: an issue, or the changes of one in the answer to a bulk request.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Issue<'a> {
    #[serde(borrow)]
    pub(super) id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) key: Scalar<'a>,
    /// Its address.
    #[serde(borrow, rename = "self")]
    pub(super) address: Scalar<'a>,
    #[serde(borrow)]
    pub(super) fields: Option<Fields<'a>>,
    #[serde(borrow)]
    pub(super) changelog: Option<Changelog<'a>>,
    /// Of a bulk request: whose changes these are.
    #[serde(borrow, rename = "issueId")]
    pub(super) issue_id: Scalar<'a>,
    #[serde(borrow, rename = "changeHistories", deserialize_with = "objects")]
    pub(super) change_histories: Vec<History<'a>>,
}

/// The histories of an issue, or the first page of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Changelog<'a> {
    #[serde(borrow)]
    pub(super) total: Scalar<'a>,
    #[serde(borrow)]
    pub(super) is_last: Scalar<'a>,
    #[serde(borrow, deserialize_with = "objects")]
    pub(super) histories: Vec<History<'a>>,
    /// The same under another name, as pages of their own have it.
    #[serde(borrow, deserialize_with = "objects")]
    pub(super) values: Vec<History<'a>>,
}

/// What somebody changed at once.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct History<'a> {
    #[serde(borrow)]
    pub(super) id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) created: Scalar<'a>,
    #[serde(borrow, deserialize_with = "objects")]
    pub(super) items: Vec<Item<'a>>,
}

/// One field that was changed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Item<'a> {
    #[serde(borrow)]
    pub(super) field: Scalar<'a>,
    #[serde(borrow)]
    pub(super) field_id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) from: Scalar<'a>,
    #[serde(borrow)]
    pub(super) from_string: Scalar<'a>,
    #[serde(borrow)]
    pub(super) to: Scalar<'a>,
    #[serde(borrow)]
    pub(super) to_string: Scalar<'a>,
}

/// The fields of an issue now.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) summary: Scalar<'a>,
    pub(super) issue_type: Named<'a>,
    pub(super) status: StatusNow<'a>,
    pub(super) created: Scalar<'a>,
    pub(super) updated: Scalar<'a>,
    pub(super) resolution: Named<'a>,
    pub(super) resolution_date: Scalar<'a>,
    pub(super) category_changed: Scalar<'a>,
    pub(super) labels: Vec<Scalar<'a>>,
    pub(super) parent: Named<'a>,
    pub(super) epic: Named<'a>,
    /// Fields of the site's own that hold a number or a text.
    pub(super) customs: Vec<(Cow<'a, str>, Scalar<'a>)>,
}

/// A thing with a name, of which more is told than matters.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named<'a> {
    #[serde(borrow)]
    pub(super) id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) key: Scalar<'a>,
    #[serde(borrow)]
    pub(super) name: Scalar<'a>,
}

/// The status of an issue now.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct StatusNow<'a> {
    #[serde(borrow)]
    pub(super) id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) name: Scalar<'a>,
    #[serde(borrow, deserialize_with = "object")]
    pub(super) status_category: Named<'a>,
}

/// The site that an address is of: its host, or what Atlassian's gateway (`/ex/jira/ID`) calls it.
pub(super) fn site(address: &str) -> Option<String> {
    const LONGEST: usize = 253;
    let (_, after) = address.trim().split_once("://")?;
    let mut parts = after.split(['/', '?', '#']);
    let authority = parts.next()?;
    let host = authority.rsplit('@').next()?.to_ascii_lowercase();
    let site = match (host.as_str(), parts.next(), parts.next(), parts.next()) {
        ("api.atlassian.com", Some("ex"), Some("jira"), Some(site)) => site.to_ascii_lowercase(),
        _ => host,
    };
    (!site.is_empty() && site.len() <= LONGEST).then_some(site)
}

/// Whether a text is a result without issues; of lists of other trackers that name their items so, too,
/// nothing could be said.
pub(super) fn is_empty_result(head: &str) -> bool {
    #[derive(Deserialize)]
    struct Page {
        issues: Vec<IgnoredAny>,
    }
    let head = head.trim_start_matches('\u{feff}');
    let mut pages = serde_json::Deserializer::from_str(head).into_iter::<Page>();
    matches!(pages.next(), Some(Ok(page)) if page.issues.is_empty())
}

/// A reason with the key of its issue: in a file of one line the number of the line says nothing.
pub(super) fn of_issue(text: &[u8], reason: &str) -> String {
    const LONGEST: usize = 100;
    #[derive(Deserialize)]
    struct Keyed<'a> {
        #[serde(borrow)]
        key: Scalar<'a>,
    }
    let keyed = serde_json::from_slice::<Keyed<'_>>(text).ok();
    let key = keyed.as_ref().and_then(|keyed| keyed.key.text());
    match key.filter(|key| key.len() <= LONGEST) {
        Some(key) => format!("{key}: {reason}"),
        None => reason.to_owned(),
    }
}

/// The histories of an issue, and how much of all they are.
pub(super) fn histories_of<'c, 'a>(changelog: &'c Changelog<'a>) -> (&'c [History<'a>], Known) {
    let histories = if changelog.histories.is_empty() {
        &changelog.values
    } else {
        &changelog.histories
    };
    let total = changelog.total.count().unwrap_or(0);
    let is_cut = total > histories.len() as u64 || changelog.is_last.flag() == Some(false);
    let history = if is_cut {
        Known::Partial
    } else {
        Known::Complete
    };
    (histories, history)
}

impl StatusNow<'_> {
    /// What Jira says it means, and whether it contradicts itself there. Its key decides: ids and
    /// translated names were seen to be changed by hand.
    pub(super) fn category(&self) -> (Option<Category>, bool) {
        let by_key = match self.status_category.key.text().as_deref() {
            Some("new") => Some(Category::New),
            Some("indeterminate") => Some(Category::Active),
            Some("done") => Some(Category::Done),
            _ => None,
        };
        let by_id = match self.status_category.id.text().as_deref() {
            Some("2") => Some(Category::New),
            Some("4") => Some(Category::Active),
            Some("3") => Some(Category::Done),
            _ => None,
        };
        let contradicts = by_key.is_some() && by_id.is_some() && by_key != by_id;
        (by_key.or(by_id), contradicts)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fields of an issue")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(name) = members.next_key::<Scalar<'de>>()? {
            let Scalar::Text(name) = name else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            match name.as_ref() {
                "summary" => fields.summary = members.next_value()?,
                // The second is how jira-cli writes it.
                "issuetype" | "issueType" => fields.issue_type = thing(&mut members)?,
                "status" => fields.status = thing(&mut members)?,
                "created" => fields.created = members.next_value()?,
                "updated" => fields.updated = members.next_value()?,
                "resolution" => fields.resolution = thing(&mut members)?,
                "resolutiondate" => fields.resolution_date = members.next_value()?,
                "statuscategorychangedate" => fields.category_changed = members.next_value()?,
                "labels" => {
                    fields.labels = members.next_value::<Option<_>>()?.unwrap_or_default();
                }
                "parent" => fields.parent = thing(&mut members)?,
                "epic" => fields.epic = thing(&mut members)?,
                _ if name.starts_with("customfield_") => {
                    let value: Scalar<'de> = members.next_value()?;
                    if value != Scalar::Nothing {
                        fields.customs.push((name, value));
                    }
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(fields)
    }
}

fn thing<'de, T: Deserialize<'de> + Default, A: MapAccess<'de>>(
    members: &mut A,
) -> Result<T, A::Error> {
    members
        .next_value::<Option<T>>()
        .map(Option::unwrap_or_default)
}
