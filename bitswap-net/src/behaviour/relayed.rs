//! The connections over relays that Bitswap does not use. A relay lets little through (Kubo's
//! 128 KiB, for two minutes at most) and pays for it, so such a connection only is a way to a
//! direct one.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::task::{Context, Poll};
use std::time::Duration;

use bitswap_core::Input;
use libp2p::core::ConnectedPoint;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use super::Behaviour;
use crate::timer::Timer;

/// A direct connection, made by both ends at once, is there within this: an attempt takes a few
/// round trips if it succeeds. One that meets silence ends by the time limit of its dial, which
/// leaves time for a second.
const UPGRADE: Duration = Duration::from_secs(15);

/// Peers that are connected over relays.
#[derive(Debug, Default)]
pub(super) struct RelayedPeers {
    peers: HashMap<PeerId, RelayedPeer>,
    timer: Timer,
}

#[derive(Debug)]
struct RelayedPeer {
    connections: u32,
    /// Until when a direct connection may follow; `None` = none did, and that was told.
    until: Option<Instant>,
    /// Whether there is one. Of several that both ends make at once, the first is not the one
    /// that stays.
    is_direct: bool,
}

impl RelayedPeer {
    /// Until when a direct connection is waited for.
    fn waits_until(&self) -> Option<Instant> {
        self.until.filter(|_| !self.is_direct)
    }
}

/// Our end of a connection, or what we dialled: it says whether a relay is in between.
pub(super) const fn ours(point: &ConnectedPoint) -> &Multiaddr {
    match point {
        ConnectedPoint::Dialer { address, .. } => address,
        ConnectedPoint::Listener { local_addr, .. } => local_addr,
    }
}

/// Whether an address leads over a relay.
pub(super) fn is_circuit(address: &Multiaddr) -> bool {
    address.iter().any(|part| part == Protocol::P2pCircuit)
}

impl Behaviour {
    /// From now on, connections over relays are used as any other is.
    pub(crate) const fn use_relayed(&mut self) {
        self.uses_relayed = true;
    }

    /// Whether Bitswap uses a connection, where `ours` is our end of it, or what we dialled.
    pub(super) fn uses(&self, ours: &Multiaddr) -> bool {
        self.uses_relayed || !is_circuit(ours)
    }

    /// A connection that is used is gone. If the peer is still there over a relay, which led to
    /// that one a moment ago, the engine goes on waiting for another.
    pub(super) fn used_closed(&mut self, peer: PeerId, id: ConnectionId) {
        let mut inputs = self.connections.closed(peer, id);
        let is_direct = self.connections.of(peer).next().is_some();
        self.relayed.set_direct(peer, is_direct);
        if self.relayed.is_upgrading(peer) {
            let mut given_up =
                inputs.extract_if(.., |input| matches!(input, Input::DialFailed { .. }));
            if given_up.next().is_some() {
                self.connections.await_again(peer);
            }
        }
        self.feed(inputs);
    }

    /// A connection over a relay, which is not used, is gone.
    pub(super) fn relayed_closed(&mut self, peer: PeerId) {
        if self.relayed.closed(peer) {
            self.give_up_relayed(peer);
        }
    }

    /// No direct connection to a peer follows one over a relay.
    pub(super) fn give_up_relayed(&mut self, peer: PeerId) {
        let failed = self.connections.not_connected(peer);
        if failed.is_some() {
            self.driver.dial_fails("only a relay reaches it".to_owned(), Vec::new());
        }
        self.feed(failed);
    }

    /// Whether a peer that is wanted is connected over a relay, and either will be directly soon or
    /// is given up here: it is not dialled.
    pub(super) fn refuse_relayed(&mut self, peer: PeerId) -> bool {
        let is_relayed = self.relayed.contains(peer);
        if is_relayed && !self.relayed.is_upgrading(peer) {
            self.give_up_relayed(peer);
        }
        is_relayed
    }
}

impl RelayedPeers {
    /// A connection over a relay is there, and perhaps a direct one.
    pub(super) fn opened(&mut self, peer: PeerId, is_direct: bool) {
        let until = Some(Instant::now() + UPGRADE);
        let new = || RelayedPeer { connections: 0, until, is_direct };
        let known = self.peers.entry(peer).or_insert_with(new);
        known.connections += 1;
        known.until = until;
        self.set_timer();
    }

    /// A connection over a relay is gone; true if it was the peer's last.
    pub(super) fn closed(&mut self, peer: PeerId) -> bool {
        let Some(known) = self.peers.get_mut(&peer) else { return false };
        known.connections -= 1;
        let was_last = known.connections == 0;
        if was_last {
            self.peers.remove(&peer);
            self.set_timer();
        }
        was_last
    }

    /// Whether a peer is connected over relays.
    pub(super) fn contains(&self, peer: PeerId) -> bool {
        self.peers.contains_key(&peer)
    }

    /// Whether a direct connection to a peer may follow soon.
    pub(super) fn is_upgrading(&self, peer: PeerId) -> bool {
        self.peers.get(&peer).is_some_and(|known| known.waits_until().is_some())
    }

    /// Whether a direct connection to any peer may follow soon.
    pub(super) fn are_upgrading(&self) -> bool {
        self.timer.is_set()
    }

    /// Whether there is a direct connection to a peer, or it was the last that closed. Within its
    /// time, another may follow.
    pub(super) fn set_direct(&mut self, peer: PeerId, is_direct: bool) {
        if let Some(known) = self.peers.get_mut(&peer) {
            let now = Instant::now();
            known.until = known.until.filter(|until| is_direct || *until > now);
            known.is_direct = is_direct;
            self.set_timer();
        }
    }

    /// The next peer to which no direct connection followed in time.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<PeerId> {
        while self.timer.poll(cx).is_ready() {
            let now = Instant::now();
            let is_over =
                |known: &RelayedPeer| known.waits_until().is_some_and(|until| until <= now);
            let over = self.peers.iter_mut().filter(|(_, known)| is_over(known));
            let over = over.min_by_key(|(peer, _)| **peer);
            let over = over.map(|(peer, known)| {
                known.until = None;
                *peer
            });
            self.set_timer();
            if let Some(peer) = over {
                return Poll::Ready(peer);
            }
        }
        Poll::Pending
    }

    fn set_timer(&mut self) {
        self.timer.set(self.peers.values().filter_map(RelayedPeer::waits_until).min());
    }
}
