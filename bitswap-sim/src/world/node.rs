//! One node: an engine, its model of a store, and its number.

use std::fmt;
use std::time::Duration;

use bitswap_core::strategy::StrategySet;
use bitswap_core::{Chance, ConfigError, Engine, EngineConfig, Timestamp};
use libp2p_identity::PeerId;
use multihash::Multihash;

use crate::network::Access;
use crate::store::ModelStore;

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
        let number = peer.as_ref().digest().first_chunk()?;
        let node = Self(u32::from_be_bytes(*number));
        (node.peer_id() == *peer).then_some(node)
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
    /// How long its store takes for each read or write, however large.
    pub store_delay: Duration,
}

impl NodeConfig {
    /// A node with defaults: 100 Mbit/s both ways and a store that takes no time.
    pub fn with_strategies(strategies: StrategySet) -> Self {
        Self {
            strategies,
            engine: EngineConfig::seeded(0),
            access: Access::default(),
            store_delay: Duration::ZERO,
        }
    }
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) engine: Engine,
    pub(super) store: ModelStore,
    /// When its engine was last said to want to be called, if it does.
    pub(super) deadline: Option<Timestamp>,
}

impl Node {
    pub(super) fn new(seed: u64, id: NodeId, config: NodeConfig) -> Result<Self, ConfigError> {
        let seed = Chance::named(seed, &id.to_string()).bits();
        let engine = Engine::new(EngineConfig { seed, ..config.engine }, config.strategies)?;
        Ok(Self { engine, store: ModelStore::new(config.store_delay), deadline: None })
    }
}
