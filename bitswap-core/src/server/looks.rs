//! The order in which the store is read for the sizes of requested blocks: oldest request first,
//! and one read per peer at a time, so that a peer that wants and cancels in a loop costs no more.

use cid::Cid;

use super::Server;
use crate::ids::{CidKey, PeerKey};
use crate::peers::{PeerRequests, Peers, State};

impl Server {
    /// Queues a request for a read of its block's size.
    pub(crate) fn look_for(&mut self, peers: &mut Peers, peer: PeerKey, key: CidKey) {
        let request = peers.request(peer, key).filter(|request| request.state == State::Looking);
        if let Some(arrival) = request.map(|request| request.arrival) {
            self.look_for_new(peers, peer, (arrival, key));
        }
    }

    /// Queues a request that was just added, by its arrival, for a read of its block's size.
    pub(crate) fn look_for_new(
        &mut self,
        peers: &mut Peers,
        peer: PeerKey,
        (arrival, key): (u64, CidKey),
    ) {
        if let Some(requests) = peers.requests_mut(peer) {
            if let Err(place) = requests.place_to_look(arrival) {
                requests.to_look_for.insert(place, (arrival, key));
            }
            self.queue_look(peer, requests);
        }
    }

    /// Takes the next read of sizes, all for one peer; [`read_begins`] must follow. `None` if
    /// nothing is queued, or enough reads are in flight.
    ///
    /// [`read_begins`]: Self::read_begins
    pub(crate) fn next_look(&mut self, peers: &mut Peers) -> Option<(PeerKey, Vec<(CidKey, Cid)>)> {
        if self.reads.len() >= self.bounds.reads {
            return None;
        }
        let (_, peer) = self.lookers.pop_first()?;
        let requests = peers.requests_mut(peer)?;
        requests.in_line = None;
        let keys = std::mem::take(&mut requests.to_look_for).into_iter();
        let wants = keys.filter_map(|(_, key)| Some((key, Cid::from(&requests.get(key)?.cid))));
        Some((peer, wants.collect()))
    }

    /// Removes a request from those queued for a read of the size.
    pub(super) fn stop_looking(
        &mut self,
        peer: PeerKey,
        requests: &mut PeerRequests,
        arrival: u64,
    ) {
        if let Ok(place) = requests.place_to_look(arrival) {
            requests.to_look_for.remove(place);
            self.queue_look(peer, requests);
        }
    }

    /// Queues a peer by its oldest request, unless a read of sizes for it is in flight.
    pub(super) fn queue_look(&mut self, peer: PeerKey, requests: &mut PeerRequests) {
        let is_looking = requests.is_looking();
        let oldest = requests.to_look_for.first().map(|(arrival, _)| *arrival);
        let place = oldest.filter(|_| !is_looking);
        if requests.in_line != place {
            if let Some(before) = std::mem::replace(&mut requests.in_line, place) {
                self.lookers.remove(&before);
            }
            if let Some(place) = place {
                self.lookers.insert(place, peer);
            }
        }
    }
}
