//! The host itself: what it is made of, and what it does with what its swarm and its handle tell.

mod listen;
mod reach;
mod reversal;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io;
use std::time::Duration;

use bitswap_core::strategy::PeerClass;
use bitswap_net::PeerUse;
use futures::StreamExt as _;
use libp2p::core::transport::ListenerId;
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
#[cfg(feature = "mdns")]
use libp2p::mdns;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{ConnectionId, NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, identify, ping};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval};

pub use self::listen::ListenError;

use crate::addresses::{Withheld, named};
use crate::counts::{self, CloseReason};
use crate::dht::{Announcements, DhtConfig, Dhts, Lookups};
use crate::handle::{HostCommand, HostHandle, NotDialled};
use crate::hearing::Hearing;
use crate::limits::{ConnectionLimits, Limits};
use crate::nat::{Nat, NatConfig, Reachability, Relays};
use crate::peers::Peers;
use crate::persistent_peers::{Lease, PersistentPeers};
use crate::transport::{self, UserNames};
use crate::yamux::WindowBudget;

/// Why there is no host.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Others in the local network cannot be looked for.
    #[error("mDNS cannot be had: {0}")]
    Mdns(io::Error),
    /// The key cannot sign, or something of the system is missing.
    #[error("{0}")]
    Transport(String),
}

/// A host that does not run by itself yet.
pub struct Host {
    /// Boxed: it is large, and moved.
    swarm: Box<Swarm<Behaviour>>,
    commands: mpsc::Receiver<HostCommand>,
    /// Open addresses, oldest first.
    listening: Vec<(ListenerId, Multiaddr)>,
    addresses: watch::Sender<Vec<Multiaddr>>,
    withheld: Withheld,
    reachability: watch::Sender<Reachability>,
    /// Whether a peer tried to reach this node in vain.
    unreached: bool,
    relays: Relays,
    /// The names that may lead into private networks.
    user_names: UserNames,
    /// Whether it helps others to be reached.
    serves: bool,
    /// Whether it makes direct connections of those over relays.
    punches: bool,
    peers: Peers,
    /// Those who wait for the end of a dial.
    dialling: HashMap<ConnectionId, oneshot::Sender<Result<(), NotDialled>>>,
    lookups: Lookups,
    announcements: Announcements,
    /// Who leads into the DHTs, and whether each was there when it was dialled last.
    bootstrap: HashMap<PeerId, bool>,
    /// Of more, those that are idle are let go.
    max_connections: u32,
    counts: counts::ConnectionCounts,
}

/// What a host is made of, besides Bitswap.
#[derive(Debug)]
pub struct HostConfig {
    /// Its key, by which others know it.
    pub identity: Keypair,
    /// The peers to stay connected to.
    pub peers: Vec<Multiaddr>,
    /// Where the user said besides that peers are.
    pub named: Vec<Multiaddr>,
    /// How many connections it has.
    pub connections: ConnectionLimits,
    /// What the receive windows of all TCP connections may grow by, in bytes.
    pub window_bytes: usize,
    /// Whether nodes of the same local network find each other, which takes the feature `mdns`.
    pub mdns: bool,
    /// How it reaches out of a NAT.
    pub nat: NatConfig,
    /// Whether it is to listen.
    pub listens: bool,
    /// Where it does not say that it is.
    pub withheld: Withheld,
    /// `None` = it takes no part in a DHT.
    pub dht: Option<DhtConfig>,
    /// What it counts of its connections.
    pub counts: counts::ConnectionCounts,
}

#[derive(NetworkBehaviour)]
struct Behaviour {
    /// First, so that nobody else hears of connections that are not to be.
    limits: Limits,
    /// Before Bitswap, which is told by it who may come back when a peer is lost.
    persistent_peers: PersistentPeers,
    bitswap: bitswap_net::Behaviour,
    identify: Hearing<identify::Behaviour>,
    #[cfg(feature = "mdns")]
    mdns: libp2p::swarm::behaviour::toggle::Toggle<Hearing<mdns::tokio::Behaviour>>,
    ping: ping::Behaviour,
    dht: Dhts,
    nat: Nat,
}

