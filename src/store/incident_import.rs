//! Incidents that another tool tells, taken into the records: what is new is opened, what ended there is
//! resolved, and what is known stays as people here corrected it. `recording` appends what people say.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::records::{Record, RecordedFacts};
use super::{Store, StoreError, Writer, atomic_file, recorded};

/// An incident as another tool tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldIncident {
    /// Its id there; it becomes an alias.
    pub id: Option<String>,
    /// One line of description.
    pub title: String,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When it ended.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Where; `None` means the measured environment.
    pub environment: Option<String>,
    /// The id of the deployment that caused it.
    pub deployment: Option<String>,
    /// Severity, in the words of the tool.
    pub severity: Option<String>,
    /// `Some(false)`: no deployment caused it.
    pub caused_by_change: Option<bool>,
}

/// What came of one incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentOutcome {
    /// It is new.
    Opened,
    /// It was known and ended since.
    Resolved,
    /// Nothing is new.
    Known,
    /// It cannot be taken over; the words say why.
    Refused(String),
}

impl Store {
    /// What [`Writer::record_incidents`] would do; nothing is written.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub fn would_record_incidents(
        &self,
        at: DateTime<Utc>,
        told: &[ToldIncident],
    ) -> Result<Vec<IncidentOutcome>, StoreError> {
        Ok(planned(&self.records()?.records, at, told).0)
    }
}

impl Writer<'_> {
    /// Records what other tools tell of incidents, in one piece; one outcome for each. Told twice, the
    /// second time adds nothing. An incident is known by its id (or an alias); where either side has
    /// none, by its facts. Two ids with the same facts are two incidents.
    /// A known one only ends: by a resolution that is later than all that were told of it.
    ///
    /// # Errors
    /// When the records cannot be read or written; then nothing is recorded.
    pub fn record_incidents(
        &self,
        at: DateTime<Utc>,
        told: &[ToldIncident],
    ) -> Result<Vec<IncidentOutcome>, StoreError> {
        atomic_file::until_it_stays(|| {
            let log = self.store.records()?;
            let (outcomes, records) = planned(&log.records, at, told);
            if !records.is_empty() {
                self.append(&log, &records)?;
            }
            Ok(outcomes)
        })
    }
}

/// What is planned without any records.
pub fn outcomes_of_first_import(at: DateTime<Utc>, told: &[ToldIncident]) -> Vec<IncidentOutcome> {
    planned(&[], at, told).0
}

/// What is known of one incident.
struct Known {
    title: String,
    opened_at: DateTime<Utc>,
    /// Its ids in other tools.
    names: BTreeSet<String>,
    /// The latest end that was ever told, whether it holds or not.
    latest_end: Option<DateTime<Utc>>,
    /// Whether that was before the incident began as corrected.
    begins: DateTime<Utc>,
    /// When the latest record about it was made.
    latest_record: DateTime<Utc>,
}

/// The outcome of each, and the records that make it so.
fn planned(
    records: &[Record],
    at: DateTime<Utc>,
    told: &[ToldIncident],
) -> (Vec<IncidentOutcome>, Vec<Record>) {
    let folded = recorded::fold(records);
    let mut aliases: HashMap<String, String> = folded.incident_aliases.into_iter().collect();
    let mut known: HashMap<String, Known> = HashMap::new();
    for record in records {
        if let RecordedFacts::IncidentOpened {
            title,
            opened_at,
            aliases,
            ..
        } = &record.facts
        {
            let begins = folded.incidents.iter().find(|it| it.id == record.id);
            let entry = known.entry(record.id.clone()).or_insert_with(|| Known {
                title: title.clone(),
                opened_at: *opened_at,
                names: BTreeSet::new(),
                latest_end: None,
                begins: begins.map_or(*opened_at, |it| it.opened_at),
                latest_record: record.at,
            });
            entry.names.extend(aliases.iter().cloned());
        }
    }
    for record in records {
        let (incident, end) = match &record.facts {
            RecordedFacts::IncidentResolved {
                incident,
                resolved_at,
            } => (incident, Some(*resolved_at)),
            RecordedFacts::IncidentEdited {
                incident,
                resolved_at,
                ..
            } => (incident, resolved_at.flatten()),
            _ => continue,
        };
        let id = aliases.get(incident).unwrap_or(incident);
        if let Some(known) = known.get_mut(id) {
            known.latest_end = known.latest_end.max(end);
            known.latest_record = known.latest_record.max(record.at);
        }
    }
    let mut new = Vec::new();
    let outcomes = told
        .iter()
        .map(|told| plan(told, at, &mut aliases, &mut known, &mut new))
        .collect();
    (outcomes, new)
}

