//! Says that it has nothing, whatever it has.

use bitswap_core::Timestamp;
use bitswap_core::wire::{BlockPresence, Message};
use libp2p_identity::PeerId;

use super::have_liar::{answer, wanted};
use super::{Hostile, HostileActions};

/// DONT_HAVE for every want, also for those that asked for no such answer.
#[derive(Debug)]
pub(super) struct DontHaveLiar;

impl Hostile for DontHaveLiar {
    fn hear(
        &mut self,
        _: Timestamp,
        peer: PeerId,
        message: &Message,
        actions: &mut HostileActions,
    ) {
        answer(peer, wanted(message), BlockPresence::DontHave, actions);
    }
}
