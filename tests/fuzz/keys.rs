//! Small files that an operator names: recipients, signers, lists of ids.

use std::{collections::HashSet, fs, os::unix::fs::PermissionsExt as _};

use tokenkaart::{
    run::{Known, Only},
    seal::{Identity, Recipients},
};
use tokenkaart_token::{holder::HolderId, sign::Signers};

use crate::{Read, assert_is_told, corpus, folder, run};

#[test]
fn no_recipients_file_breaks_a_promise_of_its_reader() {
    let folder = folder();
    let path = folder.path().join("keys");
    let words = ["age1", "ssh-ed25519 ", "ssh-rsa AAAA", "AGE-SECRET-KEY-1", "#", "age1pq1", "=="];
    run("recipients", &corpus("recipients"), &words, &mut |bytes, _| {
        fs::write(&path, bytes).unwrap();
        match Recipients::read(&[], Some(&path)) {
            Ok(recipients) => {
                let names = recipients.unwrap().fingerprints();
                assert!(!names.is_empty());
                assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
                // An age recipient is its own name, so it can be given once more.
                for name in names.iter().filter(|name| name.starts_with("age1")) {
                    let again = Recipients::read(std::slice::from_ref(name), None).unwrap();
                    assert_eq!(again.unwrap().fingerprints(), std::slice::from_ref(name));
                }
                Read::Accepted
            }
            Err(error) => {
                assert_is_told(&error.to_string(), "keys:");
                Read::Refused
            }
        }
    });
}

#[test]
fn no_file_of_signers_breaks_a_promise_of_its_reader() {
    let folder = folder();
    let path = folder.path().join("keys");
    let words = [
        "namespaces=\"tokenkaart-manifest\" ",
        "namespaces=\"!*\"",
        "cert-authority ",
        "*",
        "?",
        ",",
        "!",
        "valid-before=\"20200101\" ",
        "ssh-ed25519",
        "ssh-rsa",
        "-----BEGIN",
    ];
    run("signers", &corpus("signers"), &words, &mut |bytes, _| {
        fs::write(&path, bytes).unwrap();
        match Signers::read(&path) {
            Ok(_) => {
                assert!(bytes.windows(11).any(|window| window == b"ssh-ed25519"));
                Read::Accepted
            }
            Err(error) => {
                assert_is_told(&error.to_string(), "keys:");
                Read::Refused
            }
        }
    });
}

#[test]
fn no_list_of_ids_breaks_a_promise_of_its_reader() {
    let folder = folder();
    let path = folder.path().join("list");
    run(
        "known",
        &corpus("known"),
        &["{\"holder\":\"1\"}\n", "\n\n", "{", "id", "INSZ\n", "93.05.18-223.61\n", ";"],
        &mut |bytes, _| {
            fs::write(&path, bytes).unwrap();
            let mut known = Known::default();
            match known.add(&path) {
                Ok(()) => {
                    let text = String::from_utf8_lossy(bytes);
                    // The same file names the same people, whatever it is given for.
                    let is_list =
                        !text.trim_start_matches('\u{feff}').trim_ascii().starts_with('{');
                    if is_list {
                        Only::read(&path).unwrap();
                        for line in text.lines().map(str::trim) {
                            let is_plain =
                                !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit());
                            if is_plain && !text.contains([';', ',', '\t', '|', '"', '\r']) {
                                let id = HolderId::new(line).unwrap();
                                assert!(known.has(&id), "{line:?} is not known");
                            }
                        }
                    }
                    Read::Accepted
                }
                Err(error) => {
                    assert_is_told(&error.to_string(), "list:");
                    Read::Refused
                }
            }
        },
    );
}

#[test]
fn no_identity_file_breaks_a_promise_of_its_reader() {
    let folder = folder();
    let path = folder.path().join("identity");
    let words = [
        "AGE-SECRET-KEY-1",
        "age1",
        "# public key: ",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n",
        "-----END OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN AGE ENCRYPTED FILE-----\n",
        "age-encryption.org/v1\n",
        "b3BlbnNzaC1rZXktdjEA",
        "ssh-ed25519 AAAA",
    ];
    run("identity", &corpus("identity"), &words, &mut |bytes, _| {
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        match Identity::read(&path) {
            Ok(_) => Read::Accepted,
            Err(error) => {
                let told = error.to_string();
                assert_is_told(&told, "identity");
                // A secret is never shown, not even one that is broken.
                for line in String::from_utf8_lossy(bytes).lines().map(str::trim) {
                    let is_secret = line.len() > 30 && !line.starts_with(['#', '-']);
                    assert!(!is_secret || !told.contains(line), "{told}");
                }
                Read::Refused
            }
        }
    });
}
