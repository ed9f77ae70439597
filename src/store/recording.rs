//! Appending to records.jsonl, durably and only what is not said there yet. `record_log` reads the
//! file, `lock` keeps two writers apart.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::Notice;
use crate::model::period::written;

use super::record_log::{NAME, RecordLog};
use super::records::{Record, RecordedFacts};
use super::{StoreError, Writer, atomic_file, recorded};

/// What came of recording something.
#[derive(Debug, Clone, PartialEq)]
pub struct Appended {
    /// The record as it stands in the file.
    pub record: Record,
    /// False when it was there already.
    pub is_new: bool,
    /// Whether it was there already and other words about it are new: its note, or another id.
    pub is_reworded: bool,
    /// What was found wrong in the file on the way.
    pub notices: Vec<Notice>,
}

impl Writer<'_> {
    /// Records something, durably: when it returns, a power failure does not lose it. What the
    /// records say already is not said again. `at` is when it is recorded; it is moved behind the
    /// latest record about the same thing, so that the order of telling survives a clock that was
    /// set back.
    ///
    /// # Errors
    /// [`StoreError::InvalidRecord`] when it makes no sense (nobody opened the incident, it would end
    /// before it began), or the file cannot be read or written.
    pub fn record(&self, at: DateTime<Utc>, facts: RecordedFacts) -> Result<Appended, StoreError> {
        facts.check().map_err(StoreError::InvalidRecord)?;
        atomic_file::until_it_stays(|| self.record_once(at, facts.clone()))
    }

    /// Records a verdict on a deployment, as [`Writer::record`] does, unless the one in force says the
    /// same: then a reason that is not given is not another one. `names` are the other ids under which
    /// verdicts on that deployment may stand.
    ///
    /// # Errors
    /// As [`Writer::record`].
    pub fn record_mark(
        &self,
        at: DateTime<Utc>,
        facts: RecordedFacts,
        names: &BTreeSet<String>,
    ) -> Result<Appended, StoreError> {
        facts.check().map_err(StoreError::InvalidRecord)?;
        atomic_file::until_it_stays(|| {
            let log = self.store.records()?;
            let is_on_it = |known: &&Record| match &known.facts {
                RecordedFacts::Mark { deployment, .. } => {
                    names.contains(deployment) || is_about_the_same(known, &facts)
                }
                _ => false,
            };
            let marks = log.records.iter().filter(is_on_it);
            let latest = marks.max_by_key(|known| (known.at, &known.id));
            let in_force = latest.filter(|known| says_the_same(&known.facts, &facts));
            let record = match in_force {
                Some(known) => known.clone(),
                None => Record::new(after(latest, at), facts.clone()),
            };
            if in_force.is_none() {
                self.append(&log, std::slice::from_ref(&record))?;
            }
            Ok(Appended {
                record,
                is_new: in_force.is_none(),
                is_reworded: false,
                notices: log.notices,
            })
        })
    }

    fn record_once(&self, at: DateTime<Utc>, facts: RecordedFacts) -> Result<Appended, StoreError> {
        let log = self.store.records()?;
        let facts = about_known_incident(facts, &log.records)?;
        let latest = log
            .records
            .iter()
            .filter(|known| is_about_the_same(known, &facts))
            .max_by_key(|known| (known.at, &known.id));
        if let Some(known) = latest.filter(|known| known.facts == facts) {
            return Ok(Appended {
                record: known.clone(),
                is_new: false,
                is_reworded: false,
                notices: log.notices,
            });
        }
        let mut record = Record::new(after(latest, at), facts);
        let known = as_known(&log.records, &record.id);
        let is_new = known.is_none();
        let mut is_reworded = false;
        if let Some(mut known) = known {
            record.at = after(Some(&known), at);
            let before = known.facts.clone();
            record.facts.unite_words(&mut known.facts);
            is_reworded = known.facts != before;
            if !is_reworded {
                record = known;
            }
        }
        if is_new || is_reworded {
            self.append(&log, std::slice::from_ref(&record))?;
        }
        Ok(Appended {
            record,
            is_new,
            is_reworded,
            notices: log.notices,
        })
    }

    /// Appends the records that are not there yet, in one piece; returns how many.
    pub(super) fn append_missing(&self, records: &[Record]) -> Result<usize, StoreError> {
        atomic_file::until_it_stays(|| self.append_missing_once(records))
    }

    fn append_missing_once(&self, records: &[Record]) -> Result<usize, StoreError> {
        let log = self.store.records()?;
        let mut known: HashSet<&str> = log
            .records
            .iter()
            .map(|record| record.id.as_str())
            .collect();
        let missing: Vec<Record> = records
            .iter()
            .filter(|record| known.insert(&record.id))
            .cloned()
            .collect();
        if !missing.is_empty() {
            self.append(&log, &missing)?;
        }
        Ok(missing.len())
    }

    pub(super) fn append(&self, log: &RecordLog, records: &[Record]) -> Result<(), StoreError> {
        let path = self.store.file(NAME);
        let mut lines = Vec::new();
        for record in records {
            serde_json::to_writer(&mut lines, record)
                .map_err(|error| StoreError::io("serialise a record for", &path, error.into()))?;
            lines.push(b'\n');
        }
        atomic_file::append(&path, log.tail, &lines)
    }
}

