//! What a page has drawn that could be a QR code, told from its shapes without drawing it.
//!
//! A page is drawn twice and looked over pixel by pixel to find a QR code, which takes a hundred
//! times as long as to interpret it. So a page is asked first whether it could have one. The
//! answer may be a needless yes; a no must be right.
//!
//! Ordinary text can be none, pictures and patterns always could. Of shapes, those are taken
//! together that lie near one another, since the three corners of a QR code are joined by rows
//! in which every other module is dark. These alone have edges on eighteen lines each way, and
//! rules, bands and dashed frames don't.

use hayro::{
    hayro_interpret::{
        DrawMode, DrawProps, Paint,
        font::{Glyph, GlyphRun},
    },
    kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape as _},
};

use super::{matrix::Matrix, region::Cut, unit::POINTS_PER_MM};

/// Edges on this many lines, across and down, could be a QR code's; two fewer than the least.
const LINES: usize = 16;
/// Edges this near are on one line, in points: less than half of the smallest module that can
/// be seen at 450 dpi.
const SAME_LINE: f64 = 0.04 * POINTS_PER_MM;
/// Shapes are near when the gap between them is at most so many times the thinner one's
/// thickness. Dots of half a module are three apart where every other module is dark.
const NEAR: f64 = 3.5;
/// More shapes than this aren't compared one with another; so many could be anything.
const MOST_COMPARED: usize = 3000;

/// What a page has drawn beside ordinary text, in points from its top left.
#[derive(Default)]
pub(super) struct Drawn {
    /// Pictures and whatever else could be a QR code by itself; everywhere if there is no telling
    /// where.
    candidates: Vec<Rect>,
    shapes: Vec<DrawnShape>,
    /// What is a Data Matrix to the last module is no QR code.
    matrices: Vec<Matrix>,
}

/// The corners of a shape, and the rectangle that it fills or in which it lies.
struct DrawnShape {
    bounds: Rect,
    corners: Vec<Point>,
}

impl Drawn {
    pub(super) fn path(&mut self, path: &BezPath, props: &DrawProps<'_>, mode: &DrawMode) {
        if let Some(matrix) = Matrix::read(path, props, mode) {
            self.matrices.push(matrix);
            return;
        }
        let pen = match mode {
            DrawMode::Invisible => return,
            DrawMode::Fill(_) => 0.0,
            DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) => {
                if !stroke.dash_array.is_empty() {
                    self.anywhere();
                }
                f64::from(stroke.line_width) * props.transform.determinant().abs().sqrt()
            }
        };
        if matches!(props.paint, Paint::Pattern(_)) || props.soft_mask.is_some() {
            self.anywhere();
        }
        self.shape(path, props.transform, pen);
    }

    /// What is drawn next shows only within this path.
    pub(super) fn clip(&mut self, path: &BezPath) {
        self.shape(path, Affine::IDENTITY, 0.0);
    }

    /// A picture, which fills the unit square before it is transformed.
    pub(super) fn picture(&mut self, width: u32, height: u32, transform: Affine) {
        let pixels = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        self.candidates.push(transform.transform_rect_bbox(pixels));
    }

    /// Text of upright bars alone may be a QR code written with blocks; other text is none.
    pub(super) fn text(&mut self, run: &GlyphRun<'_, '_>, props: &DrawProps<'_>) {
        if matches!(props.paint, Paint::Pattern(_)) || props.soft_mask.is_some() {
            self.anywhere();
        }
        let mut blocks = Vec::new();
        for glyph in run.glyphs() {
            match &**glyph {
                // Any drawing may be a glyph of such a font.
                Glyph::Type3(_) => return self.anywhere(),
                Glyph::Outline(outline) => {
                    let path = outline.outline();
                    if !is_upright(&path) {
                        return;
                    }
                    blocks.push((path, props.transform * glyph.transform()));
                }
            }
        }
        for (path, transform) in blocks {
            self.shape(&path, transform, 0.0);
        }
    }

    /// Something that could be a QR code, and could stand anywhere.
    pub(super) fn anywhere(&mut self) {
        self.candidates.push(Rect::new(f64::MIN, f64::MIN, f64::MAX, f64::MAX));
    }

    fn shape(&mut self, path: &BezPath, transform: Affine, pen: f64) {
        let corners: Vec<_> = path
            .elements()
            .iter()
            .filter_map(PathEl::end_point)
            .map(|corner| transform * corner)
            .filter(|corner| corner.is_finite())
            .collect();
        if corners.is_empty() {
            return;
        }
        let bounds = (transform * path.clone()).bounding_box().inflate(pen / 2.0, pen / 2.0);
        self.shapes.push(DrawnShape { bounds, corners });
    }

    /// What the Data Matrix codes in a part of the page say.
    pub(super) fn matrices(&self, cut: &Cut) -> impl Iterator<Item = &str> {
        self.matrices.iter().filter_map(|matrix| matrix.text(cut))
    }

    /// Whether a QR code could be seen in a part of the page.
    pub(super) fn could_be_qr(&self, cut: &Cut) -> bool {
        if self.candidates.iter().any(|area| cut.touches(area)) {
            return true;
        }
        let shapes: Vec<_> =
            self.shapes.iter().filter(|shape| cut.touches(&shape.bounds)).collect();
        have_enough_lines(&shapes)
            && (shapes.len() > MOST_COMPARED || groups(shapes).iter().any(|g| have_enough_lines(g)))
    }
}

