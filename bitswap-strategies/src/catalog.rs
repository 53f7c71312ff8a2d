//! THE list of strategies: one line for each, by role, then by name.

#[macro_use]
mod list;
#[macro_use]
mod params;

mod base;
mod choice;
mod docs;
mod entry;
mod error;
mod extension;
mod peer_list;
mod recorded;
mod suggest;
mod value;

use bitswap_core::strategy::Role;

pub use self::base::Base;
pub use self::choice::StrategyChoice;
#[cfg(feature = "scripts")]
pub use self::choice::{Built, ScriptPlace};
pub use self::docs::markdown;
pub use self::entry::{Entry, Status, Strategy};
pub use self::error::{CatalogError, ExtendError, ParamError, UnknownRole, UnknownStrategy};
pub use self::params::{Configured, Given, NoParams, Parameter, Parameters};
#[cfg(feature = "scripts")]
pub(crate) use self::peer_list::peer_id;
pub use self::peer_list::{ListedPeers, PeerList};
pub use self::recorded::{recorded, recorded_beside};
pub use self::suggest::did_you_mean;
pub use self::value::{Bytes, Setting, UpTo};

strategies! {
    PeerSelector in select {
        "bandwidth-delay"    => bandwidth_delay::BandwidthDelay,      Experimental, "BBR";
        "evict-slowest"      => evict_slowest::EvictSlowest,          Experimental, "ours";
        "expected-finish"    => expected_finish::ExpectedFinish,      Experimental, "ours";
        "fallback"           => fallback::Fallback,                   Experimental, "ours";
        "fixed-peers"        => fixed_peers::FixedPeers,              Stable, "operators";
        "flood"              => flood::Flood,                         Control, "early Bitswap";
        "hedge-unresponsive" => hedge_unresponsive::HedgeUnresponsive, Stable, "ours";
        "hedged"             => hedged::Hedged,                       Experimental, "CACM 56:2";
        "lowest-latency"     => lowest_latency::LowestLatency,        Experimental, "go-bitswap";
        "power-of-two"       => power_of_two::PowerOfTwo,             Experimental, "Mitzenmacher";
        "probabilistic"      => probabilistic::Probabilistic,         Default, "boxo";
        "random"             => random::Random,                       Control, "ours";
        "rarest-first"       => rarest_first::RarestFirst,            Experimental, "BitTorrent";
        "registry-first"     => registry_first::RegistryFirst,        Experimental, "RFC BB L1-04";
        "round-robin"        => round_robin::RoundRobin,              Control, "ours";
        "shadow"             => shadow::Shadow,                       Experimental, "ours";
        "split"              => split::Split,                         Experimental, "ours";
    }
    TaskPrioritizer in prioritize {
        "deficit-round-robin" => deficit_round_robin::DeficitRoundRobin, Experimental, "Shreedhar";
        "fair-torrent"       => fair_torrent::FairTorrent,        Experimental, "Sherman et al.";
        "fifo"               => fifo::Fifo,                           Control, "ours";
        "least-queued-peer"  => least_queued_peer::LeastQueuedPeer,   Default, "boxo#1143";
        "most-pending"       => most_pending::MostPending,            Control, "go-peertaskqueue";
        "rarest-served-first" => rarest_served_first::RarestServedFirst, Experimental, "BitTornado";
        "round-robin"        => round_robin::RoundRobin,              Control, "ours";
        "shadow"             => shadow::Shadow,                       Experimental, "ours";
        "smallest-first"     => smallest_first::SmallestFirst,        Experimental, "Schrage";
        "split"              => split::Split,                         Experimental, "ours";
        "weighted-fair"      => weighted_fair::WeightedFair,          Experimental, "Goyal et al.";
    }
    LedgerPolicy in ledger {
        "allow-list"         => allow_list::AllowList,                Stable, "ours";
        "debt-ratio"         => debt_ratio::DebtRatio,                Default, "boxo";
        "identity"           => identity::Identity,                   Experimental, "Grisham";
        "open"               => open::Open,                           Control, "ours";
        "pay-debts"          => pay_debts::PayDebts,                  Experimental, "ours";
        "recent-share"       => recent_share::RecentShare,            Experimental, "Levin et al.";
        "reciprocal-sigmoid" => reciprocal_sigmoid::ReciprocalSigmoid, Experimental, "Grisham";
        "shadow"             => shadow::Shadow,                       Experimental, "ours";
        "split"              => split::Split,                         Experimental, "ours";
        "tanh"               => tanh::Tanh,                           Experimental, "Grisham";
        "tit-for-tat"        => tit_for_tat::TitForTat,               Experimental, "Cohen";
        "whitepaper-sigmoid" => whitepaper_sigmoid::WhitepaperSigmoid, Experimental, "Benet";
    }
    ProviderFinder in find {
        "broadcast-only"     => broadcast_only::BroadcastOnly,        Stable, "private networks";
        "broadcast-then-dht" => broadcast_then_dht::BroadcastThenDht, Default, "boxo";
        "concurrent"         => concurrent::Concurrent,               Stable, "RFM16";
        "fallback"           => fallback::Fallback,                   Experimental, "ours";
        "limited-broadcast"  => limited_broadcast::LimitedBroadcast,  Stable, "boxo#937";
        "never"              => never::Never,                         Control, "ours";
        "peered-first"       => peered_first::PeeredFirst,            Stable, "Kubo";
        "relay-then-dht"     => relay_then_dht::RelayThenDht,         Experimental, "RFC BB L1-02";
        "routing-only"       => routing_only::RoutingOnly,            Stable, "RFM16";
        "shadow"             => shadow::Shadow,                       Experimental, "ours";
        "split"              => split::Split,                         Experimental, "ours";
    }
    Registry in registry {
        "fallback"           => fallback::Fallback,                   Experimental, "ours";
        "forgetful"          => forgetful::Forgetful,                 Control, "ours";
        "guided-relay"       => guided_relay::GuidedRelay,        Experimental, "RFC BB L1-02, 04";
        "shadow"             => shadow::Shadow,                       Experimental, "ours";
        "split"              => split::Split,                         Experimental, "ours";
        "ttl-relay"          => ttl_relay::TtlRelay,                  Default, "RFC BB L1-02";
        "want-inspection"    => want_inspection::WantInspection,      Experimental, "RFC BB L1-04";
    }
}

