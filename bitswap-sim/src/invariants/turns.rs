//! Whether a peer that could be served is passed over for too long: I10.

use std::time::Duration;

use bitswap_core::{QueuePosition, Table, Timestamp};

use super::{CheckResult, violation};

/// Peers that wait for a turn, by name.
#[derive(Debug, Default)]
pub(super) struct Turns {
    waiting: Table<u64, Wait>,
    /// The node's count of turns when all peers were last looked at.
    pub(super) seen: u64,
}

#[derive(Debug)]
struct Wait {
    since: Timestamp,
    /// The node's count of turns when it was last served.
    turn: u64,
    /// The node's count of turns when it had waited for as long as anybody may.
    starving_at: Option<u64>,
}

impl Turns {
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
        let fresh = Wait { since: now, turn: standing.turn, starving_at: None };
        let wait = self.waiting.or_insert_with(peer, || fresh);
        if wait.turn != standing.turn {
            *wait = Wait { since: now, turn: standing.turn, starving_at: None };
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
