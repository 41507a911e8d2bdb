//! Runs that were stopped, and resumed or refused.

use std::{fs, io::Read as _, path::Path};

use tokenkaart_testing::running::{Running, signal, wait_until};

use super::office::{FAST, HOLDERS, Office, Said};

/// The example's people with hashes that take their time, so that there is something to stop.
const SLOW: [&str; 6] =
    ["issue", "holders.csv", "--out", "run", "--kdf", "argon2id:m=19456,t=2,p=1"];

fn slow(office: &Office, more: &[&str]) -> Running {
    let running = Running(office.command(&[&SLOW[..], more].concat()).spawn().unwrap());
    let journal = office.path("run/journal.jsonl");
    let begun = format!("{{\"event\":\"process\",\"id\":{}}}", running.0.id());
    wait_until("a bundle", || {
        let text = fs::read_to_string(&journal).unwrap_or_default();
        text.split(&begun).nth(1).is_some_and(|text| text.contains("\"event\":\"bundle\""))
    });
    running
}

fn ended(mut running: Running) -> Said {
    let mut said = Said { status: None, stdout: String::new(), stderr: String::new() };
    running.0.stdout.take().unwrap().read_to_string(&mut said.stdout).unwrap();
    running.0.stderr.take().unwrap().read_to_string(&mut said.stderr).unwrap();
    said.status = running.0.wait().unwrap().code();
    said
}

fn ending_of(name: &str) -> &str {
    Path::new(name).extension().map_or("", |ending| ending.to_str().unwrap())
}

fn done(office: &Office) -> usize {
    let journal = fs::read_to_string(office.path("run/journal.jsonl")).unwrap();
    journal.lines().filter(|line| line.contains("\"event\":\"bundle\"")).count()
}

#[test]
fn ctrl_c_finishes_what_is_in_hand_and_says_how_to_resume() {
    let office = Office::with(include_str!("../../examples/holders.csv"));
    for name in ["INT", "TERM"] {
        let running = slow(&office, &["--bundle", "2", "--resume"]);
        signal(&running.0, name);
        let said = ended(running).ended(2);
        let done = done(&office);
        assert!(said.contains(&format!("stopped with {done} of 23 bundles done")), "{said}");
        assert!(
            said.contains(
                "run is not finished: print none of it; resume it with:\n  tokenkaart issue \
                 holders.csv --out run --kdf argon2id:m=19456,t=2,p=1 --bundle 2 --resume\n"
            ),
            "{said}"
        );
        // Each file is one that the journal names, and none is half there.
        let files = office.files("run");
        assert_eq!(files.len(), 1 + 2 * done, "{:?}", files.keys());
    }
    let serials = |text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.split("\"serials\":[").nth(1));
        lines.map(|line| line.split(']').next().unwrap().to_owned()).collect()
    };
    let before = fs::read_to_string(office.path("run/journal.jsonl")).unwrap();
    let said = office.run(&[&SLOW[..], &["--bundle", "2", "--resume"]].concat()).ended(0);
    assert!(said.contains(" of 23 bundles are done already"), "{said}");
    let after = fs::read_to_string(office.path("run/journal.jsonl")).unwrap();
    assert!(after.starts_with(&before), "what was done is kept as it was");
    assert_eq!(serials(&after).len(), 23);
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn ctrl_c_twice_lets_go_of_what_is_in_hand() {
    let office = Office::with(include_str!("../../examples/holders.csv"));
    let running = slow(&office, &["--bundle", "10", "--quiet"]);
    signal(&running.0, "INT");
    // The second signal is another one only when the first has been taken.
    std::thread::sleep(std::time::Duration::from_millis(200));
    signal(&running.0, "INT");
    let said = ended(running).ended(2);
    assert!(said.contains("of 5 bundles done"), "{said}");
    assert!(done(&office) < 5);
    assert!(!office.files("run").keys().any(|name| ending_of(name) == "part"));
}

#[test]
fn ctrl_c_waits_for_no_bundle_of_which_much_is_left() {
    let office = Office::with(include_str!("../../examples/holders.csv"));
    // The first bundle would take minutes.
    let slow = ["issue", "holders.csv", "--out", "run", "--kdf", "argon2id:m=65536,t=4,p=1"];
    let running = Running(office.command(&slow).spawn().unwrap());
    let journal = office.path("run/journal.jsonl");
    wait_until("the work to begin", || {
        fs::read_to_string(&journal).is_ok_and(|text| text.contains("\"event\":\"process\""))
    });
    signal(&running.0, "INT");
    let said = ended(running).ended(2);
    assert!(said.contains("error: stopped with 0 of 1 bundles done\n"), "{said}");
    // Nothing was done, so nothing is left that could be resumed.
    assert!(!said.contains("--resume"), "{said}");
    assert!(!office.path("run").exists());
}

