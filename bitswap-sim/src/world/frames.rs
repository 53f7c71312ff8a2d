//! The contents of frames: encoded bytes, as between real nodes, or the decoded message.

use bitswap_core::Input;
use bitswap_core::wire::{
    BlockPresence, Decoded, Entry, Message, ProtocolVersion, Skipped, decode, encode,
    encode_without_blocks, frame_length,
};
use cid::Cid;

use super::node::Who;
use super::{NodeId, World};
use crate::network::{Contents, Frame};

const SHA2_256: u64 = 0x12;

impl World {
    /// A frame has budgets, the least of them for 512 blocks, and so few items exhaust none; what
    /// has more goes as bytes.
    const HANDED_OVER_ITEMS: usize = 512;

    /// What a node writes in this dialect.
    pub(super) fn written(
        &self,
        from: NodeId,
        mut message: Message,
        protocol: ProtocolVersion,
    ) -> Contents {
        if self.copies_payloads {
            return Contents::Encoded { encoded: encode(&message, protocol), beside: Vec::new() };
        }
        let is_plain = self.hands_over
            && protocol.has_presences()
            && message.items() <= Self::HANDED_OVER_ITEMS
            && match &self.nodes[from.place()].who {
                // An honest node names each CID once.
                Who::Engine(_) => true,
                Who::Gone | Who::Hostile(_) => is_read_as_written(&message),
            };
        if is_plain {
            if let Who::Hostile(_) = &self.nodes[from.place()].who {
                keep_last_of_each(&mut message.entries, Entry::cid);
                keep_last_of_each(&mut message.presences, |(cid, _)| cid);
            }
            return Contents::Decoded(as_decoded(message, protocol), protocol);
        }
        let (encoded, _) = encode_without_blocks(&message, protocol);
        Contents::Encoded { encoded, beside: message.blocks }
    }

    /// Decodes a frame as the connection of its receiver does.
    pub(super) fn read(&self, frame: Frame) -> Input {
        let Frame { from, to, pair, contents, .. } = frame;
        let peer = self.nodes[from.place()].peer_id;
        let Some(capabilities) = self.network.capabilities(pair) else {
            return Input::MessageRefused { peer };
        };
        let (encoded, beside) = match contents {
            Contents::Encoded { encoded, beside } => (encoded, beside),
            Contents::Decoded(message, protocol) if protocol == capabilities.protocol => {
                return self.handed_over(from, to, message, protocol);
            }
            // They spoke otherwise when it was written.
            Contents::Decoded(message, protocol) => {
                (encode_without_blocks(&message, protocol).0, message.blocks)
            }
        };
        let body = frame_length(&encoded).ok().flatten();
        let Some((_, start)) = body.filter(|(length, start)| start + length == encoded.len())
        else {
            return Input::MessageRefused { peer };
        };
        match decode(encoded.slice(start..), capabilities.protocol) {
            Err(_) => Input::MessageRefused { peer },
            Ok(decoded) => {
                let decoded = decoded.beside(beside, capabilities.protocol);
                self.hashed(to, peer, decoded)
            }
        }
    }

    /// Only its blocks are looked at, since not all of them may be wanted.
    fn handed_over(
        &self,
        from: NodeId,
        to: NodeId,
        mut said: Message,
        protocol: ProtocolVersion,
    ) -> Input {
        let peer = self.nodes[from.place()].peer_id;
        if said.blocks.is_empty() {
            return Input::MessageReceived { peer, message: said, skipped: Skipped::default() };
        }
        let blocks = std::mem::take(&mut said.blocks);
        let mut input = self.hashed(to, peer, Decoded::default().beside(blocks, protocol));
        if let Input::MessageReceived { message, .. } = &mut input {
            said.blocks = std::mem::take(&mut message.blocks);
            let Message { blocks, presences, .. } = &mut said;
            presences.retain(|(cid, _)| blocks.iter().all(|(other, _)| other != cid));
            *message = said;
        }
        input
    }
}

/// Whether a receiver makes the same message of the bytes, but for what is in a list twice: whether
/// all CIDs are usual ones, and all numbers say what they are there for.
fn is_read_as_written(message: &Message) -> bool {
    let says_something = |presence: &BlockPresence| match *presence {
        BlockPresence::DontHave | BlockPresence::Have => true,
        BlockPresence::Reachable { hops, .. } => hops > 0,
        BlockPresence::Searching { for_ms, .. } => for_ms > 0,
    };
    let is_usual =
        |cid: &Cid| cid.codec() < 0x80 && cid.hash().code() == SHA2_256 && cid.hash().size() == 32;
    message.entries.iter().all(|entry| is_usual(entry.cid()))
        && message.presences.iter().all(|(cid, said)| is_usual(cid) && says_something(said))
}

/// Drops all but the last item of each CID, as a receiver does; for at most
/// [`HANDED_OVER_ITEMS`](World::HANDED_OVER_ITEMS).
fn keep_last_of_each<T>(items: &mut Vec<T>, cid: impl Fn(&T) -> &Cid) {
    if items.len() < 2 {
        return;
    }
    // Where each CID is, by what its digest begins with; 0 is nowhere.
    let slots = (2 * items.len()).next_power_of_two();
    let mut places = vec![0_u16; slots];
    let mut dropped = Vec::new();
    for place in (0..items.len()).rev() {
        let name = cid(&items[place]);
        let beginning = name.hash().digest().first_chunk().copied().unwrap_or_default();
        let mut slot = usize::from(u16::from_le_bytes(beginning)) % slots;
        loop {
            let Some(later) = usize::from(places[slot]).checked_sub(1) else {
                places[slot] = place as u16 + 1;
                break;
            };
            if cid(&items[later]) == name {
                dropped.push(place);
                break;
            }
            slot = (slot + 1) % slots;
        }
    }
    // There are few of them.
    for place in dropped {
        items.remove(place);
    }
}

/// What is left of a message that goes over the wire in a dialect with presences.
fn as_decoded(mut message: Message, protocol: ProtocolVersion) -> Message {
    message.pending_bytes = message.pending_bytes.min(i32::MAX.unsigned_abs());
    if protocol.has_relay() {
        return message;
    }
    for entry in &mut message.entries {
        if let Entry::Want { relay: reach, .. } = entry {
            *reach = None;
        }
    }
    for (_, presence) in &mut message.presences {
        *presence = match *presence {
            BlockPresence::Have | BlockPresence::Reachable { .. } => BlockPresence::Have,
            BlockPresence::DontHave | BlockPresence::Searching { .. } => BlockPresence::DontHave,
        };
    }
    message
}
