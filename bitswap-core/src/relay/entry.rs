//! One relayed want: its requesters on one side, the peers that are asked on the other.

use std::collections::BTreeSet;

use cid::Cid;

use super::RelayRequest;
use crate::ids::{HashKey, PeerKey};
use crate::map::Table;
use crate::time::Timestamp;
use crate::wire::{RelayHeader, WantKind};

/// All relayed wants of one CID, and the peers that are asked for them.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) cid: Cid,
    pub(crate) hash: HashKey,
    /// The want id that it is forwarded with: that of a requester with the largest TTL.
    pub(crate) want_id: u64,
    /// Peers that ever sent the want with this id, also those that do not wait any more.
    senders: BTreeSet<PeerKey>,
    /// The TTL that it is forwarded with; the largest so far.
    pub(crate) ttl: u8,
    /// How long the block is, if it came and there was no room for it.
    pub(crate) bytes: Option<u64>,
    /// Whether it waits for room in the ephemeral store.
    pub(crate) waits: bool,
    /// When the first requester asked.
    pub(crate) since: Timestamp,
    requesters: Table<PeerKey, RequesterState>,
    /// The peers that were asked over its whole life; limited by the degree.
    asked: Table<PeerKey, AskedPeer>,
}

/// The want of one requester.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequesterState {
    pub(crate) kind: WantKind,
    pub(crate) want_id: u64,
    pub(crate) ttl: u8,
    /// Whether the requester was sent a HAVE.
    pub(crate) knows: bool,
}

/// What one peer was asked, and what it answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AskedPeer {
    pub(crate) kind: WantKind,
    /// Whether the answer is awaited.
    pub(crate) open: bool,
    /// Whether it is asked for the block, and has sent nothing for too long.
    pub(crate) is_late: bool,
    /// Distance of the block from the peer, in hops, if it answered HAVE; 0 = it has the block.
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
        let (want_id, since) = (relay.want_id, Timestamp::NEVER);
        Self { cid, hash, want_id, since, ..Self::default() }
    }

    /// The largest TTL of its requesters.
    pub(crate) fn ttl_in(&self) -> u8 {
        self.requesters.values().map(|state| state.ttl).max().unwrap_or(0)
    }

    /// The requester with the largest TTL, and that TTL.
    pub(crate) fn farthest(&self) -> Option<(PeerKey, u8)> {
        let requesters = self.requesters.iter().map(|(requester, state)| (state.ttl, *requester));
        requesters.max().map(|(ttl, requester)| (requester, ttl))
    }

    pub(crate) fn requester(&self, requester: PeerKey) -> Option<&RequesterState> {
        self.requesters.get(&requester)
    }

    /// All requesters, in the table's order.
    pub(crate) fn requesters(&self) -> impl ExactSizeIterator<Item = (PeerKey, &RequesterState)> {
        self.requesters.iter().map(|(requester, state)| (*requester, state))
    }

    /// The requesters, in the table's order.
    pub(crate) fn who_waits(&self) -> Vec<PeerKey> {
        self.requesters.keys().copied().collect()
    }

    /// Whether a requester wants the block itself.
    pub(crate) fn is_block_wanted(&self) -> bool {
        self.requesters.values().any(|state| state.kind == WantKind::Block)
    }

    /// Notes that a requester is sent a HAVE; false if it was before.
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

    /// Merges a want that came again: it can only ask for more.
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

    /// Whether the forwarded want came from `peer`: it is not sent back there.
    pub(crate) fn came_from(&self, peer: PeerKey) -> bool {
        self.senders.contains(&peer)
    }

    /// Updates the id and TTL to forward with: the id of a requester with the largest TTL, and a
    /// smaller TTL than that.
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

    /// Number of peers that were asked so far.
    pub(crate) fn asked_len(&self) -> usize {
        self.asked.len()
    }

    /// All peers that were asked, in order.
    pub(crate) fn asked(&self) -> impl Iterator<Item = (PeerKey, &AskedPeer)> {
        self.asked.iter().map(|(peer, asked)| (*peer, asked))
    }

    /// The peers that answered HAVE and are not asked for the block, with their distances, the
    /// nearest first; none while one that is asked is not late.
    pub(crate) fn idle_holders(&self) -> Vec<(u8, PeerKey)> {
        let fetching = |asked: &AskedPeer| asked.open && asked.kind == WantKind::Block;
        if self.asked.values().any(|asked| fetching(asked) && !asked.is_late) {
            return Vec::new();
        }
        let others = self.asked.iter().filter(|(_, asked)| !fetching(asked));
        let holders = others.filter_map(|(peer, asked)| Some((asked.hops?, *peer)));
        let mut holders: Vec<_> = holders.collect();
        holders.sort_unstable();
        holders
    }

    /// Distance of the nearest holder, in hops.
    pub(crate) fn nearest(&self) -> Option<u8> {
        self.asked.values().filter_map(|asked| asked.hops).min()
    }

    /// Whether all peers that were asked answered DONT_HAVE or disconnected.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.asked.values().all(|asked| !asked.open && asked.hops.is_none())
    }

    pub(super) fn ask(&mut self, peer: PeerKey, kind: WantKind) {
        let new = AskedPeer { kind, open: true, is_late: false, hops: None };
        let asked = self.asked.or_insert_with(peer, || new);
        asked.kind = asked.kind.max(kind);
        (asked.open, asked.is_late) = (true, false);
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
            if let Some(asked) = self.asked.get_mut(peer) {
                asked.open = false;
            }
        }
        peers
    }
}
