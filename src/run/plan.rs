//! What a run is to do, settled and checked before the first code is drawn.

use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use tokenkaart_token::{
    files::{FileError, Sha256Digest, folder_of},
    hash::{Pepper, Scheme},
    holder::{Holder, HolderId},
    language::Language,
    record::MAX_VOIDED,
    run_files::{Parameters, Part, Replaces, Sort},
    shard::Shard,
    sign::SigningKey,
    token::Serial,
};

use super::{
    known::Known,
    only::Only,
    refusal::{Refusal, Refused, WhyRefused},
    reissue::Reissue,
    roll::{Holders, Roll, RollWriter},
};
use crate::{
    design::Design,
    layout::{CardOptions, Composer, FallbackFont, LayoutError},
    read::{Excerpt, Place},
    seal::Recipients,
    symbol::mark::Sequence,
};

/// The most holders of a bundle: it is held in memory, some 20 KB a holder with its hashes and
/// pages, and what is not finished of it is lost in a crash.
pub const MAX_BUNDLE: u32 = 10_000;
/// Holders of a bundle where nothing else is asked for.
const BUNDLE: NonZeroU32 = NonZeroU32::new(250).unwrap();

/// What a run is to be like; [`PlanBuilder`] makes a plan of it.
pub struct IssueOptions {
    /// The folder to make.
    pub out: PathBuf,
    /// What the cards look like.
    pub design: Design,
    /// What they show alike.
    pub cards: CardOptions,
    /// The font for names that the design's own font can't set.
    pub fallback_font: Option<FallbackFont>,
    /// Whether the pages are tagged for screen readers, if the design does not ask for it.
    pub tagged: bool,
    /// The language of holders who have none of their own.
    pub language: Language,
    /// How codes are hashed.
    pub scheme: Scheme,
    /// The verifier's secret key, if it has one.
    pub pepper: Option<Pepper>,
    /// In which order the cards are.
    pub sort: Sort,
    /// The part of the holders that this run is for; none means all of them.
    pub shard: Option<Shard>,
    /// Holders who have a token already, and what to do with them.
    pub known: Option<(Known, IfKnown)>,
    /// The holders who alone get a card; none means all of them.
    pub only: Option<Only>,
    /// The tokens that this run stands in for; then their holders alone get a card.
    pub reissue: Option<Reissue>,
    /// Holders per bundle, at most [`MAX_BUNDLE`].
    pub bundle: NonZeroU32,
    /// Whom the cards are sealed to, if they are.
    pub seal_to: Option<Recipients>,
    /// The key that signs the manifest, if it is signed.
    pub sign_with: Option<SigningKey>,
}

impl IssueOptions {
    /// For all holders of a holder file, in its order, in Dutch unless it says otherwise, hashed
    /// by the default scheme without a pepper, in bundles of 250, neither sealed nor signed.
    #[must_use]
    pub fn new(out: PathBuf, design: Design, cards: CardOptions) -> Self {
        Self {
            out,
            design,
            cards,
            fallback_font: None,
            tagged: false,
            language: Language::Nl,
            scheme: Scheme::default(),
            pepper: None,
            sort: Sort::default(),
            shard: None,
            known: None,
            only: None,
            reissue: None,
            bundle: BUNDLE,
            seal_to: None,
            sign_with: None,
        }
    }

    /// As an earlier run was made, as far as its parameters say; what is secret in them and what
    /// they know by its digest alone is left out.
    #[must_use]
    pub fn like(parameters: &Parameters, out: PathBuf, design: Design, issued: Date) -> Self {
        let cards = CardOptions {
            url: parameters.url.clone(),
            expires: parameters.expires,
            office: parameters.office.clone(),
            phone: parameters.phone.clone(),
            reply_to: parameters.reply_to.clone(),
            country: parameters.country,
            back: parameters.back,
            window: parameters.window,
            ..CardOptions::new(parameters.code_format.clone(), issued)
        };
        Self {
            tagged: parameters.tagged,
            language: parameters.language,
            scheme: parameters.scheme,
            sort: parameters.sort,
            bundle: NonZeroU32::new(parameters.bundle).unwrap_or(BUNDLE),
            ..Self::new(out, design, cards)
        }
    }

    /// The serials of the tokens that a holder's new one voids.
    fn voids(&self, holder: &HolderId) -> Vec<Serial> {
        match (&self.reissue, &self.known) {
            (Some(reissue), _) => reissue.serials(holder).to_vec(),
            (None, Some((known, IfKnown::Replace))) => known.serials(holder).collect(),
            _ => Vec::new(),
        }
    }

