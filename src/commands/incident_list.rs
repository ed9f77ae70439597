//! `dora incident list`: incidents as they stand, in every format. It records nothing, so it can look at the
//! past. `incident` has the other commands.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::cli::{self, Common};
use crate::error::{Error, Exit};
use crate::model::Incident;
use crate::render::{self, Format};
use crate::report::incidents::{IncidentEntry, IncidentListing};
use crate::store::Recorded;

use super::incident::aliases_of;
use super::output::Output;
use super::recording;
use super::session::Session;

/// Without a flag, those that ended so long ago are left out.
const RECENT: TimeDelta = TimeDelta::days(30);

/// Lists them.
pub(super) fn run(
    common: &Common,
    flags: &cli::IncidentList,
    output: &mut Output,
) -> Result<Exit, Error> {
    let session = Session::open(common, None)?.unmeasured();
    let (now, zone) = (session.as_of, session.settings.timezone);
    let recorded = match &session.store {
        Some(store) => store.recorded(&BTreeSet::new(), &session.name())?,
        None => Recorded::default(),
    };
    let account = session.account(output)?;
    let mut aliases = aliases_of(&recorded);
    let mut incidents: Vec<Incident> = account
        .gathered
        .facts
        .incidents
        .iter()
        .filter(|incident| incident.opened_at < now)
        .cloned()
        .collect();
    for incident in &mut incidents {
        incident.resolved_at = incident.resolved_at.filter(|&end| end < now);
    }
    incidents.sort_by(|a, b| (a.opened_at, &a.id).cmp(&(b.opened_at, &b.id)));
    let all = incidents.len();
    incidents.retain(|incident| match incident.resolved_at {
        None => true,
        Some(end) => flags.all || (!flags.open && now - end < RECENT),
    });
    let said = IncidentListing {
        schema_version: 1,
        others: all - incidents.len(),
        incidents: incidents
            .iter()
            .map(|incident| {
                let aliases = aliases.remove(incident.id.as_str()).unwrap_or_default();
                IncidentEntry::of(incident, aliases, &account.ledger, now)
            })
            .collect(),
    };
    match output.format {
        Format::Csv => {
            let mut rows = Vec::new();
            render::incident_rows(&said, &mut rows)
                .map_err(|error| Error::failure("cannot write CSV").cause(error.to_string()))?;
            output.say(&String::from_utf8_lossy(&rows));
        }
        Format::Markdown => output.say(&render::incident_markdown(&said, zone)),
        _ => {
            let text = |output: &Output| render::incident_listing(&said, zone, &output.style);
            recording::say(&said, text, output)?;
        }
    }
    for notice in account
        .gathered
        .facts
        .notices
        .iter()
        .filter(|it| it.incomplete)
    {
        output.remark(&format!("note: {}", notice.message));
    }
    Ok(Exit::Done)
}
