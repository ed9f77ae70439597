//! Medians that count what has not ended, in words. The plain ones are `measure`'s business.

use crate::report::CensoredMedian;
use crate::report::quantity::duration;

use super::style::Style;

/// `1 h 5 min, of 188 deployed and 3 waiting (Kaplan-Meier)`, with the words for what ended and what has
/// not; `None` where the plain median says it all.
pub(super) fn words(
    median: Option<&CensoredMedian>,
    of: [&str; 2],
    style: &Style,
) -> Option<String> {
    let median = median?;
    let reason = median.reason.as_deref();
    let reason = reason.map(|reason| style.foreign_within(reason, 160));
    let of = format!(
        "of {} {} and {} {} (Kaplan-Meier)",
        median.events, of[0], median.censored, of[1]
    );
    match (median.value, median.longest) {
        (Some(_), _) if median.censored == 0 => None,
        (Some(value), _) => {
            let left_out = reason.map(|reason| format!(", {reason}"));
            let left_out = left_out.unwrap_or_default();
            Some(format!("{}, {of}{left_out}", duration(value)))
        }
        (None, Some(longest)) if median.censored > 0 => {
            Some(format!("more than {}, {of}", duration(longest)))
        }
        (None, _) if median.events + median.censored == 0 => None,
        (None, _) => Some(format!("no data, {}", reason.unwrap_or(of))),
    }
}

#[cfg(test)]
pub(super) mod sample {
    //! Such medians for tests.

    use super::CensoredMedian;

    pub(in crate::render) fn median(
        value: Option<f64>,
        events: usize,
        censored: usize,
    ) -> CensoredMedian {
        CensoredMedian {
            value,
            unit: "minutes".to_owned(),
            events,
            censored,
            longest: (events > 0).then_some(120.0),
            reason: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sample::median;
    use super::*;

    fn said(median: &CensoredMedian) -> Option<String> {
        words(Some(median), ["deployed", "waiting"], &Style::default())
    }

    #[test]
    fn a_median_says_of_how_many_that_ended_and_did_not() {
        let text = said(&median(Some(65.0), 6, 1));
        let expected = "1 h 5 min, of 6 deployed and 1 waiting (Kaplan-Meier)";
        assert_eq!(text.as_deref(), Some(expected));
    }

    #[test]
    fn where_most_has_not_ended_it_is_longer_than_the_longest() {
        let text = said(&median(None, 2, 5));
        let expected = "more than 2 h, of 2 deployed and 5 waiting (Kaplan-Meier)";
        assert_eq!(text.as_deref(), Some(expected));
        let text = said(&CensoredMedian {
            reason: Some("more than half waited".to_owned()),
            ..median(None, 0, 5)
        });
        assert_eq!(text.as_deref(), Some("no data, more than half waited"));
    }

    #[test]
    fn nothing_is_said_where_the_plain_median_says_it_all() {
        assert_eq!(said(&median(Some(65.0), 6, 0)), None);
        assert_eq!(said(&median(None, 0, 0)), None);
        assert_eq!(words(None, ["", ""], &Style::default()), None);
    }

    #[test]
    fn what_is_not_in_it_is_said() {
        let part = CensoredMedian {
            reason: Some("without web\u{1b}[2J".to_owned()),
            ..median(Some(65.0), 6, 1)
        };
        let text = said(&part).unwrap();
        assert!(
            text.contains("without web") && !text.contains('\u{1b}'),
            "{text}"
        );
    }
}
