//! Rows of Azure DevOps in JSON: updates (what changed), revisions (how it was then) and rows of its
//! analytics, each turned into what an item looked like at an instant. `azure_json` makes events of two
//! such looks that follow each other.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json_values::{Scalar, reason};
use crate::model::work_item::Category;

/// What an item looked like.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Look {
    pub(super) state: Option<String>,
    /// What Azure DevOps says the state means, where it does.
    pub(super) category: Option<Category>,
    pub(super) type_name: Option<String>,
    pub(super) title: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) value: Option<f64>,
    pub(super) parent: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) is_blocked: bool,
    /// Whether it says itself whether it is blocked.
    pub(super) tells_blocked: bool,
    pub(super) is_deleted: bool,
    pub(super) created: Option<DateTime<Utc>>,
    /// When its state changed last.
    pub(super) state_changed: Option<DateTime<Utc>>,
    /// When it was activated, resolved and closed last.
    pub(super) reached: [Option<DateTime<Utc>>; 3],
}

/// What one row says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// The number of the item.
    pub(super) id: String,
    /// The number of the revision; 0 where none is told.
    pub(super) revision: u64,
    /// When it became so; `None` if that cannot be told.
    pub(super) at: Option<DateTime<Utc>>,
    /// What it says.
    pub(super) said: Said,
}

/// How a row says it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// Everything, as it was since then.
    All(Box<Look>),
    /// What changed: how that was before, and after.
    Changes(Box<(Changed, Look, Look)>),
    /// Nothing that matters: links and files.
    Nothing,
}

/// Which parts of a look an update speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Changed {
    state: bool,
    type_name: bool,
    title: bool,
    tags: bool,
    value: bool,
    parent: bool,
    reason: bool,
    is_blocked: bool,
    is_deleted: bool,
    created: bool,
    state_changed: bool,
}

impl Look {
    /// How long its texts are together, in bytes.
    pub(super) fn length(&self) -> usize {
        let texts = [
            &self.state,
            &self.type_name,
            &self.title,
            &self.parent,
            &self.reason,
        ];
        let texts = texts.into_iter().flatten().chain(&self.tags);
        texts.map(String::len).sum()
    }

    /// This look after an update.
    pub(super) fn after(&self, changed: Changed, new: &Self) -> Self {
        let mut look = self.clone();
        if changed.state {
            look.state.clone_from(&new.state);
            look.category = new.category;
        }
        if changed.type_name {
            look.type_name.clone_from(&new.type_name);
        }
        if changed.title {
            look.title.clone_from(&new.title);
        }
        if changed.tags {
            look.tags.clone_from(&new.tags);
        }
        if changed.parent {
            look.parent.clone_from(&new.parent);
        }
        if changed.reason {
            look.reason.clone_from(&new.reason);
        }
        let pick = |is_new: bool, new: bool, old: bool| if is_new { new } else { old };
        look.is_blocked = pick(changed.is_blocked, new.is_blocked, look.is_blocked);
        look.is_deleted = pick(changed.is_deleted, new.is_deleted, look.is_deleted);
        if changed.value {
            look.value = new.value;
        }
        if changed.created {
            look.created = new.created;
        }
        if changed.state_changed {
            look.state_changed = new.state_changed;
        }
        look
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Outside<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow, rename = "workItemId")]
    work_item_id: Scalar<'a>,
    #[serde(borrow)]
    rev: Scalar<'a>,
    #[serde(borrow)]
    fields: Option<&'a RawValue>,
    // A row of the analytics has no more around it.
    #[serde(borrow, rename = "WorkItemId")]
    analytics_id: Scalar<'a>,
}

/// The fields of an item: each as it is, or as it changed.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "T: Deserialize<'de> + Default"))]
struct Fields<T> {
    #[serde(rename = "System.Id")]
    id: T,
    #[serde(rename = "System.State")]
    state: T,
    #[serde(rename = "System.Reason")]
    reason: T,
    #[serde(rename = "System.Title")]
    title: T,
    #[serde(rename = "System.WorkItemType")]
    type_name: T,
    #[serde(rename = "System.CreatedDate")]
    created: T,
    #[serde(rename = "System.ChangedDate")]
    changed: T,
    #[serde(rename = "System.Tags")]
    tags: T,
    #[serde(rename = "System.Parent")]
    parent: T,
    #[serde(rename = "System.IsDeleted")]
    is_deleted: T,
    #[serde(rename = "Microsoft.VSTS.Common.BusinessValue")]
    value: T,
    #[serde(rename = "Microsoft.VSTS.CMMI.Blocked")]
    is_blocked: T,
    #[serde(rename = "Microsoft.VSTS.Common.StateChangeDate")]
    state_changed: T,
    #[serde(rename = "Microsoft.VSTS.Common.ActivatedDate")]
    activated: T,
    #[serde(rename = "Microsoft.VSTS.Common.ResolvedDate")]
    resolved: T,
    #[serde(rename = "Microsoft.VSTS.Common.ClosedDate")]
    closed: T,
}

