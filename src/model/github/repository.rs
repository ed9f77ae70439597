//! The name of a repository on GitHub: host, owner and name. How a remote's address is read is in
//! `sources::github::remote`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `github.com/acme/shop`. All parts are plain: letters, digits, `-`, `_` and `.` (a host may end in
/// a port). GitHub does not tell upper case from lower; two names are compared without it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GithubRepository {
    /// `github.com`, or the host of a GitHub Enterprise Server.
    pub host: String,
    /// The user or organisation.
    pub owner: String,
    /// The repository.
    pub name: String,
}

impl GithubRepository {
    /// A repository by its parts; `None` when one of them is not a plain name.
    pub fn new(host: &str, owner: &str, name: &str) -> Option<Self> {
        let is_plain = |text: &str, also: &[char]| {
            !text.is_empty()
                && text.len() <= 255
                && !text.starts_with(['-', '.'])
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || also.contains(&c))
        };
        let is_sound = is_plain(host, &['-', '.', ':'])
            && is_plain(owner, &['-', '_'])
            && !name.is_empty()
            && (is_plain(name, &['-', '_', '.']) || name == ".github");
        is_sound.then(|| Self {
            host: host.to_ascii_lowercase(),
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for GithubRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.host, self.owner, self.name)
    }
}

impl PartialEq for GithubRepository {
    fn eq(&self, other: &Self) -> bool {
        self.host.eq_ignore_ascii_case(&other.host)
            && self.owner.eq_ignore_ascii_case(&other.owner)
            && self.name.eq_ignore_ascii_case(&other.name)
    }
}

impl Eq for GithubRepository {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_make_a_repository() {
        let name =
            |host, owner, name| GithubRepository::new(host, owner, name).map(|it| it.to_string());
        assert_eq!(
            name("GitHub.com", "acme", "shop.js").as_deref(),
            Some("github.com/acme/shop.js")
        );
        assert!(name("ghe.example.test:8443", "a-b", ".github").is_some());
        for (host, owner, repository) in [
            ("", "acme", "shop"),
            ("github.com", "acme/../x", "shop"),
            ("github.com", "acme", ".."),
            ("github.com", "acme", "shop?x=1"),
            ("github.com@evil", "acme", "shop"),
            ("github.com", "acme", ""),
        ] {
            assert_eq!(
                name(host, owner, repository),
                None,
                "{host} {owner} {repository}"
            );
        }
    }

    #[test]
    fn upper_case_makes_no_other_repository() {
        let a = GithubRepository::new("github.com", "Acme", "Shop");
        let b = GithubRepository::new("GITHUB.com", "acme", "shop");
        assert_eq!(a, b);
    }
}
