//! Mails: written and kept in the same transaction as what they tell of, and sent later by whichever
//! instance has the turn.
//!
//! A mail that was taken to be sent is nobody else's for [`TURN`], so an instance that dies over it
//! holds it up for that long. Whether a mail arrived whose mail server fell silent behind the last
//! line nobody can know; it is sent again, with the same `Message-ID`.

use std::{fmt, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use rand::TryCryptoRng;
use serde::{Deserialize, Serialize};
use tokenkaart_token::{language::Language, token::Random};
use zeroize::Zeroizing;

use crate::{
    ActivationLink, Key, Lane,
    seal::{OpenError, Sealer},
    store::{
        Store, StoreError, Transaction,
        account::AccountRow,
        audit::{self, Entry, Event},
        mail::{self, DueMail, MailRow},
        sealed::of_mail,
    },
    verify::retry::{OfStore, retried},
};

/// How long a mail is in the hands of who took it; sending must not take longer.
pub const TURN: SignedDuration = SignedDuration::from_mins(2);
/// How long a mail is tried that nothing in it makes worthless before.
pub const TRIED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// The pause after the first try; each is three times as long as the one before.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// The longest pause.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// The most of a mail server's words that are kept, in bytes.
const MAX_WHY: usize = 300;

/// What a mail tells.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum News<'n> {
    /// A code, and what it is good for.
    Code {
        /// Six digits.
        code: &'n str,
        /// What it is asked for.
        use_of: CodeUse,
        /// What the sign-in was begun for, as it was given to it.
        request: &'n str,
        /// When it was asked for.
        at: Timestamp,
    },
    /// The link of an activation, and until when it can be used.
    Activation {
        /// What is in the link.
        link: &'n ActivationLink,
        /// From when on it can't be used.
        until: Timestamp,
    },
    /// User name and password were chosen by an activation.
    Activated {
        /// The user name from now on.
        user_name: &'n str,
    },
    /// A key is active now.
    KeyActive {
        /// Which.
        key: Key,
        /// Whether the token ended by it.
        token_ended: bool,
    },
    /// The token has ended, since its holder reported it lost.
    TokenLost,
    /// A key was removed.
    KeyRemoved {
        /// Which.
        key: Key,
    },
    /// A key that wrong codes had locked can be used again.
    KeyUnlocked {
        /// Which.
        key: Key,
    },
    /// The address is another one now; told at both.
    EmailChanged {
        /// The new one.
        address: &'n str,
    },
    /// The password is another one now.
    PasswordChanged,
    /// The language is another one now.
    LanguageChanged,
}

/// What a code is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CodeUse {
    /// To sign in.
    SignIn,
    /// To confirm an address.
    Address,
    /// To set a password that was forgotten.
    Password,
}

/// It may have a code in it.
impl fmt::Debug for News<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

impl News<'_> {
    /// What it is, for whoever looks at what is left to be sent.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Code { .. } => "code",
            Self::Activation { .. } => "activation",
            Self::Activated { .. } => "activated",
            Self::KeyActive { .. } => "key active",
            Self::TokenLost => "token lost",
            Self::KeyRemoved { .. } => "key removed",
            Self::KeyUnlocked { .. } => "key unlocked",
            Self::EmailChanged { .. } => "address changed",
            Self::PasswordChanged => "password changed",
            Self::LanguageChanged => "language changed",
        }
    }
}

/// A mail's subject and text, in somebody's language. It may have a code in it, and wipes itself.
pub struct Written {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: Zeroizing<String>,
    /// The same as a page of HTML that needs nothing from elsewhere.
    pub html: Zeroizing<String>,
}

/// A mail as it is sent. It may have a code in it: nothing shows it.
pub struct Letter {
    /// To whom.
    pub to: String,
    /// What it says.
    pub written: Written,
}

/// A letter as it is sealed.
#[derive(Deserialize, Serialize)]
struct Body<'b> {
    to: std::borrow::Cow<'b, str>,
    subject: std::borrow::Cow<'b, str>,
    text: std::borrow::Cow<'b, str>,
    html: std::borrow::Cow<'b, str>,
}

/// Writes what is told: to a user name, in a language.
pub type Words = Box<dyn Fn(&News<'_>, &str, Language) -> Written + Send + Sync>;

/// What writes mails, and keeps them until they are sent.
pub struct Outbox {
    sealer: Arc<Sealer>,
    words: Words,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outbox(…)")
    }
}

/// Why a mail couldn't be taken or put away.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It can't be opened.
    #[error(transparent)]
    Sealed(#[from] OpenError),
}

