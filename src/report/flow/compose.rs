//! Account + metrics → `FlowReport`: what is said of the stream over one period. `figures` fills the
//! metrics, `item_rows` what is said of single items (also `dora flow KEY`), `findings` and `said` put
//! rules and notices in words, `compose_value` is `dora value`.

use chrono::{DateTime, Utc, Weekday};

use super::document::{
    Blocked, Constraint, CumulativeDay, Finding, FlowDefinitions, FlowReport, IdeaToCash, ItemRow,
    Load, SourceRow, StageDefinition, StageRow, StatusRow, Velocity,
};
use super::way::Code;
use super::{figures, findings, item_rows, said};
use crate::ledger::flow::{FlowAccount, FlowItem};
use crate::metrics::flow::ageing::{Ageing, ageing};
use crate::metrics::flow::flow_load::stage_loads;
use crate::metrics::flow::stage_limits::stage_limits;
use crate::metrics::flow::stage_time::stage_time;
use crate::model::work_item::History;
use crate::model::{Notice, Period, Settings, StageKind, Tracker, WorkItem};
use crate::report::PeriodRange;
use crate::report::quantity::plural;

/// Version of the flow report's shape.
pub const FLOW_SCHEMA_VERSION: u32 = 1;

/// Everything a flow report is made of.
#[derive(Debug, Clone)]
pub struct FlowInputs<'a> {
    /// What became of the items.
    pub account: &'a FlowAccount,
    /// The items that the account was made of.
    pub items: &'a [WorkItem],
    /// The settings it was made with.
    pub settings: &'a Settings,
    /// The period.
    pub period: &'a Period,
    /// Name of the analysed repository.
    pub repository: &'a str,
    /// How items meet commits; `None` when no commit was looked at.
    pub code: Option<Code>,
    /// What was met on the way here.
    pub notices: Vec<Notice>,
    /// Whether `FlowReport::items` is wanted: a row of every item is most of the report's weight, and
    /// the shorter screens show none.
    pub with_items: bool,
}

impl<'a> FlowInputs<'a> {
    /// The item as its tracker tells it.
    pub(in crate::report) fn told(&self, item: &FlowItem) -> Option<&'a WorkItem> {
        self.items.get(item.item)
    }

    /// The key of an item.
    pub(in crate::report) fn key(&self, item: &FlowItem) -> &'a str {
        self.told(item).map_or("", |item| item.key.as_str())
    }

    /// The key of the item with this index in the account.
    pub(in crate::report) fn key_of(&self, index: usize) -> &'a str {
        let item = self.account.items.get(index);
        item.map_or("", |item| self.key(item))
    }

    pub(in crate::report) fn stage_name(&self, stage: usize) -> String {
        self.account.stage_name(stage).to_owned()
    }

    /// Why nothing is measured of items done in the period.
    pub(in crate::report) fn nothing_done(&self) -> String {
        if self.account.items.is_empty() {
            "no work item is on record".to_owned()
        } else {
            "no item was done in the period".to_owned()
        }
    }

    /// Why nothing is known of the way of the items done in the period; `otherwise` where some tell it.
    pub(in crate::report) fn nothing_told(&self, otherwise: &str) -> String {
        let (account, window) = (self.account, self.period.window);
        if account.done_in(window).next().is_none() {
            self.nothing_done()
        } else if account.told_in(window).next().is_none() {
            "the items done in the period tell only how they were when they were exported"
                .to_owned()
        } else {
            otherwise.to_owned()
        }
    }
}

/// So many items are worth a second thread.
const WORTH_TWO: usize = 5_000;

/// What is said of the stream as a whole.
struct Figures {
    idea_to_cash: IdeaToCash,
    stages: Vec<StageRow>,
    load: Load,
    velocity: Velocity,
    blocked: Blocked,
    cumulative_flow: Vec<CumulativeDay>,
    constraint: (Option<Constraint>, Option<String>),
}

