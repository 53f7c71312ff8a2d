//! What each peer exchanged with us, and the weight that a ledger policy gives it. Has no CIDs.

use std::collections::BTreeSet;

use crate::ids::PeerKey;
use crate::map::Table;
use crate::strategy::{Account, Weight};
use crate::time::Timestamp;
use crate::tuning::Tuning;

/// The accounts of peers. They are kept when peers disconnect; the least recently used is evicted.
#[derive(Debug)]
pub(crate) struct Ledger {
    most: usize,
    tuning: Tuning,
    entries: Table<PeerKey, Entry>,
    /// All accounts by their last use, or an earlier one: that is corrected when it comes up.
    by_use: BTreeSet<(Timestamp, PeerKey)>,
}

#[derive(Debug)]
struct Entry {
    account: Account,
    used_at: Timestamp,
    weighed: Option<Weighed>,
}

/// The weight of a peer, and the state of its account when it was computed.
#[derive(Clone, Copy, Debug)]
struct Weighed {
    weight: Weight,
    at: Timestamp,
    exchanged: u64,
}

impl Ledger {
    pub(crate) fn new(most: usize, tuning: Tuning) -> Self {
        Self { most, tuning, entries: Table::default(), by_use: BTreeSet::new() }
    }

    /// A peer connected: its account is opened, or marked as used.
    pub(crate) fn meet(&mut self, now: Timestamp, peer: PeerKey) {
        self.touch(now, peer);
    }

    /// Counts a block that was sent to `peer`.
    pub(crate) fn sent(&mut self, now: Timestamp, peer: PeerKey, bytes: u64) {
        let account = self.touch(now, peer);
        account.sent_to += bytes;
        account.blocks_sent_to += 1;
        account.last_exchange_at = Some(now);
    }

    /// Counts a wanted block that `peer` was the first to send.
    pub(crate) fn received(&mut self, now: Timestamp, peer: PeerKey, bytes: u64) {
        let account = self.touch(now, peer);
        account.received_from += bytes;
        account.blocks_received_from += 1;
        account.last_exchange_at = Some(now);
    }

    /// Counts a block that was sent to `peer` and had come from another peer for it.
    pub(crate) fn relayed_sent(&mut self, now: Timestamp, peer: PeerKey, bytes: u64) {
        self.touch(now, peer).relayed_sent_to += bytes;
    }

    /// Counts a block that `peer` was the first to send and that only other peers want.
    pub(crate) fn relayed_received(&mut self, now: Timestamp, peer: PeerKey, bytes: u64) {
        self.touch(now, peer).relayed_received_from += bytes;
    }

    /// Counts a duplicate block from `peer`.
    pub(crate) fn duplicate(&mut self, now: Timestamp, peer: PeerKey, bytes: u64) {
        self.touch(now, peer).duplicate_received_from += bytes;
    }

    /// Counts a block from `peer` that nobody here asked for.
    pub(crate) fn unasked(&mut self, now: Timestamp, peer: PeerKey, bytes: u64) {
        self.touch(now, peer).unasked_received_from += bytes;
    }

    /// Counts a refused request of `peer`.
    pub(crate) fn refused(&mut self, now: Timestamp, peer: PeerKey) {
        self.touch(now, peer).refusals += 1;
    }

    /// Peers that were sent blocks.
    pub(crate) fn served(&self) -> usize {
        self.entries.values().filter(|entry| entry.account.sent_to > 0).count()
    }

    pub(crate) fn account(&self, peer: PeerKey) -> Option<&Account> {
        Some(&self.entries.get(&peer)?.account)
    }

    /// The cached weight of a peer; `None` if the ledger policy must be asked again.
    pub(crate) fn weight(&self, now: Timestamp, peer: PeerKey) -> Option<Weight> {
        let entry = self.entries.get(&peer)?;
        let weighed = entry.weighed?;
        let age = now.since(weighed.at);
        let exchanged = entry.account.sent_to + entry.account.received_from;
        let change = exchanged.saturating_sub(weighed.exchanged);
        let much = change >= self.tuning.reweigh_bytes
            || change.saturating_mul(self.tuning.reweigh_parts) > weighed.exchanged;
        let stale = age >= self.tuning.reweigh_most
            || (change > 0 && much && age >= self.tuning.reweigh_least);
        (!stale).then_some(weighed.weight)
    }

    /// Caches the weight that the ledger policy gave.
    pub(crate) fn weighed(&mut self, now: Timestamp, peer: PeerKey, weight: Weight) {
        if let Some(entry) = self.entries.get_mut(&peer) {
            let exchanged = entry.account.sent_to + entry.account.received_from;
            entry.weighed = Some(Weighed { weight, at: now, exchanged });
        }
    }

    /// Drops the cached weight of a peer, since it is known better now.
    pub(crate) fn forget_weight(&mut self, peer: PeerKey) {
        if let Some(entry) = self.entries.get_mut(&peer) {
            entry.weighed = None;
        }
    }

    /// Drops all cached weights, since the ledger policy was replaced.
    pub(crate) fn forget_weights(&mut self) {
        for (_, entry) in self.entries.iter_mut() {
            entry.weighed = None;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The account of a peer, opened again if it was evicted while the peer was connected.
    fn touch(&mut self, now: Timestamp, peer: PeerKey) -> &mut Account {
        if self.entries.len() >= self.most && !self.entries.contains(&peer) {
            self.evict();
        }
        let Self { entries, by_use, .. } = self;
        let entry = entries.or_insert_with(peer, || {
            by_use.insert((now, peer));
            Entry { account: Account::new(peer, now), used_at: now, weighed: None }
        });
        entry.used_at = now;
        &mut entry.account
    }

    /// Evicts the account that was not used for longest.
    fn evict(&mut self) {
        while let Some((at, peer)) = self.by_use.pop_first() {
            match self.entries.get(&peer) {
                Some(entry) if entry.used_at > at => {
                    self.by_use.insert((entry.used_at, peer));
                }
                Some(_) | None => {
                    self.entries.remove(&peer);
                    return;
                }
            }
        }
    }
}
