//! What stands behind the waiting changes (spec 2.5): each of them with its age, and the components of which
//! nothing can be said. It is a fact of the `as of` instant, not of a period.

use crate::metrics::minutes;
use crate::report::quantity::{duration, plural};

use super::cells::{COMMIT, REPOSITORY, RULE, SUBJECT, commit};
use super::document::{Cell, Column, Figure, Role, Row, Section};
use super::question::{Case, Parts};

const AGE: Column = Column::new("age_minutes", "age");
const COMMITTED: Column = Column::new("committed", "committed");

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let as_of = case.account.as_of;
    let waiting = case.account.waiting.as_ref();
    let figure = match waiting {
        Ok(waiting) => Figure {
            value: Some(waiting.count as f64),
            unit: "changes".to_owned(),
            text: match waiting.oldest {
                Some(oldest) => format!(
                    "{}, the oldest for {}",
                    plural(waiting.count, "change"),
                    duration(minutes(as_of - oldest))
                ),
                None => plural(waiting.count, "change"),
            },
            interval95: None,
            reason: None,
        },
        Err(reason) => Figure {
            value: None,
            unit: "changes".to_owned(),
            text: format!("no data: {reason}"),
            interval95: None,
            reason: Some(reason.clone()),
        },
    };
    let changes = waiting.map_or(&[][..], |waiting| &waiting.changes);
    let rows: Vec<Row> = changes
        .iter()
        .enumerate()
        .map(|(place, change)| {
            vec![
                commit(change.commit),
                Cell::Minutes(minutes(as_of - change.committed)),
                Cell::Instant(change.committed),
                case.subject(place, change.repository, change.commit),
                case.repository_of_many(change.repository),
            ]
        })
        .collect();
    let arithmetic = match waiting {
        Ok(waiting) => {
            let mut steps = vec![format!(
                "{} waiting at {}",
                plural(waiting.count, "row"),
                as_of.format("%Y-%m-%d %H:%M:%S UTC")
            )];
            steps.extend(waiting.oldest.map(|oldest| {
                format!(
                    "the oldest: {} - {} = {}",
                    as_of.format("%Y-%m-%d %H:%M UTC"),
                    oldest.format("%Y-%m-%d %H:%M UTC"),
                    duration(minutes(as_of - oldest))
                )
            }));
            steps
        }
        Err(reason) => vec![format!("not known: {reason}")],
    };
    let start = case.inputs.facts.settings.lead_time_start.name();
    Parts {
        figure,
        definition: format!(
            "Changes committed ({start} time) before now, or before --as-of, that no deployment contains \
             yet: reachable from the analysed head, or from the main branch of a component's own \
             repository; merges and bookkeeping are no changes; whatever the period"
        ),
        sections: vec![
            Section {
                key: "changes",
                title: "Changes that wait".to_owned(),
                role: Role::Counted,
                columns: vec![COMMIT, AGE, COMMITTED, SUBJECT, REPOSITORY],
                rows,
                when_empty: "none",
            },
            unknown(case),
        ],
        arithmetic,
    }
}

/// Components whose waiting changes are not known.
fn unknown(case: &Case<'_>) -> Section {
    let components = case.account.waiting.as_ref().ok();
    let rows = components
        .into_iter()
        .flat_map(|waiting| &waiting.unknown_components)
        .map(|&component| {
            vec![
                Cell::text(case.inputs.facts.components[component].name.clone()),
                Cell::text("its latest version does not resolve to a commit"),
            ]
        });
    Section {
        key: "components_left_out",
        title: "Components that are not known of".to_owned(),
        role: Role::LeftOut,
        columns: vec![Column::new("component", "component"), RULE],
        rows: rows.collect(),
        when_empty: "none",
    }
}
