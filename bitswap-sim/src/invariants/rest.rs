//! What must be true when nothing more happens, within a node and between two.

use bitswap_core::wire::WantKind;
use bitswap_core::{Engine, PeerWant, Timestamp};
use libp2p_identity::PeerId;

use super::peer::{Peer, SentWant};
use super::{CheckResult, InvariantChecker, InvariantViolation, name, violation};

impl InvariantChecker {
    /// Everybody has got or given up what they wanted, and nothing is on its way: nothing is left.
    ///
    /// # Errors
    /// What is left.
    pub fn rest(&mut self, engine: &Engine) -> Result<(), InvariantViolation> {
        for invariant in [1, 8, 12] {
            self.check_counts.note(invariant);
        }
        if !self.callers.are_gone() {
            let (calls, wants) = (self.callers.len(), self.callers.wants());
            return violation(1, || format!("{calls} calls never ended, for {wants} CIDs"));
        }
        if let Some(place) = engine.leftover() {
            return violation(8, || format!("nobody waits for anything, and there are {place}"));
        }
        if let Some(place) = engine.leftover_of_others() {
            return violation(8, || format!("nobody wants anything of us, and there are {place}"));
        }
        Ok(())
    }
}

/// One node's list of what it told another one of its wants, and the other's list of what it was
/// told, agree, and nothing that is over is left on them; both must be connected, and nothing on
/// its way. Both are named as the other one knows them.
///
/// # Errors
/// What they do not agree about.
pub fn agree(
    (one, engine, own): (&mut InvariantChecker, &Engine, &PeerId),
    other: (&InvariantChecker, &Engine, &PeerId),
) -> Result<(), InvariantViolation> {
    one.check_counts.note(5);
    one.check_counts.note(6);
    let told = one.peers.get(&name::of_peer(other.2)).map_or(0, |known| known.sent_wants.len());
    if one.callers.are_gone() && told > 0 {
        return violation(6, || format!("{told} wants that are over were never cancelled"));
    }
    agree_on_list((one, engine, own), other)
}

impl InvariantChecker {
    /// Whether answers to a peer may have been lost, so that it waits for what this node forgot.
    pub(crate) fn may_have_lost_answers(&self, peer: &PeerId) -> bool {
        self.peers.get(&name::of_peer(peer)).is_none_or(|known| known.resets > 0)
    }
}

/// One node's list of what it told another one of its wants, and the other's list of what it was
/// told, agree, also while wants are open; both must be connected, and nothing on its way.
///
/// # Errors
/// What they do not agree about.
pub fn agree_while_open(
    one: (&mut InvariantChecker, &Engine, &PeerId),
    other: (&InvariantChecker, &Engine, &PeerId),
) -> Result<(), InvariantViolation> {
    // A list that makes good what was lost may wait for company.
    if one.0.peers.get(&name::of_peer(other.2)).is_some_and(Peer::is_unsure) {
        one.0.check_counts.leave_out(5, true);
        return Ok(());
    }
    agree_on_list(one, other)
}

fn agree_on_list(
    (one, engine, own): (&mut InvariantChecker, &Engine, &PeerId),
    (theirs, other, peer): (&InvariantChecker, &Engine, &PeerId),
) -> CheckResult {
    // Before the first list a peer may remember what was wanted in another life.
    let known = one.peers.get(&name::of_peer(peer)).filter(|known| known.spoken);
    let Some(known) = known else {
        return Ok(());
    };
    one.check_counts.note_many(5, known.sent_wants.len() as u64);
    let believed = engine.told_to(peer);
    let names = sorted(believed.iter().map(|(cid, _)| name::of_cid(cid)));
    let told = &known.sent_wants;
    if names.len() != told.len() || !names.iter().all(|name| told.contains(name)) {
        let (names, told) = (names.len(), told.len());
        return violation(5, || {
            format!("{peer} is thought to know of {names} wants, not of {told}")
        });
    }
    let wants = other.wants_of(Timestamp::ZERO, own, 0, usize::MAX).unwrap_or_default();
    if let Some(ghost) = wants.iter().find(|want| !told.contains(&name::of_cid(&want.cid))) {
        return violation(5, || format!("{peer} remembers {}, which is not wanted", ghost.cid));
    }
    verdict_of_kinds(known, &wants)?;
    let Some((of_cid, kind)) = forgotten(one, known, &wants) else {
        return Ok(());
    };
    if may_forget(known, (theirs, other), own) {
        one.check_counts.leave_out(5, true);
        return Ok(());
    }
    let cid = believed.iter().find(|(cid, _)| name::of_cid(cid) == of_cid);
    let cid = cid.map(|(cid, _)| cid.to_string()).unwrap_or_default();
    violation(5, || {
        format!("{peer} was told a live want ({kind:?}), and forgot it unanswered: {cid}")
    })
}

/// These names in order, each once.
fn sorted(names: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut names: Vec<u64> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What a peer was told and did not answer, it remembers, as long as anybody here waits for it: an
/// answer to what is over may be passed over unread. The name and kind of a want that it forgot.
fn forgotten(one: &InvariantChecker, known: &Peer, wants: &[PeerWant]) -> Option<(u64, WantKind)> {
    let listed = sorted(wants.iter().map(|want| name::of_cid(&want.cid)));
    let is_live = |of_cid: u64| one.callers.waiting_for(of_cid) > 0;
    let is_forgotten = |(of_cid, told): &(&u64, &SentWant)| {
        !told.answered && listed.binary_search(of_cid).is_err() && is_live(**of_cid)
    };
    known.sent_wants.iter().find(is_forgotten).map(|(of_cid, told)| (*of_cid, told.kind))
}

/// Whether a peer had a reason to forget a want and not to say so: no room, a policy that refused
/// us, an answer that could not be written to us, or a dialect in which a want may not be
/// understood or a "no" not be said.
fn may_forget(known: &Peer, (theirs, other): (&InvariantChecker, &Engine), own: &PeerId) -> bool {
    let stats = other.stats();
    let has_words =
        known.capabilities.protocol.has_prefixes() && known.capabilities.protocol.has_presences();
    let dropped = stats.server.overflows + stats.wire.over_budget + stats.wire.unusable;
    // Accounts, which count refusals by peer, make room for others.
    let keeps_all = other.gauges().accounts < theirs.config.limits.accounts as u64;
    let refused = if keeps_all {
        other.account(own).map_or(0, |account| account.refusals.into())
    } else {
        stats.server.refused
    };
    let lost = theirs.peers.get(&name::of_peer(own)).is_none_or(|known| known.lost_sends > 0);
    !has_words || lost || refused + dropped > 0
}

/// A peer remembers each want as it was told: for the block, and not only whether it is there. It
/// may remember more: a list that is sent anew takes no want-block back that asks for less now.
fn verdict_of_kinds(known: &Peer, wants: &[PeerWant]) -> CheckResult {
    let told =
        |want: &PeerWant| known.sent_wants.get(&name::of_cid(&want.cid)).map(|told| told.kind);
    match wants.iter().find(|want| told(want).is_some_and(|kind| kind > want.kind)) {
        Some(want) => {
            let (cid, kind) = (want.cid, want.kind);
            violation(5, || format!("{cid} is remembered otherwise than told: {kind:?}"))
        }
        None => Ok(()),
    }
}
