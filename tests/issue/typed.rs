//! The one holder whose fields are typed is held to the rules of a holder file.

use super::office::{FAST, Office};

const LETTER: [&str; 6] = ["--design", "letter", "--office", "Leuven", "--phone", "016 1"];

fn issue(office: &Office, fields: &[&str]) -> super::office::Said {
    office.run(&[&["issue", "--out", "run"][..], fields, &LETTER, &FAST].concat())
}

#[test]
fn what_a_file_may_not_say_may_not_be_typed() {
    let office = Office::new();
    let with = |option: &'static str, value: &'static str| {
        let mut fields = vec![
            ("--id", "4711"),
            ("--name", "Jan Peeters"),
            ("--street", "Kerkstraat 1"),
            ("--postal-code", "3000"),
            ("--city", "Leuven"),
        ];
        fields.retain(|(other, _)| *other != option);
        fields.push((option, value));
        fields.into_iter().flat_map(|(option, value)| [option, value]).collect::<Vec<_>>()
    };
    for (option, value, says) in [
        (
            "--id",
            "47\u{200b}11",
            "--id \"47\\u{200b}11\": has U+200B at character 3, which nobody sees",
        ),
        ("--id", "#N/A", "--id \"#N/A\": is what programs write for nothing or for an error"),
        ("--id", "4711.0", "--id \"4711.0\": this is a number as a spreadsheet"),
        ("--id", " ", "--id is empty; leave it out or fill it in"),
        ("--name", "???", "--name \"???\": has no letter"),
        ("--name", "J?r?me", "--name \"J?r?me\": has a question mark"),
        ("--name", "Zo&euml;", "--name \"Zo&euml;\": has \"&euml;\""),
        ("--name", "ZoÃ«", "--name \"ZoÃ«\": looks like \"Zoë\""),
        ("--street", "Kapucijnenstraat ?", "--street \"Kapucijnenstraat ?\": has a question mark"),
        ("--street", "", "--street is empty"),
        ("--postal-code", "471", "--postal-code \"471\": is no postal code of Belgium or a"),
        ("--postal-code", "3000.0", "--postal-code \"3000.0\": this is a number as"),
        ("--city", "3000", "--city \"3000\": has no letter"),
        (
            "--holder-country",
            "NULL",
            "--holder-country \"NULL\": is what programs write for nothing",
        ),
        (
            "--holder-country",
            "Duitsland",
            "--postal-code \"3000\": is no postal code of Germany, which has",
        ),
    ] {
        let said = issue(&office, &with(option, value)).ended(2);
        assert!(said.starts_with(&format!("error: {says}")), "{option} {value}: {said}");
        assert!(said.lines().count() == 1 && !office.path("run").exists(), "{said}");
        assert!(!said.contains("in the file") && !said.contains("export it"), "{said}");
    }
    // All faults are told at once.
    let said = issue(&office, &["--id", "\\N", "--name", "?", "--city", "0"]).ended(2);
    assert_eq!(said.lines().count(), 3, "{said}");
    // What can be mended is, with a word.
    let typed = with("--name", "Jan\u{a0}Pee\u{ad}ters");
    let said = issue(&office, &typed).ended(0);
    assert!(said.contains("--name has characters that nobody sees"), "{said}");
    office.write(
        "holders.csv",
        "id;naam;straat;postcode;gemeente\n4711;Jan Peeters;Kerkstraat 1;3000;Leuven\n",
    );
    office.run(&["check", "run", "--holders", "holders.csv"]).ended(0);
}

#[test]
fn an_id_that_is_typed_stays_what_it_is() {
    let office = Office::new();
    let fields = ["--id", "85.07.31-002.61", "--name", "Null"];
    office.run(&[&["issue", "--out", "run"][..], &fields, &FAST].concat()).ended(0);
    assert_eq!(office.records("run")[0]["holder"], "85.07.31-002.61");
}
