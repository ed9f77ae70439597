//! Laws that hold for every history: attribution against its own definition, and what must not
//! matter.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::story::{Story, at};
use super::{ChangeKind, DeploymentKind, Ledger};

/// A history of up to 14 commits, each with up to three earlier parents, and deployments of them.
#[derive(Debug, Clone)]
struct World {
    parents: Vec<BTreeSet<usize>>,
    minutes: Vec<u32>,
    deployed: Vec<usize>,
}

fn worlds() -> impl Strategy<Value = World> {
    (2_usize..14)
        .prop_flat_map(|size| {
            let parents: Vec<_> = (0..size)
                .map(|commit| {
                    let parents = 0..commit.max(1);
                    proptest::collection::btree_set(parents, 0..=commit.min(3))
                })
                .collect();
            let minutes = proptest::collection::vec(0_u32..2000, size);
            let deployed = proptest::collection::vec(0..size, 1..8);
            (parents, minutes, deployed)
        })
        .prop_map(|(parents, minutes, deployed)| World {
            parents,
            minutes,
            deployed,
        })
}

impl World {
    fn story(&self, deployments: usize) -> Story {
        let mut story = Story::until("2026-06-30 09:00").repository(&["api"]);
        for (commit, parents) in self.parents.iter().enumerate() {
            let names: Vec<String> = parents.iter().map(|parent| format!("c{parent}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let minute = self.minutes[commit];
            let when = format!(
                "2026-05-{:02} {:02}:{:02}",
                1 + minute / 1440,
                minute / 60 % 24,
                minute % 60
            );
            story = story.commit(&format!("c{commit}"), &names, &when, "feat: x");
        }
        for (place, commit) in self.deployed.iter().take(deployments).enumerate() {
            let when = format!("2026-06-{:02} 09:00", place + 1);
            story = story.deploy(&when, &[("api", &format!("c{commit}"))]);
        }
        story
    }

    fn reachable(&self, tip: usize) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut stack = vec![tip];
        while let Some(commit) = stack.pop() {
            if seen.insert(commit) {
                stack.extend(&self.parents[commit]);
            }
        }
        seen
    }

    /// The definition (spec 2.5): reachable from the deployed commit and from none deployed earlier.
    fn brought(&self) -> Vec<Vec<String>> {
        let mut before = BTreeSet::new();
        self.deployed
            .iter()
            .enumerate()
            .map(|(place, &tip)| {
                let reachable = self.reachable(tip);
                let mut new: Vec<String> = reachable
                    .difference(&before)
                    .filter(|&&commit| place > 0 && self.parents[commit].len() < 2)
                    .map(|commit| format!("c{commit}"))
                    .collect();
                before.extend(reachable);
                new.sort();
                new
            })
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn attribution_is_reachability(world in worlds()) {
        let story = world.story(usize::MAX);
        let account = story.account();
        let brought: Vec<Vec<String>> =
            account.deployments.iter().map(|deployment| story.brought(deployment)).collect();
        prop_assert_eq!(brought, world.brought());
    }

    #[test]
    fn a_pull_request_is_deployed_with_what_it_became_merge_or_not(world in worlds()) {
        let mut story = world.story(usize::MAX);
        for commit in 0..world.parents.len() {
            let number = u64::try_from(commit).unwrap();
            let times = ["", "2026-04-01 09:00", "", "2026-04-02 09:00"];
            story = story.pull_request(number, times, &format!("c{commit}"), &[]);
        }
        let deployed: Vec<(usize, u64)> = story
            .account()
            .pull_requests
            .iter()
            .map(|it| (it.deployment, it.number))
            .collect();
        let mut before = BTreeSet::new();
        let mut expected = Vec::new();
        for (place, &tip) in world.deployed.iter().enumerate() {
            let reachable = world.reachable(tip);
            let new = reachable.difference(&before).filter(|_| place > 0);
            expected.extend(new.map(|&commit| (place, u64::try_from(commit).unwrap())));
            before.extend(reachable);
        }
        prop_assert_eq!(deployed, expected);
    }

    #[test]
    fn what_is_deployed_later_changes_nothing_that_was_deployed_before(world in worlds()) {
        let all = world.story(usize::MAX).account().deployments;
        for count in 1..all.len() {
            let fewer = world.story(count).account().deployments;
            for (fewer, all) in fewer.iter().zip(&all) {
                prop_assert_eq!(&fewer.changes, &all.changes);
                prop_assert_eq!(&fewer.components, &all.components);
                prop_assert_eq!(&fewer.id, &all.id);
            }
        }
    }

    #[test]
    fn a_rollback_fails_what_it_follows_and_ships_nothing(world in worlds()) {
        let account = world.story(usize::MAX).account();
        let deployments: Vec<_> = account
            .deployments
            .iter()
            .filter(|deployment| deployment.kind == DeploymentKind::Deployment)
            .collect();
        for pair in deployments.windows(2) {
            if pair[1].components[0].kind == ChangeKind::Rollback {
                prop_assert!(pair[0].failed);
                prop_assert!(pair[1].changes.is_empty());
            }
        }
        for outage in &account.outages {
            prop_assert!(outage.end.is_none_or(|end| end > outage.start));
        }
    }

    #[test]
    fn the_order_in_which_records_and_incidents_are_listed_means_nothing(world in worlds()) {
        let mut story = world
            .story(usize::MAX)
            .record("2026-06-01 09:10", &[("api", "c0")], true)
            .record("2026-06-02 17:00", &[("api", "c1")], true)
            .record("2026-06-02 18:00", &[("api", "c1")], false)
            .incident("i1", "2026-06-02 19:00", Some("2026-06-02 20:00"), None)
            .incident("i2", "2026-06-02 19:30", None, None);
        let before = Ledger::from_facts(&story.facts);
        story.facts.environments[0].recorded.reverse();
        story.facts.incidents.reverse();
        prop_assert_eq!(before, Ledger::from_facts(&story.facts));
    }
}

#[test]
fn an_empty_record_has_an_empty_account() {
    let account = Story::until("2026-06-30 09:00").account();
    assert!(account.deployments.is_empty() && account.outages.is_empty());
    assert_eq!(account.record_start, None);
    assert!(account.waiting.is_err());
    assert_eq!(account.as_of, at("2026-06-30 09:00"));
}
