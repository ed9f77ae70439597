//! Who may be asked, and with what: a token of the environment, that of `gh`, `gh` itself, or nobody.
//! A repository cannot name a host: besides github.com only a host that the environment names, or for
//! which `gh` holds a token of its own, is ever contacted. `client` does the asking.

use std::time::Duration;

use super::api_root::{ApiRoot, host_of};
use super::gh::{Gh, Held};
use super::gh_program::GhProgram;
use super::token::Token;

const GITHUB: &str = "github.com";

/// How a host is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    pub(super) root: ApiRoot,
    pub(super) way: Way,
}

/// The two ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// HTTPS of our own; `gh` where that cannot connect.
    Rest {
        token: Token,
        origin: &'static str,
        otherwise: Option<Gh>,
    },
    /// `gh api`.
    Gh(Gh),
}

/// Why a host is not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAccess {
    /// Only the repository names it: a token must not go there.
    #[error("{0} is not known to be a host of GitHub")]
    UnknownHost(String),
    /// There is neither a token nor a `gh` that is logged in.
    #[error("there is no token for {0}")]
    NoToken(String),
    /// `DORA_GITHUB_VIA=gh` without `gh`.
    #[error("DORA_GITHUB_VIA asks for gh, which is not in PATH")]
    NoGh,
    /// `GITHUB_API_URL` is no address that a token may be sent to.
    #[error("GITHUB_API_URL is no HTTPS address of an API")]
    UnsafeAddress,
    /// A variable holds what cannot be a token.
    #[error("{0} holds no token")]
    NotAToken(&'static str),
}

impl NoAccess {
    /// The command or setting that helps, if one does.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownHost(host) => {
                Some(format!("if it is one: gh auth login --hostname {host}"))
            }
            Self::NoToken(host) if host == GITHUB => Some("gh auth login, or set GH_TOKEN".into()),
            Self::NoToken(host) => Some(format!(
                "gh auth login --hostname {host}, or set GH_ENTERPRISE_TOKEN"
            )),
            Self::NoGh => Some("unset DORA_GITHUB_VIA, or install gh".into()),
            Self::UnsafeAddress | Self::NotAToken(_) => None,
        }
    }
}

impl Access {
    /// Where the right to ask comes from: the name of a variable, `gh auth token`, or `gh api`.
    pub fn origin(&self) -> &'static str {
        match &self.way {
            Way::Rest { origin, .. } => origin,
            Way::Gh(_) => "gh api",
        }
    }
}

/// How the host of a repository is asked. Opens no connection; it may run `gh auth token`, which has
/// so much time, ten seconds at the most: a keyring may ask its owner.
///
/// # Errors
/// Why it is not asked; see [`NoAccess`].
pub fn access(
    host: &str,
    environment: &dyn Fn(&str) -> Option<String>,
    within: Duration,
) -> Result<Access, NoAccess> {
    let set = |name: &str| {
        let value = environment(name).map(|value| value.trim().to_owned());
        value.filter(|value| !value.is_empty())
    };
    let host = host.to_ascii_lowercase();
    let usual = ApiRoot::of_host(&host).ok_or_else(|| NoAccess::UnknownHost(host.clone()))?;
    let api_url = set("GITHUB_API_URL");
    let told = api_url.as_deref().map(|address| {
        let root = ApiRoot::at(address).ok_or(NoAccess::UnsafeAddress)?;
        let server = served_by(&root, &set);
        Ok((root, server))
    });
    let told = told.transpose()?.filter(|(_, server)| *server == host);
    let is_named = host == GITHUB
        || told.is_some()
        || set("GH_HOST").is_some_and(|named| named.eq_ignore_ascii_case(&host));
    let root = told.map_or_else(|| usual.clone(), |(root, _)| root);
    let gh = GhProgram::find(environment).map(|program| Gh::new(program, &host, is_named));
    if set("DORA_GITHUB_VIA").is_some_and(|via| via == "gh") {
        let gh = gh.ok_or(NoAccess::NoGh)?;
        if !is_named && !matches!(gh.held_token(within), Held::Token(_)) {
            return Err(NoAccess::UnknownHost(host));
        }
        return Ok(Access {
            root: usual,
            way: Way::Gh(gh),
        });
    }
    // gh knows the usual address alone: another one that a person named is not asked through it.
    let otherwise = gh.clone().filter(|_| root == usual);
    let rest = |token, origin| Access {
        root: root.clone(),
        way: Way::Rest {
            token,
            origin,
            otherwise: otherwise.clone(),
        },
    };
    if is_named && let Some((origin, token)) = first_set(variables(&host), &set) {
        let token = Token::new(&token).ok_or(NoAccess::NotAToken(origin))?;
        return Ok(rest(token, origin));
    }
    match gh.as_ref().map(|gh| gh.held_token(within)) {
        Some(Held::Token(token)) => return Ok(rest(token, "gh auth token")),
        Some(Held::Unsaid) if is_named => {
            if let Some(gh) = otherwise {
                let way = Way::Gh(gh);
                return Ok(Access { root, way });
            }
        }
        _ => {}
    }
    Err(if is_named {
        NoAccess::NoToken(host)
    } else {
        NoAccess::UnknownHost(host)
    })
}

