//! The notices of what is not known of GitHub: how old it is, what was never read, and which part of the
//! period is not wholly known. `said` puts them with the others.

use chrono::{DateTime, TimeDelta, Utc};

use crate::ledger::EnvironmentAccount;
use crate::model::calendar::local_day;
use crate::model::github::Coverage;
use crate::model::{
    DeploymentSource, Facts, GithubKind, GithubKnown, KindKnown, Notice, RunsKnown, Window,
};

use super::compose::{Inputs, with_commits};
use super::quantity::duration;

/// GitHub's data is fresh for this long.
const OLD_AFTER: TimeDelta = TimeDelta::hours(1);
/// After this long it makes a report incomplete.
const STALE_AFTER: TimeDelta = TimeDelta::hours(24);

/// What is said of GitHub in a report on one environment.
pub(super) fn notices(inputs: &Inputs<'_>, account: &EnvironmentAccount) -> Vec<Notice> {
    let Some(known) = &inputs.facts.github else {
        return Vec::new();
    };
    let period = with_commits(account, inputs.period.window);
    let period = Window::new(period.start, period.end.min(inputs.facts.as_of));
    let mut notices: Vec<Notice> = age(inputs.facts).into_iter().collect();
    // What one command mends is told once.
    let mut told = Coverage::default();
    let mut tell = |missing: &[Window], gap: &dyn Fn() -> Gap| {
        let (first, last) = (missing.first()?, missing.last()?);
        let whole = Window::new(first.start, last.end);
        let is_told = told.gaps(whole).is_empty();
        told.add(whole);
        (!is_told).then(|| gap().notice(inputs.facts, period, missing))
    };
    if let Some(runs) = inputs.runs_known(account) {
        let missing = runs.covered.missing(period, runs.checked);
        notices.extend(tell(&missing, &|| {
            Gap::of_environment(account, &runs.covered)
        }));
        notices.extend(unjudged(account, runs, period));
    }
    for kind in &known.kinds {
        match (kind.checked, &kind.covered) {
            (None, _) => notices.push(never_read(kind)),
            (_, None) => {}
            (checked, Some(covered)) => {
                let missing = covered.missing(period, checked);
                notices.extend(tell(&missing, &|| Gap::of_kind(kind.kind, covered)));
            }
        }
    }
    notices
}

/// Runs of which nobody can say whether they deployed.
fn unjudged(account: &EnvironmentAccount, runs: &RunsKnown, period: Window) -> Option<Notice> {
    let count = runs.unjudged_in(period, account.source);
    if count == 0 {
        return None;
    }
    let (subject, pronoun, verb) = match count {
        1 => ("1 run".to_owned(), "it", "is"),
        count => (format!("{count} runs"), "they", "are"),
    };
    let ended = match account.source {
        DeploymentSource::GithubRun => "ended",
        _ => "failed",
    };
    let message = format!(
        "{subject} to {} {ended}, and the jobs were not read: whether {pronoun} deployed is not known, \
         and {pronoun} {verb} in no number",
        account.name
    );
    let notice = Notice::new("github-jobs-not-read", message).count(count);
    Some(notice.hint("dora sync --what runs").incomplete())
}

/// What GitHub says is as old as the oldest of its kinds.
fn age(facts: &Facts) -> Option<Notice> {
    let known = facts.github.as_ref()?;
    let age = facts.as_of - known.checked()?;
    if age < OLD_AFTER {
        return None;
    }
    let read = || known.kinds.iter().filter(|it| it.checked.is_some());
    let is_old = |it: &&KindKnown| it.checked.is_some_and(|at| facts.as_of - at >= OLD_AFTER);
    let old: Vec<&str> = read().filter(is_old).map(|it| noun(it.kind)).collect();
    let of = match old.len() < read().count() {
        true => format!(" of {}", old.join(" and ")),
        false => String::new(),
    };
    let message = format!(
        "what {} says{of} is {} old: what happened there since is in no number",
        known.repository,
        duration(age.as_seconds_f64() / 60.0)
    );
    let notice = Notice::new("github-age", message).hint("dora sync");
    Some(match age < STALE_AFTER {
        true => notice,
        false => notice.incomplete(),
    })
}

