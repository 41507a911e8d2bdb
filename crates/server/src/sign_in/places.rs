//! Places for work that takes memory or a connection: some work, some wait, the rest is sent away
//! at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long one waits for a place.
const WAIT: Duration = Duration::from_secs(5);

/// So many places, and so many who wait for one.
pub(crate) struct Places {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

/// Nobody more can wait.
#[derive(Debug)]
pub(crate) struct Full;

/// Counts who waits, also when the request is dropped.
struct Waits<'p>(&'p AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Places {
    pub(crate) fn new(places: u32, most_waiting: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(places as usize)),
            waiting: AtomicUsize::new(0),
            most_waiting,
        }
    }

    /// Takes so many places, in turn.
    ///
    /// # Errors
    /// [`Full`], at once, when too many wait already, or after a while when none came free.
    pub(crate) async fn take(&self, places: u32) -> Result<OwnedSemaphorePermit, Full> {
        if let Ok(taken) = Arc::clone(&self.free).try_acquire_many_owned(places) {
            return Ok(taken);
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waits = Waits(&self.waiting);
        if before >= self.most_waiting {
            return Err(Full);
        }
        match tokio::time::timeout(WAIT, Arc::clone(&self.free).acquire_many_owned(places)).await {
            Ok(Ok(taken)) => Ok(taken),
            _ => Err(Full),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_finds_all_places_and_the_queue_full_is_sent_away_at_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let places = Arc::new(Places::new(2, 1));
            let first = places.take(2).await.unwrap();
            let second = tokio::spawn({
                let places = Arc::clone(&places);
                async move { places.take(1).await.is_ok() }
            });
            tokio::task::yield_now().await;
            assert!(places.take(1).await.is_err());
            drop(first);
            assert!(second.await.unwrap());
            assert!(places.take(2).await.is_ok());
        });
    }
}
