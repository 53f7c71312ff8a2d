//! The `NetworkBehaviour`: what the swarm says becomes inputs of the driver, and the driver's
//! commands become what the swarm is told.

mod connections;
mod denied;
mod dials;
mod relayed;
mod stalls;

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bitswap_core::strategy::{Account, PeerClass};
use bitswap_core::wire::ProtocolVersion;
use bitswap_core::{Input, PeerCapabilities, PeerUse};
use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::swarm::behaviour::ConnectionEstablished;
use libp2p::swarm::{
    CloseConnection, ConnectionClosed, ConnectionDenied, ConnectionId, DialFailure, FromSwarm,
    NetworkBehaviour, NotifyHandler, PeerAddresses, THandler, THandlerInEvent, THandlerOutEvent,
    ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use self::connections::Connections;
use self::dials::dial_of;
use self::relayed::RelayedPeers;
use self::stalls::Stalls;
use crate::download::Downloads;
use crate::driver::{Driver, SwarmCommand, Violation};
use crate::filter::NodeFilter;
use crate::frame_budget::FrameBudget;
use crate::handler::{Handler, HandlerCommand, HandlerEvent};
use crate::hashes::OpenHashes;
use crate::throttle::Throttles;

/// Peers whose addresses are remembered, ten of each; the longest unused make room.
const KNOWN_ADDRESSES: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// A peer that was asked for an open want sends the block should it come to have it, and is waited
/// for so long after the last message.
const WAITS_FOR_ASKED: Duration = Duration::from_secs(300);

/// Bitswap in a swarm; made by [`Builder`](crate::Builder).
pub struct Behaviour {
    driver: Driver,
    filter: NodeFilter,
    hashes: OpenHashes,
    throttles: Throttles,
    downloads: Downloads,
    frames: FrameBudget,
    connections: Connections,
    /// Whether connections over relays are used as any other is.
    uses_relayed: bool,
    /// Those connected by what is not used.
    relayed: RelayedPeers,
    addresses: PeerAddresses,
    /// What the swarm is told next, before anything new is done.
    outbox: VecDeque<ToSwarm<Event, HandlerCommand>>,
    expected: ExpectedPeers,
    stalls: Stalls,
}

/// An event for the owner of the swarm. All else goes through the [`Bitswap`](crate::Bitswap)
/// handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A peer turned out to speak Bitswap, or to speak another version of it than was known.
    PeerSpeaks {
        /// The peer.
        peer: PeerId,
        /// Its dialect and lanes.
        capabilities: PeerCapabilities,
    },
    /// The last connection to a peer that spoke Bitswap is gone.
    PeerGone {
        /// The peer.
        peer: PeerId,
    },
}

/// Whether the owner of a swarm expects peers that it dials itself: sessions that [end
/// early](crate::SessionOptions::ends_early) wait for them. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct ExpectedPeers(Arc<AtomicBool>);

impl ExpectedPeers {
    /// Says it. For the loss of a peer it has to be said before [`Behaviour`] hears of the loss.
    pub fn set(&self, expected: bool) {
        self.0.store(expected, Ordering::Relaxed);
    }

