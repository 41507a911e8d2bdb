//! Lists of what was scanned, as scanners and the programs behind them write them.

use tokenkaart::{run::Finished, symbol::mark::Mark};
use tokenkaart_testing::office::{FAST, Office, Said};

const HOLDERS: &str = "id;naam\n1;Jan\n2;An\n";

/// A run of two cards and the marks that its letters would have.
fn run(office: &Office) -> [String; 2] {
    let issue = ["issue", "holders.csv", "--out", "run"];
    office.run(&[&issue[..], &FAST].concat()).ended(0);
    let run = Finished::open(&office.path("run")).unwrap().manifest().run.parse().unwrap();
    [1, 2].map(|sequence| Mark::new(run, sequence, 1, 1).unwrap().to_string())
}

fn reconcile(office: &Office, list: &str) -> Said {
    office.write("scans.csv", list);
    office.run(&["reconcile", "run", "--scanned", "scans.csv"])
}

#[test]
fn what_scanners_put_around_a_mark_is_taken_off() {
    let office = Office::with(HOLDERS);
    let [one, two] = run(&office);
    for framed in [
        format!("\u{2}{two}\u{3}"),
        format!("]d2\u{1d}{two}"),
        format!("*{two}*"),
        format!("=\"{two}\""),
        format!("'{two}'"),
        format!("https://mail.example.be/l?m={two}"),
        format!(" {} {} ", &two[..10], &two[10..]),
        two.to_lowercase(),
    ] {
        let said = reconcile(&office, &format!("mark;status\n{one};ok\n{framed};ok\n")).ended(0);
        assert!(said.contains("all 2 letters accounted for"), "{framed}: {said}");
    }
}

#[test]
fn a_list_in_which_no_row_names_a_letter_makes_none_of_them_missing() {
    let office = Office::with(HOLDERS);
    run(&office);
    // As a scanner that takes the keyboard for an American one sends it to a Belgian computer.
    let said = reconcile(&office, "mark;status\nTK&CBCB\u{a7}\u{e9}(DDE;ok\n").ended(2);
    assert!(said.contains("none of its 1 rows names a letter of this run"), "{said}");
    assert!(said.contains("keyboard layout is not the computer's (AZERTY)"), "{said}");
    let said = reconcile(&office, "mark\nhello\nworld\n").ended(2);
    assert!(said.contains("none of its 2 rows names a letter"), "{said}");
}

#[test]
fn a_row_of_another_width_and_a_last_row_that_is_cut_off_are_told() {
    let office = Office::with(HOLDERS);
    let [one, two] = run(&office);
    let said = reconcile(&office, &format!("mark;status\n{one};ok\n{two};ok;x\n")).ended(1);
    assert!(said.contains("scans.csv:3: it has another number of cells"), "{said}");
    let said = reconcile(&office, &format!("mark;status\n{one};ok\n{}", &two[..20])).ended(1);
    assert!(said.contains("scans.csv:3: the list ends in this row"), "{said}");
}

#[test]
fn a_cross_in_a_column_of_rejects_counts() {
    let office = Office::with(HOLDERS);
    let [one, two] = run(&office);
    for (header, cross) in [("reject", "X"), ("Uitval", "ja"), ("rebut", "1")] {
        let said = reconcile(&office, &format!("mark;{header}\n{one};\n{two};{cross}\n")).ended(1);
        assert!(said.contains("0 missing, 0 double, 1 spoilt"), "{said}");
    }
}
