//! What a run is to do, settled and checked before the first code is drawn.

use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use crate::{
    design::Design,
    files::Sha256Digest,
    hash::{Pepper, Scheme},
    holder::{Holder, HolderName},
    journal::Parameters,
    language::Language,
    layout::{Composer, FallbackFont, LayoutError, Settings},
    seal::Recipients,
    sign::SigningKey,
};

/// What is asked of a run.
pub struct Order {
    /// Who gets a card, in the order of the cards; each id once.
    pub holders: Vec<Holder>,
    /// The digest of the bytes that the holders were read from.
    pub input_sha256: Sha256Digest,
    /// The folder to make.
    pub out: PathBuf,
    /// What the cards look like.
    pub design: Design,
    /// What they show alike.
    pub settings: Settings,
    /// The font for names that the design's own font can't set.
    pub fallback_font: Option<FallbackFont>,
    /// The language of holders who have none of their own.
    pub language: Language,
    /// How codes are hashed.
    pub scheme: Scheme,
    /// The verifier's secret key, if it has one.
    pub pepper: Option<Pepper>,
    /// Holders per bundle.
    pub bundle: NonZeroU32,
    /// Whom the cards are sealed to, if they are.
    pub seal_to: Option<Recipients>,
    /// The key that signs the manifest, if it is signed.
    pub sign_with: Option<SigningKey>,
}

/// Why an order can't be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Nobody gets a card.
    #[error("there is no holder, so there is nothing to print")]
    NoHolder,
    /// The codes or the URL don't fit the design.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// Some names can't be printed.
    #[error("{} of the holders can't be printed", .0.len())]
    Unprintable(Vec<Unprintable>),
}

/// A holder whose card can't be laid out.
#[derive(Debug)]
pub struct Unprintable {
    /// The holder's place in the order, from 0.
    pub index: usize,
    /// The name that was to be printed.
    pub name: HolderName,
    /// Why.
    pub error: LayoutError,
}

/// An order that can be carried out.
pub struct Plan {
    order: Order,
    composer: Composer,
    parameters: Parameters,
}

impl Plan {
    /// Finds out whether everything can be printed.
    ///
    /// # Errors
    /// [`PlanError`], with every holder whose name can't be printed.
    pub fn new(order: Order) -> Result<Self, PlanError> {
        if order.holders.is_empty() {
            return Err(PlanError::NoHolder);
        }
        let composer = Composer::with_fallback(
            order.design.clone(),
            order.settings.clone(),
            order.fallback_font.clone(),
        )?;
        let unprintable: Vec<Unprintable> = order
            .holders
            .iter()
            .enumerate()
            .filter_map(|(index, holder)| {
                let language = holder.language.unwrap_or(order.language);
                let error = composer.check(holder, language).err()?;
                Some(Unprintable { index, name: holder.name.clone(), error })
            })
            .collect();
        if !unprintable.is_empty() {
            return Err(PlanError::Unprintable(unprintable));
        }
        let settings = order.settings.clone();
        let parameters = Parameters {
            issued: settings.date,
            design: order.design.name.clone(),
            fallback_font: order.fallback_font.as_ref().map(|font| Sha256Digest::of(font.bytes())),
            language: order.language,
            office: settings.office,
            phone: settings.phone,
            back: settings.back,
            window: settings.window,
            url: settings.url,
            code_format: settings.format,
            scheme: order.scheme,
            key_id: order.pepper.as_ref().map(Pepper::key_id),
            bundle: whole_sheets(order.bundle.get(), order.design.cards_per_page()),
            sealed_to: order.seal_to.as_ref().map(Recipients::fingerprints).unwrap_or_default(),
        };
        Ok(Self { order, composer, parameters })
    }

    /// The folder to make.
    #[must_use]
    pub fn out(&self) -> &Path {
        &self.order.out
    }

    /// Who gets a card.
    #[must_use]
    pub fn holders(&self) -> &[Holder] {
        &self.order.holders
    }

    /// What the run does alike for all its holders.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// How many bundles there will be.
    #[must_use]
    pub fn bundles(&self) -> u32 {
        let count = self.order.holders.len().div_ceil(self.bundle_len());
        // A run of four thousand million bundles is none.
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    pub(super) const fn input_sha256(&self) -> Sha256Digest {
        self.order.input_sha256
    }

    pub(super) const fn composer(&self) -> &Composer {
        &self.composer
    }

    pub(super) const fn pepper(&self) -> Option<&Pepper> {
        self.order.pepper.as_ref()
    }

    pub(super) const fn recipients(&self) -> Option<&Recipients> {
        self.order.seal_to.as_ref()
    }

    pub(super) const fn signing_key(&self) -> Option<&SigningKey> {
        self.order.sign_with.as_ref()
    }

    pub(super) fn language(&self, holder: &Holder) -> Language {
        holder.language.unwrap_or(self.order.language)
    }

    /// A bundle's holders, and the first one's place, from 0.
    pub(super) fn bundle(&self, number: u32) -> (usize, &[Holder]) {
        let first = (number as usize - 1) * self.bundle_len();
        let end = (first + self.bundle_len()).min(self.order.holders.len());
        (first, &self.order.holders[first..end])
    }

    fn bundle_len(&self) -> usize {
        self.parameters.bundle as usize
    }
}

/// Holders of a bundle that leaves no sheet half empty but the run's last one.
const fn whole_sheets(bundle: u32, cards_per_sheet: u32) -> u32 {
    let whole = bundle / cards_per_sheet * cards_per_sheet;
    if whole == 0 { cards_per_sheet } else { whole }
}
