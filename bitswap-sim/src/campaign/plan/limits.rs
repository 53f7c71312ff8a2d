//! What the numbers of a player stand for: its limits, its settings and its strategies.

use std::time::Duration;

use bitswap_core::strategy::{Role, StrategySet};
use bitswap_core::{EngineConfig, Limits, RelayConfig, TimeoutConfig};
use bitswap_strategies::catalog::{self, StrategyChoice};

use super::{FaultKind, Player};
use crate::chaos;
use crate::hostile::Kind;

/// By role in the order of [`Role::ALL`]: what the first numbers mean, in old plans too. The others
/// are the catalog's other names, in its order.
const FIRST: [&[&str]; 5] = [
    &["probabilistic", "random"],
    &["least-queued-peer", "fifo"],
    &["debt-ratio", "open"],
    &["broadcast-then-dht", "never"],
    &["ttl-relay", "forgetful"],
];

/// Kinds of hostile peers, by their numbers from 1; new ones go to the end.
const KINDS: [Kind; 18] = [
    Kind::Bomber,
    Kind::CancelStorm,
    Kind::DontHaveLiar,
    Kind::Dripper,
    Kind::Flooder,
    Kind::HaveLiar,
    Kind::JunkSender,
    Kind::PresenceSpammer,
    Kind::RelayLooper,
    Kind::ShapeShifter,
    Kind::Slowloris,
    Kind::Staller,
    Kind::StreamHog,
    Kind::Sybil,
    Kind::DeafFlooder,
    Kind::StandingReader,
    Kind::Squatter,
    Kind::HalfOpener,
];
/// The first of them act; the others hold what they can, and are drawn with dice of their own.
pub(super) const ACTIVE: u64 = 15;

/// The four bits that stand for chaos in a role.
const CHAOS: u32 = 15;

/// Places of limits that one may want to set.
pub(super) const OUTSTANDING_BYTES: u32 = 13;
pub(super) const STARVATION: u32 = 20;
/// A tenth of what may be wanted at once: of the node, of a session, by a peer, by all peers.
pub(super) const FEWER_WANTS: u64 = 3 | 3 << 2 | 3 << 20 | 3 << 22;

impl Player {
    /// Of a hostile player's number, that it is as eager as it can be.
    pub const WILD: u8 = 128;
    /// Of an honest player's settings, that a few peers can fill its table of requests.
    pub const FEW_REQUESTS: u32 = 1 << 10;
    /// So many requests are few.
    const FEW: usize = 1_100;

    /// Whether it keeps to the rules.
    pub const fn is_honest(&self) -> bool {
        self.hostile == 0
    }

    /// What kind of hostile peer it is, if it is one.
    pub fn hostile(&self) -> Option<Kind> {
        let number = self.hostile.checked_sub(1)? & !Self::WILD;
        Some(KINDS[usize::from(number) % KINDS.len()])
    }

    /// The name of its strategy in `role`; `None` is chaos. Numbers of none stand for the first.
    pub fn strategy(&self, role: Role) -> Option<&'static str> {
        let number = self.strategies >> (4 * role as u32) & CHAOS;
        let names = few_names(role);
        let known = names.get(number as usize).or_else(|| names.first());
        known.copied().filter(|_| number != CHAOS)
    }

    /// Whether it is as most nodes are: honest, with usual limits, a good store and no chaos.
    pub fn is_plain(&self) -> bool {
        let has_good_store = self.store <= 10_000 && self.store_faults == 0;
        let stays = self.is_honest() && self.leaves == 0;
        let is_usual = self.limits == 0 && self.settings == 0 && self.is_calm();
        stays && is_usual && has_good_store
    }

    /// Whether none of its strategies is chaos.
    pub fn is_calm(&self) -> bool {
        (0..5).all(|role| self.strategies >> (4 * role) & CHAOS != CHAOS)
    }

    /// What its engine is made with.
    pub fn config(&self) -> EngineConfig {
        let setting = |place: u32| (self.settings >> place & 3) as usize;
        let mut limits = limits(self.limits);
        if self.settings & Self::FEW_REQUESTS != 0 {
            limits.requests = limits.requests.min(Self::FEW);
        }
        EngineConfig {
            limits,
            have_replace_bytes: [1_024, 0, 10_000, 1][setting(0)],
            timeouts: patience(setting(8)),
            relay: RelayConfig {
                enabled: setting(2) != 1,
                session_ttl: [1, 0, 2, 4][setting(4)],
                max_ttl: [2, 0, 1, 4][setting(6)],
                ..relay(self.limits)
            },
            ..EngineConfig::seeded(0)
        }
    }

    /// What it is judged by.
    pub fn strategies(&self) -> StrategySet {
        strategies(self.strategies)
    }
}

/// The strategies that these numbers stand for.
pub(in crate::campaign) fn strategies(numbers: u32) -> StrategySet {
    let mut choice = StrategyChoice::default();
    let mut chaotic = 0;
    for (place, role) in Role::ALL.into_iter().enumerate() {
        let number = numbers >> (4 * place) & CHAOS;
        chaotic |= u64::from(number == CHAOS) << place;
        if let Some(name) = few_names(role).get(number as usize) {
            let named = format!("{}={name}", role.name());
            choice = choice.clone().with_text(&named).unwrap_or(choice);
        }
    }
    let calm = choice.build();
    let mut set = chaos::strategies(chaotic);
    if let Ok(calm) = calm {
        let is_calm = |place: u32| chaotic >> place & 1 == 0;
        set.peer_selector = if is_calm(0) { calm.peer_selector } else { set.peer_selector };
        set.task_prioritizer =
            if is_calm(1) { calm.task_prioritizer } else { set.task_prioritizer };
        set.ledger_policy = if is_calm(2) { calm.ledger_policy } else { set.ledger_policy };
        set.provider_finder = if is_calm(3) { calm.provider_finder } else { set.provider_finder };
        set.registry = if is_calm(4) { calm.registry } else { set.registry };
    }
    set
}

