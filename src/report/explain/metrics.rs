//! Metrics as their pages define them: those of delivery one page each, those of the stream in one
//! table. Names are those of `dora why`.

use super::document::{Entry, Kind};
use super::tables::{Table, formula, lead, plain};
use crate::report::why::{DoraSubject, FlowSubject};

/// A page of one metric: its name, what else it is called, its path, its text.
struct Page {
    name: &'static str,
    also: &'static [&'static str],
    path: &'static str,
    text: &'static str,
}

const PAGES: [Page; 7] = [
    Page {
        name: "deployment-frequency",
        also: &["deploys per day", "df"],
        path: "docs/metrics/deployment-frequency.md",
        text: include_str!("../../../docs/metrics/deployment-frequency.md"),
    },
    Page {
        name: "lead-time",
        also: &["lead time for changes", "ltfc"],
        path: "docs/metrics/lead-time.md",
        text: include_str!("../../../docs/metrics/lead-time.md"),
    },
    Page {
        name: "change-failure-rate",
        also: &["change fail rate", "cfr"],
        path: "docs/metrics/change-failure-rate.md",
        text: include_str!("../../../docs/metrics/change-failure-rate.md"),
    },
    Page {
        name: "time-to-restore",
        also: &[
            "time to restore service",
            "failed deployment recovery time",
            "mean time to restore",
            "mttr",
        ],
        path: "docs/metrics/time-to-restore.md",
        text: include_str!("../../../docs/metrics/time-to-restore.md"),
    },
    Page {
        name: "rework-rate",
        also: &["deployment rework rate"],
        path: "docs/metrics/rework-rate.md",
        text: include_str!("../../../docs/metrics/rework-rate.md"),
    },
    Page {
        name: "pull-request-stages",
        also: &["stages of pull requests"],
        path: "docs/metrics/pull-request-stages.md",
        text: include_str!("../../../docs/metrics/pull-request-stages.md"),
    },
    Page {
        name: "idea-to-production",
        also: &["from idea to production"],
        path: "docs/metrics/idea-to-production.md",
        text: include_str!("../../../docs/metrics/idea-to-production.md"),
    },
];

/// The metrics that have a page of their own.
pub(super) fn of_pages() -> Vec<Entry> {
    let entries = PAGES.iter().map(|page| {
        let entry = Entry::new(Kind::Metric, page.name, lead(page.text))
            .fact("formula", formula(page.text))
            .fact("opened by", opened_by(page.name))
            .on(page.path);
        page.also
            .iter()
            .fold(entry, |entry, name| entry.also(*name))
    });
    entries.collect()
}

/// The metrics of the value stream.
pub(super) fn of_flow(page: &str) -> Vec<Entry> {
    let table = Table::headed(page, &["metric", "formula", "degenerate cases"]);
    let rows = table.rows.iter().map(|[name, formula, degenerate]| {
        let name = plain(name);
        let what = format!("A metric of the value stream: {name}.");
        let entry = Entry::new(Kind::Metric, name.replace(' ', "-"), what)
            .fact("formula", plain(formula))
            .fact("at the edge", plain(degenerate))
            .fact("opened by", opened_by(&name))
            .on("docs/metrics/flow.md");
        match name.as_str() {
            "flow load" => entry.also("wip").also("work in progress"),
            "flow velocity" => entry.also("throughput"),
            _ => entry,
        }
    });
    rows.collect()
}

/// The name of the number that `dora why` opens for this name.
pub(super) fn subject(name: &str) -> Option<&'static str> {
    let of_delivery = DoraSubject::named(name).map(DoraSubject::name);
    let of_flow = || FlowSubject::named(name).map(|(subject, _)| subject.name());
    of_delivery.or_else(of_flow)
}

/// The command that opens the number of this name; empty where there is none.
pub(super) fn opened_by(name: &str) -> String {
    subject(name).map_or(String::new(), |subject| format!("dora why {subject}"))
}
