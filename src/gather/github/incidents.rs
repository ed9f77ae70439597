//! Issues that tell of incidents become incidents: which they are, when they began and ended, and the
//! commits they name as their cause. Which issues are cached at all is decided in `sync`.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::github::{Cause, IncidentIssue, PullRequest};
use crate::model::pattern::fits;
use crate::model::{CommitId, Incident, Settings};

/// The incidents that these issues tell of, by opening.
pub(crate) fn incidents(
    issues: &[IncidentIssue],
    pulls: &[PullRequest],
    settings: &Settings,
) -> Vec<Incident> {
    let merged: HashMap<u64, CommitId> = pulls
        .iter()
        .filter_map(|pull| Some((pull.number, pull.merge_commit?)))
        .collect();
    let mut incidents: Vec<Incident> = issues
        .iter()
        .filter_map(|issue| incident(issue, &merged, settings))
        .collect();
    incidents.sort_by(|a, b| (a.opened_at, &a.id).cmp(&(b.opened_at, &b.id)));
    incidents
}

/// Whether a label says that an issue is an incident.
pub(crate) fn is_incident_label(label: &str, settings: &Settings) -> bool {
    let patterns = &settings.incidents.labels;
    patterns.iter().any(|pattern| fits(pattern, label.trim()))
}

/// Whether a title says so.
pub(crate) fn is_incident_title(title: &str, settings: &Settings) -> bool {
    let patterns = &settings.incidents.titles;
    patterns.iter().any(|pattern| fits(pattern, title.trim()))
}

fn incident(
    issue: &IncidentIssue,
    merged: &HashMap<u64, CommitId>,
    settings: &Settings,
) -> Option<Incident> {
    // Both say that it was no incident of its own.
    if matches!(
        issue.closed_as.as_deref(),
        Some("duplicate" | "not_planned")
    ) {
        return None;
    }
    let span = span(issue, settings)?;
    let causes = issue.causes.iter().filter_map(|cause| match cause {
        Cause::Commit(digits) => Some(digits.clone()),
        Cause::Number(number) => merged.get(number).map(ToString::to_string),
    });
    Some(Incident {
        id: format!("issue-{}", issue.number),
        title: issue.title.clone(),
        opened_at: span.0,
        resolved_at: span.1,
        environment: None,
        deployment: None,
        causes: causes.collect(),
        severity: issue.labels.iter().find_map(|label| severity(label)),
        caused_by_change: None,
        source: "github-issue".to_owned(),
    })
}

/// From when to when the issue was an incident. A label that came soon belongs to the opening: people
/// triage; one that came later makes the issue an incident only then. It ends when the issue is
/// closed, or its last label of that kind is taken off.
fn span(
    issue: &IncidentIssue,
    settings: &Settings,
) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
    if is_incident_title(&issue.title, settings) {
        return Some((issue.opened, issue.closed));
    }
    let has_label = issue
        .labels
        .iter()
        .any(|label| is_incident_label(label, settings));
    let times: Vec<_> = issue
        .label_times
        .iter()
        .filter(|time| is_incident_label(&time.label, settings))
        .collect();
    if !has_label && times.is_empty() {
        return None;
    }
    let soon = TimeDelta::hours(i64::from(settings.incident_window_hours));
    let labelled = times.iter().map(|time| time.on).min();
    let opened = match labelled {
        Some(on) if on - issue.opened > soon => on,
        _ => issue.opened,
    };
    let unlabelled = times.iter().filter_map(|time| time.off).max();
    let ended = match (issue.closed, unlabelled.filter(|_| !has_label)) {
        (Some(closed), Some(off)) => Some(closed.min(off)),
        (closed, off) => closed.or(off),
    };
    Some((opened, ended.map(|ended| ended.max(opened))))
}

