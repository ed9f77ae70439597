//! Single rules, each told as a short story whose outcome was worked out by hand.

use super::story::{Story, account, at, example_settings, one, settings, stage, way};
use super::{Decision, Outcome};
use crate::model::work_item::{Category, Change, History};
use crate::model::{FlowType, StageKind, Tracker};

#[test]
fn another_status_of_the_same_stage_begins_no_visit() {
    let story = Story::of("A-1")
        .enters("02 09:00", "To Do")
        .enters("03 09:00", "In Progress")
        .enters("04 09:00", "In Development")
        .enters("05 09:00", "In Progress")
        .enters("06 09:00", "Done");
    let (account, item) = one(story, "13 09:00");
    assert_eq!(
        way(&account, &item),
        [
            "Discovery 02 09:00..03 09:00",
            "Dev 03 09:00..06 09:00",
            "Done 06 09:00.."
        ]
    );
}

#[test]
fn from_done_to_a_closing_status_is_feedback_and_still_done() {
    let story = Story::of("A-1")
        .enters("02 09:00", "In Progress")
        .enters("04 09:00", "Done")
        .enters("05 15:00", "Closed")
        .enters("06 15:00", "Verified");
    let (_, item) = one(story, "13 09:00");
    assert_eq!(item.finished, Some(at("04 09:00")));
    // To the first of them: 30 hours.
    assert_eq!(item.feedback().unwrap().num_minutes(), 30 * 60);
}

#[test]
fn what_is_closed_at_once_has_no_feedback_and_what_is_opened_again_starts_it_anew() {
    let closed = Story::of("A-1")
        .enters("02 09:00", "In Progress")
        .enters("04 09:00", "Closed")
        .enters("05 09:00", "Verified");
    assert_eq!(one(closed, "13 09:00").1.feedback(), None);
    let reopened = Story::of("A-2")
        .enters("02 09:00", "In Progress")
        .enters("03 09:00", "Done")
        .enters("04 09:00", "Closed")
        .enters("05 09:00", "In Progress")
        .enters("06 09:00", "Done");
    let (_, item) = one(reopened.clone(), "13 09:00");
    assert_eq!((item.feedback(), item.reopened), (None, 1));
    let (_, item) = one(reopened.enters("06 12:00", "Released"), "13 09:00");
    assert_eq!(item.feedback().unwrap().num_hours(), 3);
}

#[test]
fn an_item_opened_again_twice_is_done_once_and_last() {
    let story = Story::of("A-1")
        .enters("02 09:00", "In Progress")
        .enters("03 09:00", "Done")
        .enters("04 09:00", "In Progress")
        .enters("05 09:00", "Done")
        .enters("06 09:00", "To Do")
        .enters("08 09:00", "Done");
    let (_, item) = one(story.clone(), "13 09:00");
    assert_eq!(item.reopened, 2);
    assert_eq!(item.finished, Some(at("08 09:00")));
    assert_eq!(item.flow_time().unwrap().num_hours(), 144);
    // While it is open again it is in progress: its start stands.
    let (_, open) = one(story, "07 09:00");
    assert_eq!((open.outcome, open.finished), (Outcome::Open, None));
    assert_eq!(open.started, Some(at("02 09:00")));
}

#[test]
fn changes_of_one_instant_happen_in_the_order_of_their_source() {
    let story = Story::of("A-1")
        .enters("02 09:00", "To Do")
        .enters("03 09:00", "In Progress")
        .enters("03 09:00", "In Review")
        .enters("03 09:00", "Done");
    let (account, item) = one(story, "13 09:00");
    assert_eq!(item.outcome, Outcome::Done);
    // It was started and done in the same instant: a flow time of nothing, not none.
    assert_eq!(item.flow_time(), Some(chrono::TimeDelta::zero()));
    assert_eq!(way(&account, &item).len(), 4);
    // Newest first, as some exports tell it: time decides.
    let newest_first = Story::of("A-1")
        .created("02 09:00")
        .enters("05 09:00", "Done")
        .enters("03 09:00", "In Progress")
        .enters("02 09:00", "To Do");
    let (account, item) = one(newest_first, "13 09:00");
    assert_eq!(
        way(&account, &item),
        [
            "Discovery 02 09:00..03 09:00",
            "Dev 03 09:00..05 09:00",
            "Done 05 09:00.."
        ]
    );
}

