//! Hashing codes, and checking hashes with other eyes.
//!
//! [`CodeHasher`] makes hashes with the fastest Argon2 there is (crate `argon2-rust`);
//! [`Verifier`] checks them with another one (crate `argon2`), which shares no code with the
//! first. A run makes all its hashes with the one and verifies a sample with the other, so that
//! a fault in either stops the run instead of printing cards that nobody can sign in with.
//!
//! PBKDF2 comes from one crate (`pbkdf2`) on both sides; its published vectors and Python's
//! `hashlib` hold it in the tests.

mod blocks;
mod ceiling;
mod pepper;
mod phc;
mod scheme;

use std::hint::black_box;

use sha2::Sha256;
use zeroize::Zeroizing;

pub use self::{
    blocks::Blocks,
    ceiling::{Ceiling, CeilingOf, DearScheme},
    pepper::{KeyId, KeyIdError, MAX_PEPPER_LEN, MIN_PEPPER_LEN, Pepper, PepperError},
    phc::{PhcError, PhcString, SALT_LEN, TAG_LEN},
    scheme::{
        Argon2id, MAX_ITERATIONS, MAX_M_KIB, MAX_P, MAX_T, Pbkdf2Sha256, Scheme, SchemeError,
        SchemeName, WeakScheme,
    },
};
use crate::token::Code;

/// Why a code could not be hashed or verified.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// The system gave no memory.
    #[error(
        "a hash takes {kib} KiB of memory on each core and the system gave none; \
         close other programs or take a scheme with a smaller m"
    )]
    Memory {
        /// KiB asked for, by one hasher.
        kib: u32,
    },
    /// Argon2 refused what [`Scheme`] had let through; a fault of this program.
    #[error("Argon2 refused {0}; this is a fault of tokenkaart, so please report it")]
    Refused(Scheme),
}

/// Makes hashes; one for each worker thread.
///
/// The memory of an Argon2 hash is taken once, used for all codes and overwritten once, when
/// the hasher is dropped: wiping it after each hash would double the memory traffic, and the
/// next hash overwrites it anyway. What is left in it between hashes is derived from a code, and
/// the code can't be read off it.
///
/// ```
/// use tokenkaart_token::{hash::{CodeHasher, Scheme, Verifier}, token::CodeFormat};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let code = CodeFormat::federal().read("BCDFGH")?;
/// let hash = CodeHasher::new(Scheme::default(), None)?.hash(&code, &[7; 16])?;
/// assert!(hash.to_string().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
/// assert!(Verifier::new(None).verify(&code, &hash)?);
/// # Ok(())
/// # }
/// ```
pub struct CodeHasher<'p> {
    scheme: Scheme,
    pepper: Option<&'p Pepper>,
    /// None for PBKDF2, which takes no memory.
    argon2: Option<Arena>,
}

/// The memory of `argon2-rust`, and what overwrites it.
struct Arena {
    hasher: argon2_rust::Hasher,
    /// One pass over the same memory, for [`CodeHasher::wipe`].
    eraser: argon2_rust::Argon2,
    used: bool,
}

impl<'p> CodeHasher<'p> {
    /// Takes the memory of one hash, so that a run that can't have it fails before it starts.
    ///
    /// # Errors
    /// [`HashError::Memory`] when the system gives none.
    pub fn new(scheme: Scheme, pepper: Option<&'p Pepper>) -> Result<Self, HashError> {
        let argon2 = match scheme {
            Scheme::Argon2id(cost) => Some(Arena::new(scheme, cost)?),
            Scheme::Pbkdf2Sha256(_) => None,
        };
        Ok(Self { scheme, pepper, argon2 })
    }

    /// Hashes the canonical form of a code.
    ///
    /// # Errors
    /// [`HashError`]; nothing of the code is in it.
    pub fn hash(&mut self, code: &Code, salt: &[u8; SALT_LEN]) -> Result<PhcString, HashError> {
        self.hash_secret(code.canonical(), salt)
    }

