//! Signed here and verified by `ssh-keygen`, and the other way round.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::wildcard_imports, reason = "tests")]

use std::{
    fs,
    io::Write as _,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use tokenkaart_token::sign::*;

const MESSAGE: &[u8] = b"{\n  \"run\": \"a manifest\"\n}\n";

fn keygen(folder: &TempDir, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("ssh-keygen")
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("scripts/test.sh installs what the tests need");
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// Makes a pair in the files `name` and `name.pub`, and gives the public half.
fn pair(folder: &TempDir, name: &str, more: &[&str]) -> String {
    let arguments = [&["-q", "-C", "operator at desk", "-f", name], more].concat();
    assert!(keygen(folder, &arguments, b"").status.success());
    fs::read_to_string(folder.path().join(format!("{name}.pub"))).unwrap().trim().to_owned()
}

fn ed25519(folder: &TempDir, name: &str) -> String {
    pair(folder, name, &["-t", "ed25519", "-N", ""])
}

fn key(folder: &TempDir, name: &str) -> Result<SigningKey, SignError> {
    SigningKey::read(&folder.path().join(name))
}

fn signers(folder: &TempDir, text: &str) -> Result<Signers, SignersError> {
    fs::write(folder.path().join("signers"), text).unwrap();
    Signers::read(&folder.path().join("signers"))
}

#[test]
fn ssh_keygen_accepts_a_signature_made_here_of_these_bytes_alone() {
    let folder = tempfile::tempdir().unwrap();
    let public = ed25519(&folder, "operator");
    let key = key(&folder, "operator").unwrap();
    let shown = keygen(&folder, &["-l", "-f", "operator.pub"], b"").stdout;
    assert!(String::from_utf8(shown).unwrap().contains(&format!(" {} ", key.fingerprint())));
    fs::write(folder.path().join("sig"), key.sign(MESSAGE).unwrap()).unwrap();
    fs::write(folder.path().join("allowed"), format!("operator {public}\n")).unwrap();
    let verify = |namespace, message: &[u8]| {
        let arguments =
            ["-Y", "verify", "-f", "allowed", "-I", "operator", "-n", namespace, "-s", "sig"];
        keygen(&folder, &arguments, message).status.success()
    };
    assert!(verify(NAMESPACE, MESSAGE));
    assert!(!verify("file", MESSAGE));
    assert!(!verify(NAMESPACE, &MESSAGE[1..]));
}

#[test]
fn a_signature_by_ssh_keygen_counts_here_if_it_is_by_the_right_key_for_this_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (ed25519(&folder, "ours"), ed25519(&folder, "theirs"));
    let sign = |key: &str, namespace: &str| {
        let made = keygen(&folder, &["-Y", "sign", "-n", namespace, "-f", key], MESSAGE);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        made.stdout
    };
    let signature = sign("ours", NAMESPACE);
    let both = signers(&folder, &format!("a@b {theirs}\n{ours}\n")).unwrap();
    let alone = signers(&folder, &theirs).unwrap();
    let fingerprint = key(&folder, "ours").unwrap().fingerprint();
    assert_eq!(both.verify(MESSAGE, &signature), Ok(fingerprint.clone()));
    assert_eq!(alone.verify(MESSAGE, &signature), Err(SignatureError::OtherSigner(fingerprint)));
    assert_eq!(both.verify(&MESSAGE[1..], &signature), Err(SignatureError::Wrong));
    assert_eq!(
        both.verify(MESSAGE, &sign("ours", "file")),
        Err(SignatureError::OtherPurpose("file".to_owned()))
    );
    for damaged in [&signature[..signature.len() / 2], &signature[1..], b"", MESSAGE] {
        assert_eq!(both.verify(MESSAGE, damaged), Err(SignatureError::NotASignature));
    }
}

#[test]
fn allowed_signers_are_read_as_ssh_keygen_reads_them_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let public = ed25519(&folder, "operator");
    let rsa = pair(&folder, "rsa", &["-t", "rsa", "-b", "2048", "-N", ""]);
    let count = |text: &str| signers(&folder, text).map(|signers| signers.count());
    for (text, wanted) in [
        (public.clone(), 1),
        (format!("# us\n\noperator@example.be {public}\nother {rsa}\n"), 1),
        (format!("* namespaces=\"file,tokenkaart-manifest\" {public}\n"), 1),
        (format!("a,b namespaces=\"*\" {public}\n{public}\n"), 2),
        (format!("a namespaces=\"file,git\" {public}\nb {public}\n"), 1),
    ] {
        assert_eq!(count(&text).unwrap(), wanted, "{text}");
    }
    for (text, wanted) in [
        (String::new(), "no ssh-ed25519 key"),
        (rsa, "no ssh-ed25519 key"),
        (format!("a namespaces=\"file\" {public}"), "no ssh-ed25519 key"),
        (format!("\na {}", &public[..40]), "signers:2: this key was not copied whole"),
        (format!("a cert-authority {public}"), "signers:1: `cert-authority` is not understood"),
        (format!("a valid-before=\"20200101\" {public}"), "`valid-before` is not understood"),
        (fs::read_to_string(folder.path().join("operator")).unwrap(), "this is a secret key"),
    ] {
        let error = count(&text).unwrap_err().to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn a_key_may_sign_manifests_here_when_ssh_keygen_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let public = ed25519(&folder, "operator");
    let made = keygen(&folder, &["-Y", "sign", "-n", NAMESPACE, "-f", "operator"], MESSAGE);
    fs::write(folder.path().join("message.sig"), made.stdout).unwrap();
    for (patterns, may) in [
        ("tokenkaart-manifest", true),
        ("*", true),
        ("tokenkaart-*", true),
        ("*-manifest,file", true),
        ("tokenkaart?manifest", true),
        ("!file,*", true),
        ("*,!tokenkaart-manifest", false),
        ("!tokenkaart-manifest,*", false),
        ("!tokenkaart-*,tokenkaart-manifest", false),
        ("!*", false),
        ("!file", false),
        ("TOKENKAART-MANIFEST", false),
        ("tokenkaart-manifest?", false),
        ("tokenkaart", false),
        ("", false),
    ] {
        let line = format!("us namespaces=\"{patterns}\" {public}\n");
        let ours = signers(&folder, &line).is_ok();
        let arguments =
            ["-Y", "verify", "-n", NAMESPACE, "-f", "signers", "-I", "us", "-s", "message.sig"];
        let theirs = keygen(&folder, &arguments, MESSAGE).status.success();
        assert_eq!((ours, theirs), (may, may), "{patterns}: ours and that of ssh-keygen");
    }
}

#[test]
fn a_key_that_can_not_sign_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    pair(&folder, "locked", &["-t", "ed25519", "-N", "geheim"]);
    pair(&folder, "rsa", &["-t", "rsa", "-b", "2048", "-N", ""]);
    for (name, wanted) in [
        ("locked", "ssh-keygen -Y sign -n tokenkaart-manifest"),
        ("rsa", "of the kind ssh-rsa"),
        ("absent", "check the path"),
    ] {
        let error = key(&folder, name).unwrap_err().to_string();
        assert!(error.contains(wanted), "{name}: {error}");
    }
    fs::rename(folder.path().join("rsa.pub"), folder.path().join("public")).unwrap();
    // Whoever may read it, a public key is not told to be hidden.
    let error = key(&folder, "public").unwrap_err().to_string();
    assert!(error.contains("the public half of a key"), "{error}");
}

#[test]
fn debug_never_shows_a_signing_key() {
    let folder = tempfile::tempdir().unwrap();
    ed25519(&folder, "operator");
    let key = key(&folder, "operator").unwrap();
    assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.fingerprint()));
}
