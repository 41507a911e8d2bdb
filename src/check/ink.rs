//! Whether a card's ink is that of its codes, their numbers, its name and its serial.

use tokenkaart_token::{
    files::Sha256Digest,
    run_files::Parameters,
    token::{Position, Serial},
};
use zeroize::Zeroizing;

use super::{disagreement::Mismatch, error::CheckError};
use crate::{
    design::{Colour, Design, Font, Mm, Pt},
    ink::{Gauge, MOST_ASTRAY, Stencil},
    layout::{Faces, FallbackFont, OwnText, Standing, TextLine, line},
    paper::{NumberedCode, PaperError, PaperPage, PaperPart, Region, TextRun, Word},
};

/// By how much a place or a size that was read may be off, in mm and in points: both are rounded on
/// their way into a PDF.
const ROUNDING: f64 = 0.1;
/// By how much a page's sides may be off, in mm.
const ASTRAY_SIDE: f64 = 0.5;
/// Around what is looked at, in mm.
const AROUND: f64 = 1.0;

/// How the ink of a run's cards is looked at.
pub(super) struct Inking {
    set: Setting,
    gauge: Gauge,
    /// Whether the fallback font that the run has used is not there.
    lacks_fallback: bool,
}

/// What is known of how the cards were set.
enum Setting {
    /// The run's design: where each thing must stand.
    Placed(Box<Standing>),
    /// The program's own fonts: things must be what they are said to be, wherever they stand.
    Faces(Box<Faces>),
}

/// What came of looking at a card.
#[derive(Default)]
pub(super) struct InkFound {
    pub(super) faults: Vec<Mismatch>,
    /// Codes that were looked at.
    pub(super) codes: u64,
    /// Texts that could not be looked at, for their font is not there.
    pub(super) unseen: u64,
}

impl Inking {
    /// Readies a run's own design, if it is one of the program's or was given.
    pub(super) fn new(
        parameters: &Parameters,
        design: Option<&Design>,
        fallback: Option<FallbackFont>,
    ) -> Result<Self, CheckError> {
        let is_the_runs =
            |font: &FallbackFont| Some(Sha256Digest::of(font.bytes())) == parameters.fallback_font;
        let fallback = fallback.filter(is_the_runs);
        let lacks_fallback = parameters.fallback_font.is_some() && fallback.is_none();
        let set = match design {
            Some(design) => {
                let Parameters { code_format, window, url, .. } = parameters.clone();
                let design = design.clone().beside_qr(url.is_some());
                let standing = Standing::new(design, code_format, window, fallback)?;
                Setting::Placed(Box::new(standing))
            }
            None => Setting::Faces(Box::new(Faces::shipped()?.with_fallback(fallback))),
        };
        Ok(Self { set, gauge: Gauge::default(), lacks_fallback })
    }

    /// Whether it is known where each thing must stand.
    pub(super) const fn is_placed(&self) -> bool {
        matches!(self.set, Setting::Placed(_))
    }

    /// What is wrong with a page as a whole.
    pub(super) fn judge_page(&self, page: &PaperPage<'_>) -> Vec<Mismatch> {
        let mut faults = Vec::new();
        if page.prints_otherwise() {
            faults.push(Mismatch::PrintsOtherwise);
        }
        if let Setting::Placed(standing) = &self.set {
            let design = standing.design();
            let (area, bleed) = (design.printed_page(), self.bleed());
            let wanted = [area.width, area.height].map(|side| f64::from(side.0) + 2.0 * bleed);
            let found: [f64; 2] = page.size().into();
            if (0..2).any(|side| (found[side] - wanted[side]).abs() > ASTRAY_SIDE) {
                faults.push(Mismatch::PageSize { found, wanted });
            }
        }
        faults
    }

    /// How far the corner of a card that is a page of its own lies within the page, in mm.
    fn bleed(&self) -> f64 {
        match &self.set {
            Setting::Placed(standing) if standing.design().sheet.is_none() => {
                standing.design().bleed.0.into()
            }
            _ => 0.0,
        }
    }

    /// The corner of a trimmed card, in mm from that of the page: the design's own, where it is known,
    /// for a manifest rounds it.
    fn corner(&self, cell: usize, card: &Region) -> [f64; 2] {
        if let Setting::Placed(standing) = &self.set
            && let Some(sheet) = standing.design().sheet
            && let Ok(cell) = u32::try_from(cell)
        {
            let area = sheet.cell(cell, &standing.design().page, false);
            return [area.x.0.into(), area.y.0.into()];
        }
        [card.x + self.bleed(), card.y + self.bleed()]
    }

