//! Arithmetic of the value stream in words that can be followed with paper and pencil: sums with their
//! terms, means, nearest ranks.

use crate::metrics::statistics::{mean, nearest_rank, sample_deviation};
use crate::report::quantity::stream_time;

use super::super::arithmetic::plain;

/// Terms of a sum that are written out; of more the first and the last ones are.
const MOST_TERMS: usize = 12;
const FIRST_TERMS: usize = 8;

/// `98 + 55 + 78`; of many terms the first and the last, and how many lie between.
pub(super) fn terms(values: &[f64]) -> String {
    let said = |values: &[f64]| -> Vec<String> { values.iter().map(|it| plain(*it)).collect() };
    match (values.split_last(), values.get(..FIRST_TERMS)) {
        (None, _) => "0".to_owned(),
        (Some((last, _)), Some(first)) if values.len() > MOST_TERMS => format!(
            "{} + … ({} more) … + {}",
            said(first).join(" + "),
            values.len() - FIRST_TERMS - 1,
            plain(*last)
        ),
        _ => said(values).join(" + "),
    }
}

/// The sum of the values, from zero: that of nothing would be negative zero.
pub(super) fn sum(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |sum, value| sum + value)
}

/// `(98 + 55 + 78) = 231`, or the value alone.
pub(super) fn bracketed(values: &[f64]) -> String {
    match values {
        [_, _, ..] => format!("({})", terms(values)),
        _ => terms(values),
    }
}

/// `P85: rank ⌈0.85 · 3⌉ = 3 of 3 = 194 h (8.1 d)`.
pub(super) fn nearest_rank_step(name: &str, p: f64, sorted: &[f64]) -> String {
    let n = sorted.len();
    let Some(value) = nearest_rank(sorted, p) else {
        return format!("{name}: no row counted");
    };
    // As `nearest_rank` takes it; the cast saturates, it cannot fail.
    let rank = ((p * n as f64 - 1e-9).ceil() as usize).clamp(1, n);
    format!(
        "{name}: rank ⌈{} · {n}⌉ = {rank} of {n} = {}",
        plain(p),
        hours(value)
    )
}

/// `mean: (103 + 192 + 194) ÷ 3 = 163 h (6.8 d)`.
pub(super) fn mean_step(values: &[f64]) -> String {
    match mean(values) {
        None => "mean: no row counted".to_owned(),
        Some(mean) => format!(
            "mean: {} ÷ {} = {}",
            bracketed(values),
            values.len(),
            hours(mean)
        ),
    }
}

/// `limit: 40 + 2 × 27.7128 = 95.4256 h`.
pub(super) fn two_sigma_step(values: &[f64]) -> Option<String> {
    let (mean, deviation) = (mean(values)?, sample_deviation(values)?);
    let limit = mean + 2.0 * deviation;
    Some(format!(
        "mean + 2σ = {} + 2 × {} = {}",
        plain(mean),
        plain(deviation),
        hours(limit)
    ))
}

/// Hours with what they are in days, where that is told: `194 h (8.1 d)`.
pub(super) fn hours(value: f64) -> String {
    match value.abs() >= 48.0 {
        true => format!("{} h ({})", plain(value), stream_time(value)),
        false => format!("{} h", plain(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest_as_the_worked_example_has_them() {
        let times = [103.0, 192.0, 194.0];
        assert_eq!(
            nearest_rank_step("P85", 0.85, &times),
            "P85: rank ⌈0.85 · 3⌉ = 3 of 3 = 194 h (8.1 d)"
        );
        assert_eq!(
            nearest_rank_step("P50", 0.5, &times),
            "P50: rank ⌈0.5 · 3⌉ = 2 of 3 = 192 h (8.0 d)"
        );
        assert_eq!(
            mean_step(&times),
            "mean: (103 + 192 + 194) ÷ 3 = 163 h (6.8 d)"
        );
        assert_eq!(nearest_rank_step("P50", 0.5, &[]), "P50: no row counted");
        assert_eq!(mean_step(&[]), "mean: no row counted");
    }

    #[test]
    fn the_rank_that_is_said_is_the_one_that_is_taken() {
        // 0.85 · 20 = 17 exactly: floating point must not make it 18.
        for n in 1..=400_usize {
            let sorted: Vec<f64> = (1..=n).map(|it| it as f64).collect();
            for p in [0.5, 0.75, 0.85, 0.95] {
                let value = nearest_rank(&sorted, p).unwrap();
                let said = nearest_rank_step("P", p, &sorted);
                assert!(said.contains(&format!("⌉ = {value} of {n} = ")), "{said}");
            }
        }
    }

    #[test]
    fn many_terms_are_said_by_the_first_and_the_last() {
        let many: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(
            terms(&many),
            "1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + … (11 more) … + 20"
        );
        assert_eq!(terms(&[]), "0");
        assert_eq!(
            (bracketed(&[2.0]), bracketed(&[2.0, 3.0])),
            ("2".to_owned(), "(2 + 3)".to_owned())
        );
        assert!(sum(&[]).is_sign_positive());
    }
}
