//! Asks until there is a good answer or a reason why there is none: tries, waits for rate limits, follows
//! redirections on the same host. Single exchanges are carried by `rest` or `gh`; the files of the kinds
//! put pages together.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::access::{Access, Way};
use super::api_root::{ApiRoot, Place};
use super::exchange::{Broken, Question, Reply};
use super::gh::Gh;
use super::rate_limit;
use super::rest::Rest;
use super::token::Token;
use super::{Answer, Ask, GithubError};

/// Most redirections that are followed for one question.
const MOST_REDIRECTS: u32 = 5;

/// Most waits for rate limits in one question.
const MOST_WAITS: u32 = 4;

/// How patient a client is.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The longest single wait for a rate limit.
    pub longest_wait: Duration,
    /// When all must be over.
    pub deadline: Option<Instant>,
    /// How long one exchange may take, from the connection to the last byte.
    pub exchange: Duration,
    /// How often a question is tried that fails for no lasting reason; at least once.
    pub tries: u32,
    /// The pause after the first try; the n-th is n² as long.
    pub pause: Duration,
    /// The first wait for a secondary rate limit that names no time; each further one is twice as long.
    pub secondary: Duration,
}

impl Default for Limits {
    /// Fifteen minutes of waiting, 30 seconds per exchange, three tries with pauses of one and four
    /// seconds, no deadline.
    fn default() -> Self {
        Self {
            longest_wait: Duration::from_secs(15 * 60),
            deadline: None,
            exchange: Duration::from_secs(30),
            tries: 3,
            pause: Duration::from_secs(1),
            secondary: Duration::from_secs(60),
        }
    }
}

/// Asks one host.
pub struct Client<'a> {
    root: ApiRoot,
    carrier: RefCell<Carrier>,
    /// What carries instead, should the first connection fail.
    otherwise: RefCell<Option<Gh>>,
    has_answered: Cell<bool>,
    /// Every token that may be sent: none of them is told to anybody.
    tokens: RefCell<Vec<Token>>,
    limits: Limits,
    say: &'a dyn Fn(&str),
    sleep: &'a dyn Fn(Duration),
}

enum Carrier {
    Rest(Rest),
    Gh(Gh),
}

impl Carrier {
    fn exchange(&self, question: &Question, within: Duration) -> Result<Reply, Broken> {
        match self {
            Self::Rest(rest) => rest.exchange(question, within),
            Self::Gh(gh) => gh.exchange(question, within),
        }
    }
}

impl fmt::Debug for Client<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut client = f.debug_struct("Client");
        client.field("root", &self.root).finish_non_exhaustive()
    }
}

impl<'a> Client<'a> {
    /// A client; nothing is asked yet. `say` is told of every wait before it begins.
    ///
    /// # Errors
    /// [`GithubError::Unreachable`] when this machine cannot speak TLS and there is no `gh` either.
    pub fn connect(
        access: Access,
        limits: Limits,
        say: &'a dyn Fn(&str),
    ) -> Result<Self, GithubError> {
        let Access { root, way } = access;
        let (carrier, otherwise, tokens) = match way {
            Way::Gh(gh) => {
                let tokens = gh.tokens(limits.exchange);
                (Carrier::Gh(gh), None, tokens)
            }
            Way::Rest {
                token, otherwise, ..
            } => match (Rest::new(&root, &token), otherwise) {
                (Ok(rest), otherwise) => (Carrier::Rest(rest), otherwise, vec![token]),
                (Err(_), Some(gh)) => {
                    let tokens = gh.tokens(limits.exchange);
                    (Carrier::Gh(gh), None, tokens)
                }
                (Err(broken), None) => {
                    return Err(GithubError::Unreachable {
                        why: words(&broken, limits.exchange),
                    });
                }
            },
        };
        Ok(Self {
            root,
            carrier: RefCell::new(carrier),
            otherwise: RefCell::new(otherwise),
            has_answered: Cell::new(false),
            tokens: RefCell::new(tokens),
            limits,
            say,
            sleep: &thread::sleep,
        })
    }

    /// The same, with another way to wait.
    #[cfg(test)]
    pub(super) fn sleeping(mut self, sleep: &'a dyn Fn(Duration)) -> Self {
        self.sleep = sleep;
        self
    }

