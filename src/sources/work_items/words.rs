//! Words that trackers without fields of their own put into titles and labels: the key that opens a
//! title (`[FOC-101] …`), the business value that a label tells (`value: 8`). And one of ours: how many.

use regex::Regex;

use super::{ReadOptions, Sink};
use crate::model::Notice;

/// `1 issue`, `2 issues`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// The key that a title opens with: `[FOC-101] Passkeys`, `FOC-101: Passkeys`.
pub(super) fn key_of_title(title: &str, key: Option<&Regex>) -> Option<String> {
    let opening = |c: char| c.is_whitespace() || matches!(c, '[' | '(' | '#');
    let title = title.trim_start_matches(opening);
    let found = key?.find(title).filter(|found| found.start() == 0)?;
    let after = title.get(found.end()..)?.chars().next();
    let ends = after.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-');
    (ends && !found.is_empty()).then(|| found.as_str().to_owned())
}

/// The pattern of keys, as far as it is one.
pub(super) fn key_pattern(options: &ReadOptions<'_>) -> Option<Regex> {
    Regex::new(&options.flow.key_pattern).ok()
}

/// A business value as it is written: any number.
pub(super) fn business_value(text: &str) -> Option<f64> {
    let value: f64 = text.trim().parse().ok()?;
    value.is_finite().then_some(value)
}

/// Whether a business value is one of those that are meant: 1 to 100.
fn is_usual(value: f64) -> bool {
    (1.0..=100.0).contains(&value)
}

/// Business values of one file that are no numbers, or not from 1 to 100.
#[derive(Debug, Default)]
pub(super) struct OddValues {
    unreadable: usize,
    out_of_range: usize,
}

impl OddValues {
    /// What a field that is filled tells; `None` for no number. It is kept as it is told.
    pub(super) fn counted(&mut self, told: Option<f64>) -> Option<f64> {
        self.unreadable += usize::from(told.is_none());
        self.out_of_range += usize::from(told.is_some_and(|value| !is_usual(value)));
        told
    }

    /// Says how many there were.
    pub(super) fn tell(&self, sink: &mut Sink<'_>) {
        let told = [
            ("value-unreadable", self.unreadable, "left out: no number"),
            (
                "value-out-of-range",
                self.out_of_range,
                "kept as told, but not from 1 to 100",
            ),
        ];
        for (code, count, what) in told {
            if count > 0 {
                let s = if count == 1 { "" } else { "s" };
                let message = format!("{count} business value{s} {what}");
                sink.notice(Notice::new(code, message).count(count));
            }
        }
    }
}

/// How exports that tell only the present get a past.
pub(super) const VERSIONS: &str =
    "commit each export as the same file, then: dora import --history FILE";

/// The business value that a label tells: `value: 8`, `value/8`, `business-value: 8`, `business
/// value::8`, in any case. A word with a number beyond 1 to 100 is taken for something else.
pub(super) fn value_of_label(label: &str) -> Option<f64> {
    let label = label.trim().to_lowercase();
    let rest = label
        .strip_prefix("business")
        .map_or(&*label, |rest| rest.trim_start_matches([' ', '-', '_']));
    let rest = rest.strip_prefix("value")?.trim_start();
    let number = rest.trim_start_matches([':', '/', '=']);
    // `value8` and `value added` tell none.
    let value = (number.len() < rest.len()).then(|| business_value(number))?;
    value.filter(|value| is_usual(*value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::flow_settings::KEY_PATTERN;

    #[test]
    fn one_is_one_and_others_are_many() {
        assert_eq!(counted(1, "issue"), "1 issue");
        assert_eq!(counted(0, "issue"), "0 issues");
        assert_eq!(counted(12, "issue"), "12 issues");
    }

    #[test]
    fn a_key_opens_its_title() {
        let pattern = Regex::new(KEY_PATTERN).unwrap();
        let key = |title: &str| key_of_title(title, Some(&pattern));
        for title in [
            "FOC-101",
            "FOC-101 Passkeys",
            "[FOC-101] Passkeys",
            " (FOC-101): Passkeys",
            "FOC-101/2",
        ] {
            assert_eq!(key(title).as_deref(), Some("FOC-101"), "{title}");
        }
        for title in [
            "",
            "Passkeys FOC-101",
            "FOC-101a",
            "FOC-101-2",
            "xFOC-1",
            "-FOC-1",
        ] {
            assert_eq!(key(title), None, "{title}");
        }
        assert_eq!(key_of_title("FOC-101", None), None);
        let empty = Regex::new("").unwrap();
        assert_eq!(key_of_title("FOC-101", Some(&empty)), None);
    }

    #[test]
    fn labels_tell_the_business_value() {
        for (label, value) in [
            ("value: 8", 8.0),
            ("Value:8", 8.0),
            ("value/13", 13.0),
            ("value=1", 1.0),
            ("value::100", 100.0),
            ("business-value: 8", 8.0),
            ("Business Value: 2.5", 2.5),
            ("business_value/3", 3.0),
            ("businessvalue: 3", 3.0),
        ] {
            assert_eq!(value_of_label(label), Some(value), "{label}");
        }
        for label in [
            "",
            "value",
            "value: ",
            "value: high",
            "value8",
            "value 8",
            "value added: 8",
            "value: 0",
            "value: 101",
            "value: -1",
            "value: NaN",
            "value: 1e9",
            "devalue: 8",
        ] {
            assert_eq!(value_of_label(label), None, "{label}");
        }
    }
}
