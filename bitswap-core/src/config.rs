//! What an engine is made with.

use std::time::Duration;

use crate::error::ConfigError;
use crate::keys::Keys;
use crate::limits::Limits;
use crate::tuning::Tuning;

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
    pub timeouts: TimeoutConfig,
    /// What is passed on for strangers, and how far our own wants may go.
    pub relay: RelayConfig,
    /// The judgements that no strategy makes.
    pub tuning: Tuning,
}

impl EngineConfig {
    /// How keys are made of names under this seed.
    pub const fn keys(&self) -> Keys {
        Keys::new(self.seed)
    }

    /// Defaults under a seed.
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed,
            limits: Limits::default(),
            have_replace_bytes: 1_024,
            serve: true,
            timeouts: TimeoutConfig::default(),
            relay: RelayConfig::default(),
            tuning: Tuning::default(),
        }
    }

    /// Refuses what cannot work.
    ///
    /// # Errors
    /// The first [`ConfigError`] found; nothing was changed.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.timeouts.check()?;
        self.relay.check()?;
        self.tuning.check()?;
        self.limits.check()
    }
}

/// How long an asked peer may stay silent. The figures are the reference's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeoutConfig {
    /// Before anything is known of the peer.
    pub initial: Duration,
    /// Added to three round trips while only the round trip is known.
    pub processing: Duration,
    /// Lower bound.
    pub min: Duration,
    /// Upper bound.
    pub max: Duration,
}

impl TimeoutConfig {
    fn check(&self) -> Result<(), ConfigError> {
        if self.min.is_zero() {
            return Err(ConfigError::Zero { limit: "timeouts.min" });
        }
        if self.min > self.max {
            let least = ("timeouts.min", self.min);
            let most = ("timeouts.max", self.max);
            return Err(ConfigError::Range { least, most });
        }
        Ok(())
    }
}

impl Default for TimeoutConfig {
    fn default() -> Self {
        Self {
            initial: Duration::from_secs(5),
            processing: Duration::from_secs(2),
            min: Duration::from_millis(50),
            max: Duration::from_secs(7),
        }
    }
}

/// Bounds of the relay, and whether there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayConfig {
    /// Whether strangers' wants are passed on at all.
    pub enabled: bool,
    /// How far the wants of a session may be passed on that names no TTL itself; 0 = not at all.
    pub session_ttl: u8,
    /// The largest TTL with which a want leaves us; at most 4.
    pub max_ttl: u8,
    /// Peers asked for one want over its life, at most.
    pub degree: usize,
    /// How long a stranger's want is held, at most.
    pub life: Duration,
    /// Wants held at once: for one requester.
    pub wants_per_requester: usize,
    /// The same for all requesters, counted by CID.
    pub wants: usize,
    /// Bytes of blocks handed to one requester in a second; what goes over it waits.
    pub bytes_per_second_per_requester: u64,
    /// Bytes of blocks on their way through us.
    pub ephemeral_bytes: u64,
    /// The same for one requester.
    pub ephemeral_bytes_per_requester: u64,
    /// How long such a block is kept, at most.
    pub ephemeral_life: Duration,
}

impl RelayConfig {
    /// However it is configured, no want leaves with more.
    pub const MAX_TTL: u8 = 4;

    fn check(&self) -> Result<(), ConfigError> {
        if self.max_ttl > Self::MAX_TTL || self.session_ttl > Self::MAX_TTL {
            return Err(ConfigError::Ttl { limit: Self::MAX_TTL });
        }
        let named = [
            ("relay.degree", self.degree as u64),
            ("relay.life", self.life.as_millis() as u64),
            ("relay.wants_per_requester", self.wants_per_requester as u64),
            ("relay.wants", self.wants as u64),
            ("relay.bytes_per_second_per_requester", self.bytes_per_second_per_requester),
            ("relay.ephemeral_bytes", self.ephemeral_bytes),
            ("relay.ephemeral_bytes_per_requester", self.ephemeral_bytes_per_requester),
            ("relay.ephemeral_life", self.ephemeral_life.as_millis() as u64),
        ];
        match named.iter().find(|(_, value)| *value == 0) {
            Some((limit, _)) => Err(ConfigError::Zero { limit }),
            None => Ok(()),
        }
    }
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            session_ttl: 1,
            max_ttl: 2,
            degree: 10,
            life: Duration::from_secs(10),
            wants_per_requester: 64,
            wants: 4_096,
            bytes_per_second_per_requester: 1024 * 1024,
            ephemeral_bytes: 64 * 1024 * 1024,
            ephemeral_bytes_per_requester: 4 * 1024 * 1024,
            ephemeral_life: Duration::from_secs(30),
        }
    }
}
