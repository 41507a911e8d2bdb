//! Lengths on paper: millimetres for places, points for type.

use std::ops::{Add, AddAssign, Div, Mul, Sub};

use serde::Deserialize;

macro_rules! length {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, PartialOrd)]
        #[serde(transparent)]
        pub struct $name(pub f32);

        impl From<$name> for f32 {
            fn from(length: $name) -> Self {
                length.0
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl Mul<f32> for $name {
            type Output = Self;
            fn mul(self, factor: f32) -> Self {
                Self(self.0 * factor)
            }
        }

        impl Div<f32> for $name {
            type Output = Self;
            fn div(self, divisor: f32) -> Self {
                Self(self.0 / divisor)
            }
        }
    };
}

length!(Mm, "Millimetres.");
length!(Pt, "Points of 1/72 inch.");

/// Points in a millimetre: an inch is 25.4 mm and 72 pt.
const PT_PER_MM: f32 = 72.0 / 25.4;

impl From<Mm> for Pt {
    fn from(mm: Mm) -> Self {
        Self(mm.0 * PT_PER_MM)
    }
}

impl From<Pt> for Mm {
    fn from(pt: Pt) -> Self {
        Self(pt.0 / PT_PER_MM)
    }
}

/// A rectangle on the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// From the page's left edge.
    pub x: Mm,
    /// From the page's top edge.
    pub y: Mm,
    /// How wide it is.
    pub width: Mm,
    /// How high it is.
    pub height: Mm,
}

/// What rounding of decimal fractions may amount to.
const TOLERANCE: f32 = 0.01;

impl Area {
    /// The right edge.
    #[must_use]
    pub fn right(&self) -> Mm {
        self.x + self.width
    }

    /// The lower edge.
    #[must_use]
    pub fn bottom(&self) -> Mm {
        self.y + self.height
    }

    /// The area with so much more on each side.
    #[must_use]
    pub(crate) fn grown(&self, by: Mm) -> Self {
        Self {
            x: self.x - by,
            y: self.y - by,
            width: self.width + by * 2.0,
            height: self.height + by * 2.0,
        }
    }

    /// Whether the two have more than an edge in common.
    #[must_use]
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.x.0 + TOLERANCE < other.right().0
            && other.x.0 + TOLERANCE < self.right().0
            && self.y.0 + TOLERANCE < other.bottom().0
            && other.y.0 + TOLERANCE < self.bottom().0
    }

    /// Whether `inner` lies wholly in this one.
    #[must_use]
    pub fn contains(&self, inner: &Self) -> bool {
        inner.x.0 >= self.x.0 - TOLERANCE
            && inner.y.0 >= self.y.0 - TOLERANCE
            && inner.right().0 <= self.right().0 + TOLERANCE
            && inner.bottom().0 <= self.bottom().0 + TOLERANCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inch_is_72_points() {
        assert!((Pt::from(Mm(25.4)).0 - 72.0).abs() < 1e-4);
        assert!((Mm::from(Pt(72.0)).0 - 25.4).abs() < 1e-4);
    }

    #[test]
    fn neighbours_that_touch_do_not_overlap() {
        let area = |x, y| Area { x: Mm(x), y: Mm(y), width: Mm(10.0), height: Mm(5.0) };
        assert!(!area(0.0, 0.0).overlaps(&area(10.0, 0.0)));
        assert!(!area(0.0, 0.0).overlaps(&area(0.0, 5.0)));
        assert!(area(0.0, 0.0).overlaps(&area(9.5, 4.5)));
        assert!(area(0.0, 0.0).contains(&area(0.0, 0.0)));
        assert!(!area(0.0, 0.0).contains(&area(0.5, 0.0)));
    }
}
