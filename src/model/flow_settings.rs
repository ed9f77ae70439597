//! Settings of the value stream: its stages, which statuses belong to them, what words mean. All valid
//! and complete; how a person writes them is `store::config`'s business. Presets are in spec 6.1.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

use super::work_item::FlowType;

/// What a stage does to the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// Not started.
    Queue,
    /// Started, and waiting for somebody.
    Wait,
    /// Started, and worked on.
    Active,
    /// Finished.
    Done,
    /// Given up.
    Cancelled,
}

impl StageKind {
    /// The name used in config and exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Wait => "wait",
            Self::Active => "active",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether an item in such a stage is work in progress.
    pub fn is_in_progress(self) -> bool {
        matches!(self, Self::Wait | Self::Active)
    }
}

/// One step of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name, unique.
    pub name: String,
    /// What it does to the clock.
    pub kind: StageKind,
    /// The statuses that belong to it; compared by [`plain_status`].
    pub statuses: Vec<String>,
    /// How many items it should hold at most.
    pub wip_limit: Option<u32>,
}

/// When people work: the second column of durations, never instead of elapsed time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessCalendar {
    /// Days of the week.
    pub weekdays: Vec<Weekday>,
    /// When a day begins, in the configured zone.
    pub from: NaiveTime,
    /// When it ends; later than `from`.
    pub to: NaiveTime,
    /// Days on which nobody works.
    pub holidays: Vec<NaiveDate>,
}

impl Default for BusinessCalendar {
    fn default() -> Self {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Self {
            weekdays: vec![Mon, Tue, Wed, Thu, Fri],
            from: hour(9),
            to: hour(17),
            holidays: Vec::new(),
        }
    }
}

/// Everything that can be set about the value stream (`flow` in config.json).
#[derive(Debug, Clone, PartialEq)]
pub struct FlowSettings {
    /// The name of the preset that the stages are of; `None` for stages of the user's own.
    pub preset: Option<String>,
    /// The stages in the order of the stream, at least one of them done.
    pub stages: Vec<Stage>,
    /// Statuses of a done stage that say more than done (Closed, Verified, Released): the time from
    /// done to them is feedback.
    pub closing_statuses: Vec<String>,
    /// Statuses that are no stage: an item in one stays where it was, and is blocked.
    pub blocked_statuses: Vec<String>,
    /// Patterns of labels that block an item while they are on; `*` stands for anything.
    pub blocked_labels: Vec<String>,
    /// Patterns of labels that stand for a status (`workflow::*`): what the `*` covers is the status.
    pub status_labels: Vec<String>,
    /// Resolutions that say given up.
    pub cancelled_resolutions: Vec<String>,
    /// Type or label, in the tracker's word and compared like a status → kind of work.
    pub types: BTreeMap<String, FlowType>,
    /// What a key looks like in commits and branches.
    pub key_pattern: String,
    /// Hours that an item should take at most: the target line of the bar.
    pub target_hours: Option<f64>,
    /// When people work.
    pub calendar: BusinessCalendar,
}

/// A status, type or label without what does not matter when two are compared: case, what stands between
/// words (blanks, `-`, `_`), and signs at either end that are neither letters nor digits (`Complete 🙌`).
pub fn plain_status(text: &str) -> String {
    let trimmed = text.trim_matches(|c: char| !c.is_alphanumeric());
    // Written in signs alone, it is still a name.
    if trimmed.is_empty() {
        return text.trim().to_owned();
    }
    let words: Vec<&str> = trimmed
        .split(|c: char| c.is_whitespace() || c == '-' || c == '_')
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").to_lowercase()
}

/// Names of the presets.
pub const PRESETS: [&str; 2] = ["idea-to-cash", "fawkes"];

