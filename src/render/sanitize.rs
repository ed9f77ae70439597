//! Foreign text made safe and measurable before it reaches a terminal or a document: control,
//! bidirectional and invisible characters become visible escapes, and text is cut by display width.
//! What our own marks look like is in `style`.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::style::Charset;

/// Combining marks kept on one base character; more than that only serves to smear a screen.
const MARKS_PER_CHARACTER: usize = 3;

/// One line of foreign text that can neither move the cursor, hide, nor reorder what stands around
/// it. Newlines become `\n`. In ASCII everything else becomes an ASCII spelling or an escape.
pub fn sanitize(text: &str, charset: Charset) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut marks = 0;
    for character in text.chars() {
        match character {
            ' '..='~' => safe.push(character),
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            '\0'..='\u{1f}' | '\u{7f}' => {
                safe.push_str(&format!("\\x{:02x}", u32::from(character)));
            }
            // Variation selectors show nothing and make widths uncertain.
            '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => continue,
            _ if is_deceptive(character) => safe.push_str(&escape(character)),
            _ if charset == Charset::Ascii => match ascii_spelling(character) {
                Some(spelling) => safe.push_str(spelling),
                None => safe.push_str(&escape(character)),
            },
            _ if character.width() == Some(0) => {
                marks += 1;
                if marks <= MARKS_PER_CHARACTER {
                    safe.push(character);
                }
                continue;
            }
            _ => safe.push(character),
        }
        marks = 0;
    }
    safe
}

fn escape(character: char) -> String {
    format!("\\u{{{:x}}}", u32::from(character))
}

/// Characters that reorder, hide, break a line or act as a control.
pub(super) fn is_deceptive(character: char) -> bool {
    matches!(
        character,
        '\u{80}'..='\u{9f}'             // C1 controls
            | '\u{ad}'                  // soft hyphen
            | '\u{34f}'                 // grapheme joiner
            | '\u{61c}'                 // Arabic letter mark
            | '\u{115f}' | '\u{1160}'   // Hangul fillers
            | '\u{17b4}' | '\u{17b5}'   // Khmer inherent vowels
            | '\u{180b}'..='\u{180f}'   // Mongolian selectors and vowel separator
            | '\u{200b}'..='\u{200f}'   // zero width, directional marks
            | '\u{2028}'..='\u{202e}'   // separators, embeddings and overrides
            | '\u{2060}'..='\u{206f}'   // invisible operators, isolates
            | '\u{3164}' | '\u{ffa0}'   // Hangul fillers
            | '\u{feff}'                // byte order mark
            | '\u{fff0}'..='\u{fffb}'   // annotations
            | '\u{1d173}'..='\u{1d17a}' // musical format controls
            | '\u{e0000}'..='\u{e00ff}' // tags
    )
}

/// Plain spellings of signs that our own texts and well-typed messages use.
fn ascii_spelling(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{a0}' | '\u{202f}' | '\u{2009}' => " ",
        '‘' | '’' | '‚' => "'",
        '“' | '”' | '„' => "\"",
        '‐' | '‑' | '–' | '—' | '·' => "-",
        '…' => "...",
        '→' => "->",
        '←' => "<-",
        '≥' => ">=",
        '≤' => "<=",
        '×' => "x",
        '÷' => "/",
        '−' => "-",
        'Σ' => "sum of ",
        '⌈' => "ceil(",
        '⌉' => ")",
        '•' => "*",
        'σ' => " sigma",
        _ => return None,
    })
}

/// Columns that the text takes on a terminal.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// How many bytes of the text fit into so many columns.
fn fitting(text: &str, columns: usize) -> usize {
    text.char_indices()
        .map(|(start, character)| start + character.len_utf8())
        .take_while(|&end| text.get(..end).is_some_and(|head| width(head) <= columns))
        .last()
        .unwrap_or(0)
}

/// The text cut to at most `columns` columns; what was cut is marked with `ellipsis`.
pub fn truncate(text: &str, columns: usize, ellipsis: &str) -> String {
    if fitting(text, columns) == text.len() {
        return text.to_owned();
    }
    let ellipsis = if width(ellipsis) <= columns {
        ellipsis
    } else {
        ""
    };
    let (kept, _) = text.split_at(fitting(text, columns - width(ellipsis)));
    format!("{}{ellipsis}", kept.trim_end())
}

