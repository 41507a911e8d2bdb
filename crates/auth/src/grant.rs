//! What applications are given: a code of OpenID Connect, and for it an access token.
//!
//! A code is used once; a second time it takes back what it gave (RFC 6749, section 4.1.2; RFC
//! 9700, section 2.1.1). An access token counts as long as the session that it came of.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use jiff::Timestamp;
use rand::TryCryptoRng;
use sha2::{Digest as _, Sha256};
use tokenkaart_token::{files::Sha256Digest, holder::HolderId, token::Random};

use crate::{
    AccessToken, GrantCode, Key, SessionId,
    phase_out::week_of,
    sign_in::{Service, SignInError},
    store::{
        Pool, StoreError,
        account::{self, AccountRow},
        audit::{self, Entry, Event},
        change,
        grant::{self, GrantRow},
        phase_out,
        session::SessionRow,
    },
    verify::{Clock, retry::retried},
};

/// What an application is to be given a code for: what it asked for, after it was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authorization {
    /// The application's id.
    pub client: String,
    /// Where the code is sent; the application names it again when it brings the code in.
    pub redirect_uri: String,
    /// What it is told, with spaces between.
    pub scopes: String,
    /// What binds an ID token to the application's own session.
    pub nonce: Option<String>,
    /// The challenge of PKCE by the method S256 (RFC 7636); none where it is waived.
    pub pkce: Option<Pkce>,
    /// The level that is told, as the application calls it.
    pub acr: Option<String>,
    /// Whether the application has said when it stops taking tokens: then it is kept who came in
    /// which week, by which key.
    pub phases_out: bool,
}

/// The challenge of PKCE by the method S256 (RFC 7636, section 4.2): a SHA-256 in Base64 for URLs,
/// 43 characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pkce(String);

/// A text is no challenge of S256.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a code_challenge of S256 has 43 characters of Base64 for URLs, without padding")]
pub struct PkceError;

impl std::str::FromStr for Pkce {
    type Err = PkceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 33];
        match Base64UrlUnpadded::decode(text, &mut bytes) {
            Ok(digest) if digest.len() == 32 => Ok(Self(text.to_owned())),
            _ => Err(PkceError),
        }
    }
}

impl Pkce {
    /// Whether a `code_verifier` is the one that was challenged (RFC 7636, sections 4.1 and 4.6).
    #[must_use]
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        (43..=128).contains(&verifier.len())
            && verifier.bytes().all(is_unreserved)
            && Base64UrlUnpadded::encode_string(&Sha256::digest(verifier.as_bytes())) == self.0
    }
}

/// What an application was given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Granted {
    /// Who signed in.
    pub holder: HolderId,
    /// The application's id.
    pub client: String,
    /// What it is told, with spaces between.
    pub scopes: String,
    /// What binds an ID token to the application's own session.
    pub nonce: Option<String>,
    /// The level, as the application calls it.
    pub acr: Option<String>,
    /// What they signed in with: the facts of `amr`.
    pub key: Key,
    /// When they signed in: `auth_time`.
    pub signed_in_at: Timestamp,
    /// User name, address, name and language.
    pub account: AccountRow,
    /// Whether somebody has read a code at the address.
    pub is_confirmed: bool,
}

/// What comes of a code that an application brings in.
#[derive(Debug)]
pub enum Redeemed {
    /// It was right.
    Given {
        /// What opens the account's facts for the application.
        access: AccessToken,
        /// Until when.
        expires_at: Timestamp,
        /// What it stands for.
        granted: Box<Granted>,
    },
    /// `invalid_grant` of RFC 6749, section 5.2.
    Refused(Refusal),
}

/// Why a code was refused, for the log; an application hears `invalid_grant`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such code, or it took too long.
    #[error("there is no such code, or it took too long")]
    Unknown,
    /// It came before; what it gave counts no longer.
    #[error("the code came twice; what it gave counts no longer")]
    Twice,
    /// It is another application's.
    #[error("the code is another application's")]
    OtherClient,
    /// It was sent elsewhere.
    #[error("the redirect_uri is not the one that the code was sent to")]
    OtherRedirect,
    /// The proof of PKCE is missing, wrong, or of nothing that was challenged.
    #[error("the code_verifier is not the one that was challenged")]
    Pkce,
    /// The session that it came of has ended.
    #[error("the session that the code came of has ended")]
    Ended,
}