/// A field that changed. A side that is not there is empty.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Delta<'a> {
    #[serde(borrow)]
    old_value: Scalar<'a>,
    #[serde(borrow)]
    new_value: Scalar<'a>,
}

/// A row of the analytics.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Analytics<'a> {
    #[serde(borrow)]
    revision: Scalar<'a>,
    #[serde(borrow)]
    state: Scalar<'a>,
    #[serde(borrow)]
    state_category: Scalar<'a>,
    #[serde(borrow)]
    reason: Scalar<'a>,
    #[serde(borrow)]
    title: Scalar<'a>,
    #[serde(borrow)]
    work_item_type: Scalar<'a>,
    #[serde(borrow)]
    created_date: Scalar<'a>,
    #[serde(borrow)]
    changed_date: Scalar<'a>,
    #[serde(borrow)]
    state_change_date: Scalar<'a>,
    #[serde(borrow)]
    activated_date: Scalar<'a>,
    #[serde(borrow)]
    resolved_date: Scalar<'a>,
    #[serde(borrow)]
    closed_date: Scalar<'a>,
    #[serde(borrow)]
    tag_names: Scalar<'a>,
    #[serde(borrow)]
    parent_work_item_id: Scalar<'a>,
    #[serde(borrow)]
    business_value: Scalar<'a>,
    #[serde(borrow)]
    blocked: Scalar<'a>,
}

/// Reads a row; the error is the reason why it cannot be read.
pub(super) fn read(text: &[u8], zone: Tz) -> Result<Row, String> {
    let outside: Outside<'_> = serde_json::from_slice(text).map_err(|error| reason(&error))?;
    if let Some(id) = outside.analytics_id.text() {
        let row: Analytics<'_> = serde_json::from_slice(text).map_err(|error| reason(&error))?;
        return Ok(Row {
            id: id.into_owned(),
            revision: row.revision.count().unwrap_or(0),
            at: row.changed_date.instant(zone),
            said: Said::All(Box::new(analytics(&row, zone))),
        });
    }
    let revision = outside.rev.count().unwrap_or(0);
    let fields = outside
        .fields
        .map(RawValue::get)
        .filter(|fields| *fields != "null");
    let nothing = || "it has no `fields`".to_owned();
    if let Some(id) = outside.work_item_id.text() {
        let id = id.into_owned();
        let Some(fields) = fields else {
            return Ok(Row {
                id,
                revision,
                at: None,
                said: Said::Nothing,
            });
        };
        let fields: Fields<Delta<'_>> =
            serde_json::from_str(fields).map_err(|error| reason(&error))?;
        // Never `revisedDate`: that is when the next revision took its place.
        let at = fields.changed.new_value.instant(zone);
        let said = Said::Changes(Box::new(changes(&fields, zone)));
        return Ok(Row {
            id,
            revision,
            at,
            said,
        });
    }
    let fields: Fields<Scalar<'_>> =
        serde_json::from_str(fields.ok_or_else(nothing)?).map_err(|error| reason(&error))?;
    let id = outside.id.text().or_else(|| fields.id.text());
    Ok(Row {
        id: id.ok_or("it has no `id`")?.into_owned(),
        revision,
        at: fields.changed.instant(zone),
        said: Said::All(Box::new(look(&fields, zone))),
    })
}

fn look(fields: &Fields<Scalar<'_>>, zone: Tz) -> Look {
    let state = owned(&fields.state);
    Look {
        category: state.as_deref().and_then(category_of_state),
        state,
        type_name: owned(&fields.type_name),
        title: Some(fields.title.written().to_owned()).filter(|title| !title.is_empty()),
        tags: tags(&fields.tags),
        value: fields.value.number(),
        parent: owned(&fields.parent),
        reason: owned(&fields.reason),
        is_blocked: fields.is_blocked.flag() == Some(true),
        tells_blocked: fields.is_blocked.flag().is_some(),
        is_deleted: fields.is_deleted.flag() == Some(true),
        created: fields.created.instant(zone),
        state_changed: fields.state_changed.instant(zone),
        reached: [&fields.activated, &fields.resolved, &fields.closed].map(|at| at.instant(zone)),
    }
}

