//! `flow` in config.json: the stages of the value stream and what words mean in it. What a preset
//! holds is in `model::flow_settings`; `flow_layer` lays what was read over other places.
//! `config_stages` reads the stages, this file the rest.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveTime, Weekday};
use regex::RegexBuilder;

use crate::model::flow_settings::{BusinessCalendar, PRESETS, plain_status};
use crate::model::{FlowType, StageKind};

use super::config_fields::Fields;
use super::config_parts::patterns;
use super::config_stages::{Claims, names, stages};
use super::flow_layer::FlowLayer;
use super::json_positions::Located;

const KEYS: [&str; 11] = [
    "preset",
    "stages",
    "closing_statuses",
    "blocked_statuses",
    "blocked_labels",
    "status_labels",
    "cancelled_resolutions",
    "types",
    "key_pattern",
    "target_hours",
    "calendar",
];
const CALENDAR_KEYS: [&str; 3] = ["weekdays", "hours", "holidays"];
/// No pattern of keys needs to be longer, and none takes more bytes when it is compiled.
const LONGEST_KEY_PATTERN: usize = 200;
const LARGEST_KEY_PATTERN: usize = 1 << 18;
/// A hundred years.
const MOST_TARGET_HOURS: f64 = 876_600.0;
const MOST_HOLIDAYS: usize = 2_000;

/// What a configuration says about the value stream.
pub(super) fn flow(fields: &mut Fields<'_>, value: &Located) -> FlowLayer {
    let mut layer = FlowLayer::default();
    let mut claims = Claims::default();
    // Where the other lists of statuses stand, for faults that only show beside the stages.
    let mut closing = None;
    let mut blocked = None;
    let mut own_stages = None;
    for member in fields.object("flow", value) {
        let key = format!("flow.{}", member.name);
        let value = &member.value;
        match member.name.as_str() {
            "preset" => layer.preset = fields.word(&key, value, &PRESETS).map(str::to_owned),
            "stages" => {
                own_stages = Some(member.at);
                layer.stages = Some(stages(fields, &key, value, &mut claims));
            }
            "closing_statuses" => {
                closing = Some(value);
                layer.closing_statuses = Some(names(fields, &key, value));
            }
            "blocked_statuses" => {
                blocked = Some(value);
                layer.blocked_statuses = Some(names(fields, &key, value));
            }
            "blocked_labels" => layer.blocked_labels = Some(patterns(fields, &key, value)),
            "status_labels" => layer.status_labels = Some(status_labels(fields, &key, value)),
            "cancelled_resolutions" => {
                layer.cancelled_resolutions = Some(names(fields, &key, value));
            }
            "types" => layer.types = types(fields, value),
            "key_pattern" => layer.key_pattern = key_pattern(fields, &key, value),
            "target_hours" => layer.target_hours = target_hours(fields, &key, value),
            "calendar" => layer.calendar = Some(calendar(fields, value)),
            _ => fields.unknown_key("flow", member, &KEYS),
        }
    }
    if let (Some(at), Some(preset)) = (own_stages, &layer.preset) {
        let message = format!("`flow` names the preset \"{preset}\" and has stages of its own");
        let suggestion = "leave one of the two out: stages replace a preset as a whole";
        fields.fault(at, message, Some(suggestion.to_owned()));
    }
    if let Some(value) = blocked {
        for (item, stage, _) in claims.of_items(value) {
            let message =
                format!("`flow.blocked_statuses` names a status of the stage \"{stage}\"");
            let suggestion = "leave it out of one of the two".to_owned();
            fields.fault(item.at, message, Some(suggestion));
        }
    }
    if let Some(value) = closing {
        for (item, stage, kind) in claims.of_items(value) {
            if kind != StageKind::Done {
                let message = format!(
                    "`flow.closing_statuses` names a status of the stage \"{stage}\", which is {}",
                    kind.name()
                );
                let suggestion = "move it to a stage of kind done".to_owned();
                fields.fault(item.at, message, Some(suggestion));
            }
        }
    }
    layer
}

