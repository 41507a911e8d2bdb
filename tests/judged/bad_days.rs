//! What goes wrong around a run that is no fault of the program's, and what is said of it then.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{BufWriter, Write as _},
    os::unix::ffi::OsStrExt as _,
    process::Command,
};

use tokenkaart_testing::office::{FAST, HOLDERS, Office, Said};

/// Runs the program and then says on its last line of errors how much memory it had at most, in
/// KiB.
const PEAK: &str = "\
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(ended.returncode)
";

/// How the program ends and what it says, and its most memory in MiB.
fn with_peak(office: &Office, arguments: &[&str]) -> (Said, u64) {
    let output = Command::new("python3")
        .args(["-c", PEAK, env!("CARGO_BIN_EXE_tokenkaart")])
        .args(arguments)
        .current_dir(office.path("."))
        .output()
        .unwrap();
    let mut said = Said::of(output);
    let peak = said.stderr.lines().last().unwrap().parse::<u64>().unwrap();
    let end = said.stderr.trim_end().rfind('\n').map_or(0, |end| end + 1);
    said.stderr.truncate(end);
    (said, peak >> 10)
}

/// What the program takes for three holders.
fn least_peak() -> u64 {
    let office = Office::with(HOLDERS);
    let arguments = [&["issue", "holders.csv", "--out", "run"][..], &FAST].concat();
    let (said, peak) = with_peak(&office, &arguments);
    said.ended(0);
    peak
}

#[test]
fn a_name_with_control_characters_does_nothing_to_a_terminal() {
    let office = Office::with(HOLDERS);
    let out = "a\u{1b}[2Jb";
    office.issue(out, &[]);
    let again = ["issue", "holders.csv", "--out", out];
    let inside = ["issue", "holders.csv", "--out", "a\u{1b}[2Jb/anew"];
    let check = ["check", "no\u{1b}[2J"];
    let open = ["open", out, "--identity", "no\u{1b}[2J", "--out", "cards"];
    let not_in = ["issue", "holders.csv", "--out", "new", "--not-in", "no\u{1b}[2J"];
    for command in [&again[..], &inside, &check, &open, &not_in] {
        let said = office.run(command).ended(2);
        assert!(said.contains("\\u{1b}[2J") && !said.contains('\u{1b}'), "{said:?}");
    }
}

#[test]
fn a_million_lines_with_a_fault_on_the_last_one_make_nothing_and_need_no_memory() {
    let office = Office::new();
    let mut file = BufWriter::new(File::create(office.path("holders.csv")).unwrap());
    writeln!(file, "id;naam").unwrap();
    for id in 1..1_000_000 {
        writeln!(file, "{id};Jan Peeters").unwrap();
    }
    writeln!(file, "1000000;").unwrap();
    file.into_inner().unwrap().sync_all().unwrap();
    // All lines are read and held against each other; names are set for one shard of them.
    let arguments = ["issue", "holders.csv", "--out", "run", "--shard", "1/1000"];
    let (said, peak) = with_peak(&office, &arguments);
    assert_eq!(
        said.ended(2),
        "error: holders.csv: line 1000001, column \"naam\": no name; every holder needs an id \
         and a name\n"
    );
    assert_eq!(fs::read_dir(office.path(".")).unwrap().count(), 1, "nothing is made");
    let least = least_peak();
    assert!(peak < least + 40, "{peak} MiB, and {least} MiB for three holders");
}

#[test]
fn a_line_of_two_gibibytes_is_refused_before_it_is_read() {
    let office = Office::new();
    let least = least_peak();
    for (name, start) in [("h.csv", "id;naam\n1;"), ("h.csv", "id"), ("h.jsonl", "{\"id\":\"")] {
        let mut file = File::create(office.path(name)).unwrap();
        file.write_all(start.as_bytes()).unwrap();
        // The rest is a hole, which takes no room.
        file.set_len(2 << 30).unwrap();
        let (said, peak) = with_peak(&office, &["issue", name, "--out", "run"]);
        let line = start.lines().count();
        assert_eq!(
            said.ended(2),
            format!(
                "error: {name}: line {line}: is longer than 1048576 bytes, as no row of a list \
                 is; check that this is the right file\n"
            )
        );
        assert!(peak < least + 20, "{name}: {peak} MiB, and {least} MiB for three holders");
        assert!(!office.path("run").exists());
    }
}