impl Service {
    /// Gives an application a code, of somebody who is signed in and whose session does for it;
    /// `None` when nobody is.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn grant<R: TryCryptoRng>(
        &self,
        pool: &Pool,
        session: &SessionId,
        authorization: &Authorization,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Option<GrantCode>, SignInError> {
        let lane = session.lane();
        let code = GrantCode::draw(lane, random).map_err(|error| SignInError::random(&error))?;
        let is_given = retried(|| -> Result<bool, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, lane)?;
            let (now, today) = (clock.now().timestamp(), clock.now().date());
            let found = SessionRow::find(&mut transaction, lane, &session.digest())?;
            let Some(session) = found.filter(|row| self.is_live(row, now)) else {
                return Ok(false);
            };
            let expires_at = now.saturating_add(self.rules.code_for).unwrap_or(Timestamp::MAX);
            let row = GrantRow {
                lane,
                id: code.digest(),
                holder: session.holder.clone(),
                session: session.id,
                client: authorization.client.clone(),
                redirect_uri: authorization.redirect_uri.clone(),
                scopes: authorization.scopes.clone(),
                nonce: authorization.nonce.clone(),
                pkce: authorization.pkce.as_ref().map(|pkce| pkce.0.clone()),
                acr: authorization.acr.clone(),
                key: session.key,
                signed_in_at: session.signed_in_at,
                expires_at: expires_at.as_millisecond(),
            };
            row.insert(&mut transaction, now)?;
            if authorization.phases_out {
                let (client, monday) = (&authorization.client, week_of(today));
                phase_out::visit(&mut transaction, &session.holder, client, monday, session.key)?;
            }
            let reference = audit::reference(&mut transaction, &session.holder)?;
            let entry = entry(Event::Granted, reference.as_deref(), &authorization.client);
            audit::append(&mut transaction, &mut head, now, &self.gate.actor, &[entry])?;
            transaction.commit()?;
            Ok(true)
        })?;
        Ok(is_given.then_some(code))
    }

    /// Takes a code that an application brings in, which has said who it is.
    ///
    /// # Errors
    /// [`SignInError`].
    #[allow(clippy::too_many_arguments, reason = "each is a parameter of RFC 6749, section 4.1.3")]
    pub fn redeem<R: TryCryptoRng>(
        &self,
        pool: &Pool,
        code: &GrantCode,
        client: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Redeemed, SignInError> {
        let lane = code.lane();
        let access =
            AccessToken::draw(lane, random).map_err(|error| SignInError::random(&error))?;
        let given = retried(|| -> Result<Result<(Timestamp, Granted), Refusal>, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, lane)?;
            let now = clock.now().timestamp();
            let found = GrantRow::of_code(&mut transaction, lane, &code.digest())?;
            let Some((row, is_redeemed)) = found else { return Ok(Err(Refusal::Unknown)) };
            if row.client != client {
                return Ok(Err(Refusal::OtherClient));
            }
            let reference = audit::reference(&mut transaction, &row.holder)?;
            let actor = self.gate.actor.as_str();
            if is_redeemed {
                row.withdraw(&mut transaction, now)?;
                let entry = entry(Event::Withdrawn, reference.as_deref(), client);
                audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
                transaction.commit()?;
                return Ok(Err(Refusal::Twice));
            }
            if let Some(refusal) = refusal(&row, redirect_uri, verifier, now) {
                return Ok(Err(refusal));
            }
            let session = SessionRow::find(&mut transaction, lane, &row.session)?;
            if session.is_none_or(|row| !self.is_live(&row, now)) {
                return Ok(Err(Refusal::Ended));
            }
            let Some(account) = account::of_holder(&mut transaction, &row.holder)? else {
                return Ok(Err(Refusal::Ended));
            };
            let is_confirmed = change::is_confirmed(&mut transaction, &row.holder, &account.email)?;
            let Some(granted) = granted(&row, account, is_confirmed) else {
                return Ok(Err(Refusal::Ended));
            };
            let expires_at = now.saturating_add(self.rules.access_for).unwrap_or(Timestamp::MAX);
            row.redeem(&mut transaction, now)?;
            row.insert_access(&mut transaction, &access.digest(), expires_at)?;
            let entry = entry(Event::Redeemed, reference.as_deref(), client);
            audit::append(&mut transaction, &mut head, now, actor, &[entry])?;
            transaction.commit()?;
            Ok(Ok((expires_at, granted)))
        })?;
        Ok(match given {
            Ok((expires_at, granted)) => {
                Redeemed::Given { access, expires_at, granted: Box::new(granted) }
            }
            Err(refusal) => Redeemed::Refused(refusal),
        })
    }

    /// Whether an assertion that an application says who it is with (`private_key_jwt`, RFC 7523,
    /// section 3) comes for the first time; `jti` is its id, `until` when it expires.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn assertion_once(
        &self,
        pool: &Pool,
        client: &str,
        jti: &str,
        until: Timestamp,
    ) -> Result<bool, SignInError> {
        let mut digest = Sha256::new();
        // The length parts the two, whatever is in them.
        digest.update((client.len() as u64).to_be_bytes());
        digest.update(client.as_bytes());
        digest.update(jti.as_bytes());
        let id = Sha256Digest::from_bytes(digest.finalize().into()).to_string();
        Ok(retried(|| -> Result<bool, StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let is_first = grant::insert_assertion(&mut transaction, &id, until)?;
            transaction.commit()?;
            Ok(is_first)
        })?)
    }

    /// What an access token opens; `None` when it is none, too old, withdrawn, or of a session that
    /// has ended.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn granted(
        &self,
        pool: &Pool,
        access: &AccessToken,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Option<Granted>, SignInError> {
        let mut store = pool.get()?;
        let mut transaction = store.read()?;
        let now = clock.now().timestamp();
        let found = GrantRow::of_access(&mut transaction, access.lane(), &access.digest(), now)?;
        let Some(row) = found else { return Ok(None) };
        let session = SessionRow::find(&mut transaction, row.lane, &row.session)?;
        if session.is_none_or(|row| !self.is_live(&row, now)) {
            return Ok(None);
        }
        let account = account::of_holder(&mut transaction, &row.holder)?;
        let Some(account) = account else { return Ok(None) };
        let is_confirmed = change::is_confirmed(&mut transaction, &row.holder, &account.email)?;
        Ok(granted(&row, account, is_confirmed))
    }

    /// What applications of a sector call a holder: see [`crate::Secrets::subject`].
    #[must_use]
    pub fn subject(&self, sector: &str, holder: &HolderId) -> String {
        self.secrets().subject(sector, holder)
    }
}

