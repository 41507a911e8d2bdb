//! Whole sign-ins a second over HTTP: every page, password, code, and the code of OpenID Connect
//! changed for tokens.
//!
//! `benches/web_sign_in.sh` runs it. STORE is the address of an empty store that `store create` made,
//! FOLDER has `signing.pem` and `form.secret`, PROGRAM is the server; CLIENTS, DURATION (seconds) or
//! COUNT (sign-ins), CARDS and SCHEME say how much. It prints one line.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that can't be run says why"
)]

mod cards;

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use cards::{Card, make};
use jiff::Timestamp;
use rand::{SeedableRng as _, rngs::ChaCha20Rng};
use sha2::{Digest as _, Sha256};
use tokenkaart_auth::{
    account::{self, NewAccount, Password},
    store::{Address, Store},
};
use tokenkaart_token::{
    hash::{CodeHasher, Scheme, Verifier},
    language::Language,
    token::{CodeFormat, Position, Random, Token},
};

const PASSWORD: &str = "vier blauwe olifanten";
const SECRET: &str = "a secret of this bench alone";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-at-least";
const BACK: &str = "https://app.example.be/back";
/// With fewer left, a page of its own says so.
const CODES: usize = 17;

fn setting<T: std::str::FromStr>(name: &str, otherwise: &str) -> T {
    let text = env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    text.parse().unwrap_or_else(|_| panic!("{name}={text}"))
}

/// The service, which ends with the bench.
struct Server {
    child: Child,
    port: u16,
    /// From the start of its process until it answers.
    started: Duration,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(folder: &Path, store: &str, scheme: Scheme) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let hash = Base64UrlUnpadded::encode_string(&Sha256::digest(SECRET.as_bytes()));
        let config = format!(
            r##"issuer = "http://sign-in.localhost:{port}"
listen = "127.0.0.1:{port}"
store = "{store}"
connections = 32
hash_memory = 1048576
time_zone = "Europe/Brussels"
secret_file = "form.secret"
signing_keys = ["signing.pem"]
password_kdf = "{scheme}"
[office]
name = "City"
colour = "#0b5c8a"
help_line = "1700"
desk = "the town hall"
[[application]]
id = "app"
names = "App"
redirect_uris = ["{BACK}"]
keys = ["token"]
secret = "sha256:{hash}"
"##
        );
        let path = folder.join("server.toml");
        fs::write(&path, config).unwrap();
        let begun = Instant::now();
        let child = Command::new(env::var("PROGRAM").unwrap())
            .args(["sign-in", "--config"])
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut server = Self { child, port, started: Duration::ZERO };
        loop {
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
                let mut visitor = Visitor::on(stream, port);
                assert_eq!(visitor.ask("GET", "/healthz", None).status, 200);
                server.started = begun.elapsed();
                return server;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "it doesn't start");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Processor time so far, in seconds.
    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        // USER_HZ of Linux.
        ticks / 100.0
    }

    /// The most memory so far, in MiB.
    fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() >> 10
    }
}

/// A browser, or an application, on a connection that is kept.
struct Visitor {
    reader: BufReader<TcpStream>,
    host: String,
    cookies: BTreeMap<String, String>,
}

struct Answer {
    status: u16,
    location: String,
    body: String,
}

impl Visitor {
    fn on(stream: TcpStream, port: u16) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let host = format!("sign-in.localhost:{port}");
        Self { reader: BufReader::new(stream), host, cookies: BTreeMap::new() }
    }

    fn ask(&mut self, method: &str, path: &str, form: Option<(&str, &str)>) -> Answer {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let (body, more) = form.unwrap_or_default();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookies}\r\n{more}Content-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}",
            self.host
        );
        self.reader.get_mut().write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let (mut location, mut length) = (String::new(), 0);
        loop {
            line.clear();
            self.reader.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "location" => value.clone_into(&mut location),
                "content-length" => length = value.parse().unwrap(),
                "set-cookie" => {
                    let (name, value) = value.split(';').next().unwrap().split_once('=').unwrap();
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).unwrap();
        Answer { status, location, body: String::from_utf8(body).unwrap() }
    }

    fn page(&mut self, path: &str) -> String {
        let page = self.ask("GET", path, None);
        assert_eq!(page.status, 200, "{path}: {}", page.location);
        page.body
    }

    /// Sends the form of a page; where the browser is sent.
    fn send(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("form", between(page, "name=\"form\" value=\"", "\""));
        form.extend_pairs(fields);
        let answer = self.ask("POST", path, Some((&form.finish(), "")));
        assert_eq!(answer.status, 303, "{path}: {}", answer.body);
        answer.location
    }

    /// All of a sign-in, from the application and back to it.
    fn sign_in(&mut self, user_name: &str, codes: &[String], authorize: &str, basic: &str) {
        self.cookies.clear();
        let begun = self.ask("GET", authorize, None);
        let keys = self.page(&begun.location);
        let to = self.send(&keys, "/sign-in/key", &[("key", "token")]);
        let page = self.page(&to);
        let fields = [("user_name", user_name), ("password", PASSWORD)];
        let to = self.send(&page, "/sign-in/password", &fields);
        let page = self.page(&to);
        let position: usize = between(&page, "<output id=\"position\">", "<").parse().unwrap();
        let back = self.send(&page, "/sign-in/code", &[("code", &codes[position - 1])]);
        let code = between(&back, "code=", "&");
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code").append_pair("code", code);
        form.append_pair("redirect_uri", BACK).append_pair("code_verifier", VERIFIER);
        let tokens = self.ask("POST", "/token", Some((&form.finish(), basic)));
        assert_eq!(tokens.status, 200, "{}", tokens.body);
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap().0
}

