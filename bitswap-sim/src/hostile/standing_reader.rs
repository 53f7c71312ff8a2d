//! Asks for all blocks there are, again and again, and reads none of them.

use std::sync::Arc;

use bitswap_core::wire::{Message, WantKind};
use bitswap_core::{Chance, Timestamp};

use super::flooder::want;
use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions, Knowledge};

/// What is read for it stays in the memory of its servers: it asks anew for what they gave up.
#[derive(Debug)]
pub(super) struct StandingReader {
    knowledge: Arc<Knowledge>,
}

/// As many wants of one peer as servers remember.
const WANTS: usize = 1_024;

impl StandingReader {
    pub(super) const fn new(knowledge: Arc<Knowledge>) -> Self {
        Self { knowledge }
    }
}

impl Attack for StandingReader {
    fn act(&mut self, _: Timestamp, on: Victim, _: &mut Chance, actions: &mut HostileActions) {
        let known = self.knowledge.known().iter().take(WANTS);
        let entries = known.map(|cid| want(*cid, WantKind::Block)).collect();
        let message = Message { entries, ..Message::default() };
        actions.push(HostileAction::Say { peer: on.peer, message });
    }

    fn reads(&self) -> bool {
        false
    }
}
