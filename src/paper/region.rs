//! Rectangles on a page, and the scissors that follow them.

use hayro::kurbo::Rect;

use super::unit::POINTS_PER_MM;

/// A rectangle on a page, in mm from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
}

impl Region {
    /// Whether a point lies in it; the left and upper edge do, the others don't, so that a
    /// point lies in one of two regions that touch.
    fn contains(&self, x: f64, y: f64) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }
}

/// Where the scissors went.
pub(super) enum Cut {
    Within(Region),
    Outside(Vec<Region>),
}

impl Cut {
    pub(super) fn keeps(&self, x: f64, y: f64) -> bool {
        match self {
            Self::Within(region) => region.contains(x, y),
            Self::Outside(regions) => !regions.iter().any(|region| region.contains(x, y)),
        }
    }

    /// Whether a rectangle (in points) may show in what is kept; only its bounds are known.
    pub(super) fn touches(&self, bounds: &Rect) -> bool {
        let [left, top, right, bottom] =
            [bounds.x0, bounds.y0, bounds.x1, bounds.y1].map(|points| points / POINTS_PER_MM);
        match self {
            Self::Within(Region { x, y, width, height }) => {
                left <= x + width && *x <= right && top <= y + height && *y <= bottom
            }
            Self::Outside(regions) => !regions
                .iter()
                .any(|region| region.contains(left, top) && region.contains(right, bottom)),
        }
    }
}
