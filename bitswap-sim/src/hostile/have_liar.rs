//! Says that it has everything, and sends nothing.

use bitswap_core::wire::{BlockPresence, Entry, Message};
use bitswap_core::{Speaks, Timestamp};
use libp2p_identity::PeerId;

use super::{Hostile, Trick, Tricks};

/// HAVE for every want, whatever is wanted of it, and never a block.
#[derive(Debug)]
pub(super) struct HaveLiar;

impl Hostile for HaveLiar {
    fn meet(&mut self, _: Timestamp, _: PeerId, _: Speaks, _: &mut Tricks) {}

    fn hear(&mut self, _: Timestamp, peer: PeerId, message: &Message, tricks: &mut Tricks) {
        answer_all(peer, message, BlockPresence::Have, tricks);
    }

    fn lose(&mut self, _: Timestamp, _: PeerId, _: &mut Tricks) {}

    fn wake(&mut self, _: Timestamp, _: &mut Tricks) {}

    fn next_deadline(&self) -> Option<Timestamp> {
        None
    }
}

/// Gives one answer to all wants of a message.
pub(super) fn answer_all(
    peer: PeerId,
    message: &Message,
    answer: BlockPresence,
    tricks: &mut Tricks,
) {
    let wants = message.entries.iter().filter_map(|entry| match entry {
        Entry::Want { cid, .. } => Some((*cid, answer)),
        Entry::Cancel { .. } => None,
    });
    let presences: Vec<_> = wants.collect();
    if !presences.is_empty() {
        tricks.push(Trick::Say { peer, message: Message { presences, ..Message::default() } });
    }
}