    /// Hashes another secret that a person types: a password.
    ///
    /// # Errors
    /// [`HashError`]; nothing of the secret is in it.
    pub fn hash_secret(
        &mut self,
        typed: &[u8],
        salt: &[u8; SALT_LEN],
    ) -> Result<PhcString, HashError> {
        let mut tag = [0; TAG_LEN];
        match (self.scheme, &mut self.argon2) {
            (Scheme::Argon2id(_), Some(arena)) => {
                let secret = self.pepper.map_or(&[][..], Pepper::as_bytes);
                arena.used = true;
                arena
                    .hasher
                    .hash_into_with_ad(typed, salt, secret, &[], &mut tag)
                    .map_err(|error| refused(self.scheme, error))?;
            }
            (Scheme::Argon2id(_), None) => return Err(HashError::Refused(self.scheme)),
            (Scheme::Pbkdf2Sha256(cost), _) => {
                pbkdf2_sha256(typed, salt, self.pepper, cost, &mut tag);
            }
        }
        Ok(PhcString::new(self.scheme, *salt, tag))
    }

    /// Overwrites the memory that codes were hashed in; also done on drop.
    ///
    /// `argon2-rust` lends no way to its memory, and with its wiping off it gives it back as it
    /// is. So a hash of nothing at all goes over it, one pass of which writes every block: what
    /// is left is the same for everyone.
    pub fn wipe(&mut self) {
        if let Some(arena) = &mut self.argon2 {
            arena.wipe();
        }
    }
}

impl Arena {
    fn new(scheme: Scheme, cost: Argon2id) -> Result<Self, HashError> {
        let argon2 = |passes| {
            argon2_rust::Params::builder()
                .memory(argon2_rust::params::Memory::kib(cost.m_kib().into()))
                .passes(passes)
                .lanes(cost.p())
                .threads(1)
                .tag_len(argon2_rust::params::TagLen::bytes(TAG_LEN as u64))
                .build()
                .map(|params| {
                    argon2_rust::Argon2::new(
                        argon2_rust::Algorithm::Argon2id,
                        argon2_rust::Version::V0x13,
                        params,
                    )
                })
                .map_err(|error| refused(scheme, error))
        };
        let mut hasher = argon2(cost.t())?.hasher();
        hasher.reserve().map_err(|error| refused(scheme, error))?;
        Ok(Self { hasher, eraser: argon2(1)?, used: false })
    }

    fn wipe(&mut self) {
        if !self.used {
            return;
        }
        let argon2 = *self.hasher.argon2();
        let mut tag = [0; TAG_LEN];
        self.hasher.set_argon2(self.eraser);
        let overwritten = self.hasher.hash_into(&[], &[0; SALT_LEN], &mut tag);
        self.hasher.set_argon2(argon2);
        // The memory is there and the parameters have been taken before, so it can't fail.
        debug_assert_eq!(overwritten, Ok(()));
        black_box(tag);
        self.used = overwritten.is_err();
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        self.wipe();
    }
}

fn refused(scheme: Scheme, error: argon2_rust::Error) -> HashError {
    match error {
        argon2_rust::Error::MemoryAllocationError => HashError::Memory { kib: scheme.memory_kib() },
        _ => HashError::Refused(scheme),
    }
}

/// Verifies codes against hashes with the crates `argon2` and `pbkdf2`.
///
/// Memory is taken by the first Argon2 hash, reused, and wiped on drop, unless it is handed on.
pub struct Verifier<'p> {
    pepper: Option<&'p Pepper>,
    blocks: Blocks,
}

impl<'p> Verifier<'p> {
    /// Takes the pepper that the hashes were made with, if they were.
    #[must_use]
    pub const fn new(pepper: Option<&'p Pepper>) -> Self {
        Self { pepper, blocks: Blocks::new() }
    }

    /// The same in memory that another had.
    #[must_use]
    pub fn within(self, blocks: Blocks) -> Self {
        Self { blocks, ..self }
    }

    /// The memory, for another.
    #[must_use]
    pub fn into_blocks(self) -> Blocks {
        self.blocks
    }

    /// Whether the hash is this code's. It compares in constant time.
    ///
    /// A hash made with another pepper, or without one, answers no; the record's key id tells
    /// which it was.
    ///
    /// # Errors
    /// [`HashError`]; nothing of the code is in it.
    pub fn verify(&mut self, code: &Code, hash: &PhcString) -> Result<bool, HashError> {
        self.verify_secret(code.canonical(), hash)
    }

    /// Whether the hash is that of another secret that a person typed: see
    /// [`CodeHasher::hash_secret`]. It compares in constant time.
    ///
    /// # Errors
    /// [`HashError`]; nothing of the secret is in it.
    pub fn verify_secret(&mut self, typed: &[u8], hash: &PhcString) -> Result<bool, HashError> {
        let scheme = hash.scheme();
        let mut tag = Zeroizing::new([0; TAG_LEN]);
        match scheme {
            Scheme::Argon2id(cost) => self.argon2id(scheme, cost, typed, hash.salt(), &mut tag)?,
            Scheme::Pbkdf2Sha256(cost) => {
                pbkdf2_sha256(typed, hash.salt(), self.pepper, cost, &mut tag);
            }
        }
        Ok(hash.has_tag(&tag))
    }