/// The key pattern of trackers that number per project.
pub const KEY_PATTERN: &str = "[A-Z][A-Z0-9]+-[0-9]+";

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// The stages of a preset; `None` for an unknown name.
pub fn preset_stages(name: &str) -> Option<Vec<Stage>> {
    use StageKind::{Active, Cancelled, Done, Queue, Wait};
    let stage = |name: &str, kind, statuses: &[&str]| Stage {
        name: name.to_owned(),
        kind,
        statuses: words(statuses),
        wip_limit: None,
    };
    let cancelled = stage(
        "Cancelled",
        Cancelled,
        &[
            "Cancelled",
            "Canceled",
            "Won't Do",
            "Won't Fix",
            "Wontfix",
            "Not planned",
            "Duplicate",
            "Rejected",
            "Declined",
            "Abandoned",
            "Removed",
            "Obsolete",
            "Invalid",
            "Cannot Reproduce",
        ],
    );
    match name {
        // Five stages and their statuses: seed 001.
        "idea-to-cash" => Some(vec![
            stage(
                "Discovery",
                Queue,
                &[
                    "To Do",
                    "Todo",
                    "Backlog",
                    "New",
                    "Open",
                    "Opened",
                    "Discovery",
                    "Idea",
                    "Ideas",
                    "Proposed",
                    "Triage",
                    "Selected for Development",
                    "Ready for Development",
                    "Refinement",
                    "Next Up",
                    "Not Started",
                    "Created",
                    "Reopened",
                    "Planned",
                    "Unstarted",
                ],
            ),
            stage(
                "Dev",
                Active,
                &[
                    "In Progress",
                    "In Development",
                    "Development",
                    "Dev",
                    "Doing",
                    "Active",
                    "Started",
                    "Committed",
                    "Implementing",
                    "In Dev",
                    "Design",
                    "In Design",
                    "Coding",
                ],
            ),
            stage(
                "Review",
                Wait,
                &[
                    "In Review",
                    "Review",
                    "Code Review",
                    "In Code Review",
                    "Peer Review",
                    "PR Review",
                    "Ready for Review",
                    "Awaiting Review",
                    "Under Review",
                    "Dev Done",
                ],
            ),
            stage(
                "Deploy",
                Active,
                &[
                    "Merged",
                    "Ready to Deploy",
                    "Ready for Deploy",
                    "Ready for Release",
                    "Testing",
                    "In Testing",
                    "Test",
                    "QA",
                    "In QA",
                    "Staging",
                    "Deploy",
                    "Deploying",
                    "Deployment",
                    "Ready for Test",
                    "Ready for QA",
                    "UAT",
                    "Validation",
                    "Build",
                ],
            ),
            stage(
                "Done",
                Done,
                &[
                    "Done",
                    "Closed",
                    "Verified",
                    "Released",
                    "Complete",
                    "Completed",
                    "Shipped",
                    "Production",
                    "Finished",
                    "Accepted",
                    "Feedback",
                ],
            ),
            cancelled,
        ]),
        // Ten stages: seed 000.
        "fawkes" => Some(vec![
            stage(
                "Backlog",
                Queue,
                &["Backlog", "To Do", "Todo", "New", "Open"],
            ),
            stage(
                "In Progress",
                Active,
                &[
                    "In Progress",
                    "Development",
                    "In Development",
                    "Doing",
                    "Design",
                    "Active",
                ],
            ),
            stage(
                "Code Review",
                Wait,
                &["Code Review", "In Review", "Review", "Peer Review"],
            ),
            stage("Build", Active, &["Build", "Building", "Merged"]),
            stage(
                "Test",
                Active,
                &["Test", "Testing", "In Testing", "QA", "In QA"],
            ),
            stage("Deploy Staging", Active, &["Deploy Staging", "Staging"]),
            stage(
                "Validation",
                Wait,
                &[
                    "Validation",
                    "UAT",
                    "Deployment Approval",
                    "Ready to Deploy",
                ],
            ),
            stage(
                "Deploy Production",
                Active,
                &["Deploy Production", "Deploy", "Deploying"],
            ),
            stage("Monitoring", Wait, &["Monitoring"]),
            stage(
                "Done",
                Done,
                &[
                    "Done",
                    "Production",
                    "Closed",
                    "Complete",
                    "Completed",
                    "Released",
                    "Verified",
                ],
            ),
            cancelled,
        ]),
        _ => None,
    }
}

impl Default for FlowSettings {
    fn default() -> Self {
        use FlowType::{Debt, Defect, Feature, Risk};
        let kinds: [(FlowType, &[&str]); 4] = [
            (
                Feature,
                &[
                    "Feature",
                    "Story",
                    "User Story",
                    "Product Backlog Item",
                    "Requirement",
                    "Enhancement",
                    "Improvement",
                    "New Feature",
                ],
            ),
            (
                Defect,
                &["Bug", "Defect", "Incident", "Regression", "Fault"],
            ),
            (
                Risk,
                &[
                    "Risk",
                    "Security",
                    "Compliance",
                    "Vulnerability",
                    "Privacy",
                    "Audit",
                ],
            ),
            (
                Debt,
                &[
                    "Debt",
                    "Tech Debt",
                    "Technical Debt",
                    "Chore",
                    "Refactor",
                    "Refactoring",
                    "Spike",
                    "Maintenance",
                    "Dependencies",
                ],
            ),
        ];
        let types = kinds
            .iter()
            .flat_map(|(kind, names)| names.iter().map(|name| (plain_status(name), *kind)))
            .collect();
        Self {
            preset: Some(PRESETS[0].to_owned()),
            stages: preset_stages(PRESETS[0]).unwrap_or_default(),
            closing_statuses: words(&["Closed", "Verified", "Released"]),
            blocked_statuses: words(&["Blocked", "On Hold", "Impeded", "Impediment"]),
            blocked_labels: words(&[
                "blocked",
                "*:blocked",
                "*: blocked",
                "*/blocked",
                "impediment",
            ]),
            status_labels: words(&[
                "workflow::*",
                "status::*",
                "status: *",
                "status:*",
                "status/*",
            ]),
            cancelled_resolutions: words(&[
                "Won't Do",
                "Won't Fix",
                "Duplicate",
                "Cannot Reproduce",
                "Declined",
                "Abandoned",
                "Not planned",
                "Invalid",
                "Obsolete",
            ]),
            types,
            key_pattern: KEY_PATTERN.to_owned(),
            target_hours: None,
            calendar: BusinessCalendar::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_compared_without_signs_case_and_blanks() {
        assert_eq!(plain_status("  In   PROGRESS 🚧 "), "in progress");
        assert_eq!(plain_status("Complete 🙌"), plain_status("complete"));
        assert_eq!(plain_status("Won't Do"), "won't do");
        assert_eq!(plain_status("Tech-Debt"), plain_status("tech  debt"));
        assert_eq!(plain_status("not_planned"), "not planned");
        assert_eq!(plain_status("🚧"), "🚧");
        assert_eq!(plain_status(" - "), "-");
        assert_eq!(plain_status(""), "");
    }

    #[test]
    fn every_preset_names_its_statuses_once_and_has_a_done_stage() {
        for name in PRESETS {
            let stages = preset_stages(name).unwrap();
            assert!(stages.iter().any(|stage| stage.kind == StageKind::Done));
            let mut all: Vec<String> = stages
                .iter()
                .flat_map(|stage| stage.statuses.iter().map(|status| plain_status(status)))
                .collect();
            let count = all.len();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), count, "{name}");
        }
        assert!(preset_stages("other").is_none());
    }
}