/// The variables that may hold a token for a host, the first one first.
fn variables(host: &str) -> &'static [&'static str] {
    const OURS: [&str; 4] = [
        "GH_ENTERPRISE_TOKEN",
        "GITHUB_ENTERPRISE_TOKEN",
        "GH_TOKEN",
        "GITHUB_TOKEN",
    ];
    if host == GITHUB { &OURS[2..] } else { &OURS }
}

fn first_set(
    names: &'static [&'static str],
    set: &dyn Fn(&str) -> Option<String>,
) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| Some((*name, set(name)?)))
}

/// The host whose repositories an address of the environment serves: that of `GITHUB_SERVER_URL`, else
/// `GH_HOST`, else the one it lies on; github.com is served by its own API and by this machine.
fn served_by(root: &ApiRoot, set: &dyn Fn(&str) -> Option<String>) -> String {
    let server = set("GITHUB_SERVER_URL").and_then(|url| reqwest::Url::parse(&url).ok());
    if let Some(server) = server {
        return host_of(&server).to_ascii_lowercase();
    }
    if let Some(host) = set("GH_HOST") {
        return host.to_ascii_lowercase();
    }
    if root.is_loopback() {
        return GITHUB.to_owned();
    }
    let host = root.host();
    host.strip_prefix("api.").unwrap_or(&host).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTERPRISE: &str = "ghe.example.test";

    fn told(host: &str, set: &[(&str, &str)]) -> Result<Access, NoAccess> {
        let environment = |name: &str| {
            let mut set = set.iter();
            set.find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        access(host, &environment, Duration::from_secs(10))
    }

    /// Origin, token and the address of `x` below the API.
    fn way(host: &str, set: &[(&str, &str)]) -> (String, String, String) {
        let access = told(host, set).unwrap();
        let token = match &access.way {
            Way::Rest { token, .. } => token.expose().to_owned(),
            Way::Gh(_) => String::new(),
        };
        let url = access.root.place("x").unwrap().url.to_string();
        (access.origin().to_owned(), token, url)
    }

    fn owned(origin: &str, token: &str, url: &str) -> (String, String, String) {
        (origin.to_owned(), token.to_owned(), url.to_owned())
    }

    #[test]
    fn gh_token_goes_before_github_token() {
        let url = "https://api.github.com/x";
        let both = [("GITHUB_TOKEN", "b"), ("GH_TOKEN", "a")];
        assert_eq!(way("github.com", &both), owned("GH_TOKEN", "a", url));
        let empty = [("GITHUB_TOKEN", "b"), ("GH_TOKEN", " ")];
        assert_eq!(way("GitHub.com", &empty), owned("GITHUB_TOKEN", "b", url));
        assert_eq!(
            told("github.com", &[("GH_ENTERPRISE_TOKEN", "c")]),
            Err(NoAccess::NoToken("github.com".to_owned())),
            "a token of an Enterprise Server is not for github.com"
        );
        assert_eq!(
            told("github.com", &[("GH_TOKEN", "two words")]),
            Err(NoAccess::NotAToken("GH_TOKEN"))
        );
    }

    #[test]
    fn a_host_that_only_a_repository_names_gets_no_token() {
        let all = [
            ("GH_TOKEN", "a"),
            ("GITHUB_TOKEN", "b"),
            ("GH_ENTERPRISE_TOKEN", "c"),
            ("GITHUB_ENTERPRISE_TOKEN", "d"),
        ];
        for host in [
            ENTERPRISE,
            "github.com.evil.test",
            "evil.ghe.com",
            "localhost",
        ] {
            let unknown = Err(NoAccess::UnknownHost(host.to_owned()));
            assert_eq!(told(host, &all), unknown, "{host}");
            let other = [&all[..], &[("GH_HOST", "other.example.test")]].concat();
            assert_eq!(told(host, &other), unknown, "{host}");
        }
    }

    #[test]
    fn a_host_that_the_environment_names_gets_the_token_meant_for_it() {
        let named = [
            ("GH_HOST", "GHE.example.test"),
            ("GH_TOKEN", "a"),
            ("GITHUB_ENTERPRISE_TOKEN", "d"),
        ];
        let url = "https://ghe.example.test/api/v3/x";
        assert_eq!(
            way(ENTERPRISE, &named),
            owned("GITHUB_ENTERPRISE_TOKEN", "d", url)
        );
        assert_eq!(way(ENTERPRISE, &named[..2]), owned("GH_TOKEN", "a", url));
        assert_eq!(
            told(ENTERPRISE, &named[..1]),
            Err(NoAccess::NoToken(ENTERPRISE.to_owned()))
        );
    }

    #[test]
    fn the_address_of_an_api_serves_the_host_that_the_environment_says() {
        let token = ("GH_TOKEN", "a");
        let here = ("GITHUB_API_URL", "http://127.0.0.1:8080");
        let url = "http://127.0.0.1:8080/x";
        let told_by = owned("GH_TOKEN", "a", url);
        assert_eq!(way("github.com", &[token, here]), told_by);
        let host = ("GH_HOST", ENTERPRISE);
        assert_eq!(way(ENTERPRISE, &[token, here, host]), told_by);
        let server = ("GITHUB_SERVER_URL", "https://ghe.example.test");
        assert_eq!(way(ENTERPRISE, &[token, here, server]), told_by);
        assert_eq!(
            way("github.com", &[token, here, server]).2,
            "https://api.github.com/x",
            "it serves the other one"
        );
        let there = ("GITHUB_API_URL", "https://ghe.example.test/api/v3");
        assert_eq!(
            way(ENTERPRISE, &[token, there]).2,
            "https://ghe.example.test/api/v3/x"
        );
        let own = ("GITHUB_API_URL", "https://api.github.com");
        assert_eq!(
            way("github.com", &[token, own]).2,
            "https://api.github.com/x"
        );
        let cloud = ("GITHUB_API_URL", "https://api.acme.ghe.com");
        assert_eq!(
            way("acme.ghe.com", &[token, cloud]).2,
            "https://api.acme.ghe.com/x"
        );
    }

    #[test]
    fn an_address_that_no_token_may_go_to_stops_everything() {
        let token = ("GH_TOKEN", "a");
        for address in ["http://ghe.example.test/api/v3", "nonsense"] {
            let refused = told("github.com", &[token, ("GITHUB_API_URL", address)]);
            assert_eq!(refused, Err(NoAccess::UnsafeAddress));
        }
    }

    #[test]
    fn without_gh_there_is_no_way_through_it() {
        let set = [("GH_TOKEN", "a"), ("DORA_GITHUB_VIA", "gh")];
        assert_eq!(told("github.com", &set), Err(NoAccess::NoGh));
    }

    #[cfg(unix)]
    mod with_gh {
        use super::super::super::gh_program::fake;
        use super::*;

        fn path(script: &str) -> (tempfile::TempDir, String) {
            let (directory, _) = fake::gh(script);
            let path = directory.path().to_str().unwrap().to_owned();
            (directory, path)
        }

        #[test]
        fn the_token_of_gh_comes_after_those_of_the_environment() {
            let script = r#"[ "$*" = "auth token --hostname=github.com" ] && echo held"#;
            let (_directory, path) = path(script);
            let path = ("PATH", path.as_str());
            let url = "https://api.github.com/x";
            assert_eq!(
                way("github.com", &[path]),
                owned("gh auth token", "held", url)
            );
            assert_eq!(
                way("github.com", &[path, ("GITHUB_TOKEN", "b")]),
                owned("GITHUB_TOKEN", "b", url)
            );
        }

        #[test]
        fn gh_makes_a_host_known_with_a_token_of_its_own_alone() {
            let (_directory, path) = path("echo held");
            let path = ("PATH", path.as_str());
            let set = [path, ("GH_TOKEN", "a"), ("GH_ENTERPRISE_TOKEN", "c")];
            assert_eq!(
                way(ENTERPRISE, &set),
                owned("gh auth token", "held", "https://ghe.example.test/api/v3/x")
            );
            let set = [path, ("DORA_GITHUB_VIA", "gh")];
            assert_eq!(told(ENTERPRISE, &set).unwrap().origin(), "gh api");
        }

        #[test]
        fn a_gh_without_login_is_no_access() {
            let (_directory, path) = path("echo 'no oauth token' >&2; exit 1");
            let path = ("PATH", path.as_str());
            let none = Err(NoAccess::NoToken("github.com".to_owned()));
            assert_eq!(told("github.com", &[path]), none);
            let unknown = Err(NoAccess::UnknownHost(ENTERPRISE.to_owned()));
            assert_eq!(told(ENTERPRISE, &[path]), unknown);
            let through = [path, ("DORA_GITHUB_VIA", "gh")];
            assert_eq!(told(ENTERPRISE, &through), unknown);
        }

        #[test]
        fn a_gh_that_is_too_old_to_print_its_token_asks_itself() {
            let (_directory, path) =
                path("echo 'unknown command \"token\" for \"gh auth\"' >&2; exit 1");
            let path = ("PATH", path.as_str());
            assert_eq!(told("github.com", &[path]).unwrap().origin(), "gh api");
            assert!(told(ENTERPRISE, &[path]).is_err());
        }
    }
}