impl HostConfig {
    /// The names in the addresses that the user said.
    fn user_names(&self) -> UserNames {
        let names = UserNames::default();
        let bootstrap = self.dht.iter().flat_map(|dht| &dht.bootstrap);
        let said = self.peers.iter().chain(&self.named).chain(&self.nat.relays).chain(bootstrap);
        for address in said {
            names.add(address);
        }
        names
    }
}

impl Behaviour {
    /// What peers call us in their lists.
    const AGENT: &'static str = concat!("bitswap/", env!("CARGO_PKG_VERSION"));

    /// # Errors
    /// mDNS cannot be had.
    fn new(
        config: &HostConfig,
        bitswap: bitswap_net::Behaviour,
        nat: Nat,
    ) -> Result<Self, HostError> {
        let us = config.identity.public();
        let peer_id = us.to_peer_id();
        let identify = identify::Config::new("ipfs/0.1.0".to_owned(), us)
            .with_agent_version(Self::AGENT.to_owned())
            // Who stands behind a relay is told where else it is.
            .with_push_listen_addr_updates(true);
        let identify = identify::Behaviour::new(identify);
        #[cfg(feature = "mdns")]
        let mdns = || {
            let mdns = mdns::tokio::Behaviour::new(mdns::Config::default(), peer_id)?;
            Ok(Hearing::new(mdns, config.withheld.clone().hears()))
        };
        #[cfg(feature = "mdns")]
        let mdns = config.mdns.then(mdns).transpose().map_err(HostError::Mdns)?;
        let low_water = config.connections.low_water;
        let mut persistent_peers = PersistentPeers::new(config.peers.clone(), low_water);
        persistent_peers.tell(bitswap.expected_peers(), config.mdns && cfg!(feature = "mdns"));
        let mut limits = Limits::new(config.connections);
        limits.keep(persistent_peers.names());
        Ok(Self {
            limits,
            persistent_peers,
            bitswap,
            identify: Hearing::new(identify, config.withheld.clone().hears()),
            #[cfg(feature = "mdns")]
            mdns: mdns.into(),
            ping: ping::Behaviour::default(),
            dht: Dhts::new(peer_id, config.dht.as_ref(), &config.withheld),
            nat,
        })
    }
}

