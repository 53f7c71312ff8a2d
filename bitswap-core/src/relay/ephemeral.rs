//! The ephemeral store: blocks held for relaying, in memory, bounded, and only for their
//! requesters.

use crate::block::Block;
use crate::ids::{CidKey, PeerKey};
use crate::map::Table;
use crate::peers::Peers;

/// The ephemeral store, which shares nothing with the block store.
#[derive(Debug, Default)]
pub(super) struct EphemeralStore {
    most: u64,
    most_per_requester: u64,
    blocks: Table<CidKey, (Block, Vec<PeerKey>)>,
    bytes: u64,
}

impl EphemeralStore {
    pub(super) fn new(most: u64, most_per_requester: u64) -> Self {
        Self { most, most_per_requester, blocks: Table::default(), bytes: 0 }
    }

    /// Holds a block on account of all its requesters; false if there is no room.
    pub(super) fn put(
        &mut self,
        peers: &mut Peers,
        key: CidKey,
        requesters: &[PeerKey],
        block: Block,
    ) -> bool {
        if self.blocks.contains(&key) {
            return true;
        }
        let bytes = block.len() as u64;
        let has_room =
            |requester: &PeerKey| held_for(peers, *requester) + bytes <= self.most_per_requester;
        if self.bytes + bytes > self.most || !requesters.iter().all(has_room) {
            return false;
        }
        self.bytes += bytes;
        self.blocks.insert(key, (block, Vec::new()));
        for requester in requesters {
            self.join(peers, key, *requester);
        }
        true
    }

    /// Holds a block for one requester more, if that one has room.
    pub(super) fn join(&mut self, peers: &mut Peers, key: CidKey, requester: PeerKey) {
        let (Some((block, requesters)), Some(peer)) =
            (self.blocks.get_mut(&key), peers.get_mut(requester))
        else {
            return;
        };
        let (bytes, held) = (block.len() as u64, &mut peer.relay.ephemeral_bytes);
        if *held + bytes <= self.most_per_requester && !requesters.contains(&requester) {
            requesters.push(requester);
            *held += bytes;
        }
    }

    pub(super) fn get(&self, key: CidKey) -> Option<&Block> {
        self.blocks.get(&key).map(|(block, _)| block)
    }

    /// Releases the block of one requester; with the last one it is dropped.
    pub(super) fn release(&mut self, peers: &mut Peers, key: CidKey, requester: PeerKey) {
        let Some((block, requesters)) = self.blocks.get_mut(&key) else {
            return;
        };
        let bytes = block.len() as u64;
        if let Some(place) = requesters.iter().position(|other| *other == requester) {
            requesters.swap_remove(place);
            if let Some(peer) = peers.get_mut(requester) {
                peer.relay.ephemeral_bytes -= bytes;
            }
        }
        if self.blocks.get(&key).is_some_and(|(_, requesters)| requesters.is_empty()) {
            self.blocks.remove(&key);
            self.bytes -= bytes;
        }
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn held_for(peers: &Peers, requester: PeerKey) -> u64 {
    peers.get(requester).map_or(0, |peer| peer.relay.ephemeral_bytes)
}
