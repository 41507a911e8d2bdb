//! Which card stands where: a card a page, or several on a sheet that is cut.

use tokenkaart_token::run_files::manifest::{Cell, Manifest};
use zeroize::Zeroizing;

use super::{
    card::{self, Card},
    disagreement::{FilePlace, Mismatch},
    envelope::Wanted,
};
use crate::paper::{Paper, PaperPage, PaperPart, Region, TextRun};

/// How a run's cards lie on its pages.
pub(super) struct Imposition {
    /// Pages of a card or of a sheet: the front, and the back if it is printed.
    sides: usize,
    /// Where cards lie on a sheet's front; none when a page is one card.
    cells: Vec<Region>,
}

/// A sheet, or a card that is a page of its own, and what is to be read of it.
pub(super) struct SheetToRead {
    /// Its place in the file, from 0.
    pub(super) index: usize,
    /// The cells to read, from 0 and ascending.
    pub(super) cells: Vec<usize>,
    /// How many cells, from the first on, have a card.
    pub(super) taken: usize,
}

/// What was read of a sheet.
pub(super) struct ReadSheet {
    pub(super) cards: Vec<Card>,
    /// What is wrong with it beside its cards.
    pub(super) faults: Vec<(FilePlace, Mismatch)>,
}

impl Imposition {
    pub(super) fn of(manifest: &Manifest) -> Self {
        let region = |cell: &Cell| Region {
            x: cell.x.into(),
            y: cell.y.into(),
            width: cell.width.into(),
            height: cell.height.into(),
        };
        Self {
            sides: 1 + usize::from(manifest.parameters.back),
            cells: manifest.cells.iter().map(region).collect(),
        }
    }

    pub(super) const fn sides(&self) -> usize {
        self.sides
    }

    fn cards_per_sheet(&self) -> usize {
        self.cells.len().max(1)
    }

    /// The pages that so many cards take.
    pub(super) fn pages(&self, cards: u32) -> u64 {
        u64::from(cards).div_ceil(self.cards_per_sheet() as u64) * self.sides as u64
    }

    /// The cards that fit on so many pages.
    pub(super) fn cards_on(&self, pages: usize) -> u64 {
        (pages.div_ceil(self.sides) as u64).saturating_mul(self.cards_per_sheet() as u64)
    }

    /// The first page, from 1, of the card at a place of its file, from 0.
    pub(super) fn page_of(&self, place: usize) -> usize {
        place / self.cards_per_sheet() * self.sides + 1
    }

    /// The sheets on which the cards at some places lie, which are from 0 in the file and
    /// ascending; the file has `cards` cards.
    pub(super) fn sheets(&self, places: &[usize], cards: usize) -> Vec<SheetToRead> {
        let per_sheet = self.cards_per_sheet();
        places
            .chunk_by(|a, b| a / per_sheet == b / per_sheet)
            .map(|places| {
                let index = places[0] / per_sheet;
                SheetToRead {
                    index,
                    cells: places.iter().map(|place| place % per_sheet).collect(),
                    taken: cards.saturating_sub(index * per_sheet).min(per_sheet),
                }
            })
            .collect()
    }

    /// Reads what stands on a sheet: the cards that are asked for, and whether nothing stands
    /// where no card belongs.
    pub(super) fn read(
        &self,
        paper: &Paper,
        sheet: &SheetToRead,
        wanted: &Wanted<'_>,
    ) -> ReadSheet {
        let first = sheet.index * self.sides + 1;
        let mut pages = Vec::with_capacity(self.sides);
        let mut faults = Vec::new();
        for number in first..first + self.sides {
            match paper.page(number) {
                Ok(page) => pages.push((number, page)),
                Err(error) => faults.push((FilePlace::Page(number), Mismatch::Paper(error))),
            }
        }
        let Some(((number, front), backs)) = pages.split_first() else {
            return ReadSheet { cards: Vec::new(), faults };
        };
        if sheet.cells.len() > 1 {
            // What can't be drawn is told of each card.
            let _ = front.prepare();
        }
        let cards = sheet.cells.iter().map(|cell| {
            let front = (self.place(*number, *cell), self.part(front, *cell, false));
            let backs = backs
                .iter()
                .map(|(number, back)| (self.place(*number, *cell), self.part(back, *cell, true)))
                .collect::<Vec<_>>();
            let place = sheet.index * self.cards_per_sheet() + cell;
            let mut card = card::read(&front, &backs, wanted, place);
            card.names = self.names(&pages[0].1, *cell, wanted.naming);
            self.ink(&mut card, &pages[0].1, *cell, &front.1, wanted);
            card
        });
        let cards = cards.collect();
        for (side, (number, page)) in pages.iter().enumerate() {
            let of_page = wanted.inking.judge_page(page).into_iter();
            faults.extend(of_page.map(|fault| (FilePlace::Page(*number), fault)));
            let regions: Vec<Region> =
                (0..self.cells.len()).map(|cell| self.region(page, cell, side > 0)).collect();
            for (cell, region) in regions.iter().enumerate().skip(sheet.taken) {
                let place = self.place(*number, cell);
                let part = page.within(*region);
                if !part.lines().is_empty() || part.qr_codes().is_ok_and(|qr| !qr.is_empty()) {
                    faults.push((place, Mismatch::Stray));
                }
            }
            if !regions.is_empty()
                && card::is_part_of_one(&page.outside(&regions), wanted.parameters)
            {
                faults.push((FilePlace::Page(*number), Mismatch::Stray));
            }
        }
        ReadSheet { cards, faults }
    }