#[test]
fn a_status_that_was_renamed_is_the_stage_of_its_latest_name_for_all_items() {
    let stages = vec![
        stage("Backlog", StageKind::Queue),
        stage("Build", StageKind::Active),
        stage("Check", StageKind::Wait),
        stage("Done", StageKind::Done),
    ];
    // Status 7 was called Bauen, and nobody has that word any more.
    let stories = [
        Story::of("A-1")
            .enters("02 09:00", "Backlog")
            .enters_id("03 09:00", "Bauen", "7"),
        Story::of("A-2")
            .enters("02 09:00", "Backlog")
            .enters_id("05 09:00", "Build", "7"),
        // The same number in another tracker is another status.
        Story::of("A-3")
            .told_by(Tracker::Gitlab, History::Complete)
            .enters("02 09:00", "Backlog")
            .enters_id("03 09:00", "Bauen", "7"),
    ];
    let account = account(&stories, &settings(stages), "13 09:00");
    let now: Vec<&str> = account
        .items
        .iter()
        .map(|item| account.stage_name(item.stage()))
        .collect();
    assert_eq!(now, ["Build", "Build", "Backlog"]);
    let decided: Vec<(&str, Decision)> = account
        .statuses
        .iter()
        .map(|status| (status.name.as_str(), status.decided_by))
        .collect();
    assert_eq!(
        decided,
        [
            ("Backlog", Decision::Stage),
            ("Bauen", Decision::Stage),
            ("Build", Decision::Stage),
            ("Bauen", Decision::Previous),
        ]
    );
}

#[test]
fn a_status_without_a_stage_is_what_its_tracker_says_else_nothing_moves() {
    let story = Story::of("A-1")
        .enters("02 09:00", "To Do")
        .enters_as("03 09:00", "Tinkering", Category::Active)
        .enters("04 09:00", "Somewhere")
        .enters_as("05 09:00", "Parked", Category::Wait)
        // Known from the event before: the same status, told without its category.
        .enters("06 09:00", "Tinkering")
        .enters_as("07 09:00", "Ready for customers", Category::Done);
    let (account, item) = one(story, "13 09:00");
    assert_eq!(
        way(&account, &item),
        [
            "Discovery 02 09:00..03 09:00",
            "Dev 03 09:00..05 09:00",
            "Review 05 09:00..06 09:00",
            "Dev 06 09:00..07 09:00",
            "Done 07 09:00.."
        ]
    );
    let unknown = account.statuses.last().unwrap();
    assert_eq!(
        (unknown.name.as_str(), unknown.entries, unknown.decided_by),
        ("Somewhere", 1, Decision::Previous)
    );
    let tinkering = account.statuses.iter().find(|it| it.name == "Tinkering");
    assert_eq!(tinkering.map(|it| it.entries), Some(2));
}

#[test]
fn two_stages_of_one_kind_share_a_category_and_the_first_takes_it() {
    let stages = vec![
        stage("Ideas", StageKind::Queue),
        stage("Plan", StageKind::Active),
        stage("Make", StageKind::Active),
        stage("Live", StageKind::Done),
    ];
    let story = Story::of("A-1")
        .enters_as("02 09:00", "ideas", Category::New)
        .enters_as("03 09:00", "MAKE", Category::Active)
        .enters_as("04 09:00", "Fixing", Category::Active)
        .enters_as("05 09:00", "live 🎉", Category::Done);
    let account = account(&[story], &settings(stages), "13 09:00");
    assert_eq!(
        way(&account, &account.items[0]),
        [
            "Ideas 02 09:00..03 09:00",
            "Make 03 09:00..04 09:00",
            "Plan 04 09:00..05 09:00",
            "Live 05 09:00.."
        ]
    );
}

#[test]
fn a_resolution_that_gives_up_makes_a_done_item_cancelled() {
    let story = Story::of("A-1")
        .resolved("won't do")
        .enters("02 09:00", "In Progress")
        .enters("04 09:00", "Done");
    let (_, item) = one(story.clone(), "13 09:00");
    assert_eq!(item.outcome, Outcome::Cancelled);
    assert_eq!(item.finished, Some(at("04 09:00")));
    assert_eq!(item.flow_time(), None);
    // Before it was done, it is merely open.
    assert_eq!(one(story, "03 09:00").1.outcome, Outcome::Open);
    // The resolution is that of the last time: at the first it was done.
    let again = Story::of("A-2")
        .resolved("Duplicate")
        .enters("02 09:00", "In Progress")
        .enters("04 09:00", "Done")
        .enters("06 09:00", "In Progress")
        .enters("08 09:00", "Done");
    assert_eq!(one(again.clone(), "05 09:00").1.outcome, Outcome::Done);
    assert_eq!(one(again, "13 09:00").1.outcome, Outcome::Cancelled);
    // Done means what it says while the item is open.
    let open = Story::of("A-3")
        .resolved("Duplicate")
        .enters("02 09:00", "To Do");
    assert_eq!(one(open, "13 09:00").1.outcome, Outcome::NotStarted);
}

