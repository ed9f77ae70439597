//! Questions through `gh api`, which brings its own login, proxy and certificates. The other way is
//! `rest`. The answer is read from what it prints; its exit status only tells whether that is whole.

use std::time::Duration;

use serde::de::IgnoredAny;

use super::exchange::{Broken, LARGEST_BODY, Question, Reply, one_line};
use super::gh_program::{Failed, GhProgram, Said};
use super::rest::{ACCEPTED, API_VERSION};
use super::token::Token;

/// Exit status of a `gh` that is not logged in.
const NOT_LOGGED_IN: i32 = 4;

/// Most bytes of headers.
const LARGEST_HEAD: usize = 256 * 1024;

/// How long `gh` may look for its token: a keyring may be slow.
const TOKEN_LIMIT: Duration = Duration::from_secs(10);

/// `gh` for one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gh {
    program: GhProgram,
    host: String,
    /// Whether tokens of the environment are for this host.
    has_own_tokens: bool,
}

/// What `gh` says when it is asked for its token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// It has one.
    Token(Token),
    /// It is too old to print one.
    Unsaid,
    /// It has none, or did not answer.
    Nothing,
}

impl Gh {
    /// `gh` for a host.
    pub(super) fn new(program: GhProgram, host: &str, has_own_tokens: bool) -> Self {
        Self {
            program,
            host: host.to_owned(),
            has_own_tokens,
        }
    }

    /// The token that it holds for the host: from its own configuration or the keyring, not from the
    /// environment. Nothing is asked of the network.
    pub(super) fn held_token(&self, within: Duration) -> Held {
        let arguments = ["auth".to_owned(), "token".to_owned(), self.hostname()];
        let said = self
            .program
            .run(&arguments, None, false, within.min(TOKEN_LIMIT), 16 * 1024);
        let Ok(said) = said else {
            return Held::Nothing;
        };
        if said.status.success() {
            let token = std::str::from_utf8(&said.output).ok().and_then(Token::new);
            return token.map_or(Held::Nothing, Held::Token);
        }
        if said.complaint.contains("unknown command") {
            Held::Unsaid
        } else {
            Held::Nothing
        }
    }

    /// Every token that it may send: those of the environment, and its own where it tells.
    pub(super) fn tokens(&self, within: Duration) -> Vec<Token> {
        let mut tokens = self.program.tokens().to_vec();
        if let Held::Token(token) = self.held_token(within) {
            tokens.push(token);
        }
        tokens
    }

    /// Asks; `gh` is ended when it takes longer than the given time.
    pub(super) fn exchange(&self, question: &Question, within: Duration) -> Result<Reply, Broken> {
        let arguments = self.arguments(question)?;
        let input = question.body.as_deref();
        let largest = LARGEST_BODY + LARGEST_HEAD;
        let said = self
            .program
            .run(&arguments, input, self.has_own_tokens, within, largest);
        reply(&said.map_err(|failed| match failed {
            Failed::NotStarted(why) => Broken::NoConnection(format!("gh does not start: {why}")),
            Failed::TooSlow => Broken::TooSlow,
            Failed::TooLarge => Broken::TooLarge,
        })?)
    }

    fn hostname(&self) -> String {
        format!("--hostname={}", self.host)
    }

    fn arguments(&self, question: &Question) -> Result<Vec<String>, Broken> {
        let mut arguments = vec!["api".to_owned(), "--include".to_owned(), self.hostname()];
        let header = |name: &str, value: &str| format!("--header={name}: {value}");
        arguments.push(header("Accept", ACCEPTED));
        arguments.push(header(API_VERSION.0, API_VERSION.1));
        if let Some(etag) = &question.etag
            && etag.chars().all(|c| c.is_ascii_graphic())
        {
            arguments.push(header("If-None-Match", etag));
        }
        if question.body.is_some() {
            // The question goes through its standard input: arguments can be seen by everybody.
            arguments.extend(["--input=-", "--", "graphql"].map(str::to_owned));
            return Ok(arguments);
        }
        let path = &question.place.below_root;
        // gh takes an argument with :// for a whole address, and fills in what is in braces.
        if path.contains("://") || path.contains(['{', '}']) {
            return Err(Broken::Unaskable("gh cannot ask for this path".to_owned()));
        }
        arguments.extend([
            "--method=GET".to_owned(),
            "--".to_owned(),
            format!("/{path}"),
        ]);
        Ok(arguments)
    }
}

/// The reply in what `gh` said.
fn reply(said: &Said) -> Result<Reply, Broken> {
    if said.status.code() == Some(NOT_LOGGED_IN) {
        return Err(Broken::NotLoggedIn);
    }
    let complaint = || one_line(&said.complaint);
    if said.output.is_empty() {
        return Err(Broken::NoConnection(complaint()));
    }
    let reply = parse(&said.output).ok_or_else(|| Broken::Lost(complaint()))?;
    if reply.body.len() > LARGEST_BODY {
        return Err(Broken::TooLarge);
    }
    // It ends with 1 for every status that is not good, for errors in GraphQL, and when the body was
    // cut off: only the last has no whole JSON.
    let is_whole = || serde_json::from_slice::<IgnoredAny>(&reply.body).is_ok();
    if reply.is_good() && !said.status.success() && !is_whole() {
        return Err(Broken::Lost(complaint()));
    }
    Ok(reply)
}

/// `HTTP/2.0 200 OK`, headers, an empty line, the body.
fn parse(output: &[u8]) -> Option<Reply> {
    let mut rest = output;
    let mut line = || -> Option<String> {
        let end = memchr::memchr(b'\n', rest).filter(|end| *end < LARGEST_HEAD)?;
        let (line, after) = rest.split_at(end);
        rest = &after[1..];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Some(String::from_utf8_lossy(line).into_owned())
    };
    let first = line()?;
    let mut words = first.split_whitespace();
    if !words.next()?.starts_with("HTTP/") {
        return None;
    }
    let status = words.next()?.parse().ok()?;
    let mut headers = Vec::new();
    loop {
        let line = line()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Some(Reply {
        status,
        headers,
        body: rest.to_vec(),
    })
}
