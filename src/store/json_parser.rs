//! The grammar of RFC 8259, read by hand: strict, limited in depth, duplicate keys refused. What it
//! yields, and its tests, are in `json_positions`.

use std::collections::HashMap;

use serde_json::Number;

use super::json_positions::{Json, Located, MAX_DEPTH, Member, Position, SyntaxFault};

/// Reads a whole document. The first fault ends the reading, but all duplicate keys are found.
pub(super) fn document(text: &str) -> Result<Located, Vec<SyntaxFault>> {
    let mut parser = Parser {
        rest: text,
        at: Position { line: 1, column: 1 },
        duplicates: Vec::new(),
    };
    let value = parser.document().map_err(|fault| vec![fault])?;
    if parser.duplicates.is_empty() {
        Ok(value)
    } else {
        Err(parser.duplicates)
    }
}

struct Parser<'t> {
    rest: &'t str,
    at: Position,
    duplicates: Vec<SyntaxFault>,
}

type Parsed<T> = Result<T, SyntaxFault>;

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next()?;
        self.rest = characters.as_str();
        self.at.pass(character);
        Some(character)
    }

    fn fault<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(SyntaxFault {
            at: self.at,
            message: message.into(),
        })
    }

    /// A fault at the next character: says what was wanted and what stands there instead.
    fn expected<T>(&self, wanted: &str) -> Parsed<T> {
        match self.peek() {
            None => self.fault(format!("ends where {wanted} is expected")),
            Some(found) => self.fault(format!("{wanted} is expected here, not {found:?}")),
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
    }

    fn document(&mut self) -> Parsed<Located> {
        self.skip_space();
        if self.rest.is_empty() {
            return self.fault("is empty");
        }
        let value = self.value(0)?;
        self.skip_space();
        if self.rest.is_empty() {
            Ok(value)
        } else {
            self.expected("the end of the file")
        }
    }

    fn value(&mut self, depth: usize) -> Parsed<Located> {
        if depth >= MAX_DEPTH {
            return self.fault(format!("is nested deeper than {MAX_DEPTH} levels"));
        }
        let at = self.at;
        let value = match self.peek() {
            Some('{') => Json::Object(self.object(depth)?),
            Some('[') => Json::Array(self.array(depth)?),
            Some('"') => Json::String(self.string()?),
            Some('-' | '0'..='9') => Json::Number(self.number()?),
            Some('a'..='z' | 'A'..='Z') => self.word()?,
            _ => return self.expected("a value"),
        };
        Ok(Located { at, value })
    }

    fn object(&mut self, depth: usize) -> Parsed<Vec<Member>> {
        self.next();
        let mut members: Vec<Member> = Vec::new();
        let mut names = HashMap::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some('}') if members.is_empty() => break,
                Some('"') => {}
                Some('}') => return self.fault("a comma before `}` is not JSON"),
                _ => return self.expected("a key in double quotes"),
            }
            let at = self.at;
            let name = self.string()?;
            self.skip_space();
            if self.peek() != Some(':') {
                return self.expected("`:`");
            }
            self.next();
            self.skip_space();
            let value = self.value(depth + 1)?;
            if let Some(Position { line, column }) = names.insert(name.clone(), at) {
                self.duplicates.push(SyntaxFault {
                    at,
                    message: format!("`{name}` is there twice, first at {line}:{column}"),
                });
            }
            members.push(Member { name, at, value });
            self.skip_space();
            match self.peek() {
                Some(',') => self.next(),
                Some('}') => break,
                _ => return self.expected("`,` or `}`"),
            };
        }
        self.next();
        Ok(members)
    }

    fn array(&mut self, depth: usize) -> Parsed<Vec<Located>> {
        self.next();
        let mut items = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(']') if items.is_empty() => break,
                Some(']') => return self.fault("a comma before `]` is not JSON"),
                _ => items.push(self.value(depth + 1)?),
            }
            self.skip_space();
            match self.peek() {
                Some(',') => self.next(),
                Some(']') => break,
                _ => return self.expected("`,` or `]`"),
            };
        }
        self.next();
        Ok(items)
    }

    fn word(&mut self) -> Parsed<Json> {
        for (word, value) in [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
        ] {
            let after = self.rest.strip_prefix(word);
            if after.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric())) {
                for _ in word.chars() {
                    self.next();
                }
                return Ok(value);
            }
        }
        self.fault("text needs double quotes here")
    }

    /// The extent of the number is found here, its value by serde_json, which refuses `01`, `1.`
    /// and what no double can hold.
    fn number(&mut self) -> Parsed<Number> {
        let at = self.at;
        let end = self
            .rest
            .find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'))
            .unwrap_or(self.rest.len());
        let (digits, _) = self.rest.split_at(end);
        let number = serde_json::from_str::<Number>(digits);
        for _ in digits.chars() {
            self.next();
        }
        number.map_err(|_| SyntaxFault {
            at,
            message: "is not a number that can be read exactly".to_owned(),
        })
    }

    fn string(&mut self) -> Parsed<String> {
        let begin = self.at;
        self.next();
        let mut text = String::new();
        loop {
            let at = self.at;
            match self.next() {
                None => {
                    return Err(SyntaxFault {
                        at: begin,
                        message: "text begins here and never ends".to_owned(),
                    });
                }
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape(at)?),
                Some(character) if character < ' ' => {
                    return Err(SyntaxFault {
                        at,
                        message: "a control character inside text must be escaped".to_owned(),
                    });
                }
                Some(character) => text.push(character),
            }
        }
    }

    fn escape(&mut self, at: Position) -> Parsed<char> {
        let fault = |message: &str| SyntaxFault {
            at,
            message: message.to_owned(),
        };
        match self.next() {
            Some(same @ ('"' | '\\' | '/')) => Ok(same),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => {
                let first = self.hex().ok_or_else(|| fault("is no `\\u` escape"))?;
                let code = match first {
                    0xd800..=0xdbff if self.rest.starts_with("\\u") => {
                        self.next();
                        self.next();
                        match self.hex() {
                            Some(second @ 0xdc00..=0xdfff) => {
                                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                            }
                            _ => first,
                        }
                    }
                    _ => first,
                };
                char::from_u32(code).ok_or_else(|| fault("is half of a surrogate pair"))
            }
            _ => Err(fault("is no escape that JSON knows; write `\\\\`")),
        }
    }

    fn hex(&mut self) -> Option<u32> {
        let mut code = 0;
        for _ in 0..4 {
            code = code * 16 + self.peek()?.to_digit(16)?;
            self.next();
        }
        Some(code)
    }
}
