//! What a run reports.

/// What a run reports while it works; the caller decides what to show.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunEvent {
    /// The folder is there and the work begins.
    Started {
        /// Cards of the whole run.
        cards: u64,
        /// Bundles they come in.
        bundles: u32,
        /// Cards that an earlier process made.
        cards_done: u64,
        /// Bundles that an earlier process made.
        bundles_done: u32,
    },
    /// So many hashes are computed.
    Progress {
        /// Hashes of the whole run.
        hashes: u64,
    },
    /// A bundle's cards and records are on disk and synced.
    BundleDone {
        /// The bundle's number, from 1.
        number: u32,
        /// Its cards.
        cards: u32,
    },
    /// The run was asked to stop, and does so when bundles that are nearly done are done.
    Stopping {
        /// How many these are.
        bundles: usize,
    },
}
