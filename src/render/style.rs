//! How our own marks look: colour, character set and width, decided once from flags, environment
//! and stream, then passed down. Colour only underlines words that stand there anyway, with tones
//! that hold for red-green blindness. Foreign text is `sanitize`'s business.

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

/// What was asked for on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColourChoice {
    /// Look at the environment and the stream.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What was asked for on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CharsetChoice {
    /// Look at the locale.
    #[default]
    Auto,
    /// Unicode.
    Unicode,
    /// ASCII.
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
            width: WIDTH_OFF_TERMINAL,
            accessible: false,
        }
    }
}

/// Width when the stream is no terminal.
const WIDTH_OFF_TERMINAL: usize = 80;
/// The narrowest and the widest layout.
const WIDTHS: (usize, usize) = (40, 100);

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

    /// So many times.
    pub fn times(&self) -> &'static str {
        self.sign("×", "x")
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

/// Whether to colour a stream. In order: the flag, `DORA_COLOR`, `NO_COLOR` (set and not empty),
/// `CLICOLOR_FORCE` or `FORCE_COLOR` (set, not empty, not `0`), `CLICOLOR=0`, and then whether the
/// stream is a terminal that is not dumb.
pub fn decide_colour(
    flag: ColourChoice,
    env: impl Fn(&str) -> Option<String>,
    is_terminal: bool,
) -> bool {
    let asked = match flag {
        ColourChoice::Auto => match env("DORA_COLOR").as_deref() {
            Some("always") => ColourChoice::Always,
            Some("never") => ColourChoice::Never,
            _ => ColourChoice::Auto,
        },
        asked => asked,
    };
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let forced = |name: &str| set(name).is_some_and(|value| value != "0");
    match asked {
        ColourChoice::Always => true,
        ColourChoice::Never => false,
        ColourChoice::Auto if set("NO_COLOR").is_some() => false,
        ColourChoice::Auto if forced("CLICOLOR_FORCE") || forced("FORCE_COLOR") => true,
        ColourChoice::Auto if set("CLICOLOR").as_deref() == Some("0") => false,
        ColourChoice::Auto => is_terminal && set("TERM").is_some_and(|term| term != "dumb"),
    }
}

/// Which characters to write. In order: the flag, `DORA_CHARSET`, ASCII on a dumb terminal, then
/// whether the locale (`LC_ALL`, `LC_CTYPE`, `LANG`: the first that is not empty) is a UTF-8 one.
pub fn decide_charset(flag: CharsetChoice, env: impl Fn(&str) -> Option<String>) -> Charset {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let asked = match flag {
        CharsetChoice::Auto => match set("DORA_CHARSET").as_deref() {
            Some("unicode") => CharsetChoice::Unicode,
            Some("ascii") => CharsetChoice::Ascii,
            _ => CharsetChoice::Auto,
        },
        asked => asked,
    };
    match asked {
        CharsetChoice::Unicode => return Charset::Unicode,
        CharsetChoice::Ascii => return Charset::Ascii,
        CharsetChoice::Auto => {}
    }
    if set("TERM").as_deref() == Some("dumb") {
        return Charset::Ascii;
    }
    let locale = set("LC_ALL")
        .or_else(|| set("LC_CTYPE"))
        .or_else(|| set("LANG"));
    let is_utf8 = locale.map_or(cfg!(windows), |locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    if is_utf8 {
        Charset::Unicode
    } else {
        Charset::Ascii
    }
}

/// How wide to write: `COLUMNS` when it is a number, else the terminal's width, both between 40
/// and 100; 80 when the stream is no terminal.
pub fn decide_width(env: impl Fn(&str) -> Option<String>, terminal_width: Option<usize>) -> usize {
    env("COLUMNS")
        .and_then(|columns| columns.trim().parse::<usize>().ok())
        .filter(|&columns| columns > 0)
        .or(terminal_width)
        .map_or(WIDTH_OFF_TERMINAL, |columns| {
            columns.clamp(WIDTHS.0, WIDTHS.1)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        move |name| {
            let pair = pairs.iter().find(|(key, _)| *key == name);
            pair.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn colour_follows_the_order_of_precedence() {
        use ColourChoice::{Always, Auto, Never};
        let cases: [(ColourChoice, &'static [(&str, &str)], bool, bool); 12] = [
            (Always, &[("NO_COLOR", "1")], false, true),
            (
                Never,
                &[("CLICOLOR_FORCE", "1"), ("TERM", "xterm")],
                true,
                false,
            ),
            (
                Auto,
                &[("DORA_COLOR", "always"), ("NO_COLOR", "1")],
                false,
                true,
            ),
            (
                Auto,
                &[("DORA_COLOR", "never"), ("TERM", "xterm")],
                true,
                false,
            ),
            (
                Auto,
                &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")],
                true,
                false,
            ),
            (Auto, &[("NO_COLOR", ""), ("TERM", "xterm")], true, true),
            (Auto, &[("CLICOLOR_FORCE", "0")], false, false),
            (Auto, &[("FORCE_COLOR", "1")], false, true),
            (Auto, &[("CLICOLOR", "0"), ("TERM", "xterm")], true, false),
            (Auto, &[("TERM", "dumb")], true, false),
            (Auto, &[], true, false),
            (Auto, &[("TERM", "xterm")], false, false),
        ];
        for (flag, pairs, is_terminal, expected) in cases {
            assert_eq!(
                decide_colour(flag, env(pairs), is_terminal),
                expected,
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn the_charset_follows_the_locale_unless_it_is_asked_for() {
        use CharsetChoice::{Ascii, Auto, Unicode};
        let cases: [(CharsetChoice, &'static [(&str, &str)], Charset); 7] = [
            (Unicode, &[("LC_ALL", "C")], Charset::Unicode),
            (Ascii, &[("LANG", "en_US.UTF-8")], Charset::Ascii),
            (Auto, &[("LANG", "en_US.UTF-8")], Charset::Unicode),
            (
                Auto,
                &[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")],
                Charset::Ascii,
            ),
            (
                Auto,
                &[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")],
                Charset::Unicode,
            ),
            (
                Auto,
                &[("TERM", "dumb"), ("LANG", "C.UTF-8")],
                Charset::Ascii,
            ),
            (
                Auto,
                &[("DORA_CHARSET", "ascii"), ("LANG", "C.UTF-8")],
                Charset::Ascii,
            ),
        ];
        for (flag, pairs, expected) in cases {
            assert_eq!(decide_charset(flag, env(pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn the_width_stays_between_40_and_100_and_is_80_off_a_terminal() {
        assert_eq!(decide_width(env(&[]), None), 80);
        assert_eq!(decide_width(env(&[]), Some(200)), 100);
        assert_eq!(decide_width(env(&[]), Some(12)), 40);
        assert_eq!(decide_width(env(&[]), Some(93)), 93);
        assert_eq!(decide_width(env(&[("COLUMNS", "60")]), Some(93)), 60);
        assert_eq!(decide_width(env(&[("COLUMNS", "wide")]), None), 80);
    }

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
