//! Runs that die or fail at every single thing they do to the disk, and are resumed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use tokenkaart_testing::interposer;

use super::{
    office::{FAST, HOLDERS, Office, Said, holds},
    sealed::{HandOver, OURS},
    secrets::assert_no_code,
};

const IDS: [&str; 3] = ["4712", "4713", "85.07.30-033.28"];
const KINDS: [&str; 4] = ["kill", "torn", "fail", "full"];

fn interposer(folder: &Path) -> PathBuf {
    interposer::build(folder, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judged/faults.c"))
}

/// `tokenkaart issue` in bundles of one card, under the interposer.
fn issue(office: &Office, library: &Path, more: &[&str], faults: &[(&str, &str)]) -> Said {
    let out = office.path("run");
    let arguments: Vec<&str> =
        ["issue", "holders.csv", "--quiet", "--bundle", "1", "--jobs", "1", "--out"]
            .into_iter()
            .chain([out.to_str().unwrap()])
            .chain(FAST)
            .chain(more.iter().copied())
            .collect();
    let mut command = office.command(&arguments);
    command.env("LD_PRELOAD", library).env("FAULT_UNDER", out.parent().unwrap());
    command.envs(faults.iter().copied());
    Said::of(command.output().unwrap())
}

/// How many things the program does to the disk.
fn acts(office: &Office, library: &Path, more: &[&str]) -> usize {
    let count = library.with_file_name("acts");
    issue(office, library, more, &[("FAULT_COUNT", count.to_str().unwrap())]).ended(0);
    fs::read_to_string(&count).unwrap().trim().parse().unwrap()
}

/// Has the program die or fail at one of them.
fn fault(office: &Office, library: &Path, more: &[&str], at: usize, kind: &str) -> Said {
    issue(office, library, more, &[("FAULT_AT", &at.to_string()), ("FAULT_KIND", kind)])
}

/// Resumes what is left, and finds each holder with one card and one record that agree.
#[track_caller]
fn assert_is_made_good(office: &Office, case: &str) {
    let out = office.path("run");
    let arguments = [
        &["issue", "holders.csv", "--quiet", "--bundle", "1", "--out", out.to_str().unwrap()][..],
        &FAST,
        &["--resume"],
    ]
    .concat();
    let said = office.run(&arguments);
    assert_eq!(said.status, Some(0), "{case}: {}", said.stderr);
    let said = office.run(&["check", "run", "--quiet"]);
    assert_eq!(said.status, Some(0), "{case}: {}{}", said.stdout, said.stderr);

    let files = office.files("run");
    let mut expected = BTreeSet::from(
        ["journal.jsonl", "mail.csv", "manifest.json", "reconciliation.pdf"].map(str::to_owned),
    );
    for number in 1..=3 {
        expected.insert(format!("cards/{number:04}.pdf"));
        expected.insert(format!("records/{number:04}.jsonl"));
    }
    assert_eq!(files.keys().cloned().collect::<BTreeSet<_>>(), expected, "{case}");
    let mut holders: Vec<String> = office
        .records("run")
        .iter()
        .map(|record| record["holder"].as_str().unwrap().to_owned())
        .collect();
    holders.sort();
    assert_eq!(holders, IDS, "{case}");
}

#[test]
fn a_run_that_dies_or_fails_at_any_write_sync_or_rename_is_made_good_by_resuming() {
    let tools = tempfile::tempdir().unwrap();
    let library = interposer(tools.path());
    let acts = acts(&Office::with(HOLDERS), &library, &[]);
    assert!(acts >= 50, "{acts} acts: the interposer misses some");
    interposer::for_each(acts * KINDS.len(), |number| {
        let (at, kind) = ((number - 1) / KINDS.len() + 1, KINDS[(number - 1) % KINDS.len()]);
        let case = format!("{kind} at act {at} of {acts}");
        let office = Office::with(HOLDERS);
        let said = fault(&office, &library, &[], at, kind);
        match kind {
            "kill" | "torn" => assert_eq!(said.status, None, "{case}: {}", said.stderr),
            // A disk that is full doesn't keep anybody from syncing and renaming.
            "full" if said.status == Some(0) => {}
            _ => assert_eq!(said.status, Some(2), "{case}: {}", said.stderr),
        }
        if said.status == Some(2) {
            assert!(!said.stderr.contains("panicked"), "{case}: {}", said.stderr);
        }
        assert_is_made_good(&office, &case);
        if at % 10 == 0 {
            let codes = office.codes("run");
            for (name, bytes) in office.files("run") {
                if !name.starts_with("cards/") {
                    assert_no_code(&codes, &name, &bytes);
                }
            }
        }
    });
}

#[test]
fn a_disk_that_goes_away_is_told_with_what_to_do_and_the_run_is_made_good_when_it_is_back() {
    const GONE: &str = "the disk is gone or failing, so see that it is connected and mounted";
    // By their numbers on Linux.
    let errors = [
        ("EIO", "5", GONE),
        ("ENODEV", "19", GONE),
        ("ESTALE", "116", GONE),
        ("EROFS", "30", "choose a folder that you may write to"),
        ("EACCES", "13", "you"),
        ("EDQUOT", "122", "the quota is used up, so free some space or have it raised"),
    ];
    let tools = tempfile::tempdir().unwrap();
    let library = interposer(tools.path());
    let acts = acts(&Office::with(HOLDERS), &library, &[]);
    interposer::for_each(acts, |at| {
        let (name, number, remedy) = errors[at % errors.len()];
        let case = format!("{name} from act {at} of {acts}");
        let office = Office::with(HOLDERS);
        let how = [("FAULT_KIND", "gone"), ("FAULT_ERRNO", number)];
        let said =
            issue(&office, &library, &[], &[&how[..], &[("FAULT_AT", &at.to_string())]].concat());
        assert_eq!(said.status, Some(2), "{case}: {}{}", said.stdout, said.stderr);
        let office_path = office.path(".").canonicalize().unwrap();
        let first = said.stderr.lines().next().unwrap();
        assert!(first.starts_with("error: cannot ") && first.contains(remedy), "{case}: {first}");
        assert!(first.contains(office_path.to_str().unwrap()), "{case}: {first}");
        assert!(!office.path("run/manifest.json").exists() || at + 1 >= acts, "{case}");
        assert_is_made_good(&office, &case);
    });
}

#[test]
fn a_resumed_run_that_dies_again_at_any_point_is_made_good_too() {
    let tools = tempfile::tempdir().unwrap();
    let library = interposer(tools.path());
    // Dies when the second bundle's cards have their name, and the journal doesn't know it.
    let has_died = |at: usize| {
        let office = Office::with(HOLDERS);
        fault(&office, &library, &[], at, "torn");
        office
    };
    let at = (1..100).find(|at| has_died(*at).path("run/cards/0002.pdf").exists()).unwrap();
    let acts = acts(&has_died(at), &library, &["--resume"]);
    assert!(acts >= 30, "{acts} acts: the interposer misses some");
    interposer::for_each(acts * KINDS.len(), |number| {
        let (again, kind) = ((number - 1) / KINDS.len() + 1, KINDS[(number - 1) % KINDS.len()]);
        let office = has_died(at);
        fault(&office, &library, &["--resume"], again, kind);
        assert_is_made_good(&office, &format!("{kind} at act {again} of {acts} of a resumed run"));
    });
}

#[test]
fn a_sealed_run_that_dies_at_any_point_leaves_no_page_and_is_made_good_by_resuming() {
    let tools = tempfile::tempdir().unwrap();
    let library = interposer(tools.path());
    let seal = |desk: &HandOver, more: &[&str], faults: &[(&str, &str)]| {
        let keys = ["--seal-to", &desk.recipient, "--sign-with", "operator"];
        issue(&desk.office, &library, &[&keys[..], more].concat(), faults)
    };
    let count = tools.path().join("acts");
    seal(&HandOver::new(), &[], &[("FAULT_COUNT", count.to_str().unwrap())]).ended(0);
    let acts: usize = fs::read_to_string(&count).unwrap().trim().parse().unwrap();
    assert!(acts >= 50, "{acts} acts: the interposer misses some");
    interposer::for_each(acts, |at| {
        let case = format!("act {at} of {acts}");
        let desk = HandOver::new();
        let said = seal(&desk, &[], &[("FAULT_AT", &at.to_string()), ("FAULT_KIND", "torn")]);
        assert_eq!(said.status, None, "{case}: {}", said.stderr);
        for (name, bytes) in desk.office.files(".") {
            // The one page that is for everybody.
            if !name.starts_with("run/reconciliation.pdf") {
                assert!(!holds(&bytes, b"%PDF"), "{case}: {name}");
            }
        }
        let said = seal(&desk, &["--resume"], &[]);
        assert_eq!(said.status, Some(0), "{case}: {}", said.stderr);
        let said = desk.office.run(&[&["check", "run"][..], &OURS].concat());
        assert_eq!(said.status, Some(0), "{case}: {}{}", said.stdout, said.stderr);
        assert_eq!(desk.office.files("run").len(), 11, "{case}");
    });
}

#[test]
fn an_opening_that_dies_or_fails_at_any_point_leaves_no_folder_that_looks_whole() {
    let tools = tempfile::tempdir().unwrap();
    let library = interposer(tools.path());
    let sealed = || {
        let desk = HandOver::new();
        desk.issue("run");
        desk
    };
    let open = |desk: &HandOver, faults: &[(&str, &str)]| {
        let arguments = [&["open", "run", "--out", "cards", "--quiet"][..], &OURS].concat();
        let mut command = desk.office.command(&arguments);
        command.env("LD_PRELOAD", &library).env("FAULT_UNDER", "cards");
        command.envs(faults.iter().copied());
        Said::of(command.output().unwrap())
    };
    // Files are named from here, folders are found under their whole name.
    let under = |desk: &HandOver| desk.office.path(".").canonicalize().unwrap();
    let count = tools.path().join("acts");
    let desk = sealed();
    let here = under(&desk);
    open(
        &desk,
        &[("FAULT_UNDER", here.to_str().unwrap()), ("FAULT_COUNT", count.to_str().unwrap())],
    )
    .ended(0);
    let acts: usize = fs::read_to_string(&count).unwrap().trim().parse().unwrap();
    assert!(acts >= 6, "{acts} acts: the interposer misses some");
    interposer::for_each(acts * KINDS.len(), |number| {
        let (at, kind) = ((number - 1) / KINDS.len() + 1, KINDS[(number - 1) % KINDS.len()]);
        let case = format!("{kind} at act {at} of {acts}");
        let desk = sealed();
        let here = under(&desk);
        let said = open(
            &desk,
            &[
                ("FAULT_UNDER", here.to_str().unwrap()),
                ("FAULT_AT", &at.to_string()),
                ("FAULT_KIND", kind),
            ],
        );
        let is_there = desk.office.path("cards").exists();
        if is_there {
            assert_eq!(desk.office.files("cards").len(), 3, "{case}: {}", said.stderr);
        }
        let left = desk.office.path("cards.part");
        if left.exists() {
            assert_ne!(said.status, Some(0), "{case}");
            let again = desk.open("run", "cards", &OURS).ended(2);
            assert!(again.contains("has readable cards; destroy it"), "{case}: {again}");
            fs::remove_dir_all(left).unwrap();
        }
        if !is_there {
            desk.open("run", "cards", &OURS).ended(0);
        }
    });
}

#[test]
fn a_reissue_that_dies_or_fails_at_any_point_reissues_each_spoilt_card_once() {
    let tools = tempfile::tempdir().unwrap();
    let library = interposer(tools.path());
    let old = |office: &Office| -> BTreeMap<String, String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let records = office.records("run");
        records.iter().map(|record| (text(&record["holder"]), text(&record["serial"]))).collect()
    };
    let spoilt = || {
        let office = Office::with(HOLDERS);
        office.issue("run", &[]);
        let old = old(&office);
        office.write("spoilt.csv", format!("serial\n{}\n{}\n", old[IDS[0]], old[IDS[2]]));
        office
    };
    let reissue = |office: &Office, more: &[&str], faults: &[(&str, &str)]| {
        let out = office.path("run2");
        let begun = ["reissue", "run", "--serials", "spoilt.csv", "--holders", "holders.csv"];
        let way = ["--allow-weak-kdf", "--quiet", "--bundle", "1", "--jobs", "1", "--out"];
        let arguments = [&begun[..], &way, &[out.to_str().unwrap()], more].concat();
        let mut command = office.command(&arguments);
        command.envs(faults.iter().copied());
        if !faults.is_empty() {
            command.env("LD_PRELOAD", &library).env("FAULT_UNDER", out.parent().unwrap());
        }
        Said::of(command.output().unwrap())
    };
    let count = tools.path().join("acts");
    reissue(&spoilt(), &[], &[("FAULT_COUNT", count.to_str().unwrap())]).ended(0);
    let acts: usize = fs::read_to_string(&count).unwrap().trim().parse().unwrap();
    assert!(acts >= 40, "{acts} acts: the interposer misses some");
    interposer::for_each(acts, |at| {
        let kind = KINDS[at % KINDS.len()];
        let case = format!("{kind} at act {at} of {acts}");
        let office = spoilt();
        let before = office.files("run");
        let faults = [("FAULT_AT", at.to_string()), ("FAULT_KIND", kind.to_owned())];
        let said = reissue(&office, &[], &faults.each_ref().map(|(name, is)| (*name, is.as_str())));
        assert!(!said.stderr.contains("panicked"), "{case}: {}", said.stderr);
        let said = reissue(&office, &["--resume"], &[]);
        assert_eq!(said.status, Some(0), "{case}: {}", said.stderr);
        let said = office.run(&["check", "run2", "--quiet"]);
        assert_eq!(said.status, Some(0), "{case}: {}{}", said.stdout, said.stderr);
        let old = old(&office);
        let mut holders: Vec<String> = Vec::new();
        for record in office.records("run2") {
            let holder = record["holder"].as_str().unwrap();
            assert_eq!(record["voids"], serde_json::json!([old[holder]]), "{case}");
            holders.push(holder.to_owned());
        }
        holders.sort();
        assert_eq!(holders, [IDS[0], IDS[2]], "{case}");
        assert!(office.files("run") == before, "{case}: the spoilt run was changed");
    });
}