/// What is said of single items.
struct Rows<'a> {
    ageing: Ageing<'a>,
    findings: Vec<Finding>,
    items: Vec<ItemRow>,
}

/// The report of the stream over one period. Figures and rows are independent of each other, and of
/// many items are made at the same time.
pub fn compose(inputs: &FlowInputs<'_>) -> FlowReport {
    let account = inputs.account;
    let window = inputs.period.window;
    let limits = stage_limits(account);
    let loads = stage_loads(account);
    let figures_of_stream = || {
        let stages = stage_time(account, window);
        Figures {
            idea_to_cash: figures::idea_to_cash(inputs, &stages),
            stages: figures::stages(account, &stages, &limits, &loads),
            load: figures::load(inputs),
            velocity: figures::velocity(inputs),
            blocked: figures::blocked(inputs),
            cumulative_flow: figures::cumulative_flow(inputs),
            constraint: findings::constraint(inputs),
        }
    };
    let rows_of_items = || Rows {
        ageing: ageing(account, window),
        findings: findings::rows(inputs, &limits, &loads),
        items: match inputs.with_items {
            true => item_rows::rows(inputs),
            false => Vec::new(),
        },
    };
    let (figures, rows) = match account.items.len() < WORTH_TWO {
        true => (figures_of_stream(), rows_of_items()),
        false => std::thread::scope(|scope| {
            let rows = scope.spawn(rows_of_items);
            let figures = figures_of_stream();
            match rows.join() {
                Ok(rows) => (figures, rows),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }),
    };
    let (constraint, constraint_reason) = figures.constraint;
    let ageing = rows.ageing;
    FlowReport {
        schema_version: FLOW_SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        generated_at: account.as_of,
        repository: inputs.repository.to_owned(),
        period: period_range(inputs.period),
        timezone: account.zone.name().to_owned(),
        definitions: definitions(inputs),
        sources: sources(inputs),
        statuses: statuses(account),
        idea_to_cash: figures.idea_to_cash,
        stages: figures.stages,
        flow_time: figures::flow_time(inputs),
        flow_efficiency: figures::efficiency(inputs),
        flow_load: figures.load,
        flow_velocity: figures.velocity,
        flow_distribution: figures::distribution(inputs),
        blocked: figures.blocked,
        constraint,
        constraint_reason,
        cumulative_flow: figures.cumulative_flow,
        service_level: figures::service_level(inputs, &ageing),
        ageing: item_rows::ageing_rows(inputs, &ageing),
        scatter: item_rows::scatter(inputs),
        findings: rows.findings,
        set_aside: item_rows::set_aside(inputs),
        items: rows.items,
        code: inputs.code.clone(),
        notices: said::notices(inputs),
    }
}

pub(in crate::report) fn period_range(period: &Period) -> PeriodRange {
    PeriodRange {
        start: period.window.start,
        end: period.window.end,
        days: period.window.days(),
        label: period.label.clone(),
        complete: period.complete,
    }
}

pub(in crate::report) fn definitions(inputs: &FlowInputs<'_>) -> FlowDefinitions {
    let flow = &inputs.settings.flow;
    let account = inputs.account;
    let named = |is: fn(StageKind) -> bool| {
        let stages = account.stages.iter().filter(|stage| is(stage.kind));
        let names: Vec<&str> = stages.map(|stage| stage.name.as_str()).collect();
        names.join(", ")
    };
    FlowDefinitions {
        preset: flow.preset.clone(),
        stages: account
            .stages
            .iter()
            .map(|stage| StageDefinition {
                name: stage.name.clone(),
                kind: stage.kind,
                statuses: stage.statuses.clone(),
                wip_limit: stage.wip_limit,
            })
            .collect(),
        flow_time: format!(
            "from the first entry to a stage of waiting or work ({}) to the last entry to done ({}), \
             elapsed",
            named(StageKind::is_in_progress),
            named(|kind| kind == StageKind::Done),
        ),
        percentiles: "nearest-rank".to_owned(),
        business_calendar: calendar(inputs),
        key_pattern: flow.key_pattern.clone(),
    }
}

/// `Mon-Fri 09:00-17:00 UTC without 2 holidays`.
fn calendar(inputs: &FlowInputs<'_>) -> String {
    let calendar = &inputs.settings.flow.calendar;
    let mut days: Vec<u32> = calendar
        .weekdays
        .iter()
        .map(Weekday::num_days_from_monday)
        .collect();
    days.sort_unstable();
    days.dedup();
    // Days that follow each other are said by the first and the last of them.
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == day => *last = day,
            _ => runs.push((day, day)),
        }
    }
    let name = |day: u32| {
        let day = u8::try_from(day).unwrap_or(0);
        Weekday::try_from(day).map_or(String::new(), |day| day.to_string())
    };
    let runs: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| match last - first {
            0 => name(first),
            1 => format!("{}, {}", name(first), name(last)),
            _ => format!("{}-{}", name(first), name(last)),
        })
        .collect();
    let days = if runs.is_empty() {
        "no day".to_owned()
    } else {
        runs.join(", ")
    };
    let holidays = match calendar.holidays.len() {
        0 => String::new(),
        count => format!(" without {}", plural(count, "holiday")),
    };
    format!(
        "{days} {}-{} {}{holidays}",
        calendar.from.format("%H:%M"),
        calendar.to.format("%H:%M"),
        inputs.account.zone.name(),
    )
}

