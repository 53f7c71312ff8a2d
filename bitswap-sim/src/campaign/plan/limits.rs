//! What the numbers of a player stand for: its limits, its settings and its strategies.

use std::time::Duration;

use bitswap_core::strategy::{Role, StrategySet};
use bitswap_core::{EngineConfig, Limits, PatienceConfig, RelayConfig};
use bitswap_strategies::catalog::StrategyChoice;

use super::{Player, What};
use crate::chaos;

/// By role in the order of [`Role::ALL`]. New names go to the end: old plans keep their meaning.
const NAMES: [&[&str]; 5] = [
    &["probabilistic", "random"],
    &["least-queued-peer", "fifo"],
    &["debt-ratio", "open"],
    &["broadcast-then-dht", "never"],
    &["ttl-relay", "forgetful"],
];

/// The four bits that stand for chaos in a role.
const CHAOS: u32 = 15;
/// Where the bits of the ledger policy begin.
const LEDGER: u32 = 8;
/// Where those of the provider finder begin.
const FINDER: u32 = 12;

/// Places of limits that one may want to set.
pub(super) const OUTSTANDING_BYTES: u32 = 13;
pub(super) const STARVATION: u32 = 20;
/// A tenth of what may be wanted at once: of the node, of a session, by a peer, by all peers.
pub(super) const FEWER_WANTS: u64 = 3 | 3 << 2 | 3 << 20 | 3 << 22;

impl Player {
    /// Whether it keeps to the rules.
    pub const fn is_honest(&self) -> bool {
        self.hostile == 0
    }

    /// Whether its ledger policy is chaos.
    pub const fn refuses_at_random(&self) -> bool {
        self.strategies >> LEDGER & CHAOS == CHAOS
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

    /// Whether its provider finder goes on for as long as somebody waits.
    pub const fn searches(&self) -> bool {
        self.strategies >> FINDER & CHAOS == 0
    }

    /// What its engine is made with.
    pub fn config(&self) -> EngineConfig {
        let setting = |place: u32| (self.settings >> place & 3) as usize;
        EngineConfig {
            limits: limits(self.limits),
            have_replace_bytes: [1_024, 0, 10_000, 1][setting(0)],
            patience: patience(setting(8)),
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
    for (place, (role, names)) in Role::ALL.into_iter().zip(NAMES).enumerate() {
        let number = numbers >> (4 * place) & CHAOS;
        chaotic |= u64::from(number == CHAOS) << place;
        if let Some(name) = names.get(number as usize) {
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

/// How many strategies there are for each role.
pub(super) fn choices() -> [u32; 5] {
    NAMES.map(|names| names.len() as u32)
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
        wants_per_asker: pick(23, usual.wants_per_asker as u64) as usize,
        wants: pick(24, usual.wants as u64) as usize,
        bytes_per_second_per_asker: pick(25, usual.bytes_per_second_per_asker),
        shelf_bytes: pick(26, usual.shelf_bytes),
        shelf_bytes_per_asker: pick(27, usual.shelf_bytes_per_asker),
        life: Duration::from_secs(pick(28, usual.life.as_secs())),
        ..usual
    }
}

fn patience(choice: usize) -> PatienceConfig {
    let usual = PatienceConfig::default();
    let ms = Duration::from_millis;
    match choice {
        0 | 1 => usual,
        2 => PatienceConfig { most: ms(200), ..usual },
        _ => PatienceConfig { unknown: ms(500), processing: ms(50), most: ms(2_000), ..usual },
    }
}

impl What {
    /// Whether it ends something that went wrong before.
    pub const fn heals(self) -> bool {
        matches!(self, Self::Knot | Self::Mend)
    }
}
