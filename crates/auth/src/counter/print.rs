//! A card is printed, and its token is pending.

use jiff::{SignedDuration, Timestamp};
use rand::TryCryptoRng;
use tokenkaart_token::{
    files::Sha256Digest,
    record::{Record, RecordError},
    token::Random,
};

use super::{
    act_key::ActKey,
    card::{CounterCard, Standing, lapse, locked},
    error::CounterError,
};
use crate::{
    store::{
        State, Store, StoreError, Transaction,
        audit::{self, Entry, Event},
        counter::{self, PrintedRow},
        token,
    },
    verify::{Clock, retry::retried},
};

/// How long a clerk has to say what became of a card: ten minutes.
pub const PENDING_FOR: SignedDuration = SignedDuration::from_mins(10);

/// What came of printing a card.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Printing {
    /// Its token is in the store, pending: the PDF may be given to the clerk, once.
    Printed(CounterCard),
    /// The same form has printed a card before, which is this one. No other was made.
    Again(CounterCard),
    /// A card of the holder waits to be handed over. No other was made.
    Waiting(CounterCard),
}

/// Brings a token in whose card is printed at a counter, as pending; one for a holder.
///
/// It is on the store's disk when this returns [`Printing::Printed`], and not before that may
/// anybody see the card. Whoever is told anything else throws the card away.
///
/// # Errors
/// [`CounterError`]; nothing came in then, or nobody knows ([`Cause::InDoubt`]) and the card is to
/// be thrown away too.
///
/// [`Cause::InDoubt`]: crate::store::Cause::InDoubt
pub fn print<R: TryCryptoRng>(
    store: &mut Store,
    record: &Record,
    act: &ActKey,
    clerk: &str,
    clock: &(impl Clock + ?Sized),
    random: &mut Random<R>,
) -> Result<Printing, CounterError> {
    let drawn = random.salt().map_err(|error| CounterError::Random { why: error.to_string() })?;
    let drawn = format!("{:032x}", u128::from_be_bytes(drawn));
    let sha256 = Sha256Digest::of(record.to_line()?.as_bytes());
    let format = serde_json::to_string(record.code_format()).map_err(RecordError::Json)?;
    retried(|| {
        let mut transaction = store.begin()?;
        let mut head = locked(&mut transaction, record.holder())?;
        let now = clock.now().timestamp();
        let holder = record.holder().as_str();
        if let Some(serial) = PrintedRow::of_act(&mut transaction, holder, act.as_str())?
            && let Some(token) = token::of_holder(&mut transaction, holder, &serial)?
        {
            return Ok(Printing::Again(CounterCard::read(&mut transaction, &token, now)?));
        }
        if let Some(pending) = token::pending_of(&mut transaction, holder)? {
            if pending.state_at(now) == State::Pending {
                return Ok(Printing::Waiting(CounterCard::read(&mut transaction, &pending, now)?));
            }
            lapse(&mut transaction, &mut head, &pending, clerk, now)?;
        }
        let card = bring_in(&mut transaction, record, (&format, &sha256), (act, clerk), now)?;
        let reference = if let Some(known) = audit::reference(&mut transaction, holder)? {
            known
        } else {
            audit::refer(&mut transaction, holder, &drawn)?;
            drawn.clone()
        };
        let entry = Entry {
            event: Event::CardPrinted,
            reference: Some(&reference),
            serial: Some(&record.serial().to_string()),
            position: None,
            detail: "",
        };
        audit::append(&mut transaction, &mut head, now, clerk, &[entry])?;
        transaction.commit()?;
        Ok(Printing::Printed(card))
    })
}

/// The rows of a pending token.
fn bring_in(
    transaction: &mut Transaction<'_>,
    record: &Record,
    text: (&str, &Sha256Digest),
    (act, clerk): (&ActKey, &str),
    now: Timestamp,
) -> Result<CounterCard, StoreError> {
    let until = now.saturating_add(PENDING_FOR).unwrap_or(Timestamp::MAX).as_millisecond();
    counter::insert_pending(transaction, record, text, until, now)?;
    let printed = PrintedRow { clerk: clerk.to_owned(), at: now.as_millisecond() };
    printed.insert(transaction, record, act.as_str())?;
    Ok(CounterCard {
        serial: record.serial().clone(),
        clerk: printed.clerk,
        printed_at: printed.at,
        standing: Standing::Waiting { until },
    })
}
