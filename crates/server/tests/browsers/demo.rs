//! A demo, and scripts that walk through it.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use tokenkaart::paper::Paper;
use tokenkaart_testing::{office::Said, program, running::Running};
use tokenkaart_token::token::CodeFormat;

/// A demo that runs.
pub(crate) struct Demo {
    _child: Running,
    pub(crate) ready: Value,
    codes: Vec<String>,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let mut command = Command::new(program("tokenkaart-server"));
        let mut child = command.args(["demo", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let child = Running(child);
        let ready: Value = serde_json::from_str(&line).unwrap();
        let card = ready.pointer("/citizen/card").and_then(Value::as_str).unwrap();
        let paper = Paper::open(fs::read(card).unwrap()).unwrap();
        let codes = paper.page(1).unwrap().codes(&CodeFormat::default()).unwrap();
        let codes = codes.into_iter().map(|(_, code)| code.to_string()).collect();
        Self { _child: child, ready, codes }
    }

    /// Runs a script of ours by Node, which reads what the demo is; what it prints.
    #[track_caller]
    pub(crate) fn node(&self, script: &str, more: &[(&str, Value)]) -> String {
        self.script(&mut node(script), more)
    }

    /// Runs a program that reads what the demo is from standard input; what it prints.
    #[track_caller]
    pub(crate) fn script(&self, command: &mut Command, more: &[(&str, Value)]) -> String {
        let mut input = json!({ "demo": self.ready, "codes": self.codes });
        for (name, value) in more {
            input[*name] = value.clone();
        }
        run(command, &input)
    }
}

/// Runs a program that reads JSON from standard input; what it prints.
#[track_caller]
pub(crate) fn run(command: &mut Command, input: &Value) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    Said::of(child.wait_with_output().unwrap()).ended(0)
}

/// A script of ours, to be run by Node with the packages that `scripts/test.sh` installs.
#[track_caller]
pub(crate) fn node(script: &str) -> Command {
    let folder = packages("test-node");
    // Node looks for packages beside a script.
    for name in ["chromium.mjs", "looks.mjs", script] {
        fs::copy(scripts().join(name), folder.join(name)).unwrap();
    }
    let mut command = Command::new("node");
    command.arg(folder.join(script));
    command
}

/// Where the scripts are.
pub(crate) fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browsers")
}

/// What `scripts/test.sh` has installed.
#[track_caller]
pub(crate) fn packages(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target").join(name);
    assert!(folder.exists(), "{} is missing; scripts/test.sh makes it", folder.display());
    folder
}

/// What the environment says, or what is usual.
pub(crate) fn said(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
