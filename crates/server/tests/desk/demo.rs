//! The desk of the demo.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use jiff::Timestamp;
use serde_json::Value;
use tokenkaart_testing::{program, running::Running};

use super::{app_code::app_code, browser::Browser};

#[test]
fn the_demo_has_a_desk_and_a_clerk_who_can_sign_in_there() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = Command::new(program("tokenkaart-server"));
    let command = command.args(["demo", "--json"]).env("TMPDIR", temporary.path());
    let mut child = Running(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let demo: Value = serde_json::from_str(&line).unwrap();
    let text = |pointer: &str| demo.pointer(pointer).and_then(Value::as_str).unwrap();
    let mut browser = Browser::default();
    let page = browser.go(text("/desk"));
    let fields =
        [("user_name", text("/clerk/name")), ("password", text("/clerk/password")), ("key", "app")];
    let asked = browser.send(&page, "/sign-in", &fields);
    let code = app_code(text("/clerk/secret"), Timestamp::now().as_second());
    let home = browser.send(&asked, "/sign-in/code", &[("code", &code)]);
    assert_eq!(home.url, text("/desk"), "{}", home.body);
    let citizen = browser.send(&home, "/find", &[("text", text("/citizen/user_name"))]);
    assert_eq!(citizen.title(), "Jan Peeters");
}