/// When something is recorded after another: later than that, whatever the clock says.
fn after(earlier: Option<&Record>, at: DateTime<Utc>) -> DateTime<Utc> {
    earlier
        .and_then(|known| known.at.checked_add_signed(TimeDelta::milliseconds(1)))
        .map_or(at, |earliest| earliest.max(at))
}

/// What all lines of one id say together, recorded when the latest of them was.
fn as_known(records: &[Record], id: &str) -> Option<Record> {
    let mut lines: Vec<&Record> = records.iter().filter(|known| known.id == id).collect();
    lines.sort_by_key(|known| known.at);
    let mut lines = lines.into_iter();
    let mut united = lines.next()?.clone();
    for line in lines {
        line.facts.clone().unite_words(&mut united.facts);
        united.at = line.at;
    }
    Some(united)
}

/// Resolutions and edits must speak of an incident that was opened, and leave it in order; its alias
/// is replaced by its id.
fn about_known_incident(
    facts: RecordedFacts,
    records: &[Record],
) -> Result<RecordedFacts, StoreError> {
    let mut facts = facts;
    let (incident, begin, end) = match &mut facts {
        RecordedFacts::IncidentResolved {
            incident,
            resolved_at,
        } => (incident, None, Some(Some(*resolved_at))),
        RecordedFacts::IncidentEdited {
            incident,
            opened_at,
            resolved_at,
            ..
        } => (incident, *opened_at, *resolved_at),
        _ => return Ok(facts),
    };
    let now = recorded::fold(records);
    if let Some(id) = now.incident_aliases.get(incident) {
        incident.clone_from(id);
    }
    let Some(known) = now.incidents.iter().find(|known| known.id == *incident) else {
        let message = format!("nobody opened an incident {incident}");
        return Err(StoreError::InvalidRecord(message));
    };
    if let (RecordedFacts::IncidentResolved { .. }, Some(end)) = (&facts, known.resolved_at) {
        return Err(StoreError::InvalidRecord(format!(
            "incident {} is resolved already, since {}",
            known.id,
            written(end)
        )));
    }
    let begin = begin.unwrap_or(known.opened_at);
    match end.unwrap_or(known.resolved_at) {
        Some(end) if end < begin => Err(StoreError::InvalidRecord(format!(
            "incident {} would end at {}, before it began at {}",
            known.id,
            written(end),
            written(begin)
        ))),
        _ => Ok(facts),
    }
}

/// Whether a verdict adds nothing to the one in force: it gives no reason, or the same.
fn says_the_same(known: &RecordedFacts, new: &RecordedFacts) -> bool {
    use RecordedFacts::Mark;
    match (known, new) {
        (
            Mark {
                verdict: a,
                reason: known,
                ..
            },
            Mark {
                verdict: b,
                reason: new,
                ..
            },
        ) => a == b && (new.is_none() || known == new),
        _ => false,
    }
}

