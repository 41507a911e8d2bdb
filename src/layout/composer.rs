//! One card laid out: what all cards of a run have alike, and what is a holder's own.

use std::collections::BTreeMap;

use tokenkaart_token::{
    holder::Holder,
    language::Language,
    token::{Serial, Token},
};

use super::{
    address,
    error::LayoutError,
    faces::Faces,
    fallback::FallbackFont,
    filling::{Subject, filled, is_own, spoken_qr},
    grid::SetGrid,
    marks, one_size,
    options::CardOptions,
    page::{Item, Page},
    sheet::{self, Slug},
    tag::Tag,
    text,
};
use crate::{
    design::{Area, Design, Logo, Mm, Side, TextField},
    symbol::{Symbol, mark::Envelope, qr},
};

/// What is alike on all cards of a run, made once.
pub struct Composer {
    pub(super) design: Design,
    faces: Faces,
    pub(super) settings: CardOptions,
    pub(super) grid: SetGrid,
    /// What stands on every front and back, by language.
    common: BTreeMap<Language, [Vec<Item>; 2]>,
    /// Drawn once when it is the same for all.
    common_qr: Option<Symbol>,
}

impl Composer {
    /// Settles what all cards have alike, and finds out whether it fits.
    ///
    /// # Errors
    /// [`LayoutError`] when codes of that format, the URL or a text don't fit the design, or the
    /// design shows what was not given.
    pub fn new(design: Design, settings: CardOptions) -> Result<Self, LayoutError> {
        Self::with_fallback(design, settings, None)
    }

    /// As [`Composer::new`], with a font for names that the design's own font can't set.
    ///
    /// # Errors
    /// As [`Composer::new`].
    pub fn with_fallback(
        design: Design,
        settings: CardOptions,
        fallback: Option<FallbackFont>,
    ) -> Result<Self, LayoutError> {
        let faces = Faces::shipped()?.with_fallback(fallback);
        let mut design = design.beside_qr(settings.url.is_some());
        one_size::settle(&faces, &mut design, &settings)?;
        let grid = SetGrid::new(&faces, &design, &settings.format)?;
        let common = BTreeMap::new();
        let mut composer = Self { design, faces, settings, grid, common, common_qr: None };
        if composer.settings.back && composer.design.back.is_none() {
            return Err(LayoutError::NoBack);
        }
        for language in Language::ALL {
            let sides = composer.common_items(language)?;
            composer.common.insert(language, sides);
        }
        if let Some(url) = &composer.settings.url {
            let area = composer.design.qr.ok_or(LayoutError::NoPlaceForQr)?;
            // Serials are all of one length, so what fits with one fits with all.
            let symbol = qr::encode(&fill_url(url, &"2".repeat(19)), area.width.0)?;
            if !url.contains("{serial}") {
                composer.common_qr = Some(symbol);
            }
        }
        Ok(composer)
    }

    /// The fonts that the pages use.
    #[must_use]
    pub const fn faces(&self) -> &Faces {
        &self.faces
    }

    /// The design.
    #[must_use]
    pub const fn design(&self) -> &Design {
        &self.design
    }

    /// What all cards show alike.
    #[must_use]
    pub const fn settings(&self) -> &CardOptions {
        &self.settings
    }

    /// Faces of a card that are printed: the front, and the back if it was asked for.
    #[must_use]
    pub fn sides(&self) -> u32 {
        1 + u32::from(self.settings.back)
    }

    /// Whether a holder's card can be laid out; to be asked before a code is drawn.
    ///
    /// # Errors
    /// [`LayoutError`] when the name or the address is missing, does not fit or has a character
    /// without a glyph.
    pub fn check(&self, holder: &Holder, language: Language) -> Result<(), LayoutError> {
        let serial = &[&*"W".repeat(4); 4].join("-");
        self.own_items(language, Subject { holder, serial }).map(|_| ())
    }

    /// Lays out one card: its front, and its back if it was asked for. The envelope is shown
    /// where the design has a place for its mark and its sequence.
    ///
    /// # Errors
    /// [`LayoutError`], all of which [`Composer::check`] and [`Composer::check_sequence`] find too.
    pub fn compose(
        &self,
        holder: &Holder,
        language: Language,
        token: &Token,
        envelope: &Envelope,
    ) -> Result<Vec<Page>, LayoutError> {
        // Two lines a code and what stands around them: one allocation, so that no copy is
        // left behind.
        let mut items = Vec::with_capacity(160);
        let common = self.common.get(&language);
        items.extend(common.iter().flat_map(|[front, _]| front).cloned());
        let serial = &token.serial().to_string();
        let [own, own_of_back] = self.own_items(language, Subject { holder, serial })?;
        items.extend(own);
        self.mark(envelope, 1, &mut items)?;
        self.sequence(&envelope.sequence, &mut items)?;
        self.qr(token.serial(), language, &mut items)?;
        self.grid.codes(&self.faces, &self.settings.format, token, language, &mut items);
        let mut pages = vec![Page { items }];
        if self.settings.back {
            let mut back = common.map(|[_, back]| back.clone()).unwrap_or_default();
            back.extend(own_of_back);
            self.mark(envelope, 2, &mut back)?;
            pages.push(Page { items: back });
        }
        Ok(pages)
    }

