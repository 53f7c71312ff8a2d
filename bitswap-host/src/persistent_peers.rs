//! The peers that a host stays connected to, those of its configuration and those that a command
//! named, as long as it runs: they are dialled again and again, and never disconnected for being
//! idle. Other peers are not either, as long as there is room.

mod handler;
mod lease;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bitswap_net::ExpectedPeers;
use bitswap_net::cause::of_dial;
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished};
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, DialError, DialFailure, FromSwarm, NetworkBehaviour, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};
use tokio::time::{Instant, Sleep, sleep_until};

pub use self::lease::Lease;

use self::handler::KeepAlive;
use self::lease::Leases;
use super::addresses::{is_circuit, named};
use super::cause;

/// The first pause after a peer was lost or not reached; each further one is twice as long.
const SHORTEST: Duration = Duration::from_secs(1);
/// A peer that is back is noticed within this.
const LONGEST: Duration = Duration::from_secs(120);
/// The same of a peer that a command named, which waits for it.
const LONGEST_NAMED: Duration = Duration::from_secs(2);
/// A connection that lasts so long was not refused.
const LASTING: Duration = Duration::from_secs(30);
/// A peer that may come (back) is expected until so many dials have failed, half a minute or less.
const EXPECTED_DIALS: u32 = 5;
/// Nodes in the local network that are there answer within this.
const NEIGHBOURS: Duration = Duration::from_secs(2);

/// Keeps some peers connected: dials them until they are, and again when they are lost.
pub(super) struct PersistentPeers {
    peers: Vec<PersistentPeer>,
    /// When the next dial is due, if any.
    timer: Option<Pin<Box<Sleep>>>,
    /// Connections there are.
    open: Arc<AtomicU32>,
    /// As long as there are no more, all are kept.
    room: u32,
    /// Until when nodes in the local network may be discovered first.
    neighbours_until: Option<Instant>,
    /// Whether any of all these may be here soon.
    expected: ExpectedPeers,
}

struct PersistentPeer {
    /// `None` = any peer at the address; once connected, the one that was there.
    peer: Option<PeerId>,
    addresses: Vec<Multiaddr>,
    state: State,
    /// Dials without a lasting connection since the last one.
    failures: u32,
    /// Dials that failed since it was connected, or ever.
    failed_dials: u32,
    /// Whether it was connected, or a dial failed in a way that passes.
    may_come: bool,
    /// Blocks that had come from it when it was lost last.
    blocks: u64,
    /// For whom it is kept; `None` = it is in the configuration.
    leases: Option<Leases>,
}

#[derive(Clone, Copy)]
enum State {
    Connected { since: Instant },
    Dialling(ConnectionId),
    Waiting { until: Instant },
}

impl PersistentPeers {
    /// Stays connected to whoever is at these addresses; several of one peer are tried at once.
    pub(super) fn new(addresses: Vec<Multiaddr>, room: u32) -> Self {
        let now = Instant::now();
        let mut peers: Vec<PersistentPeer> = Vec::new();
        for address in addresses {
            let peer = named(&address);
            let same = peers.iter_mut().find(|it| peer.is_some() && it.peer == peer);
            match same {
                Some(same) => same.addresses.push(address),
                None => peers.push(PersistentPeer {
                    peer,
                    addresses: vec![address],
                    state: State::Waiting { until: now },
                    failures: 0,
                    failed_dials: 0,
                    may_come: false,
                    blocks: 0,
                    leases: None,
                }),
            }
        }
        let (neighbours_until, expected) = (None, ExpectedPeers::default());
        Self { peers, timer: None, open: Arc::default(), room, neighbours_until, expected }
    }

    /// From now on says there whether a peer is expected; if `discovers`, those of the local
    /// network are at first.
    pub(super) fn tell(&mut self, expected: ExpectedPeers, discovers: bool) {
        self.expected = expected;
        self.neighbours_until = discovers.then(|| Instant::now() + NEIGHBOURS);
        self.update_expected();
    }

