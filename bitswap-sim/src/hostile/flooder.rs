//! Wants more than anybody can remember, again and again.

use std::sync::Arc;

use bitswap_core::wire::{Entry, Message, RelayHeader, WantKind};
use bitswap_core::{Chance, Timestamp};
use cid::Cid;

use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions, Knowledge, forge};

/// Full messages of wants: some of what there is, most of nothing, some as if they were all.
#[derive(Debug)]
pub(super) struct Flooder {
    knowledge: Arc<Knowledge>,
    /// Wants in one message.
    wants: u64,
}

/// Bytes of a want on the wire.
pub(super) const WANT_BYTES: usize = 44;

impl Flooder {
    pub(super) const fn new(knowledge: Arc<Knowledge>, bytes: usize) -> Self {
        Self { knowledge, wants: (bytes / WANT_BYTES) as u64 + 1 }
    }
}

impl Attack for Flooder {
    fn act(&mut self, _: Timestamp, on: Victim, chance: &mut Chance, actions: &mut HostileActions) {
        let count = chance.below(self.wants) + 1;
        let entries = (0..count).filter_map(|_| {
            let cid = some_cid(&self.knowledge, 1, 4, chance)?;
            Some(any_want(cid, chance))
        });
        let entries = entries.collect();
        let full = chance.one_in(1, 4);
        let message = Message { full, entries, ..Message::default() };
        actions.push(HostileAction::Say { peer: on.peer, message });
    }
}

/// A want for it, however it may be wanted.
pub(super) fn any_want(cid: Cid, chance: &mut Chance) -> Entry {
    let kind = if chance.one_in(1, 2) { WantKind::Block } else { WantKind::Have };
    let priority = chance.bits() as i32;
    let send_dont_have = chance.one_in(1, 2);
    let ttl = chance.below(256) as u8;
    let reach = RelayHeader::new(ttl, chance.bits(), chance.bits() as u32);
    Entry::Want { cid, kind, priority, send_dont_have, relay: reach }
}

/// A plain want.
pub(super) const fn want(cid: Cid, kind: WantKind) -> Entry {
    Entry::Want { cid, kind, priority: 1, send_dont_have: true, relay: None }
}

/// A CID that may be wanted, in `parts` of `whole` cases; else one of nothing.
pub(super) fn some_cid(
    knowledge: &Knowledge,
    parts: u64,
    whole: u64,
    chance: &mut Chance,
) -> Option<Cid> {
    let known = knowledge.known();
    if !known.is_empty() && chance.one_in(parts, whole) {
        return known.get(chance.below(known.len() as u64) as usize).copied();
    }
    forge::cid(chance)
}