fn entry<'a>(event: Event, reference: Option<&'a str>, client: &'a str) -> Entry<'a> {
    Entry { event, reference, serial: None, position: None, detail: client }
}

/// Why a code of this application that came for the first time is refused, if it is. It stays to be
/// brought in: who brings it wrongly isn't who it was given to.
fn refusal(
    row: &GrantRow,
    redirect_uri: &str,
    verifier: Option<&str>,
    now: Timestamp,
) -> Option<Refusal> {
    if row.expires_at <= now.as_millisecond() {
        return Some(Refusal::Unknown);
    }
    if row.redirect_uri != redirect_uri {
        return Some(Refusal::OtherRedirect);
    }
    let is_proven = match (&row.pkce, verifier) {
        (Some(pkce), Some(verifier)) => Pkce(pkce.clone()).is_met_by(verifier),
        (None, None) => true,
        // A verifier without a challenge: an attacker has left the challenge out (RFC 9700,
        // section 4.8.2).
        _ => false,
    };
    (!is_proven).then_some(Refusal::Pkce)
}

/// A row that this program wrote names a holder and a moment.
fn granted(row: &GrantRow, account: AccountRow, is_confirmed: bool) -> Option<Granted> {
    Some(Granted {
        holder: HolderId::new(&row.holder).ok()?,
        client: row.client.clone(),
        scopes: row.scopes.clone(),
        nonce: row.nonce.clone(),
        acr: row.acr.clone(),
        key: row.key,
        signed_in_at: Timestamp::from_millisecond(row.signed_in_at).ok()?,
        account,
        is_confirmed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_example_of_the_standard_is_met() {
        let pkce: Pkce = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().unwrap();
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(pkce.is_met_by(verifier));
        for other in
            ["", "dBjftJeZ4CVP", &verifier[1..], &format!("{verifier}="), &verifier.to_uppercase()]
        {
            assert!(!pkce.is_met_by(other), "{other}");
        }
        // Plain, as no application may have it.
        let text = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(!pkce.is_met_by(text));
    }

    #[test]
    fn what_is_no_challenge_is_refused() {
        for text in [
            "",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
            // Bits behind the last byte.
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN",
        ] {
            assert_eq!(text.parse::<Pkce>(), Err(PkceError), "{text}");
        }
    }
}