/// `sev1` of `SEV-1`, `sev 1`, `Severity: 1`.
fn severity(label: &str) -> Option<String> {
    let label = label.to_ascii_lowercase();
    let rest = label
        .strip_prefix("severity")
        .or_else(|| label.strip_prefix("sev"))?;
    let digits = rest.trim_start_matches([' ', '-', '_', ':', '/']);
    let is_number = (1..=2).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| format!("sev{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::github::LabelTime;
    use crate::model::instant_from_epoch as at;

    const HOUR: i64 = 3_600;

    fn issue(labels: &[&str], closed: Option<i64>) -> IncidentIssue {
        IncidentIssue {
            number: 12,
            title: "checkout is down".to_owned(),
            labels: labels.iter().map(|&it| it.to_owned()).collect(),
            opened: at(HOUR),
            updated: at(HOUR),
            closed: closed.map(at),
            closed_as: None,
            label_times: Vec::new(),
            causes: Vec::new(),
        }
    }

    fn time(label: &str, on: i64, off: Option<i64>) -> LabelTime {
        LabelTime {
            label: label.to_owned(),
            on: at(on),
            off: off.map(at),
        }
    }

    fn told(issue: IncidentIssue) -> Option<(i64, Option<i64>)> {
        let incidents = incidents(&[issue], &[], &Settings::default());
        let told = incidents.first()?;
        let end = told.resolved_at.map(|it| it.timestamp());
        Some((told.opened_at.timestamp(), end))
    }

    #[test]
    fn the_default_labels_are_incidents_and_a_bug_is_none() {
        for label in [
            "incident",
            "Outage",
            "SEV1",
            "sev-2",
            "type: incident",
            "kind/outage",
        ] {
            let told = told(issue(&[label], Some(2 * HOUR)));
            assert_eq!(told, Some((HOUR, Some(2 * HOUR))), "{label}");
        }
        for label in ["bug", "incident-review", "severity", "several", ""] {
            assert_eq!(told(issue(&[label], None)), None, "{label}");
        }
    }

    #[test]
    fn a_label_put_on_soon_counts_from_the_opening_and_later_from_then() {
        let mut soon = issue(&["incident"], None);
        soon.label_times = vec![time("incident", 3 * HOUR, None)];
        assert_eq!(told(soon), Some((HOUR, None)));
        let mut late = issue(&["incident"], Some(90 * HOUR));
        late.label_times = vec![time("incident", 80 * HOUR, None), time("bug", HOUR, None)];
        assert_eq!(told(late), Some((80 * HOUR, Some(90 * HOUR))));
    }

    #[test]
    fn taking_the_label_off_ends_it_unless_another_one_is_there() {
        let mut off = issue(&["bug"], Some(50 * HOUR));
        off.label_times = vec![time("incident", HOUR, Some(4 * HOUR))];
        assert_eq!(told(off.clone()), Some((HOUR, Some(4 * HOUR))));
        off.labels.push("sev1".to_owned());
        assert_eq!(told(off), Some((HOUR, Some(50 * HOUR))));
    }

    #[test]
    fn a_duplicate_or_a_false_alarm_is_no_incident() {
        for reason in ["duplicate", "not_planned"] {
            let mut closed = issue(&["incident"], Some(2 * HOUR));
            closed.closed_as = Some(reason.to_owned());
            assert_eq!(told(closed), None, "{reason}");
        }
    }

    #[test]
    fn causes_are_commits_or_what_pull_requests_became() {
        let mut issue = issue(&["incident", "SEV-1"], None);
        issue.causes = vec![
            Cause::Number(3),
            Cause::Number(99),
            Cause::Commit("abcdef1".to_owned()),
        ];
        let merge: CommitId = "0123456789012345678901234567890123456789".parse().unwrap();
        let pull = PullRequest {
            number: 3,
            base: "main".to_owned(),
            opened: at(0),
            merged: at(1),
            updated: at(1),
            merge_commit: Some(merge),
            first_commit: None,
            first_review: None,
            commits: Vec::new(),
            is_bot: false,
        };
        let told = incidents(&[issue], &[pull], &Settings::default());
        assert_eq!(told[0].causes, [merge.to_string(), "abcdef1".to_owned()]);
        assert_eq!(told[0].severity.as_deref(), Some("sev1"));
        assert_eq!(
            (told[0].id.as_str(), told[0].source.as_str()),
            ("issue-12", "github-issue")
        );
    }

    #[test]
    fn titles_count_where_config_says_so() {
        let mut settings = Settings::default();
        settings.incidents.titles = vec!["*is down".to_owned()];
        assert_eq!(incidents(&[issue(&[], None)], &[], &settings).len(), 1);
        settings.incidents.titles = vec!["down".to_owned()];
        assert_eq!(incidents(&[issue(&[], None)], &[], &settings).len(), 0);
    }
}
