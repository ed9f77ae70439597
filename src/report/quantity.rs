//! Quantities as people write them: durations, rates, shares, counts (dates: `calendar`). Nothing is measured
//! here; a value arrives in the unit of the report (minutes, per day, 0 to 1) and leaves as text.
//! Which sign stands before it is `style`'s business.

/// A month of the unit "per month" in days (spec 2.4).
const DAYS_PER_MONTH: f64 = 30.44;

/// A duration in its two largest units: `1 d 4 h`, `42 min`, `1 min 30 s`, `30 s`.
pub fn duration(minutes: f64) -> String {
    spelled(minutes, &["d", "h", "min", "s"], |count, unit| {
        format!("{count} {unit}")
    })
}

/// A duration in words: `1 day 4 hours`, `42 minutes`.
pub fn duration_in_words(minutes: f64) -> String {
    spelled(minutes, &["day", "hour", "minute", "second"], plural)
}

/// A duration where room is short: the second unit only while the first is below ten.
pub fn duration_short(minutes: f64) -> String {
    let seconds = minutes.abs() * 60.0;
    let coarse = [86_400.0, 3600.0, 60.0]
        .into_iter()
        .find(|size| seconds >= 10.0 * size)
        .filter(|size| seconds < 24.0 * 3600.0 || *size > 3600.0);
    coarse.map_or_else(
        || duration(minutes),
        |size| duration((minutes * 60.0 / size).round() * size / 60.0),
    )
}

/// A duration of the value stream (spec 6.3): hours under 48 h, else days of 24 hours with one decimal.
pub fn stream_time(hours: f64) -> String {
    in_stream_units(hours, " h", " d")
}

/// The same in words: `42.5 hours`, `5.9 days`.
pub fn stream_time_in_words(hours: f64) -> String {
    in_stream_units(hours, " hours", " days")
}

fn in_stream_units(hours: f64, hour: &str, day: &str) -> String {
    if !hours.is_finite() {
        return "?".to_owned();
    }
    if hours.abs() >= 48.0 {
        return format!("{:.1}{day}", hours / 24.0);
    }
    if hours != 0.0 && hours.abs() < 0.05 {
        return format!("< 0.1{hour}");
    }
    format!("{}{hour}", number(hours, 1))
}

fn spelled(minutes: f64, units: &[&str; 4], say: impl Fn(usize, &str) -> String) -> String {
    if !minutes.is_finite() {
        return "?".to_owned();
    }
    let sign = if minutes < 0.0 { "-" } else { "" };
    let seconds = minutes.abs() * 60.0;
    // Round to the smaller of the two units shown; the cast saturates, it cannot fail.
    let grain = match seconds {
        s if s < 3600.0 - 0.5 => 1.0,
        s if s < 86_400.0 - 30.0 => 60.0,
        _ => 3600.0,
    };
    let mut left = ((seconds / grain).round() * grain) as u64;
    let mut said = Vec::new();
    for (unit, size) in units.iter().zip([86_400, 3600, 60, 1]) {
        let count = left / size;
        left %= size;
        if count > 0 {
            said.push(say(usize::try_from(count).unwrap_or(usize::MAX), unit));
        } else if !said.is_empty() {
            break;
        }
        if said.len() == 2 {
            break;
        }
    }
    if said.is_empty() {
        return say(0, units[3]);
    }
    format!("{sign}{}", said.join(" "))
}

/// The unit of a rate: the first that gives a number of at least 1, else the month (spec 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateUnit {
    /// Per day.
    Day,
    /// Per week.
    Week,
    /// Per month of 30.44 days.
    Month,
}

