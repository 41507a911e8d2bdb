//! A mail server that takes everything, and mails as they are read.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
};

use tempfile::TempDir;
use tokenkaart_testing::{office::Said, program, running::wait_until};

use super::service::Service;

/// What came by post, each mail as a text.
pub(crate) struct Post {
    mails: Arc<Mutex<Vec<String>>>,
    port: u16,
    keys: TempDir,
}

impl Post {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&mails);
        let keys = tempfile::tempdir().unwrap();
        let folder = keys.path().to_owned();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (kept, folder) = (Arc::clone(&kept), folder.clone());
                std::thread::spawn(move || take(&connection, &kept, &folder));
            }
        });
        let mut command = std::process::Command::new(program("tokenkaart-server"));
        let command = command.args(["keys", "new", "seal.keys"]).current_dir(&keys);
        Said::of(command.output().unwrap()).ended(0);
        Self { mails, port, keys }
    }

    /// A service whose mails come here.
    pub(crate) fn service(&self) -> Service {
        let keys = self.folder().join("seal.keys");
        Service::configured(
            &format!("seal_keys = \"{}\"\n", keys.display()),
            &format!(
                "\n[mail]\nserver = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
                 from = \"no-reply@example.be\"\n",
                self.port
            ),
            &[],
        )
    }

    /// Where each mail stands in a file of its own, as `mail-0`, for programs that wait for one.
    pub(crate) fn folder(&self) -> &Path {
        self.keys.path()
    }

    /// How many mails there are.
    pub(crate) fn count(&self) -> usize {
        self.mails.lock().unwrap().len()
    }

    /// The mail of that number, from 0, when it has come.
    pub(crate) fn mail(&self, number: usize) -> String {
        wait_until("a mail", || self.count() > number);
        self.mails.lock().unwrap()[number].clone()
    }

    /// The link in a mail, behind the host.
    pub(crate) fn link(&self, number: usize) -> String {
        let mail = self.mail(number);
        let (_, rest) = mail.split_once("/start?link=").unwrap_or_else(|| panic!("{mail}"));
        format!("/start?link={}", &rest[..66])
    }

    /// The code of six digits in the one mail that has one.
    pub(crate) fn code(&self) -> String {
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
        let found = || {
            let mails = self.mails.lock().unwrap();
            mails.iter().rev().find_map(|mail| mail.lines().find(is_code).map(str::to_owned))
        };
        wait_until("a code", || found().is_some());
        found().unwrap()
    }
}

/// Speaks SMTP as far as it must be spoken.
fn take(connection: &TcpStream, kept: &Mutex<Vec<String>>, folder: &Path) {
    let mut answer = connection;
    let mut say = |line: &str| answer.write_all(format!("{line}\r\n").as_bytes()).is_ok();
    let mut lines = BufReader::new(connection).lines().map_while(Result::ok);
    say("220 here");
    while let Some(line) = lines.next() {
        if line == "DATA" {
            say("354 go on");
            let mail: Vec<String> = lines.by_ref().take_while(|line| line != ".").collect();
            let mut kept = kept.lock().unwrap();
            let (part, name) = (folder.join("part"), format!("mail-{}", kept.len()));
            kept.push(read(&mail.join("\r\n")));
            // The test may be over.
            let _ = fs::write(&part, kept.last().unwrap())
                .and_then(|()| fs::rename(part, folder.join(name)));
        }
        if !say("250 yes") {
            return;
        }
    }
}

/// A mail in quoted-printable (RFC 2045, section 6.7), as far as its letters are ASCII.
fn read(mail: &str) -> String {
    mail.replace("=\r\n", "").replace("=3D", "=")
}
