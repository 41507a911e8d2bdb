//! A folder to work in, the program, and other people's eyes on what it made.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::program;

/// Hashes that cost nothing, for tests in which they are not the point.
pub const FAST: [&str; 3] = ["--kdf", "argon2id:m=8,t=1,p=1", "--allow-weak-kdf"];

pub const URL: &str = "https://sign-in.example.be/?s={serial}";

/// Three holders; one id is of the form of a national register number.
pub const HOLDERS: &str = "id;naam;taal\n85.07.30-033.28;Jan Peeters;nl\n\
    4712;Zoë 't Hoen-D’Hondt;fr\n4713;Łukasz Żółć-Gżegżółka;de\n";
pub const REGISTER_NUMBER: &str = "85.07.30-033.28";

/// The commands that `tokenkaart-server` has.
const OF_THE_STORE: [&str; 21] = [
    "store",
    "import",
    "verify",
    "status",
    "revoke",
    "suspend",
    "resume",
    "unlock",
    "expire",
    "audit",
    "account",
    "clerk",
    "desk",
    "keys",
    "demo",
    "sign-in",
    "check-config",
    "client",
    "phase-out",
    "person",
    "requests",
];

/// A folder of its own for each test.
pub struct Office(TempDir);

/// How the program ended and what it said.
pub struct Said {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    pub fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// All that was said, when the program ended with `status`.
    #[track_caller]
    pub fn ended(self, status: i32) -> String {
        assert_eq!(self.status, Some(status), "{}{}", self.stdout, self.stderr);
        self.stdout + &self.stderr
    }
}

// It makes a folder, which a default should not.
#[allow(clippy::new_without_default)]
impl Office {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// An office with a file `holders.csv`.
    pub fn with(holders: &str) -> Self {
        let office = Self::new();
        office.write("holders.csv", holders);
        office
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// The program that has the command which the arguments begin with, in this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let is_of_the_store = arguments.first().is_some_and(|first| OF_THE_STORE.contains(first));
        let name = if is_of_the_store { "tokenkaart-server" } else { "tokenkaart" };
        let mut command = Command::new(program(name));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().unwrap())
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Said {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Said::of(child.wait_with_output().unwrap())
    }

    /// Issues `holders.csv` into the folder `out` with hashes that cost nothing.
    #[track_caller]
    pub fn issue(&self, out: &str, more: &[&str]) -> String {
        let arguments = [&["issue", "holders.csv", "--out", out], &FAST[..], more].concat();
        self.run(&arguments).ended(0)
    }

    /// Every file under `folder`, by its path from there.
    pub fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.path(folder);
        let mut files = BTreeMap::new();
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                    files.insert(name, fs::read(&path).unwrap());
                }
            }
        }
        files
    }

    /// The records of a run, in the order of its files and lines.
    pub fn records(&self, out: &str) -> Vec<Value> {
        let files = self.files(&format!("{out}/records"));
        let lines = files.values().flat_map(|bytes| std::str::from_utf8(bytes).unwrap().lines());
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The text of every page of a run, as poppler reads it.
    pub fn pages(&self, out: &str) -> Vec<String> {
        let folder = format!("{out}/cards");
        let files = self.files(&folder);
        files.keys().flat_map(|name| pages(&self.path(&folder).join(name))).collect()
    }

    /// The codes of every page of a run, as poppler reads them.
    #[track_caller]
    pub fn codes(&self, out: &str) -> Vec<Vec<String>> {
        let length = self.records(out)[0]["code_format"]["length"].as_u64().unwrap();
        let length = usize::try_from(length).unwrap();
        self.pages(out).iter().map(|page| codes(page, length)).collect()
    }
}

/// What another program says; it must be there and content.
#[track_caller]
pub fn ask(program: &str, arguments: &[&OsStr]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| {
        panic!("{program}: {error}; scripts/test.sh installs what the tests need")
    });
    let said = Said::of(output);
    assert_eq!(said.status, Some(0), "{program}: {}{}", said.stdout, said.stderr);
    said.stdout
}

fn pages(pdf: &Path) -> Vec<String> {
    let text = ask("pdftotext", &["-layout".as_ref(), pdf.as_ref(), "-".as_ref()]);
    let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
    // A form feed ends each page.
    assert_eq!(pages.pop().as_deref(), Some(""));
    pages
}

/// The 24 codes of a page, in order, without the spaces between their groups.
#[track_caller]
fn codes(page: &str, length: usize) -> Vec<String> {
    let mut found = BTreeMap::new();
    let begins_with_number =
        |line: &&str| line.split_whitespace().next().is_some_and(|word| word.parse::<u8>().is_ok());
    let mut words = page.lines().filter(begins_with_number).flat_map(str::split_whitespace);
    while let Some(word) = words.next() {
        let position: u8 = word.parse().unwrap();
        let mut code = String::new();
        while code.len() < length {
            code.push_str(words.next().unwrap());
        }
        assert_eq!(code.len(), length, "position {position}");
        assert!(found.insert(position, code).is_none(), "position {position} twice");
    }
    assert!(found.keys().copied().eq(1..=24), "positions {:?}", found.keys());
    found.into_values().collect()
}

/// A text as a search for it should go: capitals alone, without what separates groups.
pub fn squeezed(bytes: &[u8]) -> Vec<u8> {
    let kept = bytes.iter().filter(|byte| !matches!(byte, b' ' | b'-' | b'_' | b'\n'));
    kept.map(u8::to_ascii_uppercase).collect()
}

pub fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
