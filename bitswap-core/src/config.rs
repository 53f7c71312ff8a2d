//! Configuration of an engine.

use std::time::Duration;

use crate::error::ConfigError;
use crate::keys::Keys;
use crate::limits::Limits;
use crate::tuning::Tuning;

/// Configuration of an engine, except its strategies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineConfig {
    /// Seed of all randomness. Random in production, fixed in a simulation.
    pub seed: u64,
    /// Where the keys of peers, CIDs and multihashes come from.
    pub names: Names,
    /// Limits of memory and work.
    pub limits: Limits,
    /// A want-have for a block of at most this size is answered with the block (1024 in
    /// boxo); with 0 the answer is always HAVE.
    pub have_replace_bytes: u32,
    /// Whether requests of other peers are served at all.
    pub serve: bool,
    /// The DONT_HAVE timeout: how long silence lasts before it counts as DONT_HAVE.
    pub timeouts: TimeoutConfig,
    /// The relay: which wants of other peers are forwarded, and how far our own wants may go.
    pub relay: RelayConfig,
    /// Delays, retries and other values that no strategy decides.
    pub tuning: Tuning,
}

impl EngineConfig {
    /// Makes the keyed hashes of peers, CIDs and multihashes.
    pub const fn keys(&self) -> Keys {
        match self.names {
            Names::OfSeed => Keys::new(self.seed),
            Names::Seeded(names) => Keys::split(names, self.seed),
            Names::Recorded => Keys::recorded(self.seed),
        }
    }

    /// The default configuration with the given seed.
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed,
            names: Names::OfSeed,
            limits: Limits::default(),
            have_replace_bytes: 1_024,
            serve: true,
            timeouts: TimeoutConfig::default(),
            relay: RelayConfig::default(),
            tuning: Tuning::default(),
        }
    }

    /// Checks that all values are usable.
    ///
    /// # Errors
    /// The first [`ConfigError`] found.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.timeouts.check()?;
        self.relay.check()?;
        self.tuning.check()?;
        self.limits.check()
    }
}

/// Where the keys of peers, CIDs and multihashes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// They are hashed under [`EngineConfig::seed`], as in a simulation.
    OfSeed,
    /// They are hashed under a seed of their own. A node's recording has the seed of its
    /// randomness and not this one, so that nobody can try out whose keys it has.
    Seeded(u64),
    /// They are in the names themselves, which are pseudonyms; see [`Keys::recorded`].
    Recorded,
}

/// The DONT_HAVE timeout: how long an asked peer may stay silent. The defaults are boxo's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeoutConfig {
    /// The timeout while nothing is known of the peer.
    pub initial: Duration,
    /// Time for processing, added to three round trips while only the round trip is known.
    pub processing: Duration,
    /// Lower bound of the timeout.
    pub min: Duration,
    /// Upper bound of the timeout.
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

/// Limits of relaying, and whether wants are relayed at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayConfig {
    /// Whether wants of other peers are forwarded at all.
    pub enabled: bool,
    /// Relay TTL, in hops, of sessions that set none; 0 = their wants are not forwarded.
    pub session_ttl: u8,
    /// The largest relay TTL that a want is sent with, in hops; at most 4.
    pub max_ttl: u8,
    /// Maximum number of peers that one relayed want is forwarded to over its life.
    pub degree: usize,
    /// The longest that a relayed want is kept.
    pub life: Duration,
    /// Relayed wants held at once for one requester.
    pub wants_per_requester: usize,
    /// Relayed wants held at once for all requesters together, counted by CID.
    pub wants: usize,
    /// Block bytes sent to one requester per second; blocks beyond that are delayed.
    pub bytes_per_second_per_requester: u64,
    /// Block bytes held at once in the ephemeral store.
    pub ephemeral_bytes: u64,
    /// Block bytes held at once in the ephemeral store for one requester.
    pub ephemeral_bytes_per_requester: u64,
    /// The longest that a block is kept in the ephemeral store.
    pub ephemeral_life: Duration,
}

impl RelayConfig {
    /// The largest TTL that can be configured, in hops: no want is sent with more.
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
