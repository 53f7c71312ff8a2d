//! What hostile peers have in common that act by themselves: a pace, and whom they pester.

use std::fmt;

use bitswap_core::wire::Message;
use bitswap_core::{Chance, Speaks, Timestamp};
use libp2p_identity::PeerId;

use super::beat::Beat;
use super::crowd::Crowd;
use super::{Hostile, Temper, Tricks};

/// What such a peer does each time.
pub(super) trait Prank: fmt::Debug + Send {
    /// Plays one trick on this peer.
    fn play(&mut self, at: Timestamp, on: Victim, chance: &mut Chance, tricks: &mut Tricks);

    /// A message came.
    fn overhear(&mut self, _peer: PeerId, _message: &Message, _tricks: &mut Tricks) {}

    /// A peer is gone.
    fn forget(&mut self, _peer: &PeerId) {}

    /// Whether it takes what it is sent.
    fn reads(&self) -> bool {
        true
    }
}

/// Whom a trick is played on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Victim {
    pub(super) peer: PeerId,
    pub(super) speaks: Speaks,
}

/// Plays a prank at a pace, each time on one of its peers, for as long as it has any.
#[derive(Debug)]
pub(super) struct Pest<P> {
    prank: P,
    beat: Beat,
    chance: Chance,
    crowd: Crowd,
}

impl<P: Prank> Pest<P> {
    pub(super) fn new(prank: P, temper: &Temper, chance: Chance) -> Self {
        Self { prank, beat: Beat::of(temper), chance, crowd: Crowd::default() }
    }
}

impl<P: Prank> Hostile for Pest<P> {
    fn meet(&mut self, now: Timestamp, peer: PeerId, speaks: Speaks, _: &mut Tricks) {
        self.crowd.add(Victim { peer, speaks });
        self.beat.start(now, &mut self.chance);
    }

    fn hear(&mut self, _: Timestamp, peer: PeerId, message: &Message, tricks: &mut Tricks) {
        self.prank.overhear(peer, message, tricks);
    }

    fn lose(&mut self, _: Timestamp, peer: PeerId, _: &mut Tricks) {
        self.crowd.remove(&peer);
        self.prank.forget(&peer);
        if self.crowd.is_empty() {
            self.beat.stop();
        }
    }

    fn wake(&mut self, now: Timestamp, tricks: &mut Tricks) {
        if self.beat.strikes(now)
            && let Some(victim) = self.crowd.any(&mut self.chance)
        {
            self.prank.play(now, victim, &mut self.chance, tricks);
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.beat.next()
    }

    fn reads(&self) -> bool {
        self.prank.reads()
    }
}
