//! A recorded run again: the same inputs at the same moments, and whether the same comes of them.

use super::entry::ActionDigest;
use super::header::Header;
use crate::action::Action;
use crate::config::Names;
use crate::engine::Engine;
use crate::error::ConfigError;
use crate::input::Input;
use crate::keys::Keys;
use crate::strategy::StrategySet;
use crate::time::Timestamp;

/// An engine that runs as a recorded one did.
#[derive(Debug)]
pub struct Replay {
    engine: Engine,
    digest: ActionDigest,
}

impl Replay {
    /// Before the first input; `strategies` are those of the header.
    ///
    /// # Errors
    /// The configuration in the header cannot be used.
    pub fn new(header: &Header, strategies: StrategySet) -> Result<Self, ConfigError> {
        let pseudonyms = match header.config.names {
            Names::Recorded => Some(Keys::recorded(header.config.seed)),
            Names::OfSeed | Names::Seeded(_) => None,
        };
        let engine = Engine::new(header.config.clone(), strategies)?;
        Ok(Self { engine, digest: ActionDigest::new(pseudonyms) })
    }

    /// Hands the engine an input. Returns the actions that come of it and their digest, which is
    /// that of the entry if the same came of it then.
    pub fn step(&mut self, now: Timestamp, input: Input) -> (Vec<Action>, u64) {
        self.engine.handle(now, input);
        let mut actions = Vec::new();
        while let Some(action) = self.engine.poll_action() {
            self.digest.add(&action);
            actions.push(action);
        }
        (actions, self.digest.finish())
    }

    /// The engine as it is now.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }
}
