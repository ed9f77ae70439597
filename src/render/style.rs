//! How our own marks look: a `Style` is decided once (in `decide`) and passed down. Colour only
//! underlines words that stand there anyway, with tones that hold for red-green blindness. Foreign
//! text is `sanitize`'s business.

use crate::model::{Band, Judgement};

use super::sanitize;

/// Which characters may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// Arrows, blocks and typographic signs.
    #[default]
    Unicode,
    /// Bytes below 128 only.
    Ascii,
}

/// How the text is to look. The default is plain: no colour, Unicode, 80 columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours are written.
    pub colour: bool,
    /// The character set.
    pub charset: Charset,
    /// Columns of a line, 40 to 100.
    pub width: usize,
    /// Plain sentences instead of tables and charts.
    pub accessible: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            colour: false,
            charset: Charset::Unicode,
            width: super::decide::WIDTH_OFF_TERMINAL,
            accessible: false,
        }
    }
}

/// The weight of a word on the screen; each has one ANSI colour of the 16 that a theme defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Titles and the like.
    Strong,
    /// What can be passed over.
    Faint,
    /// The best.
    Best,
    /// Good.
    Good,
    /// Worth a look.
    Notable,
    /// Needs attention.
    Poor,
}

impl Tone {
    /// The tone of a band.
    pub fn of_band(band: Band) -> Self {
        match band {
            Band::Elite => Self::Best,
            Band::High => Self::Good,
            Band::Medium => Self::Notable,
            Band::Low => Self::Poor,
        }
    }

    /// The tone of a judgement; one within noise is faint.
    pub fn of_judgement(judgement: Judgement, within_noise: bool) -> Self {
        match judgement {
            _ if within_noise => Self::Faint,
            Judgement::Improving => Self::Good,
            Judgement::Degrading => Self::Poor,
            Judgement::Stable | Judgement::Unknown => Self::Faint,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Strong => "1",
            Self::Faint => "2",
            Self::Best => "1;36",
            Self::Good => "36",
            Self::Notable => "33",
            Self::Poor => "1;35",
        }
    }
}

impl Style {
    /// The Unicode or the ASCII spelling of one of our own signs.
    fn sign(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        match self.charset {
            Charset::Unicode => unicode,
            Charset::Ascii => ascii,
        }
    }

    /// Arrow of a change by its sign: up, down, none.
    pub fn arrow(&self, change: f64) -> &'static str {
        if change > 0.0 {
            self.sign("↑", "^")
        } else if change < 0.0 {
            self.sign("↓", "v")
        } else {
            self.sign("→", "=")
        }
    }

    /// From one end to another.
    pub fn to(&self) -> &'static str {
        if self.accessible {
            return "to";
        }
        self.sign("→", "->")
    }

    /// Between the parts of a title.
    pub fn dot(&self) -> &'static str {
        self.sign("·", "-")
    }

    /// At least.
    pub fn at_least(&self) -> &'static str {
        self.sign("≥", ">=")
    }

    /// At most.
    pub fn at_most(&self) -> &'static str {
        self.sign("≤", "<=")
    }

    /// Something was cut.
    pub fn ellipsis(&self) -> &'static str {
        self.sign("…", "...")
    }

    /// A bucket of time that is not whole.
    pub fn unfinished(&self) -> &'static str {
        self.sign("…", "~")
    }

    /// Before something to do.
    pub fn advice(&self) -> &'static str {
        self.sign("→", ">")
    }

    /// Points at what stands below.
    pub fn down(&self) -> &'static str {
        self.sign("▼", "v")
    }

    /// So many times.
    pub fn times(&self) -> &'static str {
        self.sign("×", "x")
    }

    /// A word that stands out.
    pub fn strong(&self, word: &str) -> String {
        self.painted(word, &[(word, Tone::Strong)])
    }

    /// Foreign text made safe for this style.
    pub fn foreign(&self, text: &str) -> String {
        sanitize::sanitize(text, self.charset)
    }

    /// Foreign text made safe and cut to so many columns.
    pub fn foreign_within(&self, text: &str, columns: usize) -> String {
        // A hostile megabyte is cut before it is measured; four characters per column are plenty.
        let head: String = text.chars().take(columns.saturating_mul(4) + 8).collect();
        sanitize::truncate(&self.foreign(&head), columns, self.ellipsis())
    }

    /// The line with its parts coloured. Parts are looked for from left to right; one that is not
    /// there (cut off, or empty) is passed over. Without colour the line stays as it is.
    pub fn painted(&self, line: &str, parts: &[(&str, Tone)]) -> String {
        if !self.colour {
            return line.to_owned();
        }
        let mut painted = String::with_capacity(line.len() + parts.len() * 12);
        let mut rest = line;
        for (part, tone) in parts.iter().filter(|(part, _)| !part.is_empty()) {
            if let Some((before, after)) = rest.split_once(part) {
                painted.push_str(before);
                painted.push_str(&format!("\u{1b}[{}m{part}\u{1b}[0m", tone.code()));
                rest = after;
            }
        }
        painted.push_str(rest);
        painted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_wraps_words_and_changes_none() {
        let style = Style {
            colour: true,
            ..Style::default()
        };
        let line = style.painted("a [LOW] b", &[("[LOW]", Tone::Poor), ("gone", Tone::Best)]);
        assert_eq!(line, "a \u{1b}[1;35m[LOW]\u{1b}[0m b");
        assert_eq!(Style::default().painted("a b", &[("b", Tone::Best)]), "a b");
    }
}
