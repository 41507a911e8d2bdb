//! Requests that nobody sends in good faith: none is a fault of the service, and none lets
//! anybody in.
//!
//! Each begins as one that is right, of those that browsers and applications send, and is changed by
//! lot. `benches/fuzz.sh` draws more of them.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use super::{
    application::{Application, SECRET},
    browser::{Browser, encoded},
    mutate::{Lot, mutated},
    post::Post,
    service::{Service, to_code},
};

/// Requests, if the environment doesn't ask for more.
const CASES: u64 = 1500;

/// A request in its parts, of which any may be changed.
#[derive(Clone, Default)]
struct Request {
    method: &'static str,
    path: &'static str,
    query: Vec<u8>,
    cookie: Vec<u8>,
    authorization: Vec<u8>,
    language: Vec<u8>,
    body: Vec<u8>,
}

/// What stands where something is expected.
const WORDS: [&str; 42] = [
    "&",
    "=",
    "%",
    "%00",
    "%ff",
    "%F0%9F%92%A9",
    "+",
    ";",
    ".",
    "..",
    "a.b.c",
    "<script>",
    "client_id=",
    "redirect_uri=",
    "&response_type=code&",
    "&scope=openid&",
    "state=",
    "nonce=",
    "&prompt=none&",
    "&prompt=login&",
    "&max_age=0&",
    "&max_age=-1&",
    "acr_values=",
    "id_token_hint=",
    "&ui_locales=fr&",
    "form=",
    "&key=token&",
    "&key=mail&",
    "&choice=continue&",
    "&kept=yes&",
    "link=",
    "&user_name=zoe&",
    "password=",
    "code=",
    "&grant_type=authorization_code&",
    "code_verifier=",
    "client_secret=",
    "client_assertion=",
    "access_token=",
    "&lang=de&",
    "Bearer ",
    "__Host-session=",
];

/// The requests of good faith that all others come of.
fn seeds(service: &Service) -> Vec<Request> {
    let tax = Application::of(service, "tax");
    let query = tax.parameters(&[]).into_bytes();
    let mut browser = Browser::default();
    let keys = browser.go(&tax.address(&[]));
    let chosen = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
    let form = keys.form_token();
    let cookies = |browser: &Browser| {
        let pairs = browser.cookies["sign-in.localhost"].iter();
        let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ").into_bytes()
    };
    let at_password = cookies(&browser);
    drop(chosen);
    let mut other = Browser::default();
    let keys = other.go(&service.at("/account"));
    let asked = to_code(&mut other, &keys, 1);
    let (at_code, code_form) = (cookies(&other), asked.form_token());
    let mut signed_in = Browser::default();
    let back = service.sign_in_to(&mut signed_in, &tax, 2);
    let code = back.answer("code").unwrap();
    let tokens = tax.redeem(&code).json();
    let token = |name: &str| tokens[name].as_str().unwrap();
    let session = cookies(&signed_in);
    let own = signed_in.go(&service.at("/account")).form_token();
    let bytes = |pairs: &[(&str, &str)]| encoded(pairs).into_bytes();
    let mut forgetful = Browser::default();
    let name = forgetful.go(&service.at("/forgotten"));
    forgetful.send(&name, "/forgotten", &[("user_name", "zoe")]);
    let (at_mail, mail_form) = (cookies(&forgetful), name.form_token());
    let link = format!("link={:066}", 7);
    let mut newcomer = Browser::default();
    let start = newcomer.go(&service.at(&format!("/start?{link}")));
    let (at_start, start_form) = (cookies(&newcomer), start.form_token());
    let basic = Application::basic("tax", SECRET).1.into_bytes();
    let assertion = format!(
        "{}.{}.{}",
        "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ",
        "eyJpc3MiOiJrZXlzIiwic3ViIjoia2V5cyIsImp0aSI6IngiLCJleHAiOjF9",
        "AAAA"
    );
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let redeem = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://tax.example.be/back"),
        ("code_verifier", super::application::VERIFIER),
    ];
    let by_key =
        [&redeem[..], &[("client_assertion_type", kind), ("client_assertion", &assertion)]];
    let hint = [
        ("id_token_hint", token("id_token")),
        ("post_logout_redirect_uri", "https://tax.example.be/bye"),
    ];
    let get = |path, query: &[u8]| Request {
        method: "GET",
        path,
        query: query.to_vec(),
        language: b"fr-BE, nl;q=0.9, de;q=0.1".to_vec(),
        ..Request::default()
    };
    let post = |path, cookie: &[u8], body: Vec<u8>| Request {
        method: "POST",
        cookie: cookie.to_vec(),
        body,
        ..get(path, b"")
    };
    vec![
        get("/authorize", &query),
        Request { cookie: session.clone(), ..get("/authorize", &query) },
        post("/authorize", &session, query.clone()),
        Request { authorization: basic, ..post("/token", b"", bytes(&redeem)) },
        post("/token", b"", bytes(&by_key.concat())),
        Request {
            authorization: format!("Bearer {}", token("access_token")).into_bytes(),
            ..get("/userinfo", b"")
        },
        post("/userinfo", b"", bytes(&[("access_token", token("access_token"))])),
        get("/logout", &bytes(&hint)),
        Request { cookie: at_password.clone(), ..get("/sign-in", b"lang=de") },
        post("/sign-in/key", &at_password, bytes(&[("form", &form), ("key", "token")])),
        post("/sign-in/warning", &at_password, bytes(&[("form", &form), ("choice", "other")])),
        post(
            "/sign-in/password",
            &at_password,
            bytes(&[("form", &form), ("user_name", "zoe"), ("password", "wrong")]),
        ),
        post("/sign-in/code", &at_code, bytes(&[("form", &code_form), ("code", "ABC")])),
        Request { cookie: at_code, ..get("/sign-in/code", b"") },
        Request { cookie: session.clone(), ..get("/account", b"") },
        post("/account/lost", &session, bytes(&[("form", &own), ("password", "wrong")])),
        post("/forgotten", &at_mail, bytes(&[("form", &mail_form), ("code", "123456")])),
        post("/forgotten", &at_mail, bytes(&[("form", &mail_form), ("key", "token")])),
        post("/forgotten", &at_mail, bytes(&[("form", &mail_form), ("user_name", "zoe")])),
        Request { cookie: at_mail, ..get("/forgotten", b"step=key") },
        get("/start", link.as_bytes()),
        post("/start", &at_start, bytes(&[("form", &start_form), ("code", "2222-2222-2222")])),
        post("/start", &at_start, bytes(&[("form", &start_form), ("kept", "yes")])),
        post("/change", &at_start, bytes(&[("form", &start_form), ("email", "x@example.be")])),
    ]
}