/// Patterns of labels whose `*` covers the name of a status.
fn status_labels(fields: &mut Fields<'_>, key: &str, value: &Located) -> Vec<String> {
    let mut read = patterns(fields, key, value);
    let stars = |pattern: &String| pattern.matches('*').count();
    if let Some(pattern) = read.iter().find(|pattern| stars(pattern) != 1) {
        let message = format!("`{key}` \"{pattern}\" holds {} `*`", stars(pattern));
        let suggestion = "write one, where the status stands, like \"status: *\"".to_owned();
        fields.fault(value.at, message, Some(suggestion));
        read.clear();
    }
    read
}

/// Words for types, and what kind of work each is.
fn types(fields: &mut Fields<'_>, value: &Located) -> BTreeMap<String, FlowType> {
    let mut read = BTreeMap::new();
    for member in fields.object("flow.types", value) {
        let key = format!("flow.types.{}", member.name);
        let word = plain_status(&member.name);
        if word.is_empty() {
            fields.fault(member.at, "a type in `flow.types` has no name", None);
            continue;
        }
        let words = FlowType::ALL.map(FlowType::name);
        let kind = fields
            .word(&key, &member.value, &words)
            .and_then(|name| FlowType::ALL.into_iter().find(|kind| kind.name() == name));
        let Some(kind) = kind else {
            continue;
        };
        if read.insert(word, kind).is_some_and(|other| other != kind) {
            let message = format!(
                "`flow.types` names \"{}\" twice, with different kinds of work",
                member.name
            );
            let suggestion = "types are compared without case and signs: leave one out".to_owned();
            fields.fault(member.at, message, Some(suggestion));
        }
    }
    read
}

/// A regular expression that finds keys: it compiles, stays small and needs at least one character.
fn key_pattern(fields: &mut Fields<'_>, key: &str, value: &Located) -> Option<String> {
    let text = fields.text(key, value)?;
    let example = || Some("write one like \"[A-Z][A-Z0-9]+-[0-9]+\"".to_owned());
    if text.chars().count() > LONGEST_KEY_PATTERN {
        let message = format!("`{key}` is longer than {LONGEST_KEY_PATTERN} characters");
        fields.fault(value.at, message, example());
        return None;
    }
    match RegexBuilder::new(&text)
        .size_limit(LARGEST_KEY_PATTERN)
        .build()
    {
        Ok(regex) if regex.is_match("") => {
            let message = format!("`{key}` \"{text}\" fits a text without any character");
            fields.fault(value.at, message, example());
            None
        }
        Ok(_) => Some(text),
        Err(error) => {
            // Its last line says what is wrong; those before it draw the place in the pattern.
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim();
            let why = why.strip_prefix("error: ").unwrap_or(why);
            let message = format!("`{key}` \"{text}\" is no regular expression: {why}");
            fields.fault(value.at, message, example());
            None
        }
    }
}

fn target_hours(fields: &mut Fields<'_>, key: &str, value: &Located) -> Option<f64> {
    let hours = fields.number(key, value)?;
    if hours > 0.0 && hours <= MOST_TARGET_HOURS {
        return Some(hours);
    }
    let message = format!("`{key}` is {hours}; expected hours, more than 0");
    fields.fault(value.at, message, None);
    None
}

/// When people work; what it leaves out is built in.
fn calendar(fields: &mut Fields<'_>, value: &Located) -> BusinessCalendar {
    let mut calendar = BusinessCalendar::default();
    for member in fields.object("flow.calendar", value) {
        let key = format!("flow.calendar.{}", member.name);
        let value = &member.value;
        match member.name.as_str() {
            "weekdays" => calendar.weekdays = weekdays(fields, &key, value),
            "hours" => {
                if let Some((from, to)) = hours(fields, &key, value) {
                    (calendar.from, calendar.to) = (from, to);
                }
            }
            "holidays" => calendar.holidays = holidays(fields, &key, value),
            _ => fields.unknown_key("flow.calendar", member, &CALENDAR_KEYS),
        }
    }
    calendar
}

