//! More cases by hand, beside `cases`: what a later export says of keys and of why an item was closed.

use crate::model::WorkItem;
use crate::model::work_item::History;

use super::cases::{entered, told, world};

#[test]
fn a_key_that_two_items_have_is_told() {
    let world = world();
    let first = told(History::Complete, 10, &[entered(0, "Open")]);
    let moved = WorkItem {
        id: "90001".to_owned(),
        ..first.clone()
    };
    world.import(std::slice::from_ref(&first));
    assert!(world.items().notices.is_empty());
    world.import(&[moved]);
    let read = world.items();
    assert_eq!(read.items.len(), 2);
    let [notice] = read.notices.as_slice() else {
        panic!("{:?}", read.notices);
    };
    assert_eq!((notice.code.as_str(), notice.count), ("keys-twice", 1));
    assert!(notice.message.contains("FOC-1"), "{}", notice.message);
}

#[test]
fn a_resolution_is_outlived_by_what_happens_after_it_was_told() {
    let closed = [entered(0, "Open"), entered(4, "Closed")];
    let again = [
        entered(0, "Open"),
        entered(4, "Closed"),
        entered(6, "Open"),
        entered(9, "Closed"),
    ];
    let given_up = WorkItem {
        resolution: Some("Won't Do".to_owned()),
        ..told(History::Complete, 4, &closed)
    };
    let resolution = |later: WorkItem| {
        let world = world();
        world.import(std::slice::from_ref(&given_up));
        world.import(&[later]);
        world.items().items[0].resolution.clone()
    };
    let done = told(History::Complete, 9, &again);
    assert_eq!(resolution(done.clone()), None);
    // Told again, the same as it was, with the statuses that followed.
    let once_more = WorkItem {
        resolution: given_up.resolution.clone(),
        ..done
    };
    assert_eq!(resolution(once_more), given_up.resolution);
    // Nothing happened since.
    let unchanged = told(History::Complete, 5, &closed);
    assert_eq!(resolution(unchanged), given_up.resolution);
}