/// Both sides of an update, and what it speaks of.
fn changes(fields: &Fields<Delta<'_>>, zone: Tz) -> (Changed, Look, Look) {
    let side = |pick: &dyn for<'d> Fn(&'d Delta<'_>) -> Scalar<'d>| {
        look(
            &Fields {
                id: Scalar::Nothing,
                state: pick(&fields.state),
                reason: pick(&fields.reason),
                title: pick(&fields.title),
                type_name: pick(&fields.type_name),
                created: pick(&fields.created),
                changed: Scalar::Nothing,
                tags: pick(&fields.tags),
                parent: pick(&fields.parent),
                is_deleted: pick(&fields.is_deleted),
                value: pick(&fields.value),
                is_blocked: pick(&fields.is_blocked),
                state_changed: pick(&fields.state_changed),
                // Updates tell every state themselves.
                activated: Scalar::Nothing,
                resolved: Scalar::Nothing,
                closed: Scalar::Nothing,
            },
            zone,
        )
    };
    let is_told = |delta: &Delta<'_>| {
        delta.old_value != Scalar::Nothing || delta.new_value != Scalar::Nothing
    };
    let changed = Changed {
        state: is_told(&fields.state),
        type_name: is_told(&fields.type_name),
        title: is_told(&fields.title),
        tags: is_told(&fields.tags),
        value: is_told(&fields.value),
        parent: is_told(&fields.parent),
        reason: is_told(&fields.reason),
        is_blocked: is_told(&fields.is_blocked),
        is_deleted: is_told(&fields.is_deleted),
        created: is_told(&fields.created),
        state_changed: is_told(&fields.state_changed),
    };
    let old = side(&|delta| borrowed(&delta.old_value));
    let new = side(&|delta| borrowed(&delta.new_value));
    (changed, old, new)
}

fn analytics(row: &Analytics<'_>, zone: Tz) -> Look {
    let state = owned(&row.state);
    let category = match row.state_category.text().as_deref() {
        Some("Proposed") => Some(Category::New),
        Some("InProgress" | "In Progress") => Some(Category::Active),
        Some("Resolved") => Some(Category::Wait),
        Some("Completed") => Some(Category::Done),
        Some("Removed") => Some(Category::Cancelled),
        _ => state.as_deref().and_then(category_of_state),
    };
    Look {
        state,
        category,
        type_name: owned(&row.work_item_type),
        title: Some(row.title.written().to_owned()).filter(|title| !title.is_empty()),
        tags: tags(&row.tag_names),
        value: row.business_value.number(),
        parent: owned(&row.parent_work_item_id),
        reason: owned(&row.reason),
        is_blocked: row.blocked.flag() == Some(true),
        tells_blocked: row.blocked.flag().is_some(),
        is_deleted: false,
        created: row.created_date.instant(zone),
        state_changed: row.state_change_date.instant(zone),
        reached: [&row.activated_date, &row.resolved_date, &row.closed_date]
            .map(|at| at.instant(zone)),
    }
}

/// What the states mean that the processes of Azure DevOps come with.
pub(super) fn category_of_state(state: &str) -> Option<Category> {
    match state.trim().to_ascii_lowercase().as_str() {
        "new" | "proposed" | "to do" | "approved" => Some(Category::New),
        "active" | "in progress" | "committed" | "open" | "doing" => Some(Category::Active),
        "resolved" => Some(Category::Wait),
        "closed" | "done" | "completed" => Some(Category::Done),
        "removed" => Some(Category::Cancelled),
        _ => None,
    }
}

fn owned(value: &Scalar<'_>) -> Option<String> {
    value.text().map(Cow::into_owned)
}

fn borrowed<'d>(value: &'d Scalar<'_>) -> Scalar<'d> {
    match value {
        Scalar::Nothing => Scalar::Nothing,
        Scalar::Text(text) => Scalar::Text(Cow::Borrowed(text)),
        Scalar::Whole(number) => Scalar::Whole(*number),
        Scalar::Number(number) => Scalar::Number(*number),
        Scalar::Flag(flag) => Scalar::Flag(*flag),
    }
}

/// Tags are separated by semicolons.
fn tags(value: &Scalar<'_>) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in value.written().split(';').map(str::trim) {
        if !tag.is_empty() && !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}