    /// The latest date of request on the cards that the new ones stand in for.
    fn replaced_on(&self) -> Option<Date> {
        match (&self.reissue, &self.known) {
            (Some(reissue), _) => reissue.issued(),
            (None, Some((known, IfKnown::Replace))) => known.issued(),
            _ => None,
        }
    }

    /// The ids of the runs that these tokens are of.
    fn replaced_runs(&self) -> &[String] {
        match (&self.reissue, &self.known) {
            (Some(reissue), _) => reissue.runs(),
            (None, Some((known, IfKnown::Replace))) => known.runs(),
            _ => &[],
        }
    }
}

/// The serials that a run voids: how many, and which ones by a digest.
#[derive(Default)]
struct VoidedSerials {
    serials: u64,
    digest: Sha256,
}

impl VoidedSerials {
    fn add(&mut self, serial: &Serial) {
        self.serials += 1;
        self.digest.update(format!("{serial}\n"));
    }

    fn of(self, runs: &[String]) -> Option<Replaces> {
        let sha256 = Sha256Digest::from_bytes(self.digest.finalize().into());
        let serials = self.serials;
        (serials > 0).then(|| Replaces { runs: runs.to_vec(), serials, sha256 })
    }
}

/// What to do with a holder who has a token already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IfKnown {
    /// Refuse the options.
    Refuse,
    /// Make a new token, which voids the old one when it is imported.
    Replace,
    /// Make none for the holder, and count them.
    Skip,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Nobody gets a card.
    #[error("there is no holder, so there is nothing to print")]
    NoHolder,
    /// Too many holders a bundle.
    #[error(
        "a bundle has at most {MAX_BUNDLE} holders and not {bundle}, for it is in memory as a whole; \
         250 are as fast"
    )]
    Bundle {
        /// How many were asked for.
        bundle: NonZeroU32,
    },
    /// Tokens that would never be valid.
    #[error(
        "the end date, {expires}, is not after the date of request, {issued}; it is the first day on \
         which the tokens are no longer valid"
    )]
    Expiry {
        /// The date of request.
        issued: Date,
        /// The end date.
        expires: Date,
    },
    /// New cards that would look older than those that they stand in for.
    #[error(
        "the date of request, {issued}, is before {replaced}, the date on the cards that the new \
         ones replace; give that day or a later one"
    )]
    Earlier {
        /// The date of request.
        issued: Date,
        /// That of the earlier cards.
        replaced: Date,
    },
    /// The codes or the URL don't fit the design.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// Holders, or rows of lists, stand in the way.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Every holder has a token already, and is skipped.
    #[error("each holder has a token already and is skipped, so there is nothing to print")]
    AllKnown,
    /// No holder is in this part.
    #[error(
        "none of the {total} holders is in shard {shard}; with so few holders take fewer shards"
    )]
    EmptyShard {
        /// The part.
        shard: Shard,
        /// The holders of all parts.
        total: u64,
    },
    /// The list of holders can't be kept beside the run.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A plan to which its holders are added, one by one.
pub struct PlanBuilder {
    options: IssueOptions,
    composer: Composer,
    roll: RollWriter,
    refusal: Refusal,
    /// The serials that the run's tokens void, as they come.
    voided: VoidedSerials,
    /// Holders of all parts.
    added: u64,
    /// Holders who have a token already and get no other, by the run or list that says so.
    skipped: BTreeMap<PathBuf, u64>,
    failed: Option<FileError>,
}

impl PlanBuilder {
    /// Begins with nobody.
    ///
    /// # Errors
    /// [`PlanError`] when a bundle is too large, the tokens end before they begin or are dated
    /// before those that they replace, codes or URL don't fit the design, or nothing can be
    /// written to the folder that the run is to be in.
    pub fn new(mut options: IssueOptions) -> Result<Self, PlanError> {
        if options.bundle.get() > MAX_BUNDLE {
            return Err(PlanError::Bundle { bundle: options.bundle });
        }
        let issued = options.cards.date;
        if let Some(expires) = options.cards.expires.filter(|expires| *expires <= issued) {
            return Err(PlanError::Expiry { issued, expires });
        }
        if let Some(replaced) = options.replaced_on().filter(|replaced| *replaced > issued) {
            return Err(PlanError::Earlier { issued, replaced });
        }
        let composer = Composer::with_fallback(
            options.design.clone(),
            options.cards.clone(),
            options.fallback_font.clone(),
        )?;
        let roll = RollWriter::new(folder_of(&options.out), options.sort, options.cards.country)?;
        let mut refusal = Refusal::default();
        if let Some(reissue) = &mut options.reissue {
            refusal.refused = reissue.take_faults().map(Refused::Serial);
        }
        Ok(Self {
            options,
            composer,
            roll,
            refusal,
            voided: VoidedSerials::default(),
            added: 0,
            skipped: BTreeMap::new(),
            failed: None,
        })
    }

