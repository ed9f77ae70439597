//! A server that behaves like GitHub's API, well or badly, for tests: HTTP/1.1 on a free port of
//! 127.0.0.1, one thread per connection. A test says what each address answers (`on`, `on_request`)
//! and looks at what was asked (`seen`). `{server}` in headers and bodies becomes its own address.
//! It is part of two crates: the tests of the command line, and the library's own.

#![allow(
    dead_code,
    reason = "either of the two crates uses what it needs of it"
)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A question that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// `GET` or `POST`.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body; empty for `GET`.
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// How the body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Whole,
    /// The length says more than comes.
    CutOff,
    /// One byte after each pause, without end.
    Drip(Duration),
    /// The connection ends before a word is said.
    Closed,
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    manner: Manner,
}

impl Response {
    /// 200 with JSON.
    pub(crate) fn json(body: &str) -> Self {
        Self::with_status(200, body)
    }

    /// Any status with JSON.
    pub(crate) fn with_status(status: u16, body: &str) -> Self {
        let kind = "application/json; charset=utf-8".to_owned();
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), kind)],
            body: body.as_bytes().to_vec(),
            manner: Manner::Whole,
        }
    }

    /// 200 with a page for people, as a captive portal gives.
    pub(crate) fn html() -> Self {
        Self {
            headers: vec![("Content-Type".to_owned(), "text/html".to_owned())],
            ..Self::json("<!DOCTYPE html><title>Sign in</title>")
        }
    }

    /// A redirection, without body.
    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::with_status(status, "").header("Location", location)
    }

    /// 200 whose body ends before its length says so.
    pub(crate) fn cut_off(body: &str) -> Self {
        Self {
            manner: Manner::CutOff,
            ..Self::json(body)
        }
    }

    /// 200 whose body comes one byte at a time and never ends.
    pub(crate) fn slow_drip(pause: Duration) -> Self {
        Self {
            manner: Manner::Drip(pause),
            ..Self::json("[")
        }
    }

    /// No answer: the connection ends.
    pub(crate) fn closed() -> Self {
        Self {
            manner: Manner::Closed,
            ..Self::json("")
        }
    }

    /// 200 with a compressed body.
    pub(crate) fn gzipped(body: &str) -> Self {
        Self {
            body: gzip_stored(body.as_bytes()),
            ..Self::json("").header("Content-Encoding", "gzip")
        }
    }

    /// 200 with a small body that becomes at least so many MiB of spaces after a `[`.
    pub(crate) fn gzip_bomb(mebibytes: usize) -> Self {
        Self {
            body: gzip_spaces(mebibytes * 1024 * 1024),
            ..Self::json("").header("Content-Encoding", "gzip")
        }
    }

    /// The same with one more header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with a next page.
    pub(crate) fn next(self, at: &str) -> Self {
        let link = format!("<{{server}}/first>; rel=\"first\", <{at}>; rel=\"next\"");
        self.header("Link", &link)
    }

    /// The same with an entity tag: who asks with it gets 304.
    pub(crate) fn etag(self, tag: &str) -> Self {
        self.header("ETag", tag)
    }
}

type Answering = Box<dyn Fn(&Seen) -> Response + Send>;

enum Route {
    /// One after the other; the last one stays.
    InOrder(Vec<Response>, usize),
    By(Answering),
}

#[derive(Default)]
struct State {
    routes: HashMap<(String, String), Route>,
    seen: Vec<Seen>,
    is_over: bool,
}

/// The server; it ends with its value.
pub(crate) struct GithubServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl GithubServer {
    /// Starts one that answers 404 to everything.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.lock().expect("the state").is_over {
                    return;
                }
                let shared = Arc::clone(&shared);
                if let Ok(stream) = stream {
                    // A client that goes away is no fault of the server's.
                    thread::spawn(move || serve(stream, address, &shared).ok());
                }
            }
        });
        Self { address, state }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What `GET` of a target answers, one after the other; the last answer stays. A target without
    /// query answers for every query that has no answer of its own.
    pub(crate) fn on(&self, target: &str, responses: Vec<Response>) {
        assert!(!responses.is_empty(), "{target} has an answer");
        self.route("GET", target, Route::InOrder(responses, 0));
    }

    /// What a method of a target answers, from the question.
    pub(crate) fn on_request(
        &self,
        method: &str,
        target: &str,
        answering: impl Fn(&Seen) -> Response + Send + 'static,
    ) {
        self.route(method, target, Route::By(Box::new(answering)));
    }

    fn route(&self, method: &str, target: &str, route: Route) {
        let mut state = self.state.lock().expect("the state");
        state
            .routes
            .insert((method.to_owned(), target.to_owned()), route);
    }

    /// What was asked so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.lock().expect("the state").seen.clone()
    }

    /// The targets that were asked for so far.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.target).collect()
    }
}

impl Drop for GithubServer {
    fn drop(&mut self) {
        if let Ok(mut state) = self.state.lock() {
            state.is_over = true;
        }
        // Wakes the listener, so that it sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: TcpStream, address: SocketAddr, state: &Mutex<State>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let Some(seen) = read_question(&mut reader)? else {
        return Ok(());
    };
    let response = {
        let mut state = state.lock().expect("the state");
        let response = state.response(&seen);
        state.seen.push(seen.clone());
        response
    };
    let response = unchanged(&seen, response);
    send(stream, &format!("http://{address}"), &response)
}

