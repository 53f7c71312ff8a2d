//! What must be true when nothing more happens, within a node and between two.

use std::collections::BTreeSet;

use bitswap_core::wire::WantKind;
use bitswap_core::{Engine, Timestamp};
use libp2p_identity::PeerId;

use super::{Breach, Onlooker, Verdict, breach, name};

impl Onlooker {
    /// Everybody has got or given up what they wanted, and nothing is on its way: nothing is left.
    ///
    /// # Errors
    /// What is left.
    pub fn rest(&mut self, engine: &Engine) -> Result<(), Breach> {
        for invariant in [1, 8, 12] {
            self.census.note(invariant);
        }
        if !self.callers.are_gone() {
            let (calls, wants) = (self.callers.len(), self.callers.wants());
            return breach(1, || format!("{calls} calls never ended, for {wants} CIDs"));
        }
        if let Some(place) = engine.leftover() {
            return breach(8, || format!("nobody waits for anything, and there are {place}"));
        }
        if let Some(place) = engine.leftover_of_others() {
            return breach(8, || format!("nobody wants anything of us, and there are {place}"));
        }
        Ok(())
    }
}

/// One node's list of what it told another one of its wants, and the other's list of what it was
/// told, agree; both must be connected, and nothing on its way.
///
/// # Errors
/// What they do not agree about.
pub fn agree(
    (one, engine): (&mut Onlooker, &Engine),
    (other, peer): (&Engine, &PeerId),
    own: &PeerId,
) -> Result<(), Breach> {
    one.census.note(5);
    one.census.note(6);
    // Before the first list a peer may remember what was wanted in another life.
    let known = one.peers.get(&name::of_peer(peer)).filter(|known| known.spoken);
    let Some(known) = known else {
        return Ok(());
    };
    if one.callers.are_gone() && !known.told.is_empty() {
        let told = known.told.len();
        return breach(6, || format!("{told} wants that are over were never cancelled"));
    }
    let believed = engine.told_to(peer);
    let names: BTreeSet<u64> = believed.iter().map(|(cid, _)| name::of_cid(cid)).collect();
    let told: BTreeSet<u64> = known.told.keys().copied().collect();
    if names != told {
        return breach(5, || {
            format!(
                "{peer} is thought to know of {} wants, and was told of {}",
                names.len(),
                told.len()
            )
        });
    }
    let wants = other.wants_of(Timestamp::ZERO, own, 0, usize::MAX).unwrap_or_default();
    let listed: BTreeSet<u64> = wants.iter().map(|want| name::of_cid(&want.cid)).collect();
    if let Some(ghost) = wants.iter().find(|want| !told.contains(&name::of_cid(&want.cid))) {
        return breach(5, || format!("{peer} remembers {}, which is not wanted", ghost.cid));
    }
    let forgotten = |(of_cid, told): &(&u64, &super::peer::Told)| {
        told.kind == WantKind::Block && !told.answered && !listed.contains(*of_cid)
    };
    let full = other.stats().server.overflows > 0;
    match known.told.iter().find(forgotten).filter(|_| !full) {
        Some(_) => {
            breach(5, || format!("{peer} was asked for a block, never answered, and forgot"))
        }
        None => verdict_of_kinds(known, &wants),
    }
}

fn verdict_of_kinds(known: &super::peer::Peer, wants: &[bitswap_core::PeerWant]) -> Verdict {
    let other = wants.iter().find(|want| {
        let told = known.told.get(&name::of_cid(&want.cid));
        told.is_some_and(|told| told.kind != want.kind)
    });
    other.map_or(Ok(()), |want| breach(5, || format!("{} is wanted otherwise than told", want.cid)))
}
