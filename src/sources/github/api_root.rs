//! Where the API of a host is, and which addresses lie below it: everything that is asked goes through
//! `ApiRoot::place`, so that nothing is ever asked of another host.

use std::net::IpAddr;

use reqwest::Url;

use super::GithubError;

/// Longest part of an address that an error names.
const LONGEST_LABEL: usize = 200;

/// The two addresses below which a host's API lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiRoot {
    rest: Url,
    graphql: Url,
}

/// One address of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// All of it.
    pub(super) url: Url,
    /// Path and query below the root, without the first slash.
    pub(super) below_root: String,
}

impl Place {
    /// What errors call it: the path below the root, without its query.
    pub(super) fn label(&self) -> String {
        label(&self.below_root)
    }
}

impl ApiRoot {
    /// The API of a host: `api.github.com`, `api.NAME.ghe.com`, `HOST/api/v3` of an Enterprise Server.
    /// `None` when the host is no host.
    pub(super) fn of_host(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        if host == "github.com" || host.ends_with(".ghe.com") {
            let root = format!("https://api.{host}");
            return Self::new(&root, &format!("{root}/graphql"));
        }
        Self::new(
            &format!("https://{host}/api/v3"),
            &format!("https://{host}/api/graphql"),
        )
    }

    /// The API at an address that a person named. `None` when a token cannot go there safely: it is
    /// neither HTTPS nor this machine, or it has a login, a query or a fragment.
    pub(super) fn at(address: &str) -> Option<Self> {
        let address = address.trim().trim_end_matches('/');
        let graphql = match address.strip_suffix("/api/v3") {
            Some(host) => format!("{host}/api/graphql"),
            None => format!("{address}/graphql"),
        };
        Self::new(address, &graphql)
    }

    fn new(rest: &str, graphql: &str) -> Option<Self> {
        let root = Self {
            rest: Url::parse(rest).ok()?,
            graphql: Url::parse(graphql).ok()?,
        };
        let url = &root.rest;
        let is_safe = match url.scheme() {
            "https" => true,
            "http" => root.is_loopback(),
            _ => false,
        };
        let is_plain = !has_login(url) && url.query().is_none() && url.fragment().is_none();
        (is_safe && is_plain && url.host_str().is_some()).then_some(root)
    }

    /// Whether it is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.rest.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || address.parse().is_ok_and(|it: IpAddr| it.is_loopback())
    }

    /// Whether it is asked without TLS: only this machine ever is.
    pub(super) fn is_plain_text(&self) -> bool {
        self.rest.scheme() == "http"
    }

    /// Its host, with the port where that is not the usual one.
    pub(super) fn host(&self) -> String {
        host_of(&self.rest)
    }

    /// The address for a path below the root, or for the whole address of a next page.
    ///
    /// # Errors
    /// [`GithubError::OtherHost`] when it is no address below the root.
    pub(super) fn place(&self, at: &str) -> Result<Place, GithubError> {
        let root = self.rest.as_str().trim_end_matches('/');
        let scheme = at.split_once("://").map(|(scheme, _)| scheme);
        let is_whole = scheme.is_some_and(|it| it.chars().all(|c| c.is_ascii_alphanumeric()));
        let parsed = if is_whole {
            Url::parse(at)
        } else {
            Url::parse(&format!("{root}/{}", at.trim_start_matches('/')))
        };
        self.below(parsed.ok(), at)
    }

    /// The address that a redirection of `from` leads to.
    ///
    /// # Errors
    /// [`GithubError::OtherHost`] when it is no address below the root; it names `from`.
    pub(super) fn redirected(&self, from: &Place, location: &str) -> Result<Place, GithubError> {
        self.below(from.url.join(location).ok(), &from.below_root)
    }

    /// The address for GraphQL.
    pub(super) fn graphql(&self) -> Place {
        Place {
            url: self.graphql.clone(),
            below_root: "graphql".to_owned(),
        }
    }

    fn below(&self, url: Option<Url>, asked: &str) -> Result<Place, GithubError> {
        let elsewhere = || GithubError::OtherHost { at: label(asked) };
        let mut url = url.ok_or_else(elsewhere)?;
        let is_same = url.scheme() == self.rest.scheme()
            && url.host_str() == self.rest.host_str()
            && url.port_or_known_default() == self.rest.port_or_known_default()
            && !has_login(&url);
        if !is_same {
            return Err(elsewhere());
        }
        url.set_fragment(None);
        let root = self.rest.path().trim_end_matches('/');
        let path = url.path().strip_prefix(root);
        let path = path.and_then(|path| path.strip_prefix('/'));
        let mut below_root = path.ok_or_else(elsewhere)?.to_owned();
        if let Some(query) = url.query() {
            below_root.push('?');
            below_root.push_str(query);
        }
        Ok(Place { url, below_root })
    }
}

