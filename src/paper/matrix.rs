//! Data Matrix codes among the shapes that a page draws, read without drawing it.
//!
//! One that is drawn as a path of upright rectangles says by them which modules are dark. What
//! is drawn over it afterwards isn't looked at: that is seen in print, and found by a scanner.

use hayro::{
    hayro_interpret::{DrawMode, DrawProps, Paint},
    kurbo::{Affine, BezPath, PathEl, Point, Rect},
};
use zeroize::Zeroizing;

use super::{region::Cut, unit::POINTS_PER_MM};
use crate::symbol::matrix::{self, SIDE};

/// How dark each part of a module's colour is at most, of 255.
const DARK: u8 = 80;
/// By how much an edge may miss the line between two modules, in modules.
const ASTRAY: f64 = 0.2;

/// A Data Matrix that was read.
pub(super) struct Matrix {
    bounds: Rect,
    text: Zeroizing<String>,
}

impl Matrix {
    /// Reads a path, if it is one of dark rectangles that are the modules of a Data Matrix as
    /// our marks have it.
    pub(super) fn read(path: &BezPath, props: &DrawProps<'_>, mode: &DrawMode) -> Option<Self> {
        let Paint::Color(colour) = &props.paint else { return None };
        // Each row has a dark module at least: five elements a rectangle, or four.
        if !matches!(mode, DrawMode::Fill(_))
            || props.soft_mask.is_some()
            || path.elements().len() < SIDE * 4
        {
            return None;
        }
        let rectangles = rectangles(path, props.transform)?;
        let bounds = rectangles.iter().copied().reduce(|all, one| all.union(one))?;
        let (width, height) = (bounds.width() / SIDE as f64, bounds.height() / SIDE as f64);
        let mut dark = vec![false; SIDE * SIDE];
        for rectangle in rectangles {
            let columns = modules(rectangle.x0 - bounds.x0, rectangle.x1 - bounds.x0, width)?;
            let rows = modules(rectangle.y0 - bounds.y0, rectangle.y1 - bounds.y0, height)?;
            for row in rows {
                dark.get_mut(row * SIDE..(row + 1) * SIDE)?.get_mut(columns.clone())?.fill(true);
            }
        }
        let [red, green, blue, alpha] = colour.to_rgba().to_rgba8();
        if [red, green, blue].iter().any(|part| *part > DARK) || alpha < u8::MAX {
            return None;
        }
        let text = Zeroizing::new(matrix::read(&dark)?);
        Some(Self { bounds, text })
    }

    /// What it says, if its middle lies in what is kept.
    pub(super) fn text(&self, cut: &Cut) -> Option<&str> {
        let middle = self.bounds.center();
        cut.keeps(middle.x / POINTS_PER_MM, middle.y / POINTS_PER_MM).then_some(&*self.text)
    }
}

/// The rectangles that a path is made of; `None` if it has anything else.
fn rectangles(path: &BezPath, transform: Affine) -> Option<Vec<Rect>> {
    let mut found = Vec::new();
    let mut corners: Vec<Point> = Vec::with_capacity(5);
    for element in path.elements() {
        match element {
            PathEl::MoveTo(corner) => {
                found.extend(rectangle(&corners));
                if found.len() > SIDE * SIDE {
                    return None;
                }
                corners.clear();
                corners.push(transform * *corner);
            }
            PathEl::LineTo(corner) => corners.push(transform * *corner),
            PathEl::ClosePath => {}
            PathEl::QuadTo(..) | PathEl::CurveTo(..) => return None,
        }
        if corners.len() > 5 {
            return None;
        }
    }
    found.extend(rectangle(&corners));
    Some(found)
}

/// The upright rectangle of four corners, or of five that end where they began. Fewer corners
/// are no shape, and others none that a Data Matrix has: its text won't be found.
fn rectangle(corners: &[Point]) -> Option<Rect> {
    let [a, b, c, d, rest @ ..] = corners else { return None };
    let near = |p: f64, q: f64| (p - q).abs() < 0.01;
    let is_upright = |p: &Point, q: &Point| near(p.x, q.x) || near(p.y, q.y);
    let is_closed = rest.iter().all(|last| near(last.x, a.x) && near(last.y, a.y));
    let upright = [(a, b), (b, c), (c, d), (d, a)].iter().all(|(p, q)| is_upright(p, q));
    (is_closed && upright).then(|| Rect::from_points(*a, *c))
}

/// The modules from one edge to another; `None` if these are not on the lines between modules.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn modules(from: f64, to: f64, module: f64) -> Option<std::ops::Range<usize>> {
    let line = |edge: f64| {
        let lines = edge / module;
        // Edges lie within the bounds, so there are 0 to 24 of them; a number that is none fails.
        ((lines - lines.round()).abs() <= ASTRAY).then(|| lines.round() as usize)
    };
    Some(line(from)?..line(to)?)
}

#[cfg(test)]
mod tests {
    use hayro::kurbo::Shape as _;

    use super::*;

    fn path(rectangles: &[Rect]) -> BezPath {
        rectangles.iter().flat_map(|rectangle| rectangle.path_elements(0.1)).collect()
    }

    #[test]
    fn only_upright_rectangles_are_modules() {
        let two = path(&[Rect::new(0.0, 0.0, 3.0, 1.0), Rect::new(4.0, 1.0, 5.0, 2.0)]);
        let found = rectangles(&two, Affine::scale(2.0)).unwrap();
        assert_eq!(found, [Rect::new(0.0, 0.0, 6.0, 2.0), Rect::new(8.0, 2.0, 10.0, 4.0)]);
        assert_eq!(rectangles(&two, Affine::rotate(0.3)), Some(vec![]));
        let mut round = two.clone();
        round.quad_to((9.0, 9.0), (8.0, 9.0));
        assert_eq!(rectangles(&round, Affine::IDENTITY), None);
        let mut many_corners = BezPath::new();
        many_corners.move_to((0.0, 0.0));
        (0..6).for_each(|corner| many_corners.line_to((f64::from(corner), 1.0)));
        assert_eq!(rectangles(&many_corners, Affine::IDENTITY), None);
    }

    #[test]
    fn modules_lie_between_lines() {
        assert_eq!(modules(0.0, 3.0, 1.5), Some(0..2));
        assert_eq!(modules(1.6, 3.1, 1.5), Some(1..2));
        assert_eq!(modules(0.75, 3.0, 1.5), None);
        assert_eq!(modules(0.0, 0.0, 0.0), None);
    }
}
