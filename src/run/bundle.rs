//! A bundle in hand: its tokens drawn, its pages printed and its codes hashed by all workers.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use rand::TryCryptoRng;
use tokenkaart_token::{
    files::FileError,
    hash::{CodeHasher, HashError, PhcString, SALT_LEN, Verifier},
    holder::Holder,
    record::{Record, RecordError},
    token::{Position, Random, Serial, Token},
};
use zeroize::Zeroizing;

use super::plan::Plan;
use crate::{
    layout::{LayoutError, Slug},
    print::{self, About, PrintError},
    seal::SealError,
    symbol::mark::{Envelope, RunId},
};

const CODES: usize = Position::MAX as usize;
/// Of how many hashes one is verified with the other Argon2: that costs about 2.5 times the
/// hash, so 0.6 % of a run.
const SAMPLED_OF: usize = 400;

/// Why a bundle could not be made; nothing of it is on the disk then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A card can't be laid out.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The pages can't be made a PDF.
    #[error(transparent)]
    Print(#[from] PrintError),
    /// The PDF can't be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A code can't be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A record can't be put together.
    #[error("serial {serial}: the record {source}; please report it")]
    Record {
        /// The token's serial.
        serial: Serial,
        /// Why.
        source: RecordError,
    },
    /// The two Argon2 implementations disagree.
    #[error(
        "serial {serial}, position {position}: two implementations of the hash disagree; \
         the computer or the program is faulty, so print nothing of this run and try another computer"
    )]
    Disagreement {
        /// The token's serial.
        serial: Serial,
        /// The position of the code.
        position: Position,
    },
    /// A file can't be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A worker thread died.
    #[error("a part of it was never done; please report it, and try again")]
    Undone,
}

/// What one thread works with: its hasher's memory is taken once.
pub(super) struct Worker<'p> {
    hasher: CodeHasher<'p>,
    verifier: Verifier<'p>,
}

impl<'p> Worker<'p> {
    pub(super) fn new(plan: &'p Plan) -> Result<Self, HashError> {
        Ok(Self {
            hasher: CodeHasher::new(plan.parameters().scheme, plan.pepper())?,
            verifier: Verifier::new(plan.pepper()),
        })
    }
}

/// A piece of a bundle's work.
#[derive(Clone, Copy)]
pub(super) enum Job {
    /// Lay out and print all its cards.
    Print,
    /// Hash one code, and verify the hash if it is in the sample.
    Hash(usize),
}

impl Job {
    /// Hashes that it makes.
    pub(super) const fn hashes(self) -> u64 {
        match self {
            Self::Print => 0,
            Self::Hash(_) => 1,
        }
    }
}

/// A bundle's tokens and what has been made of them; the tokens wipe themselves.
pub(super) struct Bundle<'p> {
    plan: &'p Plan,
    run: RunId,
    number: u32,
    holders: Vec<Holder>,
    tokens: Vec<Token>,
    salts: Vec<[u8; SALT_LEN]>,
    sample: Vec<usize>,
    given_out: AtomicUsize,
    finished: AtomicUsize,
    cards: OnceLock<(Zeroizing<Vec<u8>>, u32)>,
    hashes: Vec<OnceLock<PhcString>>,
}

/// The bytes of a bundle's two files.
pub(super) struct FinishedBundle<'b> {
    /// A PDF, or one that is sealed.
    pub(super) cards: &'b [u8],
    pub(super) pages: u32,
    pub(super) records: String,
}

