//! The words of a series: its name, its values, its buckets. What is drawn of it is in `chart`, what
//! changed along it in `said`.

use crate::report::quantity::{RateUnit, duration, number, percent, points, stream_time};
use crate::report::trend::{BandLimit, BucketRow, Series, TrendReport};

use crate::render::measure::name_of_key;
use crate::render::style::Style;

/// A rise of so many per cent is said as "so many times".
const MANIFOLD: f64 = 1000.0;
/// Below this width words give way to signs.
const NARROW: usize = 60;

/// What kind of quantity a series is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Per day, said per this unit: the same for all values of a series.
    Rate(RateUnit),
    /// Minutes.
    Minutes,
    /// Hours of the value stream.
    Hours,
    /// 0 to 1.
    Share,
    /// Items per week.
    PerWeek,
    /// Items.
    Items,
}

/// The kind of a series, by its unit.
pub(super) fn kind(series: &Series) -> Kind {
    match series.unit.as_str() {
        "deploys_per_day" => {
            // That of the typical bucket: one busy week would make the others 0.02 a day.
            let values = series.buckets.iter().filter_map(|row| row.value);
            let mut values: Vec<f64> = values.filter(|&value| value > 0.0).collect();
            values.sort_by(f64::total_cmp);
            Kind::Rate(RateUnit::of(
                values.get(values.len() / 2).copied().unwrap_or(0.0),
            ))
        }
        "minutes" => Kind::Minutes,
        "hours" => Kind::Hours,
        "ratio" => Kind::Share,
        "items_per_week" => Kind::PerWeek,
        _ => Kind::Items,
    }
}

/// Its name: `Lead time, median`.
pub(super) fn name(series: &Series) -> &'static str {
    if let Some(name) = name_of_key(&series.metric) {
        return name.long;
    }
    match series.metric.as_str() {
        "flow_time" => "Flow time, median",
        "flow_efficiency" => "Flow efficiency",
        "flow_velocity" => "Flow velocity",
        "flow_load" => "Flow load, mean",
        _ => "Value",
    }
}

/// Its name as files have it, the same as in the CSV of a report.
pub(super) fn full_name(series: &Series) -> &'static str {
    name_of_key(&series.metric).map_or_else(|| name(series), |known| known.full)
}

/// Its name as the head of a narrow column.
pub(super) fn short_name(series: &Series) -> &'static str {
    if let Some(name) = name_of_key(&series.metric) {
        return name.short;
    }
    match series.metric.as_str() {
        "flow_time" => "Flow time",
        "flow_efficiency" => "Efficiency",
        "flow_velocity" => "Velocity",
        "flow_load" => "Load",
        _ => "Value",
    }
}

/// A value in words.
pub(super) fn value(kind: Kind, value: f64) -> String {
    match kind {
        Kind::Rate(unit) => format!("{} /{}", unit.number(value), unit.name()),
        Kind::Minutes => duration(value),
        Kind::Hours => stream_time(value),
        Kind::Share => percent(value),
        Kind::PerWeek => format!("{} /week", number(value, 1)),
        Kind::Items => number(value, 1),
    }
}

/// What a band asks for: `elite < 1 h`.
pub(super) fn limit(kind: Kind, limit: &BandLimit, style: &Style) -> String {
    let sign = match limit.comparator {
        ">=" => style.at_least(),
        "<=" => style.at_most(),
        other => other,
    };
    let size = match kind {
        Kind::Rate(unit) => format!("{} /{}", unit.limit(limit.value), unit.name()),
        kind => value(kind, limit.value),
    };
    format!("{} {sign} {size}", limit.band.name())
}

/// What a value rests on: `54`, or `5/54` of a share of deployments.
pub(super) fn sample(row: &BucketRow) -> String {
    match row.part {
        Some(part) => format!("{part}/{}", row.count),
        None => row.count.to_string(),
    }
}

/// What the sample is called at the head of its column. A load rests on no sample: beside its mean stands
/// what was in progress at the end.
pub(super) fn counted(series: &Series) -> &'static str {
    match kind(series) {
        Kind::Items => "at the end",
        _ => "n",
    }
}

/// The name of a bucket with what is not whole about it; where room is short, with a sign.
pub(super) fn bucket(row: &BucketRow, style: &Style) -> String {
    let is_narrow = style.width < NARROW && !style.accessible;
    match row.extent {
        "so-far" | "partial" if is_narrow => format!("{}{}", row.bucket, style.unfinished()),
        "so-far" => format!("{} (so far)", row.bucket),
        "partial" => format!("{} (in part)", row.bucket),
        _ => row.bucket.clone(),
    }
}

