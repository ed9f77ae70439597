//! Markdown as our documents write it: tables, paragraphs, formulas; and its text without the marks.

/// The tables of a document that have these columns, as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table<const N: usize> {
    /// Their rows, as they are written.
    pub(super) rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// Reads every table of `document` with exactly these headings.
    pub(super) fn headed(document: &str, headings: &[&str; N]) -> Self {
        let mut rows = Vec::new();
        let mut lines = document.lines();
        while let Some(line) = lines.next() {
            if cells(line).as_ref() != Some(&headings.map(str::to_owned)) {
                continue;
            }
            let body = lines.by_ref().map_while(cells);
            // Below the headings stands the rule.
            rows.extend(body.skip(1));
        }
        Self { rows }
    }
}

/// The cells of a line, if it is a row of so many.
fn cells<const N: usize>(line: &str) -> Option<[String; N]> {
    let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let mut cells = vec![String::new()];
    let mut is_escaped = false;
    for character in inside.chars() {
        match (character, cells.last_mut()) {
            ('|', _) if !is_escaped => cells.push(String::new()),
            (_, Some(cell)) => cell.push(character),
            (_, None) => {}
        }
        is_escaped = character == '\\';
    }
    let cells: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
    cells.try_into().ok()
}

/// The first paragraph after the title of a page.
pub(super) fn lead(page: &str) -> String {
    let lines = page
        .lines()
        .skip_while(|line| !line.starts_with("# "))
        .skip(1);
    let lines = lines.skip_while(|line| line.is_empty());
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    plain(&lines.join(" "))
}

/// The formula of a page: the first block of code or the first quotation of its first section; where
/// there is none, the first paragraph of the section.
pub(super) fn formula(page: &str) -> String {
    let section = page
        .lines()
        .skip_while(|line| !line.starts_with("## "))
        .skip(1);
    let section: Vec<&str> = section
        .take_while(|line| !line.starts_with("## "))
        .collect();
    let code = section.iter().skip_while(|line| !line.starts_with("```"));
    let code: Vec<&str> = code
        .skip(1)
        .take_while(|line| !line.starts_with("```"))
        .map(|line| line.trim())
        .collect();
    if !code.is_empty() {
        return code.join(" ");
    }
    let quoted = section.iter().filter_map(|line| line.strip_prefix("> "));
    let quoted: Vec<&str> = quoted.collect();
    if !quoted.is_empty() {
        return plain(&quoted.join(" "));
    }
    let lines = section.iter().skip_while(|line| line.is_empty());
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).copied().collect();
    plain(&lines.join(" "))
}

/// Text without the marks of Markdown: links are what they say, emphasis is left out. A name in
/// backticks that is all of the text stands without them.
pub(super) fn plain(text: &str) -> String {
    let plain = unmarked(text);
    let inside = plain.strip_prefix('`').and_then(|it| it.strip_suffix('`'));
    match inside {
        Some(name) if !name.contains(['`', ' ']) => name.to_owned(),
        _ => plain,
    }
}

fn unmarked(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['[', '*', '\\', '`']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        rest = match from.as_bytes().first() {
            Some(b'[') => match link(from) {
                Some((said, after)) => {
                    plain.push_str(&unmarked(said));
                    after
                }
                None => {
                    plain.push('[');
                    from.get(1..).unwrap_or_default()
                }
            },
            // What stands between backticks is meant letter by letter.
            Some(b'`') => match from.get(1..).and_then(|inside| inside.split_once('`')) {
                Some((code, after)) => {
                    plain.push_str(&format!("`{}`", code.replace("\\|", "|")));
                    after
                }
                None => {
                    plain.push('`');
                    from.get(1..).unwrap_or_default()
                }
            },
            Some(b'\\') => {
                let after = from.get(1..).unwrap_or_default();
                let escaped = after.chars().next();
                plain.extend(escaped);
                escaped.map_or("", |c| after.get(c.len_utf8()..).unwrap_or_default())
            }
            _ => from.trim_start_matches('*'),
        };
    }
    plain.push_str(rest);
    plain
}

/// What a link at the begin of the text says, and what follows it.
fn link(text: &str) -> Option<(&str, &str)> {
    let (said, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (_, after) = rest.split_once(')')?;
    (!said.contains('[')).then_some((said, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_by_their_headings_and_read_as_they_stand() {
        let document = "# A\n\n| a | b |\n|---|---|\n| `x` | one \\| two |\n| y |  |\n\ntext\n\
                        | other | b |\n|---|---|\n| no | no |\n\n| a | b |\n|---|---|\n| z | 3 |\n";
        let table = Table::headed(document, &["a", "b"]);
        let rows: Vec<[&str; 2]> = table
            .rows
            .iter()
            .map(|row| row.each_ref().map(String::as_str))
            .collect();
        assert_eq!(rows, [["`x`", "one \\| two"], ["y", ""], ["z", "3"]]);
        assert_eq!(Table::headed("", &["a", "b"]).rows.len(), 0);
    }

    #[test]
    fn marks_of_markdown_are_left_out() {
        for (text, expected) in [
            ("a **bold** and *light* word", "a bold and light word"),
            ("see [`why`](a.md#b), and [that](c)", "see `why`, and that"),
            ("`only`", "only"),
            ("`--as-of` or `--ref`", "`--as-of` or `--ref`"),
            ("`a \\| b*c` \\| d", "`a | b*c` | d"),
            ("[not a link] [", "[not a link] ["),
            ("a ` alone", "a ` alone"),
            ("end \\", "end "),
            ("", ""),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn a_page_opens_with_its_question_and_its_formula() {
        let page =
            "# T\n\n**Why?** For\nthis.\n\n## Formula\n\n```\na ÷\n  b\n```\n\n## Rules\n\nno\n";
        assert_eq!(lead(page), "Why? For this.");
        assert_eq!(formula(page), "a ÷ b");
        assert_eq!(formula("# T\n\n## D\n\n| x |\n\n> a = **b**\n"), "a = b");
        assert_eq!(formula("# T\n\n## D\n\nIt is\nso.\n\nMore.\n"), "It is so.");
        assert_eq!((lead(""), formula("")), (String::new(), String::new()));
    }
}
