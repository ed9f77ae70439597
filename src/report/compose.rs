//! Ledger + metrics → `Report`: what is said of one environment over one period. `rows` writes the
//! lists, `said` the notices of the period, `recommendations` what to do next.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use crate::ledger::{EnvironmentAccount, FailureRule, Ledger};
use crate::metrics::{
    Measures, Metric, Profile, censored, deployment_frequency, deployments_per_day,
    pull_request_stages, weeks,
};
use crate::model::period::Period;
use crate::model::{Band, CommitId, Facts, RunsKnown, Window};

use super::censored::CensoredMedian;
use super::document::{
    ChangeFailureRate, DayRow, Definitions, DeploymentFrequency, FailureList, LeadTime, Metrics,
    Percentiles, PeriodRange, Report, RestoreSummary, ReworkRate, TimeToRestore, WaitingSummary,
    WeekRow,
};
use super::github::GithubData;
use super::judged::say;
use super::scope::Scope;
use super::stages::Stages;
use super::{recommendations, rows, said};

/// Version of the report's shape: the one written, and the newest that is read.
pub const SCHEMA_VERSION: u32 = 1;
/// Periods up to this long are charted by day, longer ones by week.
const DAYS_CHARTED_BY_DAY: f64 = 14.0;

/// Everything a report is made of.
pub struct Inputs<'a> {
    /// What was gathered.
    pub facts: &'a Facts,
    /// What happened.
    pub ledger: &'a Ledger,
    /// The environment (index in `Ledger::environments`); `None` when there is none.
    pub environment: Option<usize>,
    /// The component the report is limited to (index in `Facts::components`).
    pub component: Option<usize>,
    /// The period.
    pub period: &'a Period,
    /// The bands.
    pub profile: &'a Profile,
    /// What was asked for, as flags.
    pub asked: &'a Scope,
    /// Looks up the subject of a commit of a repository.
    pub subject: &'a dyn Fn(usize, CommitId) -> Option<String>,
}

impl Inputs<'_> {
    /// An account, narrowed to the component.
    fn narrowed<'a>(&self, account: &'a EnvironmentAccount) -> Cow<'a, EnvironmentAccount> {
        match self.component {
            Some(component) => Cow::Owned(account.only(component)),
            None => Cow::Borrowed(account),
        }
    }

    /// The account of the environment; where there is none, nothing is on record.
    pub(super) fn account(&self) -> Cow<'_, EnvironmentAccount> {
        let mut environments = self.ledger.environments.iter();
        self.environment
            .and_then(|environment| environments.nth(environment))
            .map_or_else(
                || Cow::Owned(EnvironmentAccount::empty(self.facts.as_of)),
                |account| self.narrowed(account),
            )
    }

    /// The name of the analysed repository.
    pub(super) fn repository(&self) -> String {
        let home = self.facts.repositories.first();
        home.map(|home| home.name.clone()).unwrap_or_default()
    }

    /// How much is known of what deploys to an environment on GitHub; `None` where nothing does.
    pub(super) fn runs_known(&self, account: &EnvironmentAccount) -> Option<&RunsKnown> {
        let mut environments = self.facts.environments.iter();
        let environment = environments.find(|it| it.name == account.name)?;
        environment.runs_known.as_ref()
    }
}

/// What of a period lies after the first commit: before it there was nothing to know.
pub(super) fn with_commits(account: &EnvironmentAccount, period: Window) -> Window {
    let begins = account.earliest_commit.unwrap_or(period.start);
    Window::new(begins.max(period.start), period.end)
}

