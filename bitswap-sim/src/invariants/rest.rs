//! What must be true when nothing more happens, within a node and between two.

use bitswap_core::wire::WantKind;
use bitswap_core::{Engine, PeerWant, Timestamp};
use cid::Cid;
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
/// its way.
///
/// # Errors
/// What they do not agree about.
pub fn agree(
    (one, engine): (&mut InvariantChecker, &Engine),
    (other, peer): (&Engine, &PeerId),
    own: &PeerId,
) -> Result<(), InvariantViolation> {
    one.check_counts.note(5);
    one.check_counts.note(6);
    let told = one.peers.get(&name::of_peer(peer)).map_or(0, |known| known.sent_wants.len());
    if one.callers.are_gone() && told > 0 {
        return violation(6, || format!("{told} wants that are over were never cancelled"));
    }
    agree_on_list((one, engine), (other, peer), own)
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
    (one, engine): (&mut InvariantChecker, &Engine),
    (other, peer): (&Engine, &PeerId),
    own: &PeerId,
) -> Result<(), InvariantViolation> {
    // A list that makes good what was lost may wait for company.
    if one.peers.get(&name::of_peer(peer)).is_some_and(Peer::is_unsure) {
        return Ok(());
    }
    agree_on_list((one, engine), (other, peer), own)
}

fn agree_on_list(
    (one, engine): (&mut InvariantChecker, &Engine),
    (other, peer): (&Engine, &PeerId),
    own: &PeerId,
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
    remembers((one, known), &wants, other, &believed)?;
    verdict_of_kinds(known, &wants)
}

/// These names in order, each once.
fn sorted(names: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut names: Vec<u64> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What a peer was told and did not answer, it remembers, as long as anybody here waits for it: an
/// answer to what is over may be passed over unread.
fn remembers(
    (one, known): (&InvariantChecker, &Peer),
    wants: &[PeerWant],
    other: &Engine,
    believed: &[(Cid, WantKind)],
) -> CheckResult {
    let listed = sorted(wants.iter().map(|want| name::of_cid(&want.cid)));
    let mut told = known.sent_wants.iter();
    let is_live = |of_cid: u64| one.callers.waiting_for(of_cid) > 0;
    let is_forgotten = |(of_cid, told): &(&u64, &SentWant)| {
        !told.answered && listed.binary_search(of_cid).is_err() && is_live(**of_cid)
    };
    // Whether it may forget takes a look at all counts, so it is asked last.
    match told.find(is_forgotten).filter(|_| !may_forget(known, other)) {
        Some((of_cid, told)) => {
            let (peer, kind) = (known.id, told.kind);
            let cid = believed.iter().find(|(cid, _)| name::of_cid(cid) == *of_cid);
            let cid = cid.map(|(cid, _)| cid.to_string()).unwrap_or_default();
            violation(5, || {
                format!("{peer} was told a live want ({kind:?}), and forgot it unanswered: {cid}")
            })
        }
        None => Ok(()),
    }
}

/// Whether a peer had a reason to forget a want and not to say so: no room, a policy that refused
/// it, a block that could not be written to us, or a dialect in which a want may not be
/// understood or a "no" not be said.
fn may_forget(known: &Peer, other: &Engine) -> bool {
    let stats = other.stats();
    let has_words =
        known.capabilities.protocol.has_prefixes() && known.capabilities.protocol.has_presences();
    let dropped = stats.server.overflows + stats.wire.over_budget + stats.wire.unusable;
    // Accounts, which count refusals by peer, make room for others.
    !has_words || stats.server.refused + dropped + stats.wire.send_failures > 0
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
