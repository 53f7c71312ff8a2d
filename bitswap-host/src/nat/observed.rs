//! `AutoNAT` with a limit to what it tries: any peer may say that it sees this node at some
//! address, and libp2p's behaviour would remember each, and have each tried at the cost of up to
//! 100 kB.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::time::Duration;

use bitswap_net::AddressReach;
use libp2p::Multiaddr;
use libp2p::swarm::FromSwarm;
use tokio::time::Instant;

/// Addresses that are tried in an hour: those of two transports, of IPv4 and IPv6, twice.
const PER_HOUR: usize = 8;
const HOUR: Duration = Duration::from_secs(3_600);

/// What a behaviour hears that is to hear of public addresses only, and of few that are new.
#[derive(Debug)]
pub(super) struct ObservedOnly {
    passed: HashSet<Multiaddr>,
    /// Since when they are counted.
    since: Instant,
}

impl ObservedOnly {
    pub(super) fn new() -> Self {
        Self { passed: HashSet::new(), since: Instant::now() }
    }

    pub(super) fn hears(&mut self, event: &FromSwarm<'_>) -> bool {
        !matches!(event, FromSwarm::NewExternalAddrCandidate(seen) if !self.takes(seen.addr))
    }

    /// Whether an address that a peer saw is to be tried, or was tried already.
    fn takes(&mut self, address: &Multiaddr) -> bool {
        if AddressReach::of(address) != AddressReach::Public
            || crate::addresses::is_circuit(address)
        {
            return false;
        }
        if self.passed.contains(address) {
            return true;
        }
        if self.since.elapsed() >= HOUR {
            (self.since, self.passed) = (Instant::now(), HashSet::new());
        }
        self.passed.len() < PER_HOUR && self.passed.insert(address.clone())
    }
}
