//! Letters that came back undelivered, scanned at the office.

use serde_json::Value;
use tokenkaart::{run::Finished, symbol::mark::Mark};
use tokenkaart_testing::{
    office::{FAST, Office, Said},
    signers::keys,
};

const HOLDERS: &str = "id;naam\n-1;Jan\n2;An\n3;Bo\n";

struct Post {
    office: Office,
    marks: Vec<String>,
    serials: Vec<String>,
}

fn post() -> Post {
    let office = Office::with(HOLDERS);
    let issue = ["issue", "holders.csv", "--out", "run"];
    office.run(&[&issue[..], &FAST].concat()).ended(0);
    let run = Finished::open(&office.path("run")).unwrap().manifest().run.parse().unwrap();
    let marks = (1..=3).map(|number| Mark::new(run, number, 1, 1).unwrap().to_string()).collect();
    let serial = |record: &Value| record["serial"].as_str().unwrap().to_owned();
    let serials = office.records("run").iter().map(serial).collect();
    Post { office, marks, serials }
}

impl Post {
    fn returned(&self, list: impl AsRef<[u8]>, more: &[&str]) -> Said {
        self.office.write("back.csv", list);
        self.office.run(&[&["reconcile", "run", "--returned", "back.csv"][..], more].concat())
    }
}

#[test]
fn returned_letters_are_listed_with_their_serials_and_holders() {
    let post = post();
    let Post { marks, serials, .. } = &post;
    let wanted =
        format!("serial,holder,sequence\r\n{},'-1,1\r\n{},3,3\r\n", serials[0], serials[2]);
    for list in [
        format!("mark\n{}\n{}\n", marks[2], marks[0]),
        // However they are said to be, they came back.
        format!("mark;status\n{};ok\n{};retour\n{};spoilt\n", marks[0], marks[2], marks[0]),
        format!("serienummer\n{}\n{}\n", serials[0], serials[2]),
        "volgnummer\n1/3\n3\n".to_owned(),
        // As a scanner types into an empty file.
        format!("{}\r\n{}\r\n\r\n", marks[0], marks[2]),
        format!("\u{feff}{}\n{}", serials[0], marks[2].to_lowercase()),
        format!("\u{2}{}\u{3}\n]d2\u{1d}{}\n", marks[0], marks[2]),
        format!("*{}*\nhttps://mail.example.be/l?m={}\n", marks[0], marks[2]),
        format!("=\"{}\"\n'{}'\n{}\n", marks[0], marks[2], marks[2]),
    ] {
        let said = post.returned(&list, &[]);
        assert_eq!(said.status, Some(0), "{list}: {}{}", said.stdout, said.stderr);
        assert_eq!(said.stdout, wanted, "{list}");
        assert!(said.stderr.contains("2 letters came back; "), "{list}: {}", said.stderr);
        assert!(said.stderr.contains("tokenkaart-server revoke --from"), "{}", said.stderr);
        assert!(!said.stderr.contains("no column says which are spoilt"), "{}", said.stderr);
    }
    let said = post.returned(format!("{}\n", marks[1]), &["--json"]).ended(0);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["letters"][0]["serial"], serials[1].as_str());
    assert_eq!(said["letters"][0]["holder"], "2");
    let said = post.returned(format!("{}\n", marks[1]), &["--quiet"]);
    assert_eq!(said.stderr, "");
    assert!(said.stdout.contains(&serials[1]), "{}", said.stdout);
}

#[test]
fn rows_that_name_no_letter_of_the_run_are_told_and_revoke_nobody() {
    let Post { marks: foreign, .. } = post();
    let post = post();
    let list = format!("{}\n{}\nhallo\n", foreign[0], post.marks[1]);
    let said = post.returned(list, &[]);
    assert_eq!(said.status, Some(1));
    let wanted = format!("serial,holder,sequence\r\n{},2,2\r\n", post.serials[1]);
    assert_eq!(said.stdout, wanted);
    assert!(said.stderr.contains("foreign: back.csv:1: letter 1 of run"), "{}", said.stderr);
    assert!(said.stderr.contains("unreadable: back.csv:3: "), "{}", said.stderr);
    for list in [format!("{}\n", foreign[0]), "mark\n".to_owned(), "mark\nhallo\n".to_owned()] {
        let said = post.returned(&list, &[]);
        assert_eq!(said.status, Some(2), "{list}: {}{}", said.stdout, said.stderr);
        assert!(said.stderr.contains("rows names a letter of this run"), "{}", said.stderr);
        assert_eq!(said.stdout, "");
    }
    for (more, says) in [
        (&["--scanned", "back.csv"][..], "cannot be used with"),
        (&["--to-reissue", "new.csv"], "cannot be used with"),
        (&["--reissued", "run"], "cannot be used with"),
    ] {
        assert!(post.returned("x\n", more).ended(2).contains(says));
    }
}

#[test]
fn neither_a_list_of_all_envelopes_nor_a_run_that_was_changed_revokes_anybody() {
    let office = Office::with("id;naam;straat;postcode;gemeente\n1;Jan;Dorp 1;9000;Gent\n");
    keys(&office);
    let issue = ["issue", "holders.csv", "--design", "letter", "--office", "Gent", "--out", "run"];
    office.run(&[&issue[..], &FAST, &["--sign-with", "operator"]].concat()).ended(0);
    let returned = ["reconcile", "run", "--signed-by", "operator.pub", "--returned"];
    let said = office.run(&[&returned[..], &["run/mail.csv"]].concat()).ended(2);
    assert!(said.contains("is the list of envelopes of run"), "{said}");
    let serial = office.records("run")[0]["serial"].as_str().unwrap().to_owned();
    office.write("back.csv", format!("{serial}\n"));
    let said = office.run(&["reconcile", "run", "--returned", "back.csv"]).ended(2);
    assert!(said.contains("nobody has said who must have signed it"), "{said}");
    office.run(&[&returned[..], &["back.csv"]].concat()).ended(0);
    let path = office.path("run/records/0001.jsonl");
    let other =
        std::fs::read_to_string(&path).unwrap().replace("\"holder\":\"1\"", "\"holder\":\"2\"");
    std::fs::write(path, other).unwrap();
    let said = office.run(&[&returned[..], &["back.csv"]].concat()).ended(2);
    assert!(said.contains("0001.jsonl: this is not the file that the manifest lists"), "{said}");
}
