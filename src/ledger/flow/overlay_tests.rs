//! Rules of what lies over statuses, each told as a short story: labels that stand for one, what blocks,
//! changes of many items at once. The other rules are in `corner_tests`.

use super::story::{Story, account, at, one, preset, way};
use super::{Decision, Outcome};
use crate::model::work_item::{Category, Change};

#[test]
fn a_label_that_stands_for_a_status_is_one_while_it_is_on() {
    let story = Story::of("A-1")
        .enters_as("02 09:00", "opened", Category::New)
        .labelled("03 09:00", "workflow::in dev")
        // Taken off, and another put on 60 seconds later: a change from one to the other.
        .unlabelled("04 09:00", "workflow::in dev")
        .labelled("04 09:01", "workflow::in review")
        // Taken off for 61 seconds: back to the plain status between them.
        .unlabelled("05 09:00", "workflow::in review")
        .labelled("05 09:01:01", "workflow::testing")
        .enters_as("06 09:00", "closed", Category::Done);
    let (account, item) = one(story, "13 09:00");
    assert_eq!(
        way(&account, &item),
        [
            "Discovery 02 09:00..03 09:00",
            "Dev 03 09:00..04 09:01",
            "Review 04 09:01..05 09:00",
            "Discovery 05 09:00..05 09:01",
            "Deploy 05 09:01..06 09:00",
            "Done 06 09:00.."
        ]
    );
}

#[test]
fn a_label_put_on_before_the_old_one_is_taken_off_is_a_change_too() {
    let story = Story::of("A-1")
        .enters("02 09:00", "Open")
        .labelled("03 09:00", "status: in progress")
        .labelled("04 09:00", "status: in review")
        .unlabelled("04 09:00", "status: in progress")
        .unlabelled("05 09:00", "status: in review");
    let (account, item) = one(story, "13 09:00");
    assert_eq!(
        way(&account, &item),
        [
            "Discovery 02 09:00..03 09:00",
            "Dev 03 09:00..04 09:00",
            "Review 04 09:00..05 09:00",
            "Discovery 05 09:00.."
        ]
    );
}

#[test]
fn an_item_opened_again_under_its_label_is_where_the_label_says() {
    let story = Story::of("A-1")
        .created("02 09:00")
        .labelled("02 09:00", "workflow::dev")
        .enters("02 09:00", "Opened")
        .enters("04 09:00", "Closed")
        // What is closed stays closed, whatever is written on it.
        .labelled("04 12:00", "workflow::review")
        .enters("06 09:00", "Reopened");
    let (account, item) = one(story, "13 09:00");
    assert_eq!(
        way(&account, &item),
        [
            "Dev 02 09:00..04 09:00",
            "Done 04 09:00..06 09:00",
            "Review 06 09:00.."
        ]
    );
}

#[test]
fn a_label_that_no_stage_knows_moves_nothing_and_is_listed() {
    let story = Story::of("A-1")
        .enters("02 09:00", "In Progress")
        .labelled("03 09:00", "status:green")
        .enters("04 09:00", "In Review");
    let (account, item) = one(story, "13 09:00");
    assert_eq!(
        way(&account, &item),
        ["Dev 02 09:00..04 09:00", "Review 04 09:00.."]
    );
    let green = account
        .statuses
        .iter()
        .find(|status| status.name == "green");
    assert_eq!(green.map(|it| it.decided_by), Some(Decision::Previous));
}

#[test]
fn flags_labels_and_statuses_block_and_overlap_without_being_counted_twice() {
    let story = Story::of("A-1")
        .enters("02 09:00", "In Progress")
        .stopped("03 09:00", Some("waiting for a key"))
        .labelled("03 15:00", "team: blocked")
        .change("04 09:00", Change::Unblocked)
        .unlabelled("04 15:00", "team: blocked")
        .enters("05 09:00", "On Hold")
        .enters("06 09:00", "In Progress")
        .stopped("07 09:00", None)
        .enters("08 09:00", "Done");
    let (account, item) = one(story, "13 09:00");
    let spans: Vec<_> = item
        .blocked
        .iter()
        .map(|span| (span.from, span.to.unwrap(), span.reason.as_deref()))
        .collect();
    assert_eq!(
        spans,
        [
            (at("03 09:00"), at("03 15:00"), Some("waiting for a key")),
            (at("03 15:00"), at("04 15:00"), Some("team: blocked")),
            (at("05 09:00"), at("06 09:00"), Some("On Hold")),
            // What is done is not blocked, though its flag stayed on.
            (at("07 09:00"), at("08 09:00"), None),
        ]
    );
    // Blocking is no stage.
    assert_eq!(
        way(&account, &item),
        ["Dev 02 09:00..08 09:00", "Done 08 09:00.."]
    );
    assert!(!item.is_blocked());
}

