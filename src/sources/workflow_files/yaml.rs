//! YAML as others wrote it, turned into a small tree within a budget: a file that unfolds itself
//! through aliases, nests deeply or repeats a key is an error with a place. The only file that
//! names serde_saphyr; `workflow_files` reads the tree.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{
    DuplicateKeyPolicy, Error, MergeKeyPolicy, NonFiniteFloatPolicy, UserMessageFormatter,
};

use super::WorkflowFileError;

/// Texts of all values and keys together, aliases unfolded, in bytes.
const MOST_TEXT: usize = 4 * 1024 * 1024;

/// Values, aliases unfolded.
const MOST_VALUES: usize = 100_000;

/// Events that all aliases together may stand for: files of people use a handful of anchors.
const MOST_REPLAYED: usize = 20_000;

/// Mappings and lists may be nested this deep.
const DEEPEST: usize = 48;

/// Longest reason, in characters: it may hold foreign text.
const LONGEST_REASON: usize = 120;

const TOO_MUCH: &str = "it unfolds to more than a workflow file holds";

/// A YAML value, as far as a reader of workflows needs to tell them apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A text, a number or a truth value.
    Text(String),
    Map(Vec<(String, Self)>),
    List(Vec<Self>),
    Nothing,
}

impl Node {
    /// What a mapping holds under a key.
    pub(super) fn at(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        entries
            .iter()
            .find_map(|(name, node)| (name == key).then_some(node))
    }

    /// A text that is not empty.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.trim().is_empty() => Some(text.trim()),
            _ => None,
        }
    }

    /// The entries of a mapping; none of anything else.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The values of a list; of anything else itself.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            other => std::slice::from_ref(other),
        }
    }
}

/// Reads one YAML document.
pub(super) fn read(text: &str) -> Result<Node, WorkflowFileError> {
    let budget = serde_saphyr::budget! {
        max_events: 4 * MOST_VALUES,
        max_nodes: MOST_VALUES,
        max_depth: DEEPEST,
        flow_nesting_limit: DEEPEST,
        max_documents: 1,
        max_aliases: 2_000,
        max_anchors: 2_000,
        max_recorded_anchor_events: MOST_VALUES,
        max_recorded_anchor_bytes: MOST_TEXT,
        max_total_scalar_bytes: MOST_TEXT,
        max_merge_keys: 1_000,
    };
    let options = serde_saphyr::options! {
        budget: budget,
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MOST_REPLAYED,
            max_replay_stack_depth: DEEPEST,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Merge,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        strict_booleans: true,
        with_snippet: false,
    };
    let left = Cell::new(MOST_TEXT);
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        Reading { left: &left }.deserialize(deserializer)
    })
    .map_err(|error| explain(&error))
}

fn explain(error: &Error) -> WorkflowFileError {
    let (line, column) = error.location().map_or((0, 0), |location| {
        (location.line() as usize, location.column() as usize)
    });
    let mut cause = error.without_snippet();
    while let Error::AliasError { error, .. } = cause {
        cause = error;
    }
    let reason = match cause {
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. } => TOO_MUCH.to_owned(),
        cause => {
            let message = cause.render_with_formatter(&UserMessageFormatter);
            let first = message.lines().next().unwrap_or_default();
            // The place is said by fields of their own.
            let first = first.rfind(" at line ").map_or(first, |at| &first[..at]);
            first.chars().take(LONGEST_REASON).collect()
        }
    };
    WorkflowFileError::Yaml {
        line,
        column,
        reason,
    }
}

/// Reads any value while there is text left to spend.
#[derive(Clone, Copy)]
struct Reading<'a> {
    left: &'a Cell<usize>,
}

impl Reading<'_> {
    fn spend<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        let left = self.left.get().checked_sub(text.len());
        self.left.set(left.ok_or_else(|| E::custom(TOO_MUCH))?);
        Ok(())
    }

    fn text<E: serde::de::Error>(self, text: &str) -> Result<Node, E> {
        self.spend(text)?;
        Ok(Node::Text(text.to_owned()))
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Node, E> {
        self.text(text)
    }

    fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<Node, E> {
        self.text(if truth { "true" } else { "false" })
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Node, E> {
        self.text(&number.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Node, E> {
        self.text(&number.to_string())
    }

    fn visit_i128<E: serde::de::Error>(self, number: i128) -> Result<Node, E> {
        self.text(&number.to_string())
    }

    fn visit_u128<E: serde::de::Error>(self, number: u128) -> Result<Node, E> {
        self.text(&number.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Node, E> {
        self.text(&number.to_string())
    }

    fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = values.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = members.next_key::<String>()? {
            self.spend::<A::Error>(&key)?;
            if entries.len() == MOST_VALUES {
                return Err(A::Error::custom(TOO_MUCH));
            }
            entries.push((key, members.next_value_seed(self)?));
        }
        Ok(Node::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn words_that_older_yaml_takes_for_truth_stay_words() {
        let node = read("on: push\nyes: no\ntrue: 1.5\nnone:\nbig: .inf\n").unwrap();
        assert_eq!(node.at("on").and_then(Node::text), Some("push"));
        assert_eq!(node.at("yes").and_then(Node::text), Some("no"));
        assert_eq!(node.at("true").and_then(Node::text), Some("1.5"));
        assert_eq!(node.at("none"), Some(&Node::Nothing));
        assert_eq!(node.at("big").and_then(Node::text), Some(".inf"));
    }

    #[test]
    fn anchors_and_merge_keys_are_followed() {
        let node = read("a: &a {x: 1, y: 2}\nb: *a\nc:\n  <<: *a\n  y: 3\n").unwrap();
        let text = |outer: &str, inner: &str| {
            let found = node.at(outer).and_then(|node| node.at(inner));
            found.and_then(Node::text).map(str::to_owned)
        };
        assert_eq!(text("b", "x").as_deref(), Some("1"));
        assert_eq!(text("c", "x").as_deref(), Some("1"));
        assert_eq!(text("c", "y").as_deref(), Some("3"));
    }

    #[test]
    fn what_unfolds_without_end_is_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let before = level - 1;
            bomb.push_str(&format!("a{level}: &a{level} ["));
            bomb.push_str(&vec![format!("*a{before}"); 10].join(", "));
            bomb.push_str("]\n");
        }
        assert!(fault(&bomb).ends_with(TOO_MUCH), "{}", fault(&bomb));

        let long = format!(
            "a: &a \"{}\"\nb: [{}]\n",
            "x".repeat(500_000),
            "*a, ".repeat(1_000)
        );
        assert!(fault(&long).ends_with(TOO_MUCH), "{}", fault(&long));
        assert!(fault("a: &a [*a]\n").starts_with("line 1"));
    }

    #[test]
    fn nesting_ends_before_the_stack_does() {
        for text in [
            "[".repeat(100_000),
            format!("{}x", "- ".repeat(100_000)),
            format!("a: {}1", "{b: ".repeat(100_000)),
        ] {
            assert!(read(&text).is_err());
        }
    }

    #[test]
    fn faults_have_a_place() {
        assert!(fault("a: 1\nb: [1\nc: 2\n").starts_with("line "));
        assert!(fault("a: 1\na: 2\n").starts_with("line 2, column 1: "));
        assert!(fault("a: 1\nb: *c\n").starts_with("line 2, column 4: "));
        assert!(read("a: 1\n---\nb: 2\n").is_err());
    }
}