#[test]
fn a_second_process_on_one_run_is_told_of_the_first() {
    let office = Office::with(include_str!("../../examples/holders.csv"));
    let running = slow(&office, &["--bundle", "1", "--quiet"]);
    let said = office.run(&[&SLOW[..], &["--bundle", "1", "--resume"]].concat()).ended(2);
    let id = running.0.id();
    assert!(
        said.contains(&format!(
            "run/journal.jsonl: process {id} is at work on this run; wait until it ends, or stop it"
        )),
        "{said}"
    );
}

#[test]
fn a_run_is_resumed_only_as_it_was_begun() {
    let office = Office::with(HOLDERS);
    office.write("other.csv", HOLDERS.replace("Jan", "Jean"));
    office.write("design.toml", office.run(&["design", "show", "card"]).ended(0));
    office.issue("run", &["--bundle", "1", "--date", "2026-11-22", "--design", "design.toml"]);
    fs::remove_file(office.path("run/manifest.json")).unwrap();
    let resume = |file: &str, more: &[&str]| {
        let begun = ["issue", file, "--out", "run", "--resume", "--design", "design.toml"];
        office.run(&[&begun[..], &FAST, more].concat())
    };
    for (file, more, difference) in [
        ("other.csv", &["--bundle", "1"][..], "the holder file has other bytes"),
        ("holders.csv", &[], "holders per bundle: 1 then, 250 now; @ (--bundle)"),
        (
            "holders.csv",
            &["--bundle", "1", "--date", "2026-11-23"],
            "date of request: 2026-11-22 then, 2026-11-23 now; @ (--date)",
        ),
        ("holders.csv", &["--bundle", "1", "--back"], "back: false then, true now; @ (--back)"),
        (
            "holders.csv",
            &["--bundle", "1", "--office", "Gent"],
            "office: none then, Gent now; @ (--office)",
        ),
        (
            "holders.csv",
            &["--bundle", "1", "--code-style", "federal"],
            "the codes look different; @ (--code-…)",
        ),
    ] {
        let said = resume(file, more).ended(2);
        assert!(said.contains("can't be resumed, for it was begun in another way: "), "{said}");
        let difference = difference
            .replace('@', "give what was given then, or delete it and issue the cards again");
        assert!(said.contains(&difference), "{said}");
    }
    let design = fs::read_to_string(office.path("design.toml")).unwrap();
    office.write("design.toml", format!("{design}# other\n"));
    let said = resume("holders.csv", &["--bundle", "1"]).ended(2);
    assert!(said.contains("the design's file or artwork has changed"), "{said}");
    office.write("design.toml", &design);

    // A date that wasn't said is that of the run, not that of the day after.
    let said = resume("holders.csv", &["--bundle", "1"]).ended(0);
    assert!(said.contains("3 of 3 bundles are done already"), "{said}");
    office.run(&["check", "run"]).ended(0);
    let said = resume("holders.csv", &["--bundle", "1"]).ended(0);
    assert!(said.contains("run was finished already; nothing was done"), "{said}");
}

