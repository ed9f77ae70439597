//! The long view of work items: each bucket as `dora flow --period` measures it.

use crate::ledger::flow::FlowAccount;
use crate::metrics::buckets::{Bucket, Extent};
use crate::metrics::trend_series::{TrendMetric, flow_value};
use crate::model::Measured;
use crate::report::Trend;

use super::compose::change_of;
use super::document::BucketRow;

/// One row per bucket, with how much of each is known.
pub(super) fn rows(
    account: &FlowAccount,
    metric: TrendMetric,
    buckets: &[Bucket],
) -> (Vec<Extent>, Vec<BucketRow>) {
    let record = account.record_start();
    let before_first = buckets.first().map(|bucket| Bucket {
        window: bucket.previous,
        is_over: true,
        ..bucket.clone()
    });
    // A value of a bucket in which the record begins is of another length of time.
    let comparable = |bucket: &Bucket, measured: &Measured<f64>| {
        let is_whole = bucket.extent(record) == Extent::Whole;
        measured.value().copied().filter(|_| is_whole)
    };
    let mut previous =
        before_first.and_then(|bucket| comparable(&bucket, &flow_value(account, metric, &bucket)));
    let mut rows = Vec::with_capacity(buckets.len());
    for bucket in buckets {
        let measured = flow_value(account, metric, bucket);
        let value = measured.value().copied();
        rows.push(BucketRow {
            bucket: bucket.label.clone(),
            start: bucket.window.start,
            end: bucket.window.end,
            extent: bucket.extent(record).name(),
            value,
            count: match &measured {
                Measured::Known { sample_size, .. } => *sample_size,
                Measured::Unknown { .. } => 0,
            },
            part: None,
            band: None,
            certainty: None,
            interval95: None,
            trend: Trend {
                previous_value: previous,
                change_percent: change_of(value, previous),
                ..Trend::default()
            },
            reason: measured.reason().map(str::to_owned),
        });
        previous = comparable(bucket, &measured);
    }
    let extents = buckets.iter().map(|bucket| bucket.extent(record)).collect();
    (extents, rows)
}