/// Every strategy, also those of [`extend`], by role in the order of [`Role::ALL`], then by name.
pub fn all() -> &'static [Entry] {
    extension::all(ALL)
}

/// Adds strategies of other crates to the catalog, for the whole process; once, before strategies
/// are chosen. From then on they have what those of this crate have: names in configuration and
/// command line, checked parameters, "did you mean", and the right to be a parameter of others.
///
/// # Errors
/// An [`ExtendError`]; nothing was added.
pub fn extend(entries: impl IntoIterator<Item = Entry>) -> Result<(), ExtendError> {
    extension::add(ALL, entries)
}

/// The strategies for `role`, by name.
pub fn of_role(role: Role) -> impl Iterator<Item = &'static Entry> {
    all().iter().filter(move |entry| entry.role == role)
}

/// The strategy called `name` for `role`.
///
/// # Errors
/// [`UnknownStrategy`] with the nearest name and all known ones; nothing was changed.
pub fn find(role: Role, name: &str) -> Result<&'static Entry, UnknownStrategy> {
    of_role(role).find(|entry| entry.name == name).ok_or_else(|| {
        let known: Vec<_> = of_role(role).map(|entry| entry.name).collect();
        let did_you_mean = did_you_mean(name, &known);
        UnknownStrategy { role, name: name.to_owned(), did_you_mean, known }
    })
}

/// The role called `name`.
///
/// # Errors
/// [`UnknownRole`] with the nearest name; nothing was changed.
pub fn role(name: &str) -> Result<Role, UnknownRole> {
    Role::of_name(name).ok_or_else(|| {
        let known = Role::ALL.map(Role::name);
        let did_you_mean = did_you_mean(name, &known);
        UnknownRole { name: name.to_owned(), did_you_mean }
    })
}

/// The strategy that plays `role` if nobody says otherwise.
pub const fn default_of(role: Role) -> &'static Entry {
    match role {
        Role::PeerSelector => const { the_default(Role::PeerSelector) },
        Role::TaskPrioritizer => const { the_default(Role::TaskPrioritizer) },
        Role::LedgerPolicy => const { the_default(Role::LedgerPolicy) },
        Role::ProviderFinder => const { the_default(Role::ProviderFinder) },
        Role::Registry => const { the_default(Role::Registry) },
    }
}

/// Runs while compiling only: for a role without a default it leaves the list, and nothing builds.
const fn the_default(role: Role) -> &'static Entry {
    let mut place = 0;
    while ALL[place].role as u8 != role as u8 || !matches!(ALL[place].status, Status::Default) {
        place += 1;
    }
    &ALL[place]
}
