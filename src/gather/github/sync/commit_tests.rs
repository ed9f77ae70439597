//! What a sync asks for of components that are not cloned, and what it learns of their history. How it
//! finds their repositories and versions where that is hard is in `version_tests`.

use std::collections::{BTreeMap, BTreeSet};

use super::simulated::{Desk, Simulated, acme, at, codes, id};
use super::{Kind, Synced};
use crate::gather::uncloned::Uncloned;
use crate::model::CommitId;
use crate::model::github::RemoteCommit;
use crate::sources::github::GithubError;
use crate::store::Cached;

/// `a` to `9` in a line, and a side branch:
///
/// ```text
/// a ─ b ─ c ─ d ─ e ─ f      main
///      └─ 1 ─ 2              release
/// ```
pub(super) fn web() -> Simulated {
    Simulated {
        commits: vec![
            ('a', ""),
            ('b', "a"),
            ('1', "b"),
            ('2', "1"),
            ('c', "b"),
            ('d', "c"),
            ('e', "d"),
        ],
        names: BTreeMap::from([("heads/main", 'e'), ("tags/v1.2.0", 'd')]),
        ..Simulated::default()
    }
}

/// A component of that repository with versions, one deployed each day from 1 March.
pub(super) fn component(name: &str, versions: &[&str]) -> Uncloned {
    let day = |number: usize| at(&format!("2026-03-{:02} 08:00", number + 1));
    let versions = versions.iter().enumerate();
    Uncloned {
        name: name.to_owned(),
        candidates: vec![acme("shop-web"), acme("web")],
        versions: versions
            .map(|(number, &version)| (day(number), version.to_owned()))
            .collect(),
    }
}

pub(super) fn full(letter: char) -> String {
    id(letter).to_string()
}

pub(super) fn desk(versions: &[&str]) -> Desk {
    let mut desk = Desk::since("2026-01-01 00:00");
    desk.uncloned = vec![component("web", versions)];
    desk
}

pub(super) fn sync(desk: &Desk, github: &Simulated, now: &str) -> Synced {
    desk.sync(github, now, &[Kind::Commits])
}

pub(super) fn letters(desk: &Desk) -> String {
    let items = desk.cached::<RemoteCommit>("web").items;
    let letters = items.iter().map(|it| it.id.to_string().remove(0));
    letters.collect()
}

pub(super) fn broken(at: &str) -> GithubError {
    GithubError::BadAnswer {
        at: at.to_owned(),
        why: "it breaks off".to_owned(),
    }
}

fn short(asked: Vec<String>) -> Vec<String> {
    let letters = "abcdef123".chars();
    asked
        .into_iter()
        .map(|at| {
            letters.clone().fold(at, |at, letter| {
                at.replace(&full(letter), &letter.to_string())
            })
        })
        .collect()
}

#[test]
fn versions_are_resolved_as_full_ids_abbreviations_and_tags() {
    let github = web();
    let desk = desk(&[&full('b'), "sha-ccccccc", "1.2.0", "never-built"]);
    sync(&desk, &github, "2026-03-05 09:00");
    let about = desk.cached::<RemoteCommit>("web").about;
    let version = |text: &str| about.version("web", text);
    assert_eq!(version(&full('b')), Some(Some(id('b'))));
    assert_eq!(version("sha-ccccccc"), Some(Some(id('c'))));
    assert_eq!(version("1.2.0"), Some(Some(id('d'))));
    assert_eq!(version("never-built"), Some(None));
    assert_eq!(about.first, Some(id('b')));
    assert_eq!(about.head, Some(id('e')));
}

#[test]
fn one_comparison_with_the_head_tells_of_every_version_on_its_way() {
    let github = web();
    let desk = desk(&[&full('b'), &full('c'), &full('d')]);
    let synced = sync(&desk, &github, "2026-03-05 09:00");
    assert_eq!(
        short(github.asked()),
        [
            "shop-web",
            "web",
            "web/commits/d",
            "web/commits/b",
            "web/commits/heads/main",
            "web/compare/b...e",
        ],
        "the newest tells whose repository it is, the oldest where to begin"
    );
    assert_eq!(letters(&desk), "bcde");
    let about = desk.cached::<RemoteCommit>("web").about;
    assert_eq!(about.version("web", &full('c')), Some(Some(id('c'))));
    assert_eq!(codes(&synced), [""; 0]);
}

