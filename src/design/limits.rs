//! What a design is held to.

use super::units::Pt;

/// The version of the design files that this program reads.
pub(super) const VERSION: u8 = 1;
/// The smallest codes a card may have: what the code face still tells apart in office print.
pub(super) const MIN_CODE_SIZE: Pt = Pt(7.0);
/// What codes and their numbers must reach on paper and band: WCAG 2.2, success criterion 1.4.3.
pub(crate) const MIN_CONTRAST: f32 = 4.5;
/// From one baseline to the next where a design says nothing, in ems.
pub(super) const LEADING: f32 = 1.18;
/// What a text may name in braces.
pub(super) const PLACEHOLDERS: [&str; 9] =
    ["name", "serial", "date", "id", "office", "phone", "reply_to", "url", "expires"];
/// What every card must show.
pub(super) const NEEDED: [&str; 3] = ["name", "serial", "date"];
