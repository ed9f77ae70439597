//! Which check a notice belongs to, and what mends it where the notice does not say: so that nothing
//! that a reader left out is missing from `dora doctor`.

use std::collections::BTreeMap;

use crate::model::Notice;

use super::{Check, Status};

/// A finding of one kind is told so many times; the rest is counted.
const MOST: usize = 5;

/// Notices about the numbers of a period, and those that a check of `data` tells in its own way.
const NOT_HERE: [&str; 7] = [
    "small-sample",
    "record-begins-in-period",
    "lead-time-upper-bound",
    "bands",
    "changes-at-once",
    "incident-fails-none",
    "version-unresolved",
];

/// What is good to know and needs no mending.
const FOR_INFORMATION: [&str; 8] = [
    "merges-not-followed",
    "metrics-unusable",
    "only-prereleases",
    "prereleases-left-out",
    "record-torn",
    "state-file-deleted",
    "tags-left-out",
    "work-item-torn",
];

/// The code of the check that a notice belongs to; none for those that say nothing of a fault.
fn check_of(code: &str) -> Option<&'static str> {
    if NOT_HERE.contains(&code) {
        return None;
    }
    let begins = |beginnings: &[&str]| beginnings.iter().any(|it| code.starts_with(it));
    Some(match code {
        "behind-upstream" => "upstream",
        "shallow-clone" | "git-grafts" | "git-replace" => "history",
        "deployed-at-rejected" => "clocks",
        "environment-empty" => "environments",
        "environment-differs" | "uncommitted-deployment" | "work-tree-file-unreadable" => {
            "state-files"
        }
        "metrics-unusable" => "files",
        "cache-unusable" | "workflow-file-broken" => "github",
        _ if begins(&["config-"]) => "settings",
        _ if begins(&["record-", "incident-", "deployment-", "mark-", "cd-agent-"]) => "records",
        _ if begins(&["work-item-", "keys-"]) => "work-items",
        _ if begins(&["state-file-"]) => "state-files",
        _ if begins(&["component-"]) => "components",
        _ if begins(&["github-"]) => "github",
        _ => "numbers",
    })
}

/// Adds each notice to its check; one without a check of its own goes to `numbers`.
pub fn add_notices<'n>(checks: &mut [Check], notices: impl IntoIterator<Item = &'n Notice>) {
    let mut told: Vec<&Notice> = Vec::new();
    let mut untold: Vec<(&'static str, &str, usize)> = Vec::new();
    for notice in notices {
        let Some(code) = check_of(&notice.code) else {
            continue;
        };
        let is_known = |known: &&Notice| known.code == notice.code;
        if told.iter().any(|known| known.message == notice.message) {
            continue;
        }
        if told.iter().filter(|known| is_known(known)).count() >= MOST {
            match untold.iter_mut().find(|(_, kind, _)| *kind == notice.code) {
                Some((_, _, count)) => *count += 1,
                None => untold.push((code, &notice.code, 1)),
            }
            continue;
        }
        told.push(notice);
        let mend = notice.hint.clone().or_else(|| mend_of(&notice.code));
        add(checks, code, status_of(notice), &notice.message, mend);
    }
    for (code, kind, count) in untold {
        let message = format!("{count} more of `{kind}`");
        let mend = "dora report --verbose".to_owned();
        add(checks, code, Status::Warn, &message, Some(mend));
    }
}

/// Adds notices to one check, whatever their codes; many of one kind are counted.
pub fn add_notices_to<'n>(check: &mut Check, notices: impl IntoIterator<Item = &'n Notice>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for notice in notices {
        // One that is the rest of many stands for itself.
        let is_rest = notice.count > 1;
        let count = counts.entry(&notice.code).or_default();
        *count += usize::from(!is_rest);
        if is_rest || *count <= MOST {
            let mend = notice.hint.clone().or_else(|| mend_of(&notice.code));
            check.find(status_of(notice), &notice.message, mend);
        }
    }
    for (kind, count) in counts {
        if count > MOST {
            let message = format!("{} more of `{kind}`", count - MOST);
            check.find(Status::Warn, message, mend_of(kind));
        }
    }
}

