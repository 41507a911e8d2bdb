//! One card in memory, as a counter hands it out: its codes are drawn, printed and hashed, and
//! nothing of it is on a disk.

mod error;
mod hashing;

use std::{fmt, thread};

use rand::TryCryptoRng;
use tokenkaart_token::{
    hash::Pepper,
    holder::Holder,
    language::Language,
    record::Record,
    token::{Random, Serial, Token},
};
use zeroize::Zeroizing;

use self::hashing::Hashes;
pub use self::{error::CardError, hashing::Hashing};
use crate::{
    design::Design,
    layout::{CardOptions, Composer, FallbackFont, LayoutError, Slug},
    print::{self, About},
    symbol::mark::{Envelope, RunId, Sequence},
};

/// How cards of a day are made, one by one; what they have alike is laid out once.
pub struct CardPlan<'p> {
    composer: Composer,
    hashing: Hashing<'p>,
    tagged: bool,
}

/// A card as it is handed out, and the record that the auth store takes.
///
/// The pages wipe themselves, and there is no other copy of the codes.
pub struct MadeCard {
    /// A PDF file.
    pub pdf: Zeroizing<Vec<u8>>,
    /// The serial, the holder, and a hash of each code.
    pub record: Record,
}

impl<'p> CardPlan<'p> {
    /// Settles what all cards have alike, and finds out whether it fits. They are tagged for screen
    /// readers if that is `tagged`, or the design asks for it.
    ///
    /// # Errors
    /// [`LayoutError`], as [`Composer::new`].
    pub fn new(
        design: Design,
        cards: CardOptions,
        fallback: Option<FallbackFont>,
        tagged: bool,
        hashing: Hashing<'p>,
    ) -> Result<Self, LayoutError> {
        let tagged = tagged || design.tagged;
        let composer = Composer::with_fallback(design, cards, fallback)?;
        composer.check_sequence(&ALONE)?;
        Ok(Self { composer, hashing, tagged })
    }

    /// What lays the cards out.
    #[must_use]
    pub const fn composer(&self) -> &Composer {
        &self.composer
    }

    /// Makes a holder's card, by as many threads as hashing says; its record names the tokens that
    /// it voids.
    ///
    /// # Errors
    /// [`CardError`]; there is no card then, and nothing of it in memory.
    pub fn make<R>(
        &self,
        holder: &Holder,
        language: Language,
        voids: Vec<Serial>,
        random: &mut Random<R>,
    ) -> Result<MadeCard, CardError>
    where
        R: TryCryptoRng,
        R::Error: fmt::Display,
    {
        // Before a code is drawn.
        self.composer.check(holder, language)?;
        let failed = |error: R::Error| CardError::Random(error.to_string());
        let settings = self.composer.settings();
        let token = Token::draw(&settings.format, random).map_err(failed)?;
        let run = RunId::from_bytes(random.salt().map_err(failed)?);
        let hashes = Hashes::begin(&self.hashing, &token, random).map_err(failed)?;
        let (pdf, hashes) = thread::scope(|scope| {
            let others: Vec<_> =
                (1..self.hashing.threads.get()).map(|_| scope.spawn(|| hashes.work())).collect();
            let printed = self.print(holder, language, &token, run);
            let mut worked = hashes.work();
            for thread in others {
                worked = worked.and(thread.join().unwrap_or(Err(CardError::Undone)));
            }
            worked.and(printed)
        })
        .and_then(|pdf| Ok((pdf, hashes.finish()?)))?;
        let record = Record::new(
            token.serial().clone(),
            holder.id.clone(),
            settings.date,
            settings.expires,
            self.hashing.pepper.map(Pepper::key_id),
            settings.format.clone(),
            hashes,
        )
        .and_then(|record| record.voiding(voids))?;
        Ok(MadeCard { pdf, record })
    }

    fn print(
        &self,
        holder: &Holder,
        language: Language,
        token: &Token,
        run: RunId,
    ) -> Result<Zeroizing<Vec<u8>>, CardError> {
        let envelope = Envelope { run, sequence: ALONE };
        let card = self.composer.compose(holder, language, token, &envelope)?;
        let pages = self.composer.impose(vec![card], Slug { file: None, language })?;
        let settings = self.composer.settings();
        let title = format!("tokenkaart {}", token.serial());
        let about = About {
            author: settings.office.clone(),
            backs: settings.back,
            tagged: self.tagged,
            ..About::new(title, language, settings.date)
        };
        Ok(print::print(self.composer.design(), self.composer.faces(), &pages, &about)?)
    }
}

/// Where a card stands that is alone.
const ALONE: Sequence = Sequence { number: 1, total: 1, file: 1, card: 1, cards: 1 };
