//! The templates under `deploy`, as their engines start them.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use super::office::{FAST, Office, Said};

/// The recipient and the key of `tests/cmd/hand_over.in`, which open nothing else.
const RECIPIENT: &str = "age1ckrwpcn9fqls42jjz44mk2rn9t6z09t3xvn8u44hrus5sqctl3gscr5r0z";

fn office() -> Office {
    let office = Office::with(include_str!("../../examples/holders.csv"));
    office.write("operator", include_bytes!("../cmd/hand_over.in/operator"));
    office.write("operator.pub", include_bytes!("../cmd/hand_over.in/operator.pub"));
    fs::set_permissions(office.path("operator"), fs::Permissions::from_mode(0o600)).unwrap();
    office
}

#[track_caller]
fn assert_is_handed_over(office: &Office, run: &str) {
    let cards = office.files(&format!("{run}/cards"));
    assert!(!cards.is_empty() && cards.keys().all(|name| name.ends_with(".pdf.age")), "{run}");
    let said = office.run(&["check", run, "--signed-by", "operator.pub"]).ended(0);
    assert!(said.contains("for it is sealed") && said.contains("signed by SHA256:"), "{said}");
}

#[test]
fn a_kubernetes_job_seals_and_signs_and_begins_only_when_it_is_filled_in() {
    let office = office();
    let job = include_str!("../../deploy/kubernetes-job.yaml");
    let (_, arguments) = job.split_once("          args:\n").unwrap();
    let arguments =
        arguments.lines().map(str::trim).take_while(|line| line.starts_with(['-', '#']));
    let arguments: Vec<String> = arguments
        .filter_map(|line| line.strip_prefix("- "))
        .map(|argument| {
            argument
                .replace("/input/", "")
                .replace("/runs/", "")
                .replace("/keys/", "")
                .replace("$(JOB_COMPLETION_INDEX)", "2")
        })
        .collect();
    let run = |arguments: &[String]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut command = office.command(&[&arguments[..], &FAST].concat());
        Said::of(command.env("JOB_COMPLETION_INDEX", "2").output().unwrap())
    };
    let said = run(&arguments).ended(2);
    assert!(said.contains("\"RECIPIENT-OF-THE-PRINT-H…\": this is not a recipient"), "{said}");
    assert!(!office.path("shard-2").exists());
    let filled =
        arguments.iter().map(|said| said.replace("RECIPIENT-OF-THE-PRINT-HOUSE", RECIPIENT));
    run(&filled.collect::<Vec<_>>()).ended(0);
    assert_is_handed_over(&office, "shard-2");
}

#[test]
fn a_task_of_slurm_seals_and_signs_and_begins_only_when_it_is_told_to_whom() {
    let office = office();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/slurm-array.sh");
    let run = |more: &[(&str, &str)]| {
        let mut command = Command::new("bash");
        command
            .arg(script)
            .args(FAST)
            .current_dir(office.path("."))
            .env("TOKENKAART", env!("CARGO_BIN_EXE_tokenkaart"))
            .env("SLURM_ARRAY_TASK_ID", "3")
            .envs(more.iter().copied());
        Said::of(command.output().unwrap())
    };
    let (seal_to, sign_with) = (("SEAL_TO", RECIPIENT), ("SIGN_WITH", "operator"));
    for (given, missing) in
        [(&[sign_with][..], "SEAL_TO"), (&[seal_to], "SIGN_WITH"), (&[], "SEAL_TO")]
    {
        let said = run(given);
        assert!(said.status != Some(0) && said.stderr.contains(missing), "{}", said.stderr);
        assert!(!office.path("shard-3").exists());
    }
    run(&[seal_to, sign_with]).ended(0);
    assert_is_handed_over(&office, "shard-3");
}
