//! Sealed here and opened with `age`, sealed with `age` and opened here.
//!
//! `scripts/test.sh` installs age and OpenSSH's `ssh-keygen`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::wildcard_imports, reason = "tests")]

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use tokenkaart::seal::*;

/// Runs a program and gives what it says.
fn ask(folder: &TempDir, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder.path()).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{program}: {error}; scripts/test.sh installs what the tests need")
    });
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Makes a pair with `age-keygen` in the file `name`, and gives the public half.
fn age_pair(folder: &TempDir, name: &str) -> String {
    ask(folder, "age-keygen", &["-o", name]);
    ask(folder, "age-keygen", &["-y", name])
}

/// Makes a pair with `ssh-keygen` in the file `name`, and gives the public half.
fn ssh_pair(folder: &TempDir, name: &str, more: &[&str]) -> String {
    let all = [&["-q", "-C", "print house", "-f", name], more].concat();
    ask(folder, "ssh-keygen", &all);
    fs::read_to_string(folder.path().join(format!("{name}.pub"))).unwrap().trim().to_owned()
}

fn to(recipients: &[&str]) -> Result<Option<Recipients>, RecipientsError> {
    let recipients: Vec<String> = recipients.iter().map(|&text| text.to_owned()).collect();
    Recipients::read(&recipients, None)
}

fn refused(recipients: &[&str]) -> (String, RecipientFault) {
    match to(recipients) {
        Err(RecipientsError::Refused { named_in, fault }) => (named_in.to_string(), fault),
        other => panic!("{other:?}"),
    }
}

fn identity(folder: &TempDir, name: &str) -> Result<Identity, IdentityError> {
    Identity::read(&folder.path().join(name))
}

const PLAIN: &[u8] = b"%PDF-1.4 of cards";

#[test]
fn age_opens_what_is_sealed_here_and_the_other_way_round_with_keys_of_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let keys = [
        ("age.key", age_pair(&folder, "age.key")),
        ("ed25519", ssh_pair(&folder, "ed25519", &["-t", "ed25519", "-N", ""])),
        ("rsa", ssh_pair(&folder, "rsa", &["-t", "rsa", "-b", "2048", "-N", ""])),
    ];
    let all: Vec<&str> = keys.iter().map(|(_, recipient)| recipient.as_str()).collect();
    let recipients = to(&all).unwrap().unwrap();
    // Longer than one of the chunks that age encrypts.
    let long = [PLAIN, &vec![7; 200_000]].concat();
    for plain in [PLAIN, &long] {
        let sealed = recipients.seal(plain).unwrap();
        assert!(sealed.starts_with(b"age-encryption.org/v1\n"));
        assert!(!sealed.windows(4).any(|window| window == b"%PDF"));
        fs::write(folder.path().join("ours.age"), &sealed).unwrap();
        fs::write(folder.path().join("plain"), plain).unwrap();
        for (name, recipient) in &keys {
            ask(&folder, "age", &["-d", "-i", name, "-o", "opened", "ours.age"]);
            assert_eq!(fs::read(folder.path().join("opened")).unwrap(), plain, "{name}");
            ask(&folder, "age", &["-r", recipient, "-o", "theirs.age", "plain"]);
            let theirs = fs::read(folder.path().join("theirs.age")).unwrap();
            let identity = identity(&folder, name).unwrap();
            assert_eq!(*identity.open(&theirs, 1 << 20).unwrap(), plain, "{name}");
            assert_eq!(*identity.open(&sealed, 1 << 20).unwrap(), plain, "{name}");
        }
    }
}

#[test]
fn a_fingerprint_is_the_one_that_ssh_keygen_shows() {
    let folder = tempfile::tempdir().unwrap();
    let age = age_pair(&folder, "age.key");
    let ssh = ssh_pair(&folder, "ed25519", &["-t", "ed25519", "-N", ""]);
    let shown = ask(&folder, "ssh-keygen", &["-l", "-f", "ed25519.pub"]);
    let shown = shown.split(' ').nth(1).unwrap().to_owned();
    assert_eq!(to(&[&age, &ssh]).unwrap().unwrap().fingerprints(), [age, shown]);
}

#[test]
fn a_recipients_file_has_remarks_and_is_joined_to_the_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let keys = ["one", "two", "three"].map(|name| age_pair(&folder, name));
    let path = folder.path().join("recipients");
    fs::write(&path, format!("\u{feff}# Print house\r\n{}\r\n\r\n  {}\n", keys[1], keys[2]))
        .unwrap();
    let recipients = Recipients::read(&keys[..1], Some(&path)).unwrap().unwrap();
    assert_eq!(recipients.fingerprints(), keys);
    fs::write(&path, format!("{}\n# again\n{}\n", keys[1], keys[0])).unwrap();
    let error = Recipients::read(&keys[..1], Some(&path)).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("{}:3: this recipient is named twice; leave one of the two out", path.display())
    );
    fs::write(&path, "# nobody\n").unwrap();
    assert!(matches!(
        Recipients::read(&keys[..1], Some(&path)),
        Err(RecipientsError::Empty { .. })
    ));
    fs::write(&path, [0xff, 0xfe, 0]).unwrap();
    assert!(matches!(Recipients::read(&[], Some(&path)), Err(RecipientsError::NotText { .. })));
    assert!(Recipients::read(&[], None).unwrap().is_none());
}

