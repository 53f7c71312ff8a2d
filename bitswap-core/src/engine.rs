//! The engine: one thing that happened goes in, everything to do about it comes out.
//!
//! Three rooms own the state: the client, what we want; the server, what peers want of us; the
//! relay, what strangers want of others. They do not know the engine, which lends each in its turn
//! the peers, the strategies and the way out, and carries from one to another what concerns it.

mod check;
mod dispatch;
mod effects;
mod flush;
mod inspect;
mod peers;
mod receive;
mod settle;
mod snapshot;
mod store;

use libp2p_identity::PeerId;

use crate::action::Action;
use crate::client::{Client, ClientRoom};
use crate::config::EngineConfig;
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

pub use inspect::{BlockAsks, PeerUse, QueuePosition, SessionSizes};
pub use snapshot::{AskedPeer, ConnectedPeer, OpenWant, PeerWant, PeerWantState, WantState};

/// A Bitswap node without its network, its disk and its clock.
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
    /// An engine that knows nobody and wants nothing.
    ///
    /// # Errors
    /// A [`ConfigError`] if the configuration cannot work.
    pub fn new(config: EngineConfig, strategies: StrategySet) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            clock: Clock::default(),
            strategies: Strategies::new(config.seed, strategies),
            peers: Peers::new(&config),
            out: Out::default(),
            client: Client::new(&config),
            server: Server::new(ServerBounds::of(&config.limits)),
            relay: Relay::new(config.relay.clone()),
            config,
        })
    }

    /// Takes note of one thing that happened, and works out all that follows. Cannot fail:
    /// nonsense is counted. Time goes on evenly: a `now` earlier than the last one counts as the
    /// last one, and of one over a minute after [`next_deadline`](Self::next_deadline) the time
    /// beyond that does not count.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        let jumped = self.clock.read(now, self.expected());
        self.out.stats.clock_jumps += u64::from(jumped);
        self.dispatch(input);
        self.settle();
    }

    /// The next thing to do. Drain it before the next [`handle`](Self::handle).
    pub fn poll_action(&mut self) -> Option<Action> {
        self.out.next_action()
    }

    /// When to call [`handle`](Self::handle) with [`Input::DeadlineReached`] at the latest.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.due().map(|due| self.clock.shows_at(due))
    }

    /// The engine's own time, were it handed `now`: what all that it says of times is counted in.
    pub fn moment(&self, now: Timestamp) -> Timestamp {
        self.clock.moment(now, self.expected())
    }

    /// When we expect to be called at the latest: a want whose message is being written has no
    /// deadline, and is waited for.
    fn expected(&self) -> Option<Timestamp> {
        self.due().or_else(|| (self.client.wants.len() > 0).then(|| self.clock.now()))
    }

    /// The next deadline, in our own time.
    fn due(&self) -> Option<Timestamp> {
        let deadlines = [
            self.client.next_deadline(),
            self.peers.next_deadline(),
            self.server.next_deadline(),
            self.relay.next_deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Puts other strategies in charge, between two inputs; the engine's own state stays.
    pub fn replace(&mut self, strategies: StrategySet) {
        self.strategies.replace(strategies);
        self.peers.ledger.forget_weights();
    }

    /// The strategies in charge.
    pub const fn strategies(&self) -> &StrategySet {
        self.strategies.set()
    }

    /// Counts and sizes, as of now.
    pub fn stats(&self) -> Stats {
        Stats {
            strategies: self.strategies.record(),
            gauges: self.gauges(),
            ..self.out.stats.clone()
        }
    }

    /// How keys are made of names in this engine.
    pub const fn keys(&self) -> Keys {
        self.config.keys()
    }

    /// What passed between us and `peer`, if anything is known of it.
    pub fn account(&self, peer: &PeerId) -> Option<Account> {
        self.peers.ledger.account(self.keys().peer(peer)).cloned()
    }

    /// The connected peers with their accounts.
    pub fn accounts(&self) -> Vec<(PeerId, Account)> {
        let known = self.peers.iter().filter_map(|(key, peer)| {
            let account = self.peers.ledger.account(key)?;
            Some((peer.id, account.clone()))
        });
        known.collect()
    }

    /// The hash functions and digest lengths of everything that open wants and open sessions ask
    /// for, in order. Payloads of any other kind need not be hashed: nothing can match them.
    pub fn open_hashes(&self) -> &[(u64, u8)] {
        self.client.wants.open_hashes()
    }

    /// The client's room, open.
    const fn client(&mut self) -> ClientRoom<'_> {
        let lent = (&self.config, self.clock.now());
        self.client.room(lent, &mut self.strategies, &mut self.peers, &mut self.out)
    }

    /// The server's room, open.
    const fn server(&mut self) -> ServerRoom<'_> {
        let lent = (&self.config, self.clock.now());
        self.server.room(lent, &mut self.strategies, &mut self.peers, &mut self.out)
    }

    /// The relay's room, open.
    const fn relay(&mut self) -> RelayRoom<'_> {
        let lent = (&self.config, self.clock.now());
        let others = (&mut self.server, &mut self.client.wants);
        self.relay.room(lent, &mut self.strategies, &mut self.peers, &mut self.out, others)
    }
}
