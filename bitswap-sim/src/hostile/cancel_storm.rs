//! Wants, cancels and wants the same things again, faster than they can be answered.

use std::sync::Arc;

use bitswap_core::wire::{Entry, Message};
use bitswap_core::{Chance, Timestamp};

use super::flooder::{any_want, some_cid};
use super::periodic::{Attack, Victim};
use super::{HostileAction, HostileActions, Knowledge};

/// A want, its cancel and the want again in three messages on the heels of one another; and
/// cancels of what was never wanted.
#[derive(Debug)]
pub(super) struct CancelStorm {
    knowledge: Arc<Knowledge>,
}

/// CIDs in one gust.
const MOST: u64 = 64;

impl CancelStorm {
    pub(super) const fn new(knowledge: Arc<Knowledge>) -> Self {
        Self { knowledge }
    }
}

impl Attack for CancelStorm {
    fn act(&mut self, _: Timestamp, on: Victim, chance: &mut Chance, actions: &mut HostileActions) {
        let count = chance.below(MOST) + 1;
        let cids = (0..count).filter_map(|_| some_cid(&self.knowledge, 3, 4, chance));
        let cids: Vec<_> = cids.collect();
        let wants: Vec<_> = cids.iter().map(|cid| any_want(*cid, chance)).collect();
        let cancels: Vec<_> = cids.iter().map(|cid| Entry::Cancel { cid: *cid }).collect();
        let rounds = chance.below(4);
        for _ in 0..rounds {
            say(on, wants.clone(), actions);
            say(on, cancels.clone(), actions);
        }
        match chance.below(3) {
            0 => say(on, wants.into_iter().chain(cancels).collect(), actions),
            1 => say(on, cancels.into_iter().chain(wants).collect(), actions),
            _ => say(on, cancels, actions),
        }
    }
}

fn say(on: Victim, entries: Vec<Entry>, actions: &mut HostileActions) {
    let message = Message { entries, ..Message::default() };
    actions.push(HostileAction::Say { peer: on.peer, message });
}
