//! `dora trend`: the long view of metrics of delivery, of work items, or of both.

use crate::cli::{self, Common};
use crate::error::{Error, Exit};
use crate::ledger::flow::FlowAccount;
use crate::metrics::buckets::{Bucket, buckets};
use crate::metrics::trend_series::TrendMetric;
use crate::metrics::{Metric, Profile};
use crate::model::calendar::CalendarUnit;
use crate::model::{Period, Window};
use crate::report::compose::Inputs;
use crate::report::trend::{Delivery, TrendInputs, TrendReport, compose};
use crate::store::WorkItems;

use super::flow::known;
use super::output::{Export, Output};
use super::report::remark_incomplete;
use super::session::{Account, Session};

/// More buckets are no picture any more, and each costs a pass over all deployments.
const MOST_BUCKETS: usize = 1_200;

/// The long view.
pub(super) fn run(common: &Common, flags: &cli::Trend, output: &mut Output) -> Result<Exit, Error> {
    let default_name = format!("dora-trend-{}.csv", unit(flags.by).name());
    let exports = Export::read(&flags.export, &default_name)?;
    let metrics = metrics(&flags.metrics);
    let needs_items = metrics.iter().any(|metric| metric.is_of_flow());
    if needs_items && flags.component.is_some() {
        return Err(Error::usage(
            "work items are of no component: --component leaves none of them",
        )
        .hint("leave out --component, or the flow metrics"));
    }
    let session = Session::open(common, flags.environment.as_deref())?;
    let report = report(session, flags, &metrics, needs_items, output)?;
    output.show(&&report)?;
    if output.format == crate::render::Format::Csv {
        remark_incomplete(&report.notices, "dora report", output);
    }
    for export in &exports {
        export.write(&&report, output)?;
    }
    Ok(match common.strict {
        true => strict(&report),
        false => Exit::Done,
    })
}

fn report(
    session: Session,
    flags: &cli::Trend,
    metrics: &[TrendMetric],
    needs_items: bool,
    output: &Output,
) -> Result<TrendReport, Error> {
    let items = match needs_items {
        true => known(&session)?,
        false => WorkItems::default(),
    };
    let (as_of, settings, repository) = (session.as_of, session.settings.clone(), session.name());
    let profile = Profile::from_settings(&settings)?;
    let mut notices = items.notices;
    let stream =
        needs_items.then(|| FlowAccount::from_items(&items.items, &settings, session.as_of));
    let by = unit(flags.by);
    let text = flags.last.as_deref().unwrap_or(match flags.by {
        cli::TrendUnit::Week => "26w",
        cli::TrendUnit::Month => "12mo",
        cli::TrendUnit::Quarter => "3y",
    });
    let earliest = stream.as_ref().and_then(FlowAccount::record_start);
    let is_delivered = metrics.iter().any(|metric| !metric.is_of_flow());
    let (history, period) = match is_delivered {
        true => {
            let history = session.account(output)?;
            let period = history.period_since(Some(text), earliest)?;
            (Some(history), period)
        }
        false => {
            notices.splice(0..0, session.notices().to_vec());
            let period = session.period(Some(text), earliest)?;
            (None, period)
        }
    };
    let buckets = buckets(period.window, by, as_of, settings.timezone);
    if buckets.len() > MOST_BUCKETS {
        return Err(Error::usage(format!(
            "--last {text} makes {} buckets, and at most {MOST_BUCKETS} are shown",
            buckets.len()
        ))
        .hint("choose a longer bucket (--by quarter) or a shorter time (--last 5y)"));
    }
    let whole = whole(&buckets, &period);
    let component = match &history {
        Some(history) => history.component(flags.component.as_deref())?,
        None => None,
    };
    Ok(compose(TrendInputs {
        metrics,
        by,
        buckets: &buckets,
        label: &period.label,
        as_of,
        zone: settings.timezone,
        repository: &repository,
        profile: &profile,
        delivery: history
            .as_ref()
            .map(|history| delivery(history, component, &whole)),
        flow: stream.as_ref(),
        notices,
    }))
}

/// The period of all buckets together, for what is said of the record as a whole.
fn whole(buckets: &[Bucket], asked: &Period) -> Period {
    let ends = buckets.first().zip(buckets.last());
    let Some((first, last)) = ends else {
        return asked.clone();
    };
    Period {
        window: Window::new(first.window.start, last.window.end),
        previous: first.previous,
        ..asked.clone()
    }
}

fn delivery<'a>(
    history: &'a Account,
    component: Option<usize>,
    period: &'a Period,
) -> Delivery<'a> {
    Delivery {
        inputs: Inputs {
            facts: &history.gathered.facts,
            ledger: &history.ledger,
            environment: history.ledger.measured,
            component,
            period,
            profile: &history.profile,
            // No change is named here.
            subject: &|_, _| None,
        },
    }
}

/// What was asked for, each once; the four without a wish.
fn metrics(asked: &[cli::TrendMetric]) -> Vec<TrendMetric> {
    if asked.is_empty() {
        return Metric::ALL.map(TrendMetric::Delivery).into();
    }
    let mut metrics = Vec::new();
    for metric in asked {
        let metric = match metric {
            cli::TrendMetric::DeploymentFrequency => {
                TrendMetric::Delivery(Metric::DeploymentFrequency)
            }
            cli::TrendMetric::LeadTime => TrendMetric::Delivery(Metric::LeadTime),
            cli::TrendMetric::ChangeFailureRate => TrendMetric::Delivery(Metric::ChangeFailureRate),
            cli::TrendMetric::TimeToRestore => TrendMetric::Delivery(Metric::TimeToRestore),
            cli::TrendMetric::ReworkRate => TrendMetric::ReworkRate,
            cli::TrendMetric::FlowTime => TrendMetric::FlowTime,
            cli::TrendMetric::FlowEfficiency => TrendMetric::FlowEfficiency,
            cli::TrendMetric::FlowVelocity => TrendMetric::FlowVelocity,
            cli::TrendMetric::FlowLoad => TrendMetric::FlowLoad,
        };
        if !metrics.contains(&metric) {
            metrics.push(metric);
        }
    }
    metrics
}

fn unit(by: cli::TrendUnit) -> CalendarUnit {
    match by {
        cli::TrendUnit::Week => CalendarUnit::Week,
        cli::TrendUnit::Month => CalendarUnit::Month,
        cli::TrendUnit::Quarter => CalendarUnit::Quarter,
    }
}

/// Under `--strict`: incomplete data and no data are failures of their own.
fn strict(report: &TrendReport) -> Exit {
    let mut rows = report.series.iter().flat_map(|series| &series.buckets);
    if rows.all(|row| row.value.is_none()) {
        Exit::NoData
    } else if report.notices.iter().any(|notice| notice.incomplete) {
        Exit::Incomplete
    } else {
        Exit::Done
    }
}