    /// Looks at the ink of a card on which there is something.
    fn ink(
        &self,
        card: &mut Card,
        page: &PaperPage<'_>,
        cell: usize,
        part: &PaperPart<'_, '_>,
        wanted: &Wanted<'_>,
    ) {
        if card.serial.is_none() && card.codes.is_empty() {
            return;
        }
        let region = self.region(page, cell, false);
        // Those that can't be told apart were told.
        let codes = part.numbered_codes(&wanted.parameters.code_format).unwrap_or_default();
        match wanted.inking.judge(page, (cell, &region), part, &codes, card.serial.as_ref()) {
            Ok(found) => {
                card.faults.extend(found.faults.into_iter().map(|fault| (card.place, fault)));
                card.codes_seen = found.codes;
                card.texts_unseen = found.unseen;
            }
            Err(error) => card.faults.push((card.place, Mismatch::Paper(error))),
        }
    }

    /// What stands in some parts of a card, which are given from its corner.
    fn names(
        &self,
        front: &PaperPage<'_>,
        cell: usize,
        parts: &[Region],
    ) -> Vec<Zeroizing<String>> {
        let corner = self.region(front, cell, false);
        let part = |part: &Region| {
            front.within(Region { x: corner.x + part.x, y: corner.y + part.y, ..*part })
        };
        parts.iter().map(|region| lines(&part(region))).collect()
    }

    fn place(&self, page: usize, cell: usize) -> FilePlace {
        if self.cells.is_empty() {
            FilePlace::Page(page)
        } else {
            FilePlace::Cell { page, cell: cell + 1 }
        }
    }

    fn part<'p, 'a>(&self, page: &'p PaperPage<'a>, cell: usize, back: bool) -> PaperPart<'p, 'a> {
        page.within(self.region(page, cell, back))
    }

    /// Where a card lies: on the back mirrored, so that it lies behind its front.
    fn region(&self, page: &PaperPage<'_>, cell: usize, back: bool) -> Region {
        let (width, height) = page.size();
        match self.cells.get(cell) {
            None => Region { x: 0.0, y: 0.0, width, height },
            Some(region) if back => Region { x: width - region.x - region.width, ..*region },
            Some(region) => *region,
        }
    }
}

/// The text of a part, a line for each run.
fn lines(part: &PaperPart<'_, '_>) -> Zeroizing<String> {
    let runs: Vec<_> = part.lines().iter().map(TextRun::text).collect();
    // Room for all of it, so that no copy is left behind by growing.
    let length = runs.iter().map(|run| run.len() + 1).sum();
    let mut text = Zeroizing::new(String::with_capacity(length));
    for run in &runs {
        text.push_str(run);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imposition(sides: usize, cells: usize) -> Imposition {
        let cell = Region { x: 0.0, y: 0.0, width: 85.6, height: 53.98 };
        Imposition { sides, cells: vec![cell; cells] }
    }

    #[test]
    fn pages_are_counted_by_whole_sheets_and_both_faces() {
        for (sides, cells, cards, pages) in [
            (1, 0, 3, 3),
            (2, 0, 3, 6),
            (1, 8, 1, 1),
            (1, 8, 8, 1),
            (1, 8, 9, 2),
            (2, 8, 9, 4),
            (2, 8, 0, 0),
        ] {
            assert_eq!(imposition(sides, cells).pages(cards), pages, "{sides} {cells} {cards}");
        }
    }

    #[test]
    fn the_last_sheet_has_the_cards_that_are_left() {
        let sheets = imposition(2, 8).sheets(&[0, 7, 9, 24], 25);
        let found: Vec<_> =
            sheets.iter().map(|sheet| (sheet.index, &*sheet.cells, sheet.taken)).collect();
        assert_eq!(found, [(0, &[0, 7][..], 8), (1, &[1], 8), (3, &[0], 1)]);
    }
}