/// The host of an address, with the port where that is not the usual one.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn has_login(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// An address without its query and, should it be a whole one, without what is before its path.
fn label(at: &str) -> String {
    let at = at.split(['?', '#']).next().unwrap_or_default();
    let path = match at.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => at.trim_start_matches('/'),
    };
    let visible = path.chars().filter(|c| !c.is_control());
    visible.take(LONGEST_LABEL).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(root: Option<ApiRoot>) -> Option<(String, String)> {
        root.map(|root| {
            let repository = root.place("repos/a/b").unwrap().url;
            (repository.to_string(), root.graphql().url.to_string())
        })
    }

    #[test]
    fn each_kind_of_host_has_its_api_where_github_says() {
        for (host, rest, graphql) in [
            (
                "github.com",
                "https://api.github.com/repos/a/b",
                "https://api.github.com/graphql",
            ),
            (
                "acme.ghe.com",
                "https://api.acme.ghe.com/repos/a/b",
                "https://api.acme.ghe.com/graphql",
            ),
            (
                "ghe.example.test:8443",
                "https://ghe.example.test:8443/api/v3/repos/a/b",
                "https://ghe.example.test:8443/api/graphql",
            ),
        ] {
            let told = addresses(ApiRoot::of_host(host));
            assert_eq!(told, Some((rest.to_owned(), graphql.to_owned())));
        }
    }

    #[test]
    fn an_address_that_a_person_named_must_be_safe() {
        for (address, rest, graphql) in [
            (
                "https://ghe.example.test/api/v3/",
                "https://ghe.example.test/api/v3/repos/a/b",
                "https://ghe.example.test/api/graphql",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080/repos/a/b",
                "http://127.0.0.1:8080/graphql",
            ),
            (
                "http://[::1]:8080/x",
                "http://[::1]:8080/x/repos/a/b",
                "http://[::1]:8080/x/graphql",
            ),
        ] {
            let told = addresses(ApiRoot::at(address));
            assert_eq!(told, Some((rest.to_owned(), graphql.to_owned())));
        }
        for address in [
            "http://ghe.example.test/api/v3",
            "http://127.0.0.1.evil.test",
            "http://localhost.evil.test",
            "ftp://127.0.0.1",
            "https://me:secret@ghe.example.test",
            "https://ghe.example.test?x=1",
            "https://ghe.example.test#x",
            "ghe.example.test",
            "",
        ] {
            assert_eq!(ApiRoot::at(address), None, "{address}");
        }
    }

    #[test]
    fn nothing_outside_the_api_has_a_place() {
        let root = ApiRoot::of_host("ghe.example.test").unwrap();
        let next = root.place("https://ghe.example.test:443/api/v3/repositories/1?page=2#x");
        assert_eq!(next.unwrap().below_root, "repositories/1?page=2");
        let path = root.place("/repos/a/b?q=http://x").unwrap();
        assert_eq!(path.below_root, "repos/a/b?q=http://x");
        assert_eq!(path.label(), "repos/a/b");
        for at in [
            "https://evil.test/api/v3/repos/a/b",
            "http://ghe.example.test/api/v3/repos/a/b",
            "https://ghe.example.test:444/api/v3/x",
            "https://me@ghe.example.test/api/v3/x",
            "https://ghe.example.test/login",
            "https://ghe.example.test/api/v3",
            "https://ghe.example.test.evil.test/api/v3/x",
            "https://ghe.example.test/api/v3/../../login",
            "../../login",
        ] {
            let refused = root.place(at);
            assert!(
                matches!(refused, Err(GithubError::OtherHost { .. })),
                "{at}"
            );
        }
        let from = root.place("repos/a/b?page=1").unwrap();
        let there = root.redirected(&from, "/api/v3/repositories/7").unwrap();
        assert_eq!(there.below_root, "repositories/7");
        assert_eq!(
            root.redirected(&from, "//evil.test/api/v3/x"),
            Err(GithubError::OtherHost {
                at: "repos/a/b".to_owned()
            })
        );
    }
}
