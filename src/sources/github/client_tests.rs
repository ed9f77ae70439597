//! The client against a server that behaves like GitHub, well and badly. Rate limits are in
//! `limit_tests`.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use serde_json::json;

use super::github_server::{GithubServer, Response};
use super::limit_tests::used_up;
use super::*;

const CANARY: &str = "canary-7f3a9c2e51b8";
const SHOP: &str = "/repos/acme/shop/labels";
pub(super) const AT: &str = "repos/acme/shop/labels";

/// What a client said and for how many seconds it waited.
#[derive(Debug, Default)]
pub(super) struct Heard {
    said: RefCell<Vec<String>>,
    waited: RefCell<Vec<u64>>,
}

impl Heard {
    pub(super) fn said(&self) -> Vec<String> {
        self.said.borrow().clone()
    }

    pub(super) fn waited(&self) -> Vec<u64> {
        self.waited.borrow().clone()
    }
}

fn access_to(server: &GithubServer) -> Access {
    let url = server.url();
    let environment = |name: &str| match name {
        "GH_TOKEN" => Some(CANARY.to_owned()),
        "GITHUB_API_URL" => Some(url.clone()),
        _ => None,
    };
    access("github.com", &environment, Duration::from_secs(10)).unwrap()
}

/// Lets a client ask with its waits written down instead of waited.
pub(super) fn with_client<T>(
    server: &GithubServer,
    limits: Limits,
    heard: &Heard,
    asking: impl FnOnce(&Client<'_>) -> T,
) -> T {
    let say = |text: &str| heard.said.borrow_mut().push(text.to_owned());
    let sleep = |wait: Duration| heard.waited.borrow_mut().push(wait.as_secs());
    let client = Client::connect(access_to(server), limits, &say).unwrap();
    asking(&client.sleeping(&sleep))
}

fn get(server: &GithubServer) -> Result<Answer, GithubError> {
    let heard = Heard::default();
    with_client(server, Limits::default(), &heard, |it| it.get(AT, None))
}

pub(super) fn get_heard(server: &GithubServer) -> (Result<Answer, GithubError>, Heard) {
    let heard = Heard::default();
    let answer = with_client(server, Limits::default(), &heard, |it| it.get(AT, None));
    (answer, heard)
}

pub(super) fn answering(responses: Vec<Response>) -> GithubServer {
    let server = GithubServer::start();
    server.on(SHOP, responses);
    server
}

fn why_bad(answer: Result<Answer, GithubError>) -> String {
    match answer {
        Err(GithubError::BadAnswer { at, why }) => {
            assert_eq!(at, AT);
            why
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_question_carries_token_version_and_name_and_nothing_else() {
    let server = answering(vec![Response::json("[1]")]);
    assert_eq!(get(&server).unwrap().body, b"[1]");
    let seen = server.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("GET", SHOP));
    let header = |name| seen.header(name);
    let bearer = format!("Bearer {CANARY}");
    assert_eq!(header("authorization"), Some(bearer.as_str()));
    assert_eq!(header("accept"), Some("application/vnd.github+json"));
    assert_eq!(header("x-github-api-version"), Some("2022-11-28"));
    let name = concat!("dora/", env!("CARGO_PKG_VERSION"));
    assert_eq!(header("user-agent"), Some(name));
    assert_eq!(header("accept-encoding"), Some("gzip"));
    assert_eq!(header("if-none-match"), None);
    let mut names: Vec<&str> = seen.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let all = "accept accept-encoding authorization host user-agent x-github-api-version";
    assert_eq!(names.join(" "), all);
}

/// A page and all that follow it, up to the first error.
fn pages(client: &Client<'_>, first: &str) -> Vec<Result<Answer, GithubError>> {
    let mut answers = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(at) = next {
        let answer = client.get(&at, None);
        next = answer.as_ref().ok().and_then(|answer| answer.next.clone());
        answers.push(answer);
    }
    answers
}

#[test]
fn pages_are_followed_by_their_links() {
    let server = GithubServer::start();
    let page = |n| format!("{{server}}{SHOP}?per_page=1&page={n}");
    server.on(
        &format!("{SHOP}?per_page=1"),
        vec![Response::json("[1]").next(&page(2))],
    );
    server.on(
        &format!("{SHOP}?per_page=1&page=2"),
        vec![Response::json("[2]").next(&page(3))],
    );
    server.on(
        &format!("{SHOP}?per_page=1&page=3"),
        vec![Response::json("[3]")],
    );
    let heard = Heard::default();
    let bodies: Vec<Vec<u8>> = with_client(&server, Limits::default(), &heard, |client| {
        pages(client, &format!("{AT}?per_page=1"))
            .into_iter()
            .map(|page| page.unwrap().body)
            .collect()
    });
    assert_eq!(bodies, [b"[1]", b"[2]", b"[3]"]);
}

#[test]
fn a_next_page_on_another_host_is_refused_and_never_asked_for() {
    let other = GithubServer::start();
    let there = format!("{}{SHOP}?page=2", other.url());
    let server = answering(vec![Response::json("[1]").next(&there)]);
    let heard = Heard::default();
    let answers: Vec<_> = with_client(&server, Limits::default(), &heard, |client| {
        pages(client, AT)
    });
    assert_eq!(answers[0].as_ref().unwrap().body, b"[1]");
    let refused = GithubError::OtherHost { at: AT.to_owned() };
    assert_eq!(answers[1], Err(refused));
    assert_eq!(answers.len(), 2);
    assert_eq!(other.targets(), [""; 0]);
}

#[test]
fn a_page_whose_next_page_is_itself_is_an_error() {
    let here = format!("{{server}}{SHOP}");
    let server = answering(vec![Response::json("[1]").next(&here)]);
    assert_eq!(why_bad(get(&server)), "its next page is itself");
    assert_eq!(server.targets(), [SHOP]);
}

#[test]
fn what_did_not_change_is_told_by_its_entity_tag() {
    let server = answering(vec![Response::json("[1]").etag("W/\"abc\"")]);
    let heard = Heard::default();
    with_client(&server, Limits::default(), &heard, |client| {
        let first = client.get(AT, None).unwrap();
        assert_eq!(first.etag.as_deref(), Some("W/\"abc\""));
        assert!(!first.is_unchanged);
        let again = client.get(AT, first.etag.as_deref()).unwrap();
        assert!(again.is_unchanged && again.body.is_empty());
        assert_eq!(again.etag, first.etag);
        let other = client.get(AT, Some("W/\"old\"")).unwrap();
        assert_eq!(other.body, b"[1]");
        let odd = client.get(AT, Some("a\r\nX-Other: 1")).unwrap();
        assert_eq!(odd.body, b"[1]", "a tag that no header can carry");
    });
    assert_eq!(server.seen()[3].header("x-other"), None);
}

#[test]
fn a_304_that_nobody_asked_for_is_no_answer() {
    let server = answering(vec![Response::with_status(304, "")]);
    assert_eq!(why_bad(get(&server)), "its status is 304");
}

#[test]
fn a_redirection_on_the_same_host_is_followed() {
    for status in [301, 302, 307, 308] {
        let moved = "/repositories/7/labels";
        let server = answering(vec![Response::redirect(status, moved)]);
        server.on(moved, vec![Response::json("[7]")]);
        assert_eq!(get(&server).unwrap().body, b"[7]");
        let whole = format!("{{server}}{moved}");
        server.on(SHOP, vec![Response::redirect(status, &whole)]);
        assert_eq!(get(&server).unwrap().body, b"[7]");
    }
}

#[test]
fn a_redirection_to_another_host_is_refused_and_the_token_stays() {
    let other = GithubServer::start();
    let port = other.url().rsplit(':').next().unwrap().to_owned();
    for there in [
        format!("{}{SHOP}", other.url()),
        format!("//127.0.0.1:{port}/x"),
        "https://evil.test/".to_owned(),
        "http://user@{server}/".replace("{server}", "127.0.0.1"),
        "file:///etc/passwd".to_owned(),
    ] {
        let server = answering(vec![Response::redirect(301, &there)]);
        let refused = GithubError::OtherHost { at: AT.to_owned() };
        assert_eq!(get(&server), Err(refused), "{there}");
    }
    assert_eq!(other.targets(), [""; 0]);
}

#[test]
fn redirections_without_end_have_one() {
    let server = answering(vec![Response::redirect(302, SHOP)]);
    assert_eq!(why_bad(get(&server)), "it was redirected again and again");
    assert_eq!(server.targets().len(), 6, "the first and five more");
    let server = answering(vec![Response::with_status(301, "")]);
    assert_eq!(why_bad(get(&server)), "it is redirected nowhere");
}

#[test]
fn a_token_that_is_not_valid_is_told_at_once() {
    let body = r#"{"message":"Bad credentials"}"#;
    let server = answering(vec![Response::with_status(401, body)]);
    let (answer, heard) = get_heard(&server);
    assert_eq!(answer, Err(GithubError::Unauthorized));
    assert_eq!((server.targets().len(), heard.waited().len()), (1, 0));
}

#[test]
fn what_the_token_may_not_read_is_told_with_githubs_words() {
    let body = r#"{"message":"Resource not accessible by personal access token"}"#;
    let server = answering(vec![
        Response::with_status(403, body).header("X-RateLimit-Remaining", "4999"),
    ]);
    let (answer, heard) = get_heard(&server);
    let forbidden = GithubError::Forbidden {
        at: AT.to_owned(),
        message: "Resource not accessible by personal access token".to_owned(),
    };
    assert_eq!(answer, Err(forbidden));
    assert_eq!((server.targets().len(), heard.waited().len()), (1, 0));
}

#[test]
fn what_is_not_there_is_not_asked_for_again() {
    for status in [404, 410, 422, 451] {
        let server = answering(vec![Response::with_status(status, "{}")]);
        let missing = GithubError::NotFound { at: AT.to_owned() };
        assert_eq!(get(&server), Err(missing));
        assert_eq!(server.targets().len(), 1);
    }
    let server = answering(vec![Response::with_status(400, r#"{"message":"no"}"#)]);
    assert_eq!(why_bad(get(&server)), "its status is 400 no");
    assert_eq!(server.targets().len(), 1);
}

#[test]
fn an_error_names_the_path_without_its_query() {
    let server = GithubServer::start();
    let heard = Heard::default();
    let answer = with_client(&server, Limits::default(), &heard, |client| {
        client.get("repos/acme/shop/issues?labels=secret%20plan", None)
    });
    let at = "repos/acme/shop/issues".to_owned();
    assert_eq!(answer, Err(GithubError::NotFound { at }));
}

#[test]
fn a_server_that_fails_is_tried_three_times_with_growing_pauses() {
    let broken = || Response::with_status(502, "<html>");
    let server = answering(vec![broken(), broken(), Response::json("[1]")]);
    let (answer, heard) = get_heard(&server);
    assert_eq!(answer.unwrap().body, b"[1]");
    assert_eq!(heard.waited(), [1, 4]);
    let server = answering(vec![broken()]);
    let (answer, heard) = get_heard(&server);
    let why = format!("it answers 502 to {AT}");
    assert_eq!(answer, Err(GithubError::Unreachable { why }));
    assert_eq!(heard.waited(), [1, 4]);
    assert_eq!(server.targets().len(), 3);
}

#[test]
fn html_instead_of_json_is_no_answer() {
    let server = answering(vec![Response::html()]);
    assert_eq!(why_bad(get(&server)), "it is HTML, no JSON");
    assert_eq!(server.targets().len(), 1);
}

#[test]
fn a_body_that_is_cut_off_is_asked_for_again() {
    let server = answering(vec![Response::cut_off("[1,"), Response::json("[1,2]")]);
    assert_eq!(get(&server).unwrap().body, b"[1,2]");
    let server = answering(vec![Response::cut_off("[1]")]);
    let why = "the answer was cut off".to_owned();
    assert_eq!(get(&server), Err(GithubError::Unreachable { why }));
    assert_eq!(server.targets().len(), 3);
}

#[test]
fn a_connection_that_ends_before_the_answer_is_tried_again() {
    let server = answering(vec![Response::closed(), Response::json("[1]")]);
    assert_eq!(get(&server).unwrap().body, b"[1]");
    let server = answering(vec![Response::closed()]);
    assert!(matches!(get(&server), Err(GithubError::Unreachable { .. })));
    assert_eq!(server.targets().len(), 3);
}

#[test]
fn a_compressed_body_is_read() {
    let server = answering(vec![Response::gzipped("[1,2,3]")]);
    assert_eq!(get(&server).unwrap().body, b"[1,2,3]");
}

#[test]
fn a_gzip_bomb_is_left_at_its_limit() {
    let server = answering(vec![Response::gzip_bomb(200)]);
    assert_eq!(why_bad(get(&server)), "it is too large");
    assert_eq!(server.targets().len(), 1, "it is not asked for again");
}

#[test]
fn a_slow_drip_ends_with_the_time_of_one_exchange() {
    let drip = Response::slow_drip(Duration::from_millis(20));
    let server = answering(vec![drip]);
    let limits = Limits {
        exchange: Duration::from_millis(300),
        tries: 2,
        ..Limits::default()
    };
    let started = Instant::now();
    let heard = Heard::default();
    let answer = with_client(&server, limits, &heard, |it| it.get(AT, None));
    assert!(matches!(answer, Err(GithubError::Unreachable { .. })));
    assert_eq!(heard.waited(), [1]);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn nothing_goes_on_after_the_deadline() {
    let drip = Response::slow_drip(Duration::from_millis(20));
    let server = answering(vec![drip]);
    let started = Instant::now();
    let limits = Limits {
        deadline: Some(started + Duration::from_millis(300)),
        ..Limits::default()
    };
    let heard = Heard::default();
    with_client(&server, limits, &heard, |client| {
        assert_eq!(client.get(AT, None), Err(GithubError::OutOfTime));
        assert_eq!(client.get(AT, None), Err(GithubError::OutOfTime));
    });
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(server.targets().len(), 1);
}

#[test]
fn a_server_that_is_not_there_cannot_be_reached() {
    let gone = GithubServer::start().url();
    let environment = |name: &str| match name {
        "GH_TOKEN" => Some(CANARY.to_owned()),
        "GITHUB_API_URL" => Some(gone.clone()),
        _ => None,
    };
    let access = access("github.com", &environment, Duration::from_secs(10)).unwrap();
    let heard = Heard::default();
    let sleep = |wait: Duration| heard.waited.borrow_mut().push(wait.as_secs());
    let client = Client::connect(access, Limits::default(), &|_| {}).unwrap();
    let answer = client.sleeping(&sleep).get(AT, None);
    assert!(matches!(answer, Err(GithubError::Unreachable { .. })));
    assert_eq!(heard.waited(), [1, 4]);
}

#[test]
fn a_server_that_speaks_no_tls_gets_no_token() {
    let server = GithubServer::start();
    let url = server.url().replace("http:", "https:");
    let environment = |name: &str| match name {
        "GH_TOKEN" => Some(CANARY.to_owned()),
        "GITHUB_API_URL" => Some(url.clone()),
        _ => None,
    };
    let access = access("github.com", &environment, Duration::from_secs(10)).unwrap();
    // Without certificates on this machine there is not even a client.
    let answer = Client::connect(access, Limits::default(), &|_| {})
        .and_then(|client| client.sleeping(&|_| {}).get(AT, None));
    assert!(matches!(answer, Err(GithubError::Unreachable { .. })));
    let seen = format!("{:?}", server.seen());
    assert!(!seen.contains(CANARY));
}

#[test]
fn graphql_sends_question_and_variables_as_json() {
    let server = GithubServer::start();
    server.on_request("POST", "/graphql", |seen| {
        let asked: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
        assert_eq!(asked["variables"]["name"], "shop");
        Response::json(&format!(r#"{{"data":{}}}"#, asked["query"]))
    });
    let heard = Heard::default();
    let body = with_client(&server, Limits::default(), &heard, |client| {
        client.graphql("query q", &json!({ "name": "shop" }))
    });
    assert_eq!(body.unwrap(), br#"{"data":"query q"}"#);
    let seen = server.seen().remove(0);
    assert_eq!(seen.header("content-type"), Some("application/json"));
    let bearer = format!("Bearer {CANARY}");
    assert_eq!(seen.header("authorization"), Some(bearer.as_str()));
}

#[test]
fn the_token_is_in_no_error_no_message_and_no_debug_output() {
    let echo = format!(r#"{{"message":"rate limit of {CANARY} and its {CANARY}"}}"#);
    let leaking = format!("https://evil.test/{CANARY}");
    let mut told = String::new();
    for responses in [
        vec![Response::with_status(401, &echo)],
        vec![Response::with_status(403, &echo.replace("rate limit", "x"))],
        vec![Response::with_status(403, &echo), Response::json("[1]")],
        vec![Response::with_status(400, &echo)],
        vec![Response::with_status(404, &echo)],
        vec![Response::with_status(500, &echo)],
        vec![used_up(10_000)],
        vec![Response::redirect(301, &leaking)],
        vec![Response::redirect(303, &leaking)],
        vec![Response::json("[1]").next(&leaking)],
        vec![Response::json("[1]").next(&format!("{{server}}/{CANARY}"))],
        vec![Response::redirect(302, &format!("/{CANARY}"))],
        vec![Response::html()],
        vec![Response::cut_off(&echo)],
        vec![Response::closed()],
    ] {
        let server = answering(responses);
        let heard = Heard::default();
        with_client(&server, Limits::default(), &heard, |client| {
            for answer in pages(client, AT) {
                if let Err(error) = answer {
                    told += &format!("{error} {error:?} {:?}\n", error.hint());
                }
            }
            told += &format!("{client:?}\n");
        });
        told += &format!("{heard:?} {:?}\n", access_to(&server));
        assert!(!server.seen().is_empty());
    }
    assert!(told.contains("Unauthorized") && told.contains("Forbidden"));
    assert!(!told.contains(CANARY), "{told}");
}

#[test]
fn an_answer_that_repeats_the_token_is_refused() {
    let next = format!("{{server}}{SHOP}?page=2&{CANARY}");
    for response in [
        Response::json(&format!(r#"[{{"name":"{CANARY}"}}]"#)),
        Response::json("[1]").etag(&format!("W/\"{CANARY}\"")),
        Response::json("[1]").next(&next),
    ] {
        assert_eq!(
            why_bad(get(&answering(vec![response]))),
            "it repeats the token"
        );
    }
}

#[test]
fn a_redirection_that_repeats_the_token_is_not_followed() {
    let server = answering(vec![Response::redirect(302, &format!("{SHOP}?{CANARY}"))]);
    assert_eq!(why_bad(get(&server)), "its redirection repeats the token");
    assert_eq!(server.targets(), [SHOP]);
}

#[test]
fn a_token_that_is_cut_off_with_its_message_is_not_told_in_part() {
    let echo = format!(r#"{{"message":"{}{CANARY}"}}"#, "x".repeat(190));
    let told = get(&answering(vec![Response::with_status(403, &echo)])).unwrap_err();
    assert!(!told.to_string().contains(&CANARY[..5]), "{told}");
    assert!(told.to_string().contains("xxx…"), "{told}");
}
