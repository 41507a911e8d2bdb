//! Mails that wait are sent by whichever instance has the turn.

use std::time::Duration;

use jiff::Timestamp;
use tokenkaart_auth::{outbox::TakenMail, store::mail::DueMail};
use tokio::task::JoinSet;

use super::{
    failure::Failure,
    metrics::Counted,
    serve::{Part, Stop},
    site::Site,
};

/// How often an instance looks for mails.
const EVERY: Duration = Duration::from_millis(500);
/// How many it sends at once.
const AT_ONCE: u32 = 8;

/// Sends mails until it is told to stop; what it is sending then is sent again by another.
pub(super) fn sending(site: &Site, mut stop: Stop) -> Part {
    let site = site.clone();
    Box::pin(async move {
        // Also when nobody is left who could say so.
        let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
        tokio::select! {
            () = stopped => {}
            () = send_all(&site), if site.delivery.is_some() => {}
        }
        Ok(())
    })
}

async fn send_all(site: &Site) {
    loop {
        tokio::time::sleep(EVERY).await;
        // What went wrong was logged.
        let _ = round(site).await;
    }
}

/// Sends what is due.
async fn round(site: &Site) -> Result<(), Failure> {
    let due = site.blocking(|site| match site.service.outbox() {
        Some(outbox) => outbox.due(&mut *site.pool.get()?, Timestamp::now(), AT_ONCE),
        None => Ok(Vec::new()),
    });
    let mut sent = JoinSet::new();
    for mail in due.await? {
        let site = site.clone();
        sent.spawn(async move { send(&site, mail).await });
    }
    while sent.join_next().await.is_some() {}
    Ok(())
}

async fn send(site: &Site, due: DueMail) -> Result<(), Failure> {
    let taken = site.blocking(move |site| match site.service.outbox() {
        Some(outbox) => {
            let (store, actor) = (&mut *site.pool.get()?, &site.service.gate.actor);
            outbox.take(store, &due, actor, Timestamp::now())
        }
        None => Ok(None),
    });
    let (Some(taken), Some(delivery)) = (taken.await?, &site.delivery) else { return Ok(()) };
    let said = delivery.send(taken.id(), &taken.letter).await;
    put_away(site, taken, said).await
}

/// Notes what came of it.
async fn put_away(site: &Site, taken: TakenMail, said: Result<(), String>) -> Result<(), Failure> {
    let what = if said.is_ok() { Counted::MailsSent } else { Counted::MailsFailed };
    site.metrics.count(what);
    site.blocking(move |site| {
        let Some(outbox) = site.service.outbox() else { return Ok(()) };
        let (store, actor) = (&mut *site.pool.get()?, &site.service.gate.actor);
        let Err(why) = said else { return outbox.sent(store, &taken, actor, Timestamp::now()) };
        let kind = taken.kind();
        let waits = outbox.failed(store, &taken, &why, actor, Timestamp::now())?;
        if let Some(until) = waits {
            tracing::warn!("a mail ({kind}) waits until {until}: {why}");
        } else {
            tracing::error!("a mail ({kind}) is given up: {why}");
        }
        Ok(())
    })
    .await
}
