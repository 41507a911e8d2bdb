//! What pages need beside their markup, at addresses that change with it.

use sha2::{Digest as _, Sha256};

use crate::config::Office;

/// The style of all pages, under the office's colour.
const STYLE: &str = include_str!("../../templates/style.css");

/// What the desk's pages have beside it.
const DESK: &str = include_str!("../../templates/desk.css");

/// The style sheet, and its address: another one where it is another sheet.
pub(crate) struct Style {
    pub(crate) css: String,
    pub(crate) path: String,
}

impl Style {
    /// The style of an office.
    pub(crate) fn of(office: &Office) -> Self {
        Self::with(office, "")
    }

    /// The same at its desk, where people work all day: denser.
    pub(crate) fn of_desk(office: &Office) -> Self {
        Self::with(office, DESK)
    }

    fn with(office: &Office, more: &str) -> Self {
        let css = format!(":root {{ --brand: {}; }}\n{STYLE}{more}", office.colour.as_str());
        let path = address("/style.css", &css);
        Self { css, path }
    }
}

/// The script of the pages that are better with one: waits count down by it, and Escape closes a
/// warning. All of them work without.
pub(crate) struct Script {
    pub(crate) path: String,
}

impl Script {
    /// What it says.
    pub(crate) const TEXT: &str = include_str!("../../templates/page.js");

    pub(crate) fn new() -> Self {
        Self { path: address("/page.js", Self::TEXT) }
    }
}

/// A path, and a tag that is another one for another text.
fn address(path: &str, text: &str) -> String {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    format!("{path}?{:08x}", u32::from_be_bytes([a, b, c, d]))
}
