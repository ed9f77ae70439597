//! A GitHub for tests: answers from a script, and a memory of what was asked. An address that is not in
//! the script is not found.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;

use serde_json::Value;

use super::{Answer, Ask, GithubError};
use crate::model::github::GithubRepository;

#[derive(Default)]
pub(super) struct Scripted {
    answers: HashMap<String, Result<Answer, GithubError>>,
    to_graphql: RefCell<VecDeque<Result<Vec<u8>, GithubError>>>,
    asked: RefCell<Vec<String>>,
    variables: RefCell<Vec<Value>>,
}

impl Scripted {
    /// Answers `at` with a body.
    pub(super) fn on(mut self, at: &str, body: impl Into<Vec<u8>>) -> Self {
        let answer = Answer {
            body: body.into(),
            ..Answer::default()
        };
        self.answers.insert(at.to_owned(), Ok(answer));
        self
    }

    /// Answers `at` with a body that another page follows.
    pub(super) fn on_with_next(self, at: &str, body: impl Into<Vec<u8>>, next: &str) -> Self {
        let mut script = self.on(at, body);
        if let Some(Ok(answer)) = script.answers.get_mut(at) {
            answer.next = Some(next.to_owned());
        }
        script
    }

    /// Answers `at` with any answer.
    pub(super) fn answers(mut self, at: &str, answer: Answer) -> Self {
        self.answers.insert(at.to_owned(), Ok(answer));
        self
    }

    /// Fails to answer `at`.
    pub(super) fn fails(mut self, at: &str, error: GithubError) -> Self {
        self.answers.insert(at.to_owned(), Err(error));
        self
    }

    /// Answers the next GraphQL question.
    pub(super) fn then(self, body: impl Into<Vec<u8>>) -> Self {
        self.to_graphql.borrow_mut().push_back(Ok(body.into()));
        self
    }

    /// Fails to answer the next GraphQL question.
    pub(super) fn then_fails(self, error: GithubError) -> Self {
        self.to_graphql.borrow_mut().push_back(Err(error));
        self
    }

    /// The addresses that were asked for, in order, with the entity tag after a space.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }

    /// The variables of the GraphQL questions.
    pub(super) fn variables(&self) -> Vec<Value> {
        self.variables.borrow().clone()
    }
}

impl Ask for Scripted {
    fn get(&self, at: &str, etag: Option<&str>) -> Result<Answer, GithubError> {
        let asked = match etag {
            Some(etag) => format!("{at} {etag}"),
            None => at.to_owned(),
        };
        self.asked.borrow_mut().push(asked);
        let not_there = || Err(GithubError::NotFound { at: at.to_owned() });
        self.answers.get(at).cloned().unwrap_or_else(not_there)
    }

    fn graphql(&self, _query: &str, variables: &Value) -> Result<Vec<u8>, GithubError> {
        self.variables.borrow_mut().push(variables.clone());
        let next = self.to_graphql.borrow_mut().pop_front();
        next.unwrap_or(Err(GithubError::OutOfTime))
    }
}

/// The repository that the tests ask for.
pub(super) fn shop() -> GithubRepository {
    GithubRepository::new("github.com", "acme", "shop").expect("plain names")
}

/// Where answers of GitHub lie, good and broken.
pub(super) fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/github")
}

/// A file of `fixtures/github`.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(directory().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// An instant by its time in RFC 3339.
pub(super) fn at(text: &str) -> chrono::DateTime<chrono::Utc> {
    let instant = chrono::DateTime::parse_from_rfc3339(text).expect("a time");
    instant.to_utc()
}
