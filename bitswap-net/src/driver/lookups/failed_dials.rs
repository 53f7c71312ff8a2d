//! Providers whose dial failed lately: records that name nothing else of them are not worth
//! another dial for a while.

use std::collections::HashMap;
use std::time::Duration;

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use crate::routing::Provider;

/// Providers that are remembered; the one that is forgotten next makes room.
const MOST_PEERS: usize = 1_024;
/// Addresses that are remembered of one of them; a dial tries no more than ten that we know.
const MOST_ADDRESSES: usize = 16;
/// Shorter than the pause between two look-ups for the same want, so that a provider which was
/// down is dialled again by the next.
const REMEMBERED_FOR: Duration = Duration::from_secs(30);

/// The dials of providers that failed in the last half minute.
#[derive(Debug, Default)]
pub(super) struct FailedDials(HashMap<PeerId, FailedDial>);

#[derive(Debug)]
struct FailedDial {
    /// Where the peer was not; `None` = it was there, and does not speak Bitswap.
    tried: Option<Vec<Multiaddr>>,
    until: Instant,
}

impl FailedDials {
    /// A dial of `peer` failed at all of these addresses; `None` = the peer is of no use wherever
    /// it is.
    pub(super) fn insert(&mut self, peer: PeerId, tried: Option<Vec<Multiaddr>>) {
        let now = Instant::now();
        if self.0.len() >= MOST_PEERS && !self.0.contains_key(&peer) {
            self.0.retain(|_, failed| failed.until > now);
            let next = self.0.iter().min_by_key(|(_, failed)| failed.until).map(|(peer, _)| *peer);
            if let Some(next) = next.filter(|_| self.0.len() >= MOST_PEERS) {
                self.0.remove(&next);
            }
        }
        let tried =
            tried.map(|tried| tried.into_iter().take(MOST_ADDRESSES).map(without_peer).collect());
        self.0.insert(peer, FailedDial { tried, until: now + REMEMBERED_FOR });
    }

    /// The peer is connected.
    pub(super) fn remove(&mut self, peer: &PeerId) {
        self.0.remove(peer);
    }

    /// Whether all that a record says of its peer was tried lately, in vain. A record with another
    /// address is worth a dial: the addresses that failed may have been somebody's lie.
    pub(super) fn cover(&self, provider: &Provider) -> bool {
        let Some(failed) = self.0.get(&provider.peer) else { return false };
        let in_vain = failed.tried.as_ref().is_none_or(|tried| {
            let mut addresses = provider.addresses.iter().cloned().map(without_peer);
            addresses.all(|address| tried.contains(&address))
        });
        in_vain && failed.until > Instant::now()
    }
}

/// The address without the name of the peer at its end, which some say and some leave out.
fn without_peer(mut address: Multiaddr) -> Multiaddr {
    if matches!(address.iter().last(), Some(Protocol::P2p(_))) {
        address.pop();
    }
    address
}