#[test]
fn a_run_is_resumed_only_as_its_holder_file_was_read() {
    // Two columns that give an order, and two that give a name.
    let office = Office::with(
        "id;naam;andere;cp;code\n1;An;Ann;1000;3000\n2;Bo;Bob;2000;2000\n3;Cy;Cis;3000;1000\n",
    );
    let issue = |columns: [&str; 2], more: &[&str]| {
        let begun =
            ["issue", "holders.csv", "--out", "run", "--bundle", "1", "--sort", "postal-code"];
        let columns = ["--column", columns[0], "--column", columns[1]];
        office.run(&[&begun[..], &columns, &FAST, more].concat())
    };
    issue(["postal_code=cp", "name=naam"], &[]).ended(0);
    fs::remove_file(office.path("run/manifest.json")).unwrap();
    for columns in [["postal_code=code", "name=naam"], ["postal_code=cp", "name=andere"]] {
        let said = issue(columns, &["--resume"]).ended(2);
        assert!(said.contains("the holder file is read in another way"), "{said}");
        assert!(said.ends_with(" (--column, --encoding, --format, --hidden-rows, --header-row, --ignore-column, --only, --sheet)\n"), "{said}");
    }
    issue(["postal_code=cp", "name=naam"], &["--resume"]).ended(0);
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn a_run_with_a_file_that_is_not_its_own_or_not_as_it_was_is_not_resumed() {
    let office = Office::with(HOLDERS);
    let resume =
        || office.run(&[&["issue", "holders.csv", "--out", "run", "--resume"][..], &FAST].concat());
    office.issue("run", &[]);
    fs::remove_file(office.path("run/manifest.json")).unwrap();
    office.write("run/cards/notes.txt", "not ours");
    let said = resume().ended(2);
    assert!(said.contains("run/cards/notes.txt was not made by this run; move it away"), "{said}");
    assert!(office.path("run/cards/notes.txt").exists());
    fs::remove_file(office.path("run/cards/notes.txt")).unwrap();
    let records = fs::read(office.path("run/records/0001.jsonl")).unwrap();
    office.write("run/records/0001.jsonl", [&records[..], b"\n"].concat());
    let said = resume().ended(2);
    assert!(said.contains("run/records/0001.jsonl is missing or changed"), "{said}");
    office.write("run/records/0001.jsonl", records);
    resume().ended(0);
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn only_what_the_run_may_have_left_is_deleted() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--bundle", "1"]);
    fs::remove_file(office.path("run/manifest.json")).unwrap();
    let arguments =
        [&["issue", "holders.csv", "--out", "run", "--bundle", "1", "--resume"][..], &FAST]
            .concat();
    // Three bundles make no fourth one, and none with another number of digits.
    for name in ["cards/20261122.pdf", "cards/0004.pdf", "cards/00001.pdf", "records/0001.pdf"] {
        office.write(&format!("run/{name}"), "not ours");
        let said = office.run(&arguments).ended(2);
        assert!(said.contains(&format!("run/{name} was not made by this run")), "{said}");
        fs::remove_file(office.path(&format!("run/{name}"))).unwrap();
    }
    // A link leads to where other people's files are.
    let elsewhere = office.path("elsewhere");
    fs::rename(office.path("run/cards"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, office.path("run/cards")).unwrap();
    let said = office.run(&arguments).ended(2);
    assert!(said.contains("run/cards was not made by this run"), "{said}");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 3);
    fs::remove_file(office.path("run/cards")).unwrap();
    fs::rename(&elsewhere, office.path("run/cards")).unwrap();
    // What a killed run does leave goes.
    office.write("run/cards/0002.pdf.part", "half");
    office.run(&arguments).ended(0);
    assert!(!office.path("run/cards/0002.pdf.part").exists());
    office.run(&["check", "run"]).ended(0);
}

#[test]
fn a_journal_that_can_t_be_of_this_run_is_not_believed() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--bundle", "1"]);
    fs::remove_file(office.path("run/manifest.json")).unwrap();
    let journal = fs::read_to_string(office.path("run/journal.jsonl")).unwrap();
    // The third bundle may have been done before the second one.
    let last = journal.lines().find(|line| line.contains("\"number\":3,")).unwrap();
    let change = |from: &str, to: &str| {
        assert!(last.contains(from), "{from}");
        journal.replace(last, &last.replace(from, to))
    };
    for changed in [
        change("\"number\":3", "\"number\":0"),
        change("\"number\":3", "\"number\":4"),
        change("\"number\":3", "\"number\":2"),
        change("\"first\":3", "\"first\":1"),
        change("cards/0003.pdf", "cards/../cards/0003.pdf"),
        change("\"records\":1}", "\"records\":2}"),
        format!("{journal}{last}\n"),
    ] {
        office.write("run/journal.jsonl", &changed);
        let arguments = ["issue", "holders.csv", "--out", "run", "--bundle", "1", "--resume"];
        let said = office.run(&[&arguments[..], &FAST].concat()).ended(2);
        assert!(said.contains("run/journal.jsonl is missing or changed"), "{said}");
        assert_eq!(office.files("run").len(), 9, "nothing is deleted");
    }
}

#[test]
fn an_empty_folder_is_no_run_and_becomes_a_private_one() {
    use std::os::unix::fs::PermissionsExt as _;

    let office = Office::with(HOLDERS);
    fs::create_dir(office.path("run")).unwrap();
    let said = office.run(&["issue", "holders.csv", "--out", "run"]).ended(2);
    assert!(said.contains("run is already there"), "{said}");
    assert!(!said.contains("not finished") && !said.contains("--resume"), "{said}");
    let said = office.run(&["check", "run"]).ended(2);
    assert!(said.contains("run is not a run"), "{said}");
    office.issue("run", &["--resume"]);
    let mode = fs::metadata(office.path("run")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn where_there_is_no_run_resuming_begins_one() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--resume"]);
    office.run(&["check", "run"]).ended(0);
    fs::create_dir(office.path("other")).unwrap();
    office.write("other/letter.txt", "Dear");
    let said = office.run(&["issue", "holders.csv", "--out", "other", "--resume"]).ended(2);
    assert!(said.contains("other is already there"), "{said}");
}
