//! Flow distribution (spec 6.3): how much of what was done is of each kind of work, by number and by
//! business value. Items without a value count by number alone.

use super::share;
use crate::ledger::flow::FlowAccount;
use crate::model::{FlowType, Window};

/// One kind of work among the items done in a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KindShare {
    /// The kind.
    pub flow_type: FlowType,
    /// Items.
    pub count: usize,
    /// Their share; `None` when nothing was done.
    pub share: Option<f64>,
    /// Items that have a value.
    pub valued: usize,
    /// Their business value.
    pub value: f64,
    /// Its share; `None` when no item has a value.
    pub value_share: Option<f64>,
}

/// The kinds of the items done in a window, in the order of [`FlowType::ALL`].
pub fn flow_distribution(account: &FlowAccount, window: Window) -> [KindShare; 5] {
    let mut kinds = FlowType::ALL.map(|flow_type| KindShare {
        flow_type,
        count: 0,
        share: None,
        valued: 0,
        value: 0.0,
        value_share: None,
    });
    for item in super::done_by_value(account, window) {
        let kind = kinds
            .iter_mut()
            .find(|kind| kind.flow_type == item.flow_type);
        if let Some(kind) = kind {
            kind.count += 1;
            kind.valued += usize::from(item.value.is_some());
            kind.value += item.value.unwrap_or(0.0);
        }
    }
    let count: usize = kinds.iter().map(|kind| kind.count).sum();
    let value: f64 = kinds.iter().map(|kind| kind.value).sum();
    kinds.map(|kind| KindShare {
        share: share(kind.count as f64, count as f64),
        value_share: share(kind.value, value),
        ..kind
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{account, at, example, example_settings};

    #[test]
    fn the_worked_example_by_number_and_by_value() {
        let march = Window::new(at("01 00:00"), at("31 00:00"));
        let kinds = flow_distribution(&example(), march);
        let shares = kinds.map(|kind| kind.share.unwrap());
        assert_eq!(shares, [0.25, 0.25, 0.25, 0.25, 0.0]);
        let values = kinds.map(|kind| kind.value);
        assert_eq!(values, [8.0, 3.0, 2.0, 1.0, 0.0]);
        let shares = kinds.map(|kind| (kind.value_share.unwrap() * 1000.0).round() / 10.0);
        assert_eq!(shares, [57.1, 21.4, 14.3, 7.1, 0.0]);
        let nothing = flow_distribution(&account(&[], &example_settings(), "13 09:00"), march);
        assert!(
            nothing
                .iter()
                .all(|kind| kind.share.is_none() && kind.value_share.is_none())
        );
    }
}
