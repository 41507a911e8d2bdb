//! Codes that are sent by e-mail: six digits, for ten minutes and five tries, bound to the sign-in or
//! the change that asked for them.

use jiff::{SignedDuration, Timestamp};
use rand::TryCryptoRng;
use tokenkaart_token::token::Random;
use zeroize::Zeroizing;

use crate::{
    Lane,
    limit::Pace,
    outbox::{CodeUse, News, Outbox, OutboxError, Outgoing},
    seal::Sealer,
    store::{StoreError, Transaction, account::AccountRow, key::MailCodeRow, sealed::of_code},
    totp::Digits,
};

/// How long a code can be used.
pub const CODE_FOR: SignedDuration = SignedDuration::from_mins(10);
/// How many wrong ones are taken of each code.
pub const CODE_TRIES: u32 = 5;
/// How fast codes are sent to one person: five at once, and then one in five minutes.
pub const TO_RECIPIENT: Pace = Pace { at_once: 5, one_in: SignedDuration::from_mins(5) };
/// How fast one address, which may be a whole office's, has codes sent: fifty at once, and then one in
/// ten seconds.
pub const OF_REQUESTER: Pace = Pace { at_once: 50, one_in: SignedDuration::from_secs(10) };

/// To what a code is bound: a sign-in or a change under way, by the digest of its id.
#[derive(Clone, Copy)]
pub(crate) struct Bound<'b> {
    pub(crate) lane: Lane,
    pub(crate) id: &'b str,
}

/// A code that was drawn, and the mail with it.
pub(crate) struct Prepared {
    row: MailCodeRow,
    mail: Outgoing,
    is_sent: bool,
}

/// What came of a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Judged {
    Right,
    Wrong,
    /// There is none to be given any more: another must be sent.
    Over,
}

impl Prepared {
    /// Draws a code and writes the mail with it, to an address about an account.
    pub(crate) fn new<R: TryCryptoRng>(
        (sealer, outbox): (&Sealer, &Outbox),
        bound: Bound<'_>,
        (to, account): (&str, &AccountRow),
        (use_of, request): (CodeUse, &str),
        now: Timestamp,
        random: &mut Random<R>,
    ) -> Result<Self, R::Error> {
        let code = Digits::draw(random)?.text();
        let until = now.saturating_add(CODE_FOR).unwrap_or(Timestamp::MAX);
        let news = News::Code { code: &code, use_of, request, at: now };
        let mail = outbox.write(to, account, &news, (now, until), random)?;
        let sealed = sealer.seal(&of_code(bound.lane, bound.id), code.as_bytes(), random)?;
        let row = MailCodeRow {
            lane: bound.lane,
            id: bound.id.to_owned(),
            code: sealed,
            expires_at: until.as_millisecond(),
            tries: 0,
        };
        Ok(Self { row, mail, is_sent: true })
    }

    /// The same, of which nobody hears.
    pub(crate) fn unsent(self) -> Self {
        Self { is_sent: false, ..self }
    }

    pub(crate) const fn is_sent(&self) -> bool {
        self.is_sent
    }

    /// Keeps the code and has the mail be sent, or as much be done.
    pub(crate) fn put(&self, transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
        self.row.put(transaction)?;
        if self.is_sent { self.mail.insert(transaction) } else { self.mail.pretend(transaction) }
    }
}

/// Judges a code in a lane that is locked: a right one is used up, and of a wrong one it is noted.
pub(crate) fn judge(
    transaction: &mut Transaction<'_>,
    sealer: &Sealer,
    bound: Bound<'_>,
    typed: Digits,
    now: Timestamp,
) -> Result<Judged, OutboxError> {
    let found = MailCodeRow::find(transaction, bound.lane, bound.id)?;
    let is_open =
        |row: &MailCodeRow| row.expires_at > now.as_millisecond() && row.tries < CODE_TRIES;
    let Some(row) = found.filter(is_open) else { return Ok(Judged::Over) };
    let opened: Zeroizing<Vec<u8>> = sealer.open(&of_code(bound.lane, bound.id), &row.code)?;
    let code = std::str::from_utf8(&opened).ok().and_then(|text| Digits::read(text).ok());
    if code.is_some_and(|code| code.is(typed)) {
        row.delete(transaction)?;
        return Ok(Judged::Right);
    }
    row.count_try(transaction)?;
    Ok(Judged::Wrong)
}
