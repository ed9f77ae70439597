//! Questions over HTTPS of our own. Redirections are not followed here: `client` looks where they lead.

use std::io::Read as _;
use std::time::Duration;

use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::redirect::Policy;

use super::api_root::ApiRoot;
use super::exchange::{Broken, LARGEST_BODY, Question, Reply, one_line};
use super::token::Token;

/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The version of the API that is asked.
pub(super) const API_VERSION: (&str, &str) = ("X-GitHub-Api-Version", "2022-11-28");

/// The form in which answers are wanted.
pub(super) const ACCEPTED: &str = "application/vnd.github+json";

/// A connection to one host, with its token in every question.
pub(super) struct Rest {
    client: Client,
}

impl Rest {
    /// Prepares it; nothing is opened yet.
    ///
    /// # Errors
    /// When this machine cannot speak TLS: it has no certificates.
    pub(super) fn new(root: &ApiRoot, token: &Token) -> Result<Self, Broken> {
        // Another part of the process may have chosen one before; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
        let (name, version) = API_VERSION;
        if let Ok(name) = name.parse::<reqwest::header::HeaderName>() {
            headers.insert(name, HeaderValue::from_static(version));
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| Broken::Unaskable("the token is no text".to_owned()))?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        let mut builder = Client::builder()
            .user_agent(concat!("dora/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_LIMIT);
        if root.is_loopback() {
            // A proxy on another machine does not reach this one.
            builder = builder.no_proxy();
        }
        builder = if root.is_plain_text() {
            builder.tls_certs_only([])
        } else {
            builder.https_only(true)
        };
        let client = builder.build().map_err(|error| broken(&error))?;
        Ok(Self { client })
    }

    /// Asks; the whole exchange ends within the given time.
    pub(super) fn exchange(&self, question: &Question, within: Duration) -> Result<Reply, Broken> {
        let url = question.place.url.clone();
        let mut request = match &question.body {
            None => self.client.get(url),
            Some(body) => {
                let request = self.client.post(url).body(body.clone());
                request.header(CONTENT_TYPE, "application/json")
            }
        };
        // A tag that no header can carry is as good as none.
        let tag = question.etag.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(tag)) = tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        // A limit of the request, unlike one of the client, holds for the whole body too.
        let response = request.timeout(within).send();
        read(response.map_err(|error| broken(&error))?)
    }
}

fn read(mut response: Response) -> Result<Reply, Broken> {
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers = response.headers().iter();
    let headers = headers
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)))
        .collect();
    let status = response.status().as_u16();
    let mut body = Vec::new();
    let limit = u64::try_from(LARGEST_BODY).unwrap_or(u64::MAX);
    response
        .by_ref()
        .take(limit.saturating_add(1))
        .read_to_end(&mut body)
        .map_err(|error| {
            let inner = error.get_ref().and_then(|it| it.downcast_ref());
            match inner.map(reqwest::Error::is_timeout) {
                Some(true) => Broken::TooSlow,
                _ if error.kind() == std::io::ErrorKind::TimedOut => Broken::TooSlow,
                _ => Broken::Lost("the answer was cut off".to_owned()),
            }
        })?;
    if body.len() > LARGEST_BODY {
        return Err(Broken::TooLarge);
    }
    Ok(Reply {
        status,
        headers,
        body,
    })
}

fn broken(error: &reqwest::Error) -> Broken {
    // The address of the error is left out: whoever asked names it.
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let why = one_line(&deepest.to_string());
    if error.is_connect() || error.is_builder() {
        Broken::NoConnection(why)
    } else if error.is_timeout() {
        Broken::TooSlow
    } else {
        Broken::Lost(why)
    }
}
