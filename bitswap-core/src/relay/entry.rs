//! One want that is passed on: its askers on one side, whom we asked on the other.

use cid::Cid;

use super::Stranger;
use crate::ids::{HashKey, PeerKey};
use crate::map::Table;
use crate::time::Timestamp;
use crate::wire::{Reach, WantKind};

/// All strangers' wants for one CID, and whom we asked because of them.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) cid: Cid,
    pub(crate) hash: HashKey,
    /// Under which it goes on: that of the asker whose want reaches farthest.
    pub(crate) want_id: u64,
    /// With which it goes on; the largest so far.
    pub(crate) ttl: u8,
    /// Since when somebody asks.
    pub(crate) since: Timestamp,
    askers: Table<PeerKey, Upstream>,
    /// Over its whole life: what the degree counts.
    asked: Table<PeerKey, Downstream>,
}

/// An asker's side of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upstream {
    pub(crate) kind: WantKind,
    pub(crate) want_id: u64,
    pub(crate) ttl: u8,
    /// Whether it was told that somebody has it.
    pub(crate) knows: bool,
}

/// One whom we asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Downstream {
    pub(crate) kind: WantKind,
    /// Whether an answer is awaited.
    pub(crate) open: bool,
    /// How far off it says that the block is; 0 = it has it.
    pub(crate) hops: Option<u8>,
}

impl Upstream {
    pub(super) const fn new(kind: WantKind, reach: Reach) -> Self {
        Self { kind, want_id: reach.want_id, ttl: reach.ttl(), knows: false }
    }
}

impl Entry {
    pub(super) fn new(stranger: &Stranger) -> Self {
        let Stranger { cid, hash, reach, .. } = *stranger;
        Self {
            cid,
            hash,
            want_id: reach.want_id,
            ttl: 0,
            since: Timestamp::NEVER,
            askers: Table::default(),
            asked: Table::default(),
        }
    }

    /// The largest TTL that it came with.
    pub(crate) fn ttl_in(&self) -> u8 {
        self.askers.values().map(|upstream| upstream.ttl).max().unwrap_or(0)
    }

    /// Who asked with the largest TTL, and with which.
    pub(crate) fn farthest(&self) -> Option<(PeerKey, u8)> {
        let askers = self.askers.iter().map(|(asker, upstream)| (upstream.ttl, *asker));
        askers.max().map(|(ttl, asker)| (asker, ttl))
    }

    pub(crate) fn upstream(&self, asker: PeerKey) -> Option<&Upstream> {
        self.askers.get(&asker)
    }

    /// It goes on with this TTL, on account of this asker; false if it did so before.
    pub(crate) fn reach_farther(&mut self, from: PeerKey, ttl: u8) -> bool {
        let is_farther = ttl > self.ttl;
        if is_farther && let Some(upstream) = self.askers.get(&from) {
            (self.ttl, self.want_id) = (ttl, upstream.want_id);
        }
        is_farther
    }

    /// Everybody who asked, in the table's order.
    pub(crate) fn askers(&self) -> impl ExactSizeIterator<Item = (PeerKey, &Upstream)> {
        self.askers.iter().map(|(asker, upstream)| (*asker, upstream))
    }

    /// Whether an asker wants the block itself.
    pub(crate) fn is_block_wanted(&self) -> bool {
        self.askers.values().any(|upstream| upstream.kind == WantKind::Block)
    }

    /// An asker is told that somebody has it; false if it was before.
    pub(crate) fn tell(&mut self, asker: PeerKey) -> bool {
        let upstream = self.askers.get_mut(&asker);
        upstream.is_some_and(|upstream| !std::mem::replace(&mut upstream.knows, true))
    }

    pub(super) fn add_asker(&mut self, now: Timestamp, asker: PeerKey, upstream: Upstream) {
        self.since = self.since.min(now);
        self.askers.insert(asker, upstream);
    }

    /// The same want came again: it can only ask for more.
    pub(super) fn ask_for_more(&mut self, asker: PeerKey, kind: WantKind, ttl: u8) {
        if let Some(upstream) = self.askers.get_mut(&asker) {
            upstream.kind = upstream.kind.max(kind);
            upstream.ttl = upstream.ttl.max(ttl);
        }
    }

    pub(super) fn remove_asker(&mut self, asker: PeerKey) -> Option<Upstream> {
        self.askers.remove(&asker)
    }

    /// What `peer` was asked.
    pub(crate) fn downstream(&self, peer: PeerKey) -> Option<&Downstream> {
        self.asked.get(&peer)
    }

    pub(crate) fn downstream_mut(&mut self, peer: PeerKey) -> Option<&mut Downstream> {
        self.asked.get_mut(&peer)
    }

    /// How many were asked so far.
    pub(crate) fn asked_len(&self) -> usize {
        self.asked.len()
    }

    /// Everybody who was asked, in order.
    pub(crate) fn asked(&self) -> impl Iterator<Item = (PeerKey, &Downstream)> {
        self.asked.iter().map(|(peer, downstream)| (*peer, downstream))
    }

    /// The nearest who says that it can be had, if nobody is asked for the block yet.
    pub(crate) fn next_holder(&self) -> Option<PeerKey> {
        let fetching = |down: &Downstream| down.open && down.kind == WantKind::Block;
        if self.asked.values().any(fetching) {
            return None;
        }
        let holders = self.asked.iter().filter_map(|(peer, down)| Some((down.hops?, *peer)));
        holders.min().map(|(_, peer)| peer)
    }

    /// How far off the nearest is who says that it can be had.
    pub(crate) fn nearest(&self) -> Option<u8> {
        self.asked.values().filter_map(|down| down.hops).min()
    }

    /// Whether everybody who was asked has said no, or is gone.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.asked.values().all(|down| !down.open && down.hops.is_none())
    }

    pub(super) fn ask(&mut self, peer: PeerKey, kind: WantKind) {
        let down = self.asked.or_insert_with(peer, || Downstream { kind, open: true, hops: None });
        down.kind = down.kind.max(kind);
        down.open = true;
    }

    pub(super) fn lose(&mut self, peer: PeerKey) {
        if let Some(down) = self.asked.get_mut(&peer) {
            down.open = false;
            down.hops = None;
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
