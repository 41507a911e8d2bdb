//! How much of each dot the outlines of glyphs cover, computed and not sampled. They may be those
//! of a code, so what is kept of them is wiped.

use zeroize::Zeroizing;

use crate::design::OutlinePiece;

/// Straight pieces for a curve: of letters as large as a name the error is far under a dot.
const PIECES: u16 = 12;

/// The farthest dot of any page: half a metre of 300 to the inch.
const FARTHEST: usize = 6000;

/// An outline in its place: straight lines, in dots from the top left of the page.
pub(super) struct Shape {
    lines: Zeroizing<Vec<[[f32; 2]; 2]>>,
    /// Left, top, right, bottom.
    pub(super) bounds: [f32; 4],
}

impl Shape {
    /// An outline that has its origin at a place and an em of so many dots; `None` if it covers
    /// nothing.
    pub(super) fn new(outline: &[OutlinePiece], origin: [f32; 2], em: f32) -> Option<Self> {
        let lines = straightened(outline, origin, em);
        let points = || lines.iter().flatten();
        let least = |axis: usize| points().map(|at| at[axis]).fold(f32::INFINITY, f32::min);
        let most = |axis: usize| points().map(|at| at[axis]).fold(f32::NEG_INFINITY, f32::max);
        let bounds = [least(0), least(1), most(0), most(1)];
        bounds.iter().all(|bound| bound.is_finite()).then_some(Self { lines, bounds })
    }
}

/// How much of each dot is covered, 0 to 1.
pub(super) struct Coverage(Patch);

impl Coverage {
    /// That of some shapes together; parts that overlap are covered once.
    pub(super) fn of<'s>(shapes: impl Iterator<Item = &'s Shape> + Clone) -> Self {
        let around = shapes
            .clone()
            .map(|shape| shape.bounds)
            .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
        let mut all = Patch::new(dots(around.unwrap_or_default()));
        for shape in shapes {
            let mut patch = Patch::new(dots(shape.bounds));
            for [from, to] in shape.lines.iter() {
                patch.edge(*from, *to);
            }
            patch.sum();
            all.add(&patch);
        }
        Self(all)
    }

    /// How much of a dot is covered.
    pub(super) fn at(&self, column: usize, row: usize) -> f32 {
        self.0.at(column, row)
    }
}

/// The dots that bounds touch.
pub(super) fn dots_in(bounds: [f32; 4]) -> impl Iterator<Item = (usize, usize)> {
    let [left, top, right, bottom] = dots(bounds);
    (top..bottom).flat_map(move |row| (left..right).map(move |column| (column, row)))
}

/// The dots that bounds touch: first column and row, and those behind the last.
// What lies before the page is of no interest, and a float becomes the nearest number there is.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn dots(bounds: [f32; 4]) -> [usize; 4] {
    let [left, top, right, bottom] = bounds;
    [left.floor(), top.floor(), right.ceil(), bottom.ceil()].map(|at| (at as usize).min(FARTHEST))
}

/// An outline as straight lines in dots, downwards.
fn straightened(
    outline: &[OutlinePiece],
    origin: [f32; 2],
    em: f32,
) -> Zeroizing<Vec<[[f32; 2]; 2]>> {
    let placed = |[x, y]: [f32; 2]| [origin[0] + x * em, origin[1] - y * em];
    // Room for all of it, so that no copy is left behind by growing.
    let most = outline.len() * usize::from(PIECES) + 1;
    let mut lines = Zeroizing::new(Vec::with_capacity(most));
    let (mut begin, mut at) = ([0.0; 2], [0.0; 2]);
    for piece in outline {
        match *piece {
            OutlinePiece::Move(to) => {
                lines.push([at, begin]);
                begin = placed(to);
                at = begin;
            }
            OutlinePiece::Line(to) => {
                let to = placed(to);
                lines.push([at, to]);
                at = to;
            }
            OutlinePiece::Curve(first, second, end) => {
                let [first, second, end] = [first, second, end].map(placed);
                let from = at;
                for step in 1..=PIECES {
                    let t = f32::from(step) / f32::from(PIECES);
                    let rest = 1.0 - t;
                    let on = |axis: usize| {
                        rest * rest * rest * from[axis]
                            + 3.0 * rest * rest * t * first[axis]
                            + 3.0 * rest * t * t * second[axis]
                            + t * t * t * end[axis]
                    };
                    let to = [on(0), on(1)];
                    lines.push([at, to]);
                    at = to;
                }
            }
            OutlinePiece::Close => {
                lines.push([at, begin]);
                at = begin;
            }
        }
    }
    lines.push([at, begin]);
    // One that leads nowhere changes nothing, and has no slope.
    lines.retain(|[from, to]| (from[0] - to[0]).abs() + (from[1] - to[1]).abs() > f32::EPSILON);
    lines
}

