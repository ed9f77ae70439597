//! Release tags: which names are versions, and which releases they make (spec 2.2).
//! `git` lists the tags, `model::version_number` reads and compares the numbers.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::model::{CommitId, VersionNumber};

/// The name of a tag, read as a version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct VersionTag {
    /// What stands before the number: `web` of `web-v1.2.3`, `@acme/web` of `@acme/web@1.2.3`.
    prefix: Option<String>,
    /// The number.
    number: VersionNumber,
    /// Whether it comes before the release of the same number (`-rc1`, `.beta2`).
    is_prerelease: bool,
}

/// Reads the name of a tag: `1.2.3`, `v1.2.3`, `name-v1.2.3`, `name@1.2.3`, `name@v1.2.3`, with two
/// or more numeric parts. Moving tags (`v1`, `latest`, `nightly`) have none and are no versions.
fn read_tag_name(name: &str) -> Option<VersionTag> {
    let (prefix, number) = split_prefix(name)?;
    Some(VersionTag {
        prefix: prefix.map(str::to_owned),
        is_prerelease: number.is_pre_release(),
        number,
    })
}

fn split_prefix(name: &str) -> Option<(Option<&str>, VersionNumber)> {
    if let Some(number) = VersionNumber::read(name) {
        return Some((None, number));
    }
    // The first `@` of `@acme/web@1.2.3` belongs to the name.
    if let Some((prefix, number)) = name.rsplit_once('@')
        && !prefix.is_empty()
    {
        return Some((Some(prefix), VersionNumber::read(number)?));
    }
    name.match_indices("-v").find_map(|(at, separator)| {
        let (prefix, rest) = name.split_at(at);
        let number = rest.get(separator.len()..)?;
        let is_number = number.starts_with(|c: char| c.is_ascii_digit());
        let number = is_number.then(|| VersionNumber::read(number))??;
        (!prefix.is_empty()).then_some((Some(prefix), number))
    })
}

/// A tag as it stands in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagFact {
    /// Its name without `refs/tags/`.
    pub name: String,
    /// The commit it names in the end.
    pub commit: CommitId,
    /// Tagger time, or committer time of a lightweight tag; seconds since 1970.
    pub time: i64,
}

/// The releases that the tags of a repository make.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReleaseList {
    /// One per commit, by time, then by commit id.
    pub releases: Vec<TaggedRelease>,
    /// Tags whose names are no versions.
    pub not_versions: usize,
    /// Pre-releases left out because there are releases.
    pub prereleases_left_out: usize,
    /// Whether all there are is pre-releases, which therefore count.
    pub only_prereleases: bool,
}

/// One commit with one or more version tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedRelease {
    /// The commit.
    pub commit: CommitId,
    /// The earliest time of its tags that count; seconds since 1970.
    pub time: i64,
    /// Prefix → the most specific of its versions with that prefix.
    pub versions: BTreeMap<Option<String>, ReleasedVersion>,
}

/// One version of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedVersion {
    /// The name of the tag.
    pub tag: String,
    /// Its number.
    pub number: VersionNumber,
}

/// Groups tags to releases. Pre-releases count only when there is nothing else. The same tags in
/// another order make the same releases.
pub fn releases(tags: &[TagFact]) -> ReleaseList {
    let versions: Vec<(&TagFact, VersionTag)> = tags
        .iter()
        .filter_map(|tag| read_tag_name(&tag.name).map(|version| (tag, version)))
        .collect();
    let mut list = ReleaseList {
        not_versions: tags.len() - versions.len(),
        only_prereleases: !versions.is_empty()
            && versions.iter().all(|(_, version)| version.is_prerelease),
        ..ReleaseList::default()
    };
    let mut by_commit: BTreeMap<CommitId, TaggedRelease> = BTreeMap::new();
    for (tag, version) in versions {
        if version.is_prerelease && !list.only_prereleases {
            list.prereleases_left_out += 1;
            continue;
        }
        let release = by_commit
            .entry(tag.commit)
            .or_insert_with(|| TaggedRelease {
                commit: tag.commit,
                time: tag.time,
                versions: BTreeMap::new(),
            });
        release.time = release.time.min(tag.time);
        let released = ReleasedVersion {
            tag: tag.name.clone(),
            number: version.number,
        };
        match release.versions.entry(version.prefix) {
            Entry::Vacant(place) => {
                place.insert(released);
            }
            Entry::Occupied(mut place) => {
                if preference(&released) > preference(place.get()) {
                    place.insert(released);
                }
            }
        }
    }
    list.releases = by_commit.into_values().collect();
    // The map gave them by commit, and the sort is stable.
    list.releases.sort_by_key(|release| release.time);
    list
}

