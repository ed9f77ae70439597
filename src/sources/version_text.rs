//! What a version text could mean: a commit id, an abbreviation, a tag, an image reference, nothing.
//! Pure text: `git` tries the readings against a repository, `deployed_versions` finds the texts.

use crate::model::CommitId;

/// Longest text that is taken for a version; git limits a reference name to about this.
pub const LONGEST_VERSION: usize = 250;

/// One way to read a version text. They are tried in order; the first that names a commit holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// A full id. It must match in full: it is never an abbreviation, and no other reading follows.
    FullId(CommitId),
    /// A full id of a SHA-256 repository (64 hex digits), which names no commit in a SHA-1 one.
    LongId,
    /// An abbreviated id of 7 to 39 lower-case hex digits; holds only when git finds it unique.
    Abbreviation(String),
    /// Names of tags, to be tried in this order.
    Tags(Vec<String>),
    /// It cannot name a commit; the words say why. No other reading stands beside it.
    Nothing(String),
}

/// Every way to read a version of a component, in the order in which to try them (spec 2.3).
/// Never empty.
pub fn readings(text: &str, component: &str) -> Vec<Reading> {
    let text = &version_in(text);
    // What a workflow of GitHub calls its own tag.
    let text = text.strip_prefix("refs/tags/").unwrap_or(text);
    if let Some(reason) = names_no_commit(text) {
        return vec![Reading::Nothing(reason)];
    }
    let hex = text.strip_prefix("sha-").unwrap_or(text);
    if let Ok(id) = hex.parse() {
        return vec![Reading::FullId(id)];
    }
    if hex.len() == 64 && is_hex(hex) {
        return vec![Reading::LongId];
    }
    let mut readings = vec![Reading::Tags(vec![text.to_owned()])];
    readings.extend(abbreviation(text).map(Reading::Abbreviation));
    let related = related_tags(text, component);
    if !related.is_empty() {
        readings.push(Reading::Tags(related));
    }
    readings
}

/// Why a text can name no commit at all, if that is so.
fn names_no_commit(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("the version is empty".to_owned());
    }
    if text.len() > LONGEST_VERSION {
        return Some(format!("a text of {} bytes is no version", text.len()));
    }
    if text.eq_ignore_ascii_case("latest") {
        return Some(format!("`{text}` names no commit"));
    }
    if is_digest(text) {
        return Some("an image digest names no commit".to_owned());
    }
    if let Some(Image {
        tag: None, digest, ..
    }) = image_reference(text)
    {
        if digest.is_some() {
            return Some("an image digest names no commit".to_owned());
        }
        if text.contains(':') || first_part_is_a_host(text) {
            return Some("image without a tag".to_owned());
        }
    }
    if !could_be_a_reference(text) {
        return Some("it is neither a commit id nor the name of a tag".to_owned());
    }
    None
}

/// The abbreviated commit id in a text: alone, after `sha-`, or at the end of what `git describe`
/// prints (`v1.2.3-14-g2414721`).
fn abbreviation(text: &str) -> Option<String> {
    let hex = match text.rsplit_once("-g") {
        Some((before, hex)) => {
            let (tag, distance) = before.rsplit_once('-')?;
            let is_description = !tag.is_empty()
                && !distance.is_empty()
                && distance.bytes().all(|byte| byte.is_ascii_digit());
            is_description.then_some(hex)?
        }
        None => text.strip_prefix("sha-").unwrap_or(text),
    };
    is_abbreviation(hex).then(|| hex.to_ascii_lowercase())
}

/// Tags that a bare number stands for: `v1.2.3`, and with the component's name before it.
fn related_tags(text: &str, component: &str) -> Vec<String> {
    let number = text.strip_prefix(['v', 'V']).unwrap_or(text);
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let mut names = vec![format!("v{number}"), number.to_owned()];
    let last_part = component.rsplit('/').next().unwrap_or(component);
    for name in [component, last_part] {
        names.push(format!("{name}-v{number}"));
        names.push(format!("{name}@{number}"));
        names.push(format!("{name}@v{number}"));
    }
    let mut tags: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        if name != text && could_be_a_reference(&name) && !tags.contains(&name) {
            tags.push(name);
        }
    }
    tags
}

