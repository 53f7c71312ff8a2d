//! The honest part of a hostile peer: the real engine over the blocks it really has.

use std::sync::Arc;

use bitswap_core::strategy::plain;
use bitswap_core::wire::{Message, Skipped};
use bitswap_core::{
    Action, Engine, EngineConfig, Input, PeerCapabilities, ReadAnswer, ReadItem, Timestamp,
};
use libp2p_identity::PeerId;

use super::{Hostile, HostileAction, HostileActions, Knowledge};

/// An honest peer. Its store answers at once, it keeps nothing that it is sent, and whatever it
/// says counts as written.
#[derive(Debug)]
pub(super) struct HonestBase {
    engine: Engine,
    knowledge: Arc<Knowledge>,
}

impl HonestBase {
    #[expect(clippy::expect_used, reason = "the defaults work")]
    pub(super) fn new(seed: u64, knowledge: Arc<Knowledge>) -> Self {
        let engine = Engine::new(EngineConfig::seeded(seed), plain::strategies());
        Self { engine: engine.expect("the defaults work"), knowledge }
    }

    fn tell(&mut self, now: Timestamp, input: Input, actions: &mut HostileActions) {
        self.engine.handle(now, input);
        while let Some(action) = self.engine.poll_action() {
            if let Some(input) = self.act(action, actions) {
                self.engine.handle(now, input);
            }
        }
    }

    /// Does it, and says what came of it.
    fn act(&self, action: Action, actions: &mut HostileActions) -> Option<Input> {
        match action {
            Action::Connect { peer } => {
                actions.push(HostileAction::Dial { peer });
                None
            }
            Action::Disconnect { peer } => {
                actions.push(HostileAction::HangUp { peer });
                None
            }
            Action::Lookup { lookup, .. } => Some(Input::LookupEnded { lookup }),
            Action::Read { read, items } => {
                let answers = items.iter().map(|item| self.read(item)).collect();
                Some(Input::ReadDone { read, answers })
            }
            Action::Send { peer, send, message, lane: _ } => {
                actions.push(HostileAction::Say { peer, message });
                Some(Input::Sent { peer, send })
            }
            Action::Write { write, .. } => Some(Input::WriteDone { write, outcome: Ok(()) }),
            Action::Deliver { .. }
            | Action::Fail { .. }
            | Action::Finish { .. }
            | Action::Report(_)
            | Action::StopLookup { .. }
            | Action::SuspendSend { .. }
            | Action::ResumeSend { .. } => None,
        }
    }

    fn read(&self, item: &ReadItem) -> ReadAnswer {
        match self.knowledge.block(&item.cid) {
            None => ReadAnswer::Missing,
            Some(block) if item.size_only => ReadAnswer::Size(block.len() as u32),
            Some(block) => ReadAnswer::Block(block.clone()),
        }
    }
}

impl Hostile for HonestBase {
    fn meet(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        capabilities: PeerCapabilities,
        actions: &mut HostileActions,
    ) {
        self.tell(now, Input::PeerConnected { peer, capabilities }, actions);
    }

    fn hear(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        message: &Message,
        actions: &mut HostileActions,
    ) {
        let (message, skipped) = (message.clone(), Skipped::default());
        self.tell(now, Input::MessageReceived { peer, message, skipped }, actions);
    }

    fn lose(&mut self, now: Timestamp, peer: PeerId, actions: &mut HostileActions) {
        self.tell(now, Input::PeerDisconnected { peer }, actions);
    }

    fn wake(&mut self, now: Timestamp, actions: &mut HostileActions) {
        if self.next_deadline().is_some_and(|at| at <= now) {
            self.tell(now, Input::DeadlineReached, actions);
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.engine.next_deadline()
    }
}

/// An honest base with an attack on top: it answers all requests honestly, and attacks besides.
#[derive(Debug)]
pub(super) struct WithHonestBase<H> {
    base: HonestBase,
    hostile: H,
}

impl<H: Hostile> WithHonestBase<H> {
    pub(super) const fn new(base: HonestBase, hostile: H) -> Self {
        Self { base, hostile }
    }
}

impl<H: Hostile> Hostile for WithHonestBase<H> {
    fn meet(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        capabilities: PeerCapabilities,
        actions: &mut HostileActions,
    ) {
        self.base.meet(now, peer, capabilities, actions);
        self.hostile.meet(now, peer, capabilities, actions);
    }

    fn hear(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        message: &Message,
        actions: &mut HostileActions,
    ) {
        self.base.hear(now, peer, message, actions);
        self.hostile.hear(now, peer, message, actions);
    }

    fn lose(&mut self, now: Timestamp, peer: PeerId, actions: &mut HostileActions) {
        self.base.lose(now, peer, actions);
        self.hostile.lose(now, peer, actions);
    }

    fn wake(&mut self, now: Timestamp, actions: &mut HostileActions) {
        self.base.wake(now, actions);
        self.hostile.wake(now, actions);
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.base.next_deadline().into_iter().chain(self.hostile.next_deadline()).min()
    }

    fn reads(&self) -> bool {
        self.hostile.reads()
    }
}
