//! Whether a peer that could be served is passed over for too long: I10.

use std::time::Duration;

use bitswap_core::strategy::{NamedStrategy, Role};
use bitswap_core::{QueuePosition, Table, Timestamp};

use super::{CheckResult, violation};

/// Peers that wait for a turn, by name.
#[derive(Debug, Default)]
pub(super) struct Turns {
    waiting: Table<u64, Wait>,
    /// The node's count of turns when all peers were last looked at.
    pub(super) seen: u64,
    /// How many times strategies were replaced.
    generation: u64,
    /// The generation in which whatever decides about ranks was replaced last.
    ranked_since: u64,
    /// Whether that was in the last input.
    was_replaced: bool,
}

#[derive(Debug)]
struct Wait {
    since: Timestamp,
    /// The node's count of turns when it was last served.
    turn: u64,
    /// Whether blocks were on their way to it: its turn ends with the last of them.
    is_served: bool,
    /// The node's count of turns when it had waited for as long as anybody may.
    starving_at: Option<u64>,
}

impl Turns {
    /// Strategies are about to be replaced. The weights of a ledger policy count in ranks, too.
    pub(super) fn replaced(&mut self, strategies: &[NamedStrategy]) {
        self.generation += u64::from(!strategies.is_empty());
        let ranks =
            |one: &NamedStrategy| matches!(one.role(), Role::TaskPrioritizer | Role::LedgerPolicy);
        if strategies.iter().any(ranks) {
            self.ranked_since = self.generation;
            self.was_replaced = true;
        }
    }

    /// Whether all peers must be looked at, since ranks may be old.
    pub(super) const fn look_at_all(&mut self) -> bool {
        std::mem::replace(&mut self.was_replaced, false)
    }

    /// A peer stands so now. It is served before others get more than a turn each, once it has
    /// waited for as long as anybody may.
    pub(super) fn stands(
        &mut self,
        (now, turns): (Timestamp, u64),
        peer: u64,
        standing: QueuePosition,
        (longest, others): (Duration, usize),
    ) -> CheckResult {
        if standing.tasks == 0 || standing.is_capped {
            self.waiting.remove(&peer);
            return Ok(());
        }
        if standing.ranked_in < self.ranked_since {
            let (old, new) = (standing.ranked_in, self.ranked_since);
            return violation(10, || {
                format!("a peer waits at a rank of generation {old}, and ranks are of {new} now")
            });
        }
        let is_served = standing.outstanding_bytes > 0;
        let fresh = || Wait { since: now, turn: standing.turn, is_served, starving_at: None };
        let wait = self.waiting.or_insert_with(peer, fresh);
        if wait.turn != standing.turn || wait.is_served && !is_served {
            *wait = fresh();
        }
        if now < wait.since.after(longest) {
            return Ok(());
        }
        let given = turns - *wait.starving_at.get_or_insert(turns);
        if given > others as u64 + 1 {
            let waited = now.since(wait.since);
            return violation(10, || {
                format!("a peer waited {waited:?}, and {given} turns since went to others")
            });
        }
        Ok(())
    }

    pub(super) fn are_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn forget(&mut self, peer: u64) {
        self.waiting.remove(&peer);
    }
}