fn add(
    checks: &mut [Check],
    code: &'static str,
    status: Status,
    message: &str,
    mend: Option<String>,
) {
    let place = checks.iter().position(|check| check.code == code);
    let place = place.or_else(|| checks.iter().position(|check| check.code == "numbers"));
    if let Some(check) = place.and_then(|place| checks.get_mut(place))
        && check.findings.iter().all(|known| known.message != message)
    {
        check.find(status, message, mend);
    }
}

fn status_of(notice: &Notice) -> Status {
    let is_age = notice.code == "github-age" || notice.code == "github-not-known";
    match notice.incomplete {
        true => Status::Warn,
        false if is_age || FOR_INFORMATION.contains(&notice.code.as_str()) => Status::Ok,
        false => Status::Warn,
    }
}

/// What mends it where the notice names no command.
fn mend_of(code: &str) -> Option<String> {
    let step = match code {
        "deployed-at-rejected" => {
            "let the pipeline write `deployed_at` when it deploys, in UTC: date -u +%FT%TZ"
        }
        "state-file-broken" => {
            "deploy again with a whole file; contents of the past stay skipped, and only they"
        }
        "environment-differs" => "rename the file, or correct `environment` in it",
        "record-duplicate" | "incident-unknown" | "deployment-unknown" => {
            "correct the line in .dora/records.jsonl"
        }
        "record-torn" | "work-item-torn" => "nothing: what is recorded next cuts it off",
        _ => return None,
    };
    Some(step.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks() -> Vec<Check> {
        ["clocks", "records", "github", "numbers"]
            .map(|code| Check::new(code, ""))
            .into()
    }

    #[test]
    fn a_notice_goes_to_its_check_with_a_way_to_mend_it() {
        let mut checks = checks();
        let notices = [
            Notice::new("deployed-at-rejected", "a"),
            Notice::new("record-skipped", "b")
                .hint("correct the line")
                .incomplete(),
            Notice::new("record-begins-in-period", "c"),
            Notice::new("new-kind", "d"),
            Notice::new("github-age", "e").hint("dora sync"),
        ];
        add_notices(&mut checks, &notices);
        let said: Vec<_> = checks
            .iter()
            .map(|check| (check.code, check.status, check.findings.len()))
            .collect();
        assert_eq!(
            said,
            [
                ("clocks", Status::Warn, 1),
                ("records", Status::Warn, 1),
                ("github", Status::Ok, 1),
                ("numbers", Status::Warn, 1),
            ]
        );
        let mend = |place: usize| checks[place].findings[0].mend.clone().unwrap_or_default();
        assert!(mend(0).contains("date -u"));
        assert_eq!(mend(1), "correct the line");
    }

    #[test]
    fn many_of_one_kind_are_counted_and_the_same_is_told_once() {
        let mut checks = checks();
        let notices: Vec<Notice> = (0..9)
            .map(|number| Notice::new("record-skipped", format!("line {number}")))
            .collect();
        add_notices(&mut checks, notices.iter().chain(&notices[..3]));
        let told = &checks[1].findings;
        assert_eq!(told.len(), 6);
        assert_eq!(told[5].message, "4 more of `record-skipped`");
    }

    #[test]
    fn many_of_one_kind_are_counted_in_the_check_they_are_given_to() {
        let mut check = Check::new("work-items", "");
        let mut notices: Vec<Notice> = (0..15)
            .map(|number| Notice::new("work-item-skipped", format!("line {number}")))
            .collect();
        notices.push(Notice::new("keys-two", "many").count(40));
        notices.push(Notice::new("keys-two", "one"));
        add_notices_to(&mut check, &notices);
        let told: Vec<&str> = check.findings.iter().map(|it| &*it.message).collect();
        assert_eq!(
            told[..5],
            ["line 0", "line 1", "line 2", "line 3", "line 4"]
        );
        assert_eq!(told[5..], ["many", "one", "10 more of `work-item-skipped`"]);
    }

    #[test]
    fn a_check_that_is_not_there_loses_no_notice() {
        let mut checks = checks();
        add_notices(&mut checks, &[Notice::new("behind-upstream", "x")]);
        assert_eq!(checks[3].findings[0].message, "x");
    }
}