    /// Asks until there is a good reply, or a 304.
    fn ask(&self, mut question: Question) -> Result<Reply, GithubError> {
        let asked = self.without_token(&question.place.label());
        let (mut tries, mut waits, mut redirects) = (1, 0, 0);
        loop {
            let reply = match self.exchange(&question) {
                Ok(reply) if reply.status >= 500 => Err(GithubError::Unreachable {
                    why: format!("it answers {} to {asked}", reply.status),
                }),
                Ok(reply) => Ok(reply),
                Err(broken) => Err(self.last_word(&broken, &asked)?),
            };
            let reply = match reply {
                Ok(reply) => reply,
                Err(failure) => {
                    self.pause_after(tries, failure)?;
                    tries += 1;
                    continue;
                }
            };
            let is_graphql = question.body.is_some();
            let wait = rate_limit::wait_of(&reply, is_graphql, self.limits.secondary, waits);
            if let Some(wait) = wait {
                self.wait_for_limit(wait, waits)?;
                waits += 1;
                continue;
            }
            if let Some(to) = self.redirection(&question, &reply, &asked)? {
                redirects += 1;
                if redirects > MOST_REDIRECTS {
                    return Err(bad(&asked, "it was redirected again and again"));
                }
                question.place = to;
                continue;
            }
            return self.judged(reply, &question, asked);
        }
    }

    /// One exchange. The very first that finds no connection is carried by `gh` instead, which may know
    /// the way; if it does not, all stays as it was.
    fn exchange(&self, question: &Question) -> Result<Reply, Broken> {
        let within = self.time_for_exchange().ok_or(Broken::TooSlow)?;
        let mut reply = self.carrier.borrow().exchange(question, within);
        if let Err(Broken::NoConnection(_)) = reply
            && !self.has_answered.get()
            && let Some(gh) = self.otherwise.take()
            && let Some(within) = self.time_for_exchange()
            && let Ok(through_gh) = gh.exchange(question, within)
        {
            (self.say)("GitHub cannot be reached directly; gh reaches it");
            self.tokens
                .borrow_mut()
                .extend(gh.tokens(self.limits.exchange));
            *self.carrier.borrow_mut() = Carrier::Gh(gh);
            reply = Ok(through_gh);
        }
        if reply.is_ok() {
            self.has_answered.set(true);
        }
        reply
    }

    /// The time that one exchange may take; `None` when there is none left.
    fn time_for_exchange(&self) -> Option<Duration> {
        let left = self.time_left().unwrap_or(self.limits.exchange);
        (!left.is_zero()).then(|| left.min(self.limits.exchange))
    }

    /// The time until the deadline, if there is one.
    fn time_left(&self) -> Option<Duration> {
        let deadline = self.limits.deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }

    /// What is said should no further try help; the error where trying again is of no use.
    fn last_word(&self, broken: &Broken, asked: &str) -> Result<GithubError, GithubError> {
        let why = self.without_token(&words(broken, self.limits.exchange));
        match broken {
            Broken::TooSlow if self.time_left().is_some_and(|it| it.is_zero()) => {
                Err(GithubError::OutOfTime)
            }
            Broken::TooLarge | Broken::Unaskable(_) => Err(bad(asked, &why)),
            Broken::NotLoggedIn => Err(GithubError::Unauthorized),
            Broken::Lost(_) | Broken::TooSlow | Broken::NoConnection(_) => {
                Ok(GithubError::Unreachable { why })
            }
        }
    }

    /// Pauses before the next try; the failure itself when there is none.
    fn pause_after(&self, tries: u32, failure: GithubError) -> Result<(), GithubError> {
        let pause = self.limits.pause.saturating_mul(tries.saturating_pow(2));
        let is_over = self.time_left().is_some_and(|left| left <= pause);
        if tries >= self.limits.tries || is_over {
            return Err(failure);
        }
        (self.sleep)(pause);
        Ok(())
    }

    fn wait_for_limit(&self, wait: Duration, waits: u32) -> Result<(), GithubError> {
        let is_too_long = wait > self.limits.longest_wait
            || self.time_left().is_some_and(|left| left <= wait)
            || waits >= MOST_WAITS;
        if is_too_long {
            return Err(GithubError::RateLimited { wait });
        }
        let seconds = wait.as_secs();
        let span = match seconds.div_ceil(60) {
            minutes if seconds >= 120 => format!("{minutes} minutes"),
            _ if seconds == 1 => "1 second".to_owned(),
            _ => format!("{seconds} seconds"),
        };
        (self.say)(&format!("GitHub's rate limit is used up; waiting {span}"));
        (self.sleep)(wait);
        Ok(())
    }

