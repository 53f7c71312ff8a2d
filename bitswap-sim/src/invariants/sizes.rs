//! Every table is within its limit: I7, and the bounds of I12.
//!
//! Each limit is counted when its table is full, for only then would one more be seen.

use bitswap_core::wire::WantKind;
use bitswap_core::{Engine, Gauges};
use libp2p_identity::PeerId;

use super::{CheckResult, InvariantChecker, name, violation};

/// A table, its size, and its limit.
type Bound = (&'static str, u64, u64);

impl InvariantChecker {
    /// So many calls are walked after each input, for the sizes of their sessions.
    const WALKED: u64 = 64;

    /// I7, I12: every table is within its limit.
    pub(super) fn look_at_sizes(&mut self, engine: &Engine) -> CheckResult {
        let gauges = engine.gauges();
        self.look_at_node(engine, &gauges)?;
        self.look_at_sessions(engine, &gauges)?;
        if let Some(peer) = self.current.peer {
            self.look_at_peer(engine, &peer)?;
        }
        self.look_at_bytes(engine)?;
        self.look_at_asks(engine)?;
        if gauges.wants as usize > self.callers.wants() {
            let (wants, waiting) = (gauges.wants, self.callers.wants());
            return violation(4, || format!("{wants} wants are open, callers wait for {waiting}"));
        }
        self.relay.within_bounds(self.now, &gauges)
    }

    fn look_at_node(&mut self, engine: &Engine, gauges: &Gauges) -> CheckResult {
        let limits = &self.config.limits;
        let bytes = limits.outstanding_bytes + self.over();
        let bounds = [
            ("peers", gauges.peers, limits.peers as u64),
            ("calls", gauges.calls, limits.calls as u64),
            ("wants", gauges.wants, limits.open_wants as u64),
            ("requests", gauges.requests, limits.requests as u64),
            ("accounts", gauges.accounts, limits.accounts as u64),
            ("bytes on their way", gauges.outstanding_bytes, bytes),
        ];
        if gauges.asked + gauges.held_back + gauges.searches > gauges.wants {
            return violation(7, || format!("fewer wants than by phase: {gauges:?}"));
        }
        self.within(&bounds)?;
        let held = engine.held_until().map_or(0, |at| at.since(self.now).as_nanos() as u64);
        self.within(&[("nanoseconds are held back", held, self.held_back())])?;
        match self.current.too_long.iter().find(|call| self.callers.is_open(**call)) {
            Some(call) => violation(7, || format!("{call:?} has more CIDs than any may have")),
            None => Ok(()),
        }
    }

    /// I7: a session's members and wants. Where there are many calls, not after each input.
    fn look_at_sessions(&mut self, engine: &Engine, gauges: &Gauges) -> CheckResult {
        self.looks += 1;
        if !self.looks.is_multiple_of(1 + gauges.calls / Self::WALKED) {
            return Ok(());
        }
        let (members, wants) =
            (self.config.limits.session_members, self.config.limits.wants_per_session);
        for session in self.callers.some_sessions(self.looks) {
            if let Some(sizes) = engine.session_sizes(session) {
                self.within(&[
                    ("members of a session", sizes.members as u64, members as u64),
                    ("wants of a session", sizes.started as u64, wants as u64),
                ])?;
            }
        }
        Ok(())
    }

    /// I7: what one peer has of ours.
    fn look_at_peer(&mut self, engine: &Engine, peer: &PeerId) -> CheckResult {
        let (limits, relay) = (&self.config.limits, &self.config.relay);
        let (wants, bytes) = engine.passed_on_for(peer);
        let requests = engine.requests_of(peer) as u64;
        let bounds = [
            ("requests of one peer", requests, limits.requests_per_peer as u64),
            ("wants passed on for one peer", wants as u64, relay.wants_per_requester as u64),
            ("bytes kept for one peer", bytes, relay.ephemeral_bytes_per_requester),
        ];
        self.within(&bounds)
    }

    /// I7: what is on its way to one peer, where turns were given.
    fn look_at_bytes(&mut self, engine: &Engine) -> CheckResult {
        if engine.turns() == self.turns.seen {
            return Ok(());
        }
        let standings = self.peers.values().filter_map(|known| engine.standing(&known.id));
        let bytes = standings.map(|standing| standing.outstanding_bytes).max().unwrap_or(0);
        let most = self.config.limits.outstanding_bytes_per_peer + self.over();
        self.within(&[("bytes on their way to one peer", bytes, most)])
    }

    /// I7: how many are asked for one block, and what a newcomer is asked for at once.
    fn look_at_asks(&mut self, engine: &Engine) -> CheckResult {
        let told = std::mem::take(&mut self.current.told);
        let limits = &self.config.limits;
        let (usual, in_doubt) = (limits.block_asks_per_want, limits.block_asks_in_doubt);
        let at_once = limits.wants_for_a_new_peer as u64;
        for (_, cid, kind) in &told {
            if let Some(asks) = engine.block_asks(cid).filter(|_| *kind == WantKind::Block) {
                let most = if asks.in_doubt { usual.max(in_doubt) } else { usual };
                self.within(&[("block asks for one want", asks.open as u64, most as u64)])?;
            }
        }
        // A member is asked for what its sessions want.
        let newcomer = self.current.newcomer.filter(|peer| !engine.is_member(peer));
        if let Some(of_peer) = newcomer.as_ref().map(name::of_peer) {
            let asked =
                told.iter().filter(|(to, _, kind)| *to == of_peer && *kind == WantKind::Have);
            let asked = asked.count() as u64;
            // It may have come at the very moment of a broadcast.
            let broadcasts = engine.stats().client.broadcasts - self.current.broadcasts;
            self.within(&[("want-haves for a newcomer", asked, at_once + broadcasts)])?;
        }
        self.current.told = told;
        Ok(())
    }

    /// By how much the last turn may go over a limit of bytes: it is a message of small blocks, or
    /// one block.
    fn over(&self) -> u64 {
        self.largest.max(self.config.limits.message_bytes as u64).saturating_sub(1)
    }

    fn held_back(&self) -> u64 {
        u64::try_from(self.config.limits.held_back.as_nanos()).unwrap_or(u64::MAX)
    }

    fn within(&mut self, bounds: &[Bound]) -> CheckResult {
        for (what, size, limit) in bounds {
            self.check_counts.note_many(7, u64::from(size == limit));
            if size > limit {
                return violation(7, || format!("{size} {what}, at most {limit}"));
            }
        }
        Ok(())
    }
}