/// The report of one environment over one period.
pub fn compose(inputs: &Inputs<'_>) -> Report {
    let account = inputs.account();
    let account = account.as_ref();
    let zone = inputs.facts.settings.timezone;
    let period = inputs.period;
    let now = Measures::of(account, period.window, zone);
    let before = Measures::of(account, period.previous, zone);
    let metrics = said_metrics(inputs, account, &now, Some(&before));
    let previous_metrics = before
        .deployment_frequency
        .per_day
        .value()
        .map(|_| said_metrics(inputs, account, &before, None));
    let overall = inputs.profile.overall(&bands(&metrics));
    let in_band = |band: Band| overall.counts.get(&band).copied().unwrap_or(0);
    let mut report = Report {
        schema_version: SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        generated_at: inputs.facts.as_of,
        repository: inputs.repository(),
        period: asked_for(period),
        previous_period: PeriodRange {
            label: period.previous_label.clone(),
            ..range(period.previous)
        },
        timezone: zone.name().to_owned(),
        environment: account.name.clone(),
        environment_is_production: account.is_production,
        deployment_source: inputs
            .environment
            .map_or("none", |_| account.source.name())
            .to_owned(),
        deployment_source_detail: account.source_detail.clone(),
        github: inputs.facts.github.as_ref().map(GithubData::of),
        flow: None,
        component: inputs
            .component
            .map(|index| inputs.facts.components[index].name.clone()),
        asked: inputs.asked.clone(),
        definitions: definitions(inputs),
        overall_band: overall.band,
        held_back_by: overall
            .held_back_by
            .iter()
            .map(|metric| metric.key().to_owned())
            .collect(),
        metrics_in_elite: in_band(Band::Elite),
        metrics_in_high: in_band(Band::High),
        metrics_in_medium: in_band(Band::Medium),
        metrics_in_low: in_band(Band::Low),
        metrics,
        previous_metrics,
        weeks: week_rows(account, inputs),
        days: day_rows(account, inputs),
        lead_time_distribution: rows::distribution(&now.lead_time.samples),
        components: rows::components(inputs, account),
        slowest_changes: rows::slowest_changes(inputs, account),
        outages: rows::outages(account, period.window),
        incidents: rows::incidents(account, period.window),
        left_out: rows::left_out(account, period.window, &now),
        recommendations: Vec::new(),
        last_deployment_at: last_deployment(account),
        deployments: rows::deployments(inputs, account, period.window),
        notices: said::notices(inputs, account, &now),
    };
    report.recommendations = recommendations::of(&report, inputs.profile);
    report
}

/// The period that was asked for.
pub(super) fn asked_for(period: &Period) -> PeriodRange {
    PeriodRange {
        label: period.label.clone(),
        complete: period.complete,
        ..range(period.window)
    }
}

fn range(window: Window) -> PeriodRange {
    PeriodRange {
        start: window.start,
        end: window.end,
        days: window.days(),
        label: String::new(),
        complete: true,
    }
}

fn definitions(inputs: &Inputs<'_>) -> Definitions {
    let settings = &inputs.facts.settings;
    let rules = FailureRule::ALL.into_iter();
    let failure_rules = rules
        .filter(|rule| rule.is_on(settings.failure_rules))
        .map(|rule| rule.name().to_owned())
        .collect();
    Definitions {
        bands: inputs.profile.name.to_owned(),
        lead_time_start: settings.lead_time_start.name().to_owned(),
        failure_rules,
        hotfix_window_minutes: settings.hotfix_window_minutes,
        incident_window_hours: settings.incident_window_hours,
    }
}

fn last_deployment(account: &EnvironmentAccount) -> Option<DateTime<Utc>> {
    account.counted().next_back().map(|entry| entry.time)
}

fn bands(metrics: &Metrics) -> [(Metric, Option<Band>); 4] {
    Metric::ALL.map(|metric| {
        let (band, ..) = recommendations::numbers(metrics, metric);
        (metric, band)
    })
}

/// A period in which runs of deploy workflows tell of failures is not compared with one in which they
/// are not known (spec 2.10: the record has to cover it).
pub(super) fn knows_failures_of(
    inputs: &Inputs<'_>,
    account: &EnvironmentAccount,
    previous: Window,
) -> bool {
    let Some(runs) = inputs.runs_known(account) else {
        return true;
    };
    let previous = with_commits(account, previous);
    runs.covered.missing(previous, runs.checked).is_empty()
}

fn said_metrics(
    inputs: &Inputs<'_>,
    account: &EnvironmentAccount,
    now: &Measures,
    before: Option<&Measures>,
) -> Metrics {
    let failures_before = before.filter(|before| knows_failures_of(inputs, account, before.window));
    Metrics {
        deployment_frequency: frequency(inputs, now, before),
        lead_time: lead_time(inputs, account, now, before),
        change_failure_rate: failure_rate(inputs, account, now, failures_before),
        mttr: time_to_restore(inputs, account, now, failures_before),
        rework_rate: ReworkRate {
            value: now.rework_rate.ratio.value().copied(),
            unit: "ratio".to_owned(),
            rework: now.rework_rate.rework,
            total: now.rework_rate.total,
            reason: now.rework_rate.ratio.reason().map(str::to_owned),
        },
    }
}

