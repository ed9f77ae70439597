//! Records folded into what they mean: deployments as recorded, incidents as they stand now, marks.
//! The order of lines does not matter and a record counts once, however often it is there; so two
//! branches that recorded can be merged line by line. `record_log` reads the lines.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::model::{Incident, Mark, Notice, shell_word};

use super::cd_agent_entries::SOURCE;
use super::records::{Record, RecordedFacts};
use super::{Store, StoreError};

/// A deployment as somebody recorded it: components and versions are still names, `gather` looks
/// them up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDeployment {
    /// Its id.
    pub id: String,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// Where.
    pub environment: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Component name → version as written.
    pub components: BTreeMap<String, String>,
    /// Whether it came through; `false` is a failed attempt.
    pub success: bool,
    /// Other ids by which it is known.
    pub aliases: Vec<String>,
    /// What was said about it.
    pub note: Option<String>,
}

/// What the records say, all together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recorded {
    /// Deployments, by time, then id.
    pub deployments: Vec<StoredDeployment>,
    /// Incidents as they stand now, by opening, then id. A cause named by an alias of a recorded
    /// deployment is given by that deployment's id.
    pub incidents: Vec<Incident>,
    /// Marks in the order of recording; deployments as with incidents.
    pub marks: Vec<Mark>,
    /// Other ids of incidents → their ids.
    pub incident_aliases: BTreeMap<String, String>,
    /// What was read but makes no sense.
    pub notices: Vec<Notice>,
}

impl Store {
    /// Everything that was recorded, here or by cd-agent (see [`Store::cd_agent_records`]), with the
    /// notices of reading and folding.
    ///
    /// # Errors
    /// When a file was written by a newer dora or cannot be read.
    pub fn recorded(
        &self,
        with_state_file: &BTreeSet<String>,
        component: &str,
    ) -> Result<Recorded, StoreError> {
        let mut log = self.records()?;
        let mut cd_agent = self.cd_agent_records(with_state_file, component)?;
        log.records.append(&mut cd_agent.records);
        let mut folded = fold(&log.records);
        let read = log.notices.into_iter().chain(cd_agent.notices);
        folded.notices.splice(..0, read);
        Ok(folded)
    }
}

/// Folds records, in any order.
pub fn fold(records: &[Record]) -> Recorded {
    let mut folded = Recorded::default();
    let records = once_each_in_order(records, &mut folded.notices);
    let deployment_aliases = aliases(&records, |facts| {
        matches!(facts, RecordedFacts::Deployment { .. })
    });
    folded.incident_aliases = aliases(&records, |facts| {
        matches!(facts, RecordedFacts::IncidentOpened { .. })
    });
    let mut incidents = opened(&records);
    for record in records {
        let Record { id, at, facts, .. } = record;
        match facts {
            RecordedFacts::Deployment {
                environment,
                time,
                components,
                success,
                aliases,
                note,
            } => folded.deployments.push(StoredDeployment {
                id,
                at,
                environment,
                time,
                components,
                success,
                aliases,
                note,
            }),
            RecordedFacts::Mark {
                deployment,
                verdict,
                reason,
            } => folded.marks.push(Mark {
                deployment: named(&deployment_aliases, deployment),
                verdict,
                reason,
                at,
            }),
            RecordedFacts::IncidentOpened { .. } => {}
            RecordedFacts::IncidentResolved {
                ref incident,
                resolved_at,
            } => match find(&mut incidents, &folded.incident_aliases, incident) {
                Some(found) => found.resolved_at = Some(resolved_at),
                None => folded.notices.push(unknown_incident(&id, incident)),
            },
            RecordedFacts::IncidentEdited { ref incident, .. } => {
                match find(&mut incidents, &folded.incident_aliases, incident) {
                    Some(found) => edit(found, facts),
                    None => folded.notices.push(unknown_incident(&id, incident)),
                }
            }
        }
    }
    for mut incident in incidents.into_values() {
        incident.deployment = incident
            .deployment
            .map(|deployment| named(&deployment_aliases, deployment))
            .filter(|deployment| incident.source != SOURCE || is_shaped_like_ours(deployment));
        // Judged at the end: a later record may have corrected either time.
        if let Some(resolved_at) = incident.resolved_at.filter(|end| *end < incident.opened_at) {
            let message = format!(
                "incident {} is recorded as resolved at {resolved_at}, before it was opened; it \
                 counts as open",
                incident.id
            );
            let hint = format!("dora incident resolve {}", shell_word(&incident.id));
            let notice = Notice::new("incident-resolved-before-opened", message);
            folded.notices.push(notice.hint(hint).incomplete());
            incident.resolved_at = None;
        }
        folded.incidents.push(incident);
    }
    folded
        .deployments
        .sort_by(|a, b| (a.time, &a.id).cmp(&(b.time, &b.id)));
    folded
        .incidents
        .sort_by(|a, b| (a.opened_at, &a.id).cmp(&(b.opened_at, &b.id)));
    folded
}