/// The end of the text, at most so many columns wide, with the ellipsis before it where it was cut.
pub fn truncate_start(text: &str, columns: usize, ellipsis: &str) -> String {
    if fitting(text, columns) == text.len() {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(ellipsis));
    let mut starts = text.char_indices().map(|(at, _)| at);
    let kept = starts.find_map(|at| text.get(at..).filter(|end| width(end) <= room));
    format!("{ellipsis}{}", kept.unwrap_or_default())
}

/// The text broken into lines of at most so many columns. Words longer than a line are broken.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        let gap = usize::from(!line.is_empty());
        let room = columns.saturating_sub(width(&line) + gap);
        if fitting(word, room) == word.len() {
            line.push_str(if gap == 1 { " " } else { "" });
            line.push_str(word);
            continue;
        }
        if gap == 1 {
            lines.push(std::mem::take(&mut line));
        }
        let mut word = word;
        while fitting(word, columns) < word.len() {
            // At least one character per line, however wide.
            let one = word.chars().next().map_or(0, char::len_utf8);
            let (head, tail) = word.split_at(fitting(word, columns).max(one));
            lines.push(head.to_owned());
            word = tail;
        }
        line.push_str(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The words of a text; a per cent sign belongs to the number before it.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(' ');
        let mut end = rest.find(' ').unwrap_or(rest.len());
        let after = rest.get(end..).unwrap_or_default();
        if end > 0
            && rest[..end].ends_with(|it: char| it.is_ascii_digit())
            && after.starts_with(" %")
        {
            let sign = end + 1;
            end = rest[sign..]
                .find(' ')
                .map_or(rest.len(), |next| sign + next);
        }
        let (word, others) = rest.split_at(end);
        rest = others;
        (!word.is_empty()).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_number_is_not_parted_from_its_per_cent_sign() {
        assert_eq!(wrap("1 of 8 (12.5 %) a", 13), ["1 of 8", "(12.5 %) a"]);
        assert_eq!(wrap("a % b", 3), ["a %", "b"]);
    }

    use super::*;

    #[test]
    fn controls_become_visible() {
        assert_eq!(
            sanitize("a\u{1b}[31mred\nb\u{7f}\u{9b}2J", Charset::Unicode),
            "a\\x1b[31mred\\nb\\x7f\\u{9b}2J"
        );
    }

    #[test]
    fn bidirectional_and_invisible_characters_become_visible() {
        assert_eq!(
            sanitize(
                "x\u{202e}y\u{200b}z\u{2028}\u{e0041}\u{feff}",
                Charset::Unicode
            ),
            "x\\u{202e}y\\u{200b}z\\u{2028}\\u{e0041}\\u{feff}"
        );
    }

    #[test]
    fn ordinary_text_of_any_script_stays_in_unicode_and_is_escaped_in_ascii() {
        assert_eq!(sanitize("Größe 漢字", Charset::Unicode), "Größe 漢字");
        assert_eq!(
            sanitize("≥ 1 é … 漢", Charset::Ascii),
            ">= 1 \\u{e9} ... \\u{6f22}"
        );
    }

    #[test]
    fn stacked_combining_marks_are_limited() {
        let smeared = format!("a{}b", "\u{301}".repeat(500));
        let safe = sanitize(&smeared, Charset::Unicode);
        assert_eq!(safe, "a\u{301}\u{301}\u{301}b");
    }

    #[test]
    fn text_is_cut_by_columns_and_not_by_characters() {
        assert_eq!(truncate("漢字漢字", 8, "…"), "漢字漢字");
        assert_eq!(truncate("漢字漢字", 6, "…"), "漢字…");
        assert_eq!(truncate("abcdef", 5, "..."), "ab...");
        assert_eq!(truncate("abcdef", 2, "..."), "ab");
        assert_eq!(truncate("abc", 0, "…"), "");
    }

    #[test]
    fn lines_break_between_words_and_inside_words_that_are_too_long() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("漢字漢", 3), ["漢", "字", "漢"]);
    }

    #[test]
    fn a_megabyte_without_a_blank_is_wrapped_in_passing() {
        let lines = wrap(&"x".repeat(1 << 20), 64);
        assert_eq!(lines.len(), (1 << 20) / 64);
    }
}