/// Whether git would accept the text as the name of a tag; what fails here (`HEAD~1`, `a b`,
/// `x^{tree}`) must never reach something that evaluates revisions.
fn could_be_a_reference(text: &str) -> bool {
    let forbidden = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    !text.is_empty()
        && text.len() <= LONGEST_VERSION
        && !text.chars().any(forbidden)
        && !text.contains("..")
        && !text.contains("@{")
        && !text.starts_with('-')
        && !text.ends_with('.')
        && text
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
}

/// Whether a text consists of hex digits in either case.
fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a text has the length and the digits of an abbreviated id (a plain number may, too).
fn is_abbreviation(text: &str) -> bool {
    (7..40).contains(&text.len()) && is_hex(text)
}

/// Whether a text standing alone is a commit id: 7 to 40, or 64, hex digits. A plain number is
/// one only at full length.
pub fn is_commit_id(text: &str) -> bool {
    let full = text.len() == 40 || text.len() == 64;
    let has_letter = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_hex(text) && (full || (is_abbreviation(text) && has_letter))
}

/// A container image reference, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The last part of its path (`shop-frontend`).
    pub name: String,
    /// The part before it, where that is no host (`acme`): often the owner of its repository.
    pub owner: Option<String>,
    /// Its tag.
    pub tag: Option<String>,
    /// Its digest, with the algorithm (`sha256:…`).
    pub digest: Option<String>,
}

/// The version that a text stands for: of an image reference its tag, or its digest when it has no
/// tag or the tag is `latest` (which would hide that something else was deployed); any other text
/// as it is.
pub fn version_in(text: &str) -> String {
    match image_reference(text) {
        Some(Image {
            tag: Some(tag),
            digest,
            ..
        }) => match digest {
            Some(digest) if tag.eq_ignore_ascii_case("latest") => digest,
            _ => tag,
        },
        Some(Image {
            digest: Some(digest),
            ..
        }) => digest,
        _ => text.trim().to_owned(),
    }
}

/// Reads `host[:port]/path/name[:tag][@algorithm:digest]`. A port is not a tag.
pub fn image_reference(text: &str) -> Option<Image> {
    if text.len() > 2 * LONGEST_VERSION {
        return None;
    }
    // A digest standing alone has the shape of a name and a tag.
    if is_digest(text) {
        return None;
    }
    let (text, digest) = match text.split_once('@') {
        Some((before, digest)) => (before, Some(is_digest(digest).then_some(digest)?)),
        None => (text, None),
    };
    let (path, last) = match text.rsplit_once('/') {
        Some((path, last)) => (Some(path), last),
        None => (None, text),
    };
    let (name, tag) = match last.split_once(':') {
        Some((name, tag)) => (name, Some(is_tag_of_an_image(tag).then_some(tag)?)),
        None => (last, None),
    };
    if !is_path_part(name) || !path.is_none_or(is_image_path) {
        return None;
    }
    Some(Image {
        name: name.to_owned(),
        owner: path.and_then(owner_in).map(str::to_owned),
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
    })
}