/// A part as it can stand in a line of a request.
fn in_line(bytes: &[u8], is_target: bool) -> Vec<u8> {
    let mut line = Vec::with_capacity(bytes.len());
    for byte in bytes.iter().take(6000) {
        match byte {
            b'\r' | b'\n' | 0 => line.extend(format!("%{byte:02X}").bytes()),
            b'!'..=b'~' => line.push(*byte),
            _ if is_target => line.extend(format!("%{byte:02X}").bytes()),
            b' ' => line.push(b' '),
            _ => line.push(*byte | 0x80),
        }
    }
    line
}

/// Sends a request as it is; the answer.
fn ask(port: u16, host: &str, request: &Request) -> String {
    let mut bytes = format!("{} {}?", request.method, request.path).into_bytes();
    bytes.extend(in_line(&request.query, true));
    bytes.extend(format!(" HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n").bytes());
    for (name, value) in [
        ("Cookie", &request.cookie),
        ("Authorization", &request.authorization),
        ("Accept-Language", &request.language),
    ] {
        if !value.is_empty() {
            bytes.extend(format!("{name}: ").bytes());
            bytes.extend(in_line(value, false));
            bytes.extend(b"\r\n");
        }
    }
    if request.method == "POST" {
        let length = request.body.len();
        let kind = "application/x-www-form-urlencoded";
        bytes.extend(format!("Content-Type: {kind}\r\nContent-Length: {length}\r\n").bytes());
    }
    bytes.extend(b"\r\n");
    if request.method == "POST" {
        bytes.extend(&request.body);
    }
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // A form that is too long is answered before it is read.
    let _ = stream.write_all(&bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn no_request_is_a_fault_or_lets_anybody_in() {
    let cases = std::env::var("FUZZ_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    // With keys that seal and mails, so that there are ways to another password.
    let post = Post::new();
    let service = post.service();
    let seeds = seeds(&service);
    let host = service.issuer.split_once("://").unwrap().1.to_owned();
    let mut slowest = Duration::ZERO;
    for case in 0..cases {
        let mut lot = Lot::new("web", case);
        let mut request = seeds[lot.below(seeds.len())].clone();
        let parts: [fn(&mut Request) -> &mut Vec<u8>; 5] = [
            |request| &mut request.query,
            |request| &mut request.body,
            |request| &mut request.cookie,
            |request| &mut request.authorization,
            |request| &mut request.language,
        ];
        for _ in 0..=lot.below(2) {
            // Mostly what the request is made of.
            let part = parts[if lot.below(4) > 0 {
                usize::from(request.method == "POST")
            } else {
                lot.below(parts.len())
            }];
            let all: Vec<Vec<u8>> =
                seeds.iter().map(|seed| part(&mut seed.clone()).clone()).collect();
            let own = part(&mut request).clone();
            // Mostly changes of its own, now and then another one's.
            let mixed: Vec<Vec<u8>> = [vec![own; 8 * all.len()], all].concat();
            *part(&mut request) = mutated(&mixed, &WORDS, &mut lot);
        }
        let begun = Instant::now();
        let answer = ask(service.port, &host, &request);
        slowest = slowest.max(begun.elapsed());
        let shown = || {
            let part = |bytes: &[u8]| bytes.escape_ascii().to_string();
            format!(
                "case {case}: {} {}?{}\ncookie {}\nauthorization {}\nbody {}\n{answer}",
                request.method,
                request.path,
                part(&request.query),
                part(&request.cookie),
                part(&request.authorization),
                part(&request.body)
            )
        };
        let status: u16 = answer
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or_else(|| panic!("no answer: {}", shown()));
        assert!(status < 500, "{}", shown());
        assert!(!answer.contains("<script>"), "{}", shown());
        let lower = answer.to_ascii_lowercase();
        let is_session = |line: &str| {
            line.strip_prefix("set-cookie: __host-session=")
                .is_some_and(|value| !value.starts_with(';'))
        };
        assert!(!lower.lines().any(is_session), "{}", shown());
        // Only who is signed in brings an application a code, and to its own address.
        if let Some(to) = lower.lines().find_map(|line| line.strip_prefix("location: http")) {
            let is_own = to.starts_with("s://tax.example.be/");
            assert!(is_own, "{}", shown());
            let has_session = request
                .cookie
                .windows(b"__Host-session=".len())
                .any(|window| window == b"__Host-session=");
            assert!(!to.contains("code=") || has_session, "{}", shown());
        }
    }
    assert_eq!(Browser::default().go(&service.at("/healthz")).status, 200);
    println!("web: {cases} requests, the slowest in {} ms", slowest.as_millis());
}

#[test]
fn a_form_that_is_far_too_long_is_not_read() {
    let service = Service::new();
    let body = format!("user_name={}", "x".repeat(100_000));
    let page = Browser::default().ask("POST", &service.at("/sign-in/password"), Some(&body));
    assert_eq!(page.status, 413);
}

/// Whoever sends half a request keeps a connection, which somebody else lacks then.
#[test]
fn half_a_request_is_not_waited_for_long() {
    let service = Service::new();
    let address = service.at("");
    let port: u16 = address.rsplit_once(':').unwrap().1.parse().unwrap();
    let ends_after = |request: &str| {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let begun = Instant::now();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).unwrap();
        (answer, begun.elapsed())
    };
    std::thread::scope(|scope| {
        let nothing = scope.spawn(|| ends_after(""));
        let head = scope.spawn(|| ends_after("GET /sign-in HTTP/1.1\r\nHost: sign"));
        let body = scope.spawn(|| {
            ends_after(
                "POST /sign-in/key HTTP/1.1\r\nHost: sign-in.localhost\r\nConnection: close\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\nkey=",
            )
        });
        for (asked, longest) in [(nothing, 20), (head, 20), (body, 45)] {
            let (answer, after) = asked.join().unwrap();
            assert!(after < Duration::from_secs(longest), "{after:?} {answer}");
            assert!(!answer.contains(" 200 "), "{answer}");
        }
    });
}

#[test]
fn an_address_that_is_longer_than_any_is_refused_before_anything_is_kept() {
    let service = Service::new();
    let long = service.at(&format!("/sign-in?id_token_hint={}", "x".repeat(9000)));
    assert_eq!(Browser::default().ask("GET", &long, None).status, 414);
}
