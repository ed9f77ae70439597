//! What a JSON text that may be cut off looks like at its beginning: the names of members, with the way
//! to them. Formats are recognised by these; `json_rows` reads the whole.

use std::collections::BTreeSet;

/// Ways are followed this deep, and so many names are kept.
const DEEPEST: usize = 12;
const MOST_NAMES: usize = 4_000;

/// The names of members in the beginning of a JSON text, as `issues[].fields.status`: `[]` stands for
/// any element of a list, and several documents are taken as one.
#[derive(Debug)]
pub(super) struct JsonHead {
    names: BTreeSet<String>,
    is_json: bool,
}

impl JsonHead {
    /// Of a text that may be cut off anywhere. What is no JSON has no names.
    pub(super) fn of(head: &str) -> Self {
        let text = head.trim_start_matches('\u{feff}').trim_start();
        let mut seen = Self {
            names: BTreeSet::new(),
            is_json: text.starts_with(['{', '[']),
        };
        if seen.is_json {
            seen.walk(text);
        }
        seen
    }

    /// Whether the text begins like an object or a list.
    pub(super) fn is_json(&self) -> bool {
        self.is_json
    }

    /// Whether there is a member with this way.
    pub(super) fn has(&self, way: &str) -> bool {
        self.names.contains(way)
    }

    /// Whether rows at one of these places (`""`, `[]`, `issues[]`) have this member.
    pub(super) fn rows_have(&self, places: &[&str], name: &str) -> bool {
        places.iter().any(|place| {
            if place.is_empty() {
                self.has(name)
            } else {
                self.has(&format!("{place}.{name}"))
            }
        })
    }

    /// The shortest ways, for people.
    pub(super) fn shortest(&self, most: usize) -> Vec<String> {
        let mut names: Vec<&String> = self.names.iter().collect();
        names.sort_by_key(|name| (name.matches(['.', '[']).count(), name.len()));
        names.into_iter().take(most).cloned().collect()
    }

    fn walk(&mut self, text: &str) {
        // For each thing that is open: how long the way to it is, and whether it is an object.
        let mut open: Vec<(usize, bool)> = Vec::new();
        let mut deeper = 0_usize;
        let mut way = String::new();
        let mut is_name = false;
        let mut rest = text;
        while let Some(at) = rest.find(['"', '{', '}', '[', ']', ',']) {
            let (_, from) = rest.split_at(at);
            let sign = from.as_bytes().first().copied().unwrap_or_default();
            rest = from.get(1..).unwrap_or_default();
            match sign {
                b'"' => {
                    let Some(length) = text_length(rest) else {
                        return;
                    };
                    let (text, after) = rest.split_at(length);
                    rest = after.get(1..).unwrap_or_default();
                    if let (true, 0, Some(&(length, true))) = (is_name, deeper, open.last()) {
                        way.truncate(length);
                        if !way.is_empty() {
                            way.push('.');
                        }
                        way.push_str(text);
                        if self.names.len() < MOST_NAMES && way.len() < 400 {
                            self.names.insert(way.clone());
                        }
                    }
                    is_name = false;
                }
                b'{' | b'[' if deeper > 0 || open.len() >= DEEPEST => deeper += 1,
                b'{' => {
                    open.push((way.len(), true));
                    is_name = true;
                }
                b'[' => {
                    way.push_str("[]");
                    open.push((way.len(), false));
                    is_name = false;
                }
                b',' => is_name = matches!(open.last(), Some((_, true))),
                _ if deeper > 0 => deeper -= 1,
                _ => {
                    let closed = open.pop();
                    // The way that led here: without the brackets of the list itself.
                    let length = closed.map_or(0, |(length, is_object)| {
                        if is_object {
                            length
                        } else {
                            length.saturating_sub(2)
                        }
                    });
                    way.truncate(length);
                }
            }
            if let (b',', 0, Some(&(length, false))) = (sign, deeper, open.last()) {
                way.truncate(length);
            }
        }
    }
}

/// How long a text is whose quote was passed; `None` if it does not end.
fn text_length(rest: &str) -> Option<usize> {
    let mut is_escaped = false;
    rest.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_known_by_the_way_to_them() {
        let head = JsonHead::of(
            "\u{feff} {\"total\":1,\"issues\":[{\"key\":\"a,\\\"{[\",\"fields\":{\"status\":{\"name\":\"x\"}}},\
             [{\"odd\":1}],{\"id\":1",
        );
        assert!(head.is_json());
        for way in [
            "total",
            "issues",
            "issues[].key",
            "issues[].fields.status.name",
            "issues[].id",
        ] {
            assert!(head.has(way), "{way}: {head:?}");
        }
        assert!(head.has("issues[][].odd"), "{head:?}");
        assert!(!head.has("key"));
        assert!(!head.has("issues[].x"));
        assert!(head.rows_have(&["[]", "issues[]"], "key"));
        assert!(!head.rows_have(&["", "[]"], "key"));
    }

    #[test]
    fn lists_and_lines_are_known_too() {
        let head = JsonHead::of("[{\"key\":1},{\"fields\":{}}]");
        assert!(head.rows_have(&["[]"], "key") && head.rows_have(&["[]"], "fields"));
        let head = JsonHead::of("{\"key\":1}\n{\"fields\":{}}");
        assert!(head.rows_have(&[""], "key") && head.rows_have(&[""], "fields"));
        assert!(!JsonHead::of("key,status").is_json());
        assert!(!JsonHead::of("").is_json());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_looked_at(text in "[\\[\\]{}\",:\\\\a1é]{0,80}", end in 0_usize..80) {
            let cut: String = text.chars().take(end).collect();
            JsonHead::of(&format!("{{{cut}"));
            JsonHead::of(&format!("[{cut}"));
        }
    }
}
