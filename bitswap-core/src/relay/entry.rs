//! One want that is passed on: its requesters on one side, whom we asked on the other.

use std::collections::BTreeSet;

use cid::Cid;

use super::RelayRequest;
use crate::ids::{HashKey, PeerKey};
use crate::map::Table;
use crate::time::Timestamp;
use crate::wire::{RelayHeader, WantKind};

/// All relayed wants for one CID, and whom we asked because of them.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) cid: Cid,
    pub(crate) hash: HashKey,
    /// Under which it goes on: that of a requester who lets it go farthest.
    pub(crate) want_id: u64,
    /// Who ever sent the want of this id, also those who wait no more.
    senders: BTreeSet<PeerKey>,
    /// With which it goes on; the largest so far.
    pub(crate) ttl: u8,
    /// Since when somebody asks.
    pub(crate) since: Timestamp,
    requesters: Table<PeerKey, RequesterState>,
    /// Over its whole life: what the degree counts.
    asked: Table<PeerKey, AskedPeer>,
}

/// A requester's side of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequesterState {
    pub(crate) kind: WantKind,
    pub(crate) want_id: u64,
    pub(crate) ttl: u8,
    /// Whether it was told that somebody has it.
    pub(crate) knows: bool,
}

/// One whom we asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AskedPeer {
    pub(crate) kind: WantKind,
    /// Whether an answer is awaited.
    pub(crate) open: bool,
    /// How far off it says that the block is; 0 = it has it.
    pub(crate) hops: Option<u8>,
}

impl RequesterState {
    pub(super) const fn new(kind: WantKind, relay: RelayHeader) -> Self {
        Self { kind, want_id: relay.want_id, ttl: relay.ttl(), knows: false }
    }
}

impl Entry {
    pub(super) fn new(request: &RelayRequest) -> Self {
        let RelayRequest { cid, hash, header: relay, .. } = *request;
        Self {
            cid,
            hash,
            want_id: relay.want_id,
            senders: BTreeSet::new(),
            ttl: 0,
            since: Timestamp::NEVER,
            requesters: Table::default(),
            asked: Table::default(),
        }
    }

    /// The largest TTL that it came with.
    pub(crate) fn ttl_in(&self) -> u8 {
        self.requesters.values().map(|state| state.ttl).max().unwrap_or(0)
    }

    /// Who asked with the largest TTL, and with which.
    pub(crate) fn farthest(&self) -> Option<(PeerKey, u8)> {
        let requesters = self.requesters.iter().map(|(requester, state)| (state.ttl, *requester));
        requesters.max().map(|(ttl, requester)| (requester, ttl))
    }

    pub(crate) fn requester(&self, requester: PeerKey) -> Option<&RequesterState> {
        self.requesters.get(&requester)
    }

    /// Everybody who asked, in the table's order.
    pub(crate) fn requesters(&self) -> impl ExactSizeIterator<Item = (PeerKey, &RequesterState)> {
        self.requesters.iter().map(|(requester, state)| (*requester, state))
    }

    /// Whether a requester wants the block itself.
    pub(crate) fn is_block_wanted(&self) -> bool {
        self.requesters.values().any(|state| state.kind == WantKind::Block)
    }

    /// A requester is told that somebody has it; false if it was before.
    pub(crate) fn tell(&mut self, requester: PeerKey) -> bool {
        let state = self.requesters.get_mut(&requester);
        state.is_some_and(|state| !std::mem::replace(&mut state.knows, true))
    }

    pub(super) fn add_requester(
        &mut self,
        now: Timestamp,
        requester: PeerKey,
        state: RequesterState,
    ) {
        self.since = self.since.min(now);
        if state.want_id == self.want_id {
            self.senders.insert(requester);
        }
        self.requesters.insert(requester, state);
        self.go_on();
    }

    /// The same want came again: it can only ask for more.
    pub(super) fn ask_for_more(&mut self, requester: PeerKey, kind: WantKind, ttl: u8) {
        if let Some(state) = self.requesters.get_mut(&requester) {
            state.kind = state.kind.max(kind);
            state.ttl = state.ttl.max(ttl);
            self.go_on();
        }
    }

    pub(super) fn remove_requester(&mut self, requester: PeerKey) -> Option<RequesterState> {
        let state = self.requesters.remove(&requester);
        self.go_on();
        state
    }

    /// Whether the want that goes on came from `peer`: it does not go back there.
    pub(crate) fn came_from(&self, peer: PeerKey) -> bool {
        self.senders.contains(&peer)
    }

    /// Goes on under the id of somebody who waits, and not as far as that one may have it go.
    fn go_on(&mut self) {
        let farthest = self.ttl_in();
        self.ttl = self.ttl.min(farthest.saturating_sub(1));
        let mut far = self.requesters.values().filter(|state| state.ttl == farthest);
        let Some(next) = far.next() else {
            return;
        };
        if next.want_id == self.want_id || far.any(|state| state.want_id == self.want_id) {
            return;
        }
        self.want_id = next.want_id;
        let same = |(_, state): &(&PeerKey, &RequesterState)| state.want_id == self.want_id;
        self.senders =
            self.requesters.iter().filter(same).map(|(requester, _)| *requester).collect();
    }

    /// What `peer` was asked.
    pub(crate) fn asked_peer(&self, peer: PeerKey) -> Option<&AskedPeer> {
        self.asked.get(&peer)
    }

    pub(crate) fn asked_peer_mut(&mut self, peer: PeerKey) -> Option<&mut AskedPeer> {
        self.asked.get_mut(&peer)
    }

    /// How many were asked so far.
    pub(crate) fn asked_len(&self) -> usize {
        self.asked.len()
    }

    /// Everybody who was asked, in order.
    pub(crate) fn asked(&self) -> impl Iterator<Item = (PeerKey, &AskedPeer)> {
        self.asked.iter().map(|(peer, asked)| (*peer, asked))
    }

    /// The nearest who says that it can be had, if nobody is asked for the block yet.
    pub(crate) fn next_holder(&self) -> Option<PeerKey> {
        let fetching = |asked: &AskedPeer| asked.open && asked.kind == WantKind::Block;
        if self.asked.values().any(fetching) {
            return None;
        }
        let holders = self.asked.iter().filter_map(|(peer, asked)| Some((asked.hops?, *peer)));
        holders.min().map(|(_, peer)| peer)
    }

    /// How far off the nearest is who says that it can be had.
    pub(crate) fn nearest(&self) -> Option<u8> {
        self.asked.values().filter_map(|asked| asked.hops).min()
    }

    /// Whether everybody who was asked has said no, or is gone.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.asked.values().all(|asked| !asked.open && asked.hops.is_none())
    }

    pub(super) fn ask(&mut self, peer: PeerKey, kind: WantKind) {
        let asked = self.asked.or_insert_with(peer, || AskedPeer { kind, open: true, hops: None });
        asked.kind = asked.kind.max(kind);
        asked.open = true;
    }

    pub(super) fn lose(&mut self, peer: PeerKey) {
        if let Some(asked) = self.asked.get_mut(&peer) {
            asked.open = false;
            asked.hops = None;
        }
    }

    pub(super) fn stop_asking(&mut self) -> Vec<PeerKey> {
        let peers: Vec<PeerKey> = self.asked.keys().copied().collect();
        for peer in &peers {
            self.lose(*peer);
        }
        peers
    }
}
