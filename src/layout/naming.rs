//! What a card says of whom it is for: the texts, and where each stands.

use tokenkaart_token::{holder::Holder, language::Language, token::Serial};

use super::{
    address,
    error::LayoutError,
    filling::{Subject, filled},
    options::CardOptions,
};
use crate::design::{Area, Design, Mm};

/// A text on the front that has the holder's name in it.
#[derive(Clone, Debug, PartialEq)]
pub struct NamingText {
    /// Where it stands, from the corner of the trimmed card; nothing else stands there.
    pub area: Area,
    /// Its lines, before any of them is broken to fit.
    pub lines: Vec<String>,
}

/// Where the cards of a run say whom they are for, and in which words; no font is needed to know it.
#[derive(Clone, Debug)]
pub struct NamingPlaces {
    /// The run's design.
    pub design: Design,
    /// What its texts are filled in with.
    pub settings: CardOptions,
}

impl NamingPlaces {
    /// Where the front says whom a card is for: the address, then other texts, in the order of
    /// [`NamingPlaces::texts`].
    #[must_use]
    pub fn areas(&self) -> Vec<Area> {
        let window = self.settings.window;
        let address = self.design.address.as_ref();
        let shift = |with_address| match address {
            Some(address) if with_address => address.shift(window),
            _ => Mm(0.0),
        };
        let naming = self.design.front.texts.iter().filter(|field| field.names("name"));
        let has_qr = self.settings.url.is_some();
        let texts = naming.map(|field| {
            let area = field.area_beside_qr(has_qr);
            Area { x: area.x + shift(field.with_address), ..area }
        });
        address.map(|address| address.at(window)).into_iter().chain(texts).collect()
    }

    /// What the front of a holder's card says of whom it is for.
    ///
    /// # Errors
    /// [`LayoutError`] when the design needs what the holder has not.
    pub fn texts(
        &self,
        holder: &Holder,
        language: Language,
        serial: &Serial,
    ) -> Result<Vec<NamingText>, LayoutError> {
        let mut texts = Vec::new();
        if self.design.address.is_some() {
            texts.push(address::lines(holder, self.settings.country, language)?);
        }
        let serial = &serial.to_string();
        let subject = Some(Subject { holder, serial });
        for field in self.design.front.texts.iter().filter(|field| field.names("name")) {
            let text = filled(&self.settings, field, language, subject)?;
            texts.push(text.split('\n').map(str::to_owned).collect());
        }
        let named = self.areas().into_iter().zip(texts);
        Ok(named.map(|(area, lines)| NamingText { area, lines }).collect())
    }
}
