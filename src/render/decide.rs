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
                decide_colour(flag, env(pairs), is_terminal),
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
}