#[test]
fn an_endless_pipe_is_refused_at_its_bound() {
    let office = Office::new();
    // What can't be read twice is in memory, up to 256 MiB.
    let script = format!("yes 'id;naam' | python3 -c '{PEAK}' \"$@\"");
    let program = env!("CARGO_BIN_EXE_tokenkaart");
    let arguments =
        ["-c", &script, "bash", program, "issue", "-", "--format", "csv", "--out", "run"];
    let output = Command::new("bash").args(arguments).current_dir(office.path(".")).output();
    let said = Said::of(output.unwrap());
    let peak: u64 = said.stderr.lines().last().unwrap().parse().unwrap();
    let said = said.ended(2);
    assert!(
        said.starts_with("error: standard input: holds more than 256 MiB; save the holders as"),
        "{said}"
    );
    assert!(peak >> 10 < 256 + least_peak() + 20, "{peak} KiB");
    assert!(!office.path("run").exists());
}

/// Makes `bomb.xlsx`, a workbook with a part that unpacks to many times its size.
fn bomb(office: &Office, part: &str, script: &str) {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip([["id", "naam"], ["1", "An"]]) {
        sheet.write_row(row, 0, cells).unwrap();
    }
    workbook.save(office.path("plain.xlsx")).unwrap();
    let script = format!(
        "import zipfile\n\
         old = zipfile.ZipFile('plain.xlsx')\n\
         new = zipfile.ZipFile('bomb.xlsx', 'w', zipfile.ZIP_DEFLATED)\n\
         for name in old.namelist():\n    \
             if name != '{part}': new.writestr(name, old.read(name))\n\
         with new.open('{part}', 'w', force_zip64=True) as part:\n    {script}\n\
         new.close()\n"
    );
    let made = Command::new("python3").args(["-c", &script]).current_dir(office.path(".")).output();
    let made = Said::of(made.unwrap());
    assert_eq!(made.status, Some(0), "{}", made.stderr);
}

#[test]
fn a_zip_bomb_is_refused_before_it_is_unpacked() {
    let office = Office::new();
    // A gibibyte in a megabyte.
    bomb(&office, "xl/worksheets/sheet1.xml", "for _ in range(1024): part.write(b' ' * (1 << 20))");
    let size = fs::metadata(office.path("bomb.xlsx")).unwrap().len();
    assert!(size < 2 << 20, "{size}");
    let (said, peak) = with_peak(&office, &["issue", "bomb.xlsx", "--out", "run"]);
    assert_eq!(
        said.ended(2),
        "error: bomb.xlsx: holds more than 256 MiB when unpacked; save the holders as a CSV file \
         instead\n"
    );
    let least = least_peak();
    assert!(peak < least + 20, "{peak} MiB, and {least} MiB for three holders");
    assert!(!office.path("run").exists());
}

#[test]
fn a_workbook_takes_little_more_memory_than_it_unpacks_to() {
    let office = Office::new();
    // As many texts as fit into 16 MiB, each of which takes more room in memory than in the file.
    bomb(
        &office,
        "xl/sharedStrings.xml",
        "part.write(b'<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">');\
         [part.write(b'<si><t>a</t></si>' * 61680) for _ in range(16)]; part.write(b'</sst>')",
    );
    let (said, peak) = with_peak(&office, &["issue", "bomb.xlsx", "--out", "run"]);
    said.ended(2);
    // So the 256 MiB that a workbook may unpack to are bounded too.
    let least = least_peak();
    assert!(peak < least + 6 * 16, "{peak} MiB, and {least} MiB for three holders");
    assert!(!office.path("run").exists());
}

