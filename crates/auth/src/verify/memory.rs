//! Memory to hash in: what one answer takes is not there for another, and nobody waits for long.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokenkaart_token::hash::Scheme;

/// How long one waits for the memory that others have.
const WAIT: Duration = Duration::from_secs(5);
/// How many wait; whoever comes then is sent away at once.
const WAITING: usize = 64;

/// So much memory, in KiB, for all hashes of a program that are computed at once. Each takes what its
/// scheme takes, so that a few dear ones leave no less room to the machine than many cheap ones. A
/// hash that takes more than there is takes all of it.
pub struct HashMemory {
    most: u32,
    state: Mutex<Shared>,
    freed: Condvar,
    wait: Duration,
}

struct Shared {
    free: u32,
    /// Who waits, in turn.
    waiting: VecDeque<u64>,
    next: u64,
}

/// Memory to hash in that is taken until this is dropped.
#[derive(Debug)]
pub struct MemoryTaken<'m> {
    memory: &'m HashMemory,
    kib: u32,
}

/// Others have the memory to hash in, and will for a while.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("others have the memory to hash in; try again in a moment")]
pub struct MemoryFull;

impl HashMemory {
    /// So many KiB.
    #[must_use]
    pub const fn new(kib: u32) -> Self {
        let shared = Shared { free: kib, waiting: VecDeque::new(), next: 0 };
        Self { most: kib, state: Mutex::new(shared), freed: Condvar::new(), wait: WAIT }
    }

    /// The same, of which one waits so long for what others have, not five seconds.
    #[must_use]
    pub fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Takes what a hash takes, in turn: who needs much is not passed by for ever by who needs little.
    ///
    /// # Errors
    /// [`MemoryFull`], at once where many wait, or after a while.
    pub fn take(&self, scheme: Scheme) -> Result<MemoryTaken<'_>, MemoryFull> {
        let kib = match scheme {
            Scheme::Argon2id(argon2) => argon2.m_kib(),
            Scheme::Pbkdf2Sha256(_) => 1,
        };
        let kib = kib.min(self.most);
        let mut shared = self.lock();
        if !shared.waiting.is_empty() || shared.free < kib {
            if shared.waiting.len() >= WAITING {
                return Err(MemoryFull);
            }
            let turn = shared.next;
            shared.next += 1;
            shared.waiting.push_back(turn);
            let is_to_wait =
                |shared: &mut Shared| shared.waiting.front() != Some(&turn) || shared.free < kib;
            let waited = self.freed.wait_timeout_while(shared, self.wait, is_to_wait);
            let (now, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            shared = now;
            shared.waiting.retain(|waits| *waits != turn);
            // Whoever is next may have enough, too.
            self.freed.notify_all();
            if timeout.timed_out() {
                return Err(MemoryFull);
            }
        }
        shared.free -= kib;
        Ok(MemoryTaken { memory: self, kib })
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A GiB: sixteen of the dearest hashes that a store takes if nobody raises its ceiling.
impl Default for HashMemory {
    fn default() -> Self {
        Self::new(1 << 20)
    }
}

impl fmt::Debug for HashMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashMemory").field("most", &self.most).finish_non_exhaustive()
    }
}

impl Drop for MemoryTaken<'_> {
    fn drop(&mut self) {
        self.memory.lock().free += self.kib;
        self.memory.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn scheme(kib: u32) -> Scheme {
        format!("argon2id:m={kib},t=1,p=1").parse().unwrap()
    }

    fn short(kib: u32) -> HashMemory {
        HashMemory::new(kib).waiting(Duration::from_millis(30))
    }

    #[test]
    fn a_dear_hash_takes_the_room_of_many_cheap_ones() {
        let memory = short(64);
        let dear = memory.take(scheme(48)).unwrap();
        let cheap = memory.take(scheme(16)).unwrap();
        assert_eq!(memory.take(scheme(8)).err(), Some(MemoryFull));
        // One that takes no memory takes a place all the same.
        assert_eq!(memory.take("pbkdf2-sha256:i=1000".parse().unwrap()).err(), Some(MemoryFull));
        drop(cheap);
        let _two = [memory.take(scheme(8)).unwrap(), memory.take(scheme(8)).unwrap()];
        drop(dear);
        assert!(memory.take(scheme(48)).is_ok());
        assert_eq!(memory.take(scheme(49)).err(), Some(MemoryFull));
    }

    #[test]
    fn a_hash_that_takes_more_than_there_is_takes_all_of_it() {
        let memory = short(64);
        let all = memory.take(scheme(4096)).unwrap();
        assert_eq!(memory.take(scheme(8)).err(), Some(MemoryFull));
        drop(all);
        assert!(memory.take(scheme(8)).is_ok());
    }

    #[test]
    fn who_needs_much_is_not_passed_by() {
        let memory = HashMemory::new(64);
        let first = memory.take(scheme(8)).unwrap();
        thread::scope(|scope| {
            let dear = scope.spawn(|| memory.take(scheme(64)).is_ok());
            while memory.lock().waiting.is_empty() {
                thread::yield_now();
            }
            // There is room for this one, and it comes after.
            let cheap = scope.spawn(|| memory.take(scheme(8)).is_ok());
            while memory.lock().waiting.len() < 2 {
                thread::yield_now();
            }
            drop(first);
            assert!(dear.join().unwrap() && cheap.join().unwrap());
        });
        assert_eq!(memory.lock().free, 64);
    }

    #[test]
    fn whoever_finds_all_of_it_taken_and_many_waiting_is_sent_away_at_once() {
        let memory = HashMemory::new(8).waiting(Duration::from_mins(10));
        let all = memory.take(scheme(8)).unwrap();
        memory.lock().waiting.extend(0..WAITING as u64);
        assert_eq!(memory.take(scheme(8)).err(), Some(MemoryFull));
        memory.lock().waiting.clear();
        drop(all);
        assert!(memory.take(scheme(8)).is_ok());
    }

    #[test]
    fn many_at_once_never_take_more_than_there_is() {
        let memory = HashMemory::new(64);
        let taken = std::sync::atomic::AtomicU32::new(0);
        thread::scope(|scope| {
            for kib in [8, 16, 24, 32, 40, 64, 8, 16] {
                let (memory, taken) = (&memory, &taken);
                scope.spawn(move || {
                    use std::sync::atomic::Ordering::SeqCst;
                    for _ in 0..200 {
                        let held = memory.take(scheme(kib)).unwrap();
                        assert!(taken.fetch_add(kib, SeqCst) + kib <= 64);
                        taken.fetch_sub(kib, SeqCst);
                        drop(held);
                    }
                });
            }
        });
        let shared = memory.lock();
        assert_eq!((shared.free, shared.waiting.len()), (64, 0));
    }
}
