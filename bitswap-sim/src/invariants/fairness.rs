//! Whether a peer that could be served is passed over for too long, or waits while nobody is
//! served: I10, by what is asked, stored, read and written, without the engine's word.

use std::collections::BTreeSet;
use std::time::Duration;

use bitswap_core::wire::{Entry, Message};
use bitswap_core::{Engine, EngineConfig, PeerDetail, ReadItem, SendId, Table, Timestamp};
use libp2p_identity::PeerId;

use super::peer::Peer;
use super::{CheckResult, InvariantChecker, name, violation};

/// The peers that wait, and the turns that others were given meanwhile.
#[derive(Debug, Default)]
pub(super) struct Fairness {
    /// Turns of serving that were given: each is a read of blocks that peers want.
    given: u64,
    /// The number of turns given when all peers were last looked at.
    seen: u64,
    /// Whether a wait may have begun since.
    stirred: bool,
    looked_at: Timestamp,
    /// Messages with blocks that are on their way to peers that take them.
    pub(super) moving: usize,
    /// When such a message was on its way last, or something was read.
    active_at: Timestamp,
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

    /// What a turn takes beside its read and its message: pauses in which messages wait for
    /// company.
    const TURN: Duration = Duration::from_secs(1);

    /// The store did not give these bytes.
    pub(super) fn deny(&mut self, of_bytes: u64) {
        self.denied.insert(of_bytes, ());
    }

    /// These bytes are here now: peers that wait for them are served.
    pub(super) fn restore(&mut self, of_bytes: u64) {
        self.denied.remove(&of_bytes);
        self.stirred = true;
    }

    /// Time passed in which the node did not run: nobody waited in it.
    pub(super) fn begin_anew(&mut self) {
        self.waiting = Table::default();
        self.stirred = true;
    }

    /// Whether the node serves somebody at this moment, or reads.
    pub(super) fn serves(&mut self, now: Timestamp, reads: bool) {
        if reads || self.moving > 0 {
            self.active_at = now;
        }
    }

    /// A message has landed, or is lost with its connection.
    pub(super) fn landed(&mut self, moving: usize) {
        self.moving -= moving;
        self.stirred = true;
    }

