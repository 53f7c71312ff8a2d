//! Says that it has everything, and sends nothing.

use bitswap_core::Timestamp;
use bitswap_core::wire::{BlockPresence, Entry, Message};
use cid::Cid;
use libp2p_identity::PeerId;

use super::{Hostile, HostileAction, HostileActions};

/// HAVE for every want, whatever is wanted of it, and never a block.
#[derive(Debug)]
pub(super) struct HaveLiar;

impl Hostile for HaveLiar {
    fn hear(
        &mut self,
        _: Timestamp,
        peer: PeerId,
        message: &Message,
        actions: &mut HostileActions,
    ) {
        answer(peer, wanted(message), BlockPresence::Have, actions);
    }
}

/// What a message wants.
pub(super) fn wanted(message: &Message) -> impl Iterator<Item = Cid> {
    message.entries.iter().filter_map(|entry| match entry {
        Entry::Want { cid, .. } => Some(*cid),
        Entry::Cancel { .. } => None,
    })
}

/// Gives one answer to all of `cids`.
pub(super) fn answer(
    peer: PeerId,
    cids: impl Iterator<Item = Cid>,
    answer: BlockPresence,
    actions: &mut HostileActions,
) {
    let presences: Vec<_> = cids.map(|cid| (cid, answer)).collect();
    if !presences.is_empty() {
        actions.push(HostileAction::Say {
            peer,
            message: Message { presences, ..Message::default() },
        });
    }
}
