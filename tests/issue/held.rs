//! Cards held to the holder file by `check --holders`.

use std::fs;

use tokenkaart_testing::office::{FAST, Office};

const HOLDERS: &str = "INSZ;naam;straat;nr;bus;postcode;gemeente;taal\n\
    85.07.30-033.28;Jan Peeters;Kerkstraat;12;3;3000;Leuven;nl\n\
    93.05.18-223.61;Zoë Maes;Dorp;1;;3000;Leuven;fr\n";

/// The holders with their names swapped.
fn swapped() -> String {
    HOLDERS.replace("Jan Peeters", "X").replace("Zoë Maes", "Jan Peeters").replace('X', "Zoë Maes")
}

#[test]
fn check_says_what_it_did_not_look_at_and_looks_at_it_with_a_holder_file() {
    let office = Office::with(HOLDERS);
    office.issue("run", &["--design", "letter", "--office", "Leuven", "--phone", "016"]);
    let said = office.run(&["check", "run"]).ended(0);
    assert!(
        said.ends_with("not looked at: whose name and address is on each card (--holders)\n"),
        "{said}"
    );
    // Another order, other columns and another format of the same numbers.
    office.write(
        "again.csv",
        "naam;adres;postcode;gemeente;taal;Rijksnr\n\
         Zoë Maes;Dorp 1;3000;Leuven;fr;93051822361\n\
         Jan Peeters;Kerkstraat 12 bus 3;3000;Leuven;nl;85073003328\n",
    );
    let mapped = ["check", "run", "--holders", "again.csv", "--column", "INSZ=Rijksnr"];
    let said = office.run(&mapped).ended(2);
    assert!(said.contains("INSZ=Rijksnr"), "{said}");
    let mapped = ["check", "run", "--holders", "holders.csv"];
    let said = office.run(&mapped).ended(0);
    assert!(
        said.ends_with("names and addresses held to holders.csv: those of 2 cards\n"),
        "{said}"
    );
    assert!(!said.contains("not looked at"), "{said}");

    office.write("swapped.csv", swapped());
    let said = office.run(&["check", "run", "--holders", "swapped.csv"]).ended(1);
    for part in [
        "cards/0001.pdf, page 1, card ",
        "\"Jan Peeters, Kerkstraat 12 bus 3, 3000 Leuven\" is printed, and holder 85073003328 of \
         its record is \"Zoë Maes, Kerkstraat 12 bus 3, 3000 Leuven\" in the holder file",
        "cards/0001.pdf, page 2, card ",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = office.run(&["check", "run", "--holders", "swapped.csv", "--quiet"]).ended(1);
    assert!(said.lines().count() == 4 && said.contains("Zoë Maes"), "{said}");
    let said = office.run(&["check", "run", "--holders", "holders.csv", "--json"]).ended(0);
    assert!(said.contains("\"names_read\":2"), "{said}");
}

#[test]
fn the_cards_of_many_runs_are_held_to_one_file() {
    let office = Office::with("id;naam\n1;An\n2;Bo\n3;Cy\n");
    for (id, name) in [("1", "An"), ("2", "Bo")] {
        let out = format!("card-{id}");
        let one = ["issue", "--id", id, "--name", name, "--out", &out];
        office.run(&[&one[..], &FAST].concat()).ended(0);
    }
    let check = ["check", "card-1", "card-2", "--holders", "holders.csv"];
    let said = office.run(&check).ended(1);
    assert!(
        said.contains("holders.csv: line 4: holder 3 has no card in what was checked"),
        "{said}"
    );
    office.write("holders.csv", "id;naam\n1;An\n2;Bo\n");
    office.run(&check).ended(0);
    let said = office.run(&["check", "card-1", "--holders", "holders.csv"]).ended(1);
    assert!(said.contains("line 3: holder 2 has no card"), "{said}");
}

#[test]
fn a_shard_is_held_to_its_own_holders_of_the_file() {
    let rows = (1..=9).map(|id| format!("{id};Naam {id}x\n")).collect::<Vec<_>>().concat();
    let office = Office::with(&format!("id;naam\n{rows}"));
    for part in ["1/2", "2/2"] {
        let out = format!("part-{}", &part[..1]);
        office.issue(&out, &["--shard", part, "--date", "2026-11-22"]);
        office.run(&["check", &out, "--holders", "holders.csv"]).ended(0);
    }
    office.run(&["check", "part-1", "part-2", "--holders", "holders.csv"]).ended(0);
    office.write("holders.csv", format!("id;naam\n{rows}10;Cy\n"));
    let said = office.run(&["check", "part-1", "part-2", "--holders", "holders.csv"]).ended(1);
    assert!(said.contains("line 11: holder 10 has no card"), "{said}");
}

#[test]
fn sealed_cards_are_held_to_the_file_when_they_are_opened_and_their_records_in_any_case() {
    let office = Office::with(HOLDERS);
    let identity = include_str!("../corpus/identity/age");
    office.write("identity", identity);
    let readable_by_owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(office.path("identity"), readable_by_owner).unwrap();
    let recipient = identity.lines().next().unwrap().rsplit(' ').next().unwrap();
    office.issue("run", &["--seal-to", recipient]);
    office.write("swapped.csv", swapped());
    let check = ["check", "run", "--holders", "swapped.csv"];
    let said = office.run(&check).ended(0);
    assert!(
        said.ends_with(
            "names and addresses held to swapped.csv: those of 0 cards of 2 (--identity opens \
             those that are sealed)\n"
        ),
        "{said}"
    );
    let said = office.run(&[&check[..], &["--identity", "identity"]].concat()).ended(1);
    assert!(said.contains("\"Jan Peeters\" is printed, and holder 85073003328"), "{said}");
    office.write("one.csv", HOLDERS.split_inclusive('\n').take(2).collect::<String>());
    let said = office.run(&["check", "run", "--holders", "one.csv"]).ended(1);
    assert!(said.contains("holder 93051822361, who is not in the holder file"), "{said}");
}

#[test]
fn a_holder_file_that_cannot_be_read_is_no_check() {
    let office = Office::with(HOLDERS);
    office.issue("run", &[]);
    for (file, text, says) in [
        ("none.csv", None, "there is no such file"),
        ("bad.csv", Some("INSZ;naam\n85073003327;Jan\n"), "its last two digits do not fit"),
        ("no-name.csv", Some("INSZ;stad\n85073003328;Gent\n"), "no column gives the name"),
    ] {
        if let Some(text) = text {
            office.write(file, text);
        }
        let said = office.run(&["check", "run", "--holders", file]).ended(2);
        assert!(said.contains(says), "{said}");
    }
    let said = office.run(&["check", "run", "--column", "id=INSZ"]).ended(2);
    assert!(said.contains("name it with --holders"), "{said}");
    // A design says where the ink must stand, also where nobody says whose card it is.
    office.run(&["check", "run", "--design", "card"]).ended(0);
}
