//! Stays connected, and always wants something: its place is never that of an idle peer.

use std::sync::Arc;

use bitswap_core::wire::{Message, WantKind};
use bitswap_core::{Chance, Timestamp};

use super::flooder::{some_cid, want};
use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions, Knowledge};

/// One want at a time, mostly for what nobody has.
#[derive(Debug)]
pub(super) struct Squatter {
    knowledge: Arc<Knowledge>,
}

impl Squatter {
    pub(super) const fn new(knowledge: Arc<Knowledge>) -> Self {
        Self { knowledge }
    }
}

impl Attack for Squatter {
    fn act(&mut self, _: Timestamp, on: Victim, chance: &mut Chance, actions: &mut HostileActions) {
        let wanted = some_cid(&self.knowledge, 1, 8, chance);
        let entries = wanted.map(|cid| want(cid, WantKind::Block)).into_iter().collect();
        // The list replaces the one before: it stays as short as it is.
        let message = Message { full: true, entries, ..Message::default() };
        actions.push(HostileAction::Say { peer: on.peer, message });
    }
}