#[test]
fn what_is_removed_is_set_aside_from_then_on() {
    let story = Story::of("A-1")
        .enters("02 09:00", "In Progress")
        .stopped("03 09:00", None)
        .change("04 09:00", Change::Removed);
    let (account, item) = one(story.clone(), "13 09:00");
    assert_eq!(item.outcome, Outcome::Removed);
    assert_eq!(way(&account, &item), ["Dev 02 09:00..04 09:00"]);
    assert_eq!(item.blocked[0].to, Some(at("04 09:00")));
    assert_eq!(one(story.clone(), "03 12:00").1.outcome, Outcome::Open);
    // It came back.
    let back = story.enters("05 09:00", "In Review");
    assert_eq!(one(back, "13 09:00").1.outcome, Outcome::Open);
    // What was done before stays done.
    let done = Story::of("A-2")
        .enters("02 09:00", "In Progress")
        .enters("03 09:00", "Done")
        .change("04 09:00", Change::Removed);
    assert_eq!(one(done, "13 09:00").1.outcome, Outcome::Done);
}

#[test]
fn the_kind_of_work_is_that_of_its_type_when_done_else_of_a_label() {
    let story = Story::of("A-1")
        .typed("Bug")
        .change("02 09:00", Change::Type("Story".to_owned()))
        .enters("02 09:00", "In Progress")
        .enters("04 09:00", "Done")
        .change("06 09:00", Change::Type("Bug".to_owned()));
    assert_eq!(one(story, "13 09:00").1.flow_type, FlowType::Feature);
    let mut labelled = Story::of("A-2").typed("Task").enters("02 09:00", "To Do");
    labelled.0.labels = vec!["area/web".to_owned(), "type::bug".to_owned()];
    assert_eq!(one(labelled, "13 09:00").1.flow_type, FlowType::Defect);
    let unknown = Story::of("A-3").typed("Task").enters("02 09:00", "To Do");
    let (account, item) = one(unknown, "13 09:00");
    assert_eq!(item.flow_type, FlowType::Unclassified);
    assert_eq!(account.unmapped_types, [("Task".to_owned(), 1)]);
}

#[test]
fn the_value_is_the_last_one_that_was_set_before() {
    let story = Story::of("A-1")
        .valued(8.0)
        .enters("02 09:00", "To Do")
        .change("03 09:00", Change::Value(Some(5.0)))
        .change("05 09:00", Change::Value(Some(8.0)));
    let value = |as_of| one(story.clone(), as_of).1.value;
    assert_eq!(value("13 09:00"), Some(8.0));
    assert_eq!(value("04 09:00"), Some(5.0));
    assert_eq!(value("02 12:00"), None);
    let hostile = Story::of("A-2")
        .valued(f64::NAN)
        .enters("02 09:00", "To Do");
    assert_eq!(one(hostile, "13 09:00").1.value, None);
}

#[test]
fn what_lies_before_the_first_status_and_before_creation() {
    // Created on the second, first heard of on the fourth.
    let late = Story::of("A-1")
        .created("02 09:00")
        .enters("04 09:00", "In Progress");
    let (account, item) = one(late, "13 09:00");
    assert_eq!(
        way(&account, &item),
        ["Discovery 02 09:00..04 09:00", "Dev 04 09:00.."]
    );
    // Moved here from another tracker after work had begun.
    let moved = Story::of("A-2")
        .created("04 09:00")
        .enters("02 09:00", "In Progress")
        .enters("05 09:00", "Done");
    let (account, item) = one(moved, "13 09:00");
    assert_eq!(
        (item.created, account.older_than_creation),
        (at("02 09:00"), 1)
    );
    assert_eq!(item.flow_time().unwrap().num_hours(), 72);
    // Nothing is told at all.
    let silent = Story::of("A-3").created("02 09:00");
    let (account, item) = one(silent, "13 09:00");
    assert_eq!(way(&account, &item), ["Discovery 02 09:00.."]);
}

#[test]
fn an_item_back_in_the_backlog_is_still_started() {
    let story = Story::of("A-1")
        .enters("02 09:00", "In Progress")
        .enters("03 09:00", "Backlog");
    let (_, item) = one(story, "13 09:00");
    assert_eq!((item.outcome, item.moved_back), (Outcome::Open, 1));
}

#[test]
fn no_items_make_an_empty_account() {
    let account = account(&[], &example_settings(), "13 09:00");
    assert!(account.items.is_empty() && account.statuses.is_empty());
    assert_eq!(account.record_start(), None);
}

#[test]
fn an_item_that_was_opened_again_is_the_kind_of_work_that_it_is_now() {
    let story = Story::of("A-1")
        .typed("Bug")
        .enters("02 09:00", "In Progress")
        .change("02 09:00", Change::Type("Story".to_owned()))
        .enters("04 09:00", "Done")
        .enters("05 09:00", "To Do")
        .change("06 09:00", Change::Type("Bug".to_owned()));
    let (_, item) = one(story, "13 09:00");
    assert_eq!(item.flow_type, FlowType::Defect);
}