impl<'p> Bundle<'p> {
    /// Draws the tokens, the salts and the sample.
    pub(super) fn draw<R: TryCryptoRng>(
        plan: &'p Plan,
        run: RunId,
        number: u32,
        holders: Vec<Holder>,
        random: &mut Random<R>,
    ) -> Result<Self, R::Error> {
        let format = &plan.parameters().code_format;
        let tokens =
            holders.iter().map(|_| Token::draw(format, random)).collect::<Result<Vec<_>, _>>()?;
        let count = tokens.len() * CODES;
        let salts = (0..count).map(|_| random.salt()).collect::<Result<Vec<_>, _>>()?;
        // A bundle has far fewer than 2^32 codes.
        let places = u32::try_from(count).unwrap_or(u32::MAX);
        let sample = (0..count.div_ceil(SAMPLED_OF))
            .map(|_| random.place(places).map(|place| place as usize))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            plan,
            run,
            number,
            holders,
            tokens,
            salts,
            sample,
            given_out: AtomicUsize::new(0),
            finished: AtomicUsize::new(0),
            cards: OnceLock::new(),
            hashes: (0..count).map(|_| OnceLock::new()).collect(),
        })
    }

    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    /// The first holder's place in the run, from 1.
    pub(super) fn first(&self) -> u64 {
        self.plan.before(self.number) + 1
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.tokens.len()).unwrap_or(u32::MAX)
    }

    pub(super) const fn is_sealed(&self) -> bool {
        self.plan.recipients().is_some()
    }

    pub(super) fn serials(&self) -> Vec<Serial> {
        self.tokens.iter().map(|token| token.serial().clone()).collect()
    }

    /// Codes whose hash was verified with the other implementation.
    pub(super) fn verified(&self) -> u64 {
        self.sample.len() as u64
    }

    fn jobs(&self) -> usize {
        self.hashes.len() + 1
    }

    /// Whether every job has been taken by a worker.
    pub(super) fn is_given_out(&self) -> bool {
        self.given_out.load(Ordering::Relaxed) >= self.jobs()
    }

    /// Keeps it from being continued, unless it is begun and has no more than so many jobs
    /// left; says whether it is let go. No file of it is on the disk then, and none will be.
    pub(super) fn abandon(&self, left: usize) -> bool {
        let none = Ordering::Relaxed;
        if self.given_out.compare_exchange(0, self.jobs(), none, none).is_ok() {
            return true;
        }
        if self.jobs() - self.finished.load(none) <= left {
            return false;
        }
        self.given_out.fetch_max(self.jobs(), none);
        true
    }

    /// Takes the next job, so that no other worker does it. Printing comes first: it is the
    /// longest.
    pub(super) fn take_job(&self) -> Option<Job> {
        match self.given_out.fetch_add(1, Ordering::Relaxed) {
            0 => Some(Job::Print),
            index if index < self.jobs() => Some(Job::Hash(index - 1)),
            _ => None,
        }
    }

    /// Does a job.
    pub(super) fn work(&self, job: Job, worker: &mut Worker<'_>) -> Result<(), BundleError> {
        // A job is given out once, so nothing has been set before.
        match job {
            Job::Print => drop(self.cards.set(self.print()?)),
            Job::Hash(index) => drop(self.hashes[index].set(self.hash(index, worker)?)),
        }
        Ok(())
    }

    /// Counts a job off; says whether it was the bundle's last one.
    pub(super) fn finish_job(&self) -> bool {
        self.finished.fetch_add(1, Ordering::AcqRel) + 1 == self.jobs()
    }

    fn print(&self) -> Result<(Zeroizing<Vec<u8>>, u32), BundleError> {
        let composer = self.plan.composer();
        let mut cards = Vec::with_capacity(self.tokens.len());
        for ((holder, token), card) in self.holders.iter().zip(&self.tokens).zip(1..) {
            let sequence = self.plan.sequence(self.number, card);
            let envelope = Envelope { run: self.run, sequence };
            cards.push(composer.compose(holder, self.plan.language(holder), token, &envelope)?);
        }
        let parameters = self.plan.parameters();
        let slug = Slug { file: Some(self.number), language: parameters.language };
        let pages = composer.impose(cards, slug)?;
        let title = format!("tokenkaart {:04}", self.number);
        let about = About {
            author: parameters.office.clone(),
            backs: parameters.back,
            tagged: parameters.tagged,
            ..About::new(title, parameters.language, parameters.issued)
        };
        let pdf = print::print(composer.design(), composer.faces(), &pages, &about)?;
        // What is kept until the hashes are done is what goes to the disk. The plain pages are
        // wiped here, but for the last 64 KiB of them, which are in age's buffer when it is freed.
        let file = match self.plan.recipients() {
            Some(recipients) => Zeroizing::new(recipients.seal(&pdf)?),
            None => pdf,
        };
        Ok((file, u32::try_from(pages.len()).unwrap_or(u32::MAX)))
    }

    fn hash(&self, index: usize, worker: &mut Worker<'_>) -> Result<PhcString, BundleError> {
        let token = &self.tokens[index / CODES];
        // The remainder is below 24.
        #[allow(clippy::cast_possible_truncation)]
        let Some(position) = Position::new((index % CODES) as u8 + 1) else {
            return Err(BundleError::Undone);
        };
        let code = token.code(position);
        let hash = worker.hasher.hash(code, &self.salts[index])?;
        if self.sample.contains(&index) && !worker.verifier.verify(code, &hash)? {
            return Err(BundleError::Disagreement { serial: token.serial().clone(), position });
        }
        Ok(hash)
    }

    /// What goes to the disk, once the last job is done.
    pub(super) fn finished(&self) -> Result<FinishedBundle<'_>, BundleError> {
        let (cards, pages) = self.cards.get().ok_or(BundleError::Undone)?;
        let mut records = String::with_capacity(self.tokens.len() * 3200);
        let parameters = self.plan.parameters();
        for ((holder, token), hashes) in
            self.holders.iter().zip(&self.tokens).zip(self.hashes.chunks_exact(CODES))
        {
            let all: Vec<PhcString> = hashes.iter().filter_map(OnceLock::get).cloned().collect();
            let serial = token.serial();
            let failed = |source| BundleError::Record { serial: serial.clone(), source };
            let record = Record::new(
                serial.clone(),
                holder.id.clone(),
                parameters.issued,
                parameters.expires,
                parameters.key_id,
                parameters.code_format.clone(),
                all,
            )
            .and_then(|record| record.voiding(self.plan.voids(&holder.id)))
            .map_err(failed)?;
            records.push_str(&record.to_line().map_err(failed)?);
            records.push('\n');
        }
        Ok(FinishedBundle { cards, pages: *pages, records })
    }
}