/// A rectangle of dots.
struct Patch {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    covered: Zeroizing<Vec<f32>>,
}

impl Patch {
    fn new([left, top, right, bottom]: [usize; 4]) -> Self {
        // A column more, for what an edge in the last one adds to the next.
        let (width, height) = (right.saturating_sub(left) + 1, bottom.saturating_sub(top));
        Self { left, top, width, height, covered: Zeroizing::new(vec![0.0; width * height]) }
    }

    /// Adds what another one, which lies within this one, covers.
    fn add(&mut self, other: &Self) {
        for row in 0..other.height {
            for column in 0..other.width {
                let covered = other.covered[row * other.width + column];
                let (x, y) = (other.left + column - self.left, other.top + row - self.top);
                if covered > 0.0 && x < self.width {
                    let dot = &mut self.covered[y * self.width + x];
                    *dot = (*dot + covered).min(1.0);
                }
            }
        }
    }

    /// Notes by how much an edge changes the coverage of each dot against that of the dot on its
    /// left: all that lies to the right of an edge gains by the edge's height in its row, and the
    /// dot that it passes by the part of it on the right.
    fn edge(&mut self, from: [f32; 2], to: [f32; 2]) {
        let down = if from[1] < to[1] { 1.0 } else { -1.0 };
        let ([x0, y0], [x1, y1]) = if from[1] < to[1] { (from, to) } else { (to, from) };
        let slope = (x1 - x0) / (y1 - y0);
        if !slope.is_finite() {
            return;
        }
        for row in 0..self.height {
            let upper = (self.top + row) as f32;
            let (above, below) = (y0.max(upper), y1.min(upper + 1.0));
            if above < below {
                let at = |y: f32| x0 + (y - y0) * slope - self.left as f32;
                self.piece(row, at(above), at(below), down * (below - above));
            }
        }
    }