/// Ten items in development, of which the first so many go to another status in one minute.
fn moved_together(count: usize, status: &str) -> Vec<Story> {
    (0..10)
        .map(|index| {
            let story = Story::of(&format!("A-{index}"))
                .enters("02 09:00", "To Do")
                .enters(&format!("03 1{index}:00"), "Testing");
            if index < count {
                story.enters(&format!("05 09:00:0{index}"), status)
            } else {
                story
            }
        })
        .collect()
}

#[test]
fn five_items_of_ten_in_one_minute_are_one_change_of_the_tracker() {
    // From Testing back to another active stage: not one of them moved back.
    let five = account(&moved_together(5, "In Progress"), &preset(), "13 09:00");
    assert_eq!((five.bulk.changes, five.bulk.without_effect), (5, 5));
    assert!(five.items.iter().all(|item| item.moved_back == 0));
    // Where they are is where they are.
    assert_eq!(five.stage_name(five.items[0].stage()), "Dev");
    let four = account(&moved_together(4, "In Progress"), &preset(), "13 09:00");
    assert_eq!(four.bulk.changes, 0);
    assert_eq!(four.items[0].moved_back, 1);
}

#[test]
fn a_change_of_many_that_changes_the_kind_of_stage_counts() {
    let account = account(&moved_together(10, "Done"), &preset(), "13 09:00");
    assert_eq!((account.bulk.changes, account.bulk.without_effect), (10, 0));
    assert!(
        account
            .items
            .iter()
            .all(|item| item.outcome == Outcome::Done)
    );
}

#[test]
fn creating_many_items_at_once_and_dates_without_a_time_are_no_change_of_many() {
    let stories: Vec<Story> = (0..10)
        .map(|index| {
            Story::of(&format!("A-{index}"))
                .enters("02 09:00", "In Progress")
                .enters("04 00:00", "In Review")
        })
        .collect();
    let account = account(&stories, &preset(), "13 09:00");
    assert_eq!(account.bulk.changes, 0);
}

#[test]
fn a_workflow_that_is_replaced_months_later_ends_nothing_again() {
    // As trackers do: every item that was closed gets the new workflow's word for it.
    let story = Story::of("A-1")
        .enters("02 09:00", "In Progress")
        .enters("03 09:00", "Done")
        .enters_as("12-01 09:00", "Abgeschlossen", Category::Done)
        .at_once()
        .enters("12-01 09:00", "Closed")
        .at_once();
    let (account, item) = one(story, "12-20 09:00");
    assert_eq!(item.finished, Some(at("03 09:00")));
    assert_eq!(item.feedback(), None);
    assert_eq!((account.bulk.changes, account.bulk.without_effect), (2, 2));
    // An active item that only the category of its new status places stays in its stage.
    let story = Story::of("A-2")
        .enters("02 09:00", "Testing")
        .enters_as("04 09:00", "In Prüfung", Category::Active)
        .at_once();
    let (account, item) = one(story, "13 09:00");
    assert_eq!(way(&account, &item), ["Deploy 02 09:00.."]);
    assert_eq!(item.moved_back, 0);
}

#[test]
fn a_block_by_another_item_ends_when_that_item_does() {
    let blocker = Story::of("A-9")
        .enters("02 09:00", "In Progress")
        .enters("05 09:00", "Done");
    let waits = |key, reason| {
        Story::of(key)
            .enters("02 09:00", "In Progress")
            .stopped("03 09:00", Some(reason))
    };
    let stories = [
        blocker,
        waits("A-1", "A-9"),
        // It waits for one that is not done, for one that nobody imported, and for no item.
        waits("A-2", "A-1"),
        waits("A-3", "B-7"),
        waits("A-4", "the vendor"),
        // The link came after the end of what it names: it stops nothing.
        Story::of("A-5")
            .enters("02 09:00", "In Progress")
            .stopped("06 09:00", Some("A-9")),
    ];
    let account = account(&stories, &preset(), "13 09:00");
    let blocked = |index: usize| {
        let times = account.items[index].blocked.iter();
        times.map(|time| (time.from, time.to)).collect::<Vec<_>>()
    };
    assert_eq!(blocked(1), [(at("03 09:00"), Some(at("05 09:00")))]);
    assert_eq!(blocked(2), [(at("03 09:00"), None)]);
    assert_eq!(blocked(3), []);
    assert_eq!(blocked(4), [(at("03 09:00"), None)]);
    assert_eq!(blocked(5), []);
    assert_eq!(account.unknown_blockers, 1);
}
