//! Work items for tests that read as the story of an item, and the worked example of the
//! specification. Nothing is derived here.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};

use super::{FlowAccount, FlowItem};
use crate::model::flow_settings::{BusinessCalendar, Stage};
use crate::model::work_item::{Category, Change, Event, History, Status};
use crate::model::{FlowSettings, Settings, StageKind, Tracker, WorkItem};

/// The instant of `2026-03-02 09:00`, UTC; without a year it is 2026, without a month March:
/// `02 09:00`. Seconds may follow.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    let text = match text.find(' ') {
        Some(2) => format!("2026-03-{text}"),
        Some(5) => format!("2026-{text}"),
        _ => text.to_owned(),
    };
    let parse = |format| NaiveDateTime::parse_from_str(&text, format);
    parse("%Y-%m-%d %H:%M")
        .or_else(|_| parse("%Y-%m-%d %H:%M:%S"))
        .unwrap_or_else(|_| panic!("{text} is no instant"))
        .and_utc()
}

/// One item.
#[derive(Debug, Clone)]
pub(crate) struct Story(pub(crate) WorkItem);

impl Story {
    /// An item that is created when it enters its first status.
    pub(crate) fn of(key: &str) -> Self {
        Self(WorkItem {
            title: format!("About {key}"),
            updated: DateTime::<Utc>::MIN_UTC,
            history: History::Complete,
            ..WorkItem::known_as(Tracker::Jira, key, key, DateTime::<Utc>::MAX_UTC)
        })
    }

    pub(crate) fn typed(mut self, type_name: &str) -> Self {
        self.0.type_name = type_name.to_owned();
        self
    }

    pub(crate) fn valued(mut self, value: f64) -> Self {
        self.0.value = Some(value);
        self
    }

    pub(crate) fn created(mut self, instant: &str) -> Self {
        self.0.created = at(instant);
        self
    }

    pub(crate) fn resolved(mut self, resolution: &str) -> Self {
        self.0.resolution = Some(resolution.to_owned());
        self
    }

    /// Of another tracker, or with less than its whole history.
    pub(crate) fn told_by(mut self, tracker: Tracker, history: History) -> Self {
        (self.0.tracker, self.0.history) = (tracker, history);
        self
    }

    pub(crate) fn enters(self, instant: &str, status: &str) -> Self {
        self.enters_status(instant, Status::named(status))
    }

    pub(crate) fn enters_as(self, instant: &str, status: &str, category: Category) -> Self {
        let category = Some(category);
        self.enters_status(
            instant,
            Status {
                category,
                ..Status::named(status)
            },
        )
    }

    pub(crate) fn enters_id(self, instant: &str, status: &str, id: &str) -> Self {
        let id = Some(id.to_owned());
        self.enters_status(
            instant,
            Status {
                id,
                ..Status::named(status)
            },
        )
    }

    fn enters_status(self, instant: &str, status: Status) -> Self {
        self.change(instant, Change::Status(Arc::new(status)))
    }

    pub(crate) fn blocked(self, from: &str, to: &str, reason: Option<&str>) -> Self {
        self.stopped(from, reason).change(to, Change::Unblocked)
    }

    /// Blocked for good.
    pub(crate) fn stopped(self, from: &str, reason: Option<&str>) -> Self {
        self.change(from, Change::Blocked(reason.map(str::to_owned)))
    }

    pub(crate) fn labelled(self, instant: &str, label: &str) -> Self {
        self.change(instant, Change::Labelled(label.to_owned()))
    }

    pub(crate) fn unlabelled(self, instant: &str, label: &str) -> Self {
        self.change(instant, Change::Unlabelled(label.to_owned()))
    }

    pub(crate) fn change(mut self, instant: &str, change: Change) -> Self {
        let event = Event::new(at(instant), change);
        if matches!(event.change, Change::Status(_)) {
            let first = self.0.created == DateTime::<Utc>::MAX_UTC;
            if first {
                self.0.created = event.at;
            }
        }
        self.0.updated = self.0.updated.max(event.at);
        self.0.events.push(event);
        self
    }

    /// The last change was one of many that a tracker made at once.
    pub(crate) fn at_once(mut self) -> Self {
        if let Some(last) = self.0.events.last_mut() {
            last.is_bulk = true;
        }
        self
    }
}

/// A stage that holds the status of its own name.
pub(crate) fn stage(name: &str, kind: StageKind) -> Stage {
    Stage {
        name: name.to_owned(),
        kind,
        statuses: vec![name.to_owned()],
        wip_limit: None,
    }
}

