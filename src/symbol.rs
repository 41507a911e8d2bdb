//! Printed symbols: QR codes, Data Matrix codes, and the mark of an envelope that one carries.

pub mod mark;
pub mod matrix;
pub mod qr;

/// A square of modules, and the white that it needs around it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Symbol {
    side: usize,
    quiet_zone: usize,
    dark: Vec<bool>,
}

impl Symbol {
    /// Takes the modules row by row, true where they are dark; what is missing is light.
    #[must_use]
    pub fn new(side: usize, quiet_zone: usize, mut dark: Vec<bool>) -> Self {
        dark.resize(side * side, false);
        Self { side, quiet_zone, dark }
    }

    /// Modules along a side, the quiet zone not counted.
    #[must_use]
    pub const fn side(&self) -> usize {
        self.side
    }

    /// Modules of white on each side.
    #[must_use]
    pub(crate) const fn quiet_zone(&self) -> usize {
        self.quiet_zone
    }

    /// The modules row by row, true where they are dark.
    #[must_use]
    pub fn dark(&self) -> &[bool] {
        &self.dark
    }

    /// The dark modules as strips: row, first column, how many.
    pub fn strips(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        self.dark.chunks_exact(self.side.max(1)).enumerate().flat_map(|(row, modules)| {
            let mut strips = Vec::new();
            let mut column = 0;
            for run in modules.chunk_by(PartialEq::eq) {
                if run[0] {
                    strips.push((row, column, run.len()));
                }
                column += run.len();
            }
            strips
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strips_are_the_dark_modules() {
        let dark = [true, false, true, false, false, false, false, true, true].to_vec();
        let symbol = Symbol::new(3, 1, dark);
        let strips: Vec<_> = symbol.strips().collect();
        assert_eq!(strips, [(0, 0, 1), (0, 2, 1), (2, 1, 2)]);
    }
}