fn sources(inputs: &FlowInputs<'_>) -> Vec<SourceRow> {
    let mut rows: Vec<(Tracker, SourceRow)> = Vec::new();
    for known in &inputs.account.items {
        let Some(item) = inputs.told(known) else {
            continue;
        };
        let found = rows
            .iter()
            .position(|(tracker, _)| *tracker == item.tracker);
        let index = found.unwrap_or_else(|| {
            rows.push((item.tracker, SourceRow::new(item.tracker)));
            rows.len() - 1
        });
        if let Some((_, row)) = rows.get_mut(index) {
            row.add(item, inputs.account.as_of);
        }
    }
    rows.sort_by_key(|(tracker, _)| *tracker);
    rows.into_iter().map(|(_, row)| row).collect()
}

impl SourceRow {
    fn new(tracker: Tracker) -> Self {
        Self {
            tracker: tracker_name(tracker).to_owned(),
            items: 0,
            events: 0,
            complete: 0,
            partial: 0,
            approximate: 0,
            updated: None,
        }
    }

    fn add(&mut self, item: &WorkItem, as_of: DateTime<Utc>) {
        let events = item.events.iter();
        self.items += 1;
        self.events += events.filter(|event| event.at < as_of).count();
        match item.history {
            History::Complete => self.complete += 1,
            History::Partial => self.partial += 1,
            History::Approximate => self.approximate += 1,
        }
        self.updated = self.updated.max(Some(item.updated));
    }
}

/// The name of a tracker in exports.
fn tracker_name(tracker: Tracker) -> &'static str {
    match tracker {
        Tracker::Jira => "jira",
        Tracker::AzureDevops => "azure-devops",
        Tracker::Focalboard => "focalboard",
        Tracker::Github => "github",
        Tracker::Gitlab => "gitlab",
        Tracker::Linear => "linear",
        Tracker::StageDates => "stage-dates",
        Tracker::Csv => "csv",
    }
}

fn statuses(account: &FlowAccount) -> Vec<StatusRow> {
    let statuses = account.statuses.iter();
    statuses
        .map(|status| StatusRow {
            status: status.name.clone(),
            entries: status.entries,
            stage: status
                .stage
                .map(|stage| account.stage_name(stage).to_owned()),
            decided_by: status.decided_by.name().to_owned(),
        })
        .collect()
}
