//! Connections that are kept and shared out, for a program of many threads.

use std::{ops, time::Duration};

use r2d2::ManageConnection;

use super::{Address, Cause, Store, StoreError};

/// How long one waits for a connection that others have.
const WAIT: Duration = Duration::from_secs(5);

/// Connections to an auth store; it is cheap to clone, and each clone is the same pool.
#[derive(Clone)]
pub struct Pool {
    name: String,
    pool: r2d2::Pool<Manager>,
}

/// A connection, until it is dropped.
pub struct Pooled(r2d2::PooledConnection<Manager>);

struct Manager(Address);

impl ManageConnection for Manager {
    type Connection = Store;
    type Error = StoreError;

    fn connect(&self) -> Result<Store, StoreError> {
        Store::open(&self.0)
    }

    fn is_valid(&self, store: &mut Store) -> Result<(), StoreError> {
        if store.is_closed() {
            let why = "the connection was lost".to_owned();
            return Err(StoreError::Database {
                store: store.name().to_owned(),
                cause: Cause::Unreachable,
                why,
            });
        }
        Ok(())
    }

    fn has_broken(&self, store: &mut Store) -> bool {
        store.is_closed()
    }
}

impl Pool {
    /// Opens at most so many connections, the first of them now.
    ///
    /// # Errors
    /// [`StoreError`] as [`Store::open`] has it.
    pub fn open(address: &Address, connections: u32) -> Result<Self, StoreError> {
        // What is wrong is told in full by the first, and not after a time-out by the pool.
        drop(Store::open(address)?);
        let pool = r2d2::Pool::builder()
            .max_size(connections.max(1))
            .min_idle(Some(0))
            .connection_timeout(WAIT)
            .build_unchecked(Manager(address.clone()));
        Ok(Self { name: address.to_string(), pool })
    }

    /// A connection; waits some seconds while others have all of them.
    ///
    /// # Errors
    /// [`StoreError`] when the store can't be reached, or no connection comes free.
    pub fn get(&self) -> Result<Pooled, StoreError> {
        self.pool.get().map(Pooled).map_err(|error| StoreError::Database {
            store: self.name.clone(),
            cause: if self.pool.state().connections == 0 {
                Cause::Unreachable
            } else {
                Cause::Busy
            },
            why: format!("no connection came free ({error})"),
        })
    }
}

impl ops::Deref for Pooled {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.0
    }
}

impl ops::DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Store {
        &mut self.0
    }
}
