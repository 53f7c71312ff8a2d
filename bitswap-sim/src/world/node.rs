//! One node: an engine, its model of a store, and its number.

use std::fmt;

use bitswap_core::strategy::StrategySet;
use bitswap_core::{Chance, ConfigError, Engine, EngineConfig, Input, Timestamp};
use libp2p_identity::PeerId;
use multihash::Multihash;

use crate::hostile::Hostile;
use crate::invariants::{CheckCounts, InvariantChecker};
use crate::network::Access;
use crate::store::{ModelStore, StoreModel};

/// The number of a node in its world, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// The multihash code that peer ids with a hashed key have: sha2-256.
    const HASHED: u64 = 0x12;

    pub(crate) fn at(place: usize) -> Self {
        Self(u32::try_from(place).unwrap_or(u32::MAX))
    }

    /// Where it stands in a list of all nodes.
    pub const fn place(self) -> usize {
        self.0 as usize
    }

    /// What the other nodes know it by.
    #[expect(clippy::missing_panics_doc, reason = "it cannot")]
    #[expect(clippy::expect_used, reason = "32 bytes fit, and sha2-256 is what peer ids have")]
    pub fn peer_id(self) -> PeerId {
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&self.0.to_be_bytes());
        let hash = Multihash::wrap(Self::HASHED, &digest).expect("32 bytes fit");
        PeerId::from_multihash(hash).expect("a sha2-256")
    }

    /// The node that others know by this peer id, if it can be one.
    pub fn of_peer(peer: &PeerId) -> Option<Self> {
        let hash = peer.as_ref();
        let (number, rest) = hash.digest().split_first_chunk()?;
        let is_ours =
            hash.code() == Self::HASHED && rest.len() == 28 && rest.iter().all(|byte| *byte == 0);
        is_ours.then(|| Self(u32::from_be_bytes(*number)))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {}", self.0)
    }
}

/// What a node is made with.
#[derive(Debug)]
pub struct NodeConfig {
    /// What it is judged by.
    pub strategies: StrategySet,
    /// Its engine's configuration. The seed in it is replaced by one drawn from the world's.
    pub engine: EngineConfig,
    /// Its way into the network.
    pub access: Access,
    /// What its store is like.
    pub store: StoreModel,
}

impl NodeConfig {
    /// A node with defaults: 100 Mbit/s both ways and a store that takes no time.
    pub fn with_strategies(strategies: StrategySet) -> Self {
        Self {
            strategies,
            engine: EngineConfig::seeded(0),
            access: Access::default(),
            store: StoreModel::default(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) peer_id: PeerId,
    pub(super) who: Who,
    /// Checks the engine, if the world is strict.
    pub(super) checker: Option<Box<InvariantChecker>>,
    /// What checkers of its earlier engines saw to.
    pub(super) past: CheckCounts,
    pub(super) store: ModelStore,
    /// How often it was started again. What was asked of its store in another life is forgotten.
    pub(super) life: u32,
    pub(super) state: State,
    pub(super) clock: Clock,
    /// When its engine wants to be called, by the world's clock, if it does.
    pub(super) deadline: Option<Timestamp>,
    /// The earliest event at which it will be looked at for that.
    pub(super) timer_at: Option<Timestamp>,
}

/// What moves a node.
#[derive(Debug)]
pub(super) enum Who {
    Engine(Box<Engine>),
    /// What it was goes on under another name.
    Gone,
    Hostile(Box<dyn Hostile>),
}

impl Who {
    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        match self {
            Self::Engine(engine) => engine.next_deadline(),
            Self::Gone => None,
            Self::Hostile(hostile) => hostile.next_deadline(),
        }
    }

    /// Whether it takes what it is sent.
    pub(super) fn reads(&self) -> bool {
        match self {
            Self::Engine(_) | Self::Gone => true,
            Self::Hostile(hostile) => hostile.reads(),
        }
    }
}

/// Whether a node runs.
#[derive(Debug)]
pub(super) enum State {
    Crashed,
    /// Stopped like a process; what happened to it meanwhile.
    Paused(Vec<Input>),
    Runs,
}

impl Node {
    pub(super) fn new(
        (seed, id): (u64, NodeId),
        is_strict: bool,
        config: NodeConfig,
    ) -> Result<Self, ConfigError> {
        let checker = is_strict.then(|| Box::new(InvariantChecker::new(&config.engine)));
        let engine = engine(seed, id, 0, config.engine, config.strategies)?;
        Ok(Self { checker, ..Self::with(seed, id, Who::Engine(engine), config.store) })
    }

    /// A node that does not keep to the rules.
    pub(super) fn hostile(seed: u64, id: NodeId, hostile: Box<dyn Hostile>) -> Self {
        Self::with(seed, id, Who::Hostile(hostile), StoreModel::default())
    }

    fn with(seed: u64, id: NodeId, who: Who, store: StoreModel) -> Self {
        let store = ModelStore::new(store, Chance::named(seed, &format!("store of {id}")));
        Self {
            peer_id: id.peer_id(),
            who,
            checker: None,
            past: CheckCounts::default(),
            store,
            life: 0,
            state: State::Runs,
            clock: Clock::default(),
            deadline: None,
            timer_at: None,
        }
    }

    /// Its checker does not count the time that passed without it.
    pub(super) fn lose_time(&mut self) {
        self.checker.iter_mut().for_each(|checker| checker.lost_time());
    }

    /// Another engine takes the place of the one that crashed.
    pub(super) fn restart(
        &mut self,
        (seed, id): (u64, NodeId),
        config: EngineConfig,
        strategies: StrategySet,
    ) -> Result<(), ConfigError> {
        if let Some(past) = &mut self.checker {
            self.past.add(past.check_counts());
            **past = InvariantChecker::new(&config);
        }
        self.who = Who::Engine(engine(seed, id, self.life, config, strategies)?);
        self.state = State::Runs;
        self.deadline = None;
        Ok(())
    }
}

fn engine(
    seed: u64,
    id: NodeId,
    life: u32,
    config: EngineConfig,
    strategies: StrategySet,
) -> Result<Box<Engine>, ConfigError> {
    let name = if life == 0 { id.to_string() } else { format!("{id}, life {life}") };
    let seed = Chance::named(seed, &name).bits();
    Engine::new(EngineConfig { seed, ..config }, strategies).map(Box::new)
}

/// What a node's own clock shows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    ahead: i64,
}

impl Clock {
    pub(super) const fn jump(&mut self, nanos: i64) {
        self.ahead = self.ahead.saturating_add(nanos);
    }

    /// What it shows at a moment of the world.
    pub(super) const fn shows(self, now: Timestamp) -> Timestamp {
        Timestamp::from_nanos(now.as_nanos().saturating_add_signed(self.ahead))
    }

    /// The moment of the world at which it will show this.
    pub(super) const fn moment(self, shown: Timestamp) -> Timestamp {
        Timestamp::from_nanos(shown.as_nanos().saturating_add_signed(-self.ahead))
    }
}
