//! How rows make a figure, step by step, in words that can be followed with paper and pencil.

use crate::metrics::statistics::median_ranks;
use crate::model::{Interval, Measured};
use crate::report::quantity::{duration, number};

use super::document::Figure;

/// A number as arithmetic shows it.
pub(super) fn plain(value: f64) -> String {
    number(value, 4)
}

/// The figure of a measured value.
pub(super) fn figure(
    measured: &Measured<f64>,
    unit: &str,
    text: impl FnOnce(f64, usize) -> String,
) -> Figure {
    let (value, said) = match measured {
        Measured::Known {
            value, sample_size, ..
        } => (Some(*value), text(*value, *sample_size)),
        Measured::Unknown { reason } => (None, format!("no data: {reason}")),
    };
    Figure {
        value,
        unit: unit.to_owned(),
        text: said,
        interval95: measured
            .interval()
            .map(|Interval { low, high }| [low, high]),
        reason: measured.reason().map(str::to_owned),
    }
}

/// The steps to the median of a sorted sample in minutes, and to its interval.
pub(super) fn median_of_minutes(sorted: &[f64]) -> Vec<String> {
    let n = sorted.len();
    let at = |rank: usize| {
        sorted
            .get(rank.saturating_sub(1))
            .copied()
            .unwrap_or(f64::NAN)
    };
    let minutes = |rank: usize| format!("{} min", plain(at(rank)));
    if n == 0 {
        return vec!["no row counted: no median".to_owned()];
    }
    let mut steps = vec![format!(
        "{n} counted, sorted from the smallest: ranks 1 to {n}"
    )];
    steps.push(if n % 2 == 1 {
        let rank = n.div_ceil(2);
        format!("median: rank {rank} of {n} = {}", minutes(rank))
    } else {
        let (low, high) = (n / 2, n / 2 + 1);
        let median = f64::midpoint(at(low), at(high));
        format!(
            "median: (rank {low} + rank {high}) ÷ 2 = ({} + {}) ÷ 2 = {} min",
            plain(at(low)),
            plain(at(high)),
            plain(median)
        )
    });
    steps.push(match median_ranks(n) {
        Some((low, high)) => format!(
            "95 % interval (order statistics): rank {low} to rank {high} = {} to {} ({} to {})",
            minutes(low),
            minutes(high),
            duration(at(low)),
            duration(at(high))
        ),
        None => "95 % interval (order statistics): none below 6 observations".to_owned(),
    });
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_names_its_ranks() {
        // Spec 2.12: 10, 20, 30, 60, 60, 120 have the median 45; of six the interval is the range.
        let steps = median_of_minutes(&[10.0, 20.0, 30.0, 60.0, 60.0, 120.0]);
        assert_eq!(
            steps,
            [
                "6 counted, sorted from the smallest: ranks 1 to 6",
                "median: (rank 3 + rank 4) ÷ 2 = (30 + 60) ÷ 2 = 45 min",
                "95 % interval (order statistics): rank 1 to rank 6 = 10 min to 120 min (10 min to 2 h)",
            ]
        );
    }

    #[test]
    fn an_odd_sample_has_one_middle_and_a_small_one_no_interval() {
        let steps = median_of_minutes(&[0.5, 2.0, 7.25]);
        assert_eq!(steps[1], "median: rank 2 of 3 = 2 min");
        assert_eq!(
            steps[2],
            "95 % interval (order statistics): none below 6 observations"
        );
        assert_eq!(median_of_minutes(&[3.0])[1], "median: rank 1 of 1 = 3 min");
        assert_eq!(median_of_minutes(&[]), ["no row counted: no median"]);
    }
}
