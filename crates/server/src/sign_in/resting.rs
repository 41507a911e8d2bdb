//! What hashes were computed in doesn't stay in memory when nobody signs in.

use std::{sync::Arc, time::Duration};

use super::{
    serve::{Part, Stop},
    site::Site,
};

/// How often it is looked at: long beside a hash, short beside the time of whoever would look for one.
const EVERY: Duration = Duration::from_secs(5);

/// Wipes the memory that nobody hashes in, until it is told to stop.
pub(super) fn resting(site: &Site, mut stop: Stop) -> Part {
    let hashes = Arc::clone(&site.hashes);
    Box::pin(async move {
        while tokio::time::timeout(EVERY, stop.wait_for(|stop| *stop)).await.is_err() {
            let hashes = Arc::clone(&hashes);
            // Wiping is work, if little.
            let _ = tokio::task::spawn_blocking(move || hashes.rest()).await;
        }
        Ok(())
    })
}
