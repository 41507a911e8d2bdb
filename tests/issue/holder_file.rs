//! Holder files that change or go away while they are read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tokenkaart_testing::interposer;

use super::office::{FAST, Office, Said};

const GONE: &str =
    "the disk is gone or failing, so see that it is connected and mounted, and try again";
/// More than is read in one piece.
const HOLDERS: usize = 6000;

fn interposer(folder: &Path) -> PathBuf {
    interposer::build(folder, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/issue/inputs.c"))
}

/// The same holders as CSV, JSON and a workbook.
fn file(format: &str) -> Vec<u8> {
    let holders = (1..=HOLDERS).map(|id| (id, "Jan Peeters"));
    match format {
        "csv" => {
            let rows: Vec<String> = holders.map(|(id, name)| format!("{id};{name}\n")).collect();
            format!("id;naam\n{}", rows.concat()).into_bytes()
        }
        "json" => {
            let rows: Vec<String> =
                holders.map(|(id, name)| format!("{{\"id\":{id},\"name\":\"{name}\"}}")).collect();
            format!("[{}]", rows.join(",\n")).into_bytes()
        }
        _ => {
            let mut workbook = rust_xlsxwriter::Workbook::new();
            let sheet = workbook.add_worksheet();
            sheet.write_row(0, 0, ["id", "naam"]).unwrap();
            for (row, (id, name)) in (1..).zip(holders) {
                sheet.write_row(row, 0, [&id.to_string(), name]).unwrap();
            }
            workbook.save_to_buffer().unwrap()
        }
    }
}

/// Issues cards for a few of the holders, under the interposer.
fn issue(office: &Office, library: &Path, name: &str, faults: &[(&str, &str)]) -> Said {
    let input = office.path(".").canonicalize().unwrap().join(name);
    let input = input.to_str().unwrap();
    let out = office.path("run");
    // A few: what is read is the whole file, and cards are not the point.
    let arguments = ["issue", input, "--quiet", "--shard", "1/2000", "--out"];
    let arguments = [&arguments[..], &[out.to_str().unwrap()], &FAST].concat();
    let mut command = office.command(&arguments);
    command.env("LD_PRELOAD", library).env("INPUT_FILE", input).envs(faults.iter().copied());
    Said::of(command.output().unwrap())
}

fn readings(library: &Path, name: &str, bytes: &[u8]) -> usize {
    let office = Office::new();
    office.write(name, bytes);
    let count = library.with_extension("count");
    issue(&office, library, name, &[("INPUT_COUNT", count.to_str().unwrap())]).ended(0);
    fs::read_to_string(&count).unwrap().trim().parse().unwrap()
}

/// Every number of a reading; of very many, some from the whole of them.
fn some(readings: usize) -> Vec<usize> {
    (1..=readings).step_by(readings.div_ceil(40)).chain([readings]).collect()
}

#[test]
fn a_holder_file_that_changes_while_it_is_read_makes_no_card_and_is_told_as_changed() {
    let tools = tempfile::tempdir().unwrap();
    let library = interposer(tools.path());
    for format in ["csv", "json", "xlsx"] {
        let (name, bytes) = (format!("holders.{format}"), file(format));
        let whole = {
            let office = Office::new();
            office.write(&name, &bytes);
            issue(&office, &library, &name, &[]).ended(0);
            office.records("run").iter().map(|record| record["holder"].clone()).collect::<Vec<_>>()
        };
        let places = some(readings(&library, &name, &bytes));
        assert!(places.len() >= 5, "{places:?}: the interposer misses some");
        let kinds = ["cut", "grow", "swap"];
        interposer::for_each(places.len() * kinds.len(), |number| {
            let (at, kind) =
                (places[(number - 1) / kinds.len()], kinds[(number - 1) % kinds.len()]);
            let case = format!("{kind} before reading {at} of {name}");
            let office = Office::new();
            office.write(&name, &bytes);
            let faults = [("INPUT_AT", &*at.to_string()), ("INPUT_DOES", kind)];
            let said = issue(&office, &library, &name, &faults);
            assert_ne!(fs::read(office.path(&name)).unwrap(), bytes, "{case}");
            // The file is looked at as a whole first. What comes before that has seen it is what
            // there was from the beginning, if nothing of it is missing.
            let seen = bytes.len().div_ceil(64 << 10) + 1;
            let is_first = at == 1 || (kind != "cut" && at <= seen);
            if said.status == Some(0) {
                // All had been read before, or it was all that there was from the beginning.
                let found: Vec<_> =
                    office.records("run").iter().map(|record| record["holder"].clone()).collect();
                assert!(found == whole || is_first, "{case}");
            } else {
                let told = said.stderr.contains(
                    "was changed while it was read, so none of it is used; let whoever writes it \
                     finish, and try again",
                );
                assert_eq!(said.status, Some(2), "{case}: {}", said.stderr);
                assert!(told || is_first, "{case}: {}", said.stderr);
                assert!(!office.path("run").exists(), "{case}");
            }
        });
    }
}

#[test]
fn a_holder_file_that_can_not_be_read_is_told_with_what_to_do() {
    let tools = tempfile::tempdir().unwrap();
    let library = interposer(tools.path());
    for format in ["csv", "json", "xlsx"] {
        let (name, bytes) = (format!("holders.{format}"), file(format));
        let mut places = some(readings(&library, &name, &bytes));
        places.insert(0, 0);
        interposer::for_each(places.len(), |number| {
            let at = places[number - 1];
            // EIO, ENODEV, ESTALE and EACCES by their numbers on Linux.
            let errors = [
                ("5", GONE),
                ("19", GONE),
                ("116", GONE),
                ("13", "have its owner let you read it"),
            ];
            let (error, remedy) = errors[number % errors.len()];
            let case = format!("error {error} at reading {at} of {name}");
            let office = Office::new();
            office.write(&name, &bytes);
            let faults = [("INPUT_AT", &*at.to_string()), ("INPUT_DOES", error)];
            let said = issue(&office, &library, &name, &faults).ended(2);
            assert!(said.contains(&format!("{name}: could not be read: ")), "{case}: {said}");
            assert!(said.contains(remedy), "{case}: {said}");
            assert_eq!(said.lines().count(), 1, "{case}: {said}");
            assert!(!office.path("run").exists(), "{case}");
        });
    }
}

#[test]
fn a_folder_in_the_place_of_a_holder_file_is_told_and_a_folder_that_is_not_there() {
    let office = Office::new();
    fs::create_dir(office.path("holders.csv")).unwrap();
    let said = office.run(&["issue", "holders.csv", "--out", "run"]).ended(2);
    assert!(said.contains("holders.csv: is a folder; name the file"), "{said}");
    office.write("h.csv", "id;naam\n1;An\n");
    let said = office.run(&["issue", "h.csv", "--out", "none/run"]).ended(2);
    assert!(said.contains("cannot keep the list of holders in none: "), "{said}");
    assert!(said.contains("check the path, and that its parent folder is there"), "{said}");
    let said = office.run(&["issue", "h.csv", "--out", "h.csv/run"]).ended(2);
    assert!(said.contains("a file stands where a folder should"), "{said}");
}
