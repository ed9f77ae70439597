//! Versions of components that are not cloned: those that several share, that are not there, or that
//! cannot be read, and in which repository they are sought. Their history is in `commit_tests`.

use std::collections::BTreeMap;

use super::commit_tests::{broken, component, desk, full, letters, sync, web};
use super::simulated::{codes, id};
use crate::model::github::RemoteCommit;
use crate::sources::github::{Answer, GithubError};

#[test]
fn a_number_that_two_components_share_is_a_tag_of_each() {
    let mut github = web();
    github.names = BTreeMap::from([
        ("heads/main", 'e'),
        ("tags/api-v1.0.0", 'b'),
        ("tags/web-v1.0.0", 'd'),
    ]);
    let mut desk = desk(&[]);
    desk.uncloned = vec![component("api", &["1.0.0"]), component("web", &["1.0.0"])];
    sync(&desk, &github, "2026-03-05 09:00");
    let about = desk.cached::<RemoteCommit>("web").about;
    assert_eq!(about.version("api", "1.0.0"), Some(Some(id('b'))));
    assert_eq!(about.version("web", "1.0.0"), Some(Some(id('d'))));
}

#[test]
fn a_version_that_is_not_there_is_asked_for_for_a_week() {
    let mut github = web();
    let desk = desk(&[&full('b'), "v9.9.9"]);
    sync(&desk, &github, "2026-03-05 09:00");
    github.asked();
    sync(&desk, &github, "2026-03-06 09:00");
    assert!(
        github.asked_for("tags/v9.9.9").len() == 1,
        "it may be pushed later"
    );
    sync(&desk, &github, "2026-03-20 09:00");
    assert_eq!(github.asked_for("tags"), [""; 0]);
    github.names.insert("tags/v9.9.9", 'c');
    let mut again = desk;
    again.reads_again = true;
    sync(&again, &github, "2026-03-20 10:00");
    let about = again.cached::<RemoteCommit>("web").about;
    assert_eq!(about.version("web", "v9.9.9"), Some(Some(id('c'))));
}

#[test]
fn a_repository_that_knows_none_of_many_versions_is_soon_left() {
    let github = web();
    let versions: Vec<String> = (1..=25).map(|number| format!("build-{number}")).collect();
    let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
    let desk = desk(&versions);
    sync(&desk, &github, "2026-03-27 09:00");
    assert_eq!(github.asked_for("commits").len(), 11);
    assert_eq!(letters(&desk), "");
}

#[test]
fn a_repository_that_may_not_be_read_takes_nothing_from_the_next_candidate() {
    let mut github = web();
    let forbidden = GithubError::Forbidden {
        at: "repos/acme/shop-web".to_owned(),
        message: "SSO".to_owned(),
    };
    github.instead.push(("acme/shop-web", Err(forbidden)));
    let desk = desk(&[&full('b'), &full('d')]);
    let synced = sync(&desk, &github, "2026-03-05 09:00");
    assert_eq!(codes(&synced), ["github-not-read"]);
    assert_eq!(letters(&desk), "bcde");
}

#[test]
fn a_version_whose_answer_is_broken_takes_nothing_from_the_others() {
    for letter in ['b', 'd'] {
        let mut github = web();
        let at: &'static str = Box::leak(format!("commits/{}", full(letter)).into_boxed_str());
        github.instead.push((at, Err(broken(at))));
        // Neither lies on the way from another one to the default branch.
        github.names.insert("heads/main", 'c');
        let desk = desk(&[&full('b'), &full('c'), &full('2'), &full('d')]);
        let synced = sync(&desk, &github, "2026-03-05 09:00");
        assert_eq!(codes(&synced), ["github-not-read"], "{letter}: told once");
        let about = desk.cached::<RemoteCommit>("web").about;
        for other in ['b', 'c', '2', 'd'] {
            let known = about.version("web", &full(other));
            let expected = (other != letter).then_some(Some(id(other)));
            assert_eq!(known, expected, "{other} without {letter}");
        }
        github.instead.clear();
        let synced = sync(&desk, &github, "2026-03-05 10:00");
        assert_eq!(codes(&synced), [""; 0]);
        let about = desk.cached::<RemoteCommit>("web").about;
        let known = about.version("web", &full(letter));
        assert_eq!(known, Some(Some(id(letter))));
    }
}

#[test]
fn a_broken_answer_is_no_reason_to_take_the_next_candidate() {
    for part in ["repos/acme/shop-web", "shop-web/commits"] {
        let mut github = web();
        let there = Answer {
            body: br#"{"default_branch":"main"}"#.to_vec(),
            ..Answer::default()
        };
        github.instead.push((part, Err(broken(part))));
        github.instead.push(("repos/acme/shop-web", Ok(there)));
        let desk = desk(&[&full('b'), &full('d')]);
        let synced = sync(&desk, &github, "2026-03-05 09:00");
        assert!(!synced.notices.is_empty(), "{part}");
        let asked = github.asked();
        assert!(asked.iter().all(|it| it.starts_with("shop-web")), "{part}");
        assert_eq!(letters(&desk), "", "{part}");
        assert!(!desk.cached::<RemoteCommit>("web").about.knows("web"));
        // That there is no such repository is one.
        github.instead.clear();
        sync(&desk, &github, "2026-03-05 10:00");
        assert_eq!(letters(&desk), "bcde", "{part}");
    }
}
