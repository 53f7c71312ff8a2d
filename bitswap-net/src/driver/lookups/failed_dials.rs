//! Providers whose dials failed: records that name nothing else of them are not worth another dial
//! for a while, and for a longer one after several failures.

#[cfg(test)]
mod tests;

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
const LEFT_OUT_FOR: Duration = Duration::from_secs(30);
/// After so many failures in a row the record is taken for dead. Routers go on naming it: records
/// live for two days, whatever became of who made them.
const DEAD_AFTER: u32 = 3;
/// How long a dead record is left out, and how long failures are counted together.
const DEAD_FOR: Duration = Duration::from_secs(600);

/// The dials of providers that failed lately.
#[derive(Debug, Default)]
pub(super) struct FailedDials {
    peers: HashMap<PeerId, FailedDial>,
    left_out: u64,
}

#[derive(Debug)]
struct FailedDial {
    /// Where the peer was not; `None` = it was there, and does not speak Bitswap.
    tried: Option<Vec<Multiaddr>>,
    /// Failures in a row that count.
    failures: u32,
    failed_at: Instant,
}

impl FailedDials {
    /// A dial of `peer` failed at all of these addresses; `None` = the peer is of no use wherever
    /// it is. Only failures that `count` make its record a dead one.
    pub(super) fn insert(&mut self, peer: PeerId, tried: Option<Vec<Multiaddr>>, counts: bool) {
        let now = Instant::now();
        self.make_room(&peer, now);
        let new = || FailedDial { tried: Some(Vec::new()), failures: 0, failed_at: now };
        let known = self.peers.entry(peer).or_insert_with(new);
        if known.is_forgotten(now) {
            *known = new();
        }
        known.failures = known.failures.saturating_add(counts.into());
        known.failed_at = now;
        known.tried = tried.map(|tried| merged(tried, known.tried.take()));
    }

    /// The peer is connected.
    pub(super) fn remove(&mut self, peer: &PeerId) {
        self.peers.remove(peer);
    }

    /// Whether all that a record says of its peer was tried lately, in vain; then it is counted as
    /// left out. A record with another address is worth a dial: the addresses that failed may have
    /// been somebody's lie.
    pub(super) fn cover(&mut self, provider: &Provider) -> bool {
        let Some(failed) = self.peers.get(&provider.peer) else { return false };
        let in_vain = failed.tried.as_ref().is_none_or(|tried| {
            let mut addresses = provider.addresses.iter().cloned().map(without_peer);
            addresses.all(|address| tried.contains(&address))
        });
        let is_covered = in_vain && failed.until() > Instant::now();
        self.left_out += u64::from(is_covered);
        is_covered
    }

    /// Providers that were not dialled so far since their dials had failed.
    pub(super) const fn left_out(&self) -> u64 {
        self.left_out
    }

    fn make_room(&mut self, peer: &PeerId, now: Instant) {
        if self.peers.len() < MOST_PEERS || self.peers.contains_key(peer) {
            return;
        }
        self.peers.retain(|_, failed| !failed.is_forgotten(now));
        let next = self.peers.iter().min_by_key(|(_, failed)| failed.until());
        let next = next.map(|(peer, _)| *peer).filter(|_| self.peers.len() >= MOST_PEERS);
        if let Some(next) = next {
            self.peers.remove(&next);
        }
    }
}

impl FailedDial {
    /// Until when it is left out.
    fn until(&self) -> Instant {
        self.failed_at + if self.failures >= DEAD_AFTER { DEAD_FOR } else { LEFT_OUT_FOR }
    }

    /// Whether its failures are too long ago to count.
    fn is_forgotten(&self, now: Instant) -> bool {
        self.failed_at + DEAD_FOR <= now
    }
}

/// The addresses tried now, and before them, as many as are remembered.
fn merged(tried: Vec<Multiaddr>, before: Option<Vec<Multiaddr>>) -> Vec<Multiaddr> {
    let mut merged: Vec<_> = tried.into_iter().map(without_peer).collect();
    let before = before.into_iter().flatten().filter(|address| !merged.contains(address));
    let before: Vec<_> = before.collect();
    merged.extend(before);
    merged.truncate(MOST_ADDRESSES);
    merged
}

/// The address without the name of the peer at its end, which some say and some leave out.
pub(super) fn without_peer(mut address: Multiaddr) -> Multiaddr {
    if matches!(address.iter().last(), Some(Protocol::P2p(_))) {
        address.pop();
    }
    address
}
