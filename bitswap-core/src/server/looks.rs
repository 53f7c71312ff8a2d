//! Which requests our store is asked about next: one read of sizes for each peer at a time, so that
//! what a peer wants and cancels in a loop costs no more than one, and the oldest request first.

use cid::Cid;

use super::Server;
use crate::ids::{CidKey, PeerKey};
use crate::peers::{PeerRequests, Peers, State};

impl Server {
    /// Our store is to be asked about a request, as soon as it may be.
    pub(crate) fn look_for(&mut self, peers: &mut Peers, peer: PeerKey, key: CidKey) {
        let Some(requests) = peers.requests_mut(peer) else {
            return;
        };
        if let Some(request) = requests.get(key).filter(|request| request.state == State::Looking) {
            let arrival = request.arrival;
            requests.to_look_for.insert(arrival, key);
            self.queue_look(peer, requests);
        }
    }

    /// What our store is asked about next, all for one peer; [`read_begins`] must follow. `None` if
    /// nothing waits, or enough is being read.
    ///
    /// [`read_begins`]: Self::read_begins
    pub(crate) fn next_look(&mut self, peers: &mut Peers) -> Option<(PeerKey, Vec<(CidKey, Cid)>)> {
        if self.reads.len() >= self.bounds.reads {
            return None;
        }
        let (_, peer) = self.lookers.pop_first()?;
        let requests = peers.requests_mut(peer)?;
        requests.in_line = None;
        let keys = std::mem::take(&mut requests.to_look_for).into_values();
        let wants = keys.filter_map(|key| Some((key, requests.get(key)?.cid)));
        Some((peer, wants.collect()))
    }

    /// Our store need not be asked about a request any more.
    pub(super) fn stop_looking(
        &mut self,
        peer: PeerKey,
        requests: &mut PeerRequests,
        arrival: u64,
    ) {
        if requests.to_look_for.remove(&arrival).is_some() {
            self.queue_look(peer, requests);
        }
    }

    /// Puts a peer in line, at the place of its oldest request, unless a look for it is running.
    pub(super) fn queue_look(&mut self, peer: PeerKey, requests: &mut PeerRequests) {
        let is_looking = requests.reads.values().any(|is_look| *is_look);
        let oldest = requests.to_look_for.first_key_value().map(|(arrival, _)| *arrival);
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
