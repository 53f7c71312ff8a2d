//! What a server of the DHT keeps for others: who provides what, and nothing else.

use std::borrow::Cow;
use std::collections::HashMap;
use std::iter;
use std::time::{Duration, Instant};

use libp2p::PeerId;
use libp2p::kad::store::{Error, RecordStore, Result};
use libp2p::kad::{ProviderRecord, Record, RecordKey};

use super::Scope;

/// Records of providers, in memory. Values, such as names of IPNS, are never stored.
///
/// A record stays until its time is over. While there is no room, new ones are refused: to make
/// room by age would let whoever sends most throw out the records of all others.
pub(crate) struct ProviderRecords {
    us: PeerId,
    scope: Scope,
    keys: HashMap<RecordKey, Vec<ProviderRecord>>,
    /// How many there are of all keys.
    records: usize,
    /// When records whose time is over are looked for again.
    next_sweep: Instant,
}

impl ProviderRecords {
    /// All records together. One has about 300 bytes, and 5 KiB if somebody makes it large.
    pub(super) const RECORDS: usize = 32_768;
    /// As many as are asked for in one look-up.
    const PER_KEY: usize = 20;
    /// What the servers of the public DHT keep a record for.
    pub(super) const LIFE: Duration = Duration::from_secs(48 * 3_600);
    /// A multihash of 64 bytes is shorter; Kubo takes no longer one either.
    const LONGEST_KEY: usize = 80;
    const SWEEP_EVERY: Duration = Duration::from_secs(60);

    /// None yet.
    pub(super) fn new(us: PeerId, scope: Scope) -> Self {
        Self { us, scope, keys: HashMap::new(), records: 0, next_sweep: Instant::now() }
    }

    /// Drops records whose time is over, if it is time to look for them.
    fn sweep(&mut self, now: Instant) {
        if now < self.next_sweep {
            return;
        }
        self.next_sweep = now + Self::SWEEP_EVERY;
        self.keys.retain(|_, records| {
            records.retain(|record| !record.is_expired(now));
            !records.is_empty()
        });
        self.records = self.keys.values().map(Vec::len).sum();
    }
}

impl RecordStore for ProviderRecords {
    type RecordsIter<'a> = iter::Empty<Cow<'a, Record>>;
    /// None: what this node provides is announced again by a sweep over its blocks.
    type ProvidedIter<'a> = iter::Empty<Cow<'a, ProviderRecord>>;

    fn get(&self, _: &RecordKey) -> Option<Cow<'_, Record>> {
        None
    }

    fn put(&mut self, _: Record) -> Result<()> {
        Err(Error::MaxRecords)
    }

    fn remove(&mut self, _: &RecordKey) {}

    fn records(&self) -> Self::RecordsIter<'_> {
        iter::empty()
    }

    fn add_provider(&mut self, mut record: ProviderRecord) -> Result<()> {
        let now = Instant::now();
        let is_ours = record.provider == self.us;
        record.addresses = self.scope.taken(record.addresses);
        record.expires = Some(now + Self::LIFE);
        if record.key.as_ref().len() > Self::LONGEST_KEY {
            return Err(Error::ValueTooLarge);
        }
        if self.records >= Self::RECORDS {
            self.sweep(now);
        }
        let is_full = self.records >= Self::RECORDS;
        if is_full && !self.keys.contains_key(&record.key) {
            // Ours is announced all the same.
            return if is_ours { Ok(()) } else { Err(Error::MaxProvidedKeys) };
        }
        let records = self.keys.entry(record.key.clone()).or_default();
        if let Some(known) = records.iter_mut().find(|known| known.provider == record.provider) {
            *known = record;
        } else if records.len() < Self::PER_KEY && !is_full {
            records.push(record);
            self.records += 1;
        }
        Ok(())
    }

    fn providers(&self, key: &RecordKey) -> Vec<ProviderRecord> {
        self.keys.get(key).cloned().unwrap_or_default()
    }

    fn provided(&self) -> Self::ProvidedIter<'_> {
        iter::empty()
    }

    fn remove_provider(&mut self, key: &RecordKey, provider: &PeerId) {
        let Some(records) = self.keys.get_mut(key) else { return };
        let before = records.len();
        records.retain(|record| record.provider != *provider);
        self.records = self.records.saturating_sub(before - records.len());
        if records.is_empty() {
            self.keys.remove(key);
        }
    }
}

#[cfg(test)]
mod tests;
