//! Release tags of the analysed repository as deployments to the environment `release` (spec 2.2):
//! used only when there is no other source.

use std::collections::BTreeMap;

use crate::model::{CommitId, Notice, VersionNumber};
use crate::sources::git::{GitError, Repository};
use crate::sources::release_tags::{self, TagFact};

/// The version a release gives one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TaggedVersion {
    /// The name of the tag.
    pub(super) text: String,
    /// Its number.
    pub(super) number: VersionNumber,
}

/// One commit with one or more version tags; components are named by the tags' prefixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedRelease {
    pub(super) commit: CommitId,
    pub(super) time: i64,
    pub(super) versions: BTreeMap<String, TaggedVersion>,
}

/// The releases by time, and what is to be said of the tags. A tag without prefix is a version of the repository itself.
///
/// # Errors
/// When the references of the repository cannot be read.
pub(super) fn read(
    home: &Repository,
    own_name: &str,
) -> Result<(Vec<NamedRelease>, Vec<Notice>), GitError> {
    let (tags, mut notices) = home.tags()?;
    let facts: Vec<TagFact> = tags
        .into_iter()
        .map(|tag| TagFact {
            name: tag.name,
            commit: tag.commit,
            time: tag.time,
        })
        .collect();
    let list = release_tags::releases(&facts);
    if list.only_prereleases {
        notices.push(Notice::new(
            "only-prereleases",
            "all version tags are pre-releases: they count as releases",
        ));
    }
    if list.prereleases_left_out > 0 {
        notices.push(
            Notice::new(
                "prereleases-left-out",
                format!(
                    "{} pre-release tags are no deployments",
                    list.prereleases_left_out
                ),
            )
            .count(list.prereleases_left_out),
        );
    }
    if list.not_versions > 0 && !list.releases.is_empty() {
        notices.push(
            Notice::new(
                "tags-left-out",
                match list.not_versions {
                    1 => "1 tag is not named like a version".to_owned(),
                    count => format!("{count} tags are not named like versions"),
                },
            )
            .count(list.not_versions),
        );
    }
    let releases = list
        .releases
        .into_iter()
        .map(|release| NamedRelease {
            commit: release.commit,
            time: release.time,
            versions: release
                .versions
                .into_iter()
                .map(|(prefix, version)| {
                    let component = prefix.unwrap_or_else(|| own_name.to_owned());
                    (
                        component,
                        TaggedVersion {
                            text: version.tag,
                            number: version.number,
                        },
                    )
                })
                .collect(),
        })
        .collect();
    Ok((releases, notices))
}
