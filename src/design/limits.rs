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
/// The largest page, in millimetres: A2's shorter side.
pub(super) const MAX_LENGTH: f32 = 420.0;
/// The widest bleed, in millimetres; print shops ask for 2 to 5.
pub(super) const MAX_BLEED: f32 = 10.0;
/// How wide each symbol of the face for codes is, in ems: it gives all of them one width.
pub(super) const CODE_ADVANCE: f32 = 0.632;