/// Days of the week in their order, each once.
fn weekdays(fields: &mut Fields<'_>, key: &str, value: &Located) -> Vec<Weekday> {
    let mut days = Vec::new();
    for item in value.items() {
        let Some(text) = fields.text(key, item) else {
            continue;
        };
        match Weekday::from_str(text.trim()) {
            Ok(day) => days.push(day),
            Err(_) => {
                let message = format!("`{key}` \"{text}\" is no day of the week");
                let suggestion = "write Mon, Tue, Wed, Thu, Fri, Sat or Sun".to_owned();
                fields.fault(item.at, message, Some(suggestion));
            }
        }
    }
    if value.items().is_empty() {
        let message = format!("`{key}` holds no day");
        let suggestion = "write the days on which people work, like [\"Mon\", \"Tue\"]".to_owned();
        fields.fault(value.at, message, Some(suggestion));
    }
    days.sort_by_key(Weekday::num_days_from_monday);
    days.dedup();
    days
}

/// Beginning and end of a day: `09:00-17:00`.
fn hours(fields: &mut Fields<'_>, key: &str, value: &Located) -> Option<(NaiveTime, NaiveTime)> {
    let text = fields.text(key, value)?;
    let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
    let span = text
        .split_once(['-', '–'])
        .and_then(|(from, to)| Some((time(from)?, time(to)?)));
    let message = match span {
        Some((from, to)) if from < to => return Some((from, to)),
        Some(_) => format!("`{key}` \"{text}\" ends before it begins"),
        None => format!("`{key}` \"{text}\" is no span of a day"),
    };
    let suggestion = "write beginning and end, like \"09:00-17:00\"; 23:59 is the latest";
    fields.fault(value.at, message, Some(suggestion.to_owned()));
    None
}