/// The change against the bucket before: `↑ 12 % improving`, and empty where there is none to tell.
pub(super) fn change(row: &BucketRow, style: &Style) -> String {
    let trend = &row.trend;
    let (Some(now), Some(before)) = (row.value, trend.previous_value) else {
        return String::new();
    };
    let size = match trend.change_percent {
        Some(percent) if percent >= MANIFOLD => {
            let times = number(percent / 100.0 + 1.0, 0);
            format!("{} {times}", style.times())
        }
        Some(percent) if percent.abs() >= 10.0 => format!("{} %", number(percent.abs(), 0)),
        Some(percent) => format!("{} %", points((percent / 100.0).abs())),
        None => "from 0".to_owned(),
    };
    let word = match (trend.significant, trend.direction) {
        (_, crate::model::Judgement::Unknown) => "",
        (_, crate::model::Judgement::Stable) => "stable",
        (Some(false), _) => "within noise",
        (_, direction) => direction.name(),
    };
    if now == before {
        return "unchanged".to_owned();
    }
    if style.accessible {
        let way = if now > before { "up" } else { "down" };
        return format!("{way} {size} {word}").trim_end().to_owned();
    }
    let arrow = style.arrow(now - before);
    format!("{arrow} {size} {word}").trim_end().to_owned()
}

/// The head of the column of buckets: `Month`.
pub(super) fn unit(report: &TrendReport) -> &'static str {
    match report.by.as_str() {
        "week" => "Week",
        "quarter" => "Quarter",
        _ => "Month",
    }
}

/// Whether it is a count per time, drawn as bars; anything else is a line.
pub(super) fn is_bars(kind: Kind) -> bool {
    matches!(kind, Kind::Rate(_) | Kind::PerWeek)
}

/// Leading buckets from before the record, which nothing can be said of.
pub(super) fn before_record(series: &Series) -> usize {
    let rows = series.buckets.iter();
    let count = rows.take_while(|row| row.extent == "before-record").count();
    // Where there is nothing else, they are all there is.
    if count == series.buckets.len() {
        0
    } else {
        count
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Judgement;
    use crate::render::trend::sample;

    use super::*;

    fn row(before: Option<f64>, value: f64, significant: bool) -> BucketRow {
        let mut row = sample::lead_time().buckets.swap_remove(1);
        row.value = Some(value);
        row.trend.previous_value = before;
        row.trend.change_percent = before
            .filter(|before| *before != 0.0)
            .map(|before| (value - before) / before * 100.0);
        row.trend.direction = match before {
            Some(_) => Judgement::Degrading,
            None => Judgement::Unknown,
        };
        row.trend.significant = Some(significant);
        row
    }

    #[test]
    fn a_change_is_said_with_its_size_and_its_judgement() {
        let style = Style::default();
        for (before, value, significant, words) in [
            (Some(100.0), 104.6, true, "↑ 4.6 % degrading"),
            (Some(100.0), 60.0, true, "↓ 40 % degrading"),
            (Some(100.0), 160.0, false, "↑ 60 % within noise"),
            (Some(100.0), 3600.0, true, "↑ × 36 degrading"),
            (Some(0.0), 5.0, true, "↑ from 0 degrading"),
            (Some(5.0), 5.0, true, "unchanged"),
            (None, 5.0, true, ""),
        ] {
            assert_eq!(change(&row(before, value, significant), &style), words);
        }
        let spoken = Style {
            accessible: true,
            ..style
        };
        let down = row(Some(100.0), 60.0, true);
        assert_eq!(change(&down, &spoken), "down 40 % degrading");
    }

    #[test]
    fn a_bucket_that_is_not_whole_says_so_in_words_or_where_room_is_short_with_a_sign() {
        let mut bucket = row(None, 5.0, true);
        let narrow = Style {
            width: 40,
            ..Style::default()
        };
        assert_eq!(super::bucket(&bucket, &narrow), "2024-02");
        bucket.extent = "so-far";
        assert_eq!(super::bucket(&bucket, &narrow), "2024-02…");
        assert_eq!(
            super::bucket(&bucket, &Style::default()),
            "2024-02 (so far)"
        );
        bucket.extent = "partial";
        assert_eq!(
            super::bucket(&bucket, &Style::default()),
            "2024-02 (in part)"
        );
    }

    #[test]
    fn the_unit_of_a_rate_is_that_of_the_typical_bucket() {
        let of = |values: [f64; 5]| {
            let mut series = sample::frequency();
            let row = series.buckets[0].clone();
            series.buckets = values
                .map(|value| {
                    let mut row = row.clone();
                    row.value = Some(value);
                    row
                })
                .into();
            kind(&series)
        };
        // One bucket above 1 a day among releases every other month.
        let rare = of([1.5, 0.0, 0.016, 0.016, 0.016]);
        assert_eq!(rare, Kind::Rate(RateUnit::Month));
        assert_eq!(value(rare, 0.016), "0.49 /month");
        assert_eq!(of([0.0; 5]), Kind::Rate(RateUnit::Month));
        assert_eq!(of([2.0, 0.0, 1.2, 1.1, 0.2]), Kind::Rate(RateUnit::Day));
    }

    #[test]
    fn all_values_of_a_series_are_in_one_unit() {
        let frequency = sample::frequency();
        let kind = kind(&frequency);
        assert_eq!(value(kind, 1.2), "8.4 /week");
        assert_eq!(value(kind, 0.2), "1.4 /week");
        let limits: Vec<String> = frequency
            .limits
            .iter()
            .map(|one| limit(kind, one, &Style::default()))
            .collect();
        assert_eq!(
            limits,
            [
                "elite ≥ 7 /week",
                "high ≥ 0.98 /week",
                "medium ≥ 0.21 /week"
            ]
        );
    }
}
