//! An issue that may tell of an incident, with the times of its labels and what it names as its cause.
//! From when to when it was one is told in `gather::github::incidents`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What an issue names as its cause.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// `root cause: <sha>`: 7 to 40 lower-case hex digits.
    Commit(String),
    /// `caused by #n`: a pull request (or an issue) of the same repository.
    Number(u64),
}

/// An issue that carries a label, or a title, of incidents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentIssue {
    /// Its number in its repository.
    pub number: u64,
    /// Its title; foreign text.
    pub title: String,
    /// Its labels as they are now; foreign text.
    pub labels: Vec<String>,
    /// When it was opened.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub opened: DateTime<Utc>,
    /// When anything about it changed last.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub updated: DateTime<Utc>,
    /// When it was closed; `None` while it is open.
    #[serde(default, with = "chrono::serde::ts_seconds_option")]
    pub closed: Option<DateTime<Utc>>,
    /// Why it was closed: `completed`, `not_planned`, `duplicate`.
    #[serde(default)]
    pub closed_as: Option<String>,
    /// When each label that it has or had was put on and taken off again, once for each time, in the
    /// order of being put on.
    #[serde(default)]
    pub label_times: Vec<LabelTime>,
    /// What it names as its cause, in the order of its text.
    #[serde(default)]
    pub causes: Vec<Cause>,
}

impl IncidentIssue {
    /// Whether a label was put on and is off now, by the times that are known.
    pub fn is_taken_off(&self, label: &str) -> bool {
        let is_known = self.label_times.iter().any(|time| time.is_of(label));
        is_known && !self.carried_at(label, DateTime::<Utc>::MAX_UTC)
    }

    /// Whether it carried a label just before an instant. A label that is on now and of which no
    /// time is known was there from the opening.
    pub fn carried_at(&self, label: &str, at: DateTime<Utc>) -> bool {
        self.times_of(label).iter().any(|time| {
            let is_off = time.off.is_some_and(|off| off < at);
            time.on < at && !is_off
        })
    }

    /// When a label was on. Of one that is on now and of which no time is known: from the opening.
    pub fn times_of(&self, label: &str) -> Vec<LabelTime> {
        let times = self.label_times.iter().filter(|time| time.is_of(label));
        let times: Vec<LabelTime> = times.cloned().collect();
        if times.is_empty() && self.labels.iter().any(|known| known == label) {
            return vec![LabelTime {
                label: label.to_owned(),
                on: self.opened,
                off: None,
            }];
        }
        times
    }
}

/// How long an issue carried a label, without a break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelTime {
    /// The label; foreign text.
    pub label: String,
    /// When it was put on.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub on: DateTime<Utc>,
    /// When it was taken off again; `None` while it is on.
    #[serde(default, with = "chrono::serde::ts_seconds_option")]
    pub off: Option<DateTime<Utc>>,
}

impl LabelTime {
    /// Whether it is of this label: GitHub does not tell upper case from lower.
    fn is_of(&self, label: &str) -> bool {
        self.label.eq_ignore_ascii_case(label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::instant_from_epoch as at;

    fn issue(times: &[(&str, i64, Option<i64>)]) -> IncidentIssue {
        let time = |&(label, on, off): &(&str, i64, Option<i64>)| LabelTime {
            label: label.to_owned(),
            on: at(on),
            off: off.map(at),
        };
        IncidentIssue {
            number: 12,
            title: String::new(),
            labels: vec!["incident".to_owned()],
            opened: at(10),
            updated: at(10),
            closed: None,
            closed_as: None,
            label_times: times.iter().map(time).collect(),
            causes: Vec::new(),
        }
    }

    #[test]
    fn a_label_that_was_put_on_again_is_not_taken_off() {
        let again = issue(&[("incident", 10, Some(20)), ("incident", 30, None)]);
        assert!(!again.is_taken_off("incident"));
        let off = issue(&[("incident", 10, Some(20)), ("incident", 30, Some(40))]);
        assert!(off.is_taken_off("incident"));
        assert!(!off.is_taken_off("outage"), "nothing is known of it");
    }

    #[test]
    fn a_label_is_carried_from_when_it_is_put_on_until_it_is_taken_off() {
        let issue = issue(&[("Incident", 20, Some(30)), ("incident", 40, None)]);
        let carried = |instant| issue.carried_at("incident", at(instant));
        // The last second that is looked at is the one before.
        assert_eq!([20, 21, 30, 31].map(carried), [false, true, true, false]);
        assert_eq!([40, 41, 99].map(carried), [false, true, true]);
    }

    #[test]
    fn a_label_without_times_is_there_from_the_opening_on() {
        assert!(issue(&[]).carried_at("incident", at(11)));
        assert!(!issue(&[]).carried_at("incident", at(10)));
        assert!(!issue(&[]).carried_at("outage", at(11)));
        assert!(!issue(&[]).is_taken_off("incident"));
    }
}