/// Whether all lines of an outline are horizontal or vertical; there may be none.
fn is_upright(path: &BezPath) -> bool {
    path.segments().all(|segment| {
        segment.as_line().is_some_and(|line| {
            let way = line.p1 - line.p0;
            way.x.abs().min(way.y.abs()) < f64::EPSILON
        })
    })
}

fn have_enough_lines(shapes: &[&DrawnShape]) -> bool {
    let lines = |of: fn(&Point) -> f64| {
        let mut places: Vec<f64> = shapes.iter().flat_map(|s| s.corners.iter().map(of)).collect();
        places.sort_unstable_by(f64::total_cmp);
        let mut last = f64::NEG_INFINITY;
        places.retain(|place| {
            let is_another = place - last > SAME_LINE;
            if is_another {
                last = *place;
            }
            is_another
        });
        places.len()
    };
    lines(|corner| corner.x) >= LINES && lines(|corner| corner.y) >= LINES
}

/// Shapes that lie near one another, near others that do, and so on.
fn groups(mut rest: Vec<&DrawnShape>) -> Vec<Vec<&DrawnShape>> {
    let mut groups = Vec::new();
    while let Some(first) = rest.pop() {
        let mut group = vec![first];
        let mut next = 0;
        while let Some(shape) = group.get(next).copied() {
            group.extend(rest.extract_if(.., |other| are_near(shape, other)));
            next += 1;
        }
        groups.push(group);
    }
    groups
}

/// Whether the edges of two shapes lie near; what lies deep within another shape, as everything
/// does within the page's own clip or ground, isn't near it.
fn are_near(a: &DrawnShape, b: &DrawnShape) -> bool {
    let thickness = |shape: &DrawnShape| shape.bounds.width().min(shape.bounds.height());
    let reach = NEAR * thickness(a).min(thickness(b)) + SAME_LINE;
    let (a, b) = (a.bounds, b.bounds);
    let is_apart = |a: Rect, b: Rect| !a.inflate(reach, reach).overlaps(b);
    let is_deep_within = |a: Rect, b: Rect| b.inflate(-reach, -reach).contains_rect(a);
    !is_apart(a, b) && !is_deep_within(a, b) && !is_deep_within(b, a)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use crate::{
        design::Design,
        layout::{CardOptions, Composer, Slug},
        paper::{Paper, region::Cut},
        print::{About, print},
        symbol::mark::{Envelope, RunId, Sequence},
    };
    use tokenkaart_token::{
        holder::{Holder, HolderId, HolderName, Line},
        language::Language,
        token::{CodeFormat, Random, Token},
    };

    #[test]
    fn pages_of_built_in_designs_without_a_qr_code_need_no_search() {
        let (date, language) = (date(2026, 11, 22), Language::Nl);
        let mut holder =
            Holder::new(HolderId::new("1").unwrap(), HolderName::new("HILTE FLEFTHI").unwrap());
        holder.address.street = Line::new("Kerkstraat 1").unwrap();
        holder.address.postal_code = Line::new("9000").unwrap();
        holder.address.city = Line::new("Gent").unwrap();
        for name in Design::built_in_names() {
            for url in [None, Some("https://aanmelden.example".to_owned())] {
                let mut settings = CardOptions::new(CodeFormat::default(), date);
                settings.office = Some("Stad Gent".to_owned());
                settings.phone = Some("09 123 45 67".to_owned());
                settings.url.clone_from(&url);
                let composer = Composer::new(Design::built_in(name).unwrap(), settings).unwrap();
                let mut random = Random::new(ChaCha20Rng::seed_from_u64(1));
                let cards = (1..11).map(|card| {
                    let token = Token::draw(&CodeFormat::default(), &mut random).unwrap();
                    let sequence =
                        Sequence { number: card.into(), total: 10, file: 1, card, cards: 10 };
                    let envelope = Envelope { run: RunId::from_bytes([7; 16]), sequence };
                    composer.compose(&holder, language, &token, &envelope).unwrap()
                });
                let pages =
                    composer.impose(cards.collect(), Slug { file: None, language }).unwrap();
                let about = About::new("x".to_owned(), language, date);
                let pdf = print(composer.design(), composer.faces(), &pages, &about).unwrap();
                let paper = Paper::open(pdf.to_vec()).unwrap();
                for number in 1..=paper.page_count() {
                    let page = paper.page(number).unwrap();
                    let could_be = page.seen().drawn.could_be_qr(&Cut::Outside(Vec::new()));
                    assert_eq!(could_be, url.is_some(), "{name}, page {number}");
                }
            }
        }
    }
}
