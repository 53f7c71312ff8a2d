//! Strategies written as scripts.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that panics has failed")]

mod evict;
mod examples;
mod faults;
mod hostile;
mod inside;
mod loading;
mod migration;
mod natives;
mod own_tests;
mod state;
mod strangers;
mod twins;
mod views;

use bitswap_core::strategy::Role;

/// A role, a script's name, and its text.
type Example = (Role, &'static str, &'static str);

macro_rules! example {
    ($role:ident, $name:literal) => {
        (Role::$role, $name, include_str!(concat!("../../../examples/scripts/", $name, ".rhai")))
    };
}

/// Scripts that decide in ways of their own.
const EXAMPLES: [Example; 5] = [
    example!(PeerSelector, "fastest_first"),
    example!(TaskPrioritizer, "starved_first"),
    example!(LedgerPolicy, "give_and_take"),
    example!(ProviderFinder, "useful_then_all"),
    example!(Registry, "last_deliverers"),
];

/// For each role one that decides as the default does.
const TWINS: [Example; 5] = [
    example!(PeerSelector, "like_probabilistic"),
    example!(TaskPrioritizer, "like_least_queued_peer"),
    example!(LedgerPolicy, "like_debt_ratio"),
    example!(ProviderFinder, "like_broadcast_then_dht"),
    example!(Registry, "like_ttl_relay"),
];
