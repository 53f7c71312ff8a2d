//! What passed between us and each peer, and what a policy says it is worth. Holds no CIDs.

use std::collections::BTreeSet;

use crate::ids::PeerKey;
use crate::map::Table;
use crate::strategy::{Account, Weight};
use crate::time::Timestamp;
use crate::tuning::Tuning;

/// The accounts. They outlive connections; the longest unused makes room.
#[derive(Debug)]
pub(crate) struct Ledger {
    most: usize,
    tuning: Tuning,
    entries: Table<PeerKey, Entry>,
    by_use: BTreeSet<(Timestamp, PeerKey)>,
}

#[derive(Debug)]
struct Entry {
    account: Account,
    used_at: Timestamp,
    weighed: Option<Weighed>,
}

/// A policy's word and what it was based on.
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

    /// A peer is here; its account is opened or used again.
    pub(crate) fn meet(&mut self, now: Timestamp, peer: PeerKey) {
        self.touch(now, peer);
    }

    /// A block was written to `peer`.
    pub(crate) fn sent(&mut self, now: Timestamp, peer: PeerKey, bytes: u64) {
        let account = self.touch(now, peer);
        account.sent_to += bytes;
        account.blocks_sent_to += 1;
        account.last_exchange_at = Some(now);
    }

    /// `peer` was the first to bring a wanted block.
    pub(crate) fn received(&mut self, now: Timestamp, peer: PeerKey, bytes: u64) {
        let account = self.touch(now, peer);
        account.received_from += bytes;
        account.blocks_received_from += 1;
        account.last_exchange_at = Some(now);
    }

    /// `peer` brought a block that had come before.
    pub(crate) fn duplicate(&mut self, now: Timestamp, peer: PeerKey, bytes: u64) {
        self.touch(now, peer).duplicate_received_from += bytes;
    }

    /// `peer` brought a block that nobody here asked for.
    pub(crate) fn unasked(&mut self, now: Timestamp, peer: PeerKey, bytes: u64) {
        self.touch(now, peer).unasked_received_from += bytes;
    }

    /// A request of `peer` was turned down.
    pub(crate) fn refused(&mut self, now: Timestamp, peer: PeerKey) {
        self.touch(now, peer).refusals += 1;
    }

    pub(crate) fn account(&self, peer: PeerKey) -> Option<&Account> {
        Some(&self.entries.get(&peer)?.account)
    }

    /// The cached weight; `None` if the policy must be asked.
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

    /// Keeps the policy's word.
    pub(crate) fn weighed(&mut self, now: Timestamp, peer: PeerKey, weight: Weight) {
        if let Some(entry) = self.entries.get_mut(&peer) {
            let exchanged = entry.account.sent_to + entry.account.received_from;
            entry.weighed = Some(Weighed { weight, at: now, exchanged });
        }
    }

    /// Another policy is in charge: all weights are asked anew.
    pub(crate) fn forget_weights(&mut self) {
        for (_, entry) in self.entries.iter_mut() {
            entry.weighed = None;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The account of a peer that may have made room for others while it was connected.
    fn touch(&mut self, now: Timestamp, peer: PeerKey) -> &mut Account {
        if self.entries.len() >= self.most
            && !self.entries.contains(&peer)
            && let Some((_, longest_unused)) = self.by_use.pop_first()
        {
            self.entries.remove(&longest_unused);
        }
        let entry = self.entries.or_insert_with(peer, || Entry {
            account: Account::new(peer, now),
            used_at: now,
            weighed: None,
        });
        self.by_use.remove(&(entry.used_at, peer));
        entry.used_at = now;
        self.by_use.insert((now, peer));
        &mut entry.account
    }
}
