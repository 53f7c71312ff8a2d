//! The ephemeral store: blocks held for relaying, in memory, bounded, and only for their
//! requesters, and room for those that are asked for.

use crate::block::Block;
use crate::ids::{CidKey, PeerKey};
use crate::map::Table;
use crate::peers::Peers;

/// The ephemeral store, which shares nothing with the block store.
#[derive(Debug, Default)]
pub(super) struct EphemeralStore {
    most: u64,
    most_per_requester: u64,
    held: Table<CidKey, Held>,
    bytes: u64,
}

/// A block, or the room for one that is asked for, on account of these requesters.
#[derive(Debug, Default)]
struct Held {
    block: Option<Block>,
    bytes: u64,
    requesters: Vec<PeerKey>,
}

impl EphemeralStore {
    pub(super) fn new(most: u64, most_per_requester: u64) -> Self {
        Self { most, most_per_requester, ..Self::default() }
    }

    /// The longest block that it can hold.
    pub(super) fn longest(&self) -> u64 {
        self.most.min(self.most_per_requester)
    }

    /// Keeps room for a block of probably so many bytes, on account of those of its requesters that
    /// have room; false if there is none.
    pub(super) fn reserve(
        &mut self,
        peers: &mut Peers,
        key: CidKey,
        requesters: &[PeerKey],
        bytes: u64,
    ) -> bool {
        if self.held.contains(&key) {
            return true;
        }
        if self.bytes + bytes > self.most {
            return false;
        }
        self.bytes += bytes;
        self.held.insert(key, Held { bytes, ..Held::default() });
        for requester in requesters {
            self.join(peers, key, *requester);
        }
        let is_paid = self.held.get(&key).is_some_and(|held| !held.requesters.is_empty());
        if !is_paid {
            self.forget(peers, key);
        }
        is_paid
    }

    /// Holds a block that came, in the room that was kept for it; false if it does not fit.
    pub(super) fn put(
        &mut self,
        peers: &mut Peers,
        key: CidKey,
        requesters: &[PeerKey],
        block: Block,
    ) -> bool {
        if self.get(key).is_some() {
            return true;
        }
        self.forget(peers, key);
        let fits = self.reserve(peers, key, requesters, block.len() as u64);
        if let Some(held) = self.held.get_mut(&key) {
            held.block = Some(block);
        }
        fits
    }

    /// Holds a block for one requester more, if that one has room.
    pub(super) fn join(&mut self, peers: &mut Peers, key: CidKey, requester: PeerKey) {
        let (Some(held), Some(peer)) = (self.held.get_mut(&key), peers.get_mut(requester)) else {
            return;
        };
        let bytes = peer.relay.ephemeral_bytes + held.bytes;
        if bytes <= self.most_per_requester && !held.requesters.contains(&requester) {
            held.requesters.push(requester);
            peer.relay.ephemeral_bytes = bytes;
        }
    }

    pub(super) fn get(&self, key: CidKey) -> Option<&Block> {
        self.held.get(&key)?.block.as_ref()
    }

    /// Releases the block of one requester; with the last one it is dropped.
    pub(super) fn release(&mut self, peers: &mut Peers, key: CidKey, requester: PeerKey) {
        let Some(held) = self.held.get_mut(&key) else {
            return;
        };
        if let Some(place) = held.requesters.iter().position(|other| *other == requester) {
            held.requesters.swap_remove(place);
            if let Some(peer) = peers.get_mut(requester) {
                peer.relay.ephemeral_bytes -= held.bytes;
            }
        }
        if held.requesters.is_empty() {
            self.forget(peers, key);
        }
    }

    fn forget(&mut self, peers: &mut Peers, key: CidKey) {
        let Some(Held { bytes, requesters, .. }) = self.held.remove(&key) else {
            return;
        };
        self.bytes -= bytes;
        for requester in requesters {
            if let Some(peer) = peers.get_mut(requester) {
                peer.relay.ephemeral_bytes -= bytes;
            }
        }
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }
}
