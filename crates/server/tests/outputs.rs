//! Every command of both programs with outputs that can't be written: closed, on a full disk, or a pipe
//! that nobody reads.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "what can't be done is a failed test"
)]

use std::{
    fs::{self, File},
    io,
    os::unix::{fs::PermissionsExt as _, process::ExitStatusExt as _},
    path::Path,
    process::{Command, Stdio},
    sync::Mutex,
};

use tempfile::TempDir;
use tokenkaart_auth::{post, store::Store};
use tokenkaart_testing::{
    interposer::for_each,
    office::{FAST, HOLDERS, Office},
    program,
};
use tokenkaart_token::{
    holder::{Holder, HolderId, HolderName, Line},
    token::Random,
};

/// What becomes of what is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    Read,
    Full,
    Closed,
    Unread,
}

/// What a command writes on standard output when all is well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Prints {
    /// What was done or found, with these words in it.
    Result(&'static str),
    /// The same, and beside it on standard error what must be read too.
    Both(&'static str),
    /// A text that can be had once more.
    Document,
    /// Nothing: all is in a file, or to be looked at on standard error.
    Nothing,
}
use Prints::{Both, Document, Nothing, Result};

struct Ended {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Each command of both programs, in a folder with a run, its store and what else it takes.
const COMMANDS: &[(&str, &str, Prints)] = &[
    ("tokenkaart", "--help", Document),
    ("tokenkaart", "--version", Document),
    ("tokenkaart", "help issue", Document),
    ("tokenkaart", "issue --help", Document),
    ("tokenkaart", "issue --nonsense", Nothing),
    ("tokenkaart", "issue holders.csv --out new FAST --bundle 1", Result("3 cards in new/cards")),
    ("tokenkaart", "issue holders.csv --out new FAST --json", Result("\"cards\":3")),
    ("tokenkaart", "issue holders.csv --out new FAST --quiet", Nothing),
    (
        "tokenkaart",
        "issue holders.csv --out new FAST --not-in run --replace --date 2026-11-29",
        Result("voids: 3 serials"),
    ),
    ("tokenkaart", "issue holders.csv --out run FAST", Nothing),
    ("tokenkaart", "check run", Result("paper and hashes agree")),
    ("tokenkaart", "check run --json", Result("\"agrees\":true")),
    ("tokenkaart", "check run run", Result("paper and hashes agree")),
    ("tokenkaart", "check spoilt", Result("print none of this run")),
    ("tokenkaart", "check spoilt --quiet", Nothing),
    ("tokenkaart", "open sealed --identity key --unsigned --out plain", Result("3 cards")),
    ("tokenkaart", "export run --to csv --out run.csv", Result("3 tokens, 24 hashes each")),
    ("tokenkaart", "export run --to csv --out -", Document),
    ("tokenkaart", "reconcile run --scanned scans.csv", Result("1 missing")),
    ("tokenkaart", "reconcile run --scanned scans.csv --json", Result("\"missing\":1")),
    (
        "tokenkaart",
        "reissue run --serials serials.csv --holders holders.csv --out new FAST",
        Result("1 card in new/cards"),
    ),
    ("tokenkaart", "design list", Result("card")),
    ("tokenkaart", "design show card", Document),
    ("tokenkaart", "design check card.toml", Result("nothing is wrong with it")),
    ("tokenkaart", "design preview card --out card.png", Result("marked SPECIMEN")),
    ("tokenkaart", "design contact-sheet --out sheet.pdf", Nothing),
    ("tokenkaart", "completions bash", Document),
    ("tokenkaart", "man", Document),
    ("tokenkaart", "man --out man", Nothing),
    ("tokenkaart-server", "--help", Document),
    ("tokenkaart-server", "--version", Document),
    ("tokenkaart-server", "store create --store sqlite:new.db", Result("empty auth store now")),
    (
        "tokenkaart-server",
        "store create --store sqlite:new.db --require-signer key.pub",
        Result("empty auth store now"),
    ),
    ("tokenkaart-server", "store schema --for postgres", Document),
    ("tokenkaart-server", "store schema --for postgres --roles", Document),
    ("tokenkaart-server", "store backup copy.db STORE", Result("the store is in it as it is now")),
    ("tokenkaart-server", "store check STORE", Result("the store is sound")),
    ("tokenkaart-server", "store signer add key.pub STORE", Result("1 signer added")),
    ("tokenkaart-server", "store signer remove SHA256:none STORE", Nothing),
    ("tokenkaart-server", "store signer list STORE", Result("takes runs that nobody has signed")),
    (
        "tokenkaart-server",
        "import run --allow-weak-kdf --store sqlite:empty.db",
        Result("3 tokens were imported"),
    ),
    (
        "tokenkaart-server",
        "import run --allow-weak-kdf --json --store sqlite:empty.db",
        Result("\"tokens\":3"),
    ),
    ("tokenkaart-server", "verify --holder 4712 --ask STORE", Result("challenge ")),
    ("tokenkaart-server", "verify --holder 4712 --ask --json STORE", Result("\"challenge\":")),
    (
        "tokenkaart-server",
        "verify --challenge 0123456789abcdef0123456789abcdef01 STORE",
        Result("that challenge is over"),
    ),
    ("tokenkaart-server", "status STORE", Document),
    ("tokenkaart-server", "status --low 24 --format csv STORE", Document),
    ("tokenkaart-server", "status --low 24 --format json STORE", Document),
    ("tokenkaart-server", "status --holder nobody STORE", Nothing),
    ("tokenkaart-server", "revoke --holder 4712 --reason lost STORE", Result("and is revoked now")),
    ("tokenkaart-server", "revoke --from list --reason lost STORE", Result("1 token was revoked")),
    ("tokenkaart-server", "suspend --holder 4712 STORE", Result("and is suspended now")),
    ("tokenkaart-server", "resume --holder 4713 STORE", Result("and is active now")),
    ("tokenkaart-server", "unlock --holder 4712 STORE", Nothing),
    ("tokenkaart-server", "expire STORE", Result("0 tokens expired")),
    ("tokenkaart-server", "expire --json STORE", Result("\"expired\":0")),
    ("tokenkaart-server", "expire --dry-run STORE", Result("0 tokens would expire")),
    ("tokenkaart-server", "audit --verify STORE", Result("the audit is whole")),
    ("tokenkaart-server", "audit --checkpoint heads.json STORE", Result("the heads are in it")),
    ("tokenkaart-server", "audit --format jsonl STORE", Document),
    ("tokenkaart-server", "audit --format csv STORE", Document),
    ("tokenkaart-server", "audit --format text STORE", Document),
    ("tokenkaart-server", "audit --holder 4713 STORE", Document),
    ("tokenkaart-server", "audit --holder nobody STORE", Nothing),
    ("tokenkaart-server", "audit --verify --store sqlite:altered.db", Nothing),
    (
        "tokenkaart-server",
        "account create --holder 4712 --user-name zoe --email zoe@example.be --no-password STORE",
        Result("1 account made"),
    ),
    ("tokenkaart-server", "account import accounts.csv STORE", Result("1 account made")),
    (
        "tokenkaart-server",
        "account activate --holder 4713 --activation-codes codes.csv --config none.toml STORE",
        Nothing,
    ),
    ("tokenkaart-server", "account key list --holder 4713 STORE", Nothing),
    (
        "tokenkaart-server",
        "account key unlock --holder 4713 --key app --config none.toml STORE",
        Nothing,
    ),
    (
        "tokenkaart-server",
        "account key remove --holder 4713 --key app --config none.toml STORE",
        Nothing,
    ),
    ("tokenkaart-server", "check-config --config none.toml", Nothing),
    (
        "tokenkaart-server",
        "client new --id tax --redirect-uri https://tax.example.be/back",
        Both("secret = \"sha256:"),
    ),
    ("tokenkaart-server", "phase-out status --config none.toml", Nothing),
    ("tokenkaart-server", "clerk add noor --role auditor STORE", Result("noor")),
    ("tokenkaart-server", "clerk stop els STORE", Result("els works at the desk no longer")),
    ("tokenkaart-server", "clerk list STORE", Result("els is clerk since ")),
    ("tokenkaart-server", "person export --holder 4712 STORE", Document),
    ("tokenkaart-server", "person forget --holder nobody STORE", Nothing),
    ("tokenkaart-server", "requests list STORE", Document),
    (
        "tokenkaart-server",
        "requests export --out requested.csv STORE",
        Result("batch 1, 1 request;"),
    ),
    ("tokenkaart-server", "requests export --batch 3 --out requested.csv STORE", Nothing),
    ("tokenkaart-server", "keys new fresh.keys", Result("a fresh key is in it")),
    (
        "tokenkaart-server",
        "keys rotate seal.keys STORE",
        Result("a fresh key seals from now on; 0 things sealed again"),
    ),
    ("tokenkaart-server", "keys retire seal.keys STORE", Result("0 old keys taken out")),
    ("tokenkaart-server", "demo --port 0", Nothing),
    ("tokenkaart-server", "sign-in --config none.toml", Nothing),
    ("tokenkaart-server", "desk --config none.toml", Nothing),
    ("tokenkaart-server", "completions fish", Document),
    ("tokenkaart-server", "man", Document),
];

/// What is wrong with the two outputs.
const ENDS: [(End, End); 9] = [
    (End::Full, End::Read),
    (End::Closed, End::Read),
    (End::Unread, End::Read),
    (End::Read, End::Full),
    (End::Read, End::Closed),
    (End::Read, End::Unread),
    (End::Full, End::Full),
    (End::Closed, End::Closed),
    (End::Unread, End::Unread),
];

/// The folder that each command begins in.
fn office() -> Office {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--date", "2026-11-22"]);
    office.issue("spoilt", &[]);
    let manifest = fs::read_to_string(office.path("spoilt/manifest.json")).unwrap();
    office.write("spoilt/manifest.json", manifest.replace("\"holders\": 3", "\"holders\": 4"));
    office.write("card.toml", office.run(&["design", "show", "card"]).ended(0));
    let serial = office.records("run")[0]["serial"].as_str().unwrap().to_owned();
    office.write("serials.csv", format!("serial\n{serial}\n"));
    let serials: Vec<String> = office.records("run")[1..]
        .iter()
        .map(|record| record["serial"].as_str().unwrap().to_owned())
        .collect();
    office.write("scans.csv", format!("serial\n{}\n", serials.join("\n")));
    office.write("list", "4711\n4712\n");
    let account = "id;name;user_name;email\n4713;Somebody;somebody;somebody@example.be\n";
    office.write("accounts.csv", account);
    office.write("key", include_str!("../../../tests/cmd/hand_over.in/printer"));
    office.write("key.pub", include_str!("../../../tests/cmd/hand_over.in/operator.pub"));
    fs::set_permissions(office.path("key"), fs::Permissions::from_mode(0o600)).unwrap();
    office.run(&["keys", "new", "seal.keys"]).ended(0);
    office.write("recipients", include_str!("../../../tests/cmd/hand_over.in/recipients"));
    office.issue("sealed", &["--recipients-file", "recipients"]);
    for store in ["auth.db", "empty.db", "altered.db"] {
        let store = format!("sqlite:{store}");
        office.run(&["store", "create", "--store", &store]).ended(0);
        if store.ends_with("empty.db") {
            continue;
        }
        office.run(&["import", "run", "--allow-weak-kdf", "--store", &store]).ended(0);
        office.run(&["suspend", "--holder", "4713", "--store", &store]).ended(0);
    }
    request(&office);
    clerks(&office);
    let altered = rusqlite::Connection::open(office.path("altered.db")).unwrap();
    altered.execute("UPDATE audit SET detail = 'altered'", []).unwrap();
    office
}

/// Two accounts, of which one works at the desk.
fn clerks(office: &Office) {
    for (holder, name) in [("desk-1", "els"), ("desk-2", "noor")] {
        let email = format!("{name}@example.be");
        let create = ["account", "create", "--holder", holder, "--user-name", name];
        let create = [&create[..], &["--email", &email, "--no-password"]].concat();
        office.run(&[&create[..], &["--store", "sqlite:auth.db"]].concat()).ended(0);
    }
    let add = ["clerk", "add", "els", "--role", "clerk", "--store", "sqlite:auth.db"];
    office.run(&add).ended(0);
}

/// Somebody has asked for a card by post.
fn request(office: &Office) {
    let line = |text: &str| Line::new(text).unwrap();
    let mut holder =
        Holder::new(HolderId::new("4711").unwrap(), HolderName::new("Jan Peeters").unwrap());
    holder.address.street = line("Kerkstraat 12");
    holder.address.postal_code = line("9000");
    holder.address.city = line("Gent");
    let address = format!("sqlite:{}", office.path("auth.db").display()).parse().unwrap();
    let (mut store, act) = (Store::open(&address).unwrap(), "0".repeat(32).parse().unwrap());
    let random = &mut Random::new(rand::rngs::SysRng);
    post::ask(&mut store, &holder, &act, "els", &jiff::Zoned::now, random).unwrap();
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

fn output(end: End) -> Stdio {
    match end {
        End::Read => Stdio::piped(),
        End::Full => File::options().write(true).open("/dev/full").unwrap().into(),
        // The shell closes it.
        End::Closed => Stdio::null(),
        End::Unread => io::pipe().unwrap().1.into(),
    }
}

fn run(office: &Office, name: &str, arguments: &str, out: End, err: End) -> Ended {
    let folder = TempDir::new().unwrap();
    copy(&office.path(""), folder.path());
    let closes = match (out == End::Closed, err == End::Closed) {
        (true, true) => ">&- 2>&-",
        (true, false) => ">&-",
        (false, true) => "2>&-",
        (false, false) => "",
    };
    let words = arguments.split(' ').flat_map(|word| match word {
        "FAST" => FAST.to_vec(),
        "STORE" => vec!["--store", "sqlite:auth.db"],
        word => vec![word],
    });
    let output = Command::new("sh")
        .args(["-c", &format!("exec \"$@\" {closes}"), "sh"])
        .arg(program(name))
        .args(words)
        .current_dir(folder.path())
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(output(out))
        .stderr(output(err))
        .output()
        .unwrap();
    assert_eq!(output.status.signal(), None, "{name} {arguments}: {out:?} {err:?}");
    Ended {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What is wrong with how a command ended, beside how it ends when all is well.
fn wrong(
    well: &Ended,
    prints: Prints,
    (out, err): (End, End),
    ended: &Ended,
) -> Option<&'static str> {
    let is_lost = out != End::Read && prints != Nothing;
    // What was found and could be told nowhere.
    let is_untold = out != End::Read && err != End::Read && well.status == Some(1);
    let is_half = matches!(prints, Both(_)) && err != End::Read;
    let status = if is_lost || is_untold || is_half { Some(2) } else { well.status };
    if ended.status != status {
        return Some("the exit code");
    }
    if is_lost && err == End::Read {
        let is_told = ended.stderr.contains("annot write to standard output");
        let words = if let Result(words) | Both(words) = prints { words } else { "" };
        return (!is_told || !ended.stderr.contains(words)).then_some("what is said of the loss");
    }
    if out != End::Read {
        return None;
    }
    match prints {
        Both(_) if err != End::Read && !ended.stdout.is_empty() => Some("half a result"),
        Result(words) if !ended.stdout.contains(words) => Some("the result"),
        Document if ended.stdout.is_empty() => Some("the document"),
        // What is to be looked at is told where somebody listens.
        Nothing if err != End::Read && well.status == Some(1) && ended.stdout != well.stderr => {
            Some("the finding")
        }
        _ => None,
    }
}

#[test]
fn what_nobody_reads_is_dropped_and_a_lost_result_is_an_error_that_tells_it() {
    let office = office();
    let all = Mutex::new(Vec::new());
    for_each(COMMANDS.len(), |number| {
        let (name, arguments, prints) = COMMANDS[number - 1];
        let well = run(&office, name, arguments, End::Read, End::Read);
        let is_so = match prints {
            Result(words) | Both(words) => well.stdout.contains(words),
            Document => !well.stdout.is_empty(),
            Nothing => well.stdout.is_empty(),
        };
        let said = |ended: &Ended| format!("{:?} {}{}", ended.status, ended.stdout, ended.stderr);
        if !is_so {
            all.lock().unwrap().push(format!("{name} {arguments}: {}", said(&well)));
        }
        for (out, err) in ENDS {
            let ended = run(&office, name, arguments, out, err);
            if let Some(what) = wrong(&well, prints, (out, err), &ended) {
                let at = format!("{name} {arguments}: {out:?} {err:?}: {what}");
                all.lock().unwrap().push(format!("{at}: {}", said(&ended)));
            }
        }
    });
    let all = all.into_inner().unwrap();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn no_command_is_left_out() {
    let office = Office::new();
    for name in ["tokenkaart", "tokenkaart-server"] {
        let made = Command::new(program(name))
            .args(["man", "--out", name])
            .current_dir(office.path(""))
            .status()
            .unwrap();
        assert!(made.success());
        let pages: Vec<String> = office.files(name).into_keys().collect();
        for page in &pages {
            let command = page.trim_end_matches(".1");
            let is_group = pages.iter().any(|other| other.starts_with(&format!("{command}-")));
            let words = command.strip_prefix(name).unwrap().replacen('-', "", 1);
            if is_group {
                continue;
            }
            let is_tried = COMMANDS.iter().any(|(of, arguments, _)| {
                let tried = arguments.replace(' ', "-");
                of == &name && (tried == words || tried.starts_with(&format!("{words}-")))
            });
            assert!(is_tried, "{command}");
        }
    }
}
