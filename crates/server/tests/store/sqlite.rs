//! Of SQLite, which has no server, the program is killed.

use super::{imported::records, office::Office, site::Site};

#[test]
fn an_import_that_is_killed_is_invisible_and_the_same_command_finishes_it() {
    let office = Office::new();
    office.write("run.jsonl", records(0..6000));
    let site = Site::new();
    let url = site.url();
    let import = ["import", "run.jsonl", "--unsigned", "--store", &url];
    for loads in [1, 3] {
        let mut child = office.command(&import).spawn().unwrap();
        while site.number("SELECT count(*) FROM loads") < loads {
            assert!(child.try_wait().unwrap().is_none(), "it was over before it was looked at");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(site.number("SELECT count(*) FROM states"), 0);
    }
    let said = office.run(&["status", "--store", &url]).ended(0);
    assert!(said.contains("loading: ") && said.contains(" is unfinished: begun "), "{said}");
    let said = office.run(&import).ended(0);
    assert_eq!(said, "run.jsonl: 6000 tokens were imported\n");
    assert_eq!(site.number("SELECT count(*) FROM codes"), 144_000);
    assert_eq!(site.number("SELECT count(*) FROM states"), 6000);
}
