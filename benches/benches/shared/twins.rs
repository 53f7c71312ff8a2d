//! The scripts that decide as the defaults do.

use bitswap_core::strategy::Role;

/// For each role, the script that decides as its default does.
pub(crate) const TWINS: [(Role, &str); 5] = [
    (Role::PeerSelector, include_str!("../../../examples/scripts/like_probabilistic.rhai")),
    (Role::TaskPrioritizer, include_str!("../../../examples/scripts/like_least_queued_peer.rhai")),
    (Role::LedgerPolicy, include_str!("../../../examples/scripts/like_debt_ratio.rhai")),
    (Role::ProviderFinder, include_str!("../../../examples/scripts/like_broadcast_then_dht.rhai")),
    (Role::Registry, include_str!("../../../examples/scripts/like_ttl_relay.rhai")),
];
