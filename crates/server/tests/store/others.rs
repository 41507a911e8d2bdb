//! With programs of others: poppler reads the paper, Python's pty is a terminal and its hashlib
//! recomputes the audit, ssh-keygen verifies a signature.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
};

use super::{
    cluster::cluster,
    holding::{Card, Making},
    office::{HOLDERS, Office, REGISTER_NUMBER, Said, ask},
    site::Site,
    terminal::{challenge, run},
};

#[test]
fn a_code_from_the_paper_lets_in_with_the_pepper_of_its_run() {
    let site = Site::new();
    let (office, url) = (Office::with(HOLDERS), site.url());
    // Two runs with peppers of their own; the second one replaces a card of the first.
    for (out, byte) in [("old", 1), ("new", 2)] {
        let pepper = office.path(&format!("{out}.pepper"));
        fs::write(&pepper, [byte; 32]).unwrap();
        fs::set_permissions(&pepper, PermissionsExt::from_mode(0o600)).unwrap();
    }
    office.issue("old", &["--pepper-file", "old.pepper", "--date", "2026-11-22"]);
    office.write("holders.csv", HOLDERS.lines().take(2).collect::<Vec<_>>().join("\n") + "\n");
    office.issue("new", &["--pepper-file", "new.pepper", "--date", "2026-11-23"]);
    for out in ["old", "new"] {
        let import = ["import", out, "--allow-weak-kdf", "--store", &url];
        office.run(&import).ended(0);
    }
    let verify = |card: &[String], holder: &str, peppers: &[&str]| {
        let (id, position) = challenge(&site, holder);
        let mut arguments = vec!["verify", "--challenge", &id, "--store", &url];
        for pepper in peppers {
            arguments.extend(["--pepper-file", pepper]);
        }
        office.run_with_input(&arguments, card[position.index()].as_bytes())
    };
    let (old, new) = (office.codes("old"), office.codes("new"));
    let both = ["new.pepper", "old.pepper"];
    verify(&new[0], REGISTER_NUMBER, &both).ended(0);
    verify(&old[0], REGISTER_NUMBER, &both).ended(1);
    verify(&old[1], "4712", &both).ended(0);
    let said = verify(&old[2], "4713", &both[..1]).ended(2);
    assert!(said.contains("which was not given; give it too: add --pepper-file"), "{said}");
}

#[test]
fn on_a_terminal_a_code_is_asked_for_and_not_shown() {
    let site = Site::new();
    let card = Card::give(&site, "4711", &Making::default());
    // All codes are those of the first position, so that it doesn't matter which is asked.
    let code = card.code(tokenkaart_token::token::Position::new(1).unwrap());
    site.shell(
        "UPDATE codes SET hash = (SELECT hash FROM codes WHERE position = 1) WHERE position > 1",
    );
    // Python's pty is the terminal: it types once the challenge is there and nothing is shown any
    // more, and notes what it sees.
    let script = "import os, pty, sys, termios\n\
        pid, fd = pty.fork()\n\
        if pid == 0: os.execv(sys.argv[1], sys.argv[1:-1])\n\
        seen, typed = b'', False\n\
        try:\n\
        \x20   while data := os.read(fd, 1024):\n\
        \x20       seen += data\n\
        \x20       if not typed and b'? ' in seen:\n\
        \x20           typed = True\n\
        \x20           while termios.tcgetattr(fd)[3] & termios.ECHO: pass\n\
        \x20           os.write(fd, sys.argv[-1].encode() + b'\\n')\n\
        except OSError: pass\n\
        print(seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))";
    let seen = ask(
        "python3",
        &[
            "-c".as_ref(),
            script.as_ref(),
            env!("CARGO_BIN_EXE_tokenkaart-server").as_ref(),
            "verify".as_ref(),
            "--holder".as_ref(),
            "4711".as_ref(),
            "--store".as_ref(),
            site.url().as_ref(),
            code.as_ref(),
        ],
    );
    assert!(seen.starts_with("code "), "{seen}");
    assert!(seen.contains("accepted; 23 codes left"), "{seen}");
    assert!(seen.trim_end().ends_with(" 0"), "{seen}");
    assert!(!seen.contains(code), "{seen}");
}

