//! One extract on several machines: each shard a process, some killed, and the whole checked.

use std::{collections::BTreeSet, fs, process::Command};

use tokenkaart_testing::running::{Running, wait_until};

use super::{
    office::{FAST, HOLDERS, Office, Said},
    sealed::HandOver,
};

/// Sixty people, so that no shard is empty.
fn sixty() -> String {
    let rows = (0..60).map(|number| {
        format!("{number};Persoon Nummer{number};Kerkstraat {number};{};Gent\n", 9000 + number)
    });
    "id;naam;straat;postcode;gemeente\n".to_owned() + &rows.collect::<String>()
}

/// A shard's arguments; its hashes take their time, so that there is something to kill.
fn shard(number: &str) -> Vec<String> {
    let out = format!("shard-{}", number.replace('/', "-"));
    ["issue", "holders.csv", "--shard", number, "--out", &out, "--date", "2026-11-22"]
        .into_iter()
        .chain(["--bundle", "2", "--jobs", "1", "--quiet", "--kdf", "argon2id:m=4096,t=1,p=1"])
        .chain(["--allow-weak-kdf", "--resume"])
        .map(str::to_owned)
        .collect()
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn all_shards_of_an_extract_some_of_them_killed_make_one_whole_run() {
    let office = Office::with(&sixty());
    let mut running: Vec<Running> = (1..=4)
        .map(|index| {
            let arguments = shard(&format!("{index}/4"));
            Running(office.command(&words(&arguments)).spawn().unwrap())
        })
        .collect();
    for index in [1, 3] {
        let journal = office.path(&format!("shard-{index}-4/journal.jsonl"));
        wait_until("a bundle", || {
            fs::read_to_string(&journal).is_ok_and(|text| text.contains("\"event\":\"bundle\""))
        });
        running[index - 1].0.kill().unwrap();
    }
    for running in &mut running {
        running.0.wait().unwrap();
    }
    assert!(!office.path("shard-1-4/manifest.json").exists());
    // An engine starts what died again, with the same arguments.
    for index in [1, 3] {
        office.run(&words(&shard(&format!("{index}/4")))).ended(0);
    }
    let all = ["check", "shard-1-4", "shard-2-4", "shard-3-4", "shard-4-4"];
    let said = office.run(&all).ended(0);
    assert!(said.contains("4 shards make one whole run of 60 cards"), "{said}");
    let holders: Vec<String> = (1..=4)
        .flat_map(|index| office.records(&format!("shard-{index}-4")))
        .map(|record| record["holder"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(holders.len(), 60);
    assert_eq!(holders.iter().collect::<BTreeSet<_>>().len(), 60);

    let said = office.run(&all[..4]).ended(1);
    assert!(said.contains("shard 4 of 4 is missing; make it, or name its folder too"), "{said}");
    let said = office.run(&[&all[..], &["shard-2-4"]].concat()).ended(1);
    assert!(said.contains("shard-2-4: shard 2 a second time, after shard-2-4"), "{said}");
    let said = office.run(&all[..2]).ended(0);
    assert!(said.contains("this is shard 1/4; name all shards"), "{said}");
    // Another shard into the same folder.
    let mut other = shard("4/4");
    other.iter_mut().filter(|word| *word == "4/4").for_each(|word| *word = "3/4".into());
    let said = office.run(&words(&other)).ended(2);
    assert!(said.contains("shard: 4/4 then, 3/4 now"), "{said}");
    // The same shard of other holders, and a run of its own.
    office.write("holders.csv", sixty().replace("Nummer7;", "Nummer8;"));
    let mut other = shard("4/4");
    other.iter_mut().filter(|word| *word == "shard-4-4").for_each(|word| *word = "other".into());
    office.run(&words(&other)).ended(0);
    office.issue("whole", &[]);
    let said = office.run(&[&all[..4], &["other", "whole"]].concat()).ended(1);
    assert!(said.contains("other: a shard of another run"), "{said}");
    assert!(said.contains("whole: no shard but a run of its own"), "{said}");
}

/// A shard, numbered by an engine.
fn numbered(office: &Office, text: &str, variables: &[(&str, &str)]) -> Said {
    let arguments =
        [&["issue", "holders.csv", "--out", "run", "--shard", text, "--json"][..], &FAST].concat();
    let mut command = office.command(&arguments);
    Said::of(command.envs(variables.iter().copied()).output().unwrap())
}

#[test]
fn an_engine_says_which_shard_it_is() {
    let office = Office::with(&sixty());
    for (text, variables, shard) in [
        ("2/3", &[][..], "2/3"),
        ("kubernetes/3", &[("JOB_COMPLETION_INDEX", "1")], "2/3"),
        ("slurm/3", &[("SLURM_ARRAY_TASK_ID", "2")], "2/3"),
        // Submitted again alone: the array now has one task, the run still three shards.
        (
            "slurm/3",
            &[
                ("SLURM_ARRAY_TASK_ID", "3"),
                ("SLURM_ARRAY_TASK_MIN", "3"),
                ("SLURM_ARRAY_TASK_COUNT", "1"),
            ],
            "3/3",
        ),
    ] {
        numbered(&office, text, variables).ended(0);
        let manifest = fs::read_to_string(office.path("run/manifest.json")).unwrap();
        assert!(manifest.contains(&format!("\"shard\": \"{shard}\"")), "{manifest}");
        fs::remove_dir_all(office.path("run")).unwrap();
    }
    for (text, variables, message) in [
        ("kubernetes/3", &[][..], "JOB_COMPLETION_INDEX is not set to a number"),
        (
            "kubernetes/3",
            &[("JOB_COMPLETION_INDEX", "3")],
            "JOB_COMPLETION_INDEX makes this shard 4/3: a shard is written as 3/8",
        ),
        ("slurm/3", &[("SLURM_ARRAY_TASK_ID", "0")], "SLURM_ARRAY_TASK_ID makes this shard 0/3"),
        ("slurm/3", &[("SLURM_ARRAY_TASK_ID", "x")], "SLURM_ARRAY_TASK_ID is not set to a number"),
        ("slurm", &[("SLURM_ARRAY_TASK_ID", "1")], "a shard is written as 3/8"),
        ("4/3", &[], "a shard is written as 3/8"),
    ] {
        let said = numbered(&office, text, variables).ended(2);
        assert!(said.contains(message), "{said}");
        assert!(!office.path("run").exists());
    }
}

#[test]
fn the_kubernetes_job_fits_the_schema_of_its_interface() {
    let python = std::env::var("TOKENKAART_TEST_PYTHON").unwrap_or_else(|_| {
        concat!(env!("CARGO_MANIFEST_DIR"), "/target/test-venv/bin/python3").to_owned()
    });
    let validate = |job: &str| {
        let office = Office::new();
        office.write("job.yaml", job);
        let output = Command::new(&python)
            .args(["-m", "kubernetes_validate", "--strict", "job.yaml"])
            .current_dir(office.path("."))
            .output();
        Said::of(output.unwrap())
    };
    let job = include_str!("../../deploy/kubernetes-job.yaml");
    validate(job).ended(0);
    let wrong = validate(&job.replace("completionMode: Indexed", "completionModes: Indexed"));
    assert_ne!(wrong.status, Some(0), "{}{}", wrong.stdout, wrong.stderr);
}

#[test]
fn a_holder_with_a_token_is_refused_or_gets_another_on_purpose() {
    let office = Office::with(HOLDERS);
    office.issue("old", &[]);
    office.write("holders.csv", HOLDERS.replace("4713;", "5000;"));
    let not_in = |out, more: &[&str]| {
        let begun = ["issue", "holders.csv", "--out", out, "--not-in", "old"];
        office.run(&[&begun[..], &FAST, more].concat())
    };
    let said = not_in("new", &[]).ended(2);
    assert!(said.contains("error: 2 faults, so no card is made:\n"), "{said}");
    assert!(said.contains("holders.csv: line 3, value \"4712\": has a token already"), "{said}");
    assert!(said.ends_with("\noptions for this: --not-in, --skip, --replace\n"), "{said}");
    assert!(!office.path("new").exists());
    not_in("new", &["--replace"]).ended(0);
    assert_eq!(office.records("new").len(), 3);
    // A list of ids does as well, and a folder without records doesn't.
    office.write("ledger.txt", "5000\n");
    let said =
        office.run(&["issue", "holders.csv", "--out", "other", "--not-in", "ledger.txt"]).ended(2);
    assert!(said.contains("holders.csv: line 4, value \"5000\": has a token already"), "{said}");
    let said = office.run(&["issue", "holders.csv", "--out", "other", "--not-in", "."]).ended(2);
    assert!(said.contains(". is not a run: it has neither"), "{said}");
    // A run by which some would not be known is none to go by.
    let refused = |says: &str| {
        let said = not_in("other", &[]).ended(2);
        assert!(said.contains(says), "{said}");
        assert!(!office.path("other").exists());
    };
    let (records, manifest) =
        (office.path("old/records/0001.jsonl"), office.path("old/manifest.json"));
    let text = fs::read(&records).unwrap();
    fs::write(&records, "").unwrap();
    refused("old/records/0001.jsonl: this is not the file that the manifest lists");
    fs::remove_file(&records).unwrap();
    refused("cannot read old/records/0001.jsonl: No such file");
    fs::write(&records, text).unwrap();
    fs::remove_file(&manifest).unwrap();
    refused("old has no manifest.json, so the run is not finished");
    office.write("ledger.txt", "id\n5000\n");
    let said =
        office.run(&["issue", "holders.csv", "--out", "other", "--not-in", "ledger.txt"]).ended(2);
    // A header is understood as that of a holder file is.
    assert!(said.contains("value \"5000\": has a token already"), "{said}");
}

#[test]
fn a_shard_that_knows_of_other_tokens_is_foreign() {
    let office = Office::with(HOLDERS);
    office.write("ledger.txt", "nobody\n");
    office.write("other.txt", "nobody else\n");
    let shard = |out, index, more: &[&str]| {
        office.issue(out, &[&["--shard", index, "--date", "2026-11-22"][..], more].concat());
    };
    let known = ["--not-in", "ledger.txt"];
    shard("one", "1/2", &known);
    shard("two", "2/2", &known);
    let said = office.run(&["check", "one", "two"]).ended(0);
    assert!(said.contains("2 shards make one whole run of 3 cards"), "{said}");
    for (out, more) in [
        ("none", &[][..]),
        ("other", &["--not-in", "other.txt"]),
        ("more", &["--not-in", "ledger.txt", "--not-in", "other.txt"]),
        ("replaced", &["--not-in", "ledger.txt", "--replace"]),
    ] {
        shard(out, "2/2", more);
        let said = office.run(&["check", "one", out]).ended(1);
        assert!(said.contains("or made of another file or with other options"), "{out}: {said}");
    }
}

#[test]
fn a_shard_whose_manifest_nobody_vouches_for_is_missing() {
    let desk = HandOver::new();
    let office = &desk.office;
    office.write("holders.csv", sixty());
    for index in ["1", "2"] {
        let (out, shard) = (format!("shard-{index}"), format!("{index}/2"));
        let more = ["--shard", &shard, "--date", "2026-11-22", "--sign-with", "operator"];
        office.issue(&out, &more);
    }
    let all = ["check", "shard-1", "shard-2", "--signed-by", "operator.pub"];
    assert!(office.run(&all).ended(0).contains("2 shards make one whole run of 60 cards"));
    fs::remove_file(office.path("shard-2/manifest.json.sig")).unwrap();
    let said = office.run(&all).ended(1);
    assert!(said.contains("shard 2 of 2 is missing"), "{said}");
    assert!(!said.contains("make one whole run"), "{said}");
    office.run(&all[..3]).ended(0);
}