/// Settings with these stages, in UTC.
pub(crate) fn settings(stages: Vec<Stage>) -> Settings {
    Settings {
        flow: FlowSettings {
            preset: None,
            stages,
            calendar: BusinessCalendar::default(),
            ..FlowSettings::default()
        },
        ..Settings::default()
    }
}

/// The stages of spec 6.7, in the order of the stream.
pub(crate) fn example_settings() -> Settings {
    use StageKind::{Active, Cancelled, Done, Queue, Wait};
    settings(vec![
        stage("Backlog", Queue),
        stage("Design", Active),
        stage("Development", Active),
        stage("Code Review", Wait),
        stage("Testing", Active),
        stage("Deployment Approval", Wait),
        stage("Deploy", Active),
        stage("Production", Done),
        stage("Cancelled", Cancelled),
    ])
}

/// The items of spec 6.7.
pub(crate) fn example_items() -> Vec<WorkItem> {
    let stories = [
        Story::of("FOC-101")
            .typed("Feature")
            .valued(8.0)
            .enters("02 09:00", "Backlog")
            .enters("03 09:00", "Design")
            .enters("04 09:00", "Development")
            .enters("06 09:00", "Code Review")
            .enters("09 09:00", "Testing")
            .enters("10 09:00", "Deployment Approval")
            .enters("11 09:00", "Deploy")
            .enters("11 11:00", "Production"),
        Story::of("FOC-102")
            .typed("Bug")
            .valued(3.0)
            .enters("02 10:00", "Backlog")
            .enters("02 12:00", "Development")
            .enters("03 12:00", "Code Review")
            .enters("04 12:00", "Development")
            .enters("05 12:00", "Code Review")
            .enters("06 12:00", "Testing")
            .enters("06 18:00", "Deploy")
            .enters("06 19:00", "Production"),
        Story::of("FOC-103")
            .typed("Risk")
            .valued(2.0)
            .enters("05 08:00", "Backlog")
            .enters("09 08:00", "Production"),
        Story::of("FOC-104")
            .typed("Tech Debt")
            .valued(1.0)
            .enters("02 09:00", "Backlog")
            .enters("04 09:00", "Development")
            .enters("06 09:00", "Production")
            .enters("10 09:00", "Development")
            .blocked("11 09:00", "12 03:00", None)
            .enters("12 09:00", "Production"),
        Story::of("FOC-105")
            .typed("Feature")
            .valued(5.0)
            .enters("03 09:00", "Backlog")
            .enters("05 09:00", "Design")
            .enters("06 09:00", "Development")
            .enters("07 09:00", "Code Review"),
        Story::of("FOC-106")
            .typed("Feature")
            .valued(5.0)
            .enters("03 09:00", "Backlog")
            .enters("04 09:00", "Development")
            .enters("08 09:00", "Cancelled"),
    ];
    stories.into_iter().map(|story| story.0).collect()
}

/// The `as of` instant of spec 6.7.
pub(crate) fn example_as_of() -> DateTime<Utc> {
    at("13 09:00")
}

/// The account of spec 6.7.
pub(crate) fn example() -> FlowAccount {
    FlowAccount::from_items(&example_items(), &example_settings(), example_as_of())
}

/// The account of these stories.
pub(crate) fn account(stories: &[Story], settings: &Settings, as_of: &str) -> FlowAccount {
    let items: Vec<WorkItem> = stories.iter().map(|story| story.0.clone()).collect();
    FlowAccount::from_items(&items, settings, at(as_of))
}

/// The settings that a user has who sets nothing.
pub(crate) fn preset() -> Settings {
    Settings::default()
}

pub(crate) fn one(story: Story, as_of: &str) -> (FlowAccount, FlowItem) {
    let account = account(&[story], &preset(), as_of);
    let item = account.items[0].clone();
    (account, item)
}

/// `Stage from..to` of each visit.
pub(crate) fn way(account: &FlowAccount, item: &FlowItem) -> Vec<String> {
    let day = |at: DateTime<Utc>| at.format("%d %H:%M").to_string();
    let visits = item.visits.iter();
    visits
        .map(|visit| {
            let to = visit.to.map(day).unwrap_or_default();
            format!(
                "{} {}..{to}",
                account.stage_name(visit.stage),
                day(visit.from)
            )
        })
        .collect()
}
