//! Definitions without a network: `dora explain`. The documents are the one source: those that hold a
//! table of terms are built in, and read here as they stand. `tables` reads Markdown, `metrics` the pages
//! of metrics, `profiles` the limits of bands, which are code; `document` is what is handed on.

mod document;
mod metrics;
mod profiles;
mod tables;

pub use document::{Entry, Explanation, Fact, Kind, LimitRow};

use tables::{Table, plain};

/// `docs/glossary.md`.
const GLOSSARY: &str = include_str!("../../../docs/glossary.md");
/// `docs/notices.md`.
const NOTICES: &str = include_str!("../../../docs/notices.md");
/// `docs/metrics/change-failure-rate.md`, with the table of the failure rules.
const FAILURES: &str = include_str!("../../../docs/metrics/change-failure-rate.md");
/// `docs/metrics/flow.md`, with the tables of the flow metrics and of the rules of findings.
const FLOW: &str = include_str!("../../../docs/metrics/flow.md");
/// `docs/trend.md`, with the table of the rules by which a series is judged.
const TREND: &str = include_str!("../../../docs/trend.md");

/// Values that screens print, and the word of the glossary that tells them apart.
const VALUES: [(&str, &[&str]); 5] = [
    ("band", &["elite", "high", "medium", "low"]),
    ("certainty", &["firm", "likely", "insufficient"]),
    (
        "judgement",
        &["improving", "degrading", "stable", "unknown"],
    ),
    ("severity", &["sev1", "sev2", "sev3", "sev4"]),
    ("significant", &["within noise"]),
];

/// How many terms are named where one is not known.
const MOST_SUGGESTED: usize = 6;

/// Everything that can be explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Lexicon {
    entries: Vec<Entry>,
}

