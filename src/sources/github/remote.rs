//! The address of a git remote → host, owner and name of the repository at GitHub. Whether that host
//! is one that may be asked is settled in `access`.

use crate::model::github::GithubRepository;

/// Longer addresses are none.
const LONGEST_ADDRESS: usize = 2048;

/// Hosts of other forges that everybody knows.
const OTHER_FORGES: [&str; 6] = [
    "bitbucket.org",
    "codeberg.org",
    "dev.azure.com",
    "git.sr.ht",
    "salsa.debian.org",
    "ssh.dev.azure.com",
];

/// The repository that a remote's address names: `https://host/owner/name.git`, `http`, `ssh` and `git`
/// addresses, or `git@host:owner/name.git`. User names and passwords are dropped, as is the port of
/// SSH, which is not that of the API. `None` for everything else: local paths, deeper paths, odd names.
pub fn repository_of_remote(url: &str) -> Option<GithubRepository> {
    let url = url.trim();
    if url.len() > LONGEST_ADDRESS {
        return None;
    }
    let (host, path) = match url.split_once("://") {
        Some((scheme, rest)) => host_and_path(&scheme.to_ascii_lowercase(), rest)?,
        None => scp_host_and_path(url)?,
    };
    let path = path.strip_suffix('/').unwrap_or(path);
    let (owner, name) = path.split_once('/')?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    let host = api_name_of(&host);
    if is_another_forge(&host) {
        return None;
    }
    GithubRepository::new(&host, owner, name)
}

/// Whether a host is certainly none of GitHub: people there need not be told about tokens for it.
fn is_another_forge(host: &str) -> bool {
    OTHER_FORGES.contains(&host) || host.starts_with("gitlab.") || host.starts_with("gitea.")
}

/// Host (with the port where it is one of HTTP) and path without the first slash.
fn host_and_path<'a>(scheme: &str, rest: &'a str) -> Option<(String, &'a str)> {
    let (authority, path) = rest.split_once('/')?;
    let address = authority.rsplit_once('@').map_or(authority, |(_, it)| it);
    let (host, port) = match address.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (address, None),
    };
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return None;
    }
    let usual = match scheme {
        "https" => "443",
        "http" => "80",
        "ssh" | "git+ssh" | "ssh+git" | "git" => return Some((host.to_owned(), path)),
        _ => return None,
    };
    let host = match port {
        Some(port) if port != usual => format!("{host}:{port}"),
        _ => host.to_owned(),
    };
    Some((host, path))
}

/// `git@host:owner/name`. A slash before the colon makes it a local path, as does a host of one
/// letter: that is a drive.
fn scp_host_and_path(url: &str) -> Option<(String, &str)> {
    let (login, path) = url.split_once(':')?;
    let host = login.rsplit_once('@').map_or(login, |(_, it)| it);
    if login.contains(['/', '\\']) || host.len() < 2 {
        return None;
    }
    Some((host.to_owned(), path.strip_prefix('/').unwrap_or(path)))
}

/// The host under which GitHub knows it: two of its names serve git alone.
fn api_name_of(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    match host.as_str() {
        "ssh.github.com" | "www.github.com" => "github.com".to_owned(),
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> Option<String> {
        repository_of_remote(url).map(|it| it.to_string())
    }

    #[test]
    fn every_usual_way_to_write_a_remote_names_the_same_repository() {
        for url in [
            "https://github.com/acme/shop.git",
            "https://github.com/acme/shop",
            "https://github.com/acme/shop/",
            "https://github.com/acme/shop.git/",
            "https://github.com:443/acme/shop.git",
            "HTTPS://GitHub.com/acme/shop.git",
            "https://www.github.com/acme/shop",
            "http://github.com/acme/shop.git",
            "http://github.com:80/acme/shop.git",
            "git://github.com/acme/shop.git",
            "ssh://git@github.com/acme/shop.git",
            "ssh://git@github.com:22/acme/shop.git",
            "ssh://git@ssh.github.com:443/acme/shop.git",
            "git+ssh://git@github.com/acme/shop.git",
            "git@github.com:acme/shop.git",
            "git@github.com:/acme/shop.git",
            "git@github.com:acme/shop",
            "github.com:acme/shop.git",
            "org-1234@github.com:acme/shop.git",
            "git@ssh.github.com:acme/shop.git",
            "  https://github.com/acme/shop.git\n",
        ] {
            assert_eq!(told(url).as_deref(), Some("github.com/acme/shop"), "{url}");
        }
    }

    #[test]
    fn other_forges_are_not_github() {
        for url in [
            "https://gitlab.com/acme/shop.git",
            "git@gitlab.example.test:acme/shop.git",
            "git@bitbucket.org:acme/shop.git",
            "https://codeberg.org/acme/shop",
        ] {
            assert_eq!(told(url), None, "{url}");
        }
        assert!(told("https://git.example.test/acme/shop.git").is_some());
    }

    #[test]
    fn user_names_and_passwords_are_dropped() {
        for url in [
            "https://me:secret@github.com/acme/shop.git",
            "https://ghp_secret@github.com/acme/shop.git",
            "https://me:p@ss@github.com/acme/shop.git",
            "ssh://me:secret@github.com:22/acme/shop.git",
        ] {
            assert_eq!(told(url).as_deref(), Some("github.com/acme/shop"), "{url}");
        }
    }

    #[test]
    fn another_host_keeps_its_web_port_and_loses_that_of_ssh() {
        for (url, repository) in [
            (
                "https://ghe.example.test:8443/a/b.git",
                "ghe.example.test:8443/a/b",
            ),
            (
                "ssh://git@ghe.example.test:2222/a/b",
                "ghe.example.test/a/b",
            ),
            ("git@acme.ghe.com:a/b.js.git", "acme.ghe.com/a/b.js"),
            ("https://github.com/acme/.github", "github.com/acme/.github"),
        ] {
            assert_eq!(told(url).as_deref(), Some(repository), "{url}");
        }
    }

    #[test]
    fn what_names_no_repository_of_a_host_is_none() {
        for url in [
            "",
            "shop",
            "../shop.git",
            "/srv/git/shop.git",
            "./a:b/c",
            "C:/git/shop",
            r"C:\git\shop",
            "file:///srv/git/acme/shop.git",
            "https://github.com",
            "https://github.com/",
            "https://github.com/acme",
            "https://github.com/acme/",
            "https://github.com/acme/.git",
            "https://github.com/group/sub/shop.git",
            "https://github.com/acme/shop?x=1",
            "https://github.com/acme/shop#x",
            "https://github.com/acme/%2e%2e",
            "https://github.com/acme/..",
            "https://github.com//acme/shop",
            "https://github.com:port/acme/shop",
            "https://[::1]/acme/shop",
            "https:///acme/shop",
            "https://-x/acme/shop",
            "https://evil.test\\@github.com/acme/shop/x",
            "https://github.com\\.evil.test/acme/shop",
            "git@github.com:shop.git",
            "git@github.com:acme/shop\u{202e}",
            "git@-oProxyCommand=x:acme/shop",
            "javascript://github.com/acme/shop",
        ] {
            assert_eq!(told(url), None, "{url}");
        }
        let long = format!("https://github.com/acme/{}", "x".repeat(3000));
        assert_eq!(told(&long), None);
    }
}
