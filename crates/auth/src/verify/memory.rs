//! Memory to hash in: what one answer takes is not there for another, and nobody waits for long.

use std::{
    collections::VecDeque,
    fmt, mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokenkaart_token::hash::{Blocks, Pepper, Scheme, Verifier};

/// How long one waits for the memory that others have.
const WAIT: Duration = Duration::from_secs(5);
/// How many wait; whoever comes then is sent away at once.
const WAITING: usize = 64;

/// So much memory, in KiB, for all hashes of a program that are computed at once. Each takes what its
/// scheme takes, so that a few dear ones leave no less room to the machine than many cheap ones. A
/// hash that takes more than there is takes all of it.
///
/// What a hash was verified in is kept for the next of its size, within the same KiB, until
/// [`HashMemory::rest`].
pub struct HashMemory {
    most: u32,
    /// How many hashes at once, however cheap.
    at_once: usize,
    state: Mutex<Shared>,
    freed: Condvar,
    wait: Duration,
}

struct Shared {
    free: u32,
    /// How many hashes are being computed.
    taken: usize,
    /// Who waits, in turn.
    waiting: VecDeque<u64>,
    next: u64,
    /// What nobody hashes in now, the last one used last; together no more than is free.
    idle: Vec<Idle>,
}

/// Memory that a hash of so many KiB was verified in.
struct Idle {
    kib: u32,
    blocks: Blocks,
}

impl Shared {
    /// Takes what a hash of so many KiB was verified in, and out what there is no room for beside it.
    fn take(&mut self, kib: u32) -> (Option<Blocks>, Vec<Idle>) {
        self.free -= kib;
        self.taken += 1;
        let found = self.idle.iter().rposition(|idle| idle.kib == kib);
        let blocks = found.map(|place| self.idle.remove(place).blocks);
        let mut together = 0;
        let fits = |idle: &&Idle| {
            together += idle.kib;
            together <= self.free
        };
        let kept = self.idle.iter().rev().take_while(fits).count();
        let rest = self.idle.split_off(self.idle.len() - kept);
        (blocks, mem::replace(&mut self.idle, rest))
    }
}

/// Memory to hash in that is taken until this is dropped.
#[derive(Debug)]
pub struct MemoryTaken<'m> {
    memory: &'m HashMemory,
    kib: u32,
    blocks: Blocks,
}

/// Others have the memory to hash in, and will for a while.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("others have the memory to hash in; try again in a moment")]
pub struct MemoryFull;

impl HashMemory {
    /// So many KiB.
    #[must_use]
    pub const fn new(kib: u32) -> Self {
        let shared =
            Shared { free: kib, taken: 0, waiting: VecDeque::new(), next: 0, idle: Vec::new() };
        Self {
            most: kib,
            at_once: usize::MAX,
            state: Mutex::new(shared),
            freed: Condvar::new(),
            wait: WAIT,
        }
    }

    /// The same, of which one waits so long for what others have, not five seconds.
    #[must_use]
    pub fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// The same for so many hashes at once: more than there are processors only take the memory of
    /// their caches from one another.
    #[must_use]
    pub fn at_once(self, hashes: usize) -> Self {
        Self { at_once: hashes.max(1), ..self }
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
        let has_room = |shared: &Shared| shared.free >= kib && shared.taken < self.at_once;
        if !shared.waiting.is_empty() || !has_room(&shared) {
            if shared.waiting.len() >= WAITING {
                return Err(MemoryFull);
            }
            let turn = shared.next;
            shared.next += 1;
            shared.waiting.push_back(turn);
            let is_to_wait =
                |shared: &mut Shared| shared.waiting.front() != Some(&turn) || !has_room(shared);
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
        let (blocks, given_back) = shared.take(kib);
        drop(shared);
        // Wiping takes a while, and others may go on.
        drop(given_back);
        Ok(MemoryTaken { memory: self, kib, blocks: blocks.unwrap_or_default() })
    }

    /// Wipes what nobody hashes in now and gives it back to the system. Whoever verifies hashes all day
    /// calls it now and then, so that what was left by the last of them doesn't stay.
    pub fn rest(&self) {
        let idle = mem::take(&mut self.lock().idle);
        drop(idle);
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

impl MemoryTaken<'_> {
    /// Verifies in it.
    pub(crate) fn verify<T>(
        &mut self,
        pepper: Option<&Pepper>,
        verify: impl FnOnce(&mut Verifier<'_>) -> T,
    ) -> T {
        let mut verifier = Verifier::new(pepper).within(mem::take(&mut self.blocks));
        let verified = verify(&mut verifier);
        self.blocks = verifier.into_blocks();
        verified
    }
}

impl Drop for MemoryTaken<'_> {
    fn drop(&mut self) {
        let mut shared = self.memory.lock();
        shared.free += self.kib;
        shared.taken -= 1;
        // A hash that took all there is may have taken more.
        if (1..=self.kib as usize).contains(&self.blocks.kib()) {
            let blocks = mem::take(&mut self.blocks);
            shared.idle.push(Idle { kib: self.kib, blocks });
        }
        drop(shared);
        self.memory.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tokenkaart_token::{hash::CodeHasher, token::CodeFormat};

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
    fn no_more_hashes_are_computed_at_once_than_there_are_processors() {
        let memory = short(64).at_once(2);
        let first = memory.take(scheme(8)).unwrap();
        let _second = memory.take(scheme(8)).unwrap();
        assert_eq!(memory.take(scheme(8)).err(), Some(MemoryFull));
        drop(first);
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

    /// Verifies a hash in it, and says how much memory that left.
    fn verified(memory: &HashMemory, kib: u32) -> usize {
        let code = CodeFormat::federal().read("BCDFGH").unwrap();
        let hash = CodeHasher::new(scheme(kib), None).unwrap().hash(&code, &[7; 16]).unwrap();
        let mut taken = memory.take(scheme(kib)).unwrap();
        let before = taken.blocks.kib();
        assert!(taken.verify(None, |verifier| verifier.verify(&code, &hash)).unwrap());
        assert_eq!(taken.blocks.kib(), kib as usize);
        before
    }

    fn idle(memory: &HashMemory) -> Vec<u32> {
        memory.lock().idle.iter().map(|idle| idle.kib).collect()
    }

    #[test]
    fn a_hash_is_verified_in_the_memory_of_one_before_until_there_is_rest() {
        let memory = short(64);
        assert_eq!((verified(&memory, 16), verified(&memory, 16)), (0, 16));
        assert_eq!(idle(&memory), [16]);
        memory.rest();
        assert!(idle(&memory).is_empty());
        assert_eq!(verified(&memory, 16), 0);
    }

    #[test]
    fn memory_that_is_kept_and_memory_that_is_taken_are_together_no_more_than_there_is() {
        let memory = short(64);
        for kib in [8, 16, 32] {
            verified(&memory, kib);
        }
        assert_eq!(idle(&memory), [8, 16, 32]);
        let taken = memory.take(scheme(24)).unwrap();
        assert_eq!(idle(&memory), [32]);
        drop(taken);
        // Memory in which nothing was verified is none.
        assert_eq!(idle(&memory), [32]);
        verified(&memory, 64);
        assert_eq!(idle(&memory), [64]);
        // One that takes more than there is is not kept.
        verified(&memory, 128);
        assert!(idle(&memory).is_empty());
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