impl Lexicon {
    /// All of it. Exit codes belong to the program and not to the documents: the number of each and
    /// what it means are handed in.
    pub fn new(exit_codes: impl IntoIterator<Item = (u8, &'static str)>) -> Self {
        let mut entries = metrics::of_pages();
        entries.extend(metrics::of_flow(FLOW));
        entries.extend(words());
        entries.extend(failure_rules());
        entries.extend(findings());
        entries.extend(trend_rules());
        entries.extend(notices());
        entries.extend(profiles::entries());
        entries.extend(exit_codes.into_iter().map(|(code, meaning)| {
            Entry::new(Kind::ExitCode, format!("exit-{code}"), meaning)
                .also(format!("exit code {code}"))
                .also(code.to_string())
        }));
        Self { entries }
    }

    /// What a term means: every entry that it names. Case, blanks, hyphens and underscores do not
    /// matter, nor does an `s` at the end. Empty for an unknown one.
    pub fn explain(&self, term: &str) -> Vec<Entry> {
        let wanted = key(term);
        let named = |wanted: &str| -> Vec<Entry> {
            let found = self.entries.iter().filter(|entry| is_named(entry, wanted));
            found.cloned().collect()
        };
        let mut found = named(&wanted);
        // What `dora why` takes for a number is a name of it here, too.
        if found.is_empty()
            && let Some(subject) = metrics::subject(term)
        {
            found = named(&key(subject));
        }
        match wanted.strip_suffix('s') {
            Some(single) if found.is_empty() => named(single),
            _ => found,
        }
    }

    /// Everything, by kind.
    pub fn all(&self) -> &[Entry] {
        &self.entries
    }

    /// Names that hold the term or that the term holds, the shortest first: what may have been meant.
    pub fn resembling(&self, term: &str) -> Vec<&str> {
        let wanted = key(term);
        let mut found: Vec<&str> = self
            .entries
            .iter()
            .map(|entry| entry.name.as_str())
            .filter(|name| {
                let known = key(name);
                wanted.len() > 2 && (known.contains(&wanted) || holds_as_words(&wanted, &known))
            })
            .collect();
        found.sort_by_key(|name| (name.len(), *name));
        found.dedup();
        found.truncate(MOST_SUGGESTED);
        found
    }
}

/// Whether all words of `known` stand in `wanted`, one after the other.
fn holds_as_words(wanted: &str, known: &str) -> bool {
    known.len() > 2 && format!("-{wanted}-").contains(&format!("-{known}-"))
}

fn is_named(entry: &Entry, wanted: &str) -> bool {
    let names = std::iter::once(&entry.name).chain(&entry.also);
    !wanted.is_empty() && names.into_iter().any(|name| key(name) == wanted)
}

/// A term without case and signs: `Flow time` and `flow-time` are one.
fn key(term: &str) -> String {
    let words = term.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

fn words() -> Vec<Entry> {
    let table = Table::headed(GLOSSARY, &["word", "meaning"]);
    let rows = table.rows.iter().map(|[word, meaning]| {
        let entry = Entry::new(Kind::Word, plain(word), plain(meaning));
        let values = VALUES.iter().filter(|(name, _)| name == word);
        let values = values.flat_map(|(_, values)| values.iter());
        let entry = values.fold(entry, |entry, value| entry.also(*value));
        match word.split_once(", ") {
            Some((first, _)) => entry.also(plain(first)),
            None => entry,
        }
    });
    rows.collect()
}

fn failure_rules() -> Vec<Entry> {
    let table = Table::headed(FAILURES, &["rule", "D failed when", "remedy"]);
    let rows = table.rows.iter().map(|[rule, when, remedy]| {
        let what = "A rule by which a deployment D of the measured environment counts as failed.";
        Entry::new(Kind::FailureRule, plain(rule), what)
            .fact("D failed when", plain(when))
            .fact("its remedy is", plain(remedy))
            .fact("opened by", metrics::opened_by("change-failure-rate"))
            .on("docs/metrics/change-failure-rate.md")
    });
    rows.collect()
}

fn findings() -> Vec<Entry> {
    let table = Table::headed(FLOW, &["rule", "finds", "silent"]);
    let rows = table.rows.iter().map(|[rule, finds, silent]| {
        let what = "A rule that looks for what deserves attention in the stream now.";
        Entry::new(Kind::Finding, plain(rule), what)
            .also(format!("finding:{}", plain(rule)))
            .fact("it finds", plain(finds))
            .fact("it is silent", plain(silent))
            .fact(
                "opened by",
                metrics::opened_by(&format!("finding:{}", plain(rule))),
            )
            .on("docs/metrics/flow.md")
    });
    rows.collect()
}

fn trend_rules() -> Vec<Entry> {
    let table = Table::headed(TREND, &["rule", "says"]);
    let rows = table.rows.iter().map(|[rule, says]| {
        Entry::new(Kind::TrendRule, plain(rule), plain(says)).on("docs/trend.md")
    });
    rows.collect()
}

fn notices() -> Vec<Entry> {
    let header = [
        "code",
        "what was left out or assumed",
        "incomplete",
        "what helps",
    ];
    let table = Table::headed(NOTICES, &header);
    let rows = table.rows.iter().map(|[code, what, incomplete, helps]| {
        Entry::new(Kind::Notice, plain(code), plain(what))
            .fact("numbers incomplete", plain(incomplete))
            .fact("what helps", plain(helps))
            .on("docs/notices.md")
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::FailureRule;
    use crate::metrics::bands::Profile;
    use crate::metrics::flow::findings::Rule;
    use crate::metrics::process_behaviour::Rule as SignalRule;
    use crate::model::Band;
    use crate::report::why::{DoraSubject, FlowSubject};

    fn lexicon() -> Lexicon {
        Lexicon::new([(5, "no data")])
    }

    fn one(term: &str, kind: Kind) -> Entry {
        let found = lexicon().explain(term);
        let mut found: Vec<Entry> = found.into_iter().filter(|it| it.kind == kind).collect();
        assert_eq!(found.len(), 1, "{term}: {found:?}");
        found.swap_remove(0)
    }

    fn fact<'e>(entry: &'e Entry, label: &str) -> &'e str {
        let found = entry.facts.iter().find(|fact| fact.label == label);
        found.map_or_else(|| panic!("{label}: {entry:?}"), |fact| fact.text.as_str())
    }

    #[test]
    fn case_blanks_hyphens_and_the_plural_do_not_matter() {
        let expected = lexicon().explain("flow efficiency");
        assert_eq!(expected.len(), 2, "a word and a metric");
        for term in ["Flow-Efficiency", " flow_efficiency ", "FLOW  EFFICIENCY"] {
            assert_eq!(lexicon().explain(term), expected, "{term}");
        }
        assert_eq!(
            lexicon().explain("outages"),
            [one("outage", Kind::Word)],
            "the plural"
        );
        for term in ["", "  ", "-", "s", "no such thing"] {
            assert_eq!(lexicon().explain(term), [], "{term:?}");
        }
    }

    #[test]
    fn what_has_one_name_in_several_senses_is_told_in_all_of_them() {
        let kinds: Vec<Kind> = lexicon()
            .explain("blocked")
            .iter()
            .map(|it| it.kind)
            .collect();
        assert_eq!(kinds, [Kind::Word, Kind::Finding]);
        let kinds =
            |term| -> Vec<Kind> { lexicon().explain(term).iter().map(|it| it.kind).collect() };
        assert_eq!(kinds("change failure rate"), [Kind::Metric, Kind::Word]);
        assert_eq!(
            kinds("record"),
            [Kind::Word, Kind::Word],
            "record; record, the"
        );
        assert_eq!(kinds("mttr"), [Kind::Metric]);
        assert_eq!(kinds("exit code 5"), [Kind::ExitCode]);
    }

    #[test]
    fn every_failure_rule_is_explained_with_its_remedy() {
        for rule in FailureRule::ALL {
            let entry = one(rule.name(), Kind::FailureRule);
            assert!(!fact(&entry, "D failed when").is_empty());
            assert!(!fact(&entry, "its remedy is").is_empty());
        }
        let rollback = one("rollback", Kind::FailureRule);
        assert_eq!(fact(&rollback, "its remedy is"), "that deployment");
        assert_eq!(failure_rules().len(), 8, "and no other");
    }

    #[test]
    fn every_rule_of_findings_is_explained() {
        let rules = [
            Rule::StageAgeTwoSigma {
                mean: 0.0,
                deviation: 0.0,
                visits: 0,
            },
            Rule::StageAgeP85 {
                limit: 0.0,
                visits: 0,
                unused_two_sigma: None,
            },
            Rule::StageOverfull {
                count: 0,
                mean: 0.0,
                days: 0.0,
            },
            Rule::WipLimit {
                count: 0,
                limit: 0,
                hours: 0.0,
            },
            Rule::OldItem { mean: 0.0, done: 0 },
            Rule::LowEfficiency {
                efficiency: 0.0,
                worked: 0.0,
                whole: 0.0,
                items: 0,
            },
            Rule::Blocked,
        ];
        for rule in &rules {
            let entry = one(rule.name(), Kind::Finding);
            assert!(!fact(&entry, "it finds").is_empty());
        }
        assert_eq!(findings().len(), rules.len(), "and no other");
    }

    #[test]
    fn every_number_that_can_be_opened_is_explained_by_each_of_its_names() {
        let delivery = DoraSubject::ALL.map(|it| (it.name(), it.aliases()));
        let flow = FlowSubject::ALL.map(|it| (it.name(), it.aliases()));
        for (name, aliases) in delivery.into_iter().chain(flow) {
            let expected = lexicon().explain(name);
            assert!(!expected.is_empty(), "{name}");
            for alias in aliases {
                let found = lexicon().explain(alias);
                // A name may have a sense of its own besides: `blocked`, `stages`, `bands`.
                assert!(!found.is_empty(), "{alias}");
            }
        }
        for (alias, name) in [
            ("frequency", "deployment-frequency"),
            ("failures", "change-failure-rate"),
            ("restore", "time-to-restore"),
            ("sle", "service-level"),
            ("velocity", "flow-velocity"),
        ] {
            assert_eq!(lexicon().explain(alias), lexicon().explain(name), "{alias}");
        }
        let rule = lexicon().explain("finding:blocked");
        assert_eq!(rule, [one("blocked", Kind::Finding)]);
    }

    #[test]
    fn what_screens_print_of_a_number_is_explained() {
        let bands = Band::ALL.map(Band::name).map(|it| (it, "band"));
        let certainties = ["firm", "likely", "insufficient"].map(|it| (it, "certainty"));
        let severities = ["sev1", "sev2", "sev3", "sev4"].map(|it| (it, "severity"));
        for (value, word) in bands.into_iter().chain(certainties).chain(severities) {
            assert_eq!(one(value, Kind::Word).name, word, "{value}");
        }
        for rule in [SignalRule::BeyondLimits, SignalRule::EightOnOneSide] {
            assert!(!one(rule.name(), Kind::TrendRule).text.is_empty());
        }
        assert_eq!(trend_rules().len(), 2, "and no other");
    }

    #[test]
    fn words_of_the_glossary_stand_once_and_in_order() {
        let words: Vec<String> = words().iter().map(|it| it.name.to_lowercase()).collect();
        let mut expected = words.clone();
        expected.sort();
        expected.dedup();
        assert_eq!(words, expected);
    }

    #[test]
    fn every_profile_is_explained_by_its_limits() {
        for name in Profile::names() {
            let entry = one(name, Kind::Profile);
            assert_eq!(entry.limits.is_empty(), name == "2025", "{name}");
        }
        let limits = one("2023", Kind::Profile).limits;
        let rates = limits
            .iter()
            .find(|row| row.metric == "change-failure-rate");
        let rates = rates.unwrap();
        assert_eq!(
            [&rates.elite, &rates.high, &rates.medium],
            ["≤ 5 %", "≤ 10 %", "≤ 15 %"]
                .map(|it| Some(it.to_owned()))
                .each_ref()
        );
        let standing = one("2025", Kind::Profile);
        assert_eq!(
            fact(&standing, "lead time for changes"),
            "< 1 h: top 9.4 %; < 1 d: top 24.4 %; < 7 d: top 56.4 %; < 1 month: top 84.7 %; < 6 months: top 98 %"
        );
    }

    #[test]
    fn every_metric_says_its_question_and_its_formula() {
        let lead_time = one("Lead time for changes", Kind::Metric);
        assert_eq!(lead_time.name, "lead-time");
        assert_eq!(
            lead_time.text,
            "How long does a change take from commit to the measured environment?"
        );
        assert_eq!(
            fact(&lead_time, "formula"),
            "time of the first deployment to the measured environment that contains it − time it was committed"
        );
        let stream = one("flow-time", Kind::Metric);
        assert_eq!(
            fact(&stream, "formula"),
            "done − started, of items done in the period"
        );
        for entry in lexicon().all() {
            assert!(!entry.text.is_empty(), "{entry:?}");
            if entry.kind == Kind::Metric {
                assert!(!fact(entry, "formula").is_empty(), "{entry:?}");
            }
        }
    }

    #[test]
    fn no_text_holds_marks_of_markdown() {
        for entry in lexicon().all() {
            let facts = entry.facts.iter().map(|fact| &fact.text);
            for text in facts.chain([&entry.text, &entry.name]) {
                assert!(
                    !text.contains("](") && !text.contains("**") && !text.contains("\\|"),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn names_that_resemble_are_told() {
        assert_eq!(
            lexicon().resembling("efficiency"),
            ["low-efficiency", "flow efficiency", "flow-efficiency"]
        );
        assert_eq!(
            lexicon().resembling("the rollback of monday")[0],
            "rollback"
        );
        assert_eq!(lexicon().resembling("a"), [""; 0]);
    }
}