#[test]
fn a_version_that_no_comparison_lists_is_asked_for_by_itself() {
    let github = web();
    let desk = desk(&[&full('b'), "sha-ccccccc", &full('2'), &full('d')]);
    sync(&desk, &github, "2026-03-05 09:00");
    assert_eq!(
        short(github.asked_for("web/")),
        [
            "web/commits/d",
            "web/commits/b",
            "web/commits/heads/main",
            "web/compare/b...e",
            "web/commits/2",
            "web/commits/tags/sha-ccccccc",
            "web/commits/ccccccc",
            "web/compare/b...2",
        ]
    );
    let about = desk.cached::<RemoteCommit>("web").about;
    assert_eq!(about.version("web", "sha-ccccccc"), Some(Some(id('c'))));
    assert_eq!(about.version("web", &full('2')), Some(Some(id('2'))));
}

#[test]
fn versions_are_known_though_the_default_branch_cannot_be_compared() {
    let mut github = web();
    let of_head = "eeeeeee?per_page=100";
    github.instead.push((of_head, Err(broken(of_head))));
    let desk = desk(&[&full('b'), &full('c'), &full('d')]);
    let synced = sync(&desk, &github, "2026-03-05 09:00");
    assert_eq!(codes(&synced), ["github-not-read"]);
    // The version that is compared next takes the place of the head.
    assert_eq!(letters(&desk), "bcde");
    let cached = desk.cached::<RemoteCommit>("web");
    assert_eq!(cached.about.version("web", &full('c')), Some(Some(id('c'))));
    assert_eq!(cached.checked, None);
}

#[test]
fn a_new_version_costs_what_came_since_the_last_head() {
    let mut github = web();
    let mut desk = desk(&[&full('b'), &full('d')]);
    sync(&desk, &github, "2026-03-05 09:00");
    github.asked();
    sync(&desk, &github, "2026-03-05 10:00");
    assert_eq!(github.asked(), ["web", "web/commits/heads/main"]);
    github.commits.push(('f', "e"));
    github.names.insert("heads/main", 'f');
    desk.uncloned = vec![component("web", &[&full('b'), &full('d'), &full('f')])];
    sync(&desk, &github, "2026-03-05 11:00");
    assert_eq!(
        short(github.asked()),
        ["web", "web/commits/heads/main", "web/compare/e...f"]
    );
    assert_eq!(letters(&desk), "bcdef");
}

#[test]
fn a_version_of_another_branch_brings_the_commits_of_that_branch() {
    let github = web();
    let desk = desk(&[&full('c'), &full('2')]);
    sync(&desk, &github, "2026-03-05 09:00");
    let asked = short(github.asked_for("compare"));
    assert_eq!(
        asked,
        [
            "web/compare/c...e",
            "web/compare/c...2",
            "web/compare/b...c"
        ]
    );
    // What `2` contains and `c` does not: `1` and `2`. And `b`, from which both go on.
    assert_eq!(letters(&desk), "12bcde");
}

#[test]
fn a_version_before_the_first_one_is_known_to_be_its_ancestor() {
    let github = web();
    let desk = desk(&[&full('d'), &full('b')]);
    sync(&desk, &github, "2026-03-05 09:00");
    let asked = short(github.asked_for("compare"));
    assert_eq!(
        asked,
        [
            "web/compare/d...e",
            "web/compare/d...b",
            "web/compare/b...d"
        ]
    );
    assert_eq!(letters(&desk), "bcde", "the way from b to d is known");
    sync(&desk, &github, "2026-03-05 10:00");
    assert_eq!(github.asked_for("compare"), [""; 0]);
}

#[test]
fn what_only_the_first_version_holds_is_known_when_another_branch_goes_on_without_it() {
    let github = web();
    // Staging has `d`; production has the release branch first, then `e` with `c` and `d` in it.
    let desk = desk(&[&full('d'), &full('2'), &full('e')]);
    sync(&desk, &github, "2026-03-05 09:00");
    let asked = short(github.asked_for("compare"));
    assert_eq!(
        asked,
        [
            "web/compare/d...e",
            "web/compare/d...2",
            "web/compare/b...d"
        ]
    );
    assert_eq!(letters(&desk), "12bcde");
}