#[test]
fn an_exported_audit_is_verified_by_another_program() {
    let document = fs::read_to_string("../../docs/auth-store.md").unwrap();
    let (_, script) = document.split_once("cat > audit.py <<'END'\n").unwrap();
    let (script, _) = script.split_once("END\n").unwrap();
    assert!(script.lines().count() <= 20);
    let site = Site::new();
    for holder in ["4711", "\"quoted\" \\ ünïcodé \u{1F600}"] {
        Card::give(&site, holder, &Making::default());
        challenge(&site, holder);
        let reason = "tab\tbell\u{7}del\u{7f}</script>";
        run(&site, &["suspend", "--holder", holder, "--reason", reason], "").ended(0);
    }
    let whole = run(&site, &["audit", "--verify"], "").ended(0);
    let head = whole.lines().last().unwrap();
    let exported = run(&site, &["audit", "--format", "jsonl"], "").ended(0);
    let mut python = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut python.stdin.take().unwrap(), exported.as_bytes()).unwrap();
    let said = Said::of(python.wait_with_output().unwrap()).ended(0);
    assert_eq!(said.trim(), head);
    let csv = run(&site, &["audit", "--format", "csv"], "").ended(0);
    assert_eq!(csv::Reader::from_reader(csv.as_bytes()).records().count(), 4);

    site.shell("UPDATE audit SET detail = 'x' WHERE event = 'suspended'");
    let said = run(&site, &["audit", "--verify"], "").ended(1);
    assert!(said.contains("row 2 was altered"), "{said}");
}

#[test]
fn a_checkpoint_is_signed_as_ssh_keygen_signs_and_shows_what_was_recomputed() {
    let (office, site) = (Office::new(), Site::new());
    let url = site.url();
    Card::give(&site, "4711", &Making::default());
    challenge(&site, "4711");
    let key = office.path("key");
    ask(
        "ssh-keygen",
        &["-q", "-t", "ed25519", "-N", "", "-f"]
            .map(OsStr::new)
            .into_iter()
            .chain([key.as_os_str()])
            .collect::<Vec<_>>(),
    );
    let checkpoint = ["audit", "--checkpoint", "kept.json", "--sign-with", "key", "--store", &url];
    let said = office.run(&checkpoint).ended(0);
    assert!(said.contains("kept.json: the heads are in it"), "{said}");
    let public = fs::read_to_string(office.path("key.pub")).unwrap();
    office.write("signers", format!("office namespaces=\"tokenkaart-checkpoint\" {public}"));
    let mut verify = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", "tokenkaart-checkpoint", "-I", "office", "-f", "signers"])
        .args(["-s", "kept.json.sig"])
        .current_dir(office.path(""))
        .stdin(fs::File::open(office.path("kept.json")).unwrap())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    assert!(verify.wait().unwrap().success());

    challenge(&site, "4711");
    let since = |signer: &str| {
        let since = ["audit", "--verify", "--since", "kept.json", "--store", &url];
        office.run(&[&since[..], &["--signed-by", signer]].concat())
    };
    for signer in ["signers", "key.pub"] {
        let said = since(signer).ended(0);
        assert!(said.contains("the audit is whole, 1 row since "), "{said}");
    }
    // A checkpoint that was changed, or is another one's.
    let text = fs::read_to_string(office.path("kept.json")).unwrap();
    office.write("kept.json", text.replacen("[0,", "[1,", 1));
    let said = since("signers").ended(2);
    assert!(said.contains("the signature does not fit"), "{said}");
    let unsigned = ["audit", "--verify", "--since", "kept.json", "--store", &url];
    let said = office.run(&unsigned).ended(2);
    assert!(said.contains("kept.json: a signature lies beside it, and nobody"), "{said}");
    let said = office.run(&[&unsigned[..], &["--unsigned"]].concat()).ended(2);
    assert!(said.contains("kept.json: the heads in it do not make the digest in it"), "{said}");
    office.write("kept.json", text);
    // A chain that was recomputed.
    site.shell(
        "SET session_replication_role = replica; UPDATE audit SET hash = repeat('a', 64); \
         UPDATE audit_head SET seq = NULL, hash = NULL; DELETE FROM audit",
    );
    office.run(&["audit", "--verify", "--store", &url]).ended(0);
    let said = since("signers").ended(1);
    assert!(said.contains("row 1 is not the one that the checkpoint has"), "{said}");
    // A checkpoint is never written over one that is there.
    office.run(&checkpoint).ended(2);
}

