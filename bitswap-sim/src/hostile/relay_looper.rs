//! Passes every want on to everybody, back to its sender too, as a new want that goes further.

use std::collections::VecDeque;
use std::sync::Arc;

use bitswap_core::wire::{BlockPresence, Entry, Message, RelayHeader, WantKind};
use bitswap_core::{Chance, Timestamp};
use cid::Cid;
use libp2p_identity::PeerId;

use super::flooder::some_cid;
use super::have_liar::{answer, wanted};
use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions, Knowledge};

/// What it heard wanted goes on with the largest TTL and under a fresh id, so that nobody knows
/// it again; besides that, wants of nothing with the same. It claims to reach what others have.
#[derive(Debug)]
pub(super) struct RelayLooper {
    knowledge: Arc<Knowledge>,
    heard: VecDeque<Cid>,
}

/// Wants that it remembers, the newest.
const MOST: usize = 1_024;
/// Wants in one message.
const WANTS: u64 = 32;

impl RelayLooper {
    pub(super) const fn new(knowledge: Arc<Knowledge>) -> Self {
        Self { knowledge, heard: VecDeque::new() }
    }

    fn claim(peer: PeerId, message: &Message, actions: &mut HostileActions) {
        for entry in &message.entries {
            if let Entry::Want { cid, relay: Some(reach), .. } = *entry {
                let said = if reach.want_id % 2 == 0 {
                    BlockPresence::Reachable { hops: u8::MAX, want_id: reach.want_id }
                } else {
                    BlockPresence::Searching { for_ms: u32::MAX, want_id: reach.want_id }
                };
                answer(peer, std::iter::once(cid), said, actions);
            }
        }
    }
}

impl Attack for RelayLooper {
    fn act(&mut self, _: Timestamp, on: Victim, chance: &mut Chance, actions: &mut HostileActions) {
        let again = self.heard.len() as u64;
        let entries = (0..WANTS).filter_map(|_| {
            let heard = self.heard.get(chance.below(again) as usize).copied();
            let cid = heard.filter(|_| chance.one_in(3, 4));
            let cid = cid.or_else(|| some_cid(&self.knowledge, 1, 2, chance))?;
            let reach = RelayHeader::new(u8::MAX, chance.bits(), u32::MAX);
            let kind = WantKind::Have;
            Some(Entry::Want { cid, kind, priority: i32::MAX, send_dont_have: true, relay: reach })
        });
        let message = Message { entries: entries.collect(), ..Message::default() };
        actions.push(HostileAction::Say { peer: on.peer, message });
    }

    fn overhear(&mut self, peer: PeerId, message: &Message, actions: &mut HostileActions) {
        self.heard.extend(wanted(message));
        while self.heard.len() > MOST {
            self.heard.pop_front();
        }
        Self::claim(peer, message, actions);
    }
}