#[test]
fn a_count_that_dies_or_fails_at_any_point_leaves_a_whole_list_or_none_and_can_be_done_again() {
    let tools = tempfile::tempdir().unwrap();
    let library = interposer(tools.path());
    let counted = || {
        let office = Office::with(HOLDERS);
        office.issue("run", &[]);
        office.write("scans.csv", "sequence,status\n1,ok\n2,spoilt\n");
        office
    };
    let reconcile = |office: &Office, faults: &[(&str, &str)]| {
        let list = office.path("spoilt.csv");
        let begun = ["reconcile", "run", "--scanned", "scans.csv", "--to-reissue"];
        let mut command = office.command(&[&begun[..], &[list.to_str().unwrap()]].concat());
        command.envs(faults.iter().copied());
        if !faults.is_empty() {
            command.env("LD_PRELOAD", &library).env("FAULT_UNDER", list.parent().unwrap());
        }
        Said::of(command.output().unwrap())
    };
    let whole = |office: &Office| {
        fs::read_to_string(office.path("spoilt.csv")).is_ok_and(|list| {
            let rows: Vec<&str> = list.lines().collect();
            rows.len() == 3 && rows[1].ends_with(",2,spoilt") && rows[2].ends_with(",3,missing")
        })
    };
    let count = tools.path().join("acts");
    reconcile(&counted(), &[("FAULT_COUNT", count.to_str().unwrap())]).ended(1);
    let acts: usize = fs::read_to_string(&count).unwrap().trim().parse().unwrap();
    assert!(acts >= 4, "{acts} acts: the interposer misses some");
    interposer::for_each(acts * KINDS.len(), |number| {
        let (at, kind) = ((number - 1) / KINDS.len() + 1, KINDS[(number - 1) % KINDS.len()]);
        let case = format!("{kind} at act {at} of {acts}");
        let office = counted();
        let said = reconcile(&office, &[("FAULT_AT", &at.to_string()), ("FAULT_KIND", kind)]);
        assert_ne!(said.status, Some(0), "{case}");
        if !office.path("spoilt.csv").exists() {
            reconcile(&office, &[]).ended(1);
        }
        assert!(whole(&office), "{case}: {}", said.stderr);
    });
}