    fn argon2id(
        &mut self,
        scheme: Scheme,
        cost: Argon2id,
        typed: &[u8],
        salt: &[u8; SALT_LEN],
        tag: &mut [u8; TAG_LEN],
    ) -> Result<(), HashError> {
        let refused = |_| HashError::Refused(scheme);
        let params = argon2::Params::new(cost.m_kib(), cost.t(), cost.p(), Some(TAG_LEN))
            .map_err(refused)?;
        let count = params.block_count();
        let argon2 = argon2::Argon2::new_with_secret(
            self.pepper.map_or(&[][..], Pepper::as_bytes),
            argon2::Algorithm::Argon2id,
            argon2::Version::V0x13,
            params,
        )
        .map_err(refused)?;
        let blocks =
            self.blocks.first(count).map_err(|_| HashError::Memory { kib: cost.m_kib() })?;
        argon2.hash_password_into_with_memory(typed, salt, tag, blocks).map_err(refused)
    }
}

/// PBKDF2-HMAC-SHA256 over the code, or over the code keyed with the pepper.
fn pbkdf2_sha256(
    typed: &[u8],
    salt: &[u8; SALT_LEN],
    pepper: Option<&Pepper>,
    cost: Pbkdf2Sha256,
    tag: &mut [u8; TAG_LEN],
) {
    match pepper {
        None => pbkdf2::pbkdf2_hmac::<Sha256>(typed, salt, cost.iterations(), tag),
        Some(pepper) => {
            let password = pepper.authenticate(typed);
            pbkdf2::pbkdf2_hmac::<Sha256>(&*password, salt, cost.iterations(), tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::token::{Alphabet, CheckSymbol, CodeFormat};

    fn code(symbols: &str) -> Code {
        let alphabet = Alphabet::new("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ").unwrap();
        CodeFormat::new(alphabet, symbols.len(), 0, CheckSymbol::None)
            .unwrap()
            .read(symbols)
            .unwrap()
    }

    fn pepper(bytes: Vec<u8>) -> Pepper {
        Pepper::new(Zeroizing::new(bytes)).unwrap()
    }

    fn hash(scheme: &str, pepper: Option<&Pepper>, symbols: &str) -> PhcString {
        let mut hasher = CodeHasher::new(scheme.parse().unwrap(), pepper).unwrap();
        hasher.hash(&code(symbols), b"0123456789abcdef").unwrap()
    }

    fn verifies(symbols: &str, hash: &PhcString, pepper: Option<&Pepper>) -> bool {
        Verifier::new(pepper).verify(&code(symbols), hash).unwrap()
    }

    /// RFC 9106 §5.3, with secret and associated data, in both implementations.
    #[test]
    fn both_argon2_give_the_tag_of_rfc_9106() {
        let expected = [
            0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b,
            0x53, 0xc9, 0xd0, 0x1e, 0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9,
            0x6b, 0x01, 0xe6, 0x59,
        ];
        let (password, salt, secret, data) = ([1; 32], [2; 16], [3; 8], [4; 12]);

        let params = argon2_rust::Params::builder()
            .memory(argon2_rust::params::Memory::kib(32))
            .passes(3)
            .lanes(4)
            .build()
            .unwrap();
        let mut tag = [0; 32];
        argon2_rust::Argon2::new(
            argon2_rust::Algorithm::Argon2id,
            argon2_rust::Version::V0x13,
            params,
        )
        .hasher()
        .hash_into_with_ad(&password, &salt, &secret, &data, &mut tag)
        .unwrap();
        assert_eq!(tag, expected);

        let params = argon2::ParamsBuilder::new()
            .m_cost(32)
            .t_cost(3)
            .p_cost(4)
            .data(argon2::AssociatedData::new(&data).unwrap())
            .build()
            .unwrap();
        let mut tag = [0; 32];
        argon2::Argon2::new_with_secret(
            &secret,
            argon2::Algorithm::Argon2id,
            argon2::Version::V0x13,
            params,
        )
        .unwrap()
        .hash_password_into(&password, &salt, &mut tag)
        .unwrap();
        assert_eq!(tag, expected);
    }

    /// RFC 7914 §11.
    #[test]
    fn pbkdf2_gives_the_keys_of_rfc_7914() {
        for (password, salt, iterations, expected) in [
            (
                "passwd",
                "salt",
                1,
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
                 49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
            ),
            (
                "Password",
                "NaCl",
                80_000,
                "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56\
                 a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
            ),
        ] {
            let mut key = [0; 64];
            pbkdf2::pbkdf2_hmac::<Sha256>(
                password.as_bytes(),
                salt.as_bytes(),
                iterations,
                &mut key,
            );
            for (place, byte) in key.iter().enumerate() {
                assert_eq!(format!("{byte:02x}"), expected[2 * place..2 * place + 2], "{place}");
            }
        }
    }

    #[test]
    fn a_code_verifies_under_its_own_hash_alone() {
        let (right, wrong) = (pepper(vec![1; 32]), pepper(vec![2; 32]));
        for scheme in ["argon2id:m=64,t=2,p=1", "argon2id:m=64,t=1,p=4", "pbkdf2-sha256:i=10"] {
            for pepper in [None, Some(&right)] {
                let hash = hash(scheme, pepper, "BCDFGHJK2");
                assert!(verifies("BCDFGHJK2", &hash, pepper));
                assert!(!verifies("BCDFGHJK3", &hash, pepper));
                assert!(!verifies("BCDFGHJK2", &hash, Some(&wrong)));
                assert_eq!(verifies("BCDFGHJK2", &hash, None), pepper.is_none());
                let text = hash.to_string();
                let damaged = format!("{}A", &text[..text.len() - 1]).parse().unwrap();
                assert_eq!(verifies("BCDFGHJK2", &damaged, pepper), text.ends_with('A'));
            }
        }
    }

    #[test]
    fn a_hasher_gives_the_same_hashes_after_others_and_after_a_wipe() {
        let scheme = "argon2id:m=256,t=2,p=2".parse().unwrap();
        let mut hasher = CodeHasher::new(scheme, None).unwrap();
        let first = hasher.hash(&code("AAAAAAAAA"), &[1; 16]).unwrap();
        hasher.hash(&code("BBBBBBBBB"), &[2; 16]).unwrap();
        assert!(hasher.hash(&code("AAAAAAAAA"), &[1; 16]).unwrap() == first);
        hasher.wipe();
        assert!(hasher.hash(&code("AAAAAAAAA"), &[1; 16]).unwrap() == first);
    }

    #[test]
    fn one_verifier_serves_hashes_of_every_size() {
        let mut verifier = Verifier::new(None);
        for m in [64, 8, 512, 9, 64] {
            let hash = hash(&format!("argon2id:m={m},t=1,p=1"), None, "BCDFGHJK2");
            assert!(verifier.verify(&code("BCDFGHJK2"), &hash).unwrap(), "m={m}");
        }
    }

    #[test]
    fn a_worker_thread_may_have_its_own() {
        fn moves_to_a_thread<T: Send>() {}
        moves_to_a_thread::<CodeHasher<'_>>();
        moves_to_a_thread::<Verifier<'_>>();
    }

    #[test]
    fn no_error_shows_a_code_or_a_pepper() {
        for error in [
            HashError::Memory { kib: 19456 },
            HashError::Refused(Scheme::default()),
            refused(Scheme::default(), argon2_rust::Error::MemoryAllocationError),
        ] {
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("19456"), "{shown}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn two_implementations_never_differ(
            symbols in "[0-9A-Z]{4,16}",
            salt: [u8; 16],
            key in prop::option::of(prop::collection::vec(any::<u8>(), 32..=200)),
            (p, m) in (1_u32..=4).prop_flat_map(|p| (Just(p), 8 * p..=200)),
            t in 1_u32..=4,
        ) {
            let pepper = key.map(pepper);
            let code = code(&symbols);
            for scheme in [Scheme::argon2id(m, t, p).unwrap(), Scheme::pbkdf2_sha256(t).unwrap()] {
                let hash =
                    CodeHasher::new(scheme, pepper.as_ref()).unwrap().hash(&code, &salt).unwrap();
                prop_assert!(Verifier::new(pepper.as_ref()).verify(&code, &hash).unwrap());
                prop_assert_eq!(hash.salt(), &salt);
                prop_assert!(hash.to_string().parse::<PhcString>().unwrap() == hash);
            }
        }
    }
}
