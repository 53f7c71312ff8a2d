//! The engine: takes one input at a time, and gives the actions that follow from it.
//!
//! Three parts own the state: the client (our wants), the server (wants of remote peers) and the
//! relay (wants that are forwarded). They do not know the engine, which lends each the peers, the
//! strategies and the output in turn, and carries effects from one to another.

mod check;
mod dispatch;
mod effects;
mod explain;
mod explain_peer;
mod flush;
mod inspect;
mod peers;
mod receive;
mod settle;
mod snapshot;
mod store;
mod swap;

use libp2p_identity::PeerId;

use crate::action::Action;
use crate::client::{Client, ClientRoom};
use crate::config::EngineConfig;
use crate::deadlines::sooner;
use crate::error::ConfigError;
use crate::input::Input;
use crate::keys::Keys;
use crate::out::Out;
use crate::peers::Peers;
use crate::relay::{Relay, RelayRoom};
use crate::server::{Server, ServerBounds, ServerRoom};
use crate::stats::Stats;
use crate::strategies::Strategies;
use crate::strategy::{Account, StrategySet};
use crate::time::{Clock, Timestamp};

pub use explain::{AskDetail, CidDetail, SearchDetail, WantDetail, WantStep};
pub use explain_peer::PeerDetail;
pub use inspect::{BlockAsks, PeerUse, QueuePosition, SessionSizes};
pub use snapshot::{
    AskedPeer, ConnectedPeer, OpenSession, OpenWant, PeerWant, PeerWantState, WantState,
};

/// A Bitswap node without network, disk and clock.
#[derive(Debug)]
pub struct Engine {
    config: EngineConfig,
    clock: Clock,
    strategies: Strategies,
    peers: Peers,
    out: Out,
    client: Client,
    server: Server,
    relay: Relay,
}

impl Engine {
    /// Makes an engine without peers and wants.
    ///
    /// # Errors
    /// A [`ConfigError`] if the configuration cannot be used.
    pub fn new(config: EngineConfig, strategies: StrategySet) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            clock: Clock::default(),
            strategies: Strategies::new(config.seed, config.keys(), strategies),
            peers: Peers::new(&config),
            out: Out::default(),
            client: Client::new(&config),
            server: Server::new(ServerBounds::of(&config.limits)),
            relay: Relay::new(config.relay.clone()),
            config,
        })
    }

    /// Handles one input, and everything that follows from it. Cannot fail: an input that makes no
    /// sense is counted. Two rules keep time steady:
    ///
    /// - a `now` earlier than the last one counts as the last one;
    /// - a `now` over a minute after [`next_deadline`](Self::next_deadline) counts as the last one,
    ///   too; but a driver that is always that late reaches each deadline in the end.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        let jumped = self.clock.read(now, self.expected());
        self.out.stats.clock_jumps += u64::from(jumped);
        self.dispatch(input);
        self.settle();
        self.clock.wait_until(self.due());
    }

    /// The next action. All actions must be taken before the next [`handle`](Self::handle).
    pub fn poll_action(&mut self) -> Option<Action> {
        self.out.next_action()
    }

    /// When to call [`handle`](Self::handle) with [`Input::DeadlineReached`] at the latest.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.clock.due().map(|due| self.clock.shows_at(due))
    }

    /// Converts driver time to engine time, in which all moments that the engine reports are given.
    pub fn moment(&self, now: Timestamp) -> Timestamp {
        self.clock.moment(now, self.expected())
    }

    /// The deadline for detecting clock jumps: if wants are open but none has a deadline, since
    /// their message is in flight, the time of the last input.
    fn expected(&self) -> Option<Timestamp> {
        self.clock.due().or_else(|| (self.client.wants.len() > 0).then(|| self.clock.now()))
    }

    /// The next deadline as things are now, in engine time.
    fn due(&self) -> Option<Timestamp> {
        let [client, server, relay] =
            [self.client.next_deadline(), self.server.next_deadline(), self.relay.next_deadline()];
        sooner(sooner(client, self.peers.next_deadline()), sooner(server, relay))
    }

    /// The strategies in use.
    pub const fn strategies(&self) -> &StrategySet {
        self.strategies.set()
    }

    /// The time of the last input, in engine time: the moment of the events that it caused.
    pub const fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How many times strategies were replaced.
    pub const fn strategy_generation(&self) -> u64 {
        self.strategies.generation()
    }

    /// Current counts and sizes.
    pub fn stats(&self) -> Stats {
        Stats {
            strategies: self.strategies.record(),
            strategy_generation: self.strategies.generation(),
            gauges: self.gauges(),
            upload: self.server.upload_stats(&self.peers),
            ..self.out.stats.clone()
        }
    }

    /// The keyed hashes of this engine.
    pub const fn keys(&self) -> Keys {
        self.config.keys()
    }

    /// The ledger account of `peer`, if there is one.
    pub fn account(&self, peer: &PeerId) -> Option<Account> {
        self.peers.account(self.keys().peer(peer))
    }

    /// All connected peers with their ledger accounts.
    pub fn accounts(&self) -> Vec<(PeerId, Account)> {
        let known = self.peers.iter().filter_map(|(key, peer)| {
            let account = self.peers.account(key)?;
            Some((peer.id, account))
        });
        known.collect()
    }

    /// Number of peers that were sent blocks and have an account, connected or not.
    pub fn peers_served(&self) -> usize {
        self.peers.ledger.served()
    }

    /// The hash functions and digest lengths of all open wants and sessions, in order. Payloads of
    /// any other kind need not be hashed, since nothing can match them.
    pub fn open_hashes(&self) -> &[(u64, u8)] {
        self.client.wants.open_hashes()
    }

    /// The client half with what it is lent.
    const fn client(&mut self) -> ClientRoom<'_> {
        let lent = (&self.config, self.clock.now());
        self.client.room(lent, &mut self.strategies, &mut self.peers, &mut self.out)
    }

    /// The server half with what it is lent.
    const fn server(&mut self) -> ServerRoom<'_> {
        let lent = (&self.config, self.clock.now());
        self.server.room(lent, &mut self.strategies, &mut self.peers, &mut self.out)
    }

    /// The relay with what it is lent.
    const fn relay(&mut self) -> RelayRoom<'_> {
        let lent = (&self.config, self.clock.now());
        let others = (&mut self.server, &mut self.client.wants);
        self.relay.room(lent, &mut self.strategies, &mut self.peers, &mut self.out, others)
    }
}
