//! Letters out of their order, and marks that lead inserting machines astray.

use tokenkaart::{
    layout::{Item, Page},
    symbol::{mark::Mark, matrix},
};

use super::draft::{Draft, RUN, holder};
use crate::said;

fn letters(count: usize) -> Draft {
    Draft::of("letter", false, &vec![holder("An Peeters", "Kerkstraat 2/3"); count])
}

/// Lays another Data Matrix, or none, in the place of a letter's own.
fn remark(draft: &mut Draft, card: usize, page: Option<Mark>) {
    for item in &mut draft.pages[card][0].items {
        if let Item::Symbol { symbol, .. } = item
            && symbol.side() == matrix::SIDE
        {
            match page {
                Some(mark) => *symbol = matrix::encode(mark).unwrap(),
                None => *symbol = tokenkaart::symbol::qr::encode("x", 14.0).unwrap(),
            }
        }
    }
}

fn drop_mark(page: &mut Page) {
    let is_mark =
        |item: &Item| matches!(item, Item::Symbol { symbol, .. } if symbol.side() == matrix::SIDE);
    let before = page.items.len();
    page.items.retain(|item| !is_mark(item));
    assert_eq!(page.items.len(), before - 1);
}

#[test]
fn letters_in_order_agree() {
    assert_eq!(said(&letters(3)), [""; 0]);
}

#[test]
fn a_letter_in_anothers_place_is_named_with_its_own() {
    let mut draft = letters(3);
    draft.pages.swap(1, 2);
    let (first, second) = (draft.serial(2), draft.serial(1));
    assert_eq!(
        said(&draft),
        [
            format!(
                "cards/0001.pdf, page 2, card {first}: this is card 3/3 · 0001 · 3/3, and \
                 2/3 · 0001 · 2/3 belongs here"
            ),
            format!(
                "cards/0001.pdf, page 2, card {first}: the mark is that of page 1 of 1 of \
                 envelope 3 of run {RUN}"
            ),
            format!(
                "cards/0001.pdf, page 3, card {second}: this is card 2/3 · 0001 · 2/3, and \
                 3/3 · 0001 · 3/3 belongs here"
            ),
            format!(
                "cards/0001.pdf, page 3, card {second}: the mark is that of page 1 of 1 of \
                 envelope 2 of run {RUN}"
            ),
        ]
    );
}

#[test]
fn a_letter_printed_twice_shows_by_its_sequence_and_its_mark() {
    let mut draft = letters(3);
    draft.pages[2] = draft.card(1);
    let said = said(&draft).join("\n");
    for told in [
        "page 3, card",
        "this is card 2/3 · 0001 · 2/3, and 3/3 · 0001 · 3/3 belongs here",
        "the mark is that of page 1 of 1 of envelope 2",
        "page 2 has this serial too",
    ] {
        assert!(said.contains(told), "{said}");
    }
}

#[test]
fn a_letter_without_its_sequence_is_reported() {
    let mut draft = letters(2);
    draft.erase(1, "2/2 · 0001 · 2/2");
    let serial = draft.serial(1);
    let told = "no sequence in the run can be read, and each card of this run has one";
    assert_eq!(said(&draft), [format!("cards/0001.pdf, page 2, card {serial}: {told}")]);
}

#[test]
fn a_mark_that_is_none_or_anothers_is_reported() {
    let told = |mark: Option<Mark>| {
        let mut draft = letters(2);
        remark(&mut draft, 1, mark);
        said(&draft).join("\n")
    };
    let run = |text: &str| text.parse().unwrap();
    let foreign = Mark::new(run("00d9b0233567bb3250f9f2981f5592e6"), 2, 1, 1).unwrap();
    let of_foreign = told(Some(foreign));
    assert!(of_foreign.contains("envelope 2 of run 00d9b023"), "{of_foreign}");
    let page = Mark::new(run(RUN), 2, 1, 2).unwrap();
    assert!(told(Some(page)).contains("page 1 of 2 of envelope 2"));
    // A QR code where the mark should be.
    assert!(told(None).contains("no mark for inserting machines can be read"));
    let mut draft = letters(2);
    drop_mark(&mut draft.pages[0][0]);
    let serial = draft.serial(0);
    let none = "no mark for inserting machines can be read, and each page of this run has one";
    assert_eq!(said(&draft), [format!("cards/0001.pdf, page 1, card {serial}: {none}")]);
}

#[test]
fn a_mark_that_nobody_ordered_is_reported() {
    let mut draft = letters(1);
    (draft.parameters.marked, draft.parameters.numbered) = (false, false);
    let serial = draft.serial(0);
    let told = "there is a Data Matrix, and the run's pages bear no mark";
    assert_eq!(said(&draft), [format!("cards/0001.pdf, page 1, card {serial}: {told}")]);
}
