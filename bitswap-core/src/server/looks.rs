//! Which requests our store is asked about next: one read of sizes for each peer at a time, so that
//! what a peer wants and cancels in a loop costs no more than one, and the oldest request first.

use cid::Cid;

use super::{PeerRequests, Server, State};
use crate::ids::{CidKey, PeerKey, ReadId};

impl Server {
    /// Our store is to be asked about a request, as soon as it may be.
    pub(crate) fn look_for(&mut self, peer: PeerKey, key: CidKey) {
        let Some(requester) = self.requesters.get_mut(&peer) else {
            return;
        };
        if let Some(request) = requester.get(key).filter(|request| request.state == State::Looking)
        {
            let arrival = request.arrival;
            requester.to_look_for.insert(arrival, key);
            self.queue_look(peer);
        }
    }

    /// What our store is asked about next, all for one peer; [`read_begins`] must follow. `None` if
    /// nothing waits, or enough is being read.
    ///
    /// [`read_begins`]: Self::read_begins
    pub(crate) fn next_look(&mut self) -> Option<(PeerKey, Vec<(CidKey, Cid)>)> {
        if self.reads.len() >= self.bounds.reads {
            return None;
        }
        let (_, peer) = self.lookers.pop_first()?;
        let requester = self.requesters.get_mut(&peer)?;
        requester.in_line = None;
        let keys = std::mem::take(&mut requester.to_look_for).into_values();
        let wants = keys.filter_map(|key| Some((key, requester.get(key)?.cid)));
        Some((peer, wants.collect()))
    }

    /// Our store need not be asked about a request any more.
    pub(super) fn stop_looking(&mut self, peer: PeerKey, arrival: u64) {
        if let Some(requester) = self.requesters.get_mut(&peer)
            && requester.to_look_for.remove(&arrival).is_some()
        {
            self.queue_look(peer);
        }
    }

    /// Puts a peer in line, at the place of its oldest request, unless a look for it is running.
    pub(super) fn queue_look(&mut self, peer: PeerKey) {
        let Some(requester) = self.requesters.get_mut(&peer) else {
            return;
        };
        let is_looking = requester.reads.values().any(|is_look| *is_look);
        let oldest = requester.to_look_for.first_key_value().map(|(arrival, _)| *arrival);
        let place = oldest.filter(|_| !is_looking);
        if requester.in_line != place {
            if let Some(before) = std::mem::replace(&mut requester.in_line, place) {
                self.lookers.remove(&before);
            }
            if let Some(place) = place {
                self.lookers.insert(place, peer);
            }
        }
    }
}

impl PeerRequests {
    /// The reads that were started for the peer and are not done.
    pub(crate) fn reads(&self) -> impl Iterator<Item = ReadId> {
        self.reads.keys().copied()
    }

    /// Whether no more blocks may be read for the peer at the moment.
    pub(crate) fn is_capped(&self, bytes: u64, reads: usize) -> bool {
        self.in_flight_bytes >= bytes || self.reads.len() >= reads
    }
}