impl OfStore for OutboxError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Sealed(_) => None,
        }
    }
}

/// A mail that is written and sealed, and becomes one of the store's by a transaction.
pub(crate) struct Outgoing(MailRow);

impl Outgoing {
    pub(crate) fn insert(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        self.0.insert(transaction)
    }

    /// Takes as much as [`Outgoing::insert`], and sends nothing.
    pub(crate) fn pretend(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        self.0.pretend(transaction)
    }
}

/// A mail whose turn somebody has.
pub struct TakenMail {
    /// The letter.
    pub letter: Letter,
    row: MailRow,
    tries: u32,
}

impl TakenMail {
    /// Its name, the same each time that it is tried; no secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.row.id
    }

    /// What it tells, in a word or two.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.row.kind
    }
}

impl Outbox {
    /// Writes by `words`, and seals by `sealer`.
    #[must_use]
    pub fn new(sealer: Arc<Sealer>, words: Words) -> Self {
        Self { sealer, words }
    }

    /// Writes a mail to an address about an account, which is tried for a day.
    ///
    /// # Errors
    /// The generator's.
    pub(crate) fn tell<R: TryCryptoRng>(
        &self,
        to: &str,
        account: &AccountRow,
        news: &News<'_>,
        now: Timestamp,
        random: &mut Random<R>,
    ) -> Result<Outgoing, R::Error> {
        let until = now.saturating_add(TRIED_FOR).unwrap_or(Timestamp::MAX);
        self.write(to, account, news, (now, until), random)
    }

    /// Writes a mail to an address about an account, of use until a moment.
    ///
    /// # Errors
    /// The generator's.
    pub(crate) fn write<R: TryCryptoRng>(
        &self,
        to: &str,
        account: &AccountRow,
        news: &News<'_>,
        (now, until): (Timestamp, Timestamp),
        random: &mut Random<R>,
    ) -> Result<Outgoing, R::Error> {
        let written = (self.words)(news, &account.user_name, account.language);
        let lane = Lane::of(&account.holder);
        let id = format!("{:032x}", u128::from_be_bytes(random.salt()?));
        let body = Body {
            to: to.into(),
            subject: written.subject.as_str().into(),
            text: written.text.as_str().into(),
            html: written.html.as_str().into(),
        };
        // Texts have a JSON.
        let json = Zeroizing::new(serde_json::to_vec(&body).unwrap_or_default());
        let body = self.sealer.seal(&of_mail(lane, &id), &json, random)?;
        Ok(Outgoing(MailRow {
            lane,
            id,
            holder: Some(account.holder.clone()),
            kind: news.kind().to_owned(),
            body,
            made_at: now.as_millisecond(),
            until: until.as_millisecond(),
        }))
    }

    /// The mails whose time has come, at most so many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn due(
        &self,
        store: &mut Store,
        now: Timestamp,
        at_most: u32,
    ) -> Result<Vec<DueMail>, StoreError> {
        mail::due(&mut store.read()?, now, at_most)
    }

    /// Takes the turn of a mail for [`TURN`]; `None` when another instance has it, or it is of no
    /// use any more and was given up.
    ///
    /// # Errors
    /// [`OutboxError`].
    pub fn take(
        &self,
        store: &mut Store,
        due: &DueMail,
        actor: &str,
        now: Timestamp,
    ) -> Result<Option<TakenMail>, OutboxError> {
        let next_at = now.saturating_add(TURN).unwrap_or(Timestamp::MAX);
        let row = retried(|| -> Result<Option<MailRow>, StoreError> {
            let mut transaction = store.begin()?;
            if !due.take(&mut transaction, next_at)? {
                return Ok(None);
            }
            let row = MailRow::find(&mut transaction, due.lane, &due.id)?;
            transaction.commit()?;
            Ok(row)
        })?;
        let Some(row) = row else { return Ok(None) };
        if row.until <= now.as_millisecond() {
            end(store, &row, Some((due.tries, "its time was over")), actor, now)?;
            return Ok(None);
        }
        let opened = self.sealer.open(&of_mail(row.lane, &row.id), &row.body)?;
        let body: Body<'_> = serde_json::from_slice(&opened).map_err(|_| OpenError::Broken)?;
        let written = Written {
            subject: body.subject.into_owned(),
            text: Zeroizing::new(body.text.into_owned()),
            html: Zeroizing::new(body.html.into_owned()),
        };
        let letter = Letter { to: body.to.into_owned(), written };
        Ok(Some(TakenMail { letter, row, tries: due.tries.saturating_add(1) }))
    }

    /// Puts a mail away that was sent: nothing of it is kept.
    ///
    /// # Errors
    /// [`StoreError`]; then it is sent again when the turn is over.
    pub fn sent(
        &self,
        store: &mut Store,
        taken: &TakenMail,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        end(store, &taken.row, None, actor, now)
    }

    /// Has a mail wait that wasn't sent, or gives it up when it would be of no use by then; until
    /// when it waits. `why` is what the mail server said.
    ///
    /// # Errors
    /// [`StoreError`]; then it is tried again when the turn is over.
    pub fn failed(
        &self,
        store: &mut Store,
        taken: &TakenMail,
        why: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let next_at = now.saturating_add(pause(taken.tries)).unwrap_or(Timestamp::MAX);
        if next_at.as_millisecond() >= taken.row.until {
            let why = &why[..why.floor_char_boundary(MAX_WHY)];
            end(store, &taken.row, Some((taken.tries, why)), actor, now)?;
            return Ok(None);
        }
        retried(|| {
            let mut transaction = store.begin()?;
            mail::put_off(&mut transaction, taken.row.lane, &taken.row.id, next_at)?;
            transaction.commit()
        })?;
        Ok(Some(next_at))
    }
}

