//! What leaves the rooms of an engine: actions for its driver, counts for everybody, and effects,
//! which one room has on another. Decides nothing.

use std::collections::VecDeque;

use crate::action::Action;
use crate::event::Event;
use crate::ids::{CidKey, HashKey, PeerKey, ReadId, WriteId};
use crate::stats::Stats;

/// What happened in one room and concerns another one; the engine carries it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Client to server: a block of so many bytes is in our store now.
    BlockStored { hash: HashKey, bytes: u32 },
    /// Client to relay: a want of ours is over without its block.
    WantEnded { want: CidKey },
    /// Client to relay: a peer that we asked for ourselves has the block, so many hops from it.
    HaveHeard { want: CidKey, hops: u8 },
    /// Server to relay: we do not have what a peer wants.
    BlockMissing { peer: PeerKey, want: CidKey },
    /// Server to relay: a peer's request was served, refused, withdrawn or evicted.
    RequestEnded { peer: PeerKey, want: CidKey },
}

/// The way out, lent to each room in its turn.
#[derive(Debug, Default)]
pub(crate) struct Out {
    actions: VecDeque<Action>,
    effects: VecDeque<Effect>,
    pub(crate) stats: Stats,
    /// The last number given to a read, write, look-up or message.
    last_id: u64,
}

impl Out {
    /// The driver is to do this.
    pub(crate) fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// The driver is to tell people of this.
    pub(crate) fn report(&mut self, event: Event) {
        self.act(Action::Report(event));
    }

    /// Another room is to hear of this.
    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    /// The oldest effect that was not carried to its room.
    pub(crate) fn next_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The next thing that the driver is to do.
    pub(crate) fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// How many actions wait for the driver.
    pub(crate) fn actions(&self) -> usize {
        self.actions.len()
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