    /// Whether the design prints where a holder lives.
    #[must_use]
    pub const fn prints_address(&self) -> bool {
        self.options.design.address.is_some()
    }

    /// Adds a holder, each id once; [`PlanBuilder::finish`] tells what is wrong with any.
    pub fn add(&mut self, holder: &Holder, place: Option<Place>) {
        if self.options.reissue.as_mut().is_some_and(|reissue| !reissue.meets(&holder.id)) {
            return;
        }
        if self.options.only.as_mut().is_some_and(|only| !only.meets(&holder.id)) {
            return;
        }
        // In every shard alike, so before it is asked whose part a holder is in.
        if let Some((known, IfKnown::Skip)) = &self.options.known
            && let Some(by) = known.by(&holder.id)
        {
            *self.skipped.entry(by.to_owned()).or_default() += 1;
            return;
        }
        self.added += 1;
        if self.options.shard.is_some_and(|shard| !shard.has(&holder.id)) {
            self.roll.pass_over(holder);
            return;
        }
        let (id, name) = (holder.id.as_str(), holder.name.as_str());
        let mut refuse = |value: &str, why| {
            let value = Excerpt::new(value);
            self.refusal.refused.add(Refused::Holder { place, value, why });
        };
        if let Some((known, IfKnown::Refuse)) = &self.options.known
            && let Some(by) = known.by(&holder.id)
        {
            let why = match self.options.reissue {
                Some(_) => WhyRefused::Reissued,
                None => WhyRefused::Known { by: by.to_owned() },
            };
            refuse(id, why);
        }
        let language = holder.language.unwrap_or(self.options.language);
        if let Err(error) = self.composer.check(holder, language) {
            refuse(name, WhyRefused::Layout(error));
        }
        let voids = self.options.voids(&holder.id);
        if voids.len() > MAX_VOIDED {
            refuse(id, WhyRefused::TooManyVoids(voids.len()));
        }
        for serial in voids {
            self.voided.add(&serial);
        }
        if self.failed.is_none() {
            self.failed = self.roll.add(holder).err();
        }
    }

    /// Settles the plan; the holders were read from a file of this name, if from any, with bytes
    /// of this digest.
    ///
    /// # Errors
    /// [`PlanError`], with all that stands in the way.
    pub fn finish(
        self,
        file: Option<&Path>,
        input_sha256: Sha256Digest,
    ) -> Result<Plan, PlanError> {
        let Self { options, composer, roll, mut refusal, voided, added, skipped, failed } = self;
        refusal.refused.extend(options.reissue.iter().flat_map(Reissue::absent));
        refusal.refused.extend(options.only.iter().flat_map(Only::absent));
        if refusal.total() > 0 {
            refusal.file = file.map(Path::to_owned);
            return Err(refusal.into());
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
        let roll = roll.finish()?;
        match options.shard {
            _ if !roll.is_empty() => {}
            Some(shard) if added > 0 => return Err(PlanError::EmptyShard { shard, total: added }),
            _ if !skipped.is_empty() => return Err(PlanError::AllKnown),
            _ => return Err(PlanError::NoHolder),
        }
        let cards = options.cards.clone();
        let mut parameters = Parameters {
            issued: cards.date,
            expires: cards.expires,
            design: options.design.name.clone(),
            design_sha256: Sha256Digest::from_bytes(options.design.sha256),
            fallback_font: options
                .fallback_font
                .as_ref()
                .map(|font| Sha256Digest::of(font.bytes())),
            language: options.language,
            office: cards.office,
            phone: cards.phone,
            reply_to: cards.reply_to,
            country: cards.country,
            back: cards.back,
            window: cards.window,
            tagged: options.tagged || options.design.tagged,
            marked: options.design.mark.is_some(),
            numbered: options.design.sequence.is_some(),
            url: cards.url,
            code_format: cards.format,
            scheme: options.scheme,
            key_id: options.pepper.as_ref().map(Pepper::key_id),
            sort: options.sort,
            part: None,
            replaces: None,
            bundle: whole_sheets(options.bundle.get(), options.design.cards_per_page()),
            sealed_to: options.seal_to.as_ref().map(Recipients::fingerprints).unwrap_or_default(),
        };
        if let Some(shard) = options.shard {
            let known = options.known.as_ref().map(|(known, then)| (known.sha256(), *then));
            let whole = whole_run(&parameters, roll.given_sha256(), shard, known);
            parameters.part = Some(Part { shard, whole, holders: added });
        }
        // After the id that shards share is made, for it differs from one to the other.
        parameters.replaces = voided.of(options.replaced_runs());
        let plan = Plan { options, composer, parameters, roll, input_sha256, skipped };
        plan.composer.check_sequence(&plan.last_sequence())?;
        Ok(plan)
    }
}

/// What a run makes; nothing stands in its way.
pub struct Plan {
    options: IssueOptions,
    composer: Composer,
    parameters: Parameters,
    roll: Roll,
    input_sha256: Sha256Digest,
    skipped: BTreeMap<PathBuf, u64>,
}

impl Plan {
    /// How many holders have a token already and get no other, by the run or list that says so.
    #[must_use]
    pub const fn skipped(&self) -> &BTreeMap<PathBuf, u64> {
        &self.skipped
    }