    /// Stays connected to a peer at this address, as long as `lease` lives; `is_here` says whether
    /// it is connected now.
    pub(super) fn keep(&mut self, peer: PeerId, address: Multiaddr, lease: &Lease, is_here: bool) {
        let Some(known) = self.peers.iter_mut().find(|it| it.peer == Some(peer)) else {
            let now = Instant::now();
            let waiting = State::Waiting { until: now };
            self.peers.push(PersistentPeer {
                peer: Some(peer),
                addresses: vec![address],
                state: if is_here { State::Connected { since: now } } else { waiting },
                failures: 0,
                failed_dials: 0,
                may_come: is_here,
                blocks: 0,
                leases: Some(Leases::of(lease)),
            });
            return;
        };
        if let Some(leases) = &mut known.leases {
            leases.add(lease);
        }
    }

    /// So many blocks have come from a peer that was lost: if any came since the last time, it is
    /// dialled again at once.
    pub(super) fn delivered(&mut self, peer: PeerId, blocks: u64) {
        let lost = |it: &&mut PersistentPeer| {
            it.peer == Some(peer) && matches!(it.state, State::Waiting { .. })
        };
        for kept in self.peers.iter_mut().filter(lost) {
            if blocks > std::mem::replace(&mut kept.blocks, blocks) {
                kept.failures = 0;
                kept.state = State::Waiting { until: Instant::now() };
            }
        }
    }

    /// Whether this peer is to stay connected.
    pub(super) fn contains(&self, peer: PeerId) -> bool {
        self.peers.iter().any(|it| it.peer == Some(peer) && !it.is_over())
    }

    /// The peers to stay connected to, as far as it is known who they are.
    pub(super) fn names(&self) -> impl Iterator<Item = PeerId> {
        self.peers.iter().filter(|it| !it.is_over()).filter_map(|it| it.peer)
    }

    /// Whether this peer is in the configuration.
    pub(super) fn is_configured(&self, peer: PeerId) -> bool {
        self.peers.iter().any(|it| it.peer == Some(peer) && it.leases.is_none())
    }

    /// Has to be called whenever something has changed.
    fn update_expected(&mut self) {
        self.neighbours_until = self.neighbours_until.filter(|until| *until > Instant::now());
        let any = self.peers.iter().any(PersistentPeer::is_expected);
        self.expected.set(any || self.neighbours_until.is_some());
    }

    fn handler(&self, peer: PeerId, id: ConnectionId, ours: &Multiaddr) -> KeepAlive {
        let is_kept = self.peers.iter().any(|it| it.is(peer, id));
        if is_kept {
            KeepAlive::Always
        } else {
            // Relays have few places, and somebody else may need this one.
            let few = if is_circuit(ours) { 0 } else { self.room };
            KeepAlive::WhileFew { open: Arc::clone(&self.open), few }
        }
    }

    fn not_reached(&mut self, id: ConnectionId, error: &DialError) {
        let dialling =
            |it: &&mut PersistentPeer| matches!(it.state, State::Dialling(dial) if dial == id);
        let Some(kept) = self.peers.iter_mut().find(dialling) else { return };
        kept.wait();
        // Somebody else dials it.
        if matches!(error, DialError::DialPeerConditionFalse(_)) {
            return;
        }
        kept.failed_dials = kept.failed_dials.saturating_add(1);
        kept.may_come |= cause::passes(error);
        let why = of_dial(error);
        let addresses = &kept.addresses;
        tracing::info!(?addresses, why, "cannot connect to a peer that is to be kept; will retry");
    }

    fn next_dial(&mut self) -> Option<DialOpts> {
        let now = Instant::now();
        let due =
            |it: &&mut PersistentPeer| matches!(it.state, State::Waiting { until } if until <= now);
        let kept = self.peers.iter_mut().find(due)?;
        let dial = kept.dial()?;
        kept.state = State::Dialling(dial.connection_id());
        Some(dial)
    }

