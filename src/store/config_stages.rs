//! `flow.stages` in config.json: an ordered list of stages, each with the statuses that belong to it
//! and to no other. `config_flow` reads what stands beside them.

use std::collections::HashMap;

use crate::model::flow_settings::{Stage, StageKind, plain_status};

use super::config_fields::Fields;
use super::json_positions::{Json, Located};

const STAGE_KEYS: [&str; 4] = ["name", "kind", "statuses", "wip_limit"];
const KINDS: [StageKind; 5] = [
    StageKind::Queue,
    StageKind::Wait,
    StageKind::Active,
    StageKind::Done,
    StageKind::Cancelled,
];
/// No stream has more stages, no list more statuses, no name more characters.
const MOST_STAGES: usize = 50;
const MOST_NAMES: usize = 500;
const LONGEST_NAME: usize = 200;
const MOST_WIP: u32 = 100_000;

/// Which stage a status belongs to, as far as the stages were read.
#[derive(Default)]
pub(super) struct Claims {
    stages: HashMap<String, (String, StageKind)>,
}

impl Claims {
    /// Those texts of a list that a stage names, with that stage.
    pub(super) fn of_items<'v>(&self, value: &'v Located) -> Vec<(&'v Located, String, StageKind)> {
        let items = value.items().iter();
        let claimed = items.filter_map(|item| match &item.value {
            Json::String(text) => {
                let (stage, kind) = self.stages.get(&plain_status(text))?;
                Some((item, stage.clone(), *kind))
            }
            _ => None,
        });
        claimed.collect()
    }
}

/// A list of names, or one.
pub(super) fn names(fields: &mut Fields<'_>, key: &str, value: &Located) -> Vec<String> {
    let items = value.items();
    if items.len() > MOST_NAMES {
        let message = format!("`{key}` holds more than {MOST_NAMES} names");
        fields.fault(value.at, message, None);
        return Vec::new();
    }
    let mut read = Vec::new();
    for item in items {
        read.extend(name(fields, key, item));
    }
    read
}

fn name(fields: &mut Fields<'_>, key: &str, value: &Located) -> Option<String> {
    let text = fields.text(key, value)?;
    if text.chars().count() > LONGEST_NAME {
        let message = format!("`{key}` holds a name of more than {LONGEST_NAME} characters");
        fields.fault(value.at, message, None);
        return None;
    }
    Some(text.trim().to_owned())
}

/// The stages in the order of the stream. At least one is done, no two have one name, no status
/// belongs to two.
pub(super) fn stages(
    fields: &mut Fields<'_>,
    key: &str,
    value: &Located,
    claims: &mut Claims,
) -> Vec<Stage> {
    let items = match &value.value {
        Json::Array(items) if items.len() <= MOST_STAGES => items,
        Json::Array(_) => {
            let message = format!("`{key}` holds more than {MOST_STAGES} stages");
            fields.fault(value.at, message, None);
            return Vec::new();
        }
        other => {
            let message = format!(
                "`{key}` is {}; expected a list of stages",
                other.type_name()
            );
            let suggestion = "write [{ \"name\": \"Dev\", \"kind\": \"active\", \"statuses\": [\"In \
                              Progress\"] }, …]";
            fields.fault(value.at, message, Some(suggestion.to_owned()));
            return Vec::new();
        }
    };
    let mut read: Vec<Stage> = Vec::new();
    let mut is_all_read = true;
    for (index, item) in items.iter().enumerate() {
        let inside = format!("{key}[{index}]");
        let Some(stage) = stage(fields, &inside, item, claims) else {
            is_all_read = false;
            continue;
        };
        let is_named = |known: &Stage| plain_status(&known.name) == plain_status(&stage.name);
        if read.iter().any(is_named) {
            let at = item.member("name").map_or(item.at, |name| name.at);
            let message = format!("two stages are called \"{}\"", stage.name);
            fields.fault(at, message, Some("name each stage once".to_owned()));
        }
        read.push(stage);
    }
    // A stage that could not be read may have been the done one.
    if is_all_read && !read.iter().any(|stage| stage.kind == StageKind::Done) {
        let message = format!("`{key}` has no stage of kind done");
        let suggestion =
            "nothing would ever be finished; write \"kind\": \"done\" for the last one";
        fields.fault(value.at, message, Some(suggestion.to_owned()));
    }
    read
}

fn stage(
    fields: &mut Fields<'_>,
    inside: &str,
    value: &Located,
    claims: &mut Claims,
) -> Option<Stage> {
    let (mut called, mut kind, mut statuses, mut wip_limit) = (None, None, None, None);
    for member in fields.object(inside, value) {
        let key = format!("{inside}.{}", member.name);
        match member.name.as_str() {
            "name" => called = Some(name(fields, &key, &member.value)),
            "kind" => {
                let words = KINDS.map(StageKind::name);
                let word = fields.word(&key, &member.value, &words);
                let named = |kind: &StageKind| Some(kind.name()) == word;
                kind = Some(KINDS.into_iter().find(named));
            }
            "statuses" => statuses = Some(&member.value),
            "wip_limit" => wip_limit = fields.whole_number(&key, &member.value, 1, MOST_WIP),
            _ => fields.unknown_key(inside, member, &STAGE_KEYS),
        }
    }
    if matches!(value.value, Json::Object(_)) {
        if called.is_none() {
            fields.fault(value.at, format!("`{inside}` has no `name`"), None);
        }
        if kind.is_none() {
            let words = KINDS.map(StageKind::name).join(", ");
            let suggestion = format!("add \"kind\": one of {words}");
            fields.fault(
                value.at,
                format!("`{inside}` has no `kind`"),
                Some(suggestion),
            );
        }
    }
    let (called, kind) = (called??, kind??);
    let mut stage = Stage {
        name: called.clone(),
        kind,
        // A stage that lists none is called like its status.
        statuses: vec![called],
        wip_limit,
    };
    if let Some(list) = statuses {
        stage.statuses = names(fields, &format!("{inside}.statuses"), list);
    }
    claim(fields, value, statuses, &stage, claims);
    Some(stage)
}

/// Notes the statuses of a stage; one that another stage has is a fault.
fn claim(
    fields: &mut Fields<'_>,
    value: &Located,
    list: Option<&Located>,
    stage: &Stage,
    claims: &mut Claims,
) {
    for status in &stage.statuses {
        let plain = plain_status(status);
        let place = list.and_then(|list| {
            let is_it = |item: &&Located| match &item.value {
                Json::String(text) => plain_status(text) == plain,
                _ => false,
            };
            list.items().iter().find(is_it)
        });
        let at = place.map_or(value.at, |item| item.at);
        let claimed = (stage.name.clone(), stage.kind);
        if let Some((other, _)) = claims.stages.insert(plain, claimed)
            && other != stage.name
        {
            let message = format!(
                "the status \"{status}\" belongs to two stages, \"{other}\" and \"{}\"",
                stage.name
            );
            let suggestion = "statuses are compared without case and signs: name each once";
            fields.fault(at, message, Some(suggestion.to_owned()));
        }
    }
}