    /// What was said last; at first, that none are.
    pub fn are_expected(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How much a connected peer matters to Bitswap, for whoever chooses which one to disconnect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activity {
    /// What it is needed for.
    pub needed: PeerUse,
    /// Since the last message to or from it, or since it was connected.
    pub quiet: Duration,
}

impl Behaviour {
    pub(crate) fn new(
        driver: Driver,
        filter: NodeFilter,
        hashes: OpenHashes,
        downloads: Downloads,
        frames: FrameBudget,
    ) -> Self {
        Self {
            driver,
            filter,
            hashes,
            throttles: Throttles::default(),
            downloads,
            frames,
            connections: Connections::default(),
            uses_relayed: false,
            relayed: RelayedPeers::default(),
            addresses: PeerAddresses::new(KNOWN_ADDRESSES),
            outbox: VecDeque::new(),
            expected: ExpectedPeers::default(),
            stalls: Stalls::default(),
        }
    }

    /// What the owner of the swarm says of peers that it dials by itself.
    pub fn expected_peers(&self) -> ExpectedPeers {
        self.expected.clone()
    }

    /// Tells the engine a new measurement of the round trip to a peer, as ping gives it.
    pub fn measured(&mut self, peer: PeerId, round_trip: Duration) {
        if self.connections.knows(peer) {
            self.driver.feed(Input::RttMeasured { peer, round_trip });
        }
    }

    /// Tells the engine's strategies who a connected peer is, and whether it is in the same local
    /// network; forgotten when it leaves.
    pub fn classify(&mut self, peer: PeerId, class: PeerClass, is_local: bool) {
        if self.connections.knows(peer) {
            self.driver.feed(Input::PeerClassified { peer, class, is_local });
        }
    }

    /// Uses one stream only towards a connected peer that is known to read no more, as identify
    /// may tell; forgotten when it leaves.
    pub fn use_one_lane(&mut self, peer: PeerId) {
        let changed = self.connections.one_lane(peer);
        self.feed(changed);
        let told = self.connections.of(peer).map(|id| notify(peer, id, HandlerCommand::OneLane));
        self.outbox.extend(told);
    }

    /// What passed between this node and a peer, also one that left; `None` = nothing is known.
    pub fn account(&self, peer: &PeerId) -> Option<Account> {
        self.driver.account(peer)
    }

    /// How much a peer matters now; `None` = it is not connected.
    pub fn activity(&self, peer: &PeerId) -> Option<Activity> {
        let quiet = self.connections.quiet(*peer)?;
        Some(Activity { needed: self.driver.use_of(peer), quiet })
    }

    /// Nothing was said on a connection for a while. One is enough to wait on.
    fn idle(&mut self, peer: PeerId, id: ConnectionId) {
        let carries = self.connections.preferred_connection(peer) == Some(id);
        let waits = self.activity(&peer).is_some_and(|activity| match activity.needed {
            PeerUse::Idle => false,
            PeerUse::Asked => activity.quiet < WAITS_FOR_ASKED,
            PeerUse::InUse => true,
        });
        if !(carries && waits) {
            self.outbox.push_back(notify(peer, id, HandlerCommand::CloseIdle));
        }
    }

    fn opened(&mut self, peer: PeerId, id: ConnectionId, endpoint: &ConnectedPoint) {
        if self.uses(relayed::ours(endpoint)) {
            self.relayed.set_direct(peer, true);
            let dialled = endpoint.is_dialer().then(|| endpoint.get_remote_address().clone());
            self.connections.opened(peer, id, dialled);
            self.settle_beside(peer, id);
        } else {
            self.stalls.not_reached(id);
            let is_direct = self.connections.of(peer).next().is_some();
            self.relayed.opened(peer, is_direct);
        }
    }

    /// Something came on a connection.
    fn came(&mut self, peer: PeerId, id: ConnectionId) {
        self.stalls.heard((peer, id), self.driver.owes_blocks(&peer));
    }

    /// A peer listens on a connection, which may be to take over.
    fn speaks(
        &mut self,
        (peer, id): (PeerId, ConnectionId),
        protocol: ProtocolVersion,
    ) -> [Option<Input>; 2] {
        let changed = self.connections.capabilities(peer, id, protocol);
        self.feed(changed);
        self.take_over(peer, id);
        [None, None]
    }

    /// A message came; with all wants of its peer, if `full`.
    fn heard(
        &mut self,
        (peer, id): (PeerId, ConnectionId),
        protocol: ProtocolVersion,
        full: bool,
    ) -> Option<Input> {
        self.came(peer, id);
        if full {
            self.connections.moved(peer, id);
            self.take_over(peer, id);
        }
        self.connections.heard(peer, id, protocol)
    }

    fn feed(&mut self, inputs: impl IntoIterator<Item = Input>) {
        // Before a loss is heard of; that nobody is expected any more has time.
        let any = self.expected.are_expected() || self.relayed.are_upgrading();
        if any && self.driver.has_early_ends() {
            self.driver.expect_peers(true);
        }
        for input in inputs {
            self.outbox.extend(Event::of(&input).map(ToSwarm::GenerateEvent));
            self.driver.feed(input);
        }
    }

    /// Tells the engine whether peers are expected, if somebody cares; false if that is no news.
    fn tell_expected(&mut self) -> bool {
        if !self.driver.has_early_ends() {
            return false;
        }
        let expected = self.expected.are_expected()
            || self.connections.may_find_speakers()
            || self.relayed.are_upgrading();
        self.driver.expect_peers(expected)
    }

    /// For a connection to a peer, where `ours` is our end of it, or what we dialled.
    fn handler(&mut self, peer: PeerId, ours: &Multiaddr) -> Handler {
        let (throttle, download) = (self.throttles.of(peer), self.downloads.of(peer));
        let frames = self.frames.for_connection();
        let handler = Handler::new(self.hashes.clone(), throttle, download, frames);
        if self.uses(ours) { handler } else { handler.refusing() }
    }

    /// Translates a command of the driver into one for the swarm.
    fn carry_out(&mut self, command: SwarmCommand) -> Option<ToSwarm<Event, HandlerCommand>> {
        match command {
            SwarmCommand::Dial(peer) => {
                let silent = self.connections.take_silent(peer);
                self.outbox
                    .extend(silent.into_iter().map(|id| notify(peer, id, HandlerCommand::Open)));
                let (dial, answer) = self.connections.connect(peer);
                self.feed(answer);
                (dial && !self.refuse_relayed(peer)).then(|| ToSwarm::Dial { opts: dial_of(peer) })
            }
            SwarmCommand::AddAddress(peer_id, address) => {
                Some(ToSwarm::NewExternalAddrOfPeer { peer_id, address })
            }
            SwarmCommand::DisconnectDenied => self.disconnect_denied(),
            SwarmCommand::Disconnect(peer_id) => {
                Some(ToSwarm::CloseConnection { peer_id, connection: CloseConnection::All })
            }
            SwarmCommand::Send { peer, lane, send, message } => {
                // Without a connection its end was fed already, and the message with it.
                let id = self.connections.preferred_connection(peer)?;
                self.connections.writing(peer, send, id);
                Some(notify(peer, id, HandlerCommand::Send { lane, send, message }))
            }
            SwarmCommand::Suspend { peer, send } => {
                let id = self.connections.written_on(peer, send)?;
                Some(notify(peer, id, HandlerCommand::Suspend(send)))
            }
            SwarmCommand::Resume { peer, send, blocks } => {
                let id = self.connections.written_on(peer, send)?;
                Some(notify(peer, id, HandlerCommand::Resume { send, blocks }))
            }
        }
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = Event;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.allow(peer, false)?;
        Ok(self.handler(peer, local))
    }

    fn handle_pending_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: Option<PeerId>,
        _: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        let Some(peer) = peer else { return Ok(Vec::new()) };
        self.allow(peer, true)?;
        Ok(self.addresses.get(&peer).collect())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.allow(peer, true)?;
        Ok(self.handler(peer, address))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what else the swarm tells is not for us")]
    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::DialFailure(DialFailure { connection_id, .. }) = &event
            && self.stalls.not_reached(*connection_id)
        {
            return;
        }
        self.addresses.on_swarm_event(&event);
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            }) => {
                self.opened(peer_id, connection_id, endpoint);
            }
            FromSwarm::ConnectionClosed(ConnectionClosed {
                peer_id,
                connection_id,
                endpoint,
                remaining_established,
                ..
            }) => {
                self.stalls.closed(peer_id, connection_id, remaining_established == 0);
                if self.uses(relayed::ours(endpoint)) {
                    self.used_closed(peer_id, connection_id);
                } else {
                    self.relayed_closed(peer_id);
                }
            }
            FromSwarm::DialFailure(DialFailure { peer_id: Some(peer), error, .. }) => {
                self.dial_failed(peer, error);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        let inputs: [Option<Input>; 2] = match event {
            HandlerEvent::Received { protocol, message, skipped } => {
                let met = self.heard((peer, id), protocol, message.full);
                let known = self.connections.knows(peer);
                [met, known.then_some(Input::MessageReceived { peer, message, skipped })]
            }
            HandlerEvent::Answers => {
                self.stalls.lives(peer, id);
                [None, None]
            }
            HandlerEvent::Bytes(bytes) => {
                self.came(peer, id);
                let known = self.connections.knows(peer);
                [known.then_some(Input::BytesReceived { peer, bytes }), None]
            }
            HandlerEvent::Idle => {
                self.idle(peer, id);
                [None, None]
            }
            HandlerEvent::Unsupported => self.connections.unsupported(peer, id),
            HandlerEvent::NoStream => self.connections.no_stream(peer, id),
            HandlerEvent::NotSent(send) => {
                let open = self.connections.settled(peer, send);
                [open.then_some(Input::SendFailed { peer, send }), None]
            }
            HandlerEvent::Paused => {
                self.driver.count().pauses += 1;
                self.driver.violated(Violation::Paused, Some(&peer), 1);
                [None, None]
            }
            HandlerEvent::OneLane => [self.connections.one_lane(peer), None],
            HandlerEvent::Refused => {
                let known = self.connections.knows(peer);
                [known.then_some(Input::MessageRefused { peer }), None]
            }
            HandlerEvent::Reset => {
                let known = self.connections.knows(peer);
                [known.then_some(Input::PeerReset { peer }), None]
            }
            HandlerEvent::Sent(send) => {
                let open = self.connections.settled(peer, send);
                [open.then_some(Input::Sent { peer, send }), None]
            }
            HandlerEvent::Waits(send) => [Some(Input::SendWaits { peer, send }), None],
            HandlerEvent::PeerCapabilities(protocol) => self.speaks((peer, id), protocol),
            HandlerEvent::Wasteful => {
                self.let_go_of_wasteful(peer);
                [None, None]
            }
        };
        self.feed(inputs.into_iter().flatten());
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        loop {
            if let Some(told) = self.outbox.pop_front() {
                return Poll::Ready(told);
            }
            self.tell_expected();
            if self.poll_stalls(cx).is_ready() {
                continue;
            }
            if let Poll::Ready(peer) = self.relayed.poll(cx) {
                self.give_up_relayed(peer);
            }
            if let Poll::Ready(command) = self.driver.poll(cx) {
                if let Some(told) = self.carry_out(command) {
                    return Poll::Ready(told);
                }
            } else if !self.tell_expected() {
                return Poll::Pending;
            }
        }
    }
}

impl Event {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the coming and going of peers only")]
    const fn of(input: &Input) -> Option<Self> {
        match *input {
            Input::PeerConnected { peer, capabilities }
            | Input::PeerChanged { peer, capabilities } => {
                Some(Self::PeerSpeaks { peer, capabilities })
            }
            Input::PeerDisconnected { peer } => Some(Self::PeerGone { peer }),
            _ => None,
        }
    }
}

const fn notify(
    peer_id: PeerId,
    id: ConnectionId,
    event: HandlerCommand,
) -> ToSwarm<Event, HandlerCommand> {
    ToSwarm::NotifyHandler { peer_id, handler: NotifyHandler::One(id), event }
}

impl fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Behaviour").field("connections", &self.connections).finish_non_exhaustive()
    }
}
