//! `tokenkaart-server demo`.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;
use tokenkaart_testing::{
    program,
    running::{self, Running},
};

use super::{browser::Browser, service::cards};

pub(crate) struct Demo {
    child: Running,
    ready: Value,
}

impl Demo {
    pub(crate) fn start(temporary: &Path) -> Self {
        let mut command = Command::new(program("tokenkaart-server"));
        let command = command.args(["demo", "--json"]).env("TMPDIR", temporary);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child: Running(child), ready: serde_json::from_str(&line).unwrap() }
    }

    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.ready.pointer(pointer).and_then(Value::as_str).unwrap()
    }

    fn end(mut self, signal: &str) -> Option<i32> {
        running::signal(&self.child.0, signal);
        self.child.0.wait().unwrap().code()
    }
}

#[test]
fn the_demo_can_be_walked_through_and_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let demo = Demo::start(temporary.path());
    let codes = &cards(std::fs::read(demo.text("/citizen/card")).unwrap())[0];
    let mut browser = Browser::default();
    let home = browser.go(demo.text("/application"));
    assert!(home.body.contains("href=\"/sign-in\""), "{}", home.body);
    let keys = browser.go_anywhere(&format!("{}sign-in", demo.text("/application")));
    assert!(keys.url.starts_with(demo.text("/issuer")), "{}", keys.url);
    let page = browser.send(&keys, "/sign-in/key", &[("key", "token")]);
    let fields = [
        ("user_name", demo.text("/citizen/user_name")),
        ("password", demo.text("/citizen/password")),
    ];
    let asked = browser.send(&page, "/sign-in/password", &fields);
    let code = codes[asked.position() - 1].as_str();
    let home = browser.send_anywhere(&asked, "/sign-in/code", &[("code", code)]);
    assert_eq!(home.url, demo.text("/application"));
    let name = home.between("<dd data-claim=\"preferred_username\">", "<");
    assert_eq!(name, demo.text("/citizen/user_name"));
    let email = home.between("<dd data-claim=\"email\">", "<");
    assert_eq!(email, demo.text("/citizen/email"));
    // Each part has cookies of its own.
    let hosts: Vec<&String> = browser.cookies.keys().collect();
    assert_eq!(hosts, ["app.localhost", "sign-in.localhost"]);
    assert!(browser.go(demo.text("/sign_in")).body.contains(demo.text("/citizen/user_name")));
    assert_eq!(browser.go(demo.text("/mails")).json(), serde_json::json!([]));
    assert!(browser.go(demo.text("/metrics")).body.contains("tokenkaart_signed_in_total 1"));
    let out = format!("{}sign-out", demo.text("/application"));
    let out = browser.ask("POST", &out, Some(""));
    let page = browser.go_anywhere(out.header("location").unwrap());
    assert_eq!(page.url, demo.text("/application"));
    assert!(!browser.go(demo.text("/sign_in")).body.contains(demo.text("/citizen/user_name")));
    assert_eq!(demo.end("TERM"), Some(0));
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn the_demo_cleans_up_on_ctrl_c_too_and_a_second_one_finds_other_ports() {
    let temporary = tempfile::tempdir().unwrap();
    let [one, other] = [1, 2].map(|_| Demo::start(temporary.path()));
    assert_ne!(one.text("/issuer"), other.text("/issuer"));
    assert_eq!((one.end("INT"), other.end("INT")), (Some(0), Some(0)));
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}
