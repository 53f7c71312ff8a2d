//! What stands before all inputs: the node's configuration and strategies, which a replay begins
//! with.

use std::sync::Arc;
use std::time::Duration;

use super::Recipe;
use super::form::{Fault, Pen, Put, Slip, Take};
use crate::config::{EngineConfig, Names, RelayConfig, TimeoutConfig};
use crate::limits::Limits;
use crate::strategy::{Role, StrategySet};
use crate::tuning::Tuning;

/// What a recording begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version of the program that recorded: another may decide otherwise.
    pub program: Arc<str>,
    /// The engine's configuration. Its [`names`](EngineConfig::names) are
    /// [`Names::Recorded`] if peers and CIDs are pseudonyms.
    pub config: EngineConfig,
    /// What the strategies were made of, one for each role.
    pub strategies: Vec<Recipe>,
}

impl Header {
    /// The header of a recording of an engine with this configuration and these strategies.
    /// Unless `keeps_names`, peers and CIDs are replaced by pseudonyms.
    pub fn new(
        program: &str,
        config: &EngineConfig,
        strategies: &StrategySet,
        keeps_names: bool,
    ) -> Self {
        let pseudonyms = (!keeps_names).then(|| config.keys());
        let recipe = |role| recipe_of(strategies, role).without_names(pseudonyms.as_ref());
        let names = if keeps_names { config.names } else { Names::Recorded };
        Self {
            program: Arc::from(program),
            config: EngineConfig { names, ..config.clone() },
            strategies: Role::ALL.map(recipe).to_vec(),
        }
    }

    /// Whether peers and CIDs stand in the recording as they are, and not as pseudonyms.
    pub fn keeps_names(&self) -> bool {
        self.config.names != Names::Recorded
    }
}

fn recipe_of(strategies: &StrategySet, role: Role) -> Recipe {
    let params = Arc::clone(strategies.params(role));
    Recipe { role, name: Arc::clone(strategies.name(role)), params }
}

structs! {
    Header { program, config, strategies }
    EngineConfig {
        seed, names, limits, have_replace_bytes, serve, timeouts, relay, tuning,
    }
    TimeoutConfig { initial, processing, min, max }
    RelayConfig {
        enabled, session_ttl, max_ttl, degree, life, wants_per_requester, wants,
        bytes_per_second_per_requester, ephemeral_bytes, ephemeral_bytes_per_requester,
        ephemeral_life,
    }
    Limits {
        peers, open_wants, wants_per_session, searches_per_session, calls, cids_per_call,
        session_members, session_view_wants, asks_per_answer, block_asks_per_want,
        block_asks_in_doubt, wants_for_a_new_peer, wants_per_peer, requests_per_peer, requests,
        presences_per_peer, reads, reads_per_peer, outstanding_bytes_per_peer, outstanding_bytes,
        upload_bytes_per_second, upload_bytes_per_second_per_peer, message_bytes,
        message_entries, accounts, recent_blocks, deferrals, dont_haves_in_a_row, starvation,
        held_back,
    }
    Tuning {
        retry, retry_doublings, reconnect_grace, newcomer_scan, coalesce_least, coalesce_most,
        coalesce_entries, answer_sample_most, send_attempts, reweigh_bytes, reweigh_parts,
        reweigh_least, reweigh_most,
    }
}

enums! {
    Names { 1 OfSeed, 2 Seeded(seed), 3 Recorded }
}

impl Put for [Duration; 3] {
    fn put(&self, pen: &mut Pen) {
        for time in self {
            time.put(pen);
        }
    }
}

impl Take for [Duration; 3] {
    fn take(slip: &mut Slip<'_, '_>) -> Result<Self, Fault> {
        Ok([Take::take(slip)?, Take::take(slip)?, Take::take(slip)?])
    }
}
