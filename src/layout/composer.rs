//! One card laid out: what all cards of a run have alike, and what is a holder's own.

use std::collections::BTreeMap;

use jiff::civil::Date;
use tokenkaart_token::{
    holder::Holder,
    language::Language,
    run_files::Window,
    token::{CodeFormat, Serial, Token},
};

use super::{
    address,
    error::LayoutError,
    faces::Faces,
    fallback::FallbackFont,
    grid::SetGrid,
    marks,
    page::{Item, Page},
    sheet, text,
};
use crate::{
    design::{Area, Design, Logo, Mm, TextField},
    symbol::{Symbol, mark::Envelope, qr},
};

/// What a run's cards have alike, beside the design.
#[derive(Clone, Debug)]
pub struct CardOptions {
    /// What codes look like.
    pub format: CodeFormat,
    /// The sign-in page in the QR code, `{serial}` standing for the serial.
    pub url: Option<String>,
    /// The date of request.
    pub date: Date,
    /// Who issues the cards.
    pub office: Option<String>,
    /// Whom to call when a card is lost.
    pub phone: Option<String>,
    /// Whether the back is printed too.
    pub back: bool,
    /// On which side the envelopes have their window.
    pub window: Window,
}

impl CardOptions {
    /// Codes of a format and a date of request; nothing else is shown.
    #[must_use]
    pub const fn new(format: CodeFormat, date: Date) -> Self {
        Self {
            format,
            url: None,
            date,
            office: None,
            phone: None,
            back: false,
            window: Window::Left,
        }
    }
}

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
        let serial = [&*"W".repeat(4); 4].join("-");
        self.own_items(holder, language, &serial, &mut Vec::new())
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
        self.own_items(holder, language, &token.serial().to_string(), &mut items)?;
        self.mark(envelope, 1, &mut items)?;
        self.sequence(&envelope.sequence, &mut items)?;
        self.qr(token.serial(), &mut items)?;
        self.grid.codes(&self.faces, &self.settings.format, token, &mut items);
        let mut pages = vec![Page { items }];
        if self.settings.back {
            let mut back = common.map(|[_, back]| back.clone()).unwrap_or_default();
            self.mark(envelope, 2, &mut back)?;
            pages.push(Page { items: back });
        }
        Ok(pages)
    }

    /// Puts the pages of some cards on the pages that are printed: as they are, or several on a
    /// sheet, with `label` in its slug.
    ///
    /// # Errors
    /// [`LayoutError`] when the label does not fit.
    pub fn impose(&self, cards: Vec<Vec<Page>>, label: &str) -> Result<Vec<Page>, LayoutError> {
        match &self.design.sheet {
            None => Ok(cards.into_iter().flatten().collect()),
            Some(sheet) => sheet::impose(&self.faces, &self.design, sheet, cards, label),
        }
    }

    /// What stands on both faces of every card in a language.
    fn common_items(&self, language: Language) -> Result<[Vec<Item>; 2], LayoutError> {
        let mut front = Vec::new();
        self.grid.ground(&mut front);
        let mut sides = [front, Vec::new()];
        let back = self.design.back.as_ref().filter(|_| self.settings.back);
        for (side, items) in [Some(&self.design.front), back].into_iter().zip(&mut sides) {
            let Some(side) = side else { continue };
            for rule in &side.rules {
                marks::rule(rule, items);
            }
            items.extend(side.logos.iter().map(|logo| Item::Logo(fitted(logo))));
            for field in side.texts.iter().filter(|field| !is_own(field)) {
                let text = self.fill(field, language, "", "")?;
                items.extend(self.set(field, &text)?);
            }
        }
        Ok(sides)
    }

    /// What stands on the front of one holder's card alone.
    fn own_items(
        &self,
        holder: &Holder,
        language: Language,
        serial: &str,
        items: &mut Vec<Item>,
    ) -> Result<(), LayoutError> {
        if let Some(address) = &self.design.address {
            items.extend(
                address::set(&self.faces, address, self.settings.window, holder, language)?
                    .into_iter()
                    .map(Item::Line),
            );
        }
        for field in self.design.front.texts.iter().filter(|field| is_own(field)) {
            let text = self.fill(field, language, holder.name.as_str(), serial)?;
            items.extend(self.set(field, &text)?);
        }
        Ok(())
    }

    /// A field's lines, where they stand for the envelopes' window.
    pub(super) fn set(&self, field: &TextField, text: &str) -> Result<Vec<Item>, LayoutError> {
        let right = match &self.design.address {
            Some(address) if field.with_address => address.shift(self.settings.window),
            _ => Mm(0.0),
        };
        let lines = text::set(&self.faces, field, text)?;
        Ok(lines.into_iter().map(|line| Item::Line(line).moved(right, Mm(0.0))).collect())
    }

    fn fill(
        &self,
        field: &TextField,
        language: Language,
        name: &str,
        serial: &str,
    ) -> Result<String, LayoutError> {
        filled(&self.settings, field, language, name, serial)
    }

    fn qr(&self, serial: &Serial, items: &mut Vec<Item>) -> Result<(), LayoutError> {
        let (Some(url), Some(area)) = (&self.settings.url, self.design.qr) else { return Ok(()) };
        let symbol = match &self.common_qr {
            Some(symbol) => symbol.clone(),
            None => qr::encode(&fill_url(url, &serial.to_string()), area.width.0)?,
        };
        items.push(Item::Symbol { area, symbol });
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

/// Whether a text differs from card to card.
pub(super) fn is_own(field: &TextField) -> bool {
    field.names("name") || field.names("serial")
}

/// The URL of a token's QR code.
#[must_use]
fn fill_url(url: &str, serial: &str) -> String {
    url.replace("{serial}", serial)
}

/// A field's text with its placeholders filled in; empty when it is left out.
pub(super) fn filled(
    settings: &CardOptions,
    field: &TextField,
    language: Language,
    name: &str,
    serial: &str,
) -> Result<String, LayoutError> {
    let given = [("office", &settings.office), ("phone", &settings.phone)];
    for (placeholder, value) in given {
        if value.is_none() && field.names(placeholder) {
            return if field.optional {
                Ok(String::new())
            } else {
                Err(LayoutError::NotGiven { field: field.key.clone(), placeholder })
            };
        }
    }
    let date = language.date(settings.date);
    Ok(fill(field.content(language), |placeholder| match placeholder {
        "name" => Some(name),
        "serial" => Some(serial),
        "date" => Some(&date),
        "office" => settings.office.as_deref(),
        "phone" => settings.phone.as_deref(),
        _ => None,
    }))
}

/// Fills in `{placeholders}` in one pass, so that a name with braces in it is left alone.
fn fill<'a>(text: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        filled.push_str(value(name).unwrap_or_default());
        rest = behind;
    }
    filled.push_str(rest);
    filled
}