fn main() {
    // `cargo test` would run it too.
    let (Ok(store), Ok(folder)) = (env::var("STORE"), env::var("FOLDER")) else { return };
    let scheme: Scheme = setting("SCHEME", "argon2id:m=8,t=1,p=1");
    let clients: usize = setting("CLIENTS", "16");
    let seconds: u64 = setting("DURATION", "5");
    let count: usize = setting("COUNT", "0");
    let address: Address = store.parse().unwrap();
    let cards = make(&address, scheme, setting("CARDS", "200"));
    enrol(&address, scheme, &cards);
    let server = Server::start(Path::new(&folder), &store, scheme);
    let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(VERIFIER.as_bytes()));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", BACK),
        ("scope", "openid"),
        ("state", "a-state"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let authorize = format!("/authorize?{}", query.finish());
    let secret: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let basic = Base64::encode_string(format!("app:{secret}").as_bytes());
    let basic = format!("Authorization: Basic {basic}\r\n");
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let cpu = server.cpu();
    let begun = Instant::now();
    let end = begun + Duration::from_secs(seconds);
    let is_over = |done: usize| if count > 0 { done >= count } else { Instant::now() >= end };
    let mut took: Vec<Duration> = thread::scope(|scope| {
        let started: Vec<_> = (0..clients)
            .map(|_| {
                scope.spawn(|| {
                    let stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
                    let mut visitor = Visitor::on(stream, server.port);
                    let mut took = Vec::new();
                    while let Some(card) = cards.get(next.fetch_add(1, Ordering::Relaxed)) {
                        for _ in 0..CODES {
                            if is_over(done.load(Ordering::Relaxed)) {
                                return took;
                            }
                            let begun = Instant::now();
                            let user_name = user_name(card);
                            visitor.sign_in(&user_name, &card.codes, &authorize, &basic);
                            took.push(begun.elapsed());
                            done.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    took
                })
            })
            .collect();
        started.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let elapsed = begun.elapsed().as_secs_f64();
    took.sort_unstable();
    let all = took.len();
    let ms = |share: usize| took.get(all * share / 100).map_or(0.0, |t| t.as_secs_f64() * 1000.0);
    let cpu = (server.cpu() - cpu) * 1000.0 / all.max(1) as f64;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let bare = 2.0 * bare(scheme, clients.min(cores));
    // Beside cheap ones it says nothing.
    let ratio = if bare < 1.0 {
        String::new()
    } else {
        format!(", {:.2} of two bare hashes ({bare:.1} ms)", cpu / bare)
    };
    println!(
        "{clients} clients: {:.1} sign-ins a second, p50 {:.1} ms, p99 {:.1} ms; CPU {cpu:.1} ms \
         each{ratio}; {all} sessions, {} MiB at most; started in {} ms{}",
        all as f64 / elapsed,
        ms(50),
        ms(99),
        server.peak(),
        server.started.as_millis(),
        if next.load(Ordering::Relaxed) > cards.len() { " (cards ran out)" } else { "" },
    );
}

/// What somebody signs in by; holders of benches have blanks in their ids.
fn user_name(card: &Card) -> String {
    card.holder.as_str().replace(' ', ".")
}

/// Accounts for all who have a card.
fn enrol(address: &Address, scheme: Scheme, cards: &[Card]) {
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(3));
    let accounts: Vec<NewAccount> = cards
        .iter()
        .map(|card| NewAccount {
            holder: card.holder.clone(),
            user_name: user_name(card).parse().unwrap(),
            email: format!("{}@post.be", user_name(card)).parse().unwrap(),
            name: None,
            language: Language::Nl,
            password: Some(Password::chosen(PASSWORD, &[]).unwrap().into()),
        })
        .collect();
    let mut store = Store::open(address).unwrap();
    let now = Timestamp::now();
    account::import(&mut store, &accounts, scheme, "bench", now, &mut random).unwrap();
}

/// The processor time of a bare hash, in ms, with so many computed at once: they take the caches from
/// one another, as sign-ins do.
fn bare(scheme: Scheme, at_once: usize) -> f64 {
    const EACH: u32 = 100;
    let mut random = Random::new(ChaCha20Rng::seed_from_u64(7));
    let token = Token::draw(&CodeFormat::default(), &mut random).unwrap();
    let code = token.code(Position::new(1).unwrap());
    let hash = CodeHasher::new(scheme, None).unwrap().hash(code, &[7; 16]).unwrap();
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                let mut verifier = Verifier::new(None);
                for _ in 0..EACH {
                    assert!(verifier.verify(code, &hash).unwrap());
                }
            });
        }
    });
    begun.elapsed().as_secs_f64() * 1000.0 / f64::from(EACH)
}