    /// A peer that takes back all that it could be sent does not wait for it, whatever it wants
    /// instead; one that wants more than there is `room` for may have, whatever it takes back.
    pub(super) fn said(
        &mut self,
        of_peer: u64,
        known: &Peer,
        message: &Message,
        (stored, room): (&Table<u64, ()>, usize),
    ) {
        self.stirred |= !message.entries.is_empty();
        let takes_back = |entry: &Entry| matches!(entry, Entry::Cancel { .. });
        let cancels = message.entries.iter().filter(|entry| takes_back(entry)).count();
        if !message.full && cancels == 0 {
            return;
        }
        let had_room = || known.wanted_bytes().count() + cancels <= room;
        let wanted = message.entries.iter().filter(|entry| !takes_back(entry));
        let wanted: BTreeSet<u64> = wanted.map(|entry| name::of_hash(entry.cid().hash())).collect();
        let may = |of_bytes: u64| {
            stored.contains(&of_bytes)
                && !self.denied.contains(&of_bytes)
                && !wanted.contains(&of_bytes)
        };
        if self.waiting.contains(&of_peer) && !(had_room() && known.servable().any(may)) {
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

    /// The driver says that a connection does not take what is sent on it: this message waits
    /// until it does, or is given up.
    pub fn takes_nothing(&mut self, peer: &PeerId, send: SendId) {
        if let Some(known) = self.peers.get_mut(&name::of_peer(peer)) {
            self.fairness.moving -= known.takes_nothing(send);
        }
    }

    /// The driver says that the node did not run for a while, or that its clock jumped.
    pub fn lost_time(&mut self) {
        self.fairness.begin_anew();
    }

    /// I10, before an input that comes late: it may serve whoever waited for it.
    pub(super) fn look_at_waiting(&mut self, engine: &Engine) -> CheckResult {
        self.fairness.serves(self.now, !self.open.reads.is_empty());
        let is_late = self.now >= self.fairness.looked_at.after(Fairness::TURN);
        if is_late && !self.fairness.waiting.is_empty() {
            return self.look_at_fairness(engine);
        }
        Ok(())
    }

    /// I10: a peer that was passed over for as long as anybody may be has the next turn, except for
    /// others that waited as long; and it does not wait for longer while nobody is served.
    pub(super) fn look_at_fairness(&mut self, engine: &Engine) -> CheckResult {
        let Self { fairness, peers, config, now, .. } = self;
        let is_still =
            fairness.given == fairness.seen && fairness.waiting.is_empty() && !fairness.stirred;
        if is_still || !config.serve || *now < fairness.looked_at.after(Fairness::SWEEP) {
            return Ok(());
        }
        (fairness.seen, fairness.looked_at, fairness.stirred) = (fairness.given, *now, false);
        let may_put_off = may_put_off(engine, config);
        let longest = config.limits.starvation;
        let others = peers.len() as u64;
        for (of_peer, known) in peers.iter() {
            let may =
                |of_bytes| self.stored.contains(&of_bytes) && !fairness.denied.contains(&of_bytes);
            let is_read = |of_bytes| self.open.is_reading(of_bytes);
            if !waits(known, may, is_read) {
                fairness.waiting.remove(of_peer);
                continue;
            }
            if is_put_off(engine, &known.id, may_put_off) {
                self.check_counts.leave_out(10, true);
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
            let idle = now.since(wait.since.max(fairness.active_at));
            if given <= others + 1 && idle <= longest + Fairness::TURN {
                continue;
            }
            let (peer, waited) = (known.id, now.since(wait.since));
            let detail = engine.explain_peer(*now, &peer);
            if is_held(&detail) {
                self.check_counts.leave_out(10, true);
                fairness.waiting.remove(of_peer);
                continue;
            }
            return violation(10, || {
                let PeerDetail { absent, queued, deferred, rank, .. } = detail;
                format!(
                    "{peer} waited {waited:?} for what is here, {given} turns went by, and for \
                     {idle:?} nobody was served; {queued} of its wants are queued at {rank:?}, \
                     {deferred} deferred, {absent} absent"
                )
            });
        }
        Ok(())
    }
}

/// Whether a node ever put a request off, or refused one and does not remember of whom: an account
/// that made room for another does not count its refusals any more.
fn may_put_off(engine: &Engine, config: &EngineConfig) -> bool {
    let server = &engine.stats().server;
    let is_full = || engine.gauges().accounts >= config.limits.accounts as u64;
    server.deferred + server.overflows > 0 || server.refused > 0 && is_full()
}

/// Whether a peer was refused, or all that it wants was put off or found no room.
fn is_put_off(engine: &Engine, peer: &PeerId, may_be: bool) -> bool {
    let has_none = || engine.standing(peer).is_none_or(|standing| standing.tasks == 0);
    engine.account(peer).is_some_and(|it| it.refusals > 0) || may_be && has_none()
}

/// Whether an upload limit or the prioritizer holds a peer back.
fn is_held(detail: &PeerDetail) -> bool {
    let is_put_off = detail.rank.is_none() && detail.ranked_again_at.is_some();
    detail.upload_free_at.is_some() || is_put_off
}

/// Whether a peer that takes what it is sent wants a block that may be sent, and nothing is read
/// for it or on its way to it.
fn waits(known: &Peer, may: impl Fn(u64) -> bool, is_read: impl Fn(u64) -> bool) -> bool {
    let mut servable = known.servable().filter(|of_bytes| may(*of_bytes)).peekable();
    let is_idle = known.flights() == 0 && known.not_taken.is_none();
    is_idle && servable.peek().is_some() && !known.wanted_bytes().any(is_read)
}
