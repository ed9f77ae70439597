//! JSON values that remember where they stand, so that a wrong type can be reported with line and
//! column; serde_json tells positions of syntax errors only. `json_parser` reads the grammar; here
//! are the values, and what is said of bytes that are no JSON text at all. `config` and `cd_agent`
//! read people's files with it, `record_log` each line.

use serde_json::{Map, Number, Value};

use super::json_parser;

/// A place in a text: both count from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// Deepest nesting that is read.
pub const MAX_DEPTH: usize = 64;

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// Its first character.
    pub at: Position,
    /// The value.
    pub value: Json,
}

/// A JSON value whose parts know their places.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, with the digits as written.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Located>),
    /// An object, members in the order of writing; names are unique.
    Object(Vec<Member>),
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The name.
    pub name: String,
    /// Where the name begins.
    pub at: Position,
    /// The value.
    pub value: Located,
}

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxFault {
    /// Where.
    pub at: Position,
    /// What is wrong, in words.
    pub message: String,
}

impl Json {
    /// What it is, with its article (`a string`).
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::String(_) => "text",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl Located {
    /// The value of a member, if this is an object that has it.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Json::Object(members) => members
                .iter()
                .find(|member| member.name == name)
                .map(|member| &member.value),
            _ => None,
        }
    }

    /// The values of a list, or a single value in its place.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Json::Array(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// The same value without places.
    pub fn into_value(self) -> Value {
        match self.value {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(truth),
            Json::Number(number) => Value::Number(number),
            Json::String(text) => Value::String(text),
            Json::Array(items) => Value::Array(items.into_iter().map(Self::into_value).collect()),
            Json::Object(members) => Value::Object(
                members
                    .into_iter()
                    .map(|member| (member.name, member.value.into_value()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }
}

/// Reads one JSON document. The first fault ends the reading, except that all duplicate keys are
/// found.
///
/// # Errors
/// Every fault with its place, at least one.
pub fn parse(bytes: &[u8]) -> Result<Located, Vec<SyntaxFault>> {
    let start = Position { line: 1, column: 1 };
    let fault = |at, message: &str| {
        Err(vec![SyntaxFault {
            at,
            message: message.to_owned(),
        }])
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return fault(start, "is UTF-16; it must be saved as UTF-8");
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(line) = conflict_line(bytes) {
        return fault(
            Position { line, column: 1 },
            "holds an unresolved merge conflict",
        );
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = position_after(&bytes[..error.valid_up_to()]);
            return fault(at, "is not UTF-8");
        }
    };
    json_parser::document(text)
}

/// The line (from 1) of git's first conflict marker, if both an opening and a middle one are there.
pub fn conflict_line(bytes: &[u8]) -> Option<usize> {
    let mut opened = None;
    for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        if line.starts_with(b"<<<<<<< ") {
            opened = opened.or(Some(index + 1));
        } else if opened.is_some() && line.trim_ascii_end() == b"=======" {
            return opened;
        }
    }
    None
}

fn position_after(bytes: &[u8]) -> Position {
    let mut at = Position { line: 1, column: 1 };
    for character in String::from_utf8_lossy(bytes).chars() {
        at.pass(character);
    }
    at
}

impl Position {
    /// Moves behind a character.
    pub(super) fn pass(&mut self, character: char) {
        if character == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn first_fault(text: &str) -> String {
        let faults = parse(text.as_bytes()).unwrap_err();
        let SyntaxFault { at, message } = &faults[0];
        format!("{}:{}: {message}", at.line, at.column)
    }

    #[test]
    fn every_value_knows_its_place() {
        let value = parse("{\n  \"ä\": [1, true],\n\t\"b\": \"x\"}".as_bytes()).unwrap();
        assert_eq!(value.at, Position { line: 1, column: 1 });
        let list = value.member("ä").unwrap();
        assert_eq!(list.at, Position { line: 2, column: 8 });
        let Json::Array(items) = &list.value else {
            panic!("not a list");
        };
        assert_eq!(
            items[1].at,
            Position {
                line: 2,
                column: 12
            }
        );
        assert_eq!(
            value.member("b").unwrap().at,
            Position { line: 3, column: 7 }
        );
    }

    #[test]
    fn faults_are_named_with_line_and_column() {
        let table = [
            ("", "1:1: is empty"),
            (" \n", "2:1: is empty"),
            ("{\n  \"a\": 1,\n}", "3:1: a comma before `}` is not JSON"),
            ("[1,]", "1:4: a comma before `]` is not JSON"),
            (
                "{a: 1}",
                "1:2: a key in double quotes is expected here, not 'a'",
            ),
            ("{\"a\" 1}", "1:6: `:` is expected here, not '1'"),
            ("{\"a\": yes}", "1:7: text needs double quotes here"),
            ("{\"a\": 1", "1:8: ends where `,` or `}` is expected"),
            ("\"ab", "1:1: text begins here and never ends"),
            ("1e400", "1:1: is not a number that can be read exactly"),
            ("NaN", "1:1: text needs double quotes here"),
            ("01", "1:1: is not a number that can be read exactly"),
            ("1 2", "1:3: the end of the file is expected here, not '2'"),
            ("\"\\ud800\"", "1:2: is half of a surrogate pair"),
            ("\"\\q\"", "1:2: is no escape that JSON knows; write `\\\\`"),
            ("// x", "1:1: a value is expected here, not '/'"),
        ];
        for (text, expected) in table {
            assert_eq!(first_fault(text), expected, "{text}");
        }
    }

    #[test]
    fn all_duplicate_keys_are_found() {
        let faults = parse(b"{\"a\":1,\n\"a\":2,\"b\":{\"c\":1,\"c\":2}}").unwrap_err();
        let messages: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "`a` is there twice, first at 1:2",
                "`c` is there twice, first at 2:12"
            ]
        );
    }

    #[test]
    fn a_byte_order_mark_and_windows_line_ends_are_accepted() {
        let value = parse(b"\xef\xbb\xbf{\r\n \"a\": 1\r\n}\r\n").unwrap();
        assert_eq!(
            value.member("a").unwrap().at,
            Position { line: 2, column: 7 }
        );
    }

    #[test]
    fn other_encodings_and_merge_conflicts_are_named() {
        let utf16 = parse(b"\xff\xfe{\0}\0").unwrap_err();
        assert_eq!(utf16[0].message, "is UTF-16; it must be saved as UTF-8");
        let latin1 = parse(b"{\n\"a\": \"\xe4\"}").unwrap_err();
        assert_eq!(latin1[0].at, Position { line: 2, column: 7 });
        let conflict = parse(b"{\n<<<<<<< HEAD\n\"a\":1\n=======\n\"a\":2\n>>>>>>> x\n}");
        assert_eq!(
            conflict.unwrap_err(),
            [SyntaxFault {
                at: Position { line: 2, column: 1 },
                message: "holds an unresolved merge conflict".into()
            }]
        );
    }

    #[test]
    fn bottomless_nesting_is_refused_and_does_not_overflow_the_stack() {
        let deep = "[".repeat(1_000_000);
        assert_eq!(first_fault(&deep), "1:65: is nested deeper than 64 levels");
        let allowed = format!("{}{}", "[".repeat(64), "]".repeat(64));
        assert!(parse(allowed.as_bytes()).is_ok());
    }

    #[test]
    fn integers_beyond_two_to_the_53_are_exact() {
        let value = parse(b"9007199254740993").unwrap().into_value();
        assert_eq!(value.as_u64(), Some(9_007_199_254_740_993));
    }

    proptest! {
        #[test]
        fn it_accepts_what_serde_json_writes(text in any::<String>(), number in any::<i64>()) {
            let value = serde_json::json!({ "t": [text, number, null], "o": { "x": true } });
            for written in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                prop_assert_eq!(parse(written.as_bytes()).unwrap().into_value(), value.clone());
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn it_accepts_nothing_that_serde_json_refuses(
            text in "[\\[\\]{}\",:0-9eE+.\\-tfn ul\\\\]{0,24}"
        ) {
            if let Ok(value) = parse(text.as_bytes()) {
                let other: Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(value.into_value(), other);
            }
        }
    }
}
