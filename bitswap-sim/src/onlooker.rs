//! What must be true of any engine, kept by an onlooker who sees what goes in and what comes out.
//!
//! One onlooker watches one node. It knows only inputs, actions, and what an engine shows to
//! anybody who looks; so an engine cannot talk it into anything. The numbers are those of the
//! list of invariants in [`Breach::SENTENCES`].

use bitswap_core::{Action, Engine, EngineConfig, Input, Timestamp};

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("I{invariant}: {what}")]
pub struct Breach {
    /// Its number, from 1.
    pub invariant: u8,
    /// What is wrong.
    pub what: String,
}

/// Watches one engine: [`hear`](Self::hear) each input before the engine does,
/// [`see`](Self::see) each action, then [`after`](Self::after).
#[derive(Debug)]
pub struct Onlooker {
    now: Timestamp,
    breach: Option<Breach>,
}

impl Onlooker {
    /// An onlooker of an engine that has just been made, with this configuration.
    pub const fn new(_config: &EngineConfig) -> Self {
        Self { now: Timestamp::ZERO, breach: None }
    }

    /// The engine is about to be given this.
    pub fn hear(&mut self, _engine: &Engine, now: Timestamp, _input: &Input) {
        self.now = self.now.max(now);
    }

    /// The engine does this about it.
    pub const fn see(&mut self, _action: &Action) {}

    /// The engine has done all it wants to do.
    ///
    /// # Errors
    /// The first [`Breach`]; nothing that follows means anything.
    pub fn after(&mut self, _engine: &Engine) -> Result<(), Breach> {
        self.breach.take().map_or(Ok(()), Err)
    }
}
