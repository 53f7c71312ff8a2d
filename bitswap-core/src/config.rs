//! What an engine is made with.

use std::time::Duration;

use crate::error::ConfigError;
use crate::limits::Limits;

/// Everything an engine needs besides its strategies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineConfig {
    /// Where all chance and all keys come from. Random in production, fixed in a simulation.
    pub seed: u64,
    /// Bounds.
    pub limits: Limits,
    /// A want-have for a block of at most this size is answered with the block (1024 in the
    /// reference); 0 answers HAVE always.
    pub have_replace_bytes: u32,
    /// Whether strangers are served at all.
    pub serve: bool,
    /// When silence becomes DONT_HAVE.
    pub patience: PatienceConfig,
}

impl EngineConfig {
    /// Defaults under a seed.
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed,
            limits: Limits::default(),
            have_replace_bytes: 1_024,
            serve: true,
            patience: PatienceConfig::default(),
        }
    }

    /// Refuses what cannot work.
    ///
    /// # Errors
    /// The first [`ConfigError`] found; nothing was changed.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.patience.check()?;
        self.limits.check()
    }
}

/// How long an asked peer may stay silent. The figures are the reference's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatienceConfig {
    /// Before anything is known of the peer.
    pub unknown: Duration,
    /// Added to three round trips while only the round trip is known.
    pub processing: Duration,
    /// Lower bound.
    pub least: Duration,
    /// Upper bound.
    pub most: Duration,
}

impl PatienceConfig {
    fn check(&self) -> Result<(), ConfigError> {
        if self.least.is_zero() {
            return Err(ConfigError::Zero { limit: "patience.least" });
        }
        if self.least > self.most {
            return Err(ConfigError::PatienceRange { least: self.least, most: self.most });
        }
        Ok(())
    }
}

impl Default for PatienceConfig {
    fn default() -> Self {
        Self {
            unknown: Duration::from_secs(5),
            processing: Duration::from_secs(2),
            least: Duration::from_millis(50),
            most: Duration::from_secs(7),
        }
    }
}
