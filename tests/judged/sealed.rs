//! A run for the print house: sealed, signed, handed over, opened.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
};

use serde_json::Value;
use tokenkaart_token::files::Sha256Digest;

use super::{
    office::{FAST, HOLDERS, Office, Said, URL, ask, holds},
    secrets::assert_no_code,
};

/// Both sides of a hand-over at one desk.
pub(crate) struct HandOver {
    pub(crate) office: Office,
    /// The print house's recipient.
    pub(crate) recipient: String,
}

impl HandOver {
    /// Keys of a print house (`printer`), of another (`other`) and of two operators (`operator`,
    /// `stranger`), and a file of holders.
    pub(crate) fn new() -> Self {
        let office = Office::with(HOLDERS);
        for name in ["printer", "other"] {
            ask("age-keygen", &["-o".as_ref(), office.path(name).as_ref()]);
        }
        for name in ["operator", "stranger"] {
            let path = office.path(name);
            let options = ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"].map(AsRef::as_ref);
            ask("ssh-keygen", &[&options[..], &[path.as_ref()]].concat());
        }
        let recipient = ask("age-keygen", &["-y".as_ref(), office.path("printer").as_ref()]);
        Self { office, recipient: recipient.trim().to_owned() }
    }

    /// Issues a sealed and signed run of three bundles.
    pub(crate) fn issue(&self, out: &str) -> String {
        let more = ["--url", URL, "--bundle", "1", "--seal-to", &self.recipient];
        self.office.issue(out, &[&more[..], &["--sign-with", "operator"]].concat())
    }

    pub(crate) fn open(&self, run: &str, out: &str, more: &[&str]) -> Said {
        self.office.run(&[&["open", run, "--out", out][..], more].concat())
    }

    /// The codes of a run that was opened into `out`, as poppler reads them.
    fn codes(&self, run: &str, out: &str) -> Vec<Vec<String>> {
        let plain = self.office.path("unsealed");
        fs::create_dir_all(plain.join("records")).unwrap();
        fs::rename(self.office.path(out), plain.join("cards")).unwrap();
        for (name, bytes) in self.office.files(&format!("{run}/records")) {
            fs::write(plain.join("records").join(name), bytes).unwrap();
        }
        let codes = self.office.codes("unsealed");
        fs::remove_dir_all(plain).unwrap();
        codes
    }

    fn ssh_verify(&self, run: &str) -> bool {
        let public = fs::read_to_string(self.office.path("operator.pub")).unwrap();
        self.office.write("allowed", format!("operator {public}"));
        Command::new("ssh-keygen")
            .args(["-Y", "verify", "-f", "allowed", "-I", "operator", "-n", "tokenkaart-manifest"])
            .args(["-s", &format!("{run}/manifest.json.sig")])
            .current_dir(self.office.path("."))
            .stdin(fs::File::open(self.office.path(run).join("manifest.json")).unwrap())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    }
}

pub(crate) const OURS: [&str; 4] = ["--identity", "printer", "--signed-by", "operator.pub"];