    /// Plans a run for holders that are at hand.
    ///
    /// # Errors
    /// [`PlanError`], with all that stands in the way.
    pub fn new<'h>(
        options: IssueOptions,
        holders: impl IntoIterator<Item = &'h Holder>,
        input_sha256: Sha256Digest,
    ) -> Result<Self, PlanError> {
        let mut builder = PlanBuilder::new(options)?;
        holders.into_iter().for_each(|holder| builder.add(holder, None));
        builder.finish(None, input_sha256)
    }

    /// The folder to make.
    #[must_use]
    pub fn out(&self) -> &Path {
        &self.options.out
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

    pub(super) const fn holders_sha256(&self) -> Sha256Digest {
        self.roll.sha256()
    }

    pub(super) const fn composer(&self) -> &Composer {
        &self.composer
    }

    pub(super) const fn pepper(&self) -> Option<&Pepper> {
        self.options.pepper.as_ref()
    }

    pub(super) const fn recipients(&self) -> Option<&Recipients> {
        self.options.seal_to.as_ref()
    }

    pub(super) const fn signing_key(&self) -> Option<&SigningKey> {
        self.options.sign_with.as_ref()
    }

    /// Whether the cards leave the process sealed.
    pub(super) const fn is_sealed(&self) -> bool {
        self.options.seal_to.is_some()
    }

    /// The serials of the tokens that a holder's new one voids.
    pub(super) fn voids(&self, holder: &HolderId) -> Vec<Serial> {
        self.options.voids(holder)
    }

    pub(super) fn language(&self, holder: &Holder) -> Language {
        holder.language.unwrap_or(self.options.language)
    }

    /// The holders, in the order of their cards.
    pub(super) fn roll(&self) -> Result<Holders<'_>, FileError> {
        self.roll.holders()
    }

    /// Where a card stands in the run, the first of its bundle being 1.
    pub(super) fn sequence(&self, number: u32, card: u32) -> Sequence {
        Sequence {
            number: self.before(number) + u64::from(card),
            total: self.holders(),
            file: number,
            card,
            // A bundle holds no more than its parameter says, which is as small.
            cards: u32::try_from(self.cards_of(number)).unwrap_or(u32::MAX),
        }
    }

    /// The sequence that takes the most room: the highest number of each kind.
    fn last_sequence(&self) -> Sequence {
        let cards = self.sequence(1, 1).cards;
        let (total, file) = (self.holders(), self.bundles());
        Sequence { number: total, total, file, card: cards, cards }
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

/// The id that the parts of a run share, 32 hexadecimal digits: it follows from what they have
/// alike, so that machines needn't agree on one.
fn whole_run(
    parameters: &Parameters,
    holders: Sha256Digest,
    shard: Shard,
    known: Option<(Sha256Digest, IfKnown)>,
) -> String {
    let alike = (parameters, holders, shard.of());
    let alike = match known {
        // Which tokens are replaced differs from part to part, but not by what they are known.
        Some((sha256, then)) => serde_json::to_string(&(alike, sha256, then == IfKnown::Replace)),
        None => serde_json::to_string(&alike),
    };
    // Keys are strings and no value can fail to serialise.
    let mut digits = Sha256Digest::of(alike.unwrap_or_default().as_bytes()).to_string();
    digits.truncate(32);
    digits
}

/// Holders of a bundle that leaves no sheet half empty but the run's last one.
const fn whole_sheets(bundle: u32, cards_per_sheet: u32) -> u32 {
    let whole = bundle / cards_per_sheet * cards_per_sheet;
    if whole == 0 { cards_per_sheet } else { whole }
}
