//! Room for new wants: a want that cannot be served keeps none out (I10).

use std::collections::BTreeSet;

use bitswap_core::wire::{Entry, Message};
use bitswap_core::{Engine, PeerWant, PeerWantState, Timestamp};
use cid::Cid;
use libp2p_identity::PeerId;

use super::{CheckResult, InvariantChecker, name, violation};

/// A message with more new wants than there was room for.
#[derive(Debug)]
pub(super) struct Crowd {
    peer: PeerId,
    wants: Vec<Cid>,
    /// How often a policy had turned the peer down by then; that says nothing of room.
    refusals: u32,
}

impl Crowd {
    /// `None` if there was room for all of it.
    pub(super) fn of(
        engine: &Engine,
        (now, peer): (Timestamp, &PeerId),
        message: &Message,
        room: usize,
    ) -> Option<Self> {
        if engine.requests_of(peer) + message.entries.len() <= room {
            return None;
        }
        let known = names(&engine.wants_of(now, peer, 0, usize::MAX)?);
        let wants = message.entries.iter().filter_map(|entry| match entry {
            Entry::Want { cid, .. } => Some(*cid),
            Entry::Cancel { .. } => None,
        });
        let wants = wants.filter(|cid| !known.contains(&name::of_cid(cid))).collect();
        Some(Self { peer: *peer, wants, refusals: refusals(engine, peer) })
    }
}

impl InvariantChecker {
    /// I10: as long as something is remembered only in case its block comes, there is room.
    pub(super) fn look_at_room(&mut self, engine: &Engine) -> CheckResult {
        let Some(Crowd { peer, wants, refusals: before }) = self.current.crowd.take() else {
            return Ok(());
        };
        let kept = engine.wants_of(self.now, &peer, 0, usize::MAX).unwrap_or_default();
        self.check_counts.note(10);
        if kept.len() < self.config.limits.requests_per_peer || refusals(engine, &peer) != before {
            return Ok(());
        }
        let idle = kept.iter().find(|want| want.state == PeerWantState::Absent);
        let of_kept = names(&kept);
        let skipped = wants.iter().find(|cid| !of_kept.contains(&name::of_cid(cid)));
        match idle.zip(skipped) {
            Some((idle, skipped)) => violation(10, || {
                format!("{skipped} found no room beside {}, which is not here", idle.cid)
            }),
            None => Ok(()),
        }
    }
}

fn names(wants: &[PeerWant]) -> BTreeSet<u64> {
    wants.iter().map(|want| name::of_cid(&want.cid)).collect()
}

fn refusals(engine: &Engine, peer: &PeerId) -> u32 {
    engine.account(peer).map_or(0, |account| account.refusals)
}
