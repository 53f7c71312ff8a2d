//! What the parts of an engine put out: actions for the driver, counts for metrics, and effects of
//! one part on another. Decides nothing.

use std::collections::VecDeque;

use crate::action::Action;
use crate::event::Event;
use crate::ids::{CidKey, HashKey, PeerKey, ReadId, WriteId};
use crate::stats::Stats;

/// An event in one part of the engine that concerns another one; the engine carries it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Client to server: a block of this many bytes was stored.
    BlockStored { hash: HashKey, bytes: u32 },
    /// Client to relay: a want of this node ended without its block.
    WantEnded { want: CidKey },
    /// Client to relay: a peer that this node asked has the block, at a distance of `hops`.
    HaveHeard { want: CidKey, hops: u8 },
    /// Server to relay: the local store lacks the block that a peer wants.
    BlockMissing { peer: PeerKey, want: CidKey },
    /// Server to relay: a peer's request was served, refused, withdrawn or evicted.
    RequestEnded { peer: PeerKey, want: CidKey },
}

/// Collects the output of an engine; lent to each part in its turn.
#[derive(Debug, Default)]
pub(crate) struct Out {
    actions: VecDeque<Action>,
    /// Number of actions that are no reports.
    work: usize,
    effects: VecDeque<Effect>,
    pub(crate) stats: Stats,
    /// The last id given to a read, write, look-up or message.
    last_id: u64,
}

impl Out {
    /// Queues an action for the driver.
    pub(crate) fn act(&mut self, action: Action) {
        self.work += usize::from(!matches!(action, Action::Report(_)));
        self.actions.push_back(action);
    }

    /// Queues an event for metrics, logs and traces.
    pub(crate) fn report(&mut self, event: Event) {
        self.act(Action::Report(event));
    }

    /// Queues an effect on another part.
    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    /// Whether any effect is queued.
    pub(crate) fn has_effects(&self) -> bool {
        !self.effects.is_empty()
    }

    /// Takes the oldest effect.
    pub(crate) fn next_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Takes the oldest action.
    pub(crate) fn next_action(&mut self) -> Option<Action> {
        let action = self.actions.pop_front()?;
        self.work -= usize::from(!matches!(action, Action::Report(_)));
        Some(action)
    }

    /// Number of actions that wait for the driver, without reports.
    pub(crate) const fn work(&self) -> usize {
        self.work
    }

    pub(crate) const fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) const fn next_read(&mut self) -> ReadId {
        ReadId(self.next_id())
    }

    pub(crate) const fn next_write(&mut self) -> WriteId {
        WriteId(self.next_id())
    }
}