impl Image {
    /// `acme/shop-frontend`, or the name alone where nothing but a host stands before it.
    pub fn owner_and_name(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{owner}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The last part of what stands before an image's name, unless that is the host of its registry: the
/// first part is one when it holds a dot or a port, or is `localhost`.
fn owner_in(path: &str) -> Option<&str> {
    match path.rsplit_once('/') {
        Some((_, owner)) => Some(owner),
        None => (!path.contains(['.', ':']) && path != "localhost").then_some(path),
    }
}

fn is_image_path(path: &str) -> bool {
    let (host, rest) = match path.split_once('/') {
        Some((host, rest)) => (host, Some(rest)),
        None => (path, None),
    };
    let is_host = match host.split_once(':') {
        Some((name, port)) => {
            is_path_part(name) && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => is_path_part(host),
    };
    is_host && rest.is_none_or(|rest| rest.split('/').all(is_path_part))
}

/// A host or one part of an image's path: letters, digits and single separators inside.
fn is_path_part(part: &str) -> bool {
    let is_edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    is_edge(part.bytes().next())
        && is_edge(part.bytes().last())
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn is_tag_of_an_image(tag: &str) -> bool {
    tag.len() <= 128
        && tag.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && tag
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Whether a text is an image digest: `sha256:` or `sha512:` and hex digits.
fn is_digest(text: &str) -> bool {
    let hex = text
        .strip_prefix("sha256:")
        .or_else(|| text.strip_prefix("sha512:"));
    hex.is_some_and(is_hex)
}

/// Whether a path starts with the name of a registry, which no tag does: `ghcr.io/acme/web`.
fn first_part_is_a_host(text: &str) -> bool {
    text.split_once('/').is_some_and(|(host, rest)| {
        let is_number = host.starts_with(['v', 'V'])
            || host.starts_with(|c: char| c.is_ascii_digit()) && host.split('.').count() < 4;
        rest.contains('/') && host.contains('.') && !is_number
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "2414721b194453f058079d897d13c4e377f92dc6";

    fn tags(names: &[&str]) -> Reading {
        Reading::Tags(names.iter().map(|&name| name.to_owned()).collect())
    }

    fn image(text: &str) -> Option<(String, Option<String>, Option<String>)> {
        image_reference(text).map(|image| (image.name, image.tag, image.digest))
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_owner_of_an_image_is_no_host() {
        for (text, expected) in [
            ("ghcr.io/acme/shop-web:1", "acme/shop-web"),
            ("acme/shop-web:1", "acme/shop-web"),
            ("host:5000/team/acme/web:1", "acme/web"),
            ("ghcr.io/web:1", "web"),
            ("localhost/web:1", "web"),
            ("web:1", "web"),
        ] {
            let image = image_reference(text).map(|image| image.owner_and_name());
            assert_eq!(image.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_full_id_is_read_in_full_only_whatever_its_case() {
        let id = FULL.parse().expect("a full id");
        for text in [FULL.to_owned(), FULL.to_uppercase(), format!("sha-{FULL}")] {
            assert_eq!(readings(&text, "web"), [Reading::FullId(id)], "{text}");
        }
        assert_eq!(readings(&"a1".repeat(32), "web"), [Reading::LongId]);
        let digits = "1".repeat(40);
        assert_eq!(
            readings(&digits, "web"),
            [Reading::FullId(CommitId([0x11; 20]))]
        );
    }

    #[test]
    fn an_abbreviation_is_a_tag_first() {
        assert_eq!(
            readings("ABC1234", "web"),
            [
                tags(&["ABC1234"]),
                Reading::Abbreviation("abc1234".to_owned())
            ]
        );
        assert_eq!(
            readings("sha-2414721", "web"),
            [
                tags(&["sha-2414721"]),
                Reading::Abbreviation("2414721".to_owned())
            ]
        );
        assert_eq!(readings("abc123", "web"), [tags(&["abc123"])]);
        assert_eq!(
            readings(&format!("{FULL}0"), "web")[0],
            tags(&[&format!("{FULL}0")]),
        );
    }

    #[test]
    fn a_description_ends_in_an_abbreviation() {
        assert_eq!(
            readings("v1.2.3-14-g2414721", "web")[..2],
            [
                tags(&["v1.2.3-14-g2414721"]),
                Reading::Abbreviation("2414721".to_owned())
            ]
        );
        assert_eq!(readings("big-gadabada", "web"), [tags(&["big-gadabada"])]);
    }

    #[test]
    fn a_number_also_stands_for_tags_with_v_and_with_the_component() {
        assert_eq!(
            readings("1.2.3", "lambda/resize"),
            [
                tags(&["1.2.3"]),
                tags(&[
                    "v1.2.3",
                    "lambda/resize-v1.2.3",
                    "lambda/resize@1.2.3",
                    "lambda/resize@v1.2.3",
                    "resize-v1.2.3",
                    "resize@1.2.3",
                    "resize@v1.2.3",
                ]),
            ]
        );
        assert_eq!(
            readings("v1.2", "web"),
            [
                tags(&["v1.2"]),
                tags(&["1.2", "web-v1.2", "web@1.2", "web@v1.2"])
            ]
        );
        assert_eq!(readings("refs/tags/spring", "web"), [tags(&["spring"])]);
        assert_eq!(
            readings("release/2026-03", "web"),
            [tags(&["release/2026-03"])]
        );
    }

    #[test]
    fn what_names_no_commit_says_why() {
        let reason = |text: &str| match readings(text, "web").as_slice() {
            [Reading::Nothing(reason)] => reason.clone(),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(reason("latest"), "`latest` names no commit");
        assert_eq!(reason(""), "the version is empty");
        assert_eq!(reason(" \t"), "the version is empty");
        assert_eq!(
            reason(&format!("sha256:{}", "a".repeat(64))),
            "an image digest names no commit"
        );
        assert_eq!(
            reason("acme/web@sha256:abc123"),
            "an image digest names no commit"
        );
        assert_eq!(
            reason("registry.example.test:5000/acme/web"),
            "image without a tag"
        );
        assert_eq!(reason("ghcr.io/acme/web"), "image without a tag");
        for text in [
            "HEAD~1",
            "a b",
            "x^{tree}",
            "@{u}",
            "a..b",
            "-x",
            "a\u{1b}[m",
        ] {
            assert_eq!(
                reason(text),
                "it is neither a commit id nor the name of a tag",
                "{text}"
            );
        }
        assert_eq!(
            reason(&"9".repeat(300)),
            "a text of 300 bytes is no version"
        );
    }

    #[test]
    fn the_version_in_an_image_reference_is_its_tag() {
        let digest = format!("sha256:{}", "0f".repeat(32));
        for (text, version) in [
            ("registry.example.test:5000/acme/web:abc1234", "abc1234"),
            (&format!("acme/web:1.2@{digest}"), "1.2"),
            (&format!("acme/web:latest@{digest}"), digest.as_str()),
            (&format!("acme/web@{digest}"), digest.as_str()),
            (&digest, digest.as_str()),
            ("acme/web:latest", "latest"),
            ("ghcr.io/acme/web", "ghcr.io/acme/web"),
            (" 1.2.3\r", "1.2.3"),
            ("@acme/web@1.2.3", "@acme/web@1.2.3"),
        ] {
            assert_eq!(version_in(text), version, "{text}");
        }
        assert_eq!(
            readings("acme/web:abc1234", "web"),
            readings("abc1234", "web")
        );
    }

    #[test]
    fn image_references_are_taken_apart() {
        assert_eq!(
            image("registry.example.test:5000/acme/shop-frontend:abc1234"),
            Some(("shop-frontend".to_owned(), some("abc1234"), None))
        );
        assert_eq!(
            image("web:1.2"),
            Some(("web".to_owned(), some("1.2"), None))
        );
        assert_eq!(
            image("localhost:5000/web"),
            Some(("web".to_owned(), None, None))
        );
        assert_eq!(
            image("ghcr.io/acme/web@sha256:00ff"),
            Some(("web".to_owned(), None, some("sha256:00ff")))
        );
        assert_eq!(
            image("ghcr.io/acme/web:v1@sha256:00ff"),
            Some(("web".to_owned(), some("v1"), some("sha256:00ff")))
        );
        assert_eq!(image("web"), Some(("web".to_owned(), None, None)));
    }

    #[test]
    fn texts_that_are_no_image_references_are_refused() {
        for text in [
            "",
            ":",
            "web:",
            ":1.2",
            "/web:1",
            "acme//web:1",
            "https://example.test/web:1",
            "arn:aws:lambda:eu-west-1:1:function:web",
            "2026-01-15T10:30:00Z",
            "web:1 2",
            "web@sha256:xyz",
            "web@1.2.3",
            "host:99999999/web:1",
            "../web:1",
        ] {
            assert_eq!(image_reference(text), None, "{text}");
        }
    }

    #[test]
    fn a_plain_number_is_a_commit_id_only_at_full_length() {
        assert!(is_commit_id(&"7".repeat(40)));
        assert!(is_commit_id("deadbeef"));
        assert!(is_commit_id("ABCDEF1"));
        for text in ["1234567", "20260115", "abc123", "", "abcdefg"] {
            assert!(!is_commit_id(text), "{text}");
        }
    }
}