impl RateUnit {
    /// The unit in which a rate per day is said.
    pub fn of(per_day: f64) -> Self {
        if per_day >= 1.0 {
            Self::Day
        } else if per_day * 7.0 >= 1.0 {
            Self::Week
        } else {
            Self::Month
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// A rate per day in this unit.
    pub fn convert(self, per_day: f64) -> f64 {
        match self {
            Self::Day => per_day,
            Self::Week => per_day * 7.0,
            Self::Month => per_day * DAYS_PER_MONTH,
        }
    }

    /// A limit in this unit, without needless decimals: `1`.
    pub fn limit(self, per_day: f64) -> String {
        number(self.convert(per_day), 2)
    }

    /// A rate per day in this unit, as a number.
    pub fn number(self, per_day: f64) -> String {
        let value = self.convert(per_day);
        let size = value.abs();
        if size == 0.0 {
            "0".to_owned()
        } else if size < 0.005 {
            "< 0.01".to_owned()
        } else if size < 0.995 {
            number(value, 2)
        } else if size < 99.95 {
            format!("{value:.1}")
        } else {
            format!("{value:.0}")
        }
    }
}

/// A rate with its unit: `1.8 /day`, `3.2 /week`, `0.5 /month`.
pub fn rate(per_day: f64) -> String {
    let unit = RateUnit::of(per_day);
    format!("{} /{}", unit.number(per_day), unit.name())
}

/// A share as per cent: `9.3 %`, `15 %`, `0 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", points(share))
}

/// A share, or a difference of shares, in hundredths: `9.3`.
pub fn points(share: f64) -> String {
    let value = share * 100.0;
    if value != 0.0 && value.abs() < 0.05 {
        return "< 0.1".to_owned();
    }
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A number without needless decimals: at most `decimals`, trailing zeros dropped.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}

/// A count with its noun: `1 change`, `3 changes`, `2 days`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        return format!("1 {noun}");
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{count} {stem}ies"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_said_in_its_two_largest_units() {
        for (minutes, text) in [
            (0.0, "0 s"),
            (0.004, "0 s"),
            (0.5, "30 s"),
            (1.0, "1 min"),
            (1.5, "1 min 30 s"),
            (37.5, "37 min 30 s"),
            (42.0, "42 min"),
            (59.999, "1 h"),
            (60.0, "1 h"),
            (61.4, "1 h 1 min"),
            (1439.9, "1 d"),
            (1440.0, "1 d"),
            (1680.0, "1 d 4 h"),
            (4380.0, "3 d 1 h"),
            (1440.0 * 400.0, "400 d"),
            (1441.0, "1 d"),
            (-8.0, "-8 min"),
            (f64::NAN, "?"),
        ] {
            assert_eq!(duration(minutes), text, "{minutes}");
        }
        assert!(duration(f64::MAX).ends_with(" h") || duration(f64::MAX).ends_with(" d"));
    }

    #[test]
    fn a_short_duration_drops_the_second_unit_from_ten_on() {
        for (minutes, text) in [
            (8.2, "8 min 12 s"),
            (42.3, "42 min"),
            (59.8, "1 h"),
            (90.0, "1 h 30 min"),
            (11.0 * 60.0 + 20.0, "11 h"),
            (1680.0, "1 d 4 h"),
            (12.0 * 1440.0 + 700.0, "12 d"),
        ] {
            assert_eq!(duration_short(minutes), text, "{minutes}");
        }
    }

    #[test]
    fn time_in_the_stream_is_hours_and_from_two_days_on_days() {
        for (hours, text) in [
            (0.0, "0 h"),
            (0.01, "< 0.1 h"),
            (0.75, "0.8 h"),
            (42.5, "42.5 h"),
            (24.0, "24 h"),
            (47.9, "47.9 h"),
            (48.0, "2.0 d"),
            (192.0, "8.0 d"),
            (-72.0, "-3.0 d"),
            (f64::NAN, "?"),
        ] {
            assert_eq!(stream_time(hours), text, "{hours}");
        }
        assert_eq!(stream_time_in_words(194.0), "8.1 days");
    }

    #[test]
    fn words_agree_in_number() {
        assert_eq!(duration_in_words(1501.0), "1 day 1 hour");
        assert_eq!(duration_in_words(122.0), "2 hours 2 minutes");
        assert_eq!(duration_in_words(0.0), "0 seconds");
        assert_eq!(plural(0, "change"), "0 changes");
        assert_eq!(plural(1, "change"), "1 change");
        assert_eq!(plural(2, "day"), "2 days");
        assert_eq!(plural(2, "retry"), "2 retries");
    }

    #[test]
    fn a_rate_takes_the_unit_that_gives_at_least_one() {
        for (per_day, text) in [
            (1.8, "1.8 /day"),
            (1.0, "1.0 /day"),
            (54.3, "54.3 /day"),
            (123.4, "123 /day"),
            (0.5, "3.5 /week"),
            (1.0 / 7.0, "1.0 /week"),
            (0.1, "3.0 /month"),
            (0.01, "0.3 /month"),
            (0.000_01, "< 0.01 /month"),
            (0.0, "0 /month"),
        ] {
            assert_eq!(rate(per_day), text, "{per_day}");
        }
    }

    #[test]
    fn a_share_is_said_in_per_cent() {
        for (share, text) in [
            (5.0 / 54.0, "9.3 %"),
            (2.0 / 7.0, "28.6 %"),
            (0.15, "15 %"),
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.0001, "< 0.1 %"),
        ] {
            assert_eq!(percent(share), text, "{share}");
        }
        assert_eq!(number(7.000_000_000_000_001, 6), "7");
        assert_eq!(number(28.571_428_57, 6), "28.571429");
        assert_eq!(number(100.0, 0), "100");
        assert_eq!(number(-0.0, 3), "0");
    }
}
