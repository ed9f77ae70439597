//! Colour, character set and width, decided once from flags, environment and stream. Pure: the
//! environment is a function, so a caller may hand in the real one and a test its own. What is
//! decided here travels on in `style`.

use super::style::Charset;

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

/// Width when the stream is no terminal.
pub(super) const WIDTH_OFF_TERMINAL: usize = 80;
/// The narrowest and the widest layout.
const WIDTHS: (usize, usize) = (40, 100);

/// A decision, and what it follows from (`--color always`, `NO_COLOR`, `the stream is no terminal`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided<T> {
    /// What was decided.
    pub value: T,
    /// Because of what.
    pub because: &'static str,
}

impl<T> Decided<T> {
    fn new(value: T, because: &'static str) -> Self {
        Self { value, because }
    }
}

/// Whether to colour a stream. In order: the flag, `DORA_COLOR`, `NO_COLOR` (set and not empty),
/// `CLICOLOR_FORCE` or `FORCE_COLOR` (set, not empty, not `0`), `CLICOLOR=0`, and then whether the
/// stream is a terminal that is not dumb.
pub fn decide_colour(
    flag: ColourChoice,
    env: impl Fn(&str) -> Option<String>,
    is_terminal: bool,
) -> Decided<bool> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    let forced = |name: &str| set(name).is_some_and(|value| value != "0");
    match flag {
        ColourChoice::Always => return Decided::new(true, "--color always"),
        ColourChoice::Never => return Decided::new(false, "--color never"),
        ColourChoice::Auto => {}
    }
    match set("DORA_COLOR").as_deref() {
        Some("always") => return Decided::new(true, "DORA_COLOR"),
        Some("never") => return Decided::new(false, "DORA_COLOR"),
        _ => {}
    }
    if set("NO_COLOR").is_some() {
        return Decided::new(false, "NO_COLOR");
    }
    for name in ["CLICOLOR_FORCE", "FORCE_COLOR"] {
        if forced(name) {
            return Decided::new(true, name);
        }
    }
    if set("CLICOLOR").as_deref() == Some("0") {
        return Decided::new(false, "CLICOLOR");
    }
    match (is_terminal, set("TERM").as_deref()) {
        (false, _) => Decided::new(false, "the output is no terminal"),
        (true, None) => Decided::new(false, "TERM is not set"),
        (true, Some("dumb")) => Decided::new(false, "TERM is dumb"),
        (true, Some(_)) => Decided::new(true, "the output is a terminal"),
    }
}

/// Which characters to write. In order: the flag, `DORA_CHARSET`, ASCII on a dumb terminal, then
/// whether the locale (`LC_ALL`, `LC_CTYPE`, `LANG`: the first that is not empty) is a UTF-8 one.
pub fn decide_charset(
    flag: CharsetChoice,
    env: impl Fn(&str) -> Option<String>,
) -> Decided<Charset> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    match flag {
        CharsetChoice::Unicode => return Decided::new(Charset::Unicode, "--charset unicode"),
        CharsetChoice::Ascii => return Decided::new(Charset::Ascii, "--charset ascii"),
        CharsetChoice::Auto => {}
    }
    match set("DORA_CHARSET").as_deref() {
        Some("unicode") => return Decided::new(Charset::Unicode, "DORA_CHARSET"),
        Some("ascii") => return Decided::new(Charset::Ascii, "DORA_CHARSET"),
        _ => {}
    }
    if set("TERM").as_deref() == Some("dumb") {
        return Decided::new(Charset::Ascii, "TERM is dumb");
    }
    for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
        if let Some(locale) = set(name) {
            let locale = locale.to_ascii_lowercase();
            let is_utf8 = locale.contains("utf-8") || locale.contains("utf8");
            let charset = if is_utf8 {
                Charset::Unicode
            } else {
                Charset::Ascii
            };
            return Decided::new(charset, name);
        }
    }
    let charset = if cfg!(windows) {
        Charset::Unicode
    } else {
        Charset::Ascii
    };
    Decided::new(charset, "no locale is set")
}

/// How wide to write: `COLUMNS` when it is a number, else the terminal's width, both between 40
/// and 100; 80 when the stream is no terminal.
pub fn decide_width(
    env: impl Fn(&str) -> Option<String>,
    terminal_width: Option<usize>,
) -> Decided<usize> {
    let columns = env("COLUMNS")
        .and_then(|columns| columns.trim().parse::<usize>().ok())
        .filter(|&columns| columns > 0);
    let within = |columns: usize| columns.clamp(WIDTHS.0, WIDTHS.1);
    match (columns, terminal_width) {
        (Some(columns), _) => Decided::new(within(columns), "COLUMNS"),
        (None, Some(columns)) => Decided::new(within(columns), "the terminal's width"),
        (None, None) => Decided::new(WIDTH_OFF_TERMINAL, "the output tells no width"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Environment = &'static [(&'static str, &'static str)];

    fn env(pairs: Environment) -> impl Fn(&str) -> Option<String> {
        move |name| {
            let pair = pairs.iter().find(|(key, _)| *key == name);
            pair.map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn colour_follows_the_order_of_precedence() {
        use ColourChoice::{Always, Auto, Never};
        let cases: [(ColourChoice, Environment, bool, bool); 12] = [
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
                decide_colour(flag, env(pairs), is_terminal).value,
                expected,
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn the_charset_follows_the_locale_unless_it_is_asked_for() {
        use CharsetChoice::{Ascii, Auto, Unicode};
        let cases: [(CharsetChoice, Environment, Charset); 7] = [
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
            assert_eq!(
                decide_charset(flag, env(pairs)).value,
                expected,
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn the_width_stays_between_40_and_100_and_is_80_off_a_terminal() {
        assert_eq!(decide_width(env(&[]), None).value, 80);
        assert_eq!(decide_width(env(&[]), Some(200)).value, 100);
        assert_eq!(decide_width(env(&[]), Some(12)).value, 40);
        assert_eq!(decide_width(env(&[]), Some(93)).value, 93);
        assert_eq!(decide_width(env(&[("COLUMNS", "60")]), Some(93)).value, 60);
        assert_eq!(decide_width(env(&[("COLUMNS", "wide")]), None).value, 80);
    }
}