impl State {
    fn response(&mut self, seen: &Seen) -> Response {
        let path = seen.target.split('?').next().unwrap_or_default();
        for target in [seen.target.as_str(), path] {
            let key = (seen.method.clone(), target.to_owned());
            match self.routes.get_mut(&key) {
                Some(Route::InOrder(responses, next)) => {
                    let response = responses[*next].clone();
                    *next = (*next + 1).min(responses.len() - 1);
                    return response;
                }
                Some(Route::By(answering)) => return answering(seen),
                None => {}
            }
        }
        Response::with_status(404, r#"{"message":"Not Found"}"#)
    }
}

fn unchanged(seen: &Seen, response: Response) -> Response {
    let tag = response.headers.iter().find(|(name, _)| name == "ETag");
    match (tag, seen.header("if-none-match")) {
        (Some((_, tag)), Some(asked)) if tag == asked => Response {
            status: 304,
            body: Vec::new(),
            ..response
        },
        _ => response,
    }
}

fn read_question(reader: &mut impl BufRead) -> std::io::Result<Option<Seen>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    // To a proxy the whole address is sent.
    let target = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    let mut seen = Seen {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let header = (name.to_ascii_lowercase(), value.trim().to_owned());
        seen.headers.push(header);
    }
    if seen.header("transfer-encoding") == Some("chunked") {
        seen.body = read_chunks(reader)?;
    } else if let Some(length) = seen.header("content-length") {
        seen.body = vec![0; length.parse().unwrap_or(0)];
        reader.read_exact(&mut seen.body)?;
    }
    Ok(Some(seen))
}

fn read_chunks(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
        let mut chunk = vec![0; length];
        reader.read_exact(&mut chunk)?;
        body.extend(chunk);
        reader.read_line(&mut String::new())?;
        if length == 0 {
            return Ok(body);
        }
    }
}

fn send(mut stream: TcpStream, server: &str, response: &Response) -> std::io::Result<()> {
    if response.manner == Manner::Closed {
        return Ok(());
    }
    let is_text = std::str::from_utf8(&response.body).is_ok();
    let body = if is_text {
        let text = String::from_utf8_lossy(&response.body);
        text.replace("{server}", server).into_bytes()
    } else {
        response.body.clone()
    };
    let mut head = format!("HTTP/1.1 {} Some Reason\r\n", response.status);
    for (name, value) in &response.headers {
        let value = value.replace("{server}", server);
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = match response.manner {
        Manner::CutOff => body.len() + 100,
        Manner::Drip(_) => 1_000_000,
        Manner::Whole | Manner::Closed => body.len(),
    };
    head.push_str("Connection: close\r\n");
    if response.status != 304 {
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)?;
    stream.flush()?;
    if let Manner::Drip(pause) = response.manner {
        loop {
            thread::sleep(pause);
            stream.write_all(b" ")?;
            stream.flush()?;
        }
    }
    Ok(())
}

/// Compressed without compression: stored blocks.
fn gzip_stored(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = gzip_head();
    let length = u16::try_from(bytes.len()).expect("one block");
    gzip.push(1); // The last block, stored.
    gzip.extend(length.to_le_bytes());
    gzip.extend((!length).to_le_bytes());
    gzip.extend(bytes);
    gzip.extend(crc32(bytes).to_le_bytes());
    gzip.extend(u32::from(length).to_le_bytes());
    gzip
}

/// `[` and so many spaces, one match of 258 bytes after the other (RFC 1951, fixed codes). The
/// checksum is wrong: nobody should come that far.
fn gzip_spaces(length: usize) -> Vec<u8> {
    let mut bits = Bits(gzip_head(), 0, 0);
    bits.push(1, 1); // The last block,
    bits.push(1, 2); // fixed codes.
    bits.push_code(0x30 + u32::from(b'['), 8);
    bits.push_code(0x30 + u32::from(b' '), 8);
    for _ in 0..length.div_ceil(258) {
        bits.push_code(0b1100_0101, 8); // Length 258,
        bits.push_code(0, 5); // distance 1.
    }
    bits.push_code(0, 7); // The end.
    bits.push(0, 7);
    let mut gzip = bits.0;
    gzip.extend([0; 8]);
    gzip
}

fn gzip_head() -> Vec<u8> {
    vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
}

/// Bytes, and the bits that do not make one yet.
struct Bits(Vec<u8>, u32, u32);

impl Bits {
    /// The lowest bit first.
    fn push(&mut self, value: u32, count: u32) {
        for at in 0..count {
            self.1 |= ((value >> at) & 1) << self.2;
            self.2 += 1;
            if self.2 == 8 {
                self.0.push(u8::try_from(self.1).expect("eight bits"));
                (self.1, self.2) = (0, 0);
            }
        }
    }

    /// The highest bit first, as codes are written.
    fn push_code(&mut self, code: u32, count: u32) {
        for at in (0..count).rev() {
            self.push((code >> at) & 1, 1);
        }
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            let mask = if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
            crc = (crc >> 1) ^ mask;
        }
    }
    !crc
}