#[test]
fn what_a_damaged_workbook_makes_its_reader_say_stays_off_the_terminal() {
    let office = Office::new();
    bomb(
        &office,
        "xl/worksheets/sheet1.xml",
        "part.write(b'<worksheet><dimension ref=\"C1:A1\"/><sheetData></sheetData></worksheet>')",
    );
    let said = office.run(&["issue", "bomb.xlsx", "--out", "run"]).ended(2);
    assert!(said.starts_with("error: bomb.xlsx: is "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    for word in ["panicked", "overflow", ".rs:", "RUST_BACKTRACE"] {
        assert!(!said.contains(word), "{said}");
    }
}

#[test]
fn a_nul_in_a_name_is_named_by_its_place() {
    for (name, content, place) in [
        ("h.csv", &b"id;naam\n1;An\n2;Jan\0Peeters\n"[..], "line 3, column \"naam\""),
        ("h.json", b"[{\"id\":\"1\",\"name\":\"Jan\\u0000Peeters\"}]", "entry 1 (line 1)"),
        ("h.jsonl", b"{\"id\":\"1\",\"name\":\"Jan\\u0000Peeters\"}\n", "line 1"),
    ] {
        let office = Office::new();
        office.write(name, content);
        let said = office.run(&["issue", name, "--out", "run"]).ended(2);
        assert!(said.starts_with(&format!("error: {name}: {place}")), "{said}");
        assert!(said.contains("has the control character U+0000 at character 4"), "{said}");
        assert!(!said.contains('\0'), "{said:?}");
        assert!(!office.path("run").exists());
    }
}

#[test]
fn a_clock_that_was_set_back_changes_no_date_of_a_run() {
    let office = Office::with(HOLDERS);
    let issue = |more: &[&str]| {
        let begun = ["issue", "holders.csv", "--out", "run", "--bundle", "1"];
        office.run(&[&begun[..], &FAST, more].concat())
    };
    // Begun on a day that no clock has reached, so that today is the day before.
    issue(&["--date", "2999-01-01"]).ended(0);
    let journal = fs::read_to_string(office.path("run/journal.jsonl")).unwrap();
    let two_lines: String = journal.split_inclusive('\n').take(3).collect();
    office.write("run/journal.jsonl", two_lines);
    fs::remove_file(office.path("run/manifest.json")).unwrap();
    let said = issue(&["--resume"]).ended(0);
    assert!(said.contains("1 of 3 bundles are done already"), "{said}");
    let pages = office.pages("run");
    assert_eq!(pages.len(), 3);
    assert!(pages.iter().all(|page| page.contains("2999")), "{pages:?}");
    let records = office.records("run");
    assert!(records.iter().all(|record| record["issued"] == "2999-01-01"));
    office.run(&["check", "run"]).ended(0);
}

/// Folders and files whose names a shell would take for something else.
const NAMES: [&[u8]; 6] = [
    b"week 48",
    "Größe œuvre".as_bytes(),
    b"d'Hondt \"& Zn\" $HOME `id` #1",
    b"kaart-\xe9\xff",
    b"two\nlines",
    b"~",
];

#[test]
fn commands_that_are_shown_can_be_pasted_whatever_the_paths_are() {
    for name in NAMES {
        let office = Office::new();
        let folder = office.path(".").join(OsStr::from_bytes(name));
        fs::create_dir(&folder).unwrap();
        let input = OsStr::from_bytes(name).to_owned();
        fs::write(folder.join(&input), HOLDERS).unwrap();
        // The name that the shell finds the program under.
        let program = env!("CARGO_BIN_EXE_tokenkaart");
        std::os::unix::fs::symlink(program, folder.join("tokenkaart")).unwrap();
        let mut out = b"out ".to_vec();
        out.extend(name);
        let out = OsStr::from_bytes(&out);
        let issue = |more: &[&str]| {
            let mut command = Command::new(program);
            command.arg("issue").arg(&input).args(["--format", "csv", "--bundle", "1", "--out"]);
            let output = command.arg(out).args(FAST).args(more).current_dir(&folder).output();
            Said::of(output.unwrap())
        };
        let paste = |command: &str| {
            let mut shell = Command::new("bash");
            shell.args(["-c", &format!("PATH=.:$PATH; {command}")]).env("HOME", "/nowhere");
            Said::of(shell.current_dir(&folder).output().unwrap())
        };
        let said = issue(&[]).ended(0);
        let next = said.split("next: ").nth(1).unwrap().split("\nbundle").next().unwrap();
        assert!(next.starts_with("tokenkaart check "), "{said}");
        paste(next).ended(0);

        let other = issue(&[]).ended(2);
        assert!(other.contains("is already there"), "{other}");
        fs::remove_file(folder.join(out).join("manifest.json")).unwrap();
        let said = issue(&[]).ended(2);
        let again = said.split(":\n  ").nth(1).unwrap();
        assert!(again.trim_end().ends_with(" --resume"), "{said}");
        assert_eq!(again.lines().count(), 1, "{said}");
        let said = paste(again).ended(0);
        assert!(said.contains("3 of 3 bundles are done already"), "{said}");
        // As JSON too, which has no bytes that are no text.
        fs::remove_dir_all(folder.join(out)).unwrap();
        let json = issue(&["--json", "--quiet"]).ended(0);
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
    }
}

#[test]
fn a_bundle_larger_than_any_is_refused() {
    let office = Office::with(HOLDERS);
    for bundle in ["10001", "4294967295"] {
        let said =
            office.run(&["issue", "holders.csv", "--out", "run", "--bundle", bundle]).ended(2);
        assert!(
            said.starts_with(&format!(
                "error: a bundle has at most 10000 holders and not {bundle}, "
            )) && said.ends_with(" (--bundle)\n"),
            "{said}"
        );
        assert!(!office.path("run").exists());
    }
    office.issue("run", &["--bundle", "10000"]);
}
