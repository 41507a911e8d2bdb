//! Sheets and backs that were spoilt.

use tokenkaart::layout::{Item, Page};

use super::draft::{Draft, holder};
use crate::said;

fn sheet(cards: usize, back: bool) -> Draft {
    Draft::of("sheet", back, &vec![holder("An Peeters", "Kerkstraat 1"); cards])
}

/// The lines of a card's front that show a text.
fn lines(draft: &Draft, card: usize, shows: impl Fn(&str) -> bool) -> Vec<Item> {
    let items = draft.pages[card][0].items.iter();
    items.filter(|item| matches!(item, Item::Line(line) if shows(line.text()))).cloned().collect()
}

#[test]
fn cards_that_changed_places_on_a_sheet_agree() {
    let mut draft = sheet(3, true);
    draft.pages.swap(0, 2);
    assert_eq!(said(&draft), [""; 0]);
}

#[test]
fn a_card_printed_twice_on_a_sheet_is_reported_with_both_places() {
    let mut draft = sheet(9, false);
    draft.pages[8] = draft.card(1);
    let (twice, lost) = (draft.serial(1), draft.serial(8));
    assert_eq!(
        said(&draft),
        [
            format!(
                "cards/0001.pdf, page 2, place 1, card {twice}: \
                 page 1, place 2 has this serial too"
            ),
            format!(
                "records/0001.jsonl, line 9, card {lost}: no card bears the serial of this record"
            ),
        ]
    );
}

#[test]
fn a_card_that_is_missing_on_a_sheet_is_reported_with_its_place() {
    let mut draft = sheet(4, true);
    draft.pages[2] = vec![Page { items: vec![] }, Page { items: vec![] }];
    let lost = draft.serial(2);
    assert_eq!(
        said(&draft),
        [
            "cards/0001.pdf, page 1, place 3: \
             a card belongs here, and neither serial nor codes can be read"
                .to_owned(),
            format!(
                "records/0001.jsonl, line 3, card {lost}: no card bears the serial of this record"
            ),
        ]
    );
}

#[test]
fn a_card_too_many_on_a_sheet_is_reported() {
    let mut draft = sheet(3, true);
    draft.records.pop();
    assert_eq!(
        said(&draft),
        ["page 1", "page 2"].map(|page| format!(
            "cards/0001.pdf, {page}, place 3: no card belongs here, and something of one stands here"
        ))
    );
}

#[test]
fn what_stands_between_the_cards_of_a_sheet_is_reported() {
    let mut draft = sheet(1, false);
    let serial = draft.serial(0);
    let mut strayed = lines(&draft, 0, |text| text.contains(&serial));
    for item in &mut strayed {
        if let Item::Line(line) = item {
            line.baseline.0 -= 25.0;
        }
    }
    draft.pages[0][0].items.extend(strayed);
    assert_eq!(
        said(&draft),
        ["cards/0001.pdf, page 1: no card belongs here, and something of one stands here"]
    );
}

#[test]
fn codes_on_a_back_are_reported_with_and_without_their_numbers() {
    for design in ["card", "sheet"] {
        let holders = vec![holder("An Peeters", "Kerkstraat 1"); 2];
        let mut draft = Draft::of(design, true, &holders);
        let code = draft.printed(1, 5);
        let shown = lines(&draft, 1, |text| text == *code);
        assert!(!shown.is_empty(), "{design}");
        // Some empty room, so that nothing else is in the row.
        draft.pages[1][1].items = shown;
        let all = lines(&draft, 0, |_| true);
        draft.pages[0][1].items = all;
        let said = said(&draft);
        let [page, other] = if design == "card" {
            ["page 2", "page 4"]
        } else {
            ["page 2, place 1", "page 2, place 2"]
        };
        let all = (1..=24).map(|number| number.to_string()).collect::<Vec<_>>().join(", ");
        assert_eq!(
            said,
            [
                format!(
                    "cards/0001.pdf, {page}, card {}: \
                     the back shows a code at positions {all}; destroy this card",
                    draft.serial(0)
                ),
                format!(
                    "cards/0001.pdf, {other}, card {}: \
                     the back shows a code at position 5; destroy this card",
                    draft.serial(1)
                ),
            ],
            "{design}"
        );
    }
}

#[test]
fn backs_that_are_not_behind_their_fronts_are_reported() {
    let mut draft = sheet(2, true);
    for card in 0..2 {
        let serial = draft.serial(card);
        let shown = lines(&draft, card, |text| text.contains(&serial));
        draft.pages[card][1].items.extend(shown);
    }
    assert_eq!(said(&draft), [""; 0], "a card's own serial may stand on its back");
    let (one, two) = draft.pages.split_at_mut(1);
    std::mem::swap(&mut one[0][1], &mut two[0][1]);
    let (first, second) = (draft.serial(0), draft.serial(1));
    assert_eq!(
        said(&draft),
        [(1, &first, &second), (2, &second, &first)].map(|(place, serial, other)| format!(
            "cards/0001.pdf, page 2, place {place}, card {serial}: \
             the back has the serial of another card, {other}"
        ))
    );
}

#[test]
fn a_qr_code_on_a_back_is_reported() {
    let mut draft = sheet(1, true);
    let front = draft.pages[0][0].items.iter();
    let qr: Vec<Item> = front.filter(|item| matches!(item, Item::Symbol { .. })).cloned().collect();
    assert_eq!(qr.len(), 1);
    draft.pages[0][1].items = qr;
    assert_eq!(
        said(&draft),
        [format!(
            "cards/0001.pdf, page 2, place 1, card {}: \
             there is a QR code on the back, and no design has one there",
            draft.serial(0)
        )]
    );
}