fn frequency(
    inputs: &Inputs<'_>,
    now: &Measures,
    before: Option<&Measures>,
) -> DeploymentFrequency {
    let said = say(Metric::DeploymentFrequency, inputs.profile, now, before);
    let zone = inputs.facts.settings.timezone;
    let breakdown = inputs
        .ledger
        .environments
        .iter()
        .filter_map(|account| {
            let account = inputs.narrowed(account);
            let rate = deployment_frequency(&account, now.window, zone).per_day;
            Some((account.name.clone(), *rate.value()?))
        })
        .collect();
    DeploymentFrequency {
        value: said.value,
        unit: "deploys_per_day".to_owned(),
        count: now.deployment_frequency.count,
        days: now.deployment_frequency.days,
        band: said.band,
        standing: said.standing,
        certainty: said.certainty,
        target: said.target,
        interval95: said.interval95,
        trend: said.trend,
        breakdown,
        deploy_days_per_week: now.deployment_frequency.deploy_days_per_week,
        reason: said.reason,
    }
}

fn lead_time(
    inputs: &Inputs<'_>,
    account: &EnvironmentAccount,
    now: &Measures,
    before: Option<&Measures>,
) -> LeadTime {
    let said = say(Metric::LeadTime, inputs.profile, now, before);
    let of_all = CensoredMedian::from(censored::lead_time(account, now.window));
    LeadTime {
        value: said.value,
        unit: "minutes".to_owned(),
        count: now.lead_time.samples.len(),
        band: said.band,
        standing: said.standing,
        certainty: said.certainty,
        target: said.target,
        interval95: said.interval95,
        percentiles: Percentiles {
            p50: said.value,
            p75: now.lead_time.p75,
            p90: now.lead_time.p90,
            p95: now.lead_time.p95,
        },
        slowest: now.lead_time.slowest,
        censored_median: Some(of_all.leaving_out(waiting(inputs, account).reason)),
        // Waiting is a fact of the `as of` instant, not of a period that is over.
        waiting: match before {
            Some(_) => waiting(inputs, account),
            None => WaitingSummary::default(),
        },
        stages: stages(inputs, account, now.window),
        trend: said.trend,
        reason: said.reason,
    }
}

/// `None` where no pull request is known: then nothing can be said, not even that there were none.
fn stages(inputs: &Inputs<'_>, account: &EnvironmentAccount, window: Window) -> Option<Stages> {
    let facts = inputs.facts;
    let only = inputs
        .component
        .map(|component| facts.components[component].repository);
    let mut repositories = facts.repositories.iter().enumerate();
    repositories
        .any(|(index, repository)| {
            only.is_none_or(|only| only == Some(index))
                && repository
                    .pull_requests
                    .iter()
                    .any(|it| it.merged < facts.as_of)
        })
        .then(|| Stages::from(&pull_request_stages(account, window)))
}

fn waiting(inputs: &Inputs<'_>, account: &EnvironmentAccount) -> WaitingSummary {
    match &account.waiting {
        Ok(waiting) => WaitingSummary {
            count: Some(waiting.count),
            oldest_minutes: waiting
                .oldest
                .map(|oldest| crate::metrics::minutes(account.as_of - oldest)),
            reason: (!waiting.unknown_components.is_empty()).then(|| {
                let names: Vec<&str> = waiting
                    .unknown_components
                    .iter()
                    .map(|&component| inputs.facts.components[component].name.as_str())
                    .collect();
                format!(
                    "without {}, whose latest version does not resolve",
                    names.join(", ")
                )
            }),
        },
        Err(reason) => WaitingSummary {
            count: None,
            oldest_minutes: None,
            reason: Some(reason.clone()),
        },
    }
}

fn failure_rate(
    inputs: &Inputs<'_>,
    account: &EnvironmentAccount,
    now: &Measures,
    before: Option<&Measures>,
) -> ChangeFailureRate {
    let said = say(Metric::ChangeFailureRate, inputs.profile, now, before);
    let measure = &now.change_failure_rate;
    ChangeFailureRate {
        value: said.value,
        unit: "ratio".to_owned(),
        failed: measure.failed,
        attempts: measure.attempts,
        total: measure.total,
        band: said.band,
        standing: said.standing,
        certainty: said.certainty,
        target: said.target,
        interval95: said.interval95,
        trend: said.trend,
        reason: said.reason,
        failures: FailureList {
            total_deployments: measure.total - measure.attempts,
            failed_deployments: measure.failed - measure.attempts,
            recent: rows::recent_failures(account, now.window, inputs.facts.settings.timezone),
        },
        by_rule: measure
            .by_rule
            .iter()
            .map(|(rule, &count)| (rule.name().to_owned(), count))
            .collect(),
    }
}

