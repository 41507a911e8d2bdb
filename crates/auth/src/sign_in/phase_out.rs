//! An application's last day with the token: whether it is past, and who was told of it.

use crate::{
    Lane, SessionId,
    phase_out::{Phase, PhaseOut},
    store::{
        Pool, StoreError,
        audit::{self, Entry, Event},
        phase_out,
        session::SessionRow,
    },
    verify::{Clock, retry::retried},
};

use super::{Service, SignInError};

impl Service {
    /// How an application stands to the token now. That a last day is past is kept, so that no clock
    /// that leaps back opens it again.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn phase(
        &self,
        pool: &Pool,
        application: &str,
        phase_out: Option<&PhaseOut>,
        clock: &(impl Clock + ?Sized),
    ) -> Result<Phase, SignInError> {
        let Some(phase_out) = phase_out else { return Ok(Phase::Open) };
        let last_day = phase_out.last_day;
        let mut store = pool.get()?;
        let is_closed = phase_out::is_closed(&mut store.read()?, application, last_day)?;
        let phase = phase_out.on(clock.now().date(), is_closed);
        if is_closed || !matches!(phase, Phase::Over { .. }) {
            return Ok(phase);
        }
        retried(|| -> Result<(), StoreError> {
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, Lane::OFFICE)?;
            let now = clock.now().timestamp();
            if !phase_out::close(&mut transaction, application, last_day, now)? {
                // Another one was quicker.
                return Ok(());
            }
            let detail = format!("{application}, {last_day}");
            let entry = Entry {
                event: Event::PhasedOut,
                reference: None,
                serial: None,
                position: None,
                detail: &detail,
            };
            audit::append(&mut transaction, &mut head, now, &self.gate.actor, &[entry])?;
            transaction.commit()
        })?;
        Ok(phase)
    }

    /// Whether whoever is signed in was told of an application's last day in this session.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn is_told(
        &self,
        pool: &Pool,
        session: &SessionId,
        application: &str,
    ) -> Result<bool, SignInError> {
        let mut store = pool.get()?;
        let (lane, id) = (session.lane(), session.digest());
        Ok(phase_out::is_told(&mut store.read()?, lane, &id, application)?)
    }

    /// Keeps with a session that its holder was told of an application's last day and goes on with
    /// the token; nothing when nobody is signed in by it.
    ///
    /// # Errors
    /// [`SignInError`].
    pub fn told(
        &self,
        pool: &Pool,
        session: &SessionId,
        application: &str,
        clock: &(impl Clock + ?Sized),
    ) -> Result<(), SignInError> {
        let lane = session.lane();
        Ok(retried(|| -> Result<(), StoreError> {
            let mut store = pool.get()?;
            let mut transaction = store.begin()?;
            let mut head = audit::lock(&mut transaction, lane)?;
            let now = clock.now().timestamp();
            let found = SessionRow::find(&mut transaction, lane, &session.digest())?;
            let Some(row) = found.filter(|row| self.is_live(row, now)) else { return Ok(()) };
            phase_out::tell(&mut transaction, lane, &row.id, application, now)?;
            let reference = audit::reference(&mut transaction, &row.holder)?;
            let entry = Entry {
                event: Event::Warned,
                reference: reference.as_deref(),
                serial: None,
                position: None,
                detail: application,
            };
            audit::append(&mut transaction, &mut head, now, &self.gate.actor, &[entry])?;
            transaction.commit()
        })?)
    }
}
