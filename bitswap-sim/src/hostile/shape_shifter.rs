//! An honest peer that turns into any of the others after some good blocks.

use std::sync::Arc;

use bitswap_core::wire::Message;
use bitswap_core::{Chance, PeerCapabilities, Timestamp};
use libp2p_identity::PeerId;

use super::crowd::Crowd;
use super::honest_base::HonestBase;
use super::periodic::Victim;
use super::{Aggressiveness, Hostile, HostileAction, HostileActions, Kind, Knowledge};

/// Serves what it has until it is trusted.
#[derive(Debug)]
pub(super) struct ShapeShifter {
    shape: Box<dyn Hostile>,
    /// While it is honest.
    good_blocks_left: Option<usize>,
    becomes: Kind,
    level: Aggressiveness,
    knowledge: Arc<Knowledge>,
    crowd: Crowd,
}

/// Good blocks that it sends at most.
const MOST: u64 = 20;

impl ShapeShifter {
    pub(super) fn new(
        base: HonestBase,
        knowledge: Arc<Knowledge>,
        level: &Aggressiveness,
        chance: &mut Chance,
    ) -> Self {
        let good_blocks = chance.below(MOST) as usize + 1;
        let is_other = |kind: &Kind| *kind != Kind::ShapeShifter && !kind.holds_a_resource();
        let mut others = Kind::ALL.into_iter().filter(is_other);
        let place = chance.below(others.clone().count() as u64) as usize;
        let becomes = others.nth(place).unwrap_or(Kind::HaveLiar);
        Self {
            shape: Box::new(base),
            good_blocks_left: Some(good_blocks),
            becomes,
            level: becomes.most_aggressive(level.seed).within(level),
            knowledge,
            crowd: Crowd::default(),
        }
    }

    /// Counts the good blocks among what it does; turns when they are enough.
    fn count(&mut self, now: Timestamp, actions: &mut HostileActions, before: usize) {
        let Some(left) = self.good_blocks_left else {
            return;
        };
        let done = actions.iter().skip(before);
        let sent = done.map(|action| {
            if let HostileAction::Say { message, .. } = action { message.blocks.len() } else { 0 }
        });
        let left = left.saturating_sub(sent.sum());
        self.good_blocks_left = Some(left).filter(|left| *left > 0);
        if self.good_blocks_left.is_some() {
            return;
        }
        self.shape = self.becomes.make(self.level, Arc::clone(&self.knowledge));
        for Victim { peer, capabilities } in self.crowd.iter() {
            self.shape.meet(now, peer, capabilities, actions);
        }
    }
}

impl Hostile for ShapeShifter {
    fn meet(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        capabilities: PeerCapabilities,
        actions: &mut HostileActions,
    ) {
        self.crowd.add(Victim { peer, capabilities });
        self.shape.meet(now, peer, capabilities, actions);
    }

    fn hear(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        message: &Message,
        actions: &mut HostileActions,
    ) {
        let before = actions.len();
        self.shape.hear(now, peer, message, actions);
        self.count(now, actions, before);
    }

    fn lose(&mut self, now: Timestamp, peer: PeerId, actions: &mut HostileActions) {
        self.crowd.remove(&peer);
        self.shape.lose(now, peer, actions);
    }

    fn wake(&mut self, now: Timestamp, actions: &mut HostileActions) {
        let before = actions.len();
        self.shape.wake(now, actions);
        self.count(now, actions, before);
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.shape.next_deadline()
    }

    fn reads(&self) -> bool {
        self.shape.reads()
    }
}
