//! An honest peer that turns into any of the others after some good blocks.

use std::sync::Arc;

use bitswap_core::wire::Message;
use bitswap_core::{Chance, Speaks, Timestamp};
use libp2p_identity::PeerId;

use super::crowd::Crowd;
use super::mask::Mask;
use super::pest::Victim;
use super::{Hostile, Kind, Lore, Temper, Trick, Tricks};

/// Serves what it has until it is trusted.
#[derive(Debug)]
pub(super) struct ShapeShifter {
    shape: Box<dyn Hostile>,
    /// While it is honest.
    good_blocks_left: Option<usize>,
    becomes: Kind,
    temper: Temper,
    lore: Arc<Lore>,
    crowd: Crowd,
}

/// Good blocks that it sends at most.
const MOST: u64 = 20;

impl ShapeShifter {
    pub(super) fn new(mask: Mask, lore: Arc<Lore>, temper: &Temper, chance: &mut Chance) -> Self {
        let good_blocks = chance.below(MOST) as usize + 1;
        let others = Kind::ALL.into_iter().filter(|kind| *kind != Kind::ShapeShifter);
        let place = chance.below(Kind::ALL.len() as u64 - 1) as usize;
        let becomes = others.clone().nth(place).unwrap_or(Kind::HaveLiar);
        Self {
            shape: Box::new(mask),
            good_blocks_left: Some(good_blocks),
            becomes,
            temper: becomes.temper(temper.seed).within(temper),
            lore,
            crowd: Crowd::default(),
        }
    }

    /// Counts the good blocks among what it does; turns when they are enough.
    fn count(&mut self, now: Timestamp, tricks: &mut Tricks, before: usize) {
        let Some(left) = self.good_blocks_left else {
            return;
        };
        let done = tricks.iter().skip(before);
        let sent =
            done.map(
                |trick| {
                    if let Trick::Say { message, .. } = trick { message.blocks.len() } else { 0 }
                },
            );
        let left = left.saturating_sub(sent.sum());
        self.good_blocks_left = Some(left).filter(|left| *left > 0);
        if self.good_blocks_left.is_some() {
            return;
        }
        self.shape = self.becomes.make(self.temper, Arc::clone(&self.lore));
        for Victim { peer, speaks } in self.crowd.iter() {
            self.shape.meet(now, peer, speaks, tricks);
        }
    }
}

impl Hostile for ShapeShifter {
    fn meet(&mut self, now: Timestamp, peer: PeerId, speaks: Speaks, tricks: &mut Tricks) {
        self.crowd.add(Victim { peer, speaks });
        self.shape.meet(now, peer, speaks, tricks);
    }

    fn hear(&mut self, now: Timestamp, peer: PeerId, message: &Message, tricks: &mut Tricks) {
        let before = tricks.len();
        self.shape.hear(now, peer, message, tricks);
        self.count(now, tricks, before);
    }

    fn lose(&mut self, now: Timestamp, peer: PeerId, tricks: &mut Tricks) {
        self.crowd.remove(&peer);
        self.shape.lose(now, peer, tricks);
    }

    fn wake(&mut self, now: Timestamp, tricks: &mut Tricks) {
        let before = tricks.len();
        self.shape.wake(now, tricks);
        self.count(now, tricks, before);
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.shape.next_deadline()
    }

    fn reads(&self) -> bool {
        self.shape.reads()
    }
}
