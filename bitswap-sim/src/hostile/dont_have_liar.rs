//! Says that it has nothing, whatever it has.

use bitswap_core::wire::{BlockPresence, Message};
use bitswap_core::{Speaks, Timestamp};
use libp2p_identity::PeerId;

use super::have_liar::answer_all;
use super::{Hostile, Tricks};

/// DONT_HAVE for every want, also for those that asked for no such answer.
#[derive(Debug)]
pub(super) struct DontHaveLiar;

impl Hostile for DontHaveLiar {
    fn meet(&mut self, _: Timestamp, _: PeerId, _: Speaks, _: &mut Tricks) {}

    fn hear(&mut self, _: Timestamp, peer: PeerId, message: &Message, tricks: &mut Tricks) {
        answer_all(peer, message, BlockPresence::DontHave, tricks);
    }

    fn lose(&mut self, _: Timestamp, _: PeerId, _: &mut Tricks) {}

    fn wake(&mut self, _: Timestamp, _: &mut Tricks) {}

    fn next_deadline(&self) -> Option<Timestamp> {
        None
    }
}