/// The records by time of recording, then id, each id once; aliases are united, the latest note holds.
fn once_each_in_order(records: &[Record], notices: &mut Vec<Notice>) -> Vec<Record> {
    let mut sorted: Vec<&Record> = records.iter().collect();
    sorted.sort_by(|a, b| {
        (a.at, &a.id).cmp(&(b.at, &b.id)).then_with(|| {
            // Only for hand-made duplicates: any order will do that does not hang on the file's.
            let text = |record: &Record| serde_json::to_string(&record.facts).unwrap_or_default();
            text(a).cmp(&text(b))
        })
    });
    let mut kept: Vec<Record> = Vec::with_capacity(sorted.len());
    let mut places: HashMap<&str, usize> = HashMap::new();
    for record in sorted {
        let Some(earlier) = places
            .get(record.id.as_str())
            .and_then(|&i| kept.get_mut(i))
        else {
            places.insert(&record.id, kept.len());
            kept.push(record.clone());
            continue;
        };
        let mut again = record.facts.clone();
        again.unite_words(&mut earlier.facts);
        if again != earlier.facts {
            let message = format!(
                "two records have the id {} and differ; the one recorded first counts",
                record.id
            );
            notices.push(Notice::new("record-duplicate", message));
        }
    }
    kept
}

/// Other ids → ids; an alias that two share names neither.
fn aliases(records: &[Record], is_meant: fn(&RecordedFacts) -> bool) -> BTreeMap<String, String> {
    let mut names: BTreeMap<String, Option<String>> = BTreeMap::new();
    for record in records.iter().filter(|record| is_meant(&record.facts)) {
        for alias in record.facts.aliases() {
            names
                .entry(alias.clone())
                .and_modify(|id| *id = None)
                .or_insert_with(|| Some(record.id.clone()));
        }
    }
    names
        .into_iter()
        .filter_map(|(alias, id)| Some((alias, id?)))
        .collect()
}

fn named(aliases: &BTreeMap<String, String>, id: String) -> String {
    aliases.get(&id).cloned().unwrap_or(id)
}

/// Whether a text could be the id of a deployment: it holds a time (`-20260302T093000Z-`). The
/// sequential ids of cd-agent that no recorded deployment goes by name nothing, and an incident
/// that names something else than its cause would fail no deployment at all.
fn is_shaped_like_ours(id: &str) -> bool {
    id.split('-').any(|part| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        part.len() == 16 && digits == 14 && part.ends_with('Z') && part.get(8..9) == Some("T")
    })
}

/// The incidents by id, as they were opened. All openings come first: a resolution by a machine
/// whose clock is behind still finds its incident.
fn opened(records: &[Record]) -> BTreeMap<String, Incident> {
    let mut incidents = BTreeMap::new();
    for record in records {
        if let RecordedFacts::IncidentOpened {
            title,
            opened_at,
            environment,
            deployment,
            severity,
            caused_by_change,
            source,
            aliases: _,
        } = &record.facts
        {
            let incident = Incident {
                id: record.id.clone(),
                title: title.clone(),
                opened_at: *opened_at,
                resolved_at: None,
                environment: environment.clone(),
                deployment: deployment.clone(),
                causes: Vec::new(),
                severity: severity.clone(),
                caused_by_change: *caused_by_change,
                source: source.clone(),
            };
            incidents.insert(record.id.clone(), incident);
        }
    }
    incidents
}

fn find<'i>(
    incidents: &'i mut BTreeMap<String, Incident>,
    aliases: &BTreeMap<String, String>,
    id: &str,
) -> Option<&'i mut Incident> {
    incidents.get_mut(aliases.get(id).map_or(id, String::as_str))
}