#[test]
fn the_print_house_opens_what_it_got_and_both_sides_check_it() {
    let desk = HandOver::new();
    let said = desk.issue("run");
    assert!(said.contains(&format!("sealed to: {}\nsigned by: SHA256:", desk.recipient)), "{said}");
    let files: BTreeSet<String> = desk.office.files("run").into_keys().collect();
    let cards = ["cards/0001.pdf.age", "cards/0002.pdf.age", "cards/0003.pdf.age"];
    let records = ["records/0001.jsonl", "records/0002.jsonl", "records/0003.jsonl"];
    let lists =
        ["journal.jsonl", "mail.csv", "manifest.json", "manifest.json.sig", "reconciliation.pdf"];
    let all = cards.iter().chain(&records).chain(&lists).map(|name| (*name).to_owned());
    assert_eq!(files, all.collect());
    let manifest: Value =
        serde_json::from_slice(&fs::read(desk.office.path("run/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["parameters"]["sealed_to"], serde_json::json!([desk.recipient]));
    assert!(desk.ssh_verify("run"));

    // What the print house gets has no record in it.
    fs::create_dir(desk.office.path("got")).unwrap();
    for name in ["manifest.json", "manifest.json.sig", "cards"] {
        let (from, to) = (desk.office.path("run").join(name), desk.office.path("got").join(name));
        ask("cp", &["-r".as_ref(), from.as_ref(), to.as_ref()]);
    }
    let said = desk.open("got", "cards", &OURS).ended(0);
    let serials: Vec<String> =
        desk.office.records("run").iter().map(|r| r["serial"].as_str().unwrap().into()).collect();
    let expected = format!(
        "cards: 3 files, 3 pages, 3 cards, serials {} to {}; signed by SHA256:",
        serials[0], serials[2]
    );
    assert!(said.starts_with(&expected) && said.lines().count() == 1, "{said}");
    let mode = |path: &str| desk.office.path(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!([mode("cards"), mode("cards/0002.pdf")], [0o700, 0o600]);
    // age alone gives the same bytes.
    let sealed = desk.office.path("got/cards/0002.pdf.age");
    let (key, plain) = (desk.office.path("printer"), desk.office.path("plain.pdf"));
    let options = ["-d".as_ref(), "-i".as_ref(), key.as_ref(), "-o".as_ref(), plain.as_ref()];
    ask("age", &[&options[..], &[sealed.as_ref()]].concat());
    let ours = fs::read(desk.office.path("cards/0002.pdf")).unwrap();
    assert_eq!(ours, fs::read(plain).unwrap());

    let said = desk.office.run(&[&["check", "run"][..], &OURS].concat()).ended(0);
    assert!(said.starts_with("run: paper and hashes agree\nread 3 cards of 3"), "{said}");
    assert!(
        said.contains("72 codes fit their hashes; 3 QR codes read\nsigned by SHA256:"),
        "{said}"
    );
    let said = desk.office.run(&["check", "run"]).ended(0);
    assert!(said.contains("the paper was not compared with the hashes"), "{said}");
    assert!(said.contains("read 0 cards of 3 and 9 files; 0 codes"), "{said}");
    assert!(said.contains("who signed it was not checked"), "{said}");
}

#[test]
fn each_of_several_recipients_opens_a_run_alone() {
    let desk = HandOver::new();
    let ssh = fs::read_to_string(desk.office.path("stranger.pub")).unwrap();
    desk.office.write("recipients", format!("# print houses\n{}\n{ssh}", desk.recipient));
    desk.office.issue("run", &["--recipients-file", "recipients"]);
    for (identity, out) in [("printer", "one"), ("stranger", "two")] {
        let said = desk.open("run", out, &["--identity", identity, "--unsigned"]).ended(0);
        assert!(said.contains("3 cards") && said.contains("was not checked"), "{said}");
        let said = desk.office.run(&["check", "run", "--identity", identity]).ended(0);
        assert!(said.contains("72 codes fit"), "{said}");
    }
    assert_eq!(desk.office.files("one"), desk.office.files("two"));
    desk.open("run", "three", &["--identity", "other", "--unsigned"]).ended(2);
}

#[test]
fn what_was_changed_on_the_way_is_refused_and_nothing_is_opened() {
    let desk = HandOver::new();
    desk.issue("run");
    let second = desk.office.path("run/cards/0002.pdf.age");
    let manifest = desk.office.path("run/manifest.json");
    let signature = desk.office.path("run/manifest.json.sig");
    let refused = |what: &str, check: i32, wanted: [&str; 2], more: &[&str]| {
        let unsigned = if more.contains(&"--signed-by") { &[][..] } else { &["--unsigned"] };
        let said = desk.open("run", "cards", &[more, unsigned].concat()).ended(2);
        assert!(said.contains(wanted[0]), "{what}: {said}");
        assert!(!desk.office.path("cards").exists(), "{what}");
        let said = desk.office.run(&[&["check", "run"][..], more].concat()).ended(check);
        assert!(said.contains(wanted[1]), "{what}: {said}");
    };
    refused(
        "another's identity",
        2,
        ["is sealed to others", &format!("but to {}", desk.recipient)],
        &["--identity", "other"],
    );
    refused("no identity", 2, ["check the path"; 2], &["--identity", "none"]);
    let by_stranger = [OURS[0], OURS[1], "--signed-by", "stranger.pub"];
    refused("another signer", 1, ["not the one expected"; 2], &by_stranger);

    let whole = fs::read(&second).unwrap();
    for place in [0, 60, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&second, bytes).unwrap();
        let wanted = ["0002.pdf.age: this is not the file", "0002.pdf.age: the file was changed"];
        refused(&format!("byte {place}"), 1, wanted, &OURS);
        let said = desk.office.run(&["check", "run"]).ended(1);
        assert!(said.contains(wanted[1]), "{said}");
    }
    fs::write(&second, &whole).unwrap();

    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replacen("\"holders\": 3", "\"holders\": 4", 1)).unwrap();
    refused("the manifest", 1, ["does not fit the manifest"; 2], &OURS);
    assert!(!desk.ssh_verify("run"));
    let unsigned = &OURS[..2];
    refused("the manifest, unsigned", 1, ["changed since it was written"; 2], unsigned);
    fs::write(&manifest, text).unwrap();

    let kept = fs::read(&signature).unwrap();
    fs::write(&signature, &kept[..100]).unwrap();
    refused("half a signature", 1, ["not an OpenSSH signature"; 2], &OURS);
    fs::remove_file(&signature).unwrap();
    refused("no signature", 1, ["so nobody knows who made"; 2], &OURS);
    fs::write(&signature, kept).unwrap();

    fs::remove_file(&second).unwrap();
    refused("a missing file", 1, ["it is not there"; 2], &OURS);
    fs::write(&second, whole).unwrap();
    desk.open("run", "cards", &OURS).ended(0);
    let again = desk.open("run", "cards", &OURS).ended(2);
    assert!(again.contains("is already there"), "{again}");
}

/// Changes a manifest and makes its own digest true again, as who has the folder can.
fn forge(desk: &HandOver, from: &str, to: &str) {
    let path = desk.office.path("run/manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    let (rest, _) = text.rsplit_once("\"digest\": \"").unwrap();
    let blank = format!("{rest}\"digest\": \"{}\"\n}}\n", "0".repeat(64));
    assert!(blank.contains(from), "{from}");
    let blank = blank.replacen(from, to, 1);
    let digest = Sha256Digest::of(blank.as_bytes()).to_string();
    fs::write(path, blank.replace(&"0".repeat(64), &digest)).unwrap();
}

#[test]
fn a_manifest_that_lists_what_is_not_there_is_refused() {
    let desk = HandOver::new();
    desk.issue("run");
    let manifest = desk.office.path("run/manifest.json");
    let whole = fs::read(&manifest).unwrap();
    for (from, to, wanted) in [
        ("\"pages\": 1", "\"pages\": 2", "0001.pdf.age: 2 pages are listed and 1 are there"),
        ("\"cards/0001.pdf.age\"", "\"../printer\"", "../printer: the manifest lists this"),
        (
            "\"path\": \"cards/0001.pdf.age\"",
            "\"path\": \"cards\"",
            "cards: the manifest lists this",
        ),
        // The same cards twice, or fewer than there are holders.
        ("\"number\": 2", "\"number\": 1", "doesn't list each bundle and each card once"),
        ("\"holders\": 3", "\"holders\": 4", "doesn't list each bundle and each card once"),
    ] {
        forge(&desk, from, to);
        let said = desk.open("run", "cards", &[OURS[0], OURS[1], "--unsigned"]).ended(2);
        assert!(said.contains(wanted), "{said}");
        assert!(!desk.office.path("cards").exists());
        // Whom it is by is another matter.
        let said = desk.open("run", "cards", &OURS).ended(2);
        assert!(said.contains("does not fit the manifest"), "{said}");
        fs::write(&manifest, &whole).unwrap();
    }
    desk.open("run", "cards", &OURS).ended(0);
}

#[test]
fn a_list_of_envelopes_or_a_page_to_sign_that_is_not_the_runs_is_not_opened_by() {
    let desk = HandOver::new();
    desk.issue("run");
    for name in ["mail.csv", "reconciliation.pdf"] {
        let path = desk.office.path("run").join(name);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, [&bytes[..], b"\n"].concat()).unwrap();
        let said = desk.open("run", "cards", &OURS).ended(2);
        assert!(said.contains(&format!("run/{name}: this is not the file")), "{said}");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let said = desk.open("run", "cards", &OURS).ended(2);
        assert!(said.contains(&format!("{name}: the manifest lists this, and it is no")), "{said}");
        fs::remove_dir(&path).unwrap();
        assert!(!desk.office.path("cards").exists());
    }
    // The cards alone can be opened.
    desk.open("run", "cards", &OURS).ended(0);
}

#[test]
fn a_run_that_is_not_sealed_is_not_opened() {
    let desk = HandOver::new();
    desk.office.issue("run", &["--sign-with", "operator"]);
    let said = desk.open("run", "cards", &OURS).ended(2);
    assert!(said.contains("are not sealed, so there is nothing to open"), "{said}");
    let said = desk.office.run(&[&["check", "run"][..], &OURS].concat()).ended(2);
    assert!(said.contains("leave it out (--identity)"), "{said}");
    let said = desk.office.run(&["check", "run", "--signed-by", "operator.pub"]).ended(0);
    assert!(
        said.contains("paper and hashes agree") && said.contains("signed by SHA256:"),
        "{said}"
    );
}

#[test]
fn a_sealed_run_is_resumed_for_the_same_recipients_and_signed_again() {
    let desk = HandOver::new();
    desk.issue("run");
    let other = ask("age-keygen", &["-y".as_ref(), desk.office.path("other").as_ref()]);
    let resume = |more: &[&str]| {
        let begun = ["issue", "holders.csv", "--out", "run", "--url", URL, "--bundle", "1"];
        desk.office.run(&[&begun[..], &FAST, &["--resume"], more].concat())
    };
    // The run was cut off between its signature and its manifest.
    fs::remove_file(desk.office.path("run/manifest.json")).unwrap();
    for (more, now) in [(&[][..], "none"), (&["--seal-to", other.trim()], other.trim())] {
        let said = resume(more).ended(2);
        let then = &desk.recipient;
        let wanted = format!("recipients: {then} then, {now} now");
        assert!(said.contains(&wanted), "{said}");
        assert!(said.ends_with(" (--seal-to, --recipients-file)\n"), "{said}");
    }
    let said = resume(&["--seal-to", &desk.recipient, "--sign-with", "stranger"]).ended(0);
    assert!(said.contains("3 of 3 bundles are done already"), "{said}");
    assert!(!desk.ssh_verify("run"), "the signature is the old one");
    let by_stranger = ["--identity", "printer", "--signed-by", "stranger.pub"];
    desk.office.run(&[&["check", "run"][..], &by_stranger].concat()).ended(0);
    // A finished run isn't signed again, and isn't said to be.
    let said = resume(&["--seal-to", &desk.recipient, "--sign-with", "operator"]).ended(0);
    assert!(said.contains("nothing was done") && !said.contains("signed by"), "{said}");
}

#[test]
fn keys_that_can_not_be_used_are_refused_before_a_folder_is_made() {
    let desk = HandOver::new();
    let recipient = desk.recipient.as_str();
    for (more, wanted) in [
        (&["--seal-to", recipient, "--seal-to", recipient][..], "named twice"),
        (&["--seal-to", &recipient[..50]], "not copied whole"),
        (&["--recipients-file", "printer"], "printer:3: this is a secret key"),
        (&["--recipients-file", "none"], "check the path"),
        (&["--sign-with", "printer"], "not an OpenSSH private key"),
        (&["--sign-with", "operator.pub"], "this is the public half of a key"),
        (&["--seal-to", recipient, "--open"], "cannot be used with"),
    ] {
        let arguments = [&["issue", "holders.csv", "--out", "run"], &FAST[..], more].concat();
        let said = desk.office.run(&arguments).ended(2);
        assert!(said.contains(wanted), "{more:?}: {said}");
        assert!(!said.contains("AGE-SECRET-KEY"), "{said}");
        assert!(!desk.office.path("run").exists(), "{more:?}");
    }
}

const FOR_ALL: &str = "/run/reconciliation.pdf.part";

/// What `strace` wrote of the bytes that a program gave to files, without those to the terminal.
fn written(trace: &str) -> Vec<u8> {
    let mut all = Vec::new();
    // strace writes the names of files in digits too.
    let digits: Vec<String> = FOR_ALL.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    let for_all = digits.concat();
    for line in trace.lines() {
        // `1234 write(5, "\x25\x50…"..., 4096) = 4096`; 1 and 2 are the terminal.
        let Some((call, rest)) = line.split_once('(') else { continue };
        assert!(!call.ends_with("mmap") || !rest.contains("MAP_SHARED, "), "{line}");
        let is_terminal = rest.starts_with("1<") || rest.starts_with("2<");
        // The one page that is for everybody; what stands on it is looked at by itself.
        let is_for_all = rest.split('>').next().is_some_and(|file| file.ends_with(&for_all));
        if !call.contains("write") || is_terminal || is_for_all {
            continue;
        }
        let digits = rest.split('"').skip(1).step_by(2).flat_map(|text| text.split("\\x").skip(1));
        all.extend(digits.map(|digits| u8::from_str_radix(&digits[..2], 16).unwrap()));
    }
    all
}

/// Whatever writes to a file, or makes a file of memory.
const CALLS: &str = "trace=write,pwrite64,writev,pwritev,pwritev2,sendfile,splice,vmsplice,tee,\
    copy_file_range,mmap,io_uring_setup,io_submit,memfd_create,open,openat,creat";

#[test]
fn no_page_and_no_code_of_a_sealed_run_is_ever_written_to_a_file() {
    let desk = HandOver::new();
    let traced = |out: &str, more: &[&str]| {
        let trace = desk.office.path("trace");
        let program = env!("CARGO_BIN_EXE_tokenkaart");
        // Every byte of every write, in hexadecimal digits.
        let options = ["-f", "-y", "-xx", "-s", "100000000", "-e", CALLS, "-o"];
        let output = Command::new("strace")
            .args(options)
            .arg(&trace)
            .args([program, "issue", "holders.csv", "--out", out, "--bundle", "1", "--url", URL])
            .args(FAST)
            .args(more)
            .current_dir(desk.office.path("."))
            .output()
            .expect("scripts/test.sh installs what the tests need");
        Said::of(output).ended(0);
        let text = fs::read_to_string(&trace).unwrap();
        fs::remove_file(trace).unwrap();
        for other in ["sendfile(", "splice(", "copy_file_range(", "io_uring", "memfd_", "io_submit"]
        {
            assert!(!text.contains(other), "a way to a file that is not watched: {other}");
        }
        written(&text)
    };
    // That the watch sees pages at all.
    assert!(holds(&traced("plain", &[]), b"%PDF"));

    let written = traced("run", &["--seal-to", &desk.recipient]);
    assert!(holds(&written, b"age-encryption.org/v1"));
    assert!(holds(&written, desk.office.records("run")[0]["serial"].as_str().unwrap().as_bytes()));
    for page in [&b"%PDF"[..], b"endstream", b"/Font", b"startxref"] {
        assert!(!holds(&written, page), "{}", String::from_utf8_lossy(page));
    }
    desk.open("run", "cards", &["--identity", "printer", "--unsigned"]).ended(0);
    let codes = desk.codes("run", "cards");
    assert_no_code(&codes, "a file", &written);
    let for_all = desk.office.path("run/reconciliation.pdf");
    let for_all = ask("pdftotext", &["-layout".as_ref(), for_all.as_ref(), "-".as_ref()]);
    assert!(for_all.contains("cards/0003.pdf.age"), "{for_all}");
    assert!(!for_all.contains("Peeters"), "{for_all}");
    assert_no_code(&codes, "reconciliation.pdf", for_all.as_bytes());

    // `check` opens the cards in memory alone.
    let before = desk.office.files(".");
    let folders = ["temporary", "home"].map(|name| desk.office.path(name));
    for folder in &folders {
        fs::create_dir(folder).unwrap();
    }
    let output = desk
        .office
        .command(&["check", "run", "--identity", "printer"])
        .env("TMPDIR", &folders[0])
        .env("HOME", &folders[1])
        .output();
    Said::of(output.unwrap()).ended(0);
    assert_eq!(desk.office.files("."), before);
}
