//! The honest part of a hostile peer: the real engine over the blocks it really has.

use std::sync::Arc;

use bitswap_core::strategy::plain;
use bitswap_core::wire::{LeftOut, Message};
use bitswap_core::{Action, Engine, EngineConfig, Input, ReadAnswer, ReadItem, Speaks, Timestamp};
use libp2p_identity::PeerId;

use super::{Hostile, Lore, Trick, Tricks};

/// An honest peer. Its store answers at once, it keeps nothing that it is sent, and whatever it
/// says counts as written.
#[derive(Debug)]
pub(super) struct Mask {
    engine: Engine,
    lore: Arc<Lore>,
}

impl Mask {
    #[expect(clippy::expect_used, reason = "the defaults work")]
    pub(super) fn new(seed: u64, lore: Arc<Lore>) -> Self {
        let engine = Engine::new(EngineConfig::seeded(seed), plain::strategies());
        Self { engine: engine.expect("the defaults work"), lore }
    }

    fn tell(&mut self, now: Timestamp, input: Input, tricks: &mut Tricks) {
        self.engine.handle(now, input);
        while let Some(action) = self.engine.poll_action() {
            if let Some(input) = self.act(action, tricks) {
                self.engine.handle(now, input);
            }
        }
    }

    /// Does it, and says what came of it.
    fn act(&self, action: Action, tricks: &mut Tricks) -> Option<Input> {
        match action {
            Action::Connect { peer } => {
                tricks.push(Trick::Dial { peer });
                None
            }
            Action::LetGo { peer } => {
                tricks.push(Trick::HangUp { peer });
                None
            }
            Action::Lookup { lookup, .. } => Some(Input::LookupEnded { lookup }),
            Action::Read { read, items } => {
                let answers = items.iter().map(|item| self.read(item)).collect();
                Some(Input::ReadDone { read, answers })
            }
            Action::Send { peer, send, message, lane: _ } => {
                tricks.push(Trick::Say { peer, message });
                Some(Input::Sent { peer, send })
            }
            Action::Write { write, .. } => Some(Input::WriteDone { write, outcome: Ok(()) }),
            Action::Deliver { .. }
            | Action::Fail { .. }
            | Action::Finish { .. }
            | Action::Report(_)
            | Action::StopLookup { .. } => None,
        }
    }

    fn read(&self, item: &ReadItem) -> ReadAnswer {
        match self.lore.block(&item.cid) {
            None => ReadAnswer::Missing,
            Some(block) if item.size_only => ReadAnswer::Size(block.len() as u32),
            Some(block) => ReadAnswer::Block(block.clone()),
        }
    }
}

impl Hostile for Mask {
    fn meet(&mut self, now: Timestamp, peer: PeerId, speaks: Speaks, tricks: &mut Tricks) {
        self.tell(now, Input::PeerConnected { peer, speaks }, tricks);
    }

    fn hear(&mut self, now: Timestamp, peer: PeerId, message: &Message, tricks: &mut Tricks) {
        let (message, left_out) = (message.clone(), LeftOut::default());
        self.tell(now, Input::MessageReceived { peer, message, left_out }, tricks);
    }

    fn lose(&mut self, now: Timestamp, peer: PeerId, tricks: &mut Tricks) {
        self.tell(now, Input::PeerDisconnected { peer }, tricks);
    }

    fn wake(&mut self, now: Timestamp, tricks: &mut Tricks) {
        if self.next_deadline().is_some_and(|at| at <= now) {
            self.tell(now, Input::DeadlineReached, tricks);
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.engine.next_deadline()
    }
}

/// Somebody who wears it: honest in all that is asked of it, and hostile besides.
#[derive(Debug)]
pub(super) struct Masked<H> {
    mask: Mask,
    face: H,
}

impl<H: Hostile> Masked<H> {
    pub(super) const fn new(mask: Mask, face: H) -> Self {
        Self { mask, face }
    }
}

impl<H: Hostile> Hostile for Masked<H> {
    fn meet(&mut self, now: Timestamp, peer: PeerId, speaks: Speaks, tricks: &mut Tricks) {
        self.mask.meet(now, peer, speaks, tricks);
        self.face.meet(now, peer, speaks, tricks);
    }

    fn hear(&mut self, now: Timestamp, peer: PeerId, message: &Message, tricks: &mut Tricks) {
        self.mask.hear(now, peer, message, tricks);
        self.face.hear(now, peer, message, tricks);
    }

    fn lose(&mut self, now: Timestamp, peer: PeerId, tricks: &mut Tricks) {
        self.mask.lose(now, peer, tricks);
        self.face.lose(now, peer, tricks);
    }

    fn wake(&mut self, now: Timestamp, tricks: &mut Tricks) {
        self.mask.wake(now, tricks);
        self.face.wake(now, tricks);
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.mask.next_deadline().into_iter().chain(self.face.next_deadline()).min()
    }

    fn reads(&self) -> bool {
        self.face.reads()
    }
}
