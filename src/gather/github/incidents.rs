//! Issues that tell of incidents become incidents: which they are, when they began and ended, and the
//! commits they name as their cause. Which issues are cached at all is decided in `sync`.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::github::{Cause, IncidentIssue, LabelTime, PullRequest};
use crate::model::pattern::fits;
use crate::model::{CommitId, Incident, Settings};

/// The incidents that these issues tell of before `as_of`, by opening. A label, a closing and a merge
/// that came later did not happen; titles, and what issues name as their cause, have no time and
/// count as they are.
pub(crate) fn incidents(
    issues: &[IncidentIssue],
    pulls: &[PullRequest],
    settings: &Settings,
    as_of: DateTime<Utc>,
) -> Vec<Incident> {
    let merged: HashMap<u64, CommitId> = pulls
        .iter()
        .filter(|pull| pull.merged < as_of)
        .filter_map(|pull| Some((pull.number, pull.merge_commit?)))
        .collect();
    let mut incidents: Vec<Incident> = issues
        .iter()
        .filter(|issue| issue.opened < as_of)
        .filter_map(|issue| incident(issue, &merged, settings, as_of))
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
    as_of: DateTime<Utc>,
) -> Option<Incident> {
    let closed = issue.closed.filter(|&closed| closed < as_of);
    let closed_as = issue.closed_as.as_deref().filter(|_| closed.is_some());
    // Both say that it was no incident of its own.
    if matches!(closed_as, Some("duplicate" | "not_planned")) {
        return None;
    }
    let (opened_at, resolved_at) = match is_incident_title(&issue.title, settings) {
        true => (issue.opened, closed),
        false => labelled(issue, closed, settings, as_of)?,
    };
    let causes = issue.causes.iter().filter_map(|cause| match cause {
        Cause::Commit(digits) => Some(digits.clone()),
        Cause::Number(number) => merged.get(number).map(ToString::to_string),
    });
    Some(Incident {
        id: format!("issue-{}", issue.number),
        title: issue.title.clone(),
        opened_at,
        resolved_at,
        environment: None,
        deployment: None,
        causes: causes.collect(),
        severity: labels(issue)
            .filter(|label| issue.carried_at(label, as_of))
            .find_map(severity),
        caused_by_change: None,
        source: "github-issue".to_owned(),
    })
}

/// Every label that an issue has, then those that it had, some of them more than once.
fn labels(issue: &IncidentIssue) -> impl Iterator<Item = &str> {
    let had = issue.label_times.iter().map(|time| &time.label);
    issue.labels.iter().chain(had).map(String::as_str)
}

