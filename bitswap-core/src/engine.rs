//! The engine: one thing that happened goes in, everything to do about it comes out.
//!
//! The machines own the state and do not know one another; only here do they meet. Strategies are
//! asked through `judges`, and their answers count after `answer` has checked them.

mod answer;
mod arrive;
mod audit;
mod callers;
mod check;
mod deliver;
mod dispatch;
mod doubt;
mod judges;
mod look;
mod meet;
mod pass_on;
mod phase;
mod requests;
mod seek;
mod serve;
mod settle;

use std::collections::VecDeque;

use libp2p_identity::PeerId;

use crate::action::Action;
use crate::calls::Calls;
use crate::chance::Chance;
use crate::config::EngineConfig;
use crate::error::ConfigError;
use crate::event::Event;
use crate::ids::{ReadId, WriteId};
use crate::input::Input;
use crate::keys::Keys;
use crate::ledger::Ledger;
use crate::map::Table;
use crate::patience::Patience;
use crate::peers::Peers;
use crate::queues::{Bounds, Queues};
use crate::relay::Relay;
use crate::search::Searches;
use crate::server::{Server, ServerBounds};
use crate::sessions::Sessions;
use crate::stats::Stats;
use crate::strategy::{Account, Asks, Presence, StrategySet, WantView};
use crate::time::{Clock, Timestamp};
use crate::wants::Wants;
use deliver::{Arrivals, Reading};
use judges::Judges;

pub use audit::{BlockAsks, PeerUse, SessionSizes, Standing};
pub use look::{AskedPeer, ConnectedPeer, OpenWant, PeerWant, PeerWantState, WantState};

/// A Bitswap node without its network, its disk and its clock.
#[derive(Debug)]
pub struct Engine {
    config: EngineConfig,
    keys: Keys,
    clock: Clock,
    now: Timestamp,
    actions: VecDeque<Action>,
    judges: Judges,
    stats: Stats,
    /// Dice for what is nobody's judgement, such as a random broadcast.
    dice: Chance,
    /// The last number given to a read, write, look-up or message.
    last_id: u64,

    peers: Peers,
    calls: Calls,
    sessions: Sessions,
    wants: Wants,
    patience: Patience,
    searches: Searches,
    queues: Queues,
    server: Server,
    ledger: Ledger,
    relay: Relay,
    arrivals: Arrivals,
    reads: Table<ReadId, Reading>,

    scratch: Scratch,
}

/// Room that is used again for every view.
#[derive(Debug, Default)]
struct Scratch {
    asks: Asks,
    wants: Vec<WantView>,
    presences: Vec<Presence>,
}

impl Engine {
    /// An engine that knows nobody and wants nothing.
    ///
    /// # Errors
    /// A [`ConfigError`] if the configuration cannot work.
    pub fn new(config: EngineConfig, strategies: StrategySet) -> Result<Self, ConfigError> {
        config.check()?;
        let limits = &config.limits;
        Ok(Self {
            keys: Keys::new(config.seed),
            clock: Clock::default(),
            now: Timestamp::ZERO,
            actions: VecDeque::new(),
            judges: Judges::new(config.seed, strategies),
            stats: Stats::default(),
            dice: Chance::named(config.seed, "engine"),
            last_id: 0,
            peers: Peers::default(),
            calls: Calls::new(limits.wants_per_session),
            sessions: Sessions::new(config.relay.session_ttl),
            wants: Wants::default(),
            patience: Patience::new(config.patience.clone()),
            searches: Searches::default(),
            queues: Queues::new(Bounds {
                entries: limits.message_entries,
                block_bytes: limits.message_bytes,
                presences: limits.presences_per_peer,
                wants: limits.wants_per_peer,
                coalesce: [config.tuning.coalesce_least, config.tuning.coalesce_most],
                coalesced: config.tuning.coalesce_entries,
            }),
            server: Server::new(ServerBounds {
                requests_per_peer: limits.requests_per_peer,
                requests: limits.requests,
                outstanding_per_peer: limits.outstanding_bytes_per_peer,
                outstanding: limits.outstanding_bytes,
                starvation: limits.starvation,
                reads: limits.reads,
                reads_per_peer: limits.reads_per_peer,
            }),
            ledger: Ledger::new(limits.accounts, config.tuning.clone()),
            relay: Relay::new(config.relay.clone()),
            arrivals: Arrivals::new(limits.recent_blocks),
            reads: Table::default(),
            scratch: Scratch::default(),
            config,
        })
    }

    /// Takes note of one thing that happened, and works out all that follows. Cannot fail:
    /// nonsense is counted. Time goes on evenly: a `now` earlier than the last one counts as the
    /// last one, and of one over a minute after [`next_deadline`](Self::next_deadline) the time
    /// beyond that does not count.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        let (own, jumped) = self.clock.read(now, self.expected());
        self.stats.clock_jumps += u64::from(jumped);
        self.now = own;
        self.dispatch(input);
        self.settle();
    }

    /// The next thing to do. Drain it before the next [`handle`](Self::handle).
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
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
        self.due().or_else(|| (self.wants.len() > 0).then_some(self.now))
    }

    /// The next deadline, in our own time.
    fn due(&self) -> Option<Timestamp> {
        [
            self.calls.next_deadline(),
            self.sessions.next_deadline(),
            self.patience.next_deadline(),
            self.wants.next_deadline(),
            self.searches.next_deadline(),
            self.queues.next_deadline(),
            self.server.next_deadline(),
            self.relay.next_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Puts other strategies in charge, between two inputs; the engine's own state stays.
    pub fn replace(&mut self, strategies: StrategySet) {
        self.judges.replace(strategies);
        self.ledger.forget_weights();
    }

    /// The strategies in charge.
    pub const fn strategies(&self) -> &StrategySet {
        self.judges.set()
    }

    /// Counts and sizes, as of now.
    pub fn stats(&self) -> Stats {
        Stats { strategies: self.judges.record(), gauges: self.gauges(), ..self.stats.clone() }
    }

    /// How keys are made of names in this engine.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What passed between us and `peer`, if anything is known of it.
    pub fn account(&self, peer: &PeerId) -> Option<Account> {
        self.ledger.account(self.keys.peer(peer)).cloned()
    }

    /// The connected peers with their accounts.
    pub fn accounts(&self) -> Vec<(PeerId, Account)> {
        let known = self.peers.iter().filter_map(|(key, peer)| {
            let account = self.ledger.account(key)?;
            Some((peer.id, account.clone()))
        });
        known.collect()
    }

    /// The hash functions and digest lengths of everything that open wants and open sessions ask
    /// for, in order. Payloads of any other kind need not be hashed: nothing can match them.
    pub fn open_hashes(&self) -> &[(u64, u8)] {
        self.wants.open_hashes()
    }

    const fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn next_read(&mut self) -> ReadId {
        ReadId(self.next_id())
    }

    fn next_write(&mut self) -> WriteId {
        WriteId(self.next_id())
    }

    fn report(&mut self, event: Event) {
        self.actions.push_back(Action::Report(event));
    }
}