    /// Looks at a card's front, which has these codes.
    pub(super) fn judge(
        &self,
        page: &PaperPage<'_>,
        (cell, card): (usize, &Region),
        part: &PaperPart<'_, '_>,
        codes: &[NumberedCode<'_>],
        serial: Option<&Serial>,
    ) -> Result<InkFound, PaperError> {
        let corner = self.corner(cell, card);
        let mut found = InkFound { codes: codes.len() as u64, ..InkFound::default() };
        // What is looked at, and of what it is.
        let mut stencils: Vec<(Thing, Stencil)> = Vec::new();
        for code in codes {
            let of_code = self.code(code, corner).into_iter();
            stencils.extend(of_code.map(|stencil| (Thing::Code(code.position), stencil)));
        }
        match &self.set {
            Setting::Placed(standing) => {
                // That a serial isn't there is told by who reads it.
                let own = standing.own_texts();
                for text in own.iter().filter(|text| !text.shows_serial || serial.is_some()) {
                    let lines = self.text(standing.faces(), page, corner, text, &mut found);
                    let thing = || Thing::Text(text.key.clone());
                    stencils.extend(lines.into_iter().map(|stencil| (thing(), stencil)));
                }
            }
            Setting::Faces(_) => {
                for code in codes {
                    let number = [(code.number, Zeroizing::new(code.number.text().to_owned()))];
                    if self.in_any_face(page, &number)?.is_none_or(is_astray) {
                        found.add(Thing::Code(code.position));
                    }
                }
                // Where texts stand is not known; the serial is found by what it says.
                let has_serial = |run: &TextRun| {
                    serial.is_some_and(|serial| run.text().contains(&serial.to_string()))
                };
                for run in part.lines().iter().filter(|run| has_serial(run)) {
                    match self.in_any_face(page, &in_place(run).collect::<Vec<_>>())? {
                        Some(share) if is_astray(share) => {
                            found.add(Thing::Text("serial".to_owned()));
                        }
                        Some(_) => {}
                        None => found.unseen += 1,
                    }
                }
            }
        }
        let (things, lines): (Vec<Thing>, Vec<Stencil>) = stencils.into_iter().unzip();
        for group in near(self.faces(), &lines) {
            let grey = page.grey(&group.region)?;
            let of_group: Vec<Stencil> = group.places.iter().map(|at| lines[*at].clone()).collect();
            let shares = self.gauge.astray(self.faces(), &grey, &of_group);
            for (at, share) in group.places.iter().zip(shares) {
                if is_astray(share) {
                    found.add(things[*at].clone());
                }
            }
        }
        Ok(found)
    }

    fn faces(&self) -> &Faces {
        match &self.set {
            Setting::Placed(standing) => standing.faces(),
            Setting::Faces(faces) => faces,
        }
    }

    /// The lines of a code as they must stand, and of its number where its face is known.
    fn code(&self, code: &NumberedCode<'_>, [x, y]: [f64; 2]) -> Vec<Stencil> {
        let Setting::Placed(standing) = &self.set else {
            let groups = code.groups.iter().map(|word| as_read(self.faces(), Font::Codes, word));
            return groups.flatten().collect();
        };
        let lines = standing.numbered_code(code.position, &code.symbols());
        lines.map(|line| Stencil { line: moved(line, x, y), in_colour: true }).into()
    }

    /// The lines of a text that differs from card to card, as they stand in its area; what is
    /// wrong with them is added to what was found.
    fn text(
        &self,
        faces: &Faces,
        page: &PaperPage<'_>,
        [x, y]: [f64; 2],
        text: &OwnText,
        found: &mut InkFound,
    ) -> Vec<Stencil> {
        let part = page.within(Region {
            x: x + f64::from(text.area.x.0) - ROUNDING,
            y: y + f64::from(text.area.y.0) - ROUNDING,
            width: f64::from(text.area.width.0) + 2.0 * ROUNDING,
            height: f64::from(text.area.height.0) + 2.0 * ROUNDING,
        });
        if part.lines().is_empty() && !text.optional {
            found.add(Thing::Text(text.key.clone()));
        }
        let [smallest, largest] = text.sizes.map(|size| f64::from(size.0));
        let mut lines = Vec::new();
        for run in part.lines() {
            for (at, text_of_it) in in_place(run) {
                let fits = (smallest - ROUNDING..=largest + ROUNDING).contains(&at.size);
                match set(faces, text.font, text.colour, at, &text_of_it) {
                    Some(line) if fits => lines.push(Stencil { line, in_colour: true }),
                    None if self.lacks_fallback => found.unseen += 1,
                    _ => found.add(Thing::Text(text.key.clone())),
                }
            }
        }
        lines
    }

    /// The share of some words that is astray, in the face in which it is least; none if no face can
    /// set them.
    fn in_any_face(
        &self,
        page: &PaperPage<'_>,
        words: &[(&Word, Zeroizing<String>)],
    ) -> Result<Option<f32>, PaperError> {
        let faces = self.faces();
        let mut least: Option<f32> = None;
        for font in [Font::Text, Font::Bold, Font::Codes] {
            let stencil = |(at, text): &(&Word, Zeroizing<String>)| {
                let line = set(faces, font, Colour::BLACK, at, text)?;
                Some(Stencil { line, in_colour: false })
            };
            let Some(lines) = words.iter().map(stencil).collect::<Option<Vec<_>>>() else {
                continue;
            };
            let mut worst = 0.0_f32;
            for group in near(faces, &lines) {
                let grey = page.grey(&group.region)?;
                let of_group: Vec<Stencil> =
                    group.places.iter().map(|at| lines[*at].clone()).collect();
                for share in self.gauge.astray(faces, &grey, &of_group) {
                    worst = worst.max(share);
                }
            }
            least = Some(least.map_or(worst, |least| least.min(worst)));
        }
        Ok(least)
    }
}

/// Whether a share is more than may be; also if it is no number at all.
fn is_astray(share: f32) -> bool {
    share > MOST_ASTRAY || share.is_nan()
}

/// A run's words, each with where it stands; a run of which only the beginning's place is known in
/// one.
fn in_place(run: &TextRun) -> impl Iterator<Item = (&Word, Zeroizing<String>)> {
    let is_known = run.words().iter().all(|word| word.is_in_place);
    let words = if is_known { run.words() } else { &run.words()[..1] };
    words.iter().map(move |word| {
        let text = if is_known { Zeroizing::new(word.text().to_owned()) } else { run.text() };
        (word, text)
    })
}

/// What a line is of.
#[derive(Clone, Debug, PartialEq)]
enum Thing {
    Code(Position),
    Text(String),
}

impl InkFound {
    /// Notes that a thing's ink is not what it should be; each is named once, all codes together.
    fn add(&mut self, thing: Thing) {
        match thing {
            Thing::Code(position) => {
                let of_codes = self.faults.iter_mut().find_map(|fault| match fault {
                    Mismatch::InkOfCodes(positions) => Some(positions),
                    _ => None,
                });
                match of_codes {
                    Some(positions) => {
                        positions.push(position);
                        positions.sort_unstable();
                        positions.dedup();
                    }
                    None => self.faults.push(Mismatch::InkOfCodes(vec![position])),
                }
            }
            Thing::Text(text) => {
                let is_it =
                    |fault: &Mismatch| matches!(fault, Mismatch::InkOfText(of) if *of == text);
                if !self.faults.iter().any(is_it) {
                    self.faults.push(Mismatch::InkOfText(text));
                }
            }
        }
    }
}

/// A word set where it was read.
fn as_read(faces: &Faces, font: Font, word: &Word) -> Option<Stencil> {
    let line = set(faces, font, Colour::BLACK, word, word.text())?;
    Some(Stencil { line, in_colour: false })
}

/// A text set where a word was read, which it begins with.
// Places on paper need no more than single precision.
#[allow(clippy::cast_possible_truncation)]
fn set(faces: &Faces, font: Font, colour: Colour, at: &Word, text: &str) -> Option<TextLine> {
    let place = [Mm(at.x as f32), Mm(at.y as f32)];
    line(faces, font, Pt(at.size as f32), place, colour, text)
}

/// A line, from the corner of the page and in the size that a PDF has: to a hundredth of a point.
// Places on paper need no more than single precision.
#[allow(clippy::cast_possible_truncation)]
fn moved(mut line: TextLine, x: f64, y: f64) -> TextLine {
    line.size = Pt((line.size.0 * 100.0).round() / 100.0);
    line.x += Mm(x as f32);
    line.baseline += Mm(y as f32);
    line
}

/// Lines that are looked at together, and where.
struct Group {
    region: Region,
    /// Their places among all lines.
    places: Vec<usize>,
}

/// Puts together the lines whose surroundings touch, so that little is drawn of a page on which the
/// address stands far from the card.
fn near(faces: &Faces, lines: &[Stencil]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (place, stencil) in lines.iter().enumerate() {
        let region = around(faces, &stencil.line);
        let mut group = Group { region, places: vec![place] };
        // One that joins others makes them one.
        while let Some(at) = groups.iter().position(|other| touch(&other.region, &group.region)) {
            let other = groups.swap_remove(at);
            group.region = both(&group.region, &other.region);
            group.places.extend(other.places);
        }
        groups.push(group);
    }
    groups
}

/// A line's surroundings: more than the ink and the ground about it that are looked at.
fn around(faces: &Faces, line: &TextLine) -> Region {
    let em = f64::from(Mm::from(line.size).0);
    let length = Mm::from(faces.get(line.font).length(line.glyphs(), line.size));
    Region {
        x: f64::from(line.x.0) - em - AROUND,
        y: f64::from(line.baseline.0) - 1.5 * em - AROUND,
        width: f64::from(length.0) + 2.0 * (em + AROUND),
        height: 2.5 * em + 2.0 * AROUND,
    }
}

fn touch(one: &Region, other: &Region) -> bool {
    one.x <= other.x + other.width
        && other.x <= one.x + one.width
        && one.y <= other.y + other.height
        && other.y <= one.y + one.height
}

fn both(one: &Region, other: &Region) -> Region {
    let (x, y) = (one.x.min(other.x), one.y.min(other.y));
    Region {
        x,
        y,
        width: (one.x + one.width).max(other.x + other.width) - x,
        height: (one.y + one.height).max(other.y + other.height) - y,
    }
}
