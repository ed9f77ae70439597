//! A page of text under construction: lines, headings and wrapped paragraphs, none wider than the
//! style says. The screens fill it; `mod` writes it out at once.

use super::chart::{self, Bar};
use super::sanitize;
use super::style::{Style, Tone};
use super::table::Table;

/// A page of text.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) style: &'a Style,
    text: String,
}

impl<'a> Page<'a> {
    /// An empty page.
    pub(super) fn new(style: &'a Style) -> Self {
        Self {
            style,
            text: String::new(),
        }
    }

    /// The finished text.
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// An empty line, unless the page is empty or ends in one.
    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A heading with a blank line before it.
    pub(super) fn heading(&mut self, text: &str) {
        self.blank();
        self.line(text, &[(text, Tone::Strong)]);
    }

    /// One line, cut at the edge, with parts of it toned.
    pub(super) fn line(&mut self, text: &str, parts: &[(&str, Tone)]) {
        let line = sanitize::truncate(text, self.style.width, self.style.ellipsis());
        self.text.push_str(&self.style.painted(&line, parts));
        self.text.push('\n');
    }

    /// A line as it is, whatever its length (for screen readers, which wrap by themselves).
    pub(super) fn sentence(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Words after a lead such as ` ! `, wrapped under themselves; at most `most` lines.
    pub(super) fn paragraph(&mut self, lead: &str, tone: Tone, words: &str, most: usize) {
        self.wrapped(lead, words, &[(lead.trim(), tone)], most);
    }

    /// Words after a lead with parts of them toned.
    pub(super) fn wrapped(&mut self, lead: &str, words: &str, parts: &[(&str, Tone)], most: usize) {
        let room = self
            .style
            .width
            .saturating_sub(sanitize::width(lead))
            .max(8);
        let mut lines = sanitize::wrap(words, room);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                let room = room.saturating_sub(sanitize::width(self.style.ellipsis()) + 1);
                let kept = sanitize::wrap(last, room).swap_remove(0);
                *last = format!("{kept} {}", self.style.ellipsis());
            }
        }
        for (index, line) in lines.iter().enumerate() {
            if index == 0 {
                self.line(&format!("{lead}{line}"), parts);
            } else {
                let indent = " ".repeat(sanitize::width(lead));
                self.line(&format!("{indent}{line}"), &[]);
            }
        }
    }

    /// Parts with the style's dot between them after a lead, broken only between parts.
    pub(super) fn parts(&mut self, lead: &str, parts: &[String], tones: &[(&str, Tone)]) {
        let between = format!(" {} ", self.style.dot());
        let indent = " ".repeat(sanitize::width(lead));
        let mut line = lead.to_owned();
        for part in parts {
            let is_first = line.len() == lead.len();
            let joined = match is_first {
                true => format!("{line}{part}"),
                false => format!("{line}{between}{part}"),
            };
            if !is_first && sanitize::width(&joined) > self.style.width {
                self.line(&line, tones);
                line = format!("{indent}{part}");
            } else {
                line = joined;
            }
            // A part that is wider than the page, a command with its flags, is never cut.
            let room = self.style.width.saturating_sub(sanitize::width(lead));
            if sanitize::width(part) > room && room > 0 {
                let begin = line.len() - part.len();
                let mut pieces = sanitize::wrap(part, room).into_iter();
                line.truncate(begin);
                line.extend(pieces.next());
                for piece in pieces {
                    self.line(&line, tones);
                    line = format!("{indent}{piece}");
                }
            }
        }
        self.line(&line, tones);
    }

    /// Short texts side by side, as many on a line as fit, each in a column of the same width.
    pub(super) fn side_by_side(&mut self, lead: &str, texts: &[String]) {
        let widest = texts.iter().map(|text| sanitize::width(text)).max();
        let column = widest.unwrap_or(0) + 2;
        let room = self.style.width.saturating_sub(sanitize::width(lead)) + 2;
        for texts in texts.chunks((room / column.max(1)).max(1)) {
            let mut line = lead.to_owned();
            for text in texts {
                line.push_str(text);
                line.push_str(&" ".repeat(column.saturating_sub(sanitize::width(text))));
            }
            self.line(line.trim_end(), &[]);
        }
    }

    /// Labels with what they stand for, wrapped beside the label.
    pub(super) fn facts(&mut self, facts: &[(&str, String)]) {
        if self.style.width < 60 {
            for (label, words) in facts {
                let words = format!("{label}: {words}");
                self.wrapped("  ", &words, &[(*label, Tone::Faint)], usize::MAX);
            }
            return;
        }
        let label = |(label, _): &(&str, String)| sanitize::width(label);
        let widest = facts.iter().map(label).max().unwrap_or(0);
        for (label, words) in facts {
            let blanks = " ".repeat(widest.saturating_sub(sanitize::width(label)));
            let lead = format!("  {label}{blanks}  ");
            self.wrapped(&lead, words, &[(*label, Tone::Faint)], usize::MAX);
        }
    }

    /// A table.
    pub(super) fn table(&mut self, table: Table) {
        if self.style.accessible {
            for sentence in table.sentences() {
                self.sentence(&sentence);
            }
            return;
        }
        for line in table.lines(self.style) {
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    /// A bar chart.
    pub(super) fn bars(&mut self, rows: &[Bar]) {
        for line in chart::bars(rows, 2, self.style) {
            self.line(line.trim_end(), &[]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_wraps_under_itself_and_says_when_it_was_cut() {
        let style = Style {
            width: 16,
            ..Style::default()
        };
        let mut page = Page::new(&style);
        page.paragraph(" ! ", Tone::Notable, "one two three four five six seven", 2);
        assert_eq!(page.finish(), " ! one two three\n   four five …\n");
    }

    #[test]
    fn parts_break_only_between_parts() {
        let style = Style {
            width: 12,
            ..Style::default()
        };
        let mut page = Page::new(&style);
        let parts = ["shop", "production", "30 days"].map(str::to_owned);
        page.parts("", &parts, &[]);
        assert_eq!(page.finish(), "shop\nproduction\n30 days\n");
    }

    #[test]
    fn a_part_wider_than_the_page_goes_on_below_and_is_not_cut() {
        let style = Style {
            width: 14,
            ..Style::default()
        };
        let mut page = Page::new(&style);
        let parts = ["a", "dora why band --period 7d", "b"].map(str::to_owned);
        page.parts(" > ", &parts, &[]);
        assert_eq!(
            page.finish(),
            " > a\n   dora why\n   band\n   --period 7d\n   b\n"
        );
    }

    #[test]
    fn short_texts_stand_in_columns() {
        let style = Style {
            width: 12,
            ..Style::default()
        };
        let mut page = Page::new(&style);
        page.side_by_side(" ", &["a", "four", "bb"].map(str::to_owned));
        assert_eq!(page.finish(), " a     four\n bb\n");
    }

    #[test]
    fn blank_lines_do_not_pile_up() {
        let style = Style::default();
        let mut page = Page::new(&style);
        page.blank();
        page.line("a", &[]);
        page.blank();
        page.heading("b");
        assert_eq!(page.finish(), "a\n\nb\n");
    }
}