/// Whether a record is about the incident or the deployment that the facts are about.
fn is_about_the_same(known: &Record, facts: &RecordedFacts) -> bool {
    use RecordedFacts::{IncidentEdited, IncidentOpened, IncidentResolved, Mark};
    match (facts, &known.facts) {
        (
            IncidentResolved { incident: a, .. } | IncidentEdited { incident: a, .. },
            IncidentResolved { incident: b, .. } | IncidentEdited { incident: b, .. },
        ) => a == b,
        (
            IncidentResolved { incident, .. } | IncidentEdited { incident, .. },
            IncidentOpened { .. },
        ) => *incident == known.id,
        (Mark { deployment: a, .. }, Mark { deployment: b, .. }) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::Verdict;
    use crate::store::Store;
    use crate::store::record_log::parse;

    fn at(minute: i64) -> DateTime<Utc> {
        crate::model::instant_from_epoch(1_772_000_000 + minute * 60)
    }

    fn mark(verdict: Verdict) -> RecordedFacts {
        RecordedFacts::Mark {
            deployment: "production-x".into(),
            verdict,
            reason: None,
        }
    }

    fn deployment(version: &str) -> RecordedFacts {
        RecordedFacts::Deployment {
            environment: "production".into(),
            time: at(0),
            components: [("api".to_owned(), version.to_owned())].into(),
            success: true,
            aliases: Vec::new(),
            note: None,
        }
    }

    fn opened() -> RecordedFacts {
        RecordedFacts::IncidentOpened {
            title: "down".into(),
            opened_at: at(10),
            environment: None,
            deployment: None,
            severity: None,
            caused_by_change: None,
            source: "recorded".into(),
            aliases: vec!["INC-1".into()],
        }
    }

    fn resolved(incident: &str, end: i64) -> RecordedFacts {
        RecordedFacts::IncidentResolved {
            incident: incident.into(),
            resolved_at: at(end),
        }
    }

    struct World {
        _directory: tempfile::TempDir,
        store: Store,
    }

    fn world() -> World {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::create(directory.path(), false).unwrap();
        World {
            _directory: directory,
            store,
        }
    }

    impl World {
        fn record(&self, minute: i64, facts: RecordedFacts) -> Result<Appended, StoreError> {
            self.store.writer("test")?.record(at(minute), facts)
        }

        fn content(&self) -> Vec<u8> {
            fs::read(self.store.file(NAME)).unwrap()
        }

        fn write(&self, content: &[u8]) {
            atomic_file::write(&self.store.file(NAME), content).unwrap();
        }
    }

    fn line(facts: RecordedFacts) -> String {
        line_at(1, facts)
    }

    fn line_at(minute: i64, facts: RecordedFacts) -> String {
        serde_json::to_string(&Record::new(at(minute), facts)).unwrap()
    }

    #[test]
    fn recording_the_same_deployment_twice_writes_one_line() {
        let world = world();
        let first = world.record(1, deployment("1")).unwrap();
        let again = world.record(2, deployment("1")).unwrap();
        assert!(first.is_new && !again.is_new);
        assert_eq!(again.record, first.record);
        assert!(world.record(3, deployment("2")).unwrap().is_new);
        assert_eq!(world.store.records().unwrap().records.len(), 2);
    }

    #[test]
    fn a_corrected_note_is_another_line_about_the_same_deployment() {
        let world = world();
        let noted = |words: Option<&str>| {
            let mut facts = deployment("1");
            if let RecordedFacts::Deployment { note, .. } = &mut facts {
                *note = words.map(str::to_owned);
            }
            facts
        };
        let note_now = || {
            let folded = recorded::fold(&world.store.records().unwrap().records);
            assert_eq!(folded.deployments.len(), 1);
            assert!(folded.notices.is_empty());
            folded.deployments[0].note.clone()
        };
        let first = world.record(5, noted(Some("by hnad"))).unwrap();
        assert!(first.is_new && !first.is_reworded);
        // In the same instant: the later one holds all the same.
        let second = world.record(5, noted(Some("by hand"))).unwrap();
        assert!(!second.is_new && second.is_reworded);
        assert_eq!(second.record.id, first.record.id);
        assert_eq!(note_now().as_deref(), Some("by hand"));
        // Silence takes nothing back, and what is known is not written again.
        for words in [None, Some("by hand")] {
            let again = world.record(6, noted(words)).unwrap();
            assert!(!again.is_new && !again.is_reworded);
            assert_eq!(again.record.facts, noted(Some("by hand")));
        }
        assert_eq!(world.store.records().unwrap().records.len(), 2);
        // Back to what was said first.
        assert!(world.record(7, noted(Some("by hnad"))).unwrap().is_reworded);
        assert_eq!(note_now().as_deref(), Some("by hnad"));
    }

    #[test]
    fn a_verdict_can_be_changed_back_and_the_latest_holds() {
        let world = world();
        // All in the same instant: the order of telling must survive that.
        for verdict in [Verdict::Failed, Verdict::Ok, Verdict::Failed] {
            assert!(world.record(5, mark(verdict)).unwrap().is_new);
        }
        assert!(!world.record(5, mark(Verdict::Failed)).unwrap().is_new);
        let folded = recorded::fold(&world.store.records().unwrap().records);
        let verdicts: Vec<_> = folded.marks.iter().map(|mark| mark.verdict).collect();
        assert_eq!(verdicts, [Verdict::Failed, Verdict::Ok, Verdict::Failed]);
        let spread = folded.marks[2].at - at(5);
        assert_eq!(spread, TimeDelta::milliseconds(2));
    }

    #[test]
    fn a_verdict_that_was_overruled_under_another_id_can_be_given_again() {
        let world = world();
        let names = BTreeSet::from(["production-r".to_owned()]);
        let mark_with = |minute, verdict, words: Option<&str>| {
            let facts = RecordedFacts::Mark {
                deployment: "production-x".into(),
                verdict,
                reason: words.map(str::to_owned),
            };
            let writer = world.store.writer("test").unwrap();
            writer.record_mark(at(minute), facts, &names).unwrap()
        };
        assert!(mark_with(1, Verdict::Failed, Some("A")).is_new);
        // Where only the record was known, and at an instant that another branch used, too.
        let overruling = RecordedFacts::Mark {
            deployment: "production-r".into(),
            verdict: Verdict::Ok,
            reason: None,
        };
        world.record(2, overruling).unwrap();
        assert!(!mark_with(2, Verdict::Ok, None).is_new);
        assert!(mark_with(2, Verdict::Failed, Some("A")).is_new);
        // Silence is no other reason; other words are.
        let again = mark_with(3, Verdict::Failed, None);
        assert!(!again.is_new);
        assert!(matches!(
            again.record.facts,
            RecordedFacts::Mark { reason: Some(reason), .. } if reason == "A"
        ));
        assert!(mark_with(3, Verdict::Failed, Some("B")).is_new);
        let folded = recorded::fold(&world.store.records().unwrap().records);
        assert_eq!(folded.marks.last().unwrap().reason.as_deref(), Some("B"));
        assert_eq!(folded.marks.len(), 4);
    }

    #[test]
    fn of_verdicts_of_one_instant_the_one_of_the_later_id_is_in_force_in_any_order_of_lines() {
        let lines = [Verdict::Failed, Verdict::Ok].map(|verdict| line_at(5, mark(verdict)));
        for content in [lines.join("\n"), format!("{}\n{}", lines[1], lines[0])] {
            let world = world();
            world.write(format!("{content}\n").as_bytes());
            let folded = recorded::fold(&world.store.records().unwrap().records);
            let in_force = folded.marks[1].verdict;
            let other = folded.marks[0].verdict;
            let writer = world.store.writer("test").unwrap();
            let none = BTreeSet::new();
            let again = writer.record_mark(at(6), mark(in_force), &none).unwrap();
            assert!(!again.is_new);
            let turned = writer.record_mark(at(6), mark(other), &none).unwrap();
            assert!(turned.is_new);
        }
    }

    #[test]
    fn an_incident_is_resolved_by_its_id_or_alias_and_only_after_it_began() {
        let world = world();
        let opening = world.record(10, opened()).unwrap().record;
        assert_eq!(
            world
                .record(11, resolved("INC-2", 20))
                .unwrap_err()
                .to_string(),
            "cannot record this: nobody opened an incident INC-2"
        );
        let early = world.record(11, resolved(&opening.id, 9)).unwrap_err();
        assert!(early.to_string().contains("before it began"), "{early}");
        let resolution = world.record(20, resolved("INC-1", 20)).unwrap();
        assert_eq!(resolution.record.facts, resolved(&opening.id, 20));
        let content = world.content();
        for end in [20, 30] {
            let twice = world.record(40, resolved("INC-1", end)).unwrap_err();
            assert!(twice.to_string().contains("resolved already"), "{twice}");
        }
        assert_eq!(world.content(), content);
        let folded = recorded::fold(&world.store.records().unwrap().records);
        assert_eq!(folded.incidents[0].resolved_at, Some(at(20)));
    }

    #[test]
    fn a_torn_last_line_does_not_count_and_is_cut_by_the_next_append() {
        let (first, second) = (line(deployment("1")), line(deployment("2")));
        for end in 1..second.len() {
            let torn = format!("{first}\n{}", &second[..end]);
            let log = parse(torn.as_bytes()).unwrap();
            assert_eq!(log.records.len(), 1);
            assert_eq!(log.notices[0].code, "record-torn");
            assert!(!log.notices[0].incomplete);
            assert_eq!(log.tail.end, first.len() as u64 + 1);
        }
        let world = world();
        let torn = format!("{first}\n{}", &second[..40]);
        world.write(torn.as_bytes());
        world.store.records().unwrap();
        assert_eq!(world.content(), torn.as_bytes(), "reading changes nothing");
        let appended = world.record(1, deployment("3")).unwrap();
        assert_eq!(appended.notices[0].code, "record-torn");
        let expected = format!("{first}\n{}\n", line(deployment("3")));
        assert_eq!(String::from_utf8(world.content()).unwrap(), expected);
        assert!(world.store.records().unwrap().notices.is_empty());
    }

    #[test]
    fn a_last_line_that_is_mistyped_stays_though_its_newline_is_gone() {
        let world = world();
        let (first, second) = (line(deployment("1")), line(deployment("2")));
        let mistyped = format!("{first}\n{}", second.replacen("\",\"", "\"\"", 1));
        world.write(mistyped.as_bytes());
        let log = world.store.records().unwrap();
        assert_eq!(log.records.len(), 1);
        assert_eq!(log.notices[0].code, "record-skipped");
        assert!(log.notices[0].incomplete);
        world.record(1, deployment("3")).unwrap();
        let expected = format!("{mistyped}\n{}\n", line(deployment("3")));
        assert_eq!(String::from_utf8(world.content()).unwrap(), expected);
    }

    #[test]
    fn a_last_line_that_only_lost_its_newline_counts_and_stays() {
        let world = world();
        let first = line(deployment("1"));
        world.write(first.as_bytes());
        assert_eq!(world.store.records().unwrap().records.len(), 1);
        world.record(1, deployment("2")).unwrap();
        let expected = format!("{first}\n{}\n", line(deployment("2")));
        assert_eq!(String::from_utf8(world.content()).unwrap(), expected);
    }

    #[test]
    fn a_line_of_a_newer_dora_refuses_the_whole_file_and_writes_nothing() {
        let world = world();
        let content = format!(
            "{}\n{{\"schema_version\":2,\"x\":1}}\n",
            line(deployment("1"))
        );
        world.write(content.as_bytes());
        let expected = ".dora/records.jsonl:2 has schema version 2, this dora understands up to 1";
        assert_eq!(world.store.records().unwrap_err().to_string(), expected);
        let error = world.record(1, deployment("2")).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(world.content(), content.as_bytes());
    }

    #[test]
    fn eight_writers_of_fifty_records_lose_none() {
        let world = world();
        let root = world.store.path().parent().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..8 {
                scope.spawn(move || {
                    for number in 0..50 {
                        let store = Store::open(root).unwrap().unwrap();
                        let patience = std::time::Duration::from_secs(120);
                        let writer_of = store.writer_within("test", patience).unwrap();
                        let facts = deployment(&format!("{writer}.{number}"));
                        assert!(writer_of.record(at(0), facts).unwrap().is_new);
                    }
                });
            }
        });
        let log = world.store.records().unwrap();
        assert!(log.notices.is_empty());
        let ids: BTreeSet<_> = log.records.iter().map(|r| &r.id).collect();
        assert_eq!((log.records.len(), ids.len()), (400, 400));
    }

    #[test]
    fn lines_that_cannot_be_read_stay_as_they_are() {
        let world = world();
        let content = format!(
            "{}\nnot a record\n\n{{\"schema_version\":1}}\n",
            line(opened())
        );
        world.write(content.as_bytes());
        world.record(3, deployment("2")).unwrap();
        let expected = format!("{content}{}\n", line_at(3, deployment("2")));
        assert_eq!(String::from_utf8(world.content()).unwrap(), expected);
    }
}