/// A kind that GitHub never told, or never to the end.
fn never_read(known: &KindKnown) -> Notice {
    let message = format!(
        "{} on GitHub were never read to the end: {} may be missing",
        noun(known.kind),
        missing(known.kind)
    );
    let hint = format!("dora sync --what {}", known.kind.name());
    let notice = Notice::new("github-not-known", message).hint(hint);
    // Many a token may not read issues, and many a repository has none: that is no fault to mend.
    match known.kind {
        GithubKind::Runs | GithubKind::Deployments => notice.incomplete(),
        GithubKind::PullRequests | GithubKind::Issues => notice,
    }
}

fn noun(kind: GithubKind) -> &'static str {
    match kind {
        GithubKind::Runs => "runs of workflows",
        GithubKind::Deployments => "deployments",
        GithubKind::PullRequests => "pull requests",
        GithubKind::Issues => "issues",
    }
}

/// What a report lacks without a kind.
fn missing(kind: GithubKind) -> &'static str {
    match kind {
        GithubKind::Runs => "failed deployments",
        GithubKind::Deployments => "deployments",
        GithubKind::PullRequests => "stages of lead time",
        GithubKind::Issues => "incidents",
    }
}

/// Something of which parts of the period are not known.
struct Gap {
    /// What is not known.
    what: String,
    /// What may be missing in the numbers.
    missing: &'static str,
    /// What is known.
    covered: Coverage,
}

impl Gap {
    fn of_environment(account: &EnvironmentAccount, covered: &Coverage) -> Self {
        let name = &account.name;
        let (what, missing) = match account.source {
            DeploymentSource::GithubRun => ("runs that deploy to", "deployments"),
            DeploymentSource::GithubDeployment => ("deployments on GitHub to", "deployments"),
            _ => ("runs that deploy to", "failed attempts"),
        };
        Self {
            what: format!("{what} {name}"),
            missing,
            covered: covered.clone(),
        }
    }

    fn of_kind(kind: GithubKind, covered: &Coverage) -> Self {
        Self {
            what: noun(kind).to_owned(),
            missing: missing(kind),
            covered: covered.clone(),
        }
    }

