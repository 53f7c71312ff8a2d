//! Eviction: which request is dropped when a new one finds no room.

use std::collections::BinaryHeap;

use super::Server;
use crate::ids::{CidKey, PeerKey};
use crate::limits::Limits;
use crate::peers::{Peer, PeerRequests, Peers};

/// There is no room for a request, and no less important one to evict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoRoom;

/// Peers by the number of their requests, the most first; kept only while the node is nearly full.
///
/// A peer is listed under at least as many requests as it has, so that few changes concern the
/// list: an end does not, and a new request does only if the peer outgrows its place.
#[derive(Debug, Default)]
pub(super) struct BySize(Option<BinaryHeap<(usize, PeerKey)>>);

impl BySize {
    /// A peer has a request more.
    pub(super) fn grew(&mut self, peer: PeerKey, requests: &mut PeerRequests) {
        if let Some(sizes) = &mut self.0
            && requests.len() > requests.listed_under
        {
            requests.listed_under = requests.len().next_power_of_two();
            sizes.push((requests.listed_under, peer));
        }
    }

    /// The peer with the most requests, and their number.
    fn largest(&mut self, peers: &mut Peers) -> Option<(usize, PeerKey)> {
        let sizes = self.0.get_or_insert_with(|| {
            let list = |(peer, known): (PeerKey, &mut Peer)| {
                known.requests.listed_under = known.requests.len();
                (known.requests.listed_under, peer)
            };
            peers.iter_mut().map(list).collect()
        });
        while let Some((listed_under, peer)) = sizes.pop() {
            let requests = peers.requests_mut(peer);
            // An older place of a peer that is listed elsewhere by now, or is gone.
            let Some(requests) = requests.filter(|them| them.listed_under == listed_under) else {
                continue;
            };
            requests.listed_under = requests.len();
            sizes.push((requests.listed_under, peer));
            if requests.listed_under == listed_under {
                return Some((listed_under, peer));
            }
        }
        None
    }
}

impl Server {
    /// Makes room for one more request of `peer`, which has `own`; returns the evicted request, if
    /// any.
    ///
    /// A peer at its own limit evicts one of its own. At the limit of the node, the peer with the
    /// most requests loses one, so that no peer can crowd out those that want less.
    pub(super) fn make_room(
        &mut self,
        peers: &mut Peers,
        (peer, own): (PeerKey, usize),
        priority: i32,
    ) -> Result<Option<(PeerKey, CidKey)>, NoRoom> {
        if own >= self.room_of_one_peer() as usize {
            return self.evict(peers, peer, Some(priority)).map(Some);
        }
        if self.requests < self.bounds.requests {
            return Ok(None);
        }
        match self.by_size.largest(peers) {
            Some((most, other)) if most > own + 1 => self.evict(peers, other, None).map(Some),
            _ => self.evict(peers, peer, Some(priority)).map(Some),
        }
    }

    /// Number of requests that one peer may have now.
    pub(crate) fn room_of_one_peer(&self) -> u32 {
        let room = self.bounds.requests_per_peer;
        let is_crowded = self.requests >= self.bounds.requests / 2;
        let most = if is_crowded { Limits::CROWDED_REQUESTS_PER_PEER } else { usize::MAX };
        room.min(most) as u32
    }

    /// Evicts the least important request of a peer: one below `priority`, or any if it is `None`.
    fn evict(
        &mut self,
        peers: &mut Peers,
        peer: PeerKey,
        priority: Option<i32>,
    ) -> Result<(PeerKey, CidKey), NoRoom> {
        let requests = peers.requests_mut(peer).ok_or(NoRoom)?;
        let least = requests.least_important(priority).ok_or(NoRoom)?;
        self.remove_from(requests, peer, least);
        Ok((peer, least))
    }
}
