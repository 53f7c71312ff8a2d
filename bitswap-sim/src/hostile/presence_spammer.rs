//! Says HAVE and DONT_HAVE about everything, asked or not, and both about the same.

use std::sync::Arc;

use bitswap_core::wire::{BlockPresence, Message};
use bitswap_core::{Chance, Timestamp};

use super::flooder::some_cid;
use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions, Knowledge};

/// Full messages of presences: half of what is wanted, half of nothing.
#[derive(Debug)]
pub(super) struct PresenceSpammer {
    knowledge: Arc<Knowledge>,
    /// Presences in one message.
    presences: u64,
}

/// Bytes of a presence on the wire.
const PRESENCE_BYTES: usize = 42;

impl PresenceSpammer {
    pub(super) const fn new(knowledge: Arc<Knowledge>, bytes: usize) -> Self {
        Self { knowledge, presences: (bytes / PRESENCE_BYTES) as u64 + 1 }
    }
}

impl Attack for PresenceSpammer {
    fn act(&mut self, _: Timestamp, on: Victim, chance: &mut Chance, actions: &mut HostileActions) {
        let count = chance.below(self.presences) + 1;
        let presences = (0..count)
            .filter_map(|_| Some((some_cid(&self.knowledge, 1, 2, chance)?, any_presence(chance))));
        let message = Message { presences: presences.collect(), ..Message::default() };
        actions.push(HostileAction::Say { peer: on.peer, message });
    }
}

fn any_presence(chance: &mut Chance) -> BlockPresence {
    let want_id = chance.bits();
    match chance.below(4) {
        0 => BlockPresence::Have,
        1 => BlockPresence::DontHave,
        2 => BlockPresence::Reachable { hops: 1 + chance.below(255) as u8, want_id },
        _ => BlockPresence::Searching { for_ms: 1 + chance.below(1 << 31) as u32, want_id },
    }
}