#[test]
fn a_commit_that_was_merged_later_is_not_known_to_lack_nothing_of_the_first_version() {
    let mut github = web();
    github.commits.push(('f', "e2"));
    github.names.insert("heads/main", 'f');
    let desk = desk(&[&full('d'), &full('2')]);
    sync(&desk, &github, "2026-03-05 09:00");
    let asked = short(github.asked_for("compare"));
    assert_eq!(
        asked,
        [
            "web/compare/d...f",
            "web/compare/d...2",
            "web/compare/b...d"
        ]
    );
    assert_eq!(letters(&desk), "12bcdef");
    sync(&desk, &github, "2026-03-05 10:00");
    assert_eq!(github.asked_for("compare"), [""; 0]);
}

#[test]
fn a_head_that_does_not_contain_the_first_version_is_no_place_to_compare_from() {
    let mut github = web();
    github.names.insert("heads/main", '2');
    let mut desk = desk(&[&full('e')]);
    sync(&desk, &github, "2026-03-05 09:00");
    // `1` and `2` are only in the head, `c`, `d` and `e` only in the version.
    let asked = short(github.asked_for("compare"));
    assert_eq!(asked, ["web/compare/e...2", "web/compare/b...e"]);
    github.commits.push(('f', "e"));
    desk.uncloned = vec![component("web", &[&full('e'), &full('c'), &full('f')])];
    sync(&desk, &github, "2026-03-05 10:00");
    // The way from c to e is known, so that c is known to be the older one.
    let asked = short(github.asked_for("compare"));
    assert_eq!(asked, ["web/compare/e...f"]);
    assert_eq!(letters(&desk), "12bcdef");
}

#[test]
fn a_first_version_that_the_default_branch_does_not_contain_costs_one_comparison_more() {
    let mut github = web();
    let mut desk = desk(&[&full('2'), &full('c'), &full('d'), &full('e')]);
    sync(&desk, &github, "2026-03-05 09:00");
    let asked = short(github.asked_for("compare"));
    assert_eq!(asked, ["web/compare/2...e", "web/compare/b...2"]);
    assert_eq!(letters(&desk), "12bcde");

    github.commits.push(('f', "e"));
    github.names.insert("heads/main", 'f');
    let versions = ['2', 'c', 'd', 'e', 'f'].map(full);
    desk.uncloned = vec![component("web", &versions.each_ref().map(String::as_str))];
    sync(&desk, &github, "2026-03-06 09:00");
    let asked = short(github.asked_for("compare"));
    assert_eq!(asked, ["web/compare/e...f"]);
}

#[test]
fn release_branches_one_after_the_other_cost_one_comparison_each() {
    let mut github = web();
    let mut desk = desk(&[&full('2')]);
    sync(&desk, &github, "2026-03-05 09:00");
    github.asked();
    github.commits.push(('3', "d"));
    desk.uncloned = vec![component("web", &[&full('2'), &full('3')])];
    sync(&desk, &github, "2026-03-06 09:00");
    // What lies between the first two of them is known.
    let asked = short(github.asked_for("compare"));
    assert_eq!(asked, ["web/compare/e...3"]);
    assert_eq!(letters(&desk), "123bcde");
}

#[test]
fn a_first_version_into_which_the_default_branch_was_merged_again_and_again_is_no_other_case() {
    let mut github = web();
    github.commits.extend([('3', "2c"), ('f', "e")]);
    github.names.insert("heads/main", 'f');
    let desk = desk(&[&full('3'), &full('d'), &full('e')]);
    sync(&desk, &github, "2026-03-05 09:00");
    let asked = short(github.asked_for("compare"));
    assert_eq!(asked, ["web/compare/3...f", "web/compare/c...3"]);
}

