//! Keeps which last days are past, also while nobody comes: what is kept no clock takes back.

use std::time::Duration;

use super::{
    serve::{Part, Stop},
    site::Site,
};

/// How often the days are looked at.
const EACH: Duration = Duration::from_mins(1);

/// Looks at the last day of each application, at once and then each minute, until it is told to
/// stop.
pub(super) fn watch(site: &Site, mut stop: Stop) -> Part {
    let site = site.clone();
    Box::pin(async move {
        if site.config.applications.iter().all(|application| application.phase_out.is_none()) {
            return Ok(());
        }
        let mut each = tokio::time::interval(EACH);
        loop {
            tokio::select! {
                _ = each.tick() => {}
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
            }
            let site = site.clone();
            // What fails now is tried in a minute, and whenever somebody comes.
            let _ = tokio::task::spawn_blocking(move || look(&site)).await;
        }
    })
}

fn look(site: &Site) {
    for application in &site.config.applications {
        if let Err(error) = site.phase(application) {
            tracing::error!("{error}");
        }
    }
}
