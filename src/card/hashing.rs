//! The hashes of one card's codes, made by several threads.

use std::{
    num::NonZeroUsize,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use rand::TryCryptoRng;
use tokenkaart_token::{
    hash::{CodeHasher, Pepper, PhcString, SALT_LEN, Scheme, Verifier},
    token::{Position, Random, Token},
};

use super::error::CardError;

const CODES: usize = Position::MAX as usize;

/// How the codes of a card are hashed.
#[derive(Clone, Copy)]
pub struct Hashing<'p> {
    /// The scheme and its cost.
    pub scheme: Scheme,
    /// The verifier's secret key, if it has one.
    pub pepper: Option<&'p Pepper>,
    /// Threads that hash, each of which takes the memory of one hash.
    pub threads: NonZeroUsize,
}

/// The hashes of a token's codes while they are made.
pub(super) struct Hashes<'t> {
    hashing: &'t Hashing<'t>,
    token: &'t Token,
    salts: Vec<[u8; SALT_LEN]>,
    /// The one that is verified with the other Argon2.
    sample: usize,
    given_out: AtomicUsize,
    done: [OnceLock<PhcString>; CODES],
}

impl<'t> Hashes<'t> {
    /// Draws the salts, and which hash is verified.
    pub(super) fn begin<R: TryCryptoRng>(
        hashing: &'t Hashing<'t>,
        token: &'t Token,
        random: &mut Random<R>,
    ) -> Result<Self, R::Error> {
        let salts = (0..CODES).map(|_| random.salt()).collect::<Result<_, _>>()?;
        let sample = random.place(Position::MAX.into())? as usize;
        let given_out = AtomicUsize::new(0);
        Ok(Self { hashing, token, salts, sample, given_out, done: Default::default() })
    }

    /// Hashes one code after the other until no other is left.
    pub(super) fn work(&self) -> Result<(), CardError> {
        let Hashing { scheme, pepper, .. } = *self.hashing;
        let mut hasher = CodeHasher::new(scheme, pepper)?;
        for position in std::iter::repeat_with(|| self.next()) {
            let Some(position) = position else { break };
            let index = position.index();
            let code = self.token.code(position);
            let hash = hasher.hash(code, &self.salts[index])?;
            if index == self.sample && !Verifier::new(pepper).verify(code, &hash)? {
                let serial = self.token.serial().clone();
                return Err(CardError::Disagreement { serial, position });
            }
            // Each is given out once, so nothing has been set before.
            drop(self.done[index].set(hash));
        }
        Ok(())
    }

    /// The next position, so that no other thread takes it.
    fn next(&self) -> Option<Position> {
        let index = self.given_out.fetch_add(1, Ordering::Relaxed);
        u8::try_from(index + 1).ok().and_then(Position::new)
    }

    /// All of them, in the order of the positions.
    pub(super) fn finish(self) -> Result<Vec<PhcString>, CardError> {
        let all: Option<Vec<PhcString>> = self.done.into_iter().map(OnceLock::into_inner).collect();
        all.ok_or(CardError::Undone)
    }
}