#[test]
fn pull_requests_of_a_component_are_read_in_the_sync_that_finds_it() {
    let mut github = web();
    github.pulls.push(("web", 5, at("2026-03-02 10:00")));
    let desk = desk(&[&full('b'), &full('d')]);
    let synced = desk.sync(&github, "2026-03-05 09:00", &[Kind::Pulls, Kind::Commits]);
    assert_eq!(
        desk.cached::<crate::model::github::PullRequest>("web")
            .items
            .len(),
        1
    );
    let kinds: Vec<_> = synced.kinds.iter().map(|it| it.kind).collect();
    assert_eq!(
        kinds,
        [Kind::Pulls, Kind::Commits],
        "told in the usual order"
    );
}

#[test]
fn an_interrupted_history_is_continued() {
    let github = web();
    let desk = desk(&[&full('b'), &full('d')]);
    github.patience.set(Some(4));
    let synced = sync(&desk, &github, "2026-03-05 09:00");
    assert_eq!(synced.stopped, Some(GithubError::OutOfTime));
    github.patience.set(None);
    github.asked();
    sync(&desk, &github, "2026-03-05 10:00");
    assert_eq!(
        short(github.asked()),
        ["web", "web/commits/heads/main", "web/compare/b...e"]
    );
    assert_eq!(letters(&desk), "bcde");
}

/// A number below a limit; the same ones for every run (a linear congruence).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % limit
    }
}

/// What a commit reaches by what is cached.
fn reach(cached: &Cached<RemoteCommit>, from: char) -> BTreeSet<CommitId> {
    let mut reached = BTreeSet::from([id(from)]);
    let mut next = vec![id(from)];
    while let Some(one) = next.pop() {
        let parents = cached.find(&one).map_or(&[][..], |it| &it.parents);
        next.extend(parents.iter().filter(|parent| reached.insert(**parent)));
    }
    reached
}

#[test]
fn whatever_is_deployed_after_whatever_everything_that_it_brings_is_known() {
    for seed in 120..160 {
        let mut chance = Chance(seed);
        let letters: Vec<char> = "123456789abcdef".chars().collect();
        let mut github = Simulated {
            commits: vec![('1', "")],
            ..Simulated::default()
        };
        let mut desk = desk(&[]);
        let mut deployed: Vec<char> = Vec::new();
        for day in 0..4 {
            // Commits more, on one of the last three of those that are there, or on two.
            for _ in 0..[7, 3, 2, 2][day] {
                let count = github.commits.len();
                let last = count - 1 - chance.below(count.min(3));
                let mut parents: Vec<char> = vec![letters[last]];
                if chance.below(3) == 0 {
                    parents.push(letters[chance.below(count)]);
                    parents.dedup();
                }
                let parents: String = parents.into_iter().collect();
                let parents: &'static str = Box::leak(parents.into_boxed_str());
                github.commits.push((letters[count], parents));
            }
            let count = github.commits.len();
            let head = letters[chance.below(count)];
            github.names.insert("heads/main", head);
            deployed.push(letters[chance.below(count)]);
            let versions: Vec<String> = deployed.iter().map(|&it| full(it)).collect();
            let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
            desk.uncloned = vec![component("web", &versions)];
            let synced = sync(&desk, &github, &format!("2026-03-{:02} 09:00", day + 6));
            assert_eq!(codes(&synced), [""; 0]);

            let ids = |from: char| -> BTreeSet<CommitId> {
                github.reach(from).into_iter().map(id).collect()
            };
            let cached = desk.cached::<RemoteCommit>("web");
            for &version in deployed.iter().chain([&head]) {
                for &other in &deployed {
                    for new in ids(version).difference(&ids(other)) {
                        let is_known = cached.find(new).is_some();
                        assert!(is_known, "{seed}: {new} of {version} after {other}");
                    }
                }
                for compared in &cached.about.compared {
                    let is_it = |it: &&(char, &str)| id(it.0) == *compared;
                    let it = github.commits.iter().find(is_it).expect("one of these").0;
                    let first = deployed[0];
                    for (one, two) in [(it, first), (first, it)] {
                        for new in ids(one).difference(&ids(two)) {
                            let is_known = cached.find(new).is_some();
                            assert!(is_known, "{seed}: {new} of {one}, {two} is compared");
                        }
                    }
                }
                for &other in &deployed {
                    let is_in = reach(&cached, version).contains(&id(other));
                    let contains = ids(version).contains(&id(other));
                    assert_eq!(is_in, contains, "{seed}: {other} in {version}");
                }
            }
        }
    }
}