fn plan(
    told: &ToldIncident,
    at: DateTime<Utc>,
    aliases: &mut HashMap<String, String>,
    known: &mut HashMap<String, Known>,
    new: &mut Vec<Record>,
) -> IncidentOutcome {
    let mut opening = Record::new(at, opening(told));
    if let Err(reason) = opening.facts.check() {
        return IncidentOutcome::Refused(reason);
    }
    let by_name = told
        .id
        .as_ref()
        .map(|name| aliases.get(name).unwrap_or(name));
    let id = match by_name.filter(|id| known.contains_key(*id)) {
        Some(id) => id.clone(),
        None => {
            let name = told.id.as_ref();
            let is_another = |name: &String| {
                let same_facts = known.get(&opening.id);
                same_facts.is_some_and(|it| !it.names.is_empty() && !it.names.contains(name))
            };
            if let Some(name) = name.filter(|name| is_another(name)) {
                opening.tell_apart(name);
            }
            opening.id.clone()
        }
    };
    let mut outcome = IncidentOutcome::Known;
    let entry = known.entry(id.clone()).or_insert_with(|| {
        outcome = IncidentOutcome::Opened;
        new.push(opening.clone());
        Known {
            title: told.title.clone(),
            opened_at: told.opened_at,
            names: told.id.iter().cloned().collect(),
            latest_end: None,
            begins: told.opened_at,
            latest_record: at,
        }
    });
    if entry.opened_at != told.opened_at && entry.title != told.title {
        let name = told.id.as_deref().unwrap_or_default();
        return IncidentOutcome::Refused(format!(
            "its id {name} is that of {id}, which began at another time and has another title"
        ));
    }
    if let Some(name) = told.id.as_ref().filter(|name| **name != id) {
        // Known by its facts, and by this id from now on.
        if outcome == IncidentOutcome::Known && !aliases.contains_key(name) {
            entry.latest_record = after(entry.latest_record, at);
            new.push(Record::new(entry.latest_record, opening.facts));
        }
        aliases.entry(name.clone()).or_insert_with(|| id.clone());
        entry.names.insert(name.clone());
    }
    let end = told
        .resolved_at
        .filter(|&end| entry.latest_end.is_none_or(|known| end > known));
    if let Some(end) = end {
        if end < entry.begins {
            return IncidentOutcome::Refused(format!(
                "it would end before {id} begins, as it was corrected here"
            ));
        }
        let at = after(entry.latest_record, at);
        let facts = RecordedFacts::IncidentResolved {
            incident: id,
            resolved_at: end,
        };
        new.push(Record::new(at, facts));
        entry.latest_end = Some(end);
        entry.latest_record = at;
        if outcome == IncidentOutcome::Known {
            outcome = IncidentOutcome::Resolved;
        }
    }
    outcome
}

/// When something is recorded after an earlier record.
fn after(earlier: DateTime<Utc>, at: DateTime<Utc>) -> DateTime<Utc> {
    let least = earlier.checked_add_signed(TimeDelta::milliseconds(1));
    least.map_or(at, |least| least.max(at))
}