/// How long a mail waits after so many tries.
fn pause(tries: u32) -> SignedDuration {
    let times = 3_i32.saturating_pow(tries.saturating_sub(1));
    FIRST_PAUSE.saturating_mul(times).min(LONGEST_PAUSE)
}

/// Takes a mail away: it was sent, or is given up after so many tries and for a reason.
fn end(
    store: &mut Store,
    row: &MailRow,
    given_up: Option<(u32, &str)>,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    retried(|| {
        let mut transaction = store.begin()?;
        let mut head = audit::lock(&mut transaction, row.lane)?;
        if !row.delete(&mut transaction)? {
            return Ok(());
        }
        if let Some((tries, why)) = given_up {
            row.give_up(&mut transaction, tries, why, now)?;
        }
        let reference = match &row.holder {
            Some(holder) => audit::reference(&mut transaction, holder)?,
            None => None,
        };
        let entry = Entry {
            event: if given_up.is_some() { Event::MailGivenUp } else { Event::MailSent },
            reference: reference.as_deref(),
            serial: None,
            position: None,
            detail: &row.kind,
        };
        audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
        transaction.commit()
    })
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::ChaCha20Rng};

    use super::*;
    use crate::seal::SealKeys;

    #[test]
    fn pauses_grow_and_are_never_longer_than_an_hour() {
        let pauses: Vec<i64> = (1..9).map(|tries| pause(tries).as_secs()).collect();
        assert_eq!(pauses, [10, 30, 90, 270, 810, 2430, 3600, 3600]);
        assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
    }

    #[test]
    fn nothing_shows_what_a_mail_tells() {
        let at = Timestamp::UNIX_EPOCH;
        let news = News::Code { code: "123456", use_of: CodeUse::SignIn, request: "x", at };
        assert_eq!(format!("{news:?}"), "code");
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + second).unwrap()
    }

    /// A store of its own with one mail in it, and what sends it.
    fn office(until: i64) -> (tempfile::TempDir, Store, Outbox) {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}/auth.db", folder.path().display()).parse().unwrap();
        let (mut store, _) = Store::create(&address).unwrap();
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(1));
        let keys = SealKeys::parse(&SealKeys::rotated(None, &mut random).unwrap()).unwrap();
        let words = |_: &News<'_>, user: &str, _| Written {
            subject: "a subject".to_owned(),
            text: Zeroizing::new(format!("a text to {user}")),
            html: Zeroizing::new("<p>".to_owned()),
        };
        let outbox = Outbox::new(Arc::new(Sealer::new(keys, || None)), Box::new(words));
        let account = AccountRow {
            holder: "4711".to_owned(),
            user_name: "jan".to_owned(),
            email: "jan@post.be".to_owned(),
            name: None,
            language: Language::Nl,
        };
        let (news, life) = (News::PasswordChanged, (at(0), at(until)));
        let mail = outbox.write("jan@post.be", &account, &news, life, &mut random).unwrap();
        let mut transaction = store.begin().unwrap();
        mail.insert(&mut transaction).unwrap();
        transaction.commit().unwrap();
        (folder, store, outbox)
    }

    fn due(outbox: &Outbox, store: &mut Store, second: i64) -> Vec<DueMail> {
        outbox.due(store, at(second), 10).unwrap()
    }

    #[test]
    fn a_mail_is_sent_by_one_instance_and_gone_then() {
        let (_folder, mut store, outbox) = office(3600);
        let body = store.read().unwrap().query_one("SELECT body FROM mails", &[]).unwrap().unwrap();
        assert!(!body.text("body").unwrap().contains("a text"));
        let found = due(&outbox, &mut store, 0);
        let (one, other) = (&found[0], &found[0].clone());
        let taken = outbox.take(&mut store, one, "x", at(0)).unwrap().unwrap();
        assert_eq!(
            (taken.letter.to.as_str(), taken.letter.written.text.as_str()),
            ("jan@post.be", "a text to jan")
        );
        assert!(outbox.take(&mut store, other, "x", at(0)).unwrap().is_none());
        assert!(due(&outbox, &mut store, 119).is_empty());
        outbox.sent(&mut store, &taken, "x", at(1)).unwrap();
        assert!(due(&outbox, &mut store, 9_999_999).is_empty());
        let counts = mail::counts(&mut store.read().unwrap(), 10).unwrap();
        assert_eq!(counts, mail::MailCounts::default());
    }

    #[test]
    fn an_instance_that_dies_over_a_mail_leaves_it_to_another() {
        let (_folder, mut store, outbox) = office(3600);
        let first = due(&outbox, &mut store, 0).remove(0);
        drop(outbox.take(&mut store, &first, "x", at(0)).unwrap().unwrap());
        let second = due(&outbox, &mut store, 120).remove(0);
        let taken = outbox.take(&mut store, &second, "x", at(120)).unwrap().unwrap();
        assert_eq!((taken.id(), taken.tries), (&*first.id, 2));
    }

    #[test]
    fn a_mail_that_can_not_be_sent_is_tried_at_growing_pauses_and_given_up() {
        let (_folder, mut store, outbox) = office(100);
        let mut tried = Vec::new();
        for second in 0..400 {
            for found in due(&outbox, &mut store, second) {
                let Some(taken) = outbox.take(&mut store, &found, "x", at(second)).unwrap() else {
                    panic!("nobody else is here")
                };
                tried.push(second);
                outbox.failed(&mut store, &taken, "no such door", "x", at(second)).unwrap();
            }
        }
        assert_eq!(tried, [0, 10, 40]);
        let counts = mail::counts(&mut store.read().unwrap(), 10).unwrap();
        assert_eq!((counts.waiting, counts.given_up), (0, 1));
        let given_up = &counts.last_given_up[0];
        assert_eq!((&*given_up.kind, given_up.tries), ("password changed", 3));
        assert_eq!(given_up.why, "no such door");
    }

    #[test]
    fn a_mail_whose_time_is_over_is_not_sent() {
        let (_folder, mut store, outbox) = office(100);
        let found = due(&outbox, &mut store, 200).remove(0);
        assert!(outbox.take(&mut store, &found, "x", at(200)).unwrap().is_none());
        assert_eq!(mail::counts(&mut store.read().unwrap(), 10).unwrap().given_up, 1);
    }

    #[test]
    fn what_is_sealed_in_a_store_is_sealed_again_under_a_new_key() {
        let (_folder, mut store, outbox) = office(3600);
        let mut random = Random::new(ChaCha20Rng::seed_from_u64(1));
        let first = SealKeys::rotated(None, &mut random).unwrap();
        let first = SealKeys::parse(&first).unwrap();
        let second = SealKeys::rotated(Some(&first), &mut random).unwrap();
        let both = Sealer::new(SealKeys::parse(&second).unwrap(), || None);
        let reseal =
            |store: &mut Store, random: &mut _| crate::reseal::reseal(store, &both, random);
        assert_eq!(reseal(&mut store, &mut random).unwrap(), 1);
        assert_eq!(reseal(&mut store, &mut random).unwrap(), 0);
        // The old key alone opens nothing any more, and the new one alone opens all.
        let found = due(&outbox, &mut store, 0).remove(0);
        assert!(outbox.take(&mut store, &found, "x", at(0)).is_err());
        let newest = SealKeys::parse(&second).unwrap().newest_alone();
        let sealer = Sealer::new(SealKeys::parse(&newest).unwrap(), || None);
        let other = Outbox { sealer: Arc::new(sealer), ..outbox };
        let found = due(&other, &mut store, 120).remove(0);
        assert!(other.take(&mut store, &found, "x", at(120)).unwrap().is_some());
    }
}
