//! What an engine and a store are told of a configuration.

use std::num::NonZeroU64;

use bitswap_core::{EngineConfig, Limits, Names, RelayConfig, TimeoutConfig, Tuning};
use bitswap_host::{ConnectionLimits, NatConfig};
use bitswap_net::RateLimits;

use super::Config;
use super::keys::{NatSettings, StoreSettings};
use super::kind::{DhtMode, Rate};
use crate::keep::StoreLimit;

impl Config {
    /// The engine's own configuration, under a seed.
    pub(crate) fn engine(&self, seed: u64) -> EngineConfig {
        EngineConfig {
            limits: self.engine_limits(),
            have_replace_bytes: self.protocol.inline_blocks.map_or(0, |size| size.0 as u32),
            serve: self.protocol.serve,
            timeouts: TimeoutConfig {
                initial: self.timeouts.initial,
                processing: self.timeouts.processing,
                min: self.timeouts.min,
                max: self.timeouts.max,
            },
            relay: self.engine_relay(),
            names: Names::OfSeed,
            tuning: Tuning::default(),
            seed,
        }
    }

    /// How fast blocks are sent and messages read.
    pub fn rates(&self) -> RateLimits {
        let rate = |limit: Option<Rate>| limit.and_then(|rate| NonZeroU64::new(rate.0));
        RateLimits {
            upload: rate(self.limits.upload),
            upload_per_peer: rate(self.limits.upload_per_peer),
            download: rate(self.limits.download),
            download_per_peer: rate(self.limits.download_per_peer),
        }
    }

    /// How many connections there are.
    pub(crate) fn connections(&self) -> ConnectionLimits {
        let limits = &self.limits;
        let low_water = u64::from(limits.peers) * u64::from(limits.peers_low_water.0) / 100;
        ConnectionLimits {
            peers: limits.peers,
            low_water: u32::try_from(low_water).unwrap_or(limits.peers),
            per_peer: limits.connections_per_peer,
            pending_in: limits.pending_in,
            pending_out: limits.pending_out,
        }
    }

    fn engine_relay(&self) -> RelayConfig {
        let relay = &self.relay;
        RelayConfig {
            enabled: relay.enabled,
            session_ttl: self.protocol.ttl.unwrap_or(0) as u8,
            max_ttl: relay.max_ttl as u8,
            degree: relay.degree as usize,
            life: relay.life,
            wants_per_requester: relay.wants_per_requester as usize,
            wants: relay.wants as usize,
            bytes_per_second_per_requester: relay.rate_per_requester.0,
            ephemeral_bytes: relay.ephemeral_bytes.0,
            ephemeral_bytes_per_requester: relay.ephemeral_bytes_per_requester.0,
            ephemeral_life: relay.ephemeral_life,
        }
    }

    fn engine_limits(&self) -> Limits {
        let limits = &self.limits;
        Limits {
            // `limits.peers` bounds connections. The host enforces that, since it knows which peer
            // is idle; the engine's own bound must never be the first that is reached.
            peers: (limits.peers as usize).saturating_mul(2).max(Limits::default().peers),
            outstanding_bytes_per_peer: limits.in_flight_per_peer.0,
            outstanding_bytes: limits.in_flight.0,
            upload_bytes_per_second: limits.upload.map_or(u64::MAX, |rate| rate.0),
            upload_bytes_per_second_per_peer: limits.upload_per_peer.map_or(u64::MAX, |it| it.0),
            requests_per_peer: limits.wants_per_peer as usize,
            requests: limits.wants as usize,
            open_wants: limits.open_wants as usize,
            wants_per_session: limits.wants_per_session as usize,
            accounts: limits.accounts as usize,
            message_bytes: limits.message.0 as usize,
            ..Limits::default()
        }
    }
}

impl NatSettings {
    /// What the host is told of them.
    pub(crate) fn host(&self) -> NatConfig {
        NatConfig {
            autonat: self.autonat,
            upnp: self.upnp,
            relay: self.relay,
            relays: self.relays.clone(),
            hole_punching: self.hole_punching,
            bitswap_over_relays: self.bitswap_over_relays,
            serve: self.serve,
        }
    }
}

impl DhtMode {
    /// What the host is told of it; `None` = it takes no part in a DHT.
    pub(crate) const fn host(self) -> Option<bitswap_host::DhtMode> {
        Some(match self {
            Self::Auto => bitswap_host::DhtMode::Auto,
            Self::Client => bitswap_host::DhtMode::Client,
            Self::Server => bitswap_host::DhtMode::Server,
            Self::Lan => bitswap_host::DhtMode::Lan,
            Self::Off => return None,
        })
    }
}

impl StoreSettings {
    /// How much the store is to hold; `None` = any.
    pub fn limit(&self) -> Option<StoreLimit> {
        let most = self.max_size?.0;
        Some(StoreLimit::of(most, self.high_water.0, self.low_water.0))
    }
}
