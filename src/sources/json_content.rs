//! JSON as others wrote it, turned into a tree that hides nothing: a key given twice, deep nesting,
//! conflict markers and foreign encodings are errors with a place. `deployed_versions` reads the tree.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Objects and lists may be nested this deep.
const DEEPEST: usize = 64;

/// Why the content of a file cannot be used. Lines and columns count from 1; columns are characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Nothing, or white space only.
    #[error("the file is empty")]
    Empty,
    /// Text of 16-bit units.
    #[error("the file is UTF-16, not UTF-8")]
    Utf16,
    /// Bytes that are no UTF-8.
    #[error("line {line}, column {column}: not UTF-8")]
    NotUtf8 {
        /// Line of the first bad byte.
        line: usize,
        /// Column of the first bad byte.
        column: usize,
    },
    /// A merge was committed unresolved.
    #[error("line {line}: merge conflict markers")]
    Conflict {
        /// Line of the first marker.
        line: usize,
    },
    /// No JSON, a key given twice, or nested too deep.
    #[error("line {line}, column {column}: {reason}")]
    Json {
        /// Line where reading stopped.
        line: usize,
        /// Column where reading stopped.
        column: usize,
        /// Why, in a few words; may hold foreign text.
        reason: String,
    },
    /// JSON, but not an object.
    #[error("an object is expected, not {0}")]
    NotAnObject(&'static str),
    /// An object that names no component.
    #[error("it names no component")]
    NoComponent,
}

/// A JSON value, as far as a reader of versions needs to tell them apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Object(BTreeMap<String, Self>),
    Text(String),
    /// As written back: only ever shown.
    Number(String),
    Boolean,
    Null,
    List,
}

/// Reads a JSON object. A byte order mark is accepted.
pub(crate) fn read_object(bytes: &[u8]) -> Result<BTreeMap<String, Node>, ContentError> {
    let text = text_of(bytes)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let node = NodeAt { depth: 0 }
        .deserialize(&mut json)
        .and_then(|node| json.end().map(|()| node))
        .map_err(|error| explain(text, &error))?;
    Err(ContentError::NotAnObject(match node {
        Node::Object(entries) => return Ok(entries),
        Node::Text(_) => "a text",
        Node::Number(_) => "a number",
        Node::Boolean => "a truth value",
        Node::Null => "null",
        Node::List => "a list",
    }))
}

/// The bytes as text without a byte order mark.
fn text_of(bytes: &[u8]) -> Result<&str, ContentError> {
    if matches!(
        bytes,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=255, ..] | [1..=255, 0, ..]
    ) {
        return Err(ContentError::Utf16);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        ContentError::NotUtf8 {
            line: before.split(|&byte| byte == b'\n').count(),
            column: before
                .rsplit(|&byte| byte == b'\n')
                .next()
                .map_or(0, characters)
                + 1,
        }
    })?;
    if text.trim().is_empty() {
        return Err(ContentError::Empty);
    }
    Ok(text)
}

/// A marker can begin a line of no valid JSON, so it is looked for only after a failure.
fn explain(text: &str, error: &serde_json::Error) -> ContentError {
    let marker = |line: &str| line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>");
    if let Some(index) = text.lines().position(marker) {
        return ContentError::Conflict { line: index + 1 };
    }
    let message = error.to_string();
    let reason = if error.is_eof() {
        "the text ends too early"
    } else {
        // The place is said by fields of their own.
        message
            .rfind(" at line ")
            .map_or(message.as_str(), |end| &message[..end])
    };
    // serde_json counts bytes, and none in a line that it has not begun.
    let line = text.split('\n').nth(error.line().saturating_sub(1));
    let line = line.unwrap_or_default().as_bytes();
    let before = line.get(..error.column()).unwrap_or(line);
    ContentError::Json {
        line: error.line(),
        column: characters(before).max(1),
        reason: reason.to_owned(),
    }
}

/// How many characters there are; one that is cut counts.
fn characters(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).chars().count()
}

/// A foreign text, cut to a length that fits into a message.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Reads a value that stands inside so many others.
struct NodeAt {
    depth: usize,
}