/// The names of a role's strategies, by their numbers.
pub(super) fn names(role: Role) -> Vec<&'static str> {
    let first = Role::ALL.iter().position(|it| *it == role).map_or(&[][..], |place| FIRST[place]);
    let all = catalog::of_role(role).map(|entry| entry.name);
    let others = all.filter(|name| !first.contains(name));
    first.iter().copied().chain(others).collect()
}

/// Those whose numbers have room in four bits, beside chaos.
fn few_names(role: Role) -> Vec<&'static str> {
    let mut names = names(role);
    names.truncate(CHAOS as usize);
    names
}

/// How many strategies of each role a player's number can name.
pub(super) fn choices() -> [u32; 5] {
    Role::ALL.map(|role| few_names(role).len() as u32)
}

/// Each limit is as usual, 1, 2 or a tenth.
fn limits(bits: u64) -> Limits {
    let usual = Limits::default();
    let pick = |place: u32, usual: u64| match bits >> (2 * place) & 3 {
        0 => usual,
        1 => 1,
        2 => 2,
        _ => (usual / 10).max(1),
    };
    let size = |place: u32, usual: usize| pick(place, usual as u64) as usize;
    let count = |place: u32, usual: u32| pick(place, u64::from(usual)) as u32;
    let time = |place: u32, usual: Duration| match bits >> (2 * place) & 3 {
        3 => usual / 10,
        _ => Duration::from_secs(pick(place, usual.as_secs())),
    };
    Limits {
        peers: if bits >> 58 & 3 == 3 { usual.peers / 10 } else { usual.peers },
        open_wants: size(0, usual.open_wants),
        wants_per_session: size(1, usual.wants_per_session),
        searches_per_session: size(2, usual.searches_per_session),
        calls: size(3, usual.calls),
        cids_per_call: size(4, usual.cids_per_call),
        session_members: size(5, usual.session_members),
        session_view_wants: size(6, usual.session_view_wants),
        asks_per_answer: size(7, usual.asks_per_answer),
        block_asks_per_want: size(8, usual.block_asks_per_want),
        block_asks_in_doubt: size(30, usual.block_asks_in_doubt),
        wants_for_a_new_peer: size(9, usual.wants_for_a_new_peer),
        wants_per_peer: size(31, usual.wants_per_peer),
        requests_per_peer: size(10, usual.requests_per_peer),
        // Whoever fills the table of all shuts everybody out: no other limit does that.
        requests: if bits >> 22 & 3 == 3 { usual.requests / 10 } else { usual.requests },
        presences_per_peer: usual.presences_per_peer,
        reads: size(31, usual.reads),
        reads_per_peer: size(31, usual.reads_per_peer),
        outstanding_bytes_per_peer: pick(12, usual.outstanding_bytes_per_peer),
        outstanding_bytes: pick(OUTSTANDING_BYTES, usual.outstanding_bytes),
        upload_bytes_per_second: usual.upload_bytes_per_second,
        upload_bytes_per_second_per_peer: usual.upload_bytes_per_second_per_peer,
        message_bytes: size(14, usual.message_bytes),
        message_entries: size(15, usual.message_entries),
        accounts: size(16, usual.accounts),
        recent_blocks: size(17, usual.recent_blocks),
        deferrals: count(18, usual.deferrals),
        dont_haves_in_a_row: count(19, usual.dont_haves_in_a_row),
        starvation: time(STARVATION, usual.starvation),
        held_back: time(21, usual.held_back),
    }
}

fn relay(bits: u64) -> RelayConfig {
    let usual = RelayConfig::default();
    let pick = |place: u32, usual: u64| match bits >> (2 * place) & 3 {
        0 => usual,
        1 => 1,
        2 => 2,
        _ => (usual / 10).max(1),
    };
    RelayConfig {
        degree: pick(22, usual.degree as u64) as usize,
        wants_per_requester: pick(23, usual.wants_per_requester as u64) as usize,
        wants: pick(24, usual.wants as u64) as usize,
        bytes_per_second_per_requester: pick(25, usual.bytes_per_second_per_requester),
        ephemeral_bytes: pick(26, usual.ephemeral_bytes),
        ephemeral_bytes_per_requester: pick(27, usual.ephemeral_bytes_per_requester),
        life: Duration::from_secs(pick(28, usual.life.as_secs())),
        ..usual
    }
}

fn patience(choice: usize) -> TimeoutConfig {
    let usual = TimeoutConfig::default();
    let ms = Duration::from_millis;
    match choice {
        0 | 1 => usual,
        2 => TimeoutConfig { max: ms(200), ..usual },
        _ => TimeoutConfig { initial: ms(500), processing: ms(50), max: ms(2_000), ..usual },
    }
}

impl FaultKind {
    /// Whether it ends something that went wrong before.
    pub const fn heals(self) -> bool {
        matches!(self, Self::Connect | Self::Mend)
    }
}
