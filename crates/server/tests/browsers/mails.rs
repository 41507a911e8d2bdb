//! Mails by SMTP to a server that we didn't write: aiosmtpd. And an app that we didn't write: oathtool.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tokenkaart_testing::{office::Said, program, running::Running};

use super::demo::{packages, scripts};
use crate::{
    browser::{Browser, Page},
    service::{PASSWORD, Service, USERS, free_port},
};

/// Until something is so that takes its time.
#[track_caller]
fn wait_long(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(100), "{what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Comes as far as a code that is sent to one's address.
fn to_confirm(service: &Service, browser: &mut Browser, user: usize) -> Page {
    let page = browser.go(&service.at("/activate"));
    let fields = [("user_name", USERS[user]), ("password", PASSWORD)];
    let page = browser.send(&page, "/sign-in/password", &fields);
    let code = service.code(user, page.position()).to_owned();
    let page = browser.send(&page, "/sign-in/code", &[("code", &code)]);
    let address = format!("{}@example.be", USERS[user]);
    browser.send(&page, "/change", &[("email", &address)])
}

#[test]
fn a_mail_comes_once_though_the_server_refuses_hangs_up_or_falls_silent_before() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let mut openssl = Command::new("openssl");
    let openssl = openssl
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "mail.key", "-out", "mail.pem"]);
    Said::of(openssl.current_dir(&folder).output().unwrap()).ended(0);
    let mut keys = Command::new(program("tokenkaart-server"));
    let keys = keys.args(["keys", "new", "seal.keys"]).current_dir(&folder);
    Said::of(keys.output().unwrap()).ended(0);
    let server = Command::new(packages("test-venv").join("bin/python3"))
        .arg(scripts().join("smtp.py"))
        .args([&port.to_string(), "mail.pem", "mail.key", "mails"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let _server = Running(server);
    wait_long("aiosmtpd", || TcpStream::connect(("localhost", port)).is_ok());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let service = Service::configured(
        &format!("seal_keys = \"{}\"\n", path("seal.keys")),
        &format!(
            "\n[mail]\nserver = \"localhost\"\nport = {port}\nfrom = \"no-reply@example.be\"\n\
             certificates = \"{}\"\n",
            path("mail.pem")
        ),
        &[],
    );
    let mut browsers = [0, 1, 2].map(|_| Browser::default());
    let pages: Vec<Page> = browsers
        .iter_mut()
        .enumerate()
        .map(|(user, browser)| to_confirm(&service, browser, user))
        .collect();
    let mails = || -> Vec<Value> {
        let text = fs::read_to_string(folder.path().join("mails")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    wait_long("three mails", || mails().len() >= 3);
    let status = || service.operator(&["status"]).ended(0);
    wait_long("nothing that waits", || !status().contains("to be sent"));
    std::thread::sleep(Duration::from_secs(2));
    let mails = mails();
    assert_eq!(mails.len(), 3, "{mails:?}");
    let by_recipient: BTreeMap<&str, &Value> =
        mails.iter().map(|mail| (mail["to"][0].as_str().unwrap(), mail)).collect();
    for user in USERS {
        let mail = by_recipient[format!("{user}@example.be").as_str()];
        assert_eq!((&mail["tls"], &mail["from"]), (&true.into(), &"no-reply@example.be".into()));
        assert_eq!(mail["automatic"], "auto-generated");
        assert!(mail["id"].as_str().unwrap().ends_with("@example.be>"), "{mail}");
        let html = mail["html"].as_str().unwrap();
        for remote in ["http", "src=", "href=", "url(", "@import"] {
            assert!(!html.contains(remote), "{html}");
        }
        let code = code_of(mail);
        assert!(html.contains(code), "{html}");
        // Nothing of it stands in the log.
        let log = service.log();
        for secret in [code, "@example.be", user] {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
    }
    let log = service.log();
    for why in ["the mail server answered 451", "hung up", "the mail server took too long"] {
        assert!(log.contains(why), "{why}: {log}");
    }
    // The code that came is good.
    let code = code_of(by_recipient["zoe@example.be"]);
    let page = browsers[1].send(&pages[1], "/change", &[("code", code)]);
    assert_eq!(page.title(), "Kies uw nieuwe digitale sleutel");
    an_app_of_others(&mut browsers[1], &page);
}

fn code_of(mail: &Value) -> &str {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
    mail["text"].as_str().unwrap().lines().find(is_code).unwrap()
}

/// Sets up oathtool as somebody's app, which gives the code that is active then.
fn an_app_of_others(browser: &mut Browser, page: &Page) {
    let page = browser.send(page, "/change", &[("method", "app")]);
    let secret = page.between("id=\"secret\">", "<").replace(' ', "");
    let code =
        Said::of(Command::new("oathtool").args(["--totp", "--base32", &secret]).output().unwrap());
    let page = browser.send(&page, "/change", &[("code", code.ended(0).trim())]);
    assert_eq!(page.title(), "Uw nieuwe digitale sleutel is actief");
}
