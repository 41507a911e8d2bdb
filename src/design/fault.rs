//! What can be wrong with a design, and where.

use tokenkaart_token::{listed::Listed, shell::harmless, token::Position};

use super::limits::{MIN_CODE_SIZE, MIN_CONTRAST, VERSION};

/// What is wrong with a design.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// No such built-in design.
    #[error(
        "there is no design `{name}`; choose one of: {known}; a design of your own is a file \
         whose name ends in .toml"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// It can't be read, or can't be printed as it stands.
    #[error("{}", lines(name, faults))]
    Faulty {
        /// The design.
        name: String,
        /// All that is wrong with it, at least one, in the order of the file.
        faults: Vec<FaultInFile>,
    },
}

/// What is wrong with a design, and where its file says so.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultInFile {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong there, and what to do.
    pub fault: DesignFault,
}

/// A line for each fault.
fn lines(name: &str, faults: &[FaultInFile]) -> String {
    let line = |found: &FaultInFile| {
        let FaultInFile { line, column, fault } = found;
        format!("{name}:{line}:{column}: {}", harmless(&fault.to_string()))
    };
    faults.iter().map(line).collect::<Listed<String>>().to_string()
}

/// What is wrong at one place of a design file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DesignFault {
    /// The file's form.
    #[error("{0}")]
    Form(String),
    /// A key that must be there.
    #[error("{table} has no `{field}`; add it")]
    NoValue {
        /// What should have it.
        table: String,
        /// The key.
        field: &'static str,
    },
    /// A value of another kind.
    #[error("`{field}` of {table}: {why}")]
    Value {
        /// What has it.
        table: String,
        /// The key.
        field: &'static str,
        /// What is wrong with the value.
        why: String,
    },
    /// A key that means nothing.
    #[error("unknown field `{field}` in {table}; take it out, or write one of {known}")]
    Unknown {
        /// What has it.
        table: String,
        /// The key.
        field: String,
        /// What there is.
        known: String,
    },
    /// A text that is not there in a language.
    #[error(
        "{field} has no text in the language `{language}`; add it, or give one text for all languages"
    )]
    NoLanguage {
        /// Which text.
        field: String,
        /// The language.
        language: &'static str,
    },
    /// Another version.
    #[error("version {found} is unknown; this program reads version {VERSION}")]
    Version {
        /// The version named.
        found: u8,
    },
    /// A measure that can't be.
    #[error("{what} must be more than 0 and no more than {max}")]
    Measure {
        /// Which measure.
        what: &'static str,
        /// The most it may be.
        max: f32,
    },
    /// A field too near to the edge.
    #[error(
        "{field} leaves the safe area, {safe} mm from each edge of the page; move or shrink it"
    )]
    Unsafe {
        /// Which field.
        field: String,
        /// The safe distance.
        safe: f32,
    },
    /// A rule that is not on the page.
    #[error("{field} leaves the page and its bleed; move or shrink it, or give more bleed")]
    OffPage {
        /// Which one.
        field: String,
    },
    /// Two fields in one place.
    #[error("{field} overlaps {other}; move or shrink one of them")]
    Overlap {
        /// Which field.
        field: String,
        /// The one it overlaps.
        other: String,
    },
    /// A field that the window could show, or that the post takes for an address.
    #[error(
        "{field} lies in the window's clear zone ({left} mm left, {right} mm right and {below} mm \
         below the address); move it away"
    )]
    Window {
        /// Which field.
        field: String,
        /// Millimetres left of the address.
        left: f32,
        /// Millimetres right of the address.
        right: f32,
        /// Millimetres below the address.
        below: f32,
    },
    /// A text that stands with an address that there isn't.
    #[error(
        "{field} stands with the address, and the front has none; leave out with_address, or add \
         the table [address]"
    )]
    NoAddress {
        /// Which field.
        field: String,
    },
    /// Codes on the outer panel, or on a fold.
    #[error(
        "the codes lie on a fold or on the outer panel, where the envelope shows them; \
         move the grid below the first fold and off the others"
    )]
    Exposed,
    /// A mark too small for machines, or too large.
    #[error(
        "a mark of {size} mm is too small or too large for inserting machines; take {min:.1} to \
         {max:.1} mm, the quiet zone included"
    )]
    MarkSize {
        /// The size asked for.
        size: f32,
        /// The least there may be.
        min: f32,
        /// The most there may be.
        max: f32,
    },
    /// A mark that is folded.
    #[error("the mark lies on a fold, and no machine reads it there; move it away")]
    MarkOnFold,
    /// A mark that the window may show.
    #[error(
        "the mark lies where a window on the left or on the right may show it, in the address's \
         clear zone or the {above} mm above the address; move it away"
    )]
    MarkInWindow {
        /// Millimetres above the address.
        above: f32,
    },
    /// Not 24 places.
    #[error(
        "the grid has {rows} rows of {columns}; a card has {} codes, so take 8 rows of 3 or 6 of 4",
        Position::MAX
    )]
    Cells {
        /// Rows.
        rows: u8,
        /// Columns.
        columns: u8,
    },
    /// Codes too small to read.
    #[error("codes of {size} pt are too small to read; take {} pt or more", MIN_CODE_SIZE.0)]
    CodeSize {
        /// The size asked for.
        size: f32,
    },
    /// Too little contrast.
    #[error(
        "{what} has a contrast of {contrast:.1} to 1; take a darker colour, with {MIN_CONTRAST} \
         to 1 or more (WCAG 2.2, 1.4.3)"
    )]
    Contrast {
        /// Which text.
        what: String,
        /// Its contrast ratio.
        contrast: f32,
    },
    /// A rule on which what is printed on it can't be read.
    #[error(
        "{rule} lies under {field}, with a contrast of {contrast:.1} to 1; move the rule away, or give \
         it a lighter colour, with {MIN_CONTRAST} to 1 or more (WCAG 2.2, 1.4.3)"
    )]
    Ground {
        /// Which rule.
        rule: String,
        /// What is printed on it.
        field: String,
        /// The contrast ratio.
        contrast: f32,
    },
    /// A grid without room for its codes.
    #[error(
        "codes of {symbols} symbols would be {size:.1} pt high here, under the smallest size, \
         {min_size} pt; give the grid more width or height or fewer columns, or the codes a smaller \
         min_code_size"
    )]
    CodesTooSmall {
        /// Symbols of a code.
        symbols: usize,
        /// The size at which they fit.
        size: f32,
        /// The size they must have.
        min_size: f32,
    },
    /// A text with a placeholder that means nothing.
    #[error("the text names {{{name}}}, which nothing fills in; there are {known}")]
    Placeholder {
        /// What stands in the braces.
        name: String,
        /// What there is.
        known: String,
    },
    /// A card must say whose it is, which it is and of when it is.
    #[error("no text shows {{{name}}}, and a card without it is of no use; add it")]
    Missing {
        /// The placeholder that is missing.
        name: &'static str,
    },
    /// A logo that can't be printed.
    #[error("the logo `{file}` can't be used: {why}")]
    Artwork {
        /// The file that the design names.
        file: String,
        /// Why, and what to do.
        why: String,
    },
    /// Cards that don't fit a sheet.
    #[error("{columns} by {rows} cards don't fit the sheet with its gutters and marks; take fewer")]
    Sheet {
        /// Columns.
        columns: u8,
        /// Rows.
        rows: u8,
    },
}

/// What is said of a built-in design in which a text was changed.
#[cfg(test)]
pub(super) fn message(design: &str, from: &str, to: &str) -> String {
    let text = super::Design::built_in_text(design).unwrap();
    assert!(text.contains(from), "{from}");
    let changed = text.replacen(from, to, 1);
    let parsed = super::Design::parse("my.toml", &changed, &mut |_| Err("no such file".to_owned()));
    parsed.unwrap_err().to_string()
}
