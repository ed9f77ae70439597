//! Questions through `gh`: a script that stands in for it, and the real one where it is installed,
//! which asks a local server through its proxy settings.

use std::time::Duration;

use serde_json::json;

use super::access::Way;
use super::api_root::ApiRoot;
use super::gh::Gh;
use super::gh_program::{GhProgram, fake};
use super::github_server::{GithubServer, Response};
use super::token::Token;
use super::*;

const AT: &str = "repos/acme/shop/labels";

/// A client whose `gh` is a script; gives what it is asked for.
fn through<T>(script: &str, asking: impl FnOnce(&Client<'_>) -> T) -> T {
    let (_directory, program) = fake::gh(script);
    let access = Access {
        root: ApiRoot::of_host("github.com").unwrap(),
        way: Way::Gh(Gh::new(program, "github.com", true)),
    };
    let client = Client::connect(access, Limits::default(), &|_| {}).unwrap();
    asking(&client.sleeping(&|_| {}))
}

fn get(script: &str) -> Result<Answer, GithubError> {
    through(script, |client| client.get(AT, None))
}

/// A script that prints a reply and ends with a status.
fn printing(head: &str, body: &str, status: i32) -> String {
    let head = head.replace('\n', "\\r\\n");
    format!("printf '{head}\\r\\n\\r\\n'; printf '%s' '{body}'; exit {status}")
}

const GOOD: &str = "HTTP/2.0 200 OK\nContent-Type: application/json";

#[test]
fn what_gh_prints_is_the_answer() {
    let next = "https://api.github.com/repositories/7/labels?page=2";
    let head = format!("{GOOD}\nEtag: W/\"abc\"\nLink: <{next}>; rel=\"next\"");
    let answer = get(&printing(&head, "[1]", 0)).unwrap();
    assert_eq!(answer.body, b"[1]");
    assert_eq!(answer.etag.as_deref(), Some("W/\"abc\""));
    assert_eq!(answer.next.as_deref(), Some(next));
}

#[test]
fn gh_is_given_host_headers_and_path_and_no_question_of_graphql() {
    let script = format!(
        "{}\nfor it in \"$@\"; do printf '%s\\n' \"$it\"; done | sed 's/\\\\/\\\\\\\\/g; s/\"/\\\\\"/g; s/.*/\"&\",/'; cat >&2; printf '0]'",
        printing(GOOD, "[", 0).replace("; exit 0", "")
    );
    let arguments = |body: Vec<u8>| -> Vec<String> {
        let values: Vec<serde_json::Value> = serde_json::from_slice(&body).unwrap();
        let texts = values.iter().filter_map(|value| value.as_str());
        texts.map(str::to_owned).collect()
    };
    let next = "https://api.github.com/repositories/7/labels?page=2";
    let asked = through(&script, |client| client.get(next, Some("W/\"abc\"")));
    assert_eq!(
        arguments(asked.unwrap().body),
        [
            "api",
            "--include",
            "--hostname=github.com",
            "--header=Accept: application/vnd.github+json",
            "--header=X-GitHub-Api-Version: 2022-11-28",
            "--header=If-None-Match: W/\"abc\"",
            "--method=GET",
            "--",
            "/repositories/7/labels?page=2",
        ]
    );
    let asked = through(&script, |client| client.graphql("query q", &json!({})));
    let arguments = arguments(asked.unwrap());
    assert_eq!(arguments[5..], ["--input=-", "--", "graphql"]);
}

#[test]
fn the_status_of_the_reply_counts_and_not_that_of_gh() {
    let head = |status: &str| format!("HTTP/1.1 {status}\nContent-Type: application/json");
    let missing = get(&printing(&head("404 Not Found"), "{}", 1));
    assert_eq!(missing, Err(GithubError::NotFound { at: AT.to_owned() }));
    let refused = get(&printing(&head("401 Unauthorized"), "{}", 1));
    assert_eq!(refused, Err(GithubError::Unauthorized));
    let unchanged = printing(&head("304 Not Modified"), "", 1);
    let unchanged = through(&unchanged, |client| client.get(AT, Some("W/\"abc\"")));
    assert!(unchanged.unwrap().is_unchanged);
    let errors = r#"{"data":null,"errors":[{"message":"m"}]}"#;
    let errors = printing(GOOD, errors, 1);
    assert!(through(&errors, |client| client.graphql("q", &json!({}))).is_ok());
}

#[test]
fn a_body_that_was_cut_off_is_no_answer() {
    let script = printing(GOOD, "[1,", 1).replace("; exit", "; echo 'unexpected EOF' >&2; exit");
    let why = "unexpected EOF".to_owned();
    assert_eq!(get(&script), Err(GithubError::Unreachable { why }));
}

#[test]
fn a_gh_without_login_or_network_says_so() {
    assert_eq!(get("exit 4"), Err(GithubError::Unauthorized));
    let why = "error connecting to api.github.com check your internet connection".to_owned();
    assert_eq!(
        get(
            "echo 'error connecting to api.github.com\ncheck your internet connection' >&2; exit 1"
        ),
        Err(GithubError::Unreachable { why })
    );
}

#[test]
fn nonsense_from_gh_is_no_answer() {
    for said in [
        "hello",
        "HTTP/1.1",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 banana\n\n[]",
        "HTTP/1.1 200 OK\nno header\n\n[]",
    ] {
        let script = format!("printf '%s' '{said}'");
        let refused = get(&script);
        assert!(
            matches!(refused, Err(GithubError::Unreachable { .. })),
            "{said}"
        );
    }
}

#[test]
fn gh_is_never_given_a_whole_address_or_a_placeholder() {
    for at in ["x?next=http://evil.test/", "repos/{owner}/{repo}"] {
        let asked = through("echo asked >&2; exit 4", |client| client.get(at, None));
        let is_refused = matches!(asked, Err(GithubError::BadAnswer { .. }));
        // Braces are escaped before they come this far.
        assert!(
            is_refused || asked == Err(GithubError::Unauthorized),
            "{at}"
        );
    }
}

#[test]
fn a_token_of_gh_is_told_by_nothing_that_gh_says() {
    const CANARY: &str = "gho_canary0123456789";
    let refused = format!(r#"{{"message":"{CANARY} may not"}}"#);
    for asked in [
        printing("HTTP/2.0 403 Forbidden", &refused, 1),
        format!("echo 'no way for {CANARY}' >&2; exit 1"),
        printing(GOOD, &format!(r#"["{CANARY}"]"#), 0),
    ] {
        let script = format!("if [ $1 = auth ]; then echo {CANARY}; exit; fi; {asked}");
        let told = get(&script).unwrap_err();
        assert!(!format!("{told} {told:?}").contains(CANARY), "{told}");
    }
}

/// A client for a server that is not there, with a `gh` beside it.
fn unreachable(script: &str) -> (Result<Answer, GithubError>, Vec<String>) {
    let gone = GithubServer::start().url();
    let (_directory, program) = fake::gh(script);
    let access = Access {
        root: ApiRoot::at(&gone).unwrap(),
        way: Way::Rest {
            token: Token::new("canary").unwrap(),
            origin: "GH_TOKEN",
            otherwise: Some(Gh::new(program, "github.com", true)),
        },
    };
    let said = std::cell::RefCell::new(Vec::new());
    let say = |text: &str| said.borrow_mut().push(text.to_owned());
    let client = Client::connect(access, Limits::default(), &say).unwrap();
    let client = client.sleeping(&|_| {});
    let first = client.get(AT, None);
    let second = client.get(AT, None);
    assert_eq!(first, second);
    (first, said.into_inner())
}

#[test]
fn gh_takes_over_where_there_is_no_connection() {
    let (answer, said) = unreachable(&printing(GOOD, "[1]", 0));
    assert_eq!(answer.unwrap().body, b"[1]");
    assert_eq!(said, ["GitHub cannot be reached directly; gh reaches it"]);
}

#[test]
fn a_gh_that_knows_no_way_either_changes_nothing() {
    let (answer, said) = unreachable("exit 4");
    assert!(matches!(answer, Err(GithubError::Unreachable { .. })));
    assert_eq!(said, [""; 0]);
}

/// The real `gh` with a server as its proxy. It speaks HTTP without TLS to one host,
/// `api.github.localhost`. `None` where it is not installed.
fn real_gh(server: &GithubServer, configuration: &str) -> Option<Gh> {
    let program = GhProgram::find(&|name| std::env::var(name).ok())?
        .with("HTTP_PROXY", &server.url())
        .with("http_proxy", &server.url())
        .with("NO_PROXY", "")
        .with("no_proxy", "")
        .with("GH_CONFIG_DIR", configuration)
        .with("XDG_STATE_HOME", configuration)
        .with("GH_ENTERPRISE_TOKEN", "canary")
        .with("GH_TOKEN", "canary");
    Some(Gh::new(program, "github.localhost", true))
}

#[test]
fn the_real_gh_behaves_as_its_stand_in() {
    let server = GithubServer::start();
    let configuration = tempfile::tempdir().unwrap();
    let Some(gh) = real_gh(&server, configuration.path().to_str().unwrap()) else {
        eprintln!("skipped: gh is not installed");
        return;
    };
    let labels = format!("/{AT}");
    server.on(
        &labels,
        vec![Response::json("[1]").etag("W/\"abc\"").next("{server}/x")],
    );
    server.on("/cut", vec![Response::cut_off("[1,")]);
    server.on("/html", vec![Response::html()]);
    server.on("/moved", vec![Response::redirect(301, &labels)]);
    server.on("/forbidden", vec![Response::with_status(403, "{}")]);
    let limited = Response::with_status(403, "{}").header("Retry-After", "7");
    server.on("/limited", vec![limited, Response::json("[7]")]);
    server.on_request("POST", "/graphql", |seen| {
        let asked: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
        assert_eq!(asked["query"], "query q");
        Response::json(r#"{"data":null,"errors":[{"type":"X","message":"m"}]}"#)
    });
    let access = Access {
        // gh adds the host itself; the client only needs an address to compare with.
        root: ApiRoot::at(&server.url()).unwrap(),
        way: Way::Gh(gh),
    };
    let waited = std::cell::RefCell::new(Vec::new());
    let sleep = |wait: Duration| waited.borrow_mut().push(wait.as_secs());
    let client = Client::connect(access, Limits::default(), &|_| {}).unwrap();
    let client = client.sleeping(&sleep);
    let answer = client.get(AT, None).unwrap();
    assert_eq!(answer.body, b"[1]");
    assert_eq!(answer.etag.as_deref(), Some("W/\"abc\""));
    assert_eq!(answer.next, Some(format!("{}/x", server.url())));
    let again = client.get(AT, Some("W/\"abc\"")).unwrap();
    assert!(again.is_unchanged);
    let at = |at: &str| at.to_owned();
    let missing = Err(GithubError::NotFound { at: at("missing") });
    assert_eq!(client.get("missing", None), missing);
    assert_eq!(client.get("moved", None).unwrap().body, b"[1]");
    assert!(matches!(
        client.get("forbidden", None),
        Err(GithubError::Forbidden { .. })
    ));
    assert!(matches!(
        client.get("html", None),
        Err(GithubError::BadAnswer { .. })
    ));
    assert_eq!(*waited.borrow(), [0; 0]);
    assert_eq!(client.get("limited", None).unwrap().body, b"[7]");
    assert_eq!(waited.take(), [7]);
    assert!(matches!(
        client.get("cut", None),
        Err(GithubError::Unreachable { .. })
    ));
    assert_eq!(waited.take(), [1, 4]);
    let body = client.graphql("query q", &json!({})).unwrap();
    assert!(body.starts_with(br#"{"data":null"#));
    let seen = server.seen();
    let first = &seen[0];
    assert_eq!(first.target, labels);
    assert_eq!(first.header("x-github-api-version"), Some("2022-11-28"));
}
