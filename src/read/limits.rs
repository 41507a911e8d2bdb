//! How much of a holder file is read, and how much of what is wrong with it is told.

/// How many faults are listed; more are counted.
pub const MAX_FAULTS: usize = 50;
/// The longest row of a text file, in bytes.
pub const MAX_ROW_BYTES: usize = 1 << 20;
/// A line of more bytes than this holds no row, in whatever encoding.
pub(super) const MAX_LINE_BYTES: usize = 4 * MAX_ROW_BYTES;
