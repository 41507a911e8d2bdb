//! What of a card is not as its design would have it, and is printed all the same.

use tokenkaart_token::{holder::Holder, language::Language};

use super::{
    composer::Composer,
    error::LayoutError,
    filling::{Subject, filled},
    text::fitted,
};
use crate::design::{Font, Pt};

/// What of a card is not as its design would have it; nothing that keeps it from being printed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LayoutRemark {
    /// The name is set smaller.
    SmallName {
        /// The size that it has.
        size: Pt,
        /// The size that the design has for it.
        designed: Pt,
    },
    /// The name takes several lines.
    BrokenName {
        /// How many.
        lines: usize,
    },
    /// The name is set in the fallback font.
    OtherFont,
}

impl Composer {
    /// What whoever prints a holder's card should look at before.
    ///
    /// # Errors
    /// [`LayoutError`], all of which [`Composer::check`] finds too.
    pub fn remarks(
        &self,
        holder: &Holder,
        language: Language,
    ) -> Result<Vec<LayoutRemark>, LayoutError> {
        let subject = Some(Subject { holder, serial: "" });
        let mut remarks = Vec::new();
        for field in self.design.front.texts.iter().filter(|field| field.names("name")) {
            let text = filled(&self.settings, field, language, subject)?;
            let (font, size, lines) = fitted(self.faces(), field, &text)?;
            // Half a point is seen by nobody.
            if size.0 + 0.5 < field.size.0 {
                remarks.push(LayoutRemark::SmallName { size, designed: field.size });
            }
            if lines.len() > 1 {
                remarks.push(LayoutRemark::BrokenName { lines: lines.len() });
            }
            if font == Font::Fallback {
                remarks.push(LayoutRemark::OtherFont);
            }
        }
        Ok(remarks)
    }
}
