//! What a run is to do, settled and checked before the first code is drawn.

use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use crate::{
    design::Design,
    files::{FileError, Sha256Digest, folder_of},
    hash::{Pepper, Scheme},
    holder::{Holder, HolderName},
    journal::Parameters,
    language::Language,
    layout::{Composer, FallbackFont, LayoutError, Settings},
    read::Place,
    roll::{Holders, Roll, RollWriter, Sort},
    seal::Recipients,
    sign::SigningKey,
};

/// How many holders that can't be printed are listed; more are counted.
const MAX_LISTED: usize = 50;

/// What is asked of a run.
pub struct Order {
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
    /// In which order the cards are.
    pub sort: Sort,
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
    #[error("{total} of the holders can't be printed")]
    Unprintable {
        /// The first ones.
        holders: Vec<Unprintable>,
        /// How many there are.
        total: u64,
    },
    /// The list of holders can't be kept beside the run.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A holder whose card can't be laid out.
#[derive(Debug)]
pub struct Unprintable {
    /// Where the holder file has the holder.
    pub place: Option<Place>,
    /// The name that was to be printed.
    pub name: HolderName,
    /// Why.
    pub error: LayoutError,
}

/// An order to which its holders are added, one by one.
pub struct Planning {
    order: Order,
    composer: Composer,
    roll: RollWriter,
    unprintable: Vec<Unprintable>,
    unprintable_total: u64,
    failed: Option<FileError>,
}

impl Planning {
    /// Begins with nobody.
    ///
    /// # Errors
    /// [`PlanError`] when codes or URL don't fit the design, or nothing can be written to the
    /// folder that the run is to be in.
    pub fn new(order: Order) -> Result<Self, PlanError> {
        let composer = Composer::with_fallback(
            order.design.clone(),
            order.settings.clone(),
            order.fallback_font.clone(),
        )?;
        let roll = RollWriter::new(folder_of(&order.out), order.sort)?;
        let unprintable = Vec::new();
        Ok(Self { order, composer, roll, unprintable, unprintable_total: 0, failed: None })
    }

    /// Adds a holder, each id once; [`Planning::finish`] tells what is wrong with any.
    pub fn add(&mut self, holder: &Holder, place: Option<Place>) {
        let language = holder.language.unwrap_or(self.order.language);
        if let Err(error) = self.composer.check(holder, language) {
            self.unprintable_total += 1;
            if self.unprintable.len() < MAX_LISTED {
                let name = holder.name.clone();
                self.unprintable.push(Unprintable { place, name, error });
            }
        }
        if self.failed.is_none() {
            self.failed = self.roll.add(holder).err();
        }
    }

    /// Settles the plan; the digest is that of the bytes that the holders were read from.
    ///
    /// # Errors
    /// [`PlanError`], with the holders whose names can't be printed.
    pub fn finish(self, input_sha256: Sha256Digest) -> Result<Plan, PlanError> {
        let Self { order, composer, roll, unprintable: holders, unprintable_total: total, failed } =
            self;
        if total > 0 {
            return Err(PlanError::Unprintable { holders, total });
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
        let roll = roll.finish()?;
        if roll.is_empty() {
            return Err(PlanError::NoHolder);
        }
        let settings = order.settings.clone();
        let parameters = Parameters {
            issued: settings.date,
            design: order.design.name.clone(),
            design_sha256: Sha256Digest::from_bytes(order.design.sha256),
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
            sort: order.sort,
            bundle: whole_sheets(order.bundle.get(), order.design.cards_per_page()),
            sealed_to: order.seal_to.as_ref().map(Recipients::fingerprints).unwrap_or_default(),
        };
        Ok(Plan { order, composer, parameters, roll, input_sha256 })
    }
}

/// An order that can be carried out.
pub struct Plan {
    order: Order,
    composer: Composer,
    parameters: Parameters,
    roll: Roll,
    input_sha256: Sha256Digest,
}

impl Plan {
    /// Plans a run for holders that are at hand.
    ///
    /// # Errors
    /// [`PlanError`], with the holders whose names can't be printed.
    pub fn new<'h>(
        order: Order,
        holders: impl IntoIterator<Item = &'h Holder>,
        input_sha256: Sha256Digest,
    ) -> Result<Self, PlanError> {
        let mut planning = Planning::new(order)?;
        holders.into_iter().for_each(|holder| planning.add(holder, None));
        planning.finish(input_sha256)
    }

    /// The folder to make.
    #[must_use]
    pub fn out(&self) -> &Path {
        &self.order.out
    }

    /// How many holders get a card.
    #[must_use]
    pub const fn holders(&self) -> u64 {
        self.roll.len()
    }

    /// What the run does alike for all its holders.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// How many bundles there will be.
    #[must_use]
    pub fn bundles(&self) -> u32 {
        let count = self.holders().div_ceil(u64::from(self.parameters.bundle));
        // A run of four thousand million bundles is none.
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    pub(super) const fn input_sha256(&self) -> Sha256Digest {
        self.input_sha256
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

    /// The holders, in the order of their cards.
    pub(super) fn roll(&self) -> Result<Holders<'_>, FileError> {
        self.roll.holders()
    }

    /// Cards in a bundle.
    pub(super) fn cards_of(&self, number: u32) -> u64 {
        let bundle = u64::from(self.parameters.bundle);
        bundle.min(self.holders() - self.before(number))
    }

    /// Cards in the bundles before this one.
    pub(super) fn before(&self, number: u32) -> u64 {
        u64::from(number - 1) * u64::from(self.parameters.bundle)
    }
}

/// Holders of a bundle that leaves no sheet half empty but the run's last one.
const fn whole_sheets(bundle: u32, cards_per_sheet: u32) -> u32 {
    let whole = bundle / cards_per_sheet * cards_per_sheet;
    if whole == 0 { cards_per_sheet } else { whole }
}