    /// A piece of an edge within a row, between two places, of a height with its direction.
    // Places lie in the patch but for rounding.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn piece(&mut self, row: usize, from: f32, to: f32, height: f32) {
        let (left, right) = (from.min(to).max(0.0), from.max(to).max(0.0));
        let (first, last) = (left as usize, right as usize);
        for column in first..=last {
            let cell = column as f32;
            let (begin, end) = (left.max(cell), right.min(cell + 1.0));
            let part = if right > left { (end - begin).max(0.0) / (right - left) } else { 1.0 };
            let passed = (f32::midpoint(begin, end) - cell).clamp(0.0, 1.0);
            let gain = height * part;
            self.gain(row, column, gain * (1.0 - passed));
            self.gain(row, column + 1, gain * passed);
        }
    }

    fn gain(&mut self, row: usize, column: usize, by: f32) {
        if column < self.width {
            self.covered[row * self.width + column] += by;
        }
    }

    /// Makes coverage of what was noted. Parts that overlap are covered once.
    fn sum(&mut self) {
        for row in self.covered.chunks_exact_mut(self.width) {
            let mut sum = 0.0_f32;
            for dot in row {
                sum += *dot;
                *dot = sum.abs().min(1.0);
            }
        }
    }

    fn at(&self, column: usize, row: usize) -> f32 {
        match (column.checked_sub(self.left), row.checked_sub(self.top)) {
            (Some(x), Some(y)) if x < self.width && y < self.height => {
                self.covered[y * self.width + x]
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of half an em, its lower left corner at the origin.
    fn square(clockwise: bool) -> Vec<OutlinePiece> {
        let mut corners = vec![[0.0, 0.5], [0.5, 0.5], [0.5, 0.0]];
        if !clockwise {
            corners.reverse();
        }
        let lines = corners.into_iter().map(OutlinePiece::Line);
        [OutlinePiece::Move([0.0, 0.0])]
            .into_iter()
            .chain(lines)
            .chain([OutlinePiece::Close])
            .collect()
    }

    fn covered(shapes: &[Shape]) -> Coverage {
        Coverage::of(shapes.iter())
    }

    #[test]
    fn a_dot_is_covered_by_as_much_as_lies_in_it() {
        for clockwise in [true, false] {
            let shape = Shape::new(&square(clockwise), [10.25, 20.5], 4.0).unwrap();
            let wanted = [10.25, 18.5, 12.25, 20.5];
            let astray = shape.bounds.iter().zip(wanted).map(|(edge, at)| (edge - at).abs());
            assert!(astray.fold(0.0, f32::max) < 1e-6, "{:?}", shape.bounds);
            let coverage = covered(&[shape]);
            for (dot, covered) in [
                ((11, 19), 1.0),
                ((10, 19), 0.75),
                ((12, 19), 0.25),
                ((11, 18), 0.5),
                ((11, 20), 0.5),
                ((12, 20), 0.125),
                ((9, 19), 0.0),
                ((13, 19), 0.0),
                ((11, 21), 0.0),
            ] {
                assert!((coverage.at(dot.0, dot.1) - covered).abs() < 1e-4, "{dot:?}");
            }
        }
    }

    #[test]
    fn what_slants_or_bends_covers_its_area() {
        let triangle = [
            OutlinePiece::Move([0.0, 0.0]),
            OutlinePiece::Line([1.0, 1.0]),
            OutlinePiece::Line([1.0, 0.0]),
            OutlinePiece::Close,
        ];
        // A quarter of a disc, by the usual approximation of an arc.
        let arc = 0.552_285;
        let quarter = [
            OutlinePiece::Move([0.0, 0.0]),
            OutlinePiece::Line([0.0, 1.0]),
            OutlinePiece::Curve([arc, 1.0], [1.0, arc], [1.0, 0.0]),
            OutlinePiece::Close,
        ];
        for (outline, area) in [(&triangle[..], 0.5), (&quarter, std::f32::consts::FRAC_PI_4)] {
            let shape = Shape::new(outline, [3.3, 30.7], 20.0).unwrap();
            let bounds = shape.bounds;
            let coverage = covered(&[shape]);
            let sum: f32 = dots_in(bounds).map(|(x, y)| coverage.at(x, y)).sum();
            assert!((sum / 400.0 - area).abs() < 0.003, "{sum} of {area}");
        }
    }

    #[test]
    fn a_hole_is_not_covered_and_an_overlap_is_covered_once() {
        let mut ring = square(true);
        ring.extend(square(false).into_iter().map(|piece| match piece {
            OutlinePiece::Move([x, y]) => OutlinePiece::Move([x / 2.0 + 0.125, y / 2.0 + 0.125]),
            OutlinePiece::Line([x, y]) => OutlinePiece::Line([x / 2.0 + 0.125, y / 2.0 + 0.125]),
            other => other,
        }));
        let ring = || Shape::new(&ring, [0.0, 8.0], 16.0).unwrap();
        let coverage = covered(&[ring()]);
        assert!(coverage.at(4, 4).abs() < 1e-4);
        assert!((coverage.at(1, 4) - 1.0).abs() < 1e-4);
        let coverage = covered(&[ring(), Shape::new(&square(true), [0.0, 8.0], 16.0).unwrap()]);
        assert!((coverage.at(1, 4) - 1.0).abs() < 1e-4 && (coverage.at(4, 4) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn an_outline_off_the_page_covers_nothing_of_it_and_a_space_nothing_at_all() {
        let off = Shape::new(&square(true), [-50.0, -50.0], 4.0).unwrap();
        assert!(covered(&[off]).at(0, 0).abs() < 1e-4);
        let far = Shape::new(&square(true), [1e9, 10.0], 1e7).unwrap();
        assert!(covered(&[far]).at(FARTHEST, 10).abs() < 1.1);
        assert!(Shape::new(&[], [1.0, 1.0], 4.0).is_none());
    }
}