fn edit(incident: &mut Incident, facts: RecordedFacts) {
    let RecordedFacts::IncidentEdited {
        incident: _,
        title,
        opened_at,
        resolved_at,
        environment,
        deployment,
        severity,
        caused_by_change,
    } = facts
    else {
        return;
    };
    fn set<T>(slot: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *slot = value;
        }
    }
    set(&mut incident.title, title);
    set(&mut incident.opened_at, opened_at);
    set(&mut incident.resolved_at, resolved_at);
    set(&mut incident.environment, environment);
    set(&mut incident.deployment, deployment);
    set(&mut incident.severity, severity);
    set(&mut incident.caused_by_change, caused_by_change);
}

fn unknown_incident(record: &str, incident: &str) -> Notice {
    let message = format!("record {record} speaks of incident {incident}, which nobody opened");
    Notice::new("incident-unknown", message).hint("dora incident list")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Verdict;

    fn at(minute: i64) -> DateTime<Utc> {
        crate::model::instant_from_epoch(1_772_000_000 + minute * 60)
    }

    fn open(minute: i64) -> Record {
        let facts = RecordedFacts::IncidentOpened {
            title: "down".into(),
            opened_at: at(minute),
            environment: None,
            deployment: Some("deploy-001".into()),
            severity: None,
            caused_by_change: None,
            source: "recorded".into(),
            aliases: vec!["INC-1".into()],
        };
        Record::new(at(minute), facts)
    }

    fn resolve(incident: &str, recorded: i64, end: i64) -> Record {
        let facts = RecordedFacts::IncidentResolved {
            incident: incident.into(),
            resolved_at: at(end),
        };
        Record::new(at(recorded), facts)
    }

    fn change(incident: &str, recorded: i64, resolved: Option<Option<i64>>) -> Record {
        let facts = RecordedFacts::IncidentEdited {
            incident: incident.into(),
            title: Some("half down".into()),
            opened_at: None,
            resolved_at: resolved.map(|minute| minute.map(at)),
            environment: Some(Some("uat".into())),
            deployment: None,
            severity: None,
            caused_by_change: None,
        };
        Record::new(at(recorded), facts)
    }

    fn deploy(minute: i64, aliases: &[&str]) -> Record {
        let facts = RecordedFacts::Deployment {
            environment: "qa".into(),
            time: at(minute),
            components: BTreeMap::from([("api".into(), "1".into())]),
            success: true,
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
            note: None,
        };
        Record::new(at(minute), facts)
    }

    /// The deployment of a minute, told again later with a note.
    fn noted(minute: i64, recorded: i64, words: &str) -> Record {
        let mut record = deploy(minute, &[]);
        if let RecordedFacts::Deployment { note, .. } = &mut record.facts {
            *note = Some(words.into());
        }
        record.at = at(recorded);
        record
    }

    fn mark(minute: i64, verdict: Verdict) -> Record {
        let facts = RecordedFacts::Mark {
            deployment: "deploy-001".into(),
            verdict,
            reason: None,
        };
        Record::new(at(minute), facts)
    }

    #[test]
    fn no_records_mean_nothing() {
        assert_eq!(fold(&[]), Recorded::default());
    }

    #[test]
    fn an_incident_is_opened_resolved_and_opened_again() {
        let opening = open(0);
        let id = opening.id.clone();
        let mut records = vec![opening, resolve(&id, 30, 25)];
        let folded = fold(&records);
        assert_eq!(folded.incidents[0].resolved_at, Some(at(25)));
        records.push(change("INC-1", 40, Some(None)));
        let folded = fold(&records);
        assert_eq!(folded.incidents[0].resolved_at, None);
        assert_eq!(folded.incidents[0].title, "half down");
        assert_eq!(folded.incidents[0].environment.as_deref(), Some("uat"));
        assert_eq!(folded.incident_aliases["INC-1"], id);
        assert!(folded.notices.is_empty());
    }

    #[test]
    fn a_resolution_before_the_opening_is_ignored_with_a_notice() {
        let opening = open(10);
        let id = opening.id.clone();
        let folded = fold(&[opening, resolve(&id, 30, 5)]);
        assert_eq!(folded.incidents[0].resolved_at, None);
        assert_eq!(folded.notices[0].code, "incident-resolved-before-opened");
        assert!(folded.notices[0].incomplete);
    }

    #[test]
    fn an_incident_that_ends_as_it_begins_is_resolved() {
        let opening = open(10);
        let id = opening.id.clone();
        let folded = fold(&[opening, resolve(&id, 30, 10)]);
        assert_eq!(folded.incidents[0].resolved_at, Some(at(10)));
    }

    #[test]
    fn a_resolution_recorded_by_a_slow_clock_still_finds_its_incident() {
        let opening = open(10);
        let id = opening.id.clone();
        let folded = fold(&[resolve(&id, 3, 20), opening]);
        assert_eq!(folded.incidents[0].resolved_at, Some(at(20)));
        assert!(folded.notices.is_empty());
    }

    #[test]
    fn speaking_of_an_unknown_incident_is_a_notice() {
        let folded = fold(&[resolve("nobody", 1, 2), change("nobody", 3, None)]);
        assert!(folded.incidents.is_empty());
        let codes: Vec<_> = folded.notices.iter().map(|n| n.code.as_str()).collect();
        assert_eq!(codes, ["incident-unknown", "incident-unknown"]);
    }

    #[test]
    fn a_record_that_is_there_twice_counts_once_and_aliases_are_united() {
        let folded = fold(&[deploy(5, &["b"]), deploy(5, &["a"]), deploy(5, &["b"])]);
        assert_eq!(folded.deployments.len(), 1);
        assert_eq!(folded.deployments[0].aliases, ["a", "b"]);
        assert!(folded.notices.is_empty());
        let mut forged = deploy(5, &[]);
        if let RecordedFacts::Deployment { success, .. } = &mut forged.facts {
            *success = false;
        }
        let folded = fold(&[deploy(5, &[]), forged]);
        assert_eq!(folded.deployments.len(), 1);
        assert_eq!(folded.notices[0].code, "record-duplicate");
    }

    #[test]
    fn aliases_of_a_deployment_are_replaced_by_its_id() {
        let deployment = deploy(0, &["deploy-001"]);
        let id = deployment.id.clone();
        let folded = fold(&[deployment, open(5), mark(9, Verdict::Failed)]);
        assert_eq!(folded.marks[0].deployment, id);
        assert_eq!(folded.incidents[0].deployment.as_ref(), Some(&id));
        let ambiguous = fold(&[
            deploy(0, &["deploy-001"]),
            deploy(1, &["deploy-001"]),
            mark(9, Verdict::Failed),
        ]);
        assert_eq!(ambiguous.marks[0].deployment, "deploy-001");
    }

    #[test]
    fn marks_are_in_the_order_of_recording() {
        let folded = fold(&[mark(9, Verdict::Ok), mark(2, Verdict::Failed)]);
        let verdicts: Vec<_> = folded.marks.iter().map(|mark| mark.verdict).collect();
        assert_eq!(verdicts, [Verdict::Failed, Verdict::Ok]);
    }

    proptest! {
        #[test]
        fn the_order_of_lines_does_not_matter(
            shuffled in Just({
                let opening = open(0);
                let id = opening.id.clone();
                vec![
                    deploy(1, &["deploy-001"]),
                    deploy(1, &["other"]),
                    deploy(2, &[]),
                    resolve(&id, 30, 25),
                    change(&id, 31, Some(Some(28))),
                    change("nobody", 32, None),
                    mark(40, Verdict::Failed),
                    mark(41, Verdict::Ok),
                    mark(42, Verdict::Undone),
                    noted(1, 50, "by hnad"),
                    noted(1, 51, "by hand"),
                    opening,
                ]
            }).prop_shuffle(),
            again in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let mut sorted = shuffled.clone();
            sorted.sort_by(|a, b| a.id.cmp(&b.id));
            let once = fold(&sorted);
            prop_assert_eq!(&fold(&shuffled), &once);
            // Two branches that both have a line are joined into one file that has it twice.
            let mut twice = shuffled.clone();
            for line in again {
                let place = line.index(twice.len());
                twice.insert(place, line.get(&shuffled).clone());
            }
            prop_assert_eq!(&fold(&twice), &once);
            prop_assert_eq!(once.deployments[0].note.as_deref(), Some("by hand"));
            prop_assert_eq!(once.incidents[0].resolved_at, Some(at(28)));
        }
    }
}