impl NodeAt {
    fn inside<E: Error>(&self) -> Result<Self, E> {
        if self.depth == DEEPEST {
            return Err(E::custom(format_args!(
                "nested deeper than {DEEPEST} levels"
            )));
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for NodeAt {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeAt {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, _value: bool) -> Result<Node, E> {
        Ok(Node::Boolean)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        // The items are checked like everything else, but a list names no component.
        while items.next_element_seed(self.inside()?)?.is_some() {}
        Ok(Node::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            match entries.entry(key) {
                Entry::Vacant(place) => {
                    let value = map.next_value_seed(self.inside()?)?;
                    place.insert(value);
                }
                Entry::Occupied(place) => {
                    let key = shortened(place.key());
                    return Err(A::Error::custom(format_args!(
                        "the key `{key}` appears twice"
                    )));
                }
            }
        }
        Ok(Node::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> String {
        read_object(bytes).expect_err("a fault").to_string()
    }

    #[test]
    fn faults_say_where_they_are() {
        assert_eq!(
            fault(b"{\n  \"a\": 1,\n  \"a\": 2\n}"),
            "line 3, column 5: the key `a` appears twice"
        );
        assert_eq!(
            fault(b"{\r\n  \"a\": {\"b\": 1, \"b\": 2}\r\n}"),
            "line 2, column 19: the key `b` appears twice"
        );
        assert_eq!(
            fault(b"{\n<<<<<<< HEAD\n  \"a\": 1\n=======\n"),
            "line 2: merge conflict markers"
        );
        assert_eq!(
            fault(b"{\n \"a\": \"\xff\"}"),
            "line 2, column 8: not UTF-8"
        );
        assert_eq!(
            fault("{\"größe\": 1, \"größe\": 2}".as_bytes()),
            "line 1, column 20: the key `größe` appears twice"
        );
        assert_eq!(
            fault("{\"漢字\": 1 x".as_bytes()),
            "line 1, column 10: expected `,` or `}`"
        );
        assert_eq!(
            fault(b"{\"\xc3\xa4\": \"\xff\"}"),
            "line 1, column 8: not UTF-8"
        );
        assert_eq!(fault(b"{\n"), "line 2, column 1: the text ends too early");
        assert_eq!(
            fault(b"{\"a\": 1"),
            "line 1, column 7: the text ends too early"
        );
        assert_eq!(fault(b"{} {}"), "line 1, column 4: trailing characters");
        assert!(fault(b"{\"a\": 1e400}").ends_with("number out of range"));
        assert_eq!(fault(b"{\"a\": NaN}"), "line 1, column 7: expected value");
    }

    #[test]
    fn other_encodings_are_named() {
        let utf16 =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        assert_eq!(fault(&utf16("\u{feff}{}")), "the file is UTF-16, not UTF-8");
        assert_eq!(fault(&utf16("{}")), "the file is UTF-16, not UTF-8");
        assert_eq!(fault(b"\0{\0}"), "the file is UTF-16, not UTF-8");
        assert!(read_object(b"\xef\xbb\xbf{\r\n}\r\n").is_ok());
    }

    #[test]
    fn what_is_no_object_is_named() {
        for (text, words) in [
            ("null", "null"),
            ("[]", "a list"),
            ("\"x\"", "a text"),
            ("true", "a truth value"),
            ("-1.5", "a number"),
        ] {
            assert_eq!(
                fault(text.as_bytes()),
                format!("an object is expected, not {words}")
            );
        }
        assert_eq!(fault(b""), "the file is empty");
        assert_eq!(fault(b" \r\n\t"), "the file is empty");
        assert_eq!(fault(b"\xef\xbb\xbf"), "the file is empty");
    }

    #[test]
    fn nesting_ends_at_64_levels_and_never_at_the_stack() {
        let nested = |open: &str, close: &str, levels: usize| {
            format!("{}1{}", open.repeat(levels), close.repeat(levels))
        };
        assert!(read_object(nested("{\"a\":", "}", 64).as_bytes()).is_ok());
        for text in [
            nested("{\"a\":", "}", 65),
            nested("{\"a\":", "}", 100_000),
            nested("[", "]", 100_000),
        ] {
            assert!(fault(text.as_bytes()).ends_with("nested deeper than 64 levels"));
        }
    }

    #[test]
    fn a_long_key_is_cut_in_a_message() {
        let key = "ä".repeat(1000);
        let text = format!("{{\"{key}\":1,\"{key}\":2}}");
        assert!(fault(text.as_bytes()).len() < 200);
    }
}