/// Days on which nobody works, in order, each once.
fn holidays(fields: &mut Fields<'_>, key: &str, value: &Located) -> Vec<NaiveDate> {
    let items = value.items();
    if items.len() > MOST_HOLIDAYS {
        let message = format!("`{key}` holds more than {MOST_HOLIDAYS} days");
        fields.fault(value.at, message, None);
        return Vec::new();
    }
    let mut days = Vec::new();
    for item in items {
        let Some(text) = fields.text(key, item) else {
            continue;
        };
        match NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d") {
            Ok(day) => days.push(day),
            Err(_) => {
                let message = format!("`{key}` \"{text}\" is no day of the calendar");
                let suggestion = "write year, month and day, like \"2026-12-25\"".to_owned();
                fields.fault(item.at, message, Some(suggestion));
            }
        }
    }
    days.sort_unstable();
    days.dedup();
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FlowSettings;
    use crate::store::config::{Config, parse};
    use crate::store::settings_from_layers;

    fn read(flow: &str) -> Result<Config, Vec<String>> {
        let text = format!("{{\"flow\": {flow}}}");
        parse(text.as_bytes(), "c")
            .map_err(|error| error.faults().iter().map(ToString::to_string).collect())
    }

    fn settings(flow: &str) -> FlowSettings {
        let config = read(flow).unwrap();
        assert!(config.notices.is_empty());
        settings_from_layers(&[config.layer]).flow
    }

    fn only_fault(flow: &str) -> String {
        let faults = read(flow).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults[0].clone()
    }

    #[test]
    fn everything_about_the_stream_can_be_set() {
        let flow = settings(
            r#"{ "stages": [
                   { "name": "Ideas", "kind": "queue", "statuses": ["Backlog", "To Do"] },
                   { "name": "Waiting", "kind": "wait", "statuses": "On Hold", "wip_limit": 3 },
                   { "name": "Build", "kind": "active" },
                   { "name": "Live", "kind": "done", "statuses": ["Done", "Verified"] } ],
                 "closing_statuses": ["verified"], "blocked_statuses": ["Stuck"],
                 "blocked_labels": ["blocked*"], "status_labels": ["stage: *"],
                 "cancelled_resolutions": "Dropped", "types": { "Epic ✨": "feature" },
                 "key_pattern": "GH-[0-9]+", "target_hours": 120,
                 "calendar": { "weekdays": ["Friday", "mon", "Mon"], "hours": "08:30 - 16:00",
                               "holidays": ["2026-12-25", "2026-01-01"] } }"#,
        );
        assert_eq!(flow.preset, None);
        let names: Vec<_> = flow
            .stages
            .iter()
            .map(|stage| stage.name.as_str())
            .collect();
        assert_eq!(names, ["Ideas", "Waiting", "Build", "Live"]);
        assert_eq!(flow.stages[1].statuses, ["On Hold"]);
        assert_eq!(flow.stages[1].wip_limit, Some(3));
        assert_eq!(flow.stages[2].statuses, ["Build"], "called like its status");
        assert_eq!(flow.stages[3].kind, StageKind::Done);
        assert_eq!(flow.closing_statuses, ["verified"]);
        assert_eq!(flow.blocked_statuses, ["Stuck"]);
        assert_eq!(flow.blocked_labels, ["blocked*"]);
        assert_eq!(flow.status_labels, ["stage: *"]);
        assert_eq!(flow.cancelled_resolutions, ["Dropped"]);
        assert_eq!(flow.types["epic"], FlowType::Feature);
        assert_eq!(flow.types["bug"], FlowType::Defect, "words are added");
        assert_eq!(flow.key_pattern, "GH-[0-9]+");
        assert_eq!(flow.target_hours, Some(120.0));
        assert_eq!(flow.calendar.weekdays, [Weekday::Mon, Weekday::Fri]);
        assert_eq!(flow.calendar.from.to_string(), "08:30:00");
        assert_eq!(flow.calendar.to.to_string(), "16:00:00");
        assert_eq!(flow.calendar.holidays[0].to_string(), "2026-01-01");
    }

    #[test]
    fn a_preset_is_chosen_by_name() {
        let flow = settings(r#"{ "preset": "fawkes" }"#);
        assert_eq!(flow.preset.as_deref(), Some("fawkes"));
        assert_eq!(flow.stages[2].name, "Code Review");
        assert_eq!(settings("{}"), FlowSettings::default());
        assert_eq!(
            only_fault(r#"{ "preset": "fawks" }"#),
            "c:1:22: `flow.preset` cannot be \"fawks\"; did you mean \"fawkes\"?"
        );
    }

    #[test]
    fn a_stream_without_end_two_stages_of_one_name_and_a_status_of_two_are_faults() {
        assert_eq!(
            only_fault(r#"{ "stages": [{ "name": "Dev", "kind": "active" }] }"#),
            "c:1:22: `flow.stages` has no stage of kind done; nothing would ever be finished; \
             write \"kind\": \"done\" for the last one"
        );
        assert!(only_fault(r#"{ "stages": [] }"#).contains("no stage of kind done"));
        assert_eq!(
            only_fault(
                r#"{ "stages": [{ "name": "Done", "kind": "done", "statuses": ["A"] },
                                { "name": "done", "kind": "done", "statuses": ["B"] }] }"#
            ),
            "c:2:43: two stages are called \"done\"; name each stage once"
        );
        assert_eq!(
            only_fault(
                r#"{ "stages": [{ "name": "Dev", "kind": "active", "statuses": ["In Progress"] },
                                { "name": "End", "kind": "done", "statuses": ["Done", "in  progress 🚧"] }] }"#
            ),
            "c:2:87: the status \"in  progress 🚧\" belongs to two stages, \"Dev\" and \"End\"; \
             statuses are compared without case and signs: name each once"
        );
    }

    #[test]
    fn a_preset_beside_stages_is_a_fault() {
        let fault =
            only_fault(r#"{ "preset": "fawkes", "stages": [{ "name": "Done", "kind": "done" }] }"#);
        assert_eq!(
            fault,
            "c:1:32: `flow` names the preset \"fawkes\" and has stages of its own; leave one of \
             the two out: stages replace a preset as a whole"
        );
    }

    #[test]
    fn all_faults_of_the_stream_are_told_at_once() {
        let faults = read(
            r#"{ "stages": [{ "kind": "activ", "wip_limit": 0 }, 7],
                 "key_pattern": "[A-Z", "target_hours": -1,
                 "status_labels": ["workflow"], "types": { "Epic": "features" },
                 "calendar": { "weekdays": ["Someday"], "hours": "17:00-09:00",
                               "holidays": ["2026-02-30"] } }"#,
        )
        .unwrap_err();
        let starts = [
            "c:1:33: `flow.stages[0].kind` cannot be \"activ\"; did you mean \"active\"?",
            "c:1:55: `flow.stages[0].wip_limit` is 0; expected 1 to 100000",
            "c:1:23: `flow.stages[0]` has no `name`",
            "c:1:60: `flow.stages[1]` is a number; expected an object",
            "c:2:33: `flow.key_pattern` \"[A-Z\" is no regular expression: unclosed character class",
            "c:2:57: `flow.target_hours` is -1; expected hours, more than 0",
            "c:3:35: `flow.status_labels` \"workflow\" holds 0 `*`",
            "c:3:68: `flow.types.Epic` cannot be \"features\"; did you mean \"feature\"?",
            "c:4:45: `flow.calendar.weekdays` \"Someday\" is no day of the week",
            "c:4:66: `flow.calendar.hours` \"17:00-09:00\" ends before it begins",
            "c:5:45: `flow.calendar.holidays` \"2026-02-30\" is no day of the calendar",
        ];
        assert_eq!(faults.len(), starts.len(), "{faults:#?}");
        for (fault, start) in faults.iter().zip(starts) {
            assert!(fault.starts_with(start), "{fault}\n{start}");
        }
    }

    #[test]
    fn a_key_needs_a_character_and_a_pattern_a_size() {
        assert!(only_fault(r#"{ "key_pattern": "[A-Z]*" }"#).contains("without any character"));
        assert!(only_fault(r#"{ "key_pattern": "(\\w{1000}){1000}" }"#).contains("is no regular"));
        assert!(
            only_fault(&format!("{{ \"key_pattern\": \"{}\" }}", "a".repeat(201))).contains("200")
        );
    }

    #[test]
    fn a_status_is_in_a_stage_or_blocks_and_only_what_is_done_is_closed() {
        let stages = r#""stages": [{ "name": "Stuck", "kind": "wait" }, { "name": "Done", "kind": "done" }]"#;
        let fault = only_fault(&format!(r#"{{ {stages}, "blocked_statuses": ["stuck"] }}"#));
        assert!(
            fault.contains("names a status of the stage \"Stuck\""),
            "{fault}"
        );
        let fault = only_fault(&format!(r#"{{ "closing_statuses": ["Stuck"], {stages} }}"#));
        assert!(
            fault.contains("the stage \"Stuck\", which is wait"),
            "{fault}"
        );
    }

    #[test]
    fn unknown_keys_are_warned_about() {
        let config = read(
            r#"{ "stage": [], "calendar": { "days": 1 },
                 "stages": [{ "name": "Done", "kind": "done", "wip": 3 }] }"#,
        )
        .unwrap();
        let hints: Vec<_> = config
            .notices
            .iter()
            .map(|notice| notice.message.as_str())
            .collect();
        assert_eq!(
            hints,
            [
                "c:1:12: `stage` is no key dora knows in `flow`",
                "c:1:39: `days` is no key dora knows in `flow.calendar`",
                "c:2:63: `wip` is no key dora knows in `flow.stages[0]`",
            ]
        );
    }
}
