//! Asks about more than anybody can remember, wants to hear of all of it, and reads nothing.

use std::sync::Arc;

use bitswap_core::wire::{Entry, Message, WantKind};
use bitswap_core::{Chance, Timestamp};

use super::flooder::{WANT_BYTES, some_cid};
use super::pest::{Prank, Victim};
use super::{Lore, Trick, Tricks};

/// Full messages of questions whose answers are longer than they are.
#[derive(Debug)]
pub(super) struct DeafFlooder {
    lore: Arc<Lore>,
    /// Questions in one message.
    wants: usize,
}

impl DeafFlooder {
    pub(super) const fn new(lore: Arc<Lore>, bytes: usize) -> Self {
        Self { lore, wants: bytes / WANT_BYTES + 1 }
    }
}

impl Prank for DeafFlooder {
    fn play(&mut self, _: Timestamp, on: Victim, chance: &mut Chance, tricks: &mut Tricks) {
        let cids = (0..self.wants).filter_map(|_| some_cid(&self.lore, 1, 8, chance));
        let want = |cid| Entry::Want {
            cid,
            kind: WantKind::Have,
            priority: 1,
            send_dont_have: true,
            reach: None,
        };
        let entries = cids.map(want).collect();
        let message = Message { entries, ..Message::default() };
        tricks.push(Trick::Say { peer: on.peer, message });
    }

    fn reads(&self) -> bool {
        false
    }
}