    fn next_deadline(&self) -> Option<Instant> {
        let waiting = self.peers.iter().filter_map(|it| match it.state {
            State::Waiting { until } => Some(until),
            State::Connected { .. } | State::Dialling(_) => None,
        });
        waiting.chain(self.neighbours_until).min()
    }
}

impl PersistentPeer {
    fn is(&self, peer: PeerId, id: ConnectionId) -> bool {
        self.peer == Some(peer) || matches!(self.state, State::Dialling(dial) if dial == id)
    }

    fn dial(&self) -> Option<DialOpts> {
        if let Some(peer) = self.peer {
            return Some(DialOpts::peer_id(peer).addresses(self.addresses.clone()).build());
        }
        self.addresses.first().map(|address| DialOpts::from(address.clone()))
    }

    /// Whether nobody keeps it any more.
    fn is_over(&self) -> bool {
        self.leases.as_ref().is_some_and(Leases::are_over)
    }

    /// Whether it may be here soon.
    fn is_expected(&self) -> bool {
        let dials = match (self.may_come, &self.leases) {
            // Whoever named it waits for it.
            (true, Some(_)) => u32::MAX,
            (true, None) => EXPECTED_DIALS,
            (false, _) => 1,
        };
        let is_coming = match self.state {
            State::Connected { .. } => false,
            State::Dialling(_) | State::Waiting { .. } => self.failed_dials < dials,
        };
        is_coming && !self.is_over()
    }

    fn connected(&mut self, peer: PeerId) {
        (self.may_come, self.failed_dials) = (true, 0);
        self.peer = Some(peer);
        self.state = State::Connected { since: Instant::now() };
    }

    fn lost(&mut self) {
        // Somebody else may be there the next time.
        if self.addresses.iter().all(|address| named(address).is_none()) {
            self.peer = None;
        }
        if matches!(self.state, State::Connected { since } if since.elapsed() >= LASTING) {
            self.failures = 0;
        }
        self.wait();
    }

    /// Waits about twice as long as the last time: all who lost a peer do not come back at once.
    fn wait(&mut self) {
        let most = if self.leases.is_some() { LONGEST_NAMED } else { LONGEST };
        let longest = SHORTEST.saturating_mul(1 << self.failures.min(16)).min(most);
        let least = longest / 2;
        let spread = u64::try_from(least.as_millis()).unwrap_or(u64::MAX).max(1);
        let chance = Duration::from_millis(bitswap_net::random_seed() % spread);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting { until: Instant::now() + least + chance };
    }
}

impl NetworkBehaviour for PersistentPeers {
    type ConnectionHandler = KeepAlive;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(peer, id, local))
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(peer, id, address))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what else the swarm tells is not for us")]
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id,
                connection_id,
                ..
            }) => {
                self.open.fetch_add(1, Ordering::Relaxed);
                for kept in self.peers.iter_mut().filter(|it| it.is(peer_id, connection_id)) {
                    kept.connected(peer_id);
                }
            }
            FromSwarm::ConnectionClosed(ConnectionClosed {
                peer_id,
                remaining_established,
                ..
            }) => {
                self.open.fetch_sub(1, Ordering::Relaxed);
                let all = self.peers.iter_mut().filter(|_| remaining_established == 0);
                for kept in all.filter(|it| it.peer == Some(peer_id)) {
                    kept.lost();
                }
            }
            FromSwarm::DialFailure(DialFailure { connection_id, error, .. }) => {
                self.not_reached(connection_id, error);
            }
            _ => return,
        }
        self.update_expected();
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        loop {
            self.peers.retain(|it| !it.is_over());
            self.update_expected();
            if let Some(opts) = self.next_dial() {
                return Poll::Ready(ToSwarm::Dial { opts });
            }
            self.timer = self.next_deadline().map(|due| Box::pin(sleep_until(due)));
            let Some(timer) = &mut self.timer else { return Poll::Pending };
            ready!(timer.as_mut().poll(cx));
        }
    }
}
