//! Who vouches for a run that comes into a store.

use std::{fs, path::Path};

use super::{
    office::{HOLDERS, Office, Said},
    signers::{ATTACKS, keys, replace_records},
    site::Site,
};

const OPERATOR: &str = "SHA256:11j2RonBnc0XZ6KmuFvunLrT99zGLZZp5Byu/54vnXA";

/// Two runs that the operator signed, and a third that nobody did.
fn office() -> Office {
    let office = Office::with(HOLDERS);
    keys(&office);
    office.issue("run", &["--sign-with", "operator"]);
    office.issue("other", &["--sign-with", "operator"]);
    office.issue("unsigned", &[]);
    office
}

fn import(office: &Office, site: &Site, arguments: &[&str]) -> Said {
    let url = site.url();
    office.run(&[&["import", "--allow-weak-kdf", "--store", &url], arguments].concat())
}

fn is_empty(site: &Site) -> bool {
    ["runs", "tokens", "codes"]
        .iter()
        .all(|table| site.number(&format!("SELECT count(*) FROM {table}")) == 0)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn attacked(office: &Office, number: usize) -> (String, &'static str) {
    let (what, attack) = ATTACKS[number];
    let name = format!("attacked-{number}");
    copy(&office.path("run"), &office.path(&name));
    attack(office, &office.path(&name), &office.path("other"));
    (name, what)
}

#[test]
fn a_store_with_a_signer_takes_what_that_one_signed_and_nothing_else() {
    let office = office();
    let site = Site::new();
    let url = site.url();
    office.run(&["store", "signer", "add", "operator.pub", "--store", &url]).ended(0);
    let by = ["--signed-by", "operator.pub"];
    for number in 0..ATTACKS.len() {
        let (name, what) = attacked(&office, number);
        for more in [&[][..], &["--unsigned"], &by] {
            let said = import(&office, &site, &[&[name.as_str()], more].concat());
            assert_eq!(said.status, Some(2), "{what}: {}{}", said.stdout, said.stderr);
        }
        // Nor in one call with a run that is good.
        import(&office, &site, &["run", &name]).ended(2);
        assert!(is_empty(&site), "{what}");
    }
    replace_records(&office.path("attacked-0"), &office.path("other"));
    for refused in ["unsigned", "unsigned/records/0001.jsonl", "run/records/0001.jsonl"] {
        import(&office, &site, &[refused]).ended(2);
        import(&office, &site, &[refused, "--unsigned"]).ended(2);
    }
    let stranger = ["run", "--signed-by", "stranger.pub"];
    import(&office, &site, &stranger).ended(2);
    assert!(is_empty(&site));
    import(&office, &site, &["run"]).ended(0);
    assert_eq!(site.shell("SELECT signer FROM runs").trim(), OPERATOR);
    let told = site.shell("SELECT detail FROM audit WHERE event = 'imported'");
    assert!(told.ends_with(&format!("signed by {OPERATOR}\n")), "{told}");
    // Records that were replaced while manifest and signature are right.
    replace_records(&office.path("other"), &office.path("run"));
    let said = import(&office, &site, &["other"]).ended(2);
    assert!(said.contains("other/records/0001.jsonl: changed since"), "{said}");
}

#[test]
fn a_store_without_a_signer_takes_no_signature_that_nobody_looked_at() {
    let office = office();
    let site = Site::new();
    let said = import(&office, &site, &["run", "unsigned", "other"]).ended(2);
    for run in ["run", "other"] {
        let says = format!("{run}: this run has a signature, and nobody has said whose it must be");
        assert!(said.contains(&says), "{said}");
    }
    assert!(said.contains("--signed-by KEY verifies it, --unsigned takes"), "{said}");
    let by = ["--signed-by", "operator.pub"];
    let said = import(&office, &site, &[&["run", "unsigned"], &by[..]].concat()).ended(2);
    assert!(said.contains("unsigned/manifest.json.sig is not there"), "{said}");
    for number in 0..ATTACKS.len() {
        let (name, what) = attacked(&office, number);
        let said = import(&office, &site, &[&[name.as_str()], &by[..]].concat());
        assert_eq!(said.status, Some(2), "{what}: {}{}", said.stdout, said.stderr);
        // Only a run without any signature needs nobody.
        if number != 0 {
            import(&office, &site, &[&name]).ended(2);
        }
        assert!(is_empty(&site), "{what}");
    }
    #[cfg(unix)]
    {
        let link = office.path("attacked-0/manifest.json.sig");
        std::os::unix::fs::symlink("nowhere", link).unwrap();
        import(&office, &site, &["attacked-0"]).ended(2);
        assert!(is_empty(&site));
    }
    import(&office, &site, &[&["run"], &by[..]].concat()).ended(0);
    assert_eq!(site.shell("SELECT signer FROM runs").trim(), OPERATOR);
}
