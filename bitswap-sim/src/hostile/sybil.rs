//! Takes what newcomers are given, gives nothing back, and comes again under another name.

use std::sync::Arc;

use bitswap_core::wire::{Entry, Message, WantKind};
use bitswap_core::{Chance, Timestamp};
use libp2p_identity::PeerId;

use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions, Knowledge};

/// Asks for blocks all the time; after so many bytes, or when too little comes, it is a newcomer
/// again.
#[derive(Debug)]
pub(super) struct Sybil {
    knowledge: Arc<Knowledge>,
    /// Bytes taken under one name.
    most: usize,
    taken: usize,
    begged: u32,
    next: usize,
}

/// Wants in one message.
const WANTS: usize = 64;
/// So often it asks under one name.
const BEGS: u32 = 20;

impl Sybil {
    pub(super) const fn new(knowledge: Arc<Knowledge>, most: usize) -> Self {
        Self { knowledge, most, taken: 0, begged: 0, next: 0 }
    }
}

impl Attack for Sybil {
    fn act(&mut self, _: Timestamp, on: Victim, _: &mut Chance, actions: &mut HostileActions) {
        if self.taken >= self.most || self.begged >= BEGS {
            (self.taken, self.begged) = (0, 0);
            actions.push(HostileAction::Rename);
            return;
        }
        self.begged += 1;
        let known = self.knowledge.known();
        let cids = known.iter().cycle().skip(self.next).take(WANTS.min(known.len()));
        let entries = cids.map(|cid| Entry::Want {
            cid: *cid,
            kind: WantKind::Block,
            priority: i32::MAX,
            send_dont_have: true,
            relay: None,
        });
        let message = Message { entries: entries.collect(), ..Message::default() };
        self.next = (self.next + WANTS) % known.len().max(1);
        actions.push(HostileAction::Say { peer: on.peer, message });
    }

    fn overhear(&mut self, _: PeerId, message: &Message, _: &mut HostileActions) {
        self.taken += message.blocks.iter().map(|(_, block)| block.len()).sum::<usize>();
    }
}