/// The more specific, then the higher number, then the name decides.
fn preference(version: &ReleasedVersion) -> (usize, &VersionNumber, &str) {
    (
        version.number.specificity(),
        &version.number,
        version.tag.as_str(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_names_of_real_projects_are_read() {
        for (name, prefix, line, is_prerelease) in [
            ("v7.1.0", None, "7.1", false),
            ("v7.1.0.rc1", None, "7.1", true),
            ("v7.1.0.beta1", None, "7.1", true),
            ("v7.0.8.1", None, "7.0", false),
            ("v2.40.0-rc1", None, "2.40", true),
            ("v2.40.0", None, "2.40", false),
            ("v2024.01", None, "2024.1", false),
            ("v2024.01-rc3", None, "2024.1", true),
            ("0.86.0", None, "0.86", false),
            ("v1.30.0-alpha.1", None, "1.30", true),
            ("13.0.0", None, "13.0", false),
            ("v3.13.0a1", None, "3.13", true),
            ("5.0b1", None, "5.0", true),
            ("v6.7-rc1", None, "6.7", true),
            ("6.4.0.Final", None, "6.4", false),
            ("v2.1.0.RELEASE", None, "2.1", false),
            ("5.6.0.CR1", None, "5.6", true),
            ("v1.2.3+build.5", None, "1.2", false),
            ("@babel/core@7.1.0", Some("@babel/core"), "7.1", false),
            ("create-vite@5.0.0-beta.1", Some("create-vite"), "5.0", true),
            ("web@v1.2.3", Some("web"), "1.2", false),
            ("web-v1.2.3", Some("web"), "1.2", false),
            ("app-v2-v1.2.3", Some("app-v2"), "1.2", false),
            ("my-vite-v1.2", Some("my-vite"), "1.2", false),
        ] {
            let tag = read_tag_name(name).unwrap_or_else(|| panic!("{name} is a version"));
            assert_eq!(tag.prefix.as_deref(), prefix, "{name}");
            assert_eq!(tag.number.line(), line, "{name}");
            assert_eq!(tag.is_prerelease, is_prerelease, "{name}");
        }
    }

    #[test]
    fn other_tag_names_are_no_versions() {
        for name in [
            "",
            "v1",
            "V2",
            "latest",
            "nightly",
            "stable",
            "nightly-2026-03-02",
            "release-2026-03-02",
            "2026-03-02",
            "globset-0.4.10",
            "release/1.2.3",
            "go1.21",
            "deploy-42",
            "-v1.2.3",
            "@1.2.3",
            "web-vNext",
            "web@latest",
            "REL_16_1",
        ] {
            assert_eq!(read_tag_name(name), None, "{name}");
        }
    }

    fn tag(name: &str, commit: u8, time: i64) -> TagFact {
        TagFact {
            name: name.to_owned(),
            commit: CommitId([commit; 20]),
            time,
        }
    }

    /// (commit, time, tags that count) of every release.
    fn summary(list: &ReleaseList) -> Vec<(u8, i64, Vec<&str>)> {
        list.releases
            .iter()
            .map(|release| {
                let tags = release
                    .versions
                    .values()
                    .map(|version| version.tag.as_str());
                (release.commit.0[0], release.time, tags.collect())
            })
            .collect()
    }

    #[test]
    fn several_tags_on_one_commit_are_one_release_at_the_earliest_time() {
        let mut tags = vec![
            tag("v1.2", 1, 300),
            tag("v1.2.0", 1, 200),
            tag("v1", 1, 50),
            tag("v1.2.0-rc1", 1, 100),
            tag("web@1.2.0", 1, 250),
            tag("v1.1.9", 2, 200),
        ];
        let expected = vec![
            (1, 200, vec!["v1.2.0", "web@1.2.0"]),
            (2, 200, vec!["v1.1.9"]),
        ];
        let list = releases(&tags);
        assert_eq!(summary(&list), expected);
        assert_eq!((list.not_versions, list.prereleases_left_out), (1, 1));
        assert!(!list.only_prereleases);
        tags.reverse();
        assert_eq!(releases(&tags), list);
    }

    #[test]
    fn pre_releases_count_only_when_there_is_nothing_else() {
        let only = releases(&[
            tag("v0.1.0-alpha.2", 2, 20),
            tag("v0.1.0-alpha.1", 1, 10),
            tag("x", 3, 5),
        ]);
        assert_eq!(
            summary(&only),
            [
                (1, 10, vec!["v0.1.0-alpha.1"]),
                (2, 20, vec!["v0.1.0-alpha.2"])
            ]
        );
        assert!(only.only_prereleases);
        assert_eq!((only.not_versions, only.prereleases_left_out), (1, 0));

        let mixed = releases(&[tag("v0.1.0-alpha.2", 2, 20), tag("v0.1.0", 1, 10)]);
        assert_eq!(summary(&mixed), [(1, 10, vec!["v0.1.0"])]);
        assert_eq!(mixed.prereleases_left_out, 1);
    }

    #[test]
    fn without_version_tags_there_is_no_release() {
        assert_eq!(releases(&[]), ReleaseList::default());
        let none = releases(&[tag("latest", 1, i64::MIN), tag("nightly", 2, i64::MAX)]);
        assert_eq!((none.releases.len(), none.not_versions), (0, 2));
        assert!(!none.only_prereleases);
    }
}