fn time_to_restore(
    inputs: &Inputs<'_>,
    account: &EnvironmentAccount,
    now: &Measures,
    before: Option<&Measures>,
) -> TimeToRestore {
    let said = say(Metric::TimeToRestore, inputs.profile, now, before);
    let measure = &now.time_to_restore;
    TimeToRestore {
        value: said.value,
        unit: "minutes".to_owned(),
        count: measure.count,
        open: measure.open,
        fastest: measure.fastest,
        slowest: measure.slowest,
        censored_median: Some(censored::time_to_restore(account, now.window).into()),
        band: said.band,
        standing: said.standing,
        certainty: said.certainty,
        target: said.target,
        interval95: said.interval95,
        trend: said.trend,
        reason: said.reason,
        incidents: RestoreSummary {
            total: measure.count,
            fastest: measure.fastest,
            slowest: measure.slowest,
            median: said.value,
        },
    }
}

fn week_rows(account: &EnvironmentAccount, inputs: &Inputs<'_>) -> Vec<WeekRow> {
    weeks(
        account,
        inputs.period.window,
        inputs.facts.settings.timezone,
    )
    .into_iter()
    .map(|week| WeekRow {
        week: week.label,
        start: week.window.start,
        end: week.window.end,
        complete: week.complete,
        deployments: week.deployments,
        lead_time_minutes: week.lead_time_minutes,
        change_failure_rate: week.change_failure_rate,
        restore_minutes: week.restore_minutes,
    })
    .collect()
}

fn day_rows(account: &EnvironmentAccount, inputs: &Inputs<'_>) -> Vec<DayRow> {
    let window = inputs.period.window;
    if window.days() > DAYS_CHARTED_BY_DAY {
        return Vec::new();
    }
    deployments_per_day(account, window, inputs.facts.settings.timezone)
        .into_iter()
        .map(|(date, deployments)| DayRow { date, deployments })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::github::PullRequest;
    use crate::model::{Component, DecidedBy, RepositoryFacts, Settings, instant_from_epoch};

    fn component(name: &str, repository: usize) -> Component {
        Component {
            name: name.to_owned(),
            repository: Some(repository),
            decided_by: DecidedBy::ThisRepository,
            is_whole: false,
            paths: Vec::new(),
            waiting_head: None,
        }
    }

    /// Two repositories with a component each, nothing deployed; one pull request of the second.
    fn facts(merged: DateTime<Utc>) -> Facts {
        let pull_request = PullRequest {
            number: 1,
            opened: merged,
            merged,
            updated: merged,
            merge_commit: None,
            first_commit: None,
            first_review: None,
            commits: Vec::new(),
            is_bot: false,
            key_words: Vec::new(),
        };
        Facts {
            as_of: instant_from_epoch(86_400),
            settings: Settings::default(),
            repositories: vec![
                RepositoryFacts::default(),
                RepositoryFacts {
                    pull_requests: vec![pull_request],
                    ..RepositoryFacts::default()
                },
            ],
            components: vec![component("api", 0), component("web", 1)],
            versions: Vec::new(),
            environments: Vec::new(),
            measured: None,
            measured_unasked: None,
            incidents: Vec::new(),
            marks: Vec::new(),
            github: None,
            notices: Vec::new(),
        }
    }

    fn stages_of(facts: &Facts, component: Option<usize>) -> Option<Stages> {
        let ledger = Ledger::from_facts(facts);
        let window = Window::new(instant_from_epoch(0), facts.as_of);
        let period = Period {
            window,
            previous: window,
            label: String::new(),
            previous_label: String::new(),
            complete: true,
        };
        let report = compose(&Inputs {
            facts,
            ledger: &ledger,
            environment: None,
            component,
            period: &period,
            profile: &Profile::from_settings(&facts.settings).unwrap(),
            asked: &Scope::ANY,
            subject: &|_, _| None,
        });
        report.metrics.lead_time.stages
    }

    #[test]
    fn stages_are_given_where_pull_requests_are_known_and_else_not_at_all() {
        let noon = instant_from_epoch(43_200);
        let stages = stages_of(&facts(noon), None).unwrap();
        assert_eq!((stages.people.pull_requests, stages.bots), (0, None));
        assert!(stages_of(&facts(noon), Some(1)).is_some());
        assert_eq!(stages_of(&facts(noon), Some(0)), None, "none of its own");
        let not_yet = instant_from_epoch(86_400);
        assert_eq!(stages_of(&facts(not_yet), None), None);
        let mut none = facts(noon);
        none.repositories.pop();
        assert_eq!(stages_of(&none, None), None);
    }
}