fn opening(told: &ToldIncident) -> RecordedFacts {
    RecordedFacts::IncidentOpened {
        title: told.title.clone(),
        opened_at: told.opened_at,
        environment: told.environment.clone(),
        deployment: told.deployment.clone(),
        severity: told.severity.clone(),
        caused_by_change: told.caused_by_change,
        source: "recorded".to_owned(),
        aliases: told.id.iter().cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        crate::model::instant_from_epoch(1_772_000_000 + minute * 60)
    }

    fn told(id: Option<&str>, title: &str, from: i64, to: Option<i64>) -> ToldIncident {
        ToldIncident {
            id: id.map(str::to_owned),
            title: title.into(),
            opened_at: at(from),
            resolved_at: to.map(at),
            environment: None,
            deployment: None,
            severity: Some("P1".into()),
            caused_by_change: None,
        }
    }

    /// Imports, and gives the outcomes and all records.
    fn import(
        records: &mut Vec<Record>,
        minute: i64,
        told: &[ToldIncident],
    ) -> Vec<IncidentOutcome> {
        let (outcomes, new) = planned(records, at(minute), told);
        records.extend(new);
        outcomes
    }

    fn edited(incident: &str, end: Option<Option<i64>>) -> RecordedFacts {
        RecordedFacts::IncidentEdited {
            incident: incident.into(),
            title: Some("corrected".into()),
            opened_at: None,
            resolved_at: end.map(|end| end.map(at)),
            environment: None,
            deployment: None,
            severity: None,
            caused_by_change: None,
        }
    }

    #[test]
    fn a_second_import_adds_nothing_and_a_later_end_resolves() {
        use IncidentOutcome::{Known, Opened, Resolved};
        let mut records = Vec::new();
        let open = told(Some("INC-1"), "down", 0, None);
        assert_eq!(
            import(&mut records, 10, std::slice::from_ref(&open)),
            [Opened]
        );
        assert_eq!(
            import(&mut records, 20, std::slice::from_ref(&open)),
            [Known]
        );
        assert_eq!(records.len(), 1);
        let ended = told(Some("INC-1"), "down", 0, Some(15));
        assert_eq!(
            import(&mut records, 30, std::slice::from_ref(&ended)),
            [Resolved]
        );
        assert_eq!(
            import(&mut records, 40, &[ended.clone(), open]),
            [Known, Known]
        );
        assert_eq!(records.len(), 2);
        // Opened again there, and over at last.
        let later = told(Some("INC-1"), "down", 0, Some(90));
        assert_eq!(import(&mut records, 95, &[later]), [Resolved]);
        assert_eq!(import(&mut records, 96, &[ended]), [Known]);
        let folded = recorded::fold(&records);
        assert_eq!(folded.incidents.len(), 1);
        assert_eq!(folded.incidents[0].resolved_at, Some(at(90)));
        assert!(folded.notices.is_empty());
    }

    #[test]
    fn what_people_corrected_here_stays() {
        let mut records = Vec::new();
        let ended = told(Some("INC-1"), "down", 0, Some(15));
        import(&mut records, 20, std::slice::from_ref(&ended));
        let id = records[0].id.clone();
        records.push(Record::new(at(30), edited(&id, Some(None))));
        assert_eq!(import(&mut records, 40, &[ended]), [IncidentOutcome::Known]);
        let folded = recorded::fold(&records);
        assert_eq!(folded.incidents[0].title, "corrected");
        assert_eq!(folded.incidents[0].resolved_at, None);
    }

    #[test]
    fn without_an_id_the_facts_tell_and_our_own_id_is_known_too() {
        let mut records = Vec::new();
        let nameless = told(None, "down", 0, None);
        import(&mut records, 10, std::slice::from_ref(&nameless));
        assert_eq!(
            import(&mut records, 11, &[nameless]),
            [IncidentOutcome::Known]
        );
        let id = records[0].id.clone();
        let ours = told(Some(&id), "another title", 0, Some(5));
        assert_eq!(
            import(&mut records, 12, &[ours]),
            [IncidentOutcome::Resolved]
        );
        assert_eq!(records.len(), 2);
    }

    #[test]
    fn an_id_that_two_tools_use_takes_nothing_for_what_it_is_not() {
        let mut records = Vec::new();
        import(&mut records, 10, &[told(Some("7"), "down", 0, None)]);
        let other = told(Some("7"), "slow", 5, Some(6));
        let outcomes = import(&mut records, 11, &[other]);
        assert!(matches!(&outcomes[0], IncidentOutcome::Refused(why) if why.contains("its id 7")));
        assert_eq!(records.len(), 1);
    }

    #[test]
    fn two_ids_with_the_same_facts_are_two_incidents() {
        use IncidentOutcome::{Known, Opened};
        let rows = [
            told(Some("INC-1"), "Pod restarts", 0, Some(10)),
            told(Some("INC-2"), "Pod restarts", 0, Some(180)),
            told(Some("INC-3"), "Pod restarts", 0, None),
        ];
        let mut records = Vec::new();
        assert_eq!(import(&mut records, 200, &rows), [Opened, Opened, Opened]);
        let folded = recorded::fold(&records);
        let ends: BTreeSet<_> = folded.incidents.iter().map(|it| it.resolved_at).collect();
        let expected = BTreeSet::from([Some(at(10)), Some(at(180)), None]);
        assert_eq!((folded.incidents.len(), ends), (3, expected));
        let of_name = |name: &str| folded.incident_aliases[name].clone();
        assert!(of_name("INC-1") != of_name("INC-2") && of_name("INC-2") != of_name("INC-3"));
        assert!(folded.notices.is_empty());
        let mut turned = rows.to_vec();
        turned.reverse();
        assert_eq!(import(&mut records, 201, &turned), [Known, Known, Known]);
        let nameless = told(None, "Pod restarts", 0, None);
        assert_eq!(import(&mut records, 202, &[nameless]), [Known]);
        assert_eq!(recorded::fold(&records).incidents.len(), 3);
        // Recorded by hand first, it is the tool's as soon as that tells of it.
        let mut records = Vec::new();
        import(&mut records, 1, &[told(None, "Pod restarts", 0, None)]);
        assert_eq!(
            import(&mut records, 200, &rows[..2]),
            [IncidentOutcome::Resolved, Opened]
        );
    }

    proptest! {
        #[test]
        fn importing_twice_in_any_order_is_importing_once(
            rows in prop::collection::vec((0..6_usize, 0..3_i64, prop::option::of(3..9_i64)), 1..12),
            turned in any::<bool>(),
        ) {
            let rows: Vec<ToldIncident> = rows
                .into_iter()
                .map(|(id, from, to)| {
                    let name = format!("INC-{id}");
                    let id = (id > 0).then_some(name.as_str());
                    told(id, "down", from, to)
                })
                .collect();
            let mut records = Vec::new();
            import(&mut records, 10, &rows);
            let before = records.len();
            let told_of = |records: &[Record]| recorded::fold(records).incident_aliases;
            let names = told_of(&records);
            let mut again = rows.clone();
            if turned {
                again.reverse();
            }
            let outcomes = import(&mut records, 20, &again);
            prop_assert!(outcomes.iter().all(|it| *it == IncidentOutcome::Known));
            prop_assert_eq!(records.len(), before);
            prop_assert_eq!(told_of(&records), names);
            prop_assert!(recorded::fold(&records).notices.is_empty());
        }
    }
}
