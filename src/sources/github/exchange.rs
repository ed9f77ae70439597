//! One question and one reply as they go over the wire, whoever carries them: `rest` or `gh`. What a
//! reply means, and whether it is asked for again, is settled in `client`.

use super::api_root::Place;

/// Largest body, decompressed, in bytes.
pub(super) const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// Most characters of a foreign message that are kept.
const LONGEST_MESSAGE: usize = 200;

/// Bodies of errors are small; a larger one has no message.
const LARGEST_ERROR: usize = 64 * 1024;

/// Longest value of a header that is used: an entity tag, a link.
const LONGEST_VALUE: usize = 8192;

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// Where.
    pub(super) place: Place,
    /// The entity tag that is known.
    pub(super) etag: Option<String>,
    /// The JSON to send (GraphQL); without it the question is a `GET`.
    pub(super) body: Option<Vec<u8>>,
}

/// What came back, whatever its status.
#[derive(Debug, Clone, Default)]
pub(super) struct Reply {
    /// The HTTP status.
    pub(super) status: u16,
    /// Headers; names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub(super) body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Broken {
    /// There was no connection: name, address, proxy or certificate.
    NoConnection(String),
    /// The connection ended before the answer did.
    Lost(String),
    /// The time for one question was over.
    TooSlow,
    /// The body is larger than [`LARGEST_BODY`].
    TooLarge,
    /// The question cannot be asked this way.
    Unaskable(String),
    /// `gh` is not logged in.
    NotLoggedIn,
}

impl Reply {
    /// The value of a header; its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known == name)?;
        (value.len() <= LONGEST_VALUE).then_some(value)
    }

    /// Whether it was successful.
    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Why the body is no JSON, as far as its beginning and its headers tell; `None` when it may be.
    pub(super) fn why_no_json(&self) -> Option<&'static str> {
        let first = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        let kind = self.header("content-type").unwrap_or("json");
        match first {
            None => Some("it is empty"),
            Some(b'<') => Some("it is HTML, no JSON"),
            Some(b'{' | b'[') if kind.to_ascii_lowercase().contains("json") => None,
            Some(_) => Some("it is no JSON"),
        }
    }

    /// The entity tag, verbatim.
    pub(super) fn etag(&self) -> Option<String> {
        let is_sound = |tag: &&str| tag.chars().all(|c| c.is_ascii_graphic());
        self.header("etag").filter(is_sound).map(str::to_owned)
    }

    /// The `rel="next"` of its `Link` header (RFC 8288).
    pub(super) fn next(&self) -> Option<String> {
        let mut rest = self.header("link")?;
        while let Some(start) = rest.find('<') {
            let end = start + rest[start..].find('>')?;
            let at = &rest[start + 1..end];
            rest = &rest[end + 1..];
            let parameters = rest.split('<').next().unwrap_or_default();
            let is_next = parameters.split([';', ',']).any(|parameter| {
                let Some((name, value)) = parameter.split_once('=') else {
                    return false;
                };
                let mut words = value.trim().trim_matches('"').split_ascii_whitespace();
                name.trim().eq_ignore_ascii_case("rel")
                    && words.any(|word| word.eq_ignore_ascii_case("next"))
            });
            if is_next {
                return Some(at.to_owned());
            }
        }
        None
    }

    /// What GitHub says of an error: the `message` of the body on one line. Foreign text.
    pub(super) fn message(&self) -> String {
        if self.body.len() > LARGEST_ERROR {
            return String::new();
        }
        let body: Option<serde_json::Value> = serde_json::from_slice(&self.body).ok();
        let message = body.as_ref().and_then(|body| body.get("message")?.as_str());
        one_line(message.unwrap_or_default())
    }
}

/// A foreign text on one line, without control characters, cut to a bearable length.
pub(super) fn one_line(text: &str) -> String {
    let words = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let text: String = words.take(4 * LONGEST_MESSAGE).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: &str) -> Reply {
        Reply {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..Reply::default()
        }
    }

    #[test]
    fn the_next_page_is_found_in_every_shape_of_a_link_header() {
        for (link, next) in [
            (
                r#"<https://h/a?page=2>; rel="next""#,
                Some("https://h/a?page=2"),
            ),
            (
                r#"<https://h/a?page=1>; rel="prev", <https://h/a?page=3>; rel="next", <https://h/a?page=9>; rel="last""#,
                Some("https://h/a?page=3"),
            ),
            (
                r#"<https://h/a?labels=x,y;z>; title="t"; REL=next"#,
                Some("https://h/a?labels=x,y;z"),
            ),
            (r#"<https://h/a>; rel="last next""#, Some("https://h/a")),
            (r#"<https://h/a>; rel="last""#, None),
            (r#"<https://h/a; rel="next""#, None),
            (r#"rel="next""#, None),
            ("<>;;;,,,<", None),
            ("", None),
        ] {
            assert_eq!(with("link", link).next().as_deref(), next, "{link}");
        }
        assert_eq!(with("link", &"<".repeat(100_000)).next(), None);
    }

    #[test]
    fn an_entity_tag_is_kept_as_it_is_unless_no_header_could_carry_it() {
        let tag = |value| with("etag", value).etag();
        assert_eq!(tag("W/\"abc\"").as_deref(), Some("W/\"abc\""));
        assert_eq!(tag("W/\"a b\""), None);
        assert_eq!(tag("\"a\u{e9}\""), None);
    }

    #[test]
    fn what_is_no_json_is_told_by_its_beginning_and_its_type() {
        let why = |kind: &str, body: &str| {
            let mut reply = with("content-type", kind);
            reply.body = body.as_bytes().to_vec();
            reply.why_no_json()
        };
        assert_eq!(why("application/json; charset=utf-8", " [1]"), None);
        assert_eq!(why("application/vnd.github+json", "{}"), None);
        assert_eq!(
            why("application/json", "<html>"),
            Some("it is HTML, no JSON")
        );
        assert_eq!(why("text/html", "{}"), Some("it is no JSON"));
        assert_eq!(why("application/json", "OK"), Some("it is no JSON"));
        assert_eq!(why("application/json", " "), Some("it is empty"));
    }

    #[test]
    fn a_message_is_one_short_line() {
        let body = |text: &str| Reply {
            body: text.as_bytes().to_vec(),
            ..Reply::default()
        };
        let told = body(r#"{"message":"No\n\u001b[31m way"}"#).message();
        assert_eq!(told, "No [31m way");
        assert_eq!(body(r#"{"message":7}"#).message(), "");
        assert_eq!(body("<html>").message(), "");
        let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(1000));
        assert_eq!(body(&long).message().len(), 200);
    }
}