#[test]
fn a_password_is_in_no_error() {
    let office = Office::new();
    let socket = cluster().socket().display();
    for url in [
        "postgres://sign_in:hunter2@127.0.0.1:1/cards".to_owned(),
        "postgres://sign_in:hunter2@host:port/cards".to_owned(),
        format!("postgres:///none?host={socket}&user=nobody&password=hunter2"),
    ] {
        let said = office.run(&["status", "--store", &url]).ended(2);
        assert!(!said.contains("hunter2"), "{said}");
    }
    let said = Said::of(
        office
            .command(&["status"])
            .env("TOKENKAART_STORE", "postgres://sign_in@127.0.0.1:1/cards")
            .env("PGPASSWORD", "hunter2")
            .output()
            .unwrap(),
    )
    .ended(2);
    assert!(said.contains("sign_in@127.0.0.1:1") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_run_is_taken_from_whom_it_must_be_and_from_nobody_else() {
    let office = Office::with(HOLDERS);
    let keygen = |name: &str| {
        let path = office.path(name);
        let words = ["-q", "-t", "ed25519", "-N", "", "-f"].map(OsStr::new);
        ask("ssh-keygen", &[&words[..], &[path.as_os_str()]].concat());
    };
    keygen("ours");
    keygen("theirs");
    office.issue("run", &["--sign-with", "ours", "--date", "2026-11-22"]);
    office.issue("other", &["--sign-with", "theirs", "--date", "2026-11-23"]);
    office.issue("unsigned", &["--date", "2026-11-24"]);
    // An attacker's files under a signature of ours.
    office.issue("forged", &["--date", "2026-11-25"]);
    fs::copy(office.path("run/manifest.json.sig"), office.path("forged/manifest.json.sig"))
        .unwrap();
    // A signature that was stripped.
    office.issue("stripped", &["--sign-with", "ours", "--date", "2026-11-26"]);
    fs::remove_file(office.path("stripped/manifest.json.sig")).unwrap();

    let site = Site::new();
    let url = site.url();
    let import = |run: &str, more: &[&str]| {
        let import = ["import", run, "--allow-weak-kdf", "--store", &url];
        office.run(&[&import[..], more].concat())
    };
    // A store without a signer.
    let said = import("run", &[]).ended(2);
    assert!(said.contains("--signed-by KEY verifies it, --unsigned takes"), "{said}");
    let said = import("forged", &["--signed-by", "ours.pub"]).ended(2);
    assert!(said.contains("the signature does not fit the manifest"), "{said}");
    let said = import("other", &["--signed-by", "ours.pub"]).ended(2);
    assert!(said.contains("who is not the one expected"), "{said}");
    import("unsigned", &["--signed-by", "ours.pub"]).ended(2);
    assert_eq!(site.number("SELECT count(*) FROM tokens"), 0);
    let said = import("run", &["--signed-by", "ours.pub"]).ended(0);
    assert_eq!(said, "run: 3 tokens were imported\n");
    let signer = site.shell("SELECT signer FROM runs");
    assert!(signer.starts_with("SHA256:"), "{signer}");
    let told = site.shell("SELECT detail FROM audit WHERE event = 'imported'");
    assert!(told.contains(&format!("signed by {}", signer.trim())), "{told}");

    // One that demands a signer takes nothing else, whatever is said.
    let site = Site::empty();
    let url = site.url();
    let create = ["store", "create", "--require-signer", "ours.pub", "--store", &url];
    office.run(&create).ended(0);
    let import = |run: &str, more: &[&str]| {
        let import = ["import", run, "--allow-weak-kdf", "--store", &url];
        office.run(&[&import[..], more].concat())
    };
    for run in ["other", "unsigned", "forged", "stripped"] {
        import(run, &[]).ended(2);
        import(run, &["--unsigned"]).ended(2);
        import(run, &["--signed-by", "theirs.pub"]).ended(2);
    }
    let said = import("run/records/0001.jsonl", &[]).ended(2);
    assert!(said.contains("the store takes runs alone that one of its signers"), "{said}");
    assert_eq!(site.number("SELECT count(*) FROM tokens"), 0);
    import("run", &[]).ended(0);
    let list = office.run(&["store", "signer", "list", "--store", &url]).ended(0);
    assert_eq!(list.lines().count(), 1, "{list}");
    office.run(&["store", "signer", "add", "theirs.pub", "--store", &url]).ended(0);
    import("other", &[]).ended(0);
    let fingerprint = list.split(' ').next().unwrap();
    office.run(&["store", "signer", "remove", fingerprint, "--store", &url]).ended(0);
    office.run(&["store", "signer", "remove", fingerprint, "--store", &url]).ended(1);
    let told = site.number("SELECT count(*) FROM audit WHERE event LIKE 'signer %'");
    assert_eq!(told, 3);
}