    fn notice(&self, facts: &Facts, period: Window, missing: &[Window]) -> Notice {
        let zone = facts.settings.timezone;
        let day = |at: DateTime<Utc>| local_day(at, zone).to_string();
        let first = missing.first().map_or(period.start, |span| span.start);
        let last = missing.last().map_or(period.end, |span| span.end);
        let mut known = self.covered.windows().iter();
        let since = known.find(|window| window.start >= last);
        let Self {
            what,
            missing: lost,
            ..
        } = self;
        let message = match since {
            // Nothing but the time before all that is known.
            Some(since) if first == period.start && missing.len() == 1 => format!(
                "GitHub was asked back to {}: {lost} before that are in no number",
                day(since.start)
            ),
            _ => {
                let (from, to) = (day(first), day(last - TimeDelta::seconds(1)));
                let span = match from == to {
                    true => format!("on {from}"),
                    false => format!("from {from} to {to}"),
                };
                format!("{what} are not all known {span}: {lost} may be missing")
            }
        };
        let lookback = TimeDelta::days(i64::from(facts.settings.lookback_days));
        let asked = facts.github.as_ref().and_then(GithubKnown::last_checked);
        let hint = match first >= facts.as_of.max(asked.unwrap_or(facts.as_of)) - lookback {
            true => "dora sync".to_owned(),
            false => format!("dora sync --since {}", day(first)),
        };
        Notice::new("github-not-known", message)
            .hint(hint)
            .incomplete()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Ledger;
    use crate::metrics::Profile;
    use crate::model::{
        EnvironmentFacts, Period, RepositoryFacts, Settings, UnjudgedRun, instant_from_epoch,
    };

    const HOUR: i64 = 3_600;

    /// So many hours after 2026-03-01 00:00 UTC.
    fn at(hours: i64) -> DateTime<Utc> {
        instant_from_epoch(1_772_323_200 + hours * HOUR)
    }

    fn day(day: i64) -> DateTime<Utc> {
        at((day - 1) * 24)
    }

    /// Spans of days of March.
    fn days(spans: &[(i64, i64)]) -> Coverage {
        let mut coverage = Coverage::default();
        for &(start, end) in spans {
            coverage.add(Window::new(day(start), day(end)));
        }
        coverage
    }

    /// 10 March, nothing deployed; GitHub was asked for everything since 1 February, just now.
    fn facts() -> Facts {
        let whole = days(&[(-27, 10)]);
        let kind = |kind, covered| KindKnown {
            kind,
            checked: Some(day(10)),
            covered,
        };
        let production = EnvironmentFacts {
            name: "production".to_owned(),
            is_production: true,
            source: DeploymentSource::StateFile,
            source_detail: String::new(),
            snapshots: Vec::new(),
            releases: Vec::new(),
            recorded: Vec::new(),
            runs: Vec::new(),
            runs_known: Some(RunsKnown {
                covered: whole.clone(),
                checked: Some(day(10)),
                unjudged: Vec::new(),
            }),
            evidence: Vec::new(),
        };
        Facts {
            as_of: day(10),
            settings: Settings::default(),
            repositories: vec![RepositoryFacts::default()],
            components: Vec::new(),
            versions: Vec::new(),
            environments: vec![production],
            measured: Some(0),
            measured_unasked: Some(0),
            incidents: Vec::new(),
            marks: Vec::new(),
            github: Some(GithubKnown {
                repository: "github.com/acme/shop".to_owned(),
                kinds: vec![
                    kind(GithubKind::Runs, None),
                    kind(GithubKind::PullRequests, Some(whole.clone())),
                    kind(GithubKind::Issues, Some(whole)),
                ],
            }),
            notices: Vec::new(),
        }
    }

    fn runs(facts: &mut Facts) -> &mut RunsKnown {
        facts.environments[0].runs_known.as_mut().unwrap()
    }

    fn kind(facts: &mut Facts, kind: GithubKind) -> &mut KindKnown {
        let kinds = &mut facts.github.as_mut().unwrap().kinds;
        kinds.iter_mut().find(|known| known.kind == kind).unwrap()
    }

    /// What is said of a period from a day of March to the end.
    fn told_from(facts: &Facts, first: i64) -> Vec<Notice> {
        let window = Window::new(day(first), facts.as_of);
        let account = EnvironmentAccount {
            name: "production".to_owned(),
            ..EnvironmentAccount::empty(facts.as_of)
        };
        let period = Period {
            window,
            previous: window,
            label: String::new(),
            previous_label: String::new(),
            complete: true,
        };
        let inputs = Inputs {
            facts,
            ledger: &Ledger::from_facts(facts),
            environment: Some(0),
            component: None,
            period: &period,
            profile: &Profile::from_settings(&facts.settings).unwrap(),
            asked: &crate::report::Scope::ANY,
            subject: &|_, _| None,
        };
        notices(&inputs, &account)
    }

    /// The words of it, with the hint; all of it makes a report incomplete.
    fn incomplete(facts: &Facts, first: i64) -> Vec<(String, String)> {
        let told = told_from(facts, first).into_iter();
        told.map(|notice| {
            assert!(notice.incomplete, "{notice:?}");
            (notice.message, notice.hint.unwrap())
        })
        .collect()
    }

    fn said(message: &str, hint: &str) -> (String, String) {
        (message.to_owned(), hint.to_owned())
    }

    #[test]
    fn nothing_is_said_of_what_is_known_and_fresh() {
        assert_eq!(told_from(&facts(), 1), []);
        let mut never = facts();
        never.github = None;
        never.environments[0].runs_known = None;
        assert_eq!(told_from(&never, 1), [], "nothing is ever required");
    }

    #[test]
    fn runs_that_were_never_read_to_the_end_are_told() {
        let mut facts = facts();
        *runs(&mut facts) = RunsKnown::default();
        facts.github.as_mut().unwrap().kinds.remove(0);
        assert_eq!(
            incomplete(&facts, 1),
            [said(
                "runs that deploy to production are not all known from 2026-03-01 to 2026-03-09: \
                 failed attempts may be missing",
                "dora sync"
            )]
        );
    }

    #[test]
    fn a_recent_end_that_was_not_read_is_told() {
        let mut facts = facts();
        runs(&mut facts).covered = days(&[(-27, 4)]);
        assert_eq!(
            incomplete(&facts, 1),
            [said(
                "runs that deploy to production are not all known from 2026-03-04 to 2026-03-09: \
                 failed attempts may be missing",
                "dora sync"
            )]
        );
        runs(&mut facts).covered = days(&[(-27, 9)]);
        let message = &incomplete(&facts, 1)[0].0;
        assert!(message.contains("known on 2026-03-09:"), "{message}");
    }

    #[test]
    fn what_came_after_github_was_asked_is_told_as_its_age_only() {
        let mut facts = facts();
        facts.as_of = at(9 * 24 + 3);
        let told = told_from(&facts, 1);
        assert_eq!(told.len(), 1);
        assert_eq!(
            told[0].message,
            "what github.com/acme/shop says is 3 h old: what happened there since is in no number"
        );
        assert!(!told[0].incomplete);
        facts.as_of = day(11);
        assert!(told_from(&facts, 1)[0].incomplete);
    }

    #[test]
    fn the_age_is_that_of_the_kind_that_was_asked_longest_ago() {
        let mut facts = facts();
        kind(&mut facts, GithubKind::Issues).checked = Some(day(7));
        kind(&mut facts, GithubKind::Issues).covered = Some(days(&[(-27, 7)]));
        kind(&mut facts, GithubKind::PullRequests).checked = Some(day(8));
        kind(&mut facts, GithubKind::PullRequests).covered = Some(days(&[(-27, 8)]));
        assert_eq!(
            incomplete(&facts, 1),
            [said(
                "what github.com/acme/shop says of pull requests and issues is 3 d old: what \
                 happened there since is in no number",
                "dora sync"
            )]
        );
    }

    #[test]
    fn a_kind_that_was_never_read_is_told_with_what_it_takes() {
        let mut facts = facts();
        let mut never = |what| {
            *kind(&mut facts, what) = KindKnown {
                kind: what,
                checked: None,
                covered: None,
            };
        };
        never(GithubKind::Runs);
        never(GithubKind::Issues);
        let told: Vec<(String, bool)> = told_from(&facts, 1)
            .into_iter()
            .map(|it| {
                (
                    format!("{}; {}", it.message, it.hint.unwrap()),
                    it.incomplete,
                )
            })
            .collect();
        let runs = "runs of workflows on GitHub were never read to the end: failed deployments may \
                    be missing; dora sync --what runs";
        // Many a token may not read issues: the numbers stand without them.
        let issues = "issues on GitHub were never read to the end: incidents may be missing; dora \
                      sync --what issues";
        assert_eq!(told, [(runs.to_owned(), true), (issues.to_owned(), false)]);
    }

    #[test]
    fn runs_that_nobody_can_judge_are_told_in_the_period_in_which_they_count() {
        let mut facts = facts();
        let run = |on, has_failed| UnjudgedRun {
            ended: day(on),
            has_failed,
        };
        runs(&mut facts).unjudged = vec![run(3, true), run(5, true), run(6, false)];
        let hint = "dora sync --what runs";
        let one = "1 run to production failed, and the jobs were not read: whether it deployed is \
                   not known, and it is in no number";
        assert_eq!(incomplete(&facts, 4), [said(one, hint)]);
        let two = "2 runs to production failed, and the jobs were not read: whether they deployed \
                   is not known, and they are in no number";
        assert_eq!(incomplete(&facts, 1), [said(two, hint)]);
        assert_eq!(
            told_from(&facts, 6),
            [],
            "a state file tells the deployments"
        );
        facts.environments[0].source = DeploymentSource::GithubRun;
        let known = facts.environments[0].runs_known.as_ref().unwrap();
        let days = Window::new(day(5), day(10));
        assert_eq!(known.unjudged_in(days, DeploymentSource::GithubRun), 2);
        assert_eq!(known.unjudged_in(days, DeploymentSource::StateFile), 1);
    }

    #[test]
    fn what_one_command_mends_is_told_once() {
        let mut facts = facts();
        let january = instant_from_epoch(1_767_225_600);
        facts.settings.lookback_days = 30;
        let told = |facts: &Facts| {
            let days = (january - day(1)).num_days();
            incomplete(facts, days + 1)
        };
        let back = said(
            "GitHub was asked back to 2026-02-01: failed attempts before that are in no number",
            "dora sync --since 2026-01-01",
        );
        assert_eq!(told(&facts), std::slice::from_ref(&back));
        // Of the pull requests a week more is missing than of the runs.
        kind(&mut facts, GithubKind::PullRequests).covered = Some(days(&[(-20, 10)]));
        let pulls = said(
            "GitHub was asked back to 2026-02-08: stages of lead time before that are in no number",
            "dora sync --since 2026-01-01",
        );
        assert_eq!(told(&facts), [back, pulls]);
    }
}