#[test]
fn what_is_no_recipient_is_refused_and_a_secret_is_not_said_again() {
    let folder = tempfile::tempdir().unwrap();
    let age = age_pair(&folder, "age.key");
    let ssh = ssh_pair(&folder, "ed25519", &["-t", "ed25519", "-N", ""]);
    let ecdsa = ssh_pair(&folder, "ecdsa", &["-t", "ecdsa", "-N", ""]);
    let small = ssh_pair(&folder, "small", &["-t", "rsa", "-b", "1024", "-N", ""]);
    let slip = age.replacen(['q', 'z'], "p", 1);
    let slip = if slip == age { age[..age.len() - 1].to_owned() } else { slip };
    for (text, fault) in [
        (age[..60].to_owned(), RecipientFault::Slip),
        (slip, RecipientFault::Slip),
        ("age1yubikey1qwe".to_owned(), RecipientFault::OtherAge),
        (ssh[..50].to_owned(), RecipientFault::SshSlip),
        ("ssh-ed25519".to_owned(), RecipientFault::SshSlip),
        (ecdsa, RecipientFault::OtherSsh("ecdsa-sha2-nistp256".to_owned())),
        (small, RecipientFault::RsaSize),
        ("printer@example.be".to_owned(), RecipientFault::Unknown),
        (String::new(), RecipientFault::Unknown),
    ] {
        let (named_in, found) = refused(&[&text]);
        assert_eq!(found, fault, "{text}");
        assert!(named_in.starts_with('"') && named_in.len() < 45, "{named_in}");
    }
    let secrets = fs::read_to_string(folder.path().join("age.key")).unwrap();
    let secret = secrets.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    let whole = fs::read_to_string(folder.path().join("ed25519")).unwrap();
    for secret in [secret, &secret.to_lowercase(), &secret[..30], &whole] {
        assert_eq!(refused(&[secret]), ("\"…\"".to_owned(), RecipientFault::Secret));
    }
    // The comment of an SSH key is no part of it.
    let renamed = ssh.replace("print house", "another name");
    assert_eq!(refused(&[&ssh, &renamed]).1, RecipientFault::Twice);
}

#[test]
fn what_is_no_identity_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let age = age_pair(&folder, "age.key");
    ssh_pair(&folder, "locked", &["-t", "ed25519", "-N", "geheim"]);
    ssh_pair(&folder, "ecdsa", &["-t", "ecdsa", "-N", ""]);
    ask(&folder, "age", &["-r", &age, "-o", "age.key.age", "age.key"]);
    ask(&folder, "age", &["-a", "-r", &age, "-o", "armoured", "age.key"]);
    let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
    write("public", age.as_bytes());
    write("empty", b"# made on Sunday\n");
    write("other", b"# made on Sunday\nAGE-PLUGIN-YUBIKEY-1QQQ\n");
    write("binary", &[0xff; 40]);
    for (name, wanted) in [
        ("locked", "ssh-keygen -p -N ''"),
        ("ecdsa", "ecdsa:1: this is not a secret key that can be used here"),
        ("age.key.age", "itself encrypted"),
        ("armoured", "itself encrypted"),
        ("public", "public half"),
        ("empty", "it contains no secret key"),
        ("other", "other:2: this is not a secret key"),
        ("binary", "it contains no secret key"),
        ("absent", "check the path"),
    ] {
        #[cfg(unix)]
        private(&folder.path().join(name));
        let error = identity(&folder, name).unwrap_err().to_string();
        assert!(error.contains(wanted), "{name}: {error}");
        assert!(!error.contains("QQQ"), "{error}");
    }
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    if path.exists() {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn an_identity_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    age_pair(&folder, "age.key");
    let path = folder.path().join("age.key");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = identity(&folder, "age.key").unwrap_err().to_string();
    assert!(error.contains("chmod 600"), "{error}");
}

#[test]
fn what_was_sealed_to_others_changed_or_is_too_large_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let ours = to(&[&age_pair(&folder, "ours")]).unwrap().unwrap();
    let theirs = to(&[&age_pair(&folder, "theirs")]).unwrap().unwrap();
    let identity = identity(&folder, "ours").unwrap();
    let sealed = ours.seal(PLAIN).unwrap();
    let open = |bytes: &[u8]| identity.open(bytes, 1000).map(drop);
    assert_eq!(open(&theirs.seal(PLAIN).unwrap()), Err(UnsealError::OtherRecipient));
    assert_eq!(open(PLAIN), Err(UnsealError::NotSealed));
    assert_eq!(open(b""), Err(UnsealError::NotSealed));
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(open(&changed).is_err(), "byte {place}");
        assert!(open(&sealed[..place]).is_err(), "the first {place} bytes");
    }
    assert!(open(&[&sealed[..], b"x"].concat()).is_err());
    let limit = PLAIN.len() as u64;
    assert_eq!(*identity.open(&sealed, limit).unwrap(), PLAIN);
    let error = identity.open(&sealed, limit - 1).map(drop);
    assert_eq!(error, Err(UnsealError::TooLarge { limit: limit - 1 }));
}

#[test]
fn debug_never_shows_a_key() {
    let folder = tempfile::tempdir().unwrap();
    age_pair(&folder, "age.key");
    assert_eq!(format!("{:?}", identity(&folder, "age.key").unwrap()), "Identity(1 keys)");
}