impl Host {
    /// How long a connection lasts that nobody uses, once there are many. Longer than any pause in
    /// a transfer.
    const IDLE: Duration = Duration::from_secs(60);
    /// How long a dial may take. Less than the ten seconds after which an `AutoNAT` server gives no
    /// answer: routers mostly drop what they do not let in.
    const CONNECTING: Duration = Duration::from_secs(8);
    /// How the agents begin, or end, that forget one of our streams when we open another: litep2p
    /// calls itself so, and programs on it their own name with this in brackets.
    const READS_ONE_STREAM: [&'static str; 2] = ["litep2p/", "(litep2p)"];
    /// How long a connection that this host made stays at least: whoever wanted it has not used it
    /// yet.
    const DIAL_GRACE: Duration = Duration::from_secs(20);
    /// Commands that wait; the sender of one more waits.
    const COMMANDS: usize = 16;

    /// A host that neither listens nor is connected, and the handle to it.
    ///
    /// # Errors
    /// mDNS cannot be had; nothing runs.
    pub fn new(
        config: HostConfig,
        bitswap: bitswap_net::Behaviour,
    ) -> Result<(Self, HostHandle), HostError> {
        let HostConfig { identity: keys, connections, nat, listens, dht, .. } = &config;
        let (peer_id, windows) =
            (keys.public().to_peer_id(), WindowBudget::of(config.window_bytes));
        let (nat, relayed) = Nat::new(peer_id, nat, *listens);
        let relays = Relays::new(&config.nat, *listens);
        let user_names = config.user_names();
        let names = user_names.clone();
        let behaviour = Behaviour::new(&config, bitswap, nat)?;
        let swarm = SwarmBuilder::with_existing_identity(keys.clone())
            .with_tokio()
            .with_other_transport(|keys| transport::transport(keys, windows, relayed, names))
            .map_err(|why| HostError::Transport(why.to_string()))?
            .with_behaviour(|_| behaviour)
            .unwrap_or_else(|never| match never {})
            .with_swarm_config(|config| {
                let lazily = config.with_substream_upgrade_protocol_override(Version::V1Lazy);
                lazily.with_idle_connection_timeout(Self::IDLE)
            })
            .with_connection_timeout(Self::CONNECTING)
            .build();
        let (sender, commands) = mpsc::channel(Self::COMMANDS);
        let (addresses, open) = watch::channel(Vec::new());
        let (reachability, reached) = watch::channel(Reachability::default());
        if let Some(dht) = dht {
            dht.router.connect(sender.downgrade());
        }
        let bootstrap = dht.iter().flat_map(|dht| &dht.bootstrap).filter_map(named);
        let bootstrap: HashMap<_, _> = bootstrap.map(|peer| (peer, false)).collect();
        config.counts.bootstrap(&bootstrap);
        let host = Self {
            swarm: Box::new(swarm),
            commands,
            listening: Vec::new(),
            addresses,
            withheld: config.withheld.clone(),
            reachability,
            unreached: false,
            relays,
            user_names,
            serves: *listens && config.nat.serve,
            punches: *listens && config.nat.hole_punching,
            peers: Peers::default(),
            dialling: HashMap::new(),
            lookups: Lookups::new(peer_id),
            announcements: Announcements::default(),
            bootstrap,
            max_connections: connections.peers,
            counts: config.counts,
        };
        Ok((host, HostHandle { commands: sender, addresses: open, reachability: reached }))
    }

    /// Runs until its handle is dropped.
    pub async fn run(mut self) {
        let mut beat = interval(Relays::BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(command) => self.handle_command(command),
                    None => return,
                },
                event = self.swarm.select_next_some() => self.notice(event),
                lookup = self.lookups.abandoned() => {
                    self.lookups.stop(&mut self.swarm.behaviour_mut().dht, lookup);
                }
                _ = beat.tick() => self.reserve(),
            }
        }
    }

    fn handle_command(&mut self, command: HostCommand) {
        match command {
            HostCommand::Dial { address, done } => self.dial(address, done),
            HostCommand::Disconnect { peer, done } => {
                if done.send(self.disconnect(peer, CloseReason::Asked)).is_err() {
                    tracing::debug!(%peer, "disconnected, and nobody waits to hear it");
                }
            }
            HostCommand::StayConnected { addresses, lease } => self.keep(addresses, &lease),
            HostCommand::Peers(answer) => drop(answer.send(self.peers.view())),
            HostCommand::DhtPeers(answer) => {
                drop(answer.send(self.swarm.behaviour_mut().dht.peers()));
            }
            HostCommand::Bootstrap(answer) => {
                drop(answer.send(self.bootstrap.values().copied().collect()));
            }
            HostCommand::FindProviders(wanted) => {
                self.lookups.start(&mut self.swarm.behaviour_mut().dht, wanted);
            }
            HostCommand::Announce(wanted) => {
                self.announcements.start(&mut self.swarm.behaviour_mut().dht, wanted);
            }
        }
    }

    fn disconnect(&mut self, peer: PeerId, why: CloseReason) -> bool {
        let was_there = self.swarm.disconnect_peer_id(peer).is_ok();
        if was_there {
            self.peers.leaves(peer, why);
        }
        was_there
    }

    /// Keeps the peers at these addresses, as far as it is known who they are.
    fn keep(&mut self, addresses: Vec<Multiaddr>, lease: &Lease) {
        for address in addresses {
            if let Some(peer) = named(&address).or_else(|| self.peers.at(&address)) {
                let is_here = self.peers.has(peer);
                self.swarm.behaviour_mut().persistent_peers.keep(peer, address, lease, is_here);
            }
        }
        self.update_kept();
    }

    fn dial(&mut self, address: Multiaddr, done: oneshot::Sender<Result<(), NotDialled>>) {
        self.user_names.add(&address);
        let peer = named(&address);
        if peer.is_some_and(|peer| self.peers.has(peer)) {
            drop(done.send(Ok(())));
            return;
        }
        if peer.is_some_and(|peer| peer == *self.swarm.local_peer_id()) {
            let why = "that is this node itself".to_owned();
            drop(done.send(Err(NotDialled { why, passes: false })));
            return;
        }
        let dial = DialOpts::from(address);
        let id = dial.connection_id();
        match self.swarm.dial(dial) {
            Ok(()) => drop(self.dialling.insert(id, done)),
            Err(why) => drop(done.send(Err(NotDialled::of(&why)))),
        }
    }

    /// Takes note of what happened.
    #[expect(clippy::wildcard_enum_match_arm, reason = "what else happens is not for us")]
    fn notice(&mut self, event: SwarmEvent<BehaviourEvent>) {
        tracing::debug!(?event, "host");
        self.notice_listening(&event);
        match event {
            SwarmEvent::Behaviour(event) => self.learn(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.peers.opened(peer_id, connection_id, &endpoint);
                self.counts.opened(&endpoint);
                self.note_bootstrap(peer_id, true);
                self.dialled(connection_id, Ok(()));
                self.update_kept();
                self.make_room();
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, endpoint, cause, .. } => {
                let reason = self.peers.closed(peer_id, connection_id);
                let reason = reason.unwrap_or_else(|| CloseReason::of(cause.as_ref()));
                self.counts.closed(&endpoint, reason);
                let Behaviour { bitswap, persistent_peers, .. } = self.swarm.behaviour_mut();
                let blocks = bitswap.account(&peer_id).map_or(0, |it| it.blocks_received_from);
                persistent_peers.delivered(peer_id, blocks);
                self.update_kept();
                self.counts.in_tables(self.swarm.behaviour_mut().dht.sizes());
            }
            SwarmEvent::IncomingConnectionError { .. } => self.counts.incoming_failed(),
            SwarmEvent::OutgoingConnectionError { peer_id, connection_id, error } => {
                self.counts.dial_failed(&error);
                self.dialled(connection_id, Err(NotDialled::of(&error)));
                if let Some(peer) = peer_id.filter(|peer| !self.peers.has(*peer)) {
                    self.note_bootstrap(peer, false);
                }
            }
            _ => {}
        }
    }

    /// Tells the engine what the other protocols learned of a peer.
    fn learn(&mut self, event: BehaviourEvent) {
        let Behaviour { bitswap, dht, .. } = self.swarm.behaviour_mut();
        match event {
            BehaviourEvent::Ping(ping::Event { peer, result: Ok(round_trip), .. }) => {
                bitswap.measured(peer, round_trip);
                self.peers.measured(peer, round_trip);
            }
            BehaviourEvent::Identify(identify::Event::Received {
                connection_id,
                peer_id,
                info: said,
            }) => {
                let [first, last] = Self::READS_ONE_STREAM;
                if said.agent_version.starts_with(first) || said.agent_version.ends_with(last) {
                    bitswap.use_one_lane(peer_id);
                }
                dht.identified(peer_id, self.peers.is_local(peer_id), &said);
                self.counts.in_tables(dht.sizes());
                self.relays.identified(peer_id, &said);
                self.dial_back(peer_id, connection_id, &said);
                self.peers.said(peer_id, said);
            }
            BehaviourEvent::Dht(event) => {
                let (scope, event) = event.parts();
                self.announcements.progressed(scope, &event);
                self.lookups.progressed(dht, &self.peers, scope, event);
            }
            #[cfg(feature = "mdns")]
            BehaviourEvent::Mdns(event) => self.meet(event),
            BehaviourEvent::Bitswap(bitswap_net::Event::PeerSpeaks { peer, .. }) => {
                self.classify(peer);
            }
            BehaviourEvent::Nat(event) => self.notice_reach(&event),
            BehaviourEvent::Bitswap(_) | BehaviourEvent::Identify(_) | BehaviourEvent::Ping(_) => {}
        }
    }

    /// Takes note of whether a peer was there, if it leads into the DHTs.
    fn note_bootstrap(&mut self, peer: PeerId, is_there: bool) {
        if let Some(was_there) = self.bootstrap.get_mut(&peer) {
            *was_there = is_there;
            self.counts.bootstrap(&self.bootstrap);
        }
    }

    /// Tells strategies who a peer is: one that we are to stay connected to, or any other.
    fn classify(&mut self, peer: PeerId) {
        let is_local = self.peers.is_local(peer);
        let behaviour = self.swarm.behaviour_mut();
        let is_kept = behaviour.persistent_peers.is_configured(peer);
        let class = if is_kept { PeerClass::Peered } else { PeerClass::Other };
        behaviour.bitswap.classify(peer, class, is_local);
    }

    /// Dials each peer that was discovered in the local network, once.
    #[cfg(feature = "mdns")]
    fn meet(&mut self, event: mdns::Event) {
        let mdns::Event::Discovered(found) = event else { return };
        let mut addresses = std::collections::BTreeMap::<PeerId, Vec<Multiaddr>>::new();
        for (peer, address) in found {
            addresses.entry(peer).or_default().push(address);
        }
        for (peer, addresses) in addresses {
            let dial = DialOpts::peer_id(peer).addresses(addresses).build();
            if let Err(why) = self.swarm.dial(dial) {
                tracing::debug!(%peer, %why, "a neighbour is not dialled");
            }
        }
    }

    fn dialled(&mut self, id: ConnectionId, outcome: Result<(), NotDialled>) {
        if let Some(done) = self.dialling.remove(&id) {
            drop(done.send(outcome));
        }
    }

    /// Has to be called when there may be other peers to keep.
    pub(super) fn update_kept(&mut self) {
        let behaviour = self.swarm.behaviour_mut();
        behaviour.limits.keep(behaviour.persistent_peers.names());
    }

    /// Of connections beyond the limit, disconnects the peers that were quiet for longest and are
    /// of no use now: neither those that are to be kept, nor those that blocks go to or come from,
    /// nor those that were just dialled.
    pub(super) fn make_room(&mut self) {
        let open: u32 = self.peers.staying().map(|(_, connections)| connections).sum();
        let mut beyond = open.saturating_sub(self.max_connections);
        if beyond == 0 {
            return;
        }
        let behaviour = self.swarm.behaviour();
        let idle = self.peers.staying().filter_map(|(peer, connections)| {
            let activity = behaviour.bitswap.activity(&peer)?;
            let may_go = activity.needed < PeerUse::InUse
                && !behaviour.persistent_peers.contains(peer)
                && !self.relays.uses(peer)
                && !self.peers.was_dialled_within(peer, Self::DIAL_GRACE);
            may_go.then_some((Reverse(activity.quiet), peer, connections))
        });
        let mut idle: Vec<_> = idle.collect();
        idle.sort_unstable();
        for (.., peer, connections) in idle {
            if beyond == 0 {
                return;
            }
            if self.disconnect(peer, CloseReason::Room) {
                tracing::debug!(%peer, "disconnected to make room");
                beyond = beyond.saturating_sub(connections);
            }
        }
    }
}
