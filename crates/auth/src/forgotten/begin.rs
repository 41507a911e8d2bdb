//! The user name, and the code by e-mail.

use std::net::IpAddr;

use rand::TryCryptoRng;
use tokenkaart_token::{language::Language, token::Random};

use super::{ForgottenName, ForgottenStage, WHAT, name_of};
use crate::{
    ChangeId, Lane,
    account::UserName,
    change::{self, ChangeKind},
    limit::{Pace, Subject},
    mail_code::{Bound, OF_REQUESTER, Prepared, TO_RECIPIENT},
    outbox::CodeUse,
    sign_in::{Service, SignInError},
    store::{
        Pool, Store, StoreError,
        account::{self, AccountRow},
        audit::{self, Entry, Event},
        change::ChangeRow,
    },
    verify::{Clock, retry::retried},
};

/// How fast codes are sent for one user name from all addresses together, so that whoever asks for them
/// at one keeps the holder from none.
const FOR_NAME: Pace = Pace { at_once: 20, ..TO_RECIPIENT };

/// Whom a user name means, or nobody in their place: the same queries for both.
fn meant(
    store: &mut Store,
    user_name: Option<&UserName>,
    nobody: &str,
) -> Result<(AccountRow, bool), StoreError> {
    let name = user_name.map_or("", UserName::as_str);
    let mut transaction = store.read()?;
    let holder = account::holder_of(&mut transaction, name)?;
    let of = holder.as_deref().unwrap_or(nobody);
    let has_password = account::password_of(&mut transaction, of)?.is_some();
    let found = account::of_holder(&mut transaction, of)?.filter(|_| has_password);
    let is_there = found.is_some();
    let in_their_place = || AccountRow {
        holder: nobody.to_owned(),
        user_name: name.to_owned(),
        email: "nobody@example.org".to_owned(),
        name: None,
        language: Language::default(),
    };
    Ok((found.unwrap_or_else(in_their_place), is_there))
}

impl Service {
    /// Sends a code to the address of whoever has a user name, asked for from an address. Where nobody
    /// has it, or nobody has activated the account yet, the answer is the same, and no mail is sent.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn forget_password<R: TryCryptoRng>(
        &self,
        pool: &Pool,
        typed_name: &str,
        from: IpAddr,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<ForgottenName, SignInError> {
        let (Some(sealer), Some(outbox)) = (&self.sealer, self.outbox()) else {
            return Ok(ForgottenName::NotOffered);
        };
        let user_name = typed_name.parse::<UserName>().ok();
        // What is no user name is nobody's, but is counted as what was typed.
        let name = user_name.as_ref().map_or_else(|| typed_name.trim(), UserName::as_str);
        let (secrets, now) = (self.secrets(), clock.now().timestamp());
        let by_name = Subject::of_forgotten(secrets, name);
        let mut store = pool.get()?;
        for (subject, pace) in [
            (&Subject::of_requester(secrets, from), OF_REQUESTER),
            (&Subject::of_forgotten_there(secrets, name, from), TO_RECIPIENT),
            (&by_name, FOR_NAME),
        ] {
            if let Some(until) = retried(|| subject.take(&mut store, pace, now))? {
                return Ok(ForgottenName::Wait { until });
            }
        }
        let (account, is_there) = meant(&mut store, user_name.as_ref(), by_name.as_str())?;
        let failed = |error: R::Error| SignInError::random(&error);
        // In the lane of the name, whoever has it: the id's lane tells nobody whose it is.
        let lane = Lane::of(by_name.as_str());
        let id = ChangeId::draw(lane, random).map_err(failed)?;
        let (_, row) = change::begun(ChangeKind::Password, &account.holder, now, random)?;
        let row = ChangeRow {
            lane,
            id: id.digest(),
            what: WHAT.to_owned(),
            stage: name_of(ForgottenStage::Mail).to_owned(),
            ..row
        };
        let bound = Bound { lane, id: &row.id };
        let (to, use_of) = ((account.email.as_str(), &account), (CodeUse::Password, ""));
        let prepared = Prepared::new((sealer, outbox), bound, to, use_of, now, random);
        let prepared = prepared.map_err(failed)?;
        let prepared = if is_there { prepared } else { prepared.unsent() };
        retried(|| -> Result<(), StoreError> {
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, Lane::of(&account.holder))?;
            row.insert(&mut transaction)?;
            prepared.put(&mut transaction)?;
            let reference = audit::reference(&mut transaction, &account.holder)?;
            let entry = Entry {
                event: Event::CodeMailed,
                reference: reference.as_deref(),
                serial: None,
                position: None,
                detail: if is_there {
                    "for a forgotten password"
                } else {
                    "for a forgotten password of nobody, so to nobody"
                },
            };
            audit::append(&mut transaction, &mut head, now, &self.gate.actor, &[entry])?;
            transaction.commit()
        })?;
        Ok(ForgottenName::Mailed(id))
    }
}