/// From when to when the labels of an issue made it an incident. A label that came soon belongs to the
/// opening: people triage; one that came later makes the issue an incident only then. It ends when the
/// issue is closed, or its last label of that kind is taken off.
fn labelled(
    issue: &IncidentIssue,
    closed: Option<DateTime<Utc>>,
    settings: &Settings,
    as_of: DateTime<Utc>,
) -> Option<(DateTime<Utc>, Option<DateTime<Utc>>)> {
    let telling: BTreeSet<&str> = labels(issue)
        .filter(|label| is_incident_label(label, settings))
        .collect();
    let times = telling.iter().flat_map(|label| issue.times_of(label));
    let times: Vec<LabelTime> = times.filter(|time| time.on < as_of).collect();
    let soon = TimeDelta::hours(i64::from(settings.incident_window_hours));
    let on = times.iter().map(|time| time.on).min()?;
    let opened = match on - issue.opened > soon {
        true => on,
        false => issue.opened,
    };
    let offs = times
        .iter()
        .map(|time| time.off.filter(|&off| off < as_of))
        .collect::<Option<Vec<DateTime<Utc>>>>();
    let off = offs.and_then(|offs| offs.into_iter().max());
    let ended = match (closed, off) {
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
    use crate::model::instant_from_epoch as at;

    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;
    const MERGE: &str = "0123456789012345678901234567890123456789";

    /// A pull request that was merged one second after 1970 began.
    fn pull(number: u64) -> PullRequest {
        PullRequest {
            number,
            opened: at(0),
            merged: at(1),
            updated: at(1),
            merge_commit: Some(MERGE.parse().unwrap()),
            first_commit: None,
            first_review: None,
            commits: Vec::new(),
            is_bot: false,
            key_words: Vec::new(),
        }
    }

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
        told_before(issue, 1_000 * HOUR)
    }

    /// From when to when it was an incident, as far as it is known before an instant.
    fn told_before(issue: IncidentIssue, as_of: i64) -> Option<(i64, Option<i64>)> {
        let incidents = incidents(&[issue], &[], &Settings::default(), at(as_of));
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
        let pull = pull(3);
        let told = incidents(&[issue], &[pull], &Settings::default(), at(2 * HOUR));
        assert_eq!(told[0].causes, [MERGE, "abcdef1"]);
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
        assert_eq!(
            incidents(&[issue(&[], None)], &[], &settings, at(2 * HOUR)).len(),
            1
        );
        settings.incidents.titles = vec!["down".to_owned()];
        assert_eq!(
            incidents(&[issue(&[], None)], &[], &settings, at(2 * HOUR)).len(),
            0
        );
    }

    #[test]
    fn a_label_that_was_put_on_later_did_not_make_it_an_incident_yet() {
        let mut issue = issue(&["incident"], None);
        issue.label_times = vec![time("incident", 5 * HOUR, None)];
        assert_eq!(told_before(issue.clone(), 5 * HOUR), None);
        assert_eq!(told_before(issue, 5 * HOUR + 1), Some((HOUR, None)));
        assert_eq!(told_before(self::issue(&["incident"], None), HOUR), None);
    }

    #[test]
    fn an_issue_that_was_closed_as_no_incident_was_one_until_then() {
        let mut closed = issue(&["incident"], Some(5 * HOUR));
        closed.closed_as = Some("not_planned".to_owned());
        assert_eq!(told_before(closed.clone(), 5 * HOUR), Some((HOUR, None)));
        assert_eq!(told_before(closed, 5 * HOUR + 1), None);
    }

    #[test]
    fn between_two_times_of_its_label_an_incident_is_over() {
        let mut issue = issue(&["incident"], None);
        issue.label_times = vec![
            time("incident", HOUR, Some(DAY)),
            time("incident", 4 * DAY, None),
        ];
        assert_eq!(told_before(issue.clone(), DAY), Some((HOUR, None)));
        let over = Some((HOUR, Some(DAY)));
        assert_eq!(told_before(issue.clone(), DAY + 1), over);
        assert_eq!(told_before(issue.clone(), 4 * DAY), over);
        assert_eq!(told_before(issue, 4 * DAY + 1), Some((HOUR, None)));
    }

    #[test]
    fn a_pull_request_that_was_merged_later_is_no_cause_yet() {
        let mut issue = issue(&["incident"], None);
        issue.causes = vec![Cause::Number(3)];
        let mut pull = pull(3);
        pull.merged = at(3 * HOUR);
        let (issues, pulls) = ([issue], [pull]);
        let causes = |as_of| {
            let told = incidents(&issues, &pulls, &Settings::default(), at(as_of));
            told[0].causes.clone()
        };
        assert_eq!(causes(3 * HOUR), [""; 0]);
        assert_eq!(causes(3 * HOUR + 1), [MERGE]);
    }

    #[test]
    fn a_severity_counts_while_its_label_is_on() {
        let mut issue = issue(&["incident", "sev1"], None);
        issue.label_times = vec![
            time("sev2", HOUR, Some(2 * HOUR)),
            time("sev1", 3 * HOUR, None),
        ];
        let severity = |as_of| {
            let settings = Settings::default();
            let told = incidents(std::slice::from_ref(&issue), &[], &settings, at(as_of));
            told[0].severity.clone()
        };
        assert_eq!(severity(2 * HOUR).as_deref(), Some("sev2"));
        assert_eq!(severity(3 * HOUR), None);
        assert_eq!(severity(4 * HOUR).as_deref(), Some("sev1"));
    }
}
