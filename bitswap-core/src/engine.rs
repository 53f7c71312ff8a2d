//! The engine: one thing that happened goes in, everything to do about it comes out.

use std::collections::VecDeque;

use libp2p_identity::PeerId;

use crate::action::Action;
use crate::config::EngineConfig;
use crate::error::ConfigError;
use crate::input::Input;
use crate::keys::Keys;
use crate::stats::Stats;
use crate::strategy::{Account, StrategySet};
use crate::time::Timestamp;

/// A Bitswap node without its network, its disk and its clock.
#[derive(Debug)]
pub struct Engine {
    actions: VecDeque<Action>,
    keys: Keys,
    stats: Stats,
    strategies: StrategySet,
}

impl Engine {
    /// An engine that knows nobody and wants nothing.
    ///
    /// # Errors
    /// A [`ConfigError`] if the configuration cannot work.
    pub fn new(config: EngineConfig, strategies: StrategySet) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            actions: VecDeque::new(),
            keys: Keys::new(config.seed),
            stats: Stats::default(),
            strategies,
        })
    }

    /// Takes note of one thing that happened. Cannot fail: nonsense is counted.
    pub fn handle(&mut self, _now: Timestamp, _input: Input) {}

    /// The next thing to do. Drain it before the next [`handle`](Self::handle).
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to call [`handle`](Self::handle) with [`Input::DeadlineReached`] at the latest.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        None
    }

    /// Puts other strategies in charge, between two inputs; the engine's own state stays.
    pub fn replace(&mut self, strategies: StrategySet) {
        self.strategies = strategies;
    }

    /// The strategies in charge.
    pub const fn strategies(&self) -> &StrategySet {
        &self.strategies
    }

    /// Counts and sizes, as of now.
    pub fn stats(&self) -> Stats {
        self.stats.clone()
    }

    /// How keys are made of names in this engine.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What passed between us and `peer`, if anything is known of it.
    pub fn account(&self, _peer: &PeerId) -> Option<Account> {
        None
    }

    /// The connected peers with their accounts.
    pub fn accounts(&self) -> Vec<(PeerId, Account)> {
        Vec::new()
    }

    /// The hash functions and digest lengths of everything wanted now, in order. Payloads of any
    /// other kind need not be hashed: nothing can match them.
    pub fn open_hashes(&self) -> &[(u64, u8)] {
        &[]
    }
}