    /// Puts the pages of some cards on the pages that are printed: as they are, or several on a
    /// sheet with a slug.
    ///
    /// # Errors
    /// [`LayoutError`] when the slug does not fit.
    pub fn impose(&self, cards: Vec<Vec<Page>>, slug: Slug) -> Result<Vec<Page>, LayoutError> {
        match &self.design.sheet {
            None => Ok(cards.into_iter().flatten().collect()),
            Some(sheet) => sheet::impose(&self.faces, &self.design, sheet, cards, slug),
        }
    }

    /// What stands on both faces of every card in a language.
    fn common_items(&self, language: Language) -> Result<[Vec<Item>; 2], LayoutError> {
        let mut front = Vec::new();
        self.grid.ground(&mut front);
        let mut sides = [front, Vec::new()];
        for (side, items) in self.faces_printed().zip(&mut sides) {
            for rule in &side.rules {
                marks::rule(rule, items);
            }
            items.extend(side.logos.iter().map(|logo| Item::Logo(fitted(logo))));
            for (index, field) in side.texts.iter().enumerate().filter(|(_, field)| !is_own(field))
            {
                let text = filled(&self.settings, field, language, None)?;
                let tag = Tag::text(index, field.heading, language);
                items.extend(self.set(field, &text, tag)?);
            }
        }
        Ok(sides)
    }

    /// What stands on the front and on the back of one holder's card alone.
    fn own_items(
        &self,
        language: Language,
        subject: Subject<'_>,
    ) -> Result<[Vec<Item>; 2], LayoutError> {
        let mut sides = [Vec::new(), Vec::new()];
        let CardOptions { country, window, .. } = self.settings;
        if let Some(address) = &self.design.address {
            let (place, holder) = ((country, window), subject.holder);
            let lines = address::set(&self.faces, address, place, holder, language)?;
            // It is read before the texts that stand lower.
            let texts = &self.design.front.texts;
            let before = texts.iter().position(|field| field.area.y >= address.area.y);
            let tag = Tag::address(before.unwrap_or(texts.len()), language);
            sides[0].extend(lines.into_iter().map(|line| Item::Line(line.tagged(tag))));
        }
        for (side, items) in self.faces_printed().zip(&mut sides) {
            for (index, field) in side.texts.iter().enumerate().filter(|(_, field)| is_own(field)) {
                let text = filled(&self.settings, field, language, Some(subject))?;
                let tag = Tag::text(index, field.heading, language);
                items.extend(self.set(field, &text, tag)?);
            }
        }
        Ok(sides)
    }

    /// The front, and the back if it is printed.
    fn faces_printed(&self) -> impl Iterator<Item = &Side> {
        let back = self.design.back.as_ref().filter(|_| self.settings.back);
        std::iter::once(&self.design.front).chain(back)
    }

    /// A field's lines, where they stand for the envelopes' window.
    pub(super) fn set(
        &self,
        field: &TextField,
        text: &str,
        tag: Tag,
    ) -> Result<Vec<Item>, LayoutError> {
        let right = match &self.design.address {
            Some(address) if field.with_address => address.shift(self.settings.window),
            _ => Mm(0.0),
        };
        let lines = text::set(&self.faces, field, text)?;
        let lines = lines.into_iter().map(|line| Item::Line(line.tagged(tag)));
        Ok(lines.map(|line| line.moved(right, Mm(0.0))).collect())
    }

    fn qr(
        &self,
        serial: &Serial,
        language: Language,
        items: &mut Vec<Item>,
    ) -> Result<(), LayoutError> {
        let (Some(url), Some(area)) = (&self.settings.url, self.design.qr) else { return Ok(()) };
        let symbol = match &self.common_qr {
            Some(symbol) => symbol.clone(),
            None => qr::encode(&fill_url(url, &serial.to_string()), area.width.0)?,
        };
        let (alt, tag) = (spoken_qr(url, language), Tag::figure(language));
        items.push(Item::Symbol { area, symbol, alt, tag });
        Ok(())
    }
}

/// A logo in the middle of its area, as large as fits.
fn fitted(logo: &Logo) -> Logo {
    let Area { x, y, width, height } = logo.area;
    let aspect = logo.artwork.aspect();
    let fitted_width = Mm(width.0.min(height.0 * aspect));
    let fitted_height = fitted_width / aspect;
    let area = Area {
        x: x + (width - fitted_width) / 2.0,
        y: y + (height - fitted_height) / 2.0,
        width: fitted_width,
        height: fitted_height,
    };
    Logo { area, artwork: logo.artwork.clone() }
}

/// The URL of a token's QR code.
#[must_use]
fn fill_url(url: &str, serial: &str) -> String {
    url.replace("{serial}", serial)
}
