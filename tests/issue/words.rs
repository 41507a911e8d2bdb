//! What is said of a key in the place of another, and of a folder that can't be looked into.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, symlink},
        process::CommandExt as _,
    },
    process::Command,
};

use tokenkaart_testing::program;

use super::office::{FAST, HOLDERS, Office, Said};

const RECIPIENT: &str = "age1ckrwpcn9fqls42jjz44mk2rn9t6z09t3xvn8u44hrus5sqctl3gscr5r0z";
/// Another's, of OpenSSH.
const OTHER: &str = include_str!("../cmd/hand_over.in/operator.pub");

fn office() -> Office {
    let office = Office::with(HOLDERS);
    office.write("operator.pub", OTHER);
    office.write("operator", include_bytes!("../cmd/hand_over.in/operator"));
    office.write("printer", include_bytes!("../cmd/hand_over.in/printer"));
    office.write("printer.pub", format!("# the print house\n{RECIPIENT}\n"));
    for secret in ["operator", "printer"] {
        fs::set_permissions(office.path(secret), fs::Permissions::from_mode(0o600)).unwrap();
    }
    office
}

#[track_caller]
fn assert_refused(office: &Office, arguments: &[&str], says: &str) {
    let said = office.run(arguments).ended(2);
    assert!(said.contains(says), "{arguments:?}: {said}");
    assert!(!said.contains("chmod"), "{arguments:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn the_public_half_of_a_key_is_told_wherever_the_secret_one_is_needed() {
    let office = office();
    office.issue("run", &["--seal-to", RECIPIENT]);
    let issue = ["issue", "holders.csv", "--out", "other"];
    for mode in [0o644, 0o600] {
        for public in ["operator.pub", "printer.pub"] {
            fs::set_permissions(office.path(public), fs::Permissions::from_mode(mode)).unwrap();
            for arguments in [
                &["check", "run", "--identity", public][..],
                &["open", "run", "--out", "opened", "--unsigned", "--identity", public],
                &[&issue[..], &["--sign-with", public]].concat(),
                &[&issue[..], &["--pepper-file", public]].concat(),
                &["check", "run", "--pepper-file", public],
            ] {
                assert_refused(
                    &office,
                    arguments,
                    &format!(
                        "cannot read {public}: this is the public half of a key; give the file of \
                         its secret half, whose name does not end in .pub"
                    ),
                );
            }
        }
    }
    // What is no key is still told that others can read it.
    office.write("pepper", "0123456789abcdef0123456789abcdef");
    fs::set_permissions(office.path("pepper"), fs::Permissions::from_mode(0o644)).unwrap();
    let said = office.run(&[&issue[..], &["--pepper-file", "pepper"]].concat()).ended(2);
    assert!(said.contains("run `chmod 600 pepper`"), "{said}");
}

#[test]
fn the_secret_half_of_a_key_is_told_wherever_the_public_one_is_needed() {
    let office = office();
    office.issue("run", &[]);
    let issue = ["issue", "holders.csv", "--out", "other"];
    for secret in ["operator", "printer"] {
        assert_refused(&office, &["check", "run", "--signed-by", secret], "this is a secret key");
        let file = ["--recipients-file", secret];
        assert_refused(&office, &[&issue[..], &file].concat(), "this is a secret key");
    }
}

#[test]
fn several_recipients_in_one_place_are_not_taken_for_one() {
    let office = office();
    let other = OTHER.trim();
    for text in [
        format!("{RECIPIENT} {RECIPIENT}"),
        format!("{RECIPIENT},{other}"),
        format!("{other} {RECIPIENT}"),
        format!("{other} {other}"),
        format!("{RECIPIENT};{RECIPIENT}"),
        format!("{RECIPIENT}\n{other}"),
    ] {
        let arguments = ["issue", "holders.csv", "--out", "run", "--seal-to", &text];
        assert_refused(&office, &arguments, "several recipients stand here");
    }
    for (line, says) in [
        (
            format!("{other} {RECIPIENT}"),
            "list:2: several recipients stand here; put each on a line",
        ),
        (
            format!("{RECIPIENT} # An"),
            "list:2: something stands behind this age recipient; put a remark",
        ),
    ] {
        office.write("list", format!("# ours\n{line}\n"));
        let arguments = ["issue", "holders.csv", "--out", "run", "--recipients-file", "list"];
        assert_refused(&office, &arguments, says);
    }
    assert!(!office.path("run").exists());
    // A remark behind an SSH key is part of its line.
    office.write("list", format!("{other} an@desk of the ssh team\n"));
    let arguments = ["issue", "holders.csv", "--out", "run", "--recipients-file", "list"];
    office.run(&[&arguments[..], &FAST].concat()).ended(0);
}

#[test]
fn a_file_given_as_a_recipient_is_told_where_files_are_given() {
    let office = office();
    for file in ["printer.pub", "./keys/recipients.txt", "holders.csv"] {
        assert_refused(
            &office,
            &["issue", "holders.csv", "--out", "run", "--seal-to", file],
            &format!(
                "\"{file}\": this is not a recipient; one begins with age1, ssh-ed25519 or ssh-rsa \
                 (given with --seal-to; a file of recipients is given with --recipients-file)"
            ),
        );
    }
    for (option, what) in [
        ("--recipients-file", "name a file"),
        ("--sign-with", "name a file"),
        ("--pepper-file", "name a file"),
    ] {
        assert_refused(&office, &["issue", "holders.csv", "--out", "run", option, "."], what);
    }
}

/// The commands that look into a run's folder.
fn commands(run: &str) -> Vec<Vec<String>> {
    [
        &["check", run][..],
        &["check", run, "--signed-by", "operator.pub"],
        &["open", run, "--identity", "printer", "--unsigned", "--out", "opened"],
        &["issue", "holders.csv", "--out", "other", "--not-in", run],
        &["reissue", run, "--serials", "list", "--holders", "holders.csv", "--out", "other"],
        &["reconcile", run, "--scanned", "list"],
        &["export", run, "--to", "csv", "--out", "exported"],
    ]
    .iter()
    .map(|words| words.iter().map(|word| (*word).to_owned()).collect())
    .collect()
}

#[test]
fn a_folder_that_one_may_not_look_into_is_not_called_no_run() {
    let office = office();
    office.issue("run", &["--sign-with", "operator"]);
    office.write("list", "serial\n");
    // Whom nothing is forbidden becomes nobody.
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    fs::set_permissions(office.path("."), fs::Permissions::from_mode(0o777)).unwrap();
    for secret in ["operator", "printer"] {
        fs::set_permissions(office.path(secret), fs::Permissions::from_mode(0o600)).unwrap();
        if is_root {
            std::os::unix::fs::chown(office.path(secret), Some(65534), None).unwrap();
        }
    }
    let mode =
        |mode| fs::set_permissions(office.path("run"), fs::Permissions::from_mode(mode)).unwrap();
    // A clone may lie where nobody gets to.
    fs::copy(program("tokenkaart"), office.path("tokenkaart")).unwrap();
    mode(0o000);
    for words in commands("run") {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut command = Command::new(office.path("tokenkaart"));
        command.args(&words).current_dir(office.path("."));
        if is_root {
            command.uid(65534);
        }
        let said = Said::of(command.output().unwrap()).ended(2);
        assert!(said.contains("cannot read run/"), "{words:?}: {said}");
        assert!(said.contains("Permission denied"), "{words:?}: {said}");
        assert!(!said.contains("is not a run") && !said.contains("no such"), "{words:?}: {said}");
    }
    mode(0o700);
    // Nor is one that leads in a circle.
    symlink("loop", office.path("loop")).unwrap();
    for words in commands("loop") {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let said = office.run(&words).ended(2);
        assert!(said.contains("cannot read loop"), "{words:?}: {said}");
        assert!(!said.contains("is not a run"), "{words:?}: {said}");
    }
}
