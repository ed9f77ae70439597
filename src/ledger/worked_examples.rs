//! Both examples of spec 2.12 on the ledger: what each deployment brought, what failed, by which
//! rule, what restored it.

use super::story::{Story, at, failures, outages};
use super::{ChangeKind, DeploymentKind};

fn first_example() -> Story {
    Story::until("2026-03-09 09:00")
        .repository(&["api"])
        .line(&[
            ("c1", "2026-03-02 09:00", "feat: start"),
            ("c2", "2026-03-02 10:00", "feat: a"),
            ("c3", "2026-03-02 11:30", "feat: b"),
            ("c4", "2026-03-03 09:00", "feat: c"),
            ("c5", "2026-03-03 09:20", "fix: c crashed"),
            ("c6", "2026-03-04 14:00", "feat: d"),
            ("c7", "2026-03-05 08:00", "feat: e"),
            ("c8", "2026-03-06 08:00", "feat: f"),
        ])
        .deploy("2026-03-02 09:30", &[("api", "c1")])
        .deploy("2026-03-02 12:00", &[("api", "c3")])
        .deploy("2026-03-03 09:10", &[("api", "c4")])
        .deploy("2026-03-03 09:40", &[("api", "c5")])
        .deploy("2026-03-04 15:00", &[("api", "c6")])
        .deploy("2026-03-04 15:45", &[("api", "c5")])
        .deploy("2026-03-05 09:00", &[("api", "c7")])
        .deploy("2026-03-05 09:30", &[("api", "c7")])
}

#[test]
fn the_first_example_ships_fails_and_recovers_as_written() {
    let story = first_example();
    let account = story.account();
    let brought: Vec<Vec<String>> = account
        .deployments
        .iter()
        .map(|deployment| story.brought(deployment))
        .collect();
    assert_eq!(
        brought,
        [
            &[][..],
            &["c2", "c3"],
            &["c4"],
            &["c5"],
            &["c6"],
            &[],
            &["c7"],
            &[]
        ]
    );
    let lead_times: Vec<Vec<i64>> = account
        .deployments
        .iter()
        .map(|deployment| {
            deployment
                .lead_times()
                .map(|span| span.num_minutes())
                .collect()
        })
        .collect();
    assert_eq!(
        lead_times,
        [&[][..], &[120, 30], &[10], &[20], &[60], &[], &[60], &[]]
    );
    let kinds: Vec<ChangeKind> = account
        .deployments
        .iter()
        .map(|deployment| deployment.components[0].kind)
        .collect();
    assert_eq!(
        kinds,
        [
            ChangeKind::Baseline,
            ChangeKind::Forward,
            ChangeKind::Forward,
            ChangeKind::Forward,
            ChangeKind::Forward,
            ChangeKind::Rollback,
            ChangeKind::Forward,
            ChangeKind::Redeploy,
        ]
    );
    assert_eq!(account.deployments[7].kind, DeploymentKind::Redeployment);
    assert_eq!(failures(&account), ["2: hotfix → 3", "4: rollback → 5"]);
    assert_eq!(
        outages(&account),
        [(vec![2], Some(30)), (vec![4], Some(45))]
    );
    let rework: Vec<usize> = (0..8)
        .filter(|&index| account.deployments[index].is_rework)
        .collect();
    assert_eq!(rework, [3, 5]);
    let waiting = account.waiting.unwrap();
    assert_eq!(
        (waiting.count, waiting.oldest),
        (1, Some(at("2026-03-06 08:00")))
    );
}

#[test]
fn as_of_hides_what_came_at_or_after_it() {
    let mut story = first_example();
    story.facts.as_of = at("2026-03-04 15:45");
    let account = story.account();
    assert_eq!(account.deployments.len(), 5);
    assert_eq!(failures(&account), ["2: hotfix → 3"]);
    let waiting = account.waiting.unwrap();
    assert_eq!(waiting.count, 0, "c7 and c8 were committed later");
}

fn second_example() -> Story {
    Story::until("2026-04-08 09:00")
        .repository(&["web"])
        .line(&[
            ("w1", "2026-04-06 09:50", "feat: one"),
            ("w2", "2026-04-06 12:00", "feat: two"),
            ("w3", "2026-04-07 08:50", "feat: three"),
            (
                "w4",
                "2026-04-07 10:50",
                "Revert \"feat: three\"\n\nThis reverts commit w3.",
            ),
        ])
        .repository(&["core"])
        .line(&[
            ("k1", "2026-04-06 08:50", "feat: one"),
            ("k2", "2026-04-06 11:50", "feat: two"),
            ("k3", "2026-04-06 14:20", "fix: two"),
            ("k4", "2026-04-07 09:20", "feat: four"),
        ])
        .deploy("2026-04-06 09:00", &[("web", "latest"), ("core", "k1")])
        .deploy("2026-04-06 10:00", &[("web", "w1"), ("core", "k1")])
        .deploy("2026-04-06 12:00", &[("web", "w1"), ("core", "k2")])
        .deploy("2026-04-06 12:10", &[("web", "w2"), ("core", "k2")])
        .deploy("2026-04-06 14:00", &[("web", "w2"), ("core", "k1")])
        .deploy("2026-04-06 14:30", &[("web", "w2"), ("core", "k3")])
        .deploy("2026-04-07 09:00", &[("web", "w3"), ("core", "k3")])
        .deploy("2026-04-07 09:30", &[("web", "w3"), ("core", "k4")])
        .deploy("2026-04-07 11:00", &[("web", "w4"), ("core", "k4")])
}

#[test]
fn the_second_example_judges_each_component_by_itself() {
    let story = second_example();
    let account = story.account();
    let brought: Vec<Vec<String>> = account
        .deployments
        .iter()
        .map(|deployment| story.brought(deployment))
        .collect();
    assert_eq!(
        brought,
        [
            &[][..],
            &[],
            &["k2"],
            &["w2"],
            &[],
            &["k3"],
            &["w3"],
            &["k4"],
            &["w4"]
        ]
    );
    assert!(
        account
            .deployments
            .iter()
            .flat_map(super::Deployment::lead_times)
            .all(|span| span.num_minutes() == 10)
    );
    assert_eq!(failures(&account), ["2: rollback → 4", "6: revert → 8"]);
    assert_eq!(
        outages(&account),
        [(vec![2], Some(120)), (vec![6], Some(120))]
    );
    let rework: Vec<usize> = (0..9)
        .filter(|&index| account.deployments[index].is_rework)
        .collect();
    assert_eq!(rework, [4, 8]);
    assert_eq!(account.deployments[0].components.len(), 2);
    assert_eq!(
        account.deployments[1].components.len(),
        1,
        "core did not change"
    );
}

#[test]
fn one_component_of_the_second_example_keeps_its_own_numbers() {
    let story = second_example();
    let whole = story.account();
    let web = whole.only(story.component("web"));
    let times: Vec<_> = web
        .deployments
        .iter()
        .map(|deployment| deployment.time)
        .collect();
    assert_eq!(
        times,
        [
            "2026-04-06 09:00",
            "2026-04-06 10:00",
            "2026-04-06 12:10",
            "2026-04-07 09:00",
            "2026-04-07 11:00"
        ]
        .map(at)
    );
    assert_eq!(failures(&web), ["3: revert → 4"]);
    assert_eq!(outages(&web), [(vec![3], Some(120))]);
    let core = whole.only(story.component("core"));
    assert_eq!(failures(&core), ["1: rollback → 2"]);
    assert_eq!(outages(&core), [(vec![1], Some(120))]);
}
