//! Whether a peer that could be served is passed over for too long, by what is asked, stored,
//! read and written alone: I10, without the engine's word.

use std::collections::BTreeSet;
use std::time::Duration;

use bitswap_core::wire::{Entry, Message};
use bitswap_core::{Engine, ReadItem, Table, Timestamp};

use super::peer::Peer;
use super::{CheckResult, InvariantChecker, name, violation};

/// The peers that wait, and the turns that others were given meanwhile.
#[derive(Debug, Default)]
pub(super) struct Fairness {
    /// Turns of serving that were given: each is a read of blocks that peers want.
    given: u64,
    /// The number of turns given when all peers were last looked at.
    seen: u64,
    looked_at: Timestamp,
    waiting: Table<u64, Wait>,
    /// Names of bytes that the store once failed to give: requests for them were turned down.
    denied: Table<u64, ()>,
}

/// A peer with a servable want and nothing on its way to it.
#[derive(Clone, Copy, Debug)]
struct Wait {
    since: Timestamp,
    /// Turns given when it had waited for as long as anybody may.
    starving_at: Option<u64>,
}

impl Fairness {
    /// How often all peers are looked at, at most.
    const SWEEP: Duration = Duration::from_millis(200);

    /// The store did not give these bytes.
    pub(super) fn deny(&mut self, of_bytes: u64) {
        self.denied.insert(of_bytes, ());
    }

    /// These bytes are here now: peers that wait for them are served.
    pub(super) fn restore(&mut self, of_bytes: u64) {
        self.denied.remove(&of_bytes);
    }

    /// A peer that takes back all that it could be sent does not wait for it, whatever it wants
    /// instead.
    pub(super) fn said(
        &mut self,
        of_peer: u64,
        known: &Peer,
        message: &Message,
        stored: &Table<u64, ()>,
    ) {
        let takes_back = |entry: &Entry| matches!(entry, Entry::Cancel { .. });
        if !message.full && !message.entries.iter().any(takes_back) {
            return;
        }
        let wanted = message.entries.iter().filter(|entry| !takes_back(entry));
        let wanted: BTreeSet<u64> = wanted.map(|entry| name::of_hash(entry.cid().hash())).collect();
        let may = |of_bytes: u64| {
            stored.contains(&of_bytes)
                && !self.denied.contains(&of_bytes)
                && !wanted.contains(&of_bytes)
        };
        if self.waiting.contains(&of_peer) && !known.servable().any(may) {
            self.waiting.remove(&of_peer);
        }
    }

    pub(super) fn forget(&mut self, of_peer: u64) {
        self.waiting.remove(&of_peer);
    }
}

impl InvariantChecker {
    /// Blocks are read: a turn of whoever wants them.
    pub(super) fn note_turn(&mut self, items: &[ReadItem]) {
        let is_own = |item: &ReadItem| self.callers.waiting_for(name::of_cid(&item.cid)) > 0;
        if items.iter().any(|item| item.size_only || is_own(item)) {
            return;
        }
        self.fairness.given += 1;
        for (of_peer, known) in self.peers.iter() {
            if items.iter().any(|item| known.wants.contains(&name::of_cid(&item.cid))) {
                self.fairness.waiting.remove(of_peer);
            }
        }
    }

    /// I10: a peer that was passed over for as long as anybody may be has the next turn, except for
    /// others that waited as long.
    pub(super) fn look_at_fairness(&mut self, engine: &Engine) -> CheckResult {
        let Self { fairness, peers, config, now, .. } = self;
        let is_early = *now < fairness.looked_at.after(Fairness::SWEEP);
        if fairness.given == fairness.seen || is_early {
            return Ok(());
        }
        (fairness.seen, fairness.looked_at) = (fairness.given, *now);
        // A policy may put requests off, which nobody outside sees.
        let server = &engine.stats().server;
        if !config.serve || server.deferred + server.overflows > 0 {
            self.check_counts.leave_out(10, true);
            return Ok(());
        }
        let longest = config.limits.starvation;
        let others = peers.len() as u64;
        for (of_peer, known) in peers.iter() {
            let refusals = engine.account(&known.id).map_or(0, |account| account.refusals);
            let may =
                |of_bytes| self.stored.contains(&of_bytes) && !fairness.denied.contains(&of_bytes);
            let is_read = |of_bytes| self.open.is_reading(of_bytes);
            if refusals > 0 || !waits(known, may, is_read) {
                fairness.waiting.remove(of_peer);
                continue;
            }
            self.check_counts.note(10);
            let fresh = Wait { since: *now, starving_at: None };
            let wait = fairness.waiting.or_insert_with(*of_peer, || fresh);
            if *now < wait.since.after(longest) {
                continue;
            }
            let given = fairness.given - *wait.starving_at.get_or_insert(fairness.given);
            if given > others + 1 {
                let waited = now.since(wait.since);
                let peer = known.id;
                return violation(10, || {
                    format!("{peer} waited {waited:?} for what is here, and {given} turns went by")
                });
            }
        }
        Ok(())
    }
}

/// Whether a peer wants a block that may be sent, and nothing is read for it or on its way to it.
fn waits(known: &Peer, may: impl Fn(u64) -> bool, is_read: impl Fn(u64) -> bool) -> bool {
    let mut servable = known.servable().filter(|of_bytes| may(*of_bytes)).peekable();
    let is_idle = known.flights() == 0;
    is_idle && servable.peek().is_some() && !known.wanted_bytes().any(is_read)
}
