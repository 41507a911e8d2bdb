//! Lists of scans, of serials and of ids.

use std::{fs, process::Command};

use tokenkaart::{
    reconcile::{self, ReconcileError},
    run::{Finished, Only, Reissue},
};

use crate::{Read, assert_is_told, corpus, folder, run};

#[test]
fn no_list_breaks_a_promise_of_what_is_counted_by_it() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("holders.csv"), "id;naam\n1;An\n2;Bo\n3;Cy\n").unwrap();
    let issued = Command::new(env!("CARGO_BIN_EXE_tokenkaart"))
        .args(["issue", "holders.csv", "--out", "run", "--quiet", "--back"])
        .args(["--kdf", "argon2id:m=8,t=1,p=1", "--allow-weak-kdf"])
        .current_dir(path)
        .status();
    assert!(issued.unwrap().success());
    let runs = [Finished::open(&path.join("run")).unwrap()];
    let id = &runs[0].manifest().run;
    let mark = tokenkaart::symbol::mark::Mark::new(id.parse().unwrap(), 2, 1, 2).unwrap();
    let (mark, serial) = (mark.to_string(), runs[0].manifest().bundles[0].first_serial.to_string());
    let words = [
        "mark", "serial", "sequence", "status", ";", ",", "\t", "\n", "ok", "spoilt", "2", "3/3",
        "id",
    ];
    let words = [&words[..], &[&mark, &serial]].concat();
    let list = path.join("list.csv");
    run("list", &corpus("list"), &words, &mut |bytes, _| {
        fs::write(&list, bytes).unwrap();
        match Reissue::find(&runs, &list) {
            Ok(reissue) => {
                let faults = reissue.faults();
                assert!(reissue.len() <= 3);
                for fault in faults.kept() {
                    assert_is_told(&fault.to_string(), &format!("list.csv:{}: ", fault.line));
                }
            }
            Err(error) => assert_is_told(&error.to_string(), "list.csv:"),
        }
        if let Err(error) = Only::read(&list) {
            for line in error.to_string().lines().filter(|line| !line.starts_with('…')) {
                assert_is_told(line, "list.csv");
            }
        }
        let tally = match reconcile::reconcile(&runs, std::slice::from_ref(&list), &[], None) {
            Ok(tally) => tally,
            Err(error) => {
                assert_is_told(&error.to_string(), "list.csv:");
                // The lists that are kept are of other runs.
                let is_read = matches!(error, ReconcileError::NoLetter { .. });
                return if is_read { Read::Accepted } else { Read::Refused };
            }
        };
        assert_eq!(tally.letters, 3);
        let totals = tally.missing.count() + tally.double.count() + tally.spoilt.count();
        assert!(tally.to_reissue == totals && totals + tally.unclear.count() <= 3);
        assert!(tally.foreign.count() + tally.unreadable.count() <= tally.rows);
        for findings in tally.findings() {
            assert!(findings.kept().len() <= 50);
            findings.kept().iter().for_each(|finding| assert_is_told(&finding.to_string(), ": "));
        }
        Read::Accepted
    });
}