    /// Where a reply leads to, if it leads somewhere.
    fn redirection(
        &self,
        question: &Question,
        reply: &Reply,
        asked: &str,
    ) -> Result<Option<Place>, GithubError> {
        match (reply.status, &question.body) {
            (307 | 308, _) | (301 | 302, None) => {}
            _ => return Ok(None),
        }
        let location = reply.header("location");
        let location = location.ok_or_else(|| bad(asked, "it is redirected nowhere"))?;
        if self.holds_token(location.as_bytes()) {
            // Through gh it would come among its arguments.
            return Err(bad(asked, "its redirection repeats the token"));
        }
        let to = self.root.redirected(&question.place, location);
        to.map(Some).map_err(|_| GithubError::OtherHost {
            at: asked.to_owned(),
        })
    }

    /// A good reply, or the error that its status is.
    fn judged(&self, reply: Reply, question: &Question, at: String) -> Result<Reply, GithubError> {
        let message = || self.without_token(&reply.message());
        // Rows, entity tags and next pages are kept.
        if (reply.is_good() || reply.status == 304) && self.repeats_token(&reply) {
            return Err(bad(&at, "it repeats the token"));
        }
        match reply.status {
            304 if question.etag.is_some() => Ok(reply),
            401 => Err(GithubError::Unauthorized),
            403 => Err(GithubError::Forbidden {
                at,
                message: message(),
            }),
            404 | 410 | 422 | 451 => Err(GithubError::NotFound { at }),
            _ if !reply.is_good() => {
                let why = format!("its status is {} {}", reply.status, message());
                Err(bad(&at, why.trim_end()))
            }
            _ => match reply.why_no_json() {
                Some(why) => Err(bad(&at, why)),
                None => Ok(reply),
            },
        }
    }

    /// A foreign text, should a server send the token back in it.
    fn without_token(&self, text: &str) -> String {
        let tokens = self.tokens.borrow();
        let hide = |text: String, token: &Token| token.hidden_in(&text);
        tokens.iter().fold(text.to_owned(), hide)
    }

    fn repeats_token(&self, reply: &Reply) -> bool {
        let mut values = reply.headers.iter().map(|(_, value)| value.as_bytes());
        values.any(|value| self.holds_token(value)) || self.holds_token(&reply.body)
    }

    fn holds_token(&self, bytes: &[u8]) -> bool {
        self.tokens.borrow().iter().any(|token| token.is_in(bytes))
    }
}

impl Ask for Client<'_> {
    fn get(&self, at: &str, etag: Option<&str>) -> Result<Answer, GithubError> {
        // The address of a next page is foreign text.
        let place = self.root.place(at).map_err(|error| match error {
            GithubError::OtherHost { at } => GithubError::OtherHost {
                at: self.without_token(&at),
            },
            other => other,
        })?;
        let question = Question {
            place: place.clone(),
            etag: etag.map(str::to_owned),
            body: None,
        };
        let reply = self.ask(question)?;
        let is_unchanged = reply.status == 304;
        let next = reply.next();
        let leads_back = |next: &str| self.root.place(next).is_ok_and(|next| next == place);
        if next.as_deref().is_some_and(leads_back) {
            let at = self.without_token(&place.label());
            return Err(bad(&at, "its next page is itself"));
        }
        Ok(Answer {
            etag: reply.etag(),
            next,
            is_unchanged,
            body: if is_unchanged { Vec::new() } else { reply.body },
        })
    }

    fn graphql(&self, query: &str, variables: &Value) -> Result<Vec<u8>, GithubError> {
        let body = json!({ "query": query, "variables": variables });
        let question = Question {
            place: self.root.graphql(),
            etag: None,
            body: Some(body.to_string().into_bytes()),
        };
        Ok(self.ask(question)?.body)
    }
}

fn bad(at: &str, why: &str) -> GithubError {
    GithubError::BadAnswer {
        at: at.to_owned(),
        why: why.to_owned(),
    }
}

fn words(broken: &Broken, exchange: Duration) -> String {
    match broken {
        Broken::NoConnection(why) | Broken::Lost(why) | Broken::Unaskable(why) => why.clone(),
        Broken::TooSlow => format!("no whole answer within {} seconds", exchange.as_secs()),
        Broken::TooLarge => "it is too large".to_owned(),
        Broken::NotLoggedIn => "gh is not logged in".to_owned(),
    }
}
