//! Another key: chosen, set up, proven, and then active.

use rand::TryCryptoRng;
use tokenkaart_token::token::Random;

use super::{Change, Changed, Stage, drawn_secret, finish::NewKey};
use crate::{
    Key,
    sign_in::{Service, SignInError},
    store::{Pool, change::ChangeRow, key::KeyRow, sealed::of_app},
    totp::Digits,
    verify::Clock,
};

impl Change {
    /// Chooses the kind of the new key: an app is set up next, and codes by e-mail are active at once,
    /// since one was read a moment ago.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn choose<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        key: Key,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Changed, SignInError> {
        let Some(sealer) = &service.sealer else { return Ok(Changed::Over) };
        if self.stage != Stage::Method {
            return Ok(Changed::Next);
        }
        match key {
            Key::Token => Ok(Changed::Next),
            Key::Mail => self.activate_mail(service, pool, clock, random),
            Key::App => {
                let secret = Some(drawn_secret(sealer, &self.row, random)?);
                let row = ChangeRow { secret, ..self.at(Stage::App) };
                self.go_to(pool, &row)
            }
        }
    }

    pub(super) fn activate_mail<R: TryCryptoRng>(
        &self,
        service: &Service,
        pool: &Pool,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Changed, SignInError> {
        let row = self.key_row(Key::Mail, clock, random)?;
        self.finish(service, pool, Some(&NewKey { row, step: None }), clock, random)
    }

    fn key_row<R: TryCryptoRng>(
        &self,
        key: Key,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<KeyRow, SignInError> {
        let id = random.salt().map_err(|error| SignInError::random(&error))?;
        Ok(KeyRow {
            holder: self.row.holder.clone(),
            key,
            id: format!("{:032x}", u128::from_be_bytes(id)),
            secret: None,
            made_at: clock.now().timestamp().as_millisecond(),
        })
    }

    /// Gives a code of the app that is set up: it is active then. The caller is to wipe `typed`.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn prove<R: TryCryptoRng>(
        self,
        service: &Service,
        pool: &Pool,
        typed: &str,
        clock: &(impl Clock + ?Sized),
        random: &mut Random<R>,
    ) -> Result<Changed, SignInError> {
        let (Stage::App, Some(sealer)) = (self.stage, &service.sealer) else {
            return Ok(Changed::Next);
        };
        let Ok(digits) = Digits::read(typed) else { return Ok(Changed::Slip(self)) };
        let Some(secret) = self.app_secret(service)? else { return Ok(Changed::Over) };
        let now = clock.now().timestamp();
        let Some(step) = secret.step(digits, None, now) else { return Ok(Changed::Refused(self)) };
        let mut row = self.key_row(Key::App, clock, random)?;
        let place = of_app(&row.holder, &row.id);
        let sealed = sealer.seal(&place, secret.as_bytes(), random);
        row.secret = Some(sealed.map_err(|error| SignInError::random(&error))?);
        self.finish(service, pool, Some(&NewKey { row, step: Some(step) }), clock, random)
    }
}
