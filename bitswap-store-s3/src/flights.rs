//! Reads under way: who wants a block that is being read waits for that read.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bitswap_core::Block;
use bitswap_store::{Multihash, StoreError};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared, WeakShared};

use crate::cache::Ends;

/// What a read comes to.
pub(crate) type Read = Result<Option<Block>, StoreError>;
/// A read that several wait for.
pub(crate) type Reading = Shared<BoxFuture<'static, Read>>;

/// With what each can have seen.
type ByHash = HashMap<Multihash, (Ends, WeakShared<BoxFuture<'static, Read>>)>;

/// The reads, by what they read.
#[derive(Default)]
pub(crate) struct Flights(Mutex<ByHash>);

impl Flights {
    /// Reads that were given up are forgotten when there are so many.
    const MOST: usize = 4_096;

    /// The read of this block that is under way, if all that has ended by `now` had ended when it
    /// began; else the one that `begin` makes.
    pub(crate) fn join(
        &self,
        hash: &Multihash,
        now: Ends,
        begin: impl FnOnce() -> BoxFuture<'static, Read>,
    ) -> Reading {
        let mut flights = self.held();
        let under_way = flights.get(hash).filter(|(since, _)| *since == now);
        if let Some(reading) = under_way.and_then(|(_, reading)| reading.upgrade()) {
            return reading;
        }
        if flights.len() >= Self::MOST {
            flights.retain(|_, (_, reading)| reading.upgrade().is_some());
        }
        let reading = begin().shared();
        if let Some(weak) = reading.downgrade() {
            flights.insert(*hash, (now, weak));
        }
        reading
    }

    /// A read that began then is over.
    pub(crate) fn landed(&self, hash: &Multihash, since: Ends) {
        let mut flights = self.held();
        if flights.get(hash).is_some_and(|(began, _)| *began == since) {
            flights.remove(hash);
        }
    }

    fn held(&self) -> MutexGuard<'_, ByHash> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
