//! All pages of a listing, one after the other, with an end in any case.

use std::collections::HashSet;

use super::{Answer, Ask, GithubError};

/// The pages of a listing, in the order of their links. It ends after the last page, after an error,
/// and with an error when a page comes back or there are more than were allowed.
pub struct Pages<'a> {
    asked: &'a dyn Ask,
    /// The path of the first page: what errors name. The addresses of others are foreign text.
    path: String,
    next: Option<String>,
    etag: Option<String>,
    seen: HashSet<String>,
    most: usize,
}

impl<'a> Pages<'a> {
    /// The pages from a first one on; `etag` is what is known of that first one. Of more than `most`
    /// pages the rest is an error.
    pub fn new(asked: &'a dyn Ask, first: &str, etag: Option<&str>, most: usize) -> Self {
        Self {
            asked,
            path: first.split(['?', '#']).next().unwrap_or(first).to_owned(),
            next: Some(first.to_owned()),
            etag: etag.map(str::to_owned),
            seen: HashSet::new(),
            most,
        }
    }

    fn endless(&self, why: &str) -> GithubError {
        GithubError::BadAnswer {
            at: self.path.clone(),
            why: why.to_owned(),
        }
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Answer, GithubError>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.next.take()?;
        if self.seen.len() >= self.most {
            return Some(Err(self.endless("it has too many pages")));
        }
        if !self.seen.insert(at.clone()) {
            return Some(Err(self.endless("its pages come back to one read before")));
        }
        let etag = self.etag.take();
        let answer = self.asked.get(&at, etag.as_deref());
        if let Ok(answer) = &answer
            && !answer.is_unchanged
        {
            self.next.clone_from(&answer.next);
        }
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Answers `n` with a link to what the table says.
    struct Linked(
        &'static [(&'static str, &'static str)],
        RefCell<Vec<String>>,
    );

    impl Ask for Linked {
        fn get(&self, at: &str, etag: Option<&str>) -> Result<Answer, GithubError> {
            let asked = format!("{at}{}", etag.unwrap_or_default());
            self.1.borrow_mut().push(asked);
            let next = self.0.iter().find(|(from, _)| *from == at);
            Ok(Answer {
                next: next.map(|(_, to)| (*to).to_owned()),
                ..Answer::default()
            })
        }

        fn graphql(&self, _: &str, _: &serde_json::Value) -> Result<Vec<u8>, GithubError> {
            Err(GithubError::OutOfTime)
        }
    }

    fn read(links: &'static [(&'static str, &'static str)], most: usize) -> (Vec<String>, bool) {
        let linked = Linked(links, RefCell::default());
        let last = Pages::new(&linked, "a", Some("#tag"), most).last();
        let is_whole = last.unwrap().is_ok();
        (linked.1.into_inner(), is_whole)
    }

    #[test]
    fn pages_are_read_to_the_last_and_only_the_first_with_its_tag() {
        let (asked, is_whole) = read(&[("a", "b"), ("b", "c")], 10);
        assert_eq!(asked, ["a#tag", "b", "c"]);
        assert!(is_whole);
    }

    #[test]
    fn a_page_that_comes_back_ends_it_with_an_error() {
        let (asked, is_whole) = read(&[("a", "b"), ("b", "a")], 10);
        assert_eq!(asked, ["a#tag", "b"]);
        assert!(!is_whole);
    }

    #[test]
    fn too_many_pages_end_it_with_an_error() {
        let (asked, is_whole) = read(&[("a", "b"), ("b", "c"), ("c", "d")], 3);
        assert_eq!(asked, ["a#tag", "b", "c"]);
        assert!(!is_whole);
        assert!(read(&[("a", "b"), ("b", "c")], 3).1, "exactly so many");
    }
}
