//! Hostile peers that act unasked: an attack, repeated at a fixed pace on one peer after another.

use std::fmt;

use bitswap_core::wire::Message;
use bitswap_core::{Chance, PeerCapabilities, Timestamp};
use libp2p_identity::PeerId;

use super::crowd::Crowd;
use super::schedule::Schedule;
use super::{Aggressiveness, Hostile, HostileActions};

/// An attack that is repeated.
pub(super) trait Attack: fmt::Debug + Send {
    /// Attacks this peer once.
    fn act(&mut self, at: Timestamp, on: Victim, chance: &mut Chance, actions: &mut HostileActions);

    /// A message came.
    fn overhear(&mut self, _peer: PeerId, _message: &Message, _actions: &mut HostileActions) {}

    /// A peer is gone.
    fn forget(&mut self, _peer: &PeerId) {}

    /// Whether it takes what it is sent.
    fn reads(&self) -> bool {
        true
    }
}

/// The peer that is attacked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Victim {
    pub(super) peer: PeerId,
    pub(super) capabilities: PeerCapabilities,
}

/// Runs an attack on schedule, each time on one of the connected peers, as long as there are any.
#[derive(Debug)]
pub(super) struct Periodic<P> {
    attack: P,
    schedule: Schedule,
    chance: Chance,
    crowd: Crowd,
}

impl<P: Attack> Periodic<P> {
    pub(super) fn new(attack: P, level: &Aggressiveness, chance: Chance) -> Self {
        Self { attack, schedule: Schedule::of(level), chance, crowd: Crowd::default() }
    }
}

impl<P: Attack> Hostile for Periodic<P> {
    fn meet(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        capabilities: PeerCapabilities,
        _: &mut HostileActions,
    ) {
        self.crowd.add(Victim { peer, capabilities });
        self.schedule.start(now, &mut self.chance);
    }

    fn hear(
        &mut self,
        _: Timestamp,
        peer: PeerId,
        message: &Message,
        actions: &mut HostileActions,
    ) {
        self.attack.overhear(peer, message, actions);
    }

    fn lose(&mut self, _: Timestamp, peer: PeerId, _: &mut HostileActions) {
        self.crowd.remove(&peer);
        self.attack.forget(&peer);
        if self.crowd.is_empty() {
            self.schedule.stop();
        }
    }

    fn wake(&mut self, now: Timestamp, actions: &mut HostileActions) {
        if self.schedule.fires(now)
            && let Some(victim) = self.crowd.any(&mut self.chance)
        {
            self.attack.act(now, victim, &mut self.chance, actions);
        }
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.schedule.next()
    }

    fn reads(&self) -> bool {
        self.attack.reads()
    }
}
