//! The contents of frames: encoded bytes, as between real nodes, or the decoded message.

use bitswap_core::Input;
use bitswap_core::wire::{
    BlockPresence, Decoded, Entry, Message, ProtocolVersion, Skipped, decode, encode,
    encode_without_blocks, frame_length,
};

use super::node::Who;
use super::{NodeId, World};
use crate::network::{Contents, Frame};

impl World {
    /// A frame has budgets, which no engine exhausts; what comes near them goes as bytes.
    const HANDED_OVER_ITEMS: usize = 256;

    /// What a node writes in this dialect.
    pub(super) fn written(
        &self,
        from: NodeId,
        message: Message,
        protocol: ProtocolVersion,
    ) -> Contents {
        if self.copies_payloads {
            return Contents::Encoded { encoded: encode(&message, protocol), beside: Vec::new() };
        }
        // An honest node names each CID once. Frames of other nodes are decoded byte by byte.
        let is_plain = protocol.has_presences() && message.items() <= Self::HANDED_OVER_ITEMS;
        match &self.nodes[from.place()].who {
            Who::Engine(_) if self.hands_over && is_plain => {
                Contents::Decoded(as_decoded(message, protocol), protocol)
            }
            Who::Engine(_) | Who::Gone | Who::Hostile(_) => {
                let (encoded, _) = encode_without_blocks(&message, protocol);
                Contents::Encoded { encoded, beside: message.blocks }
            }
        }
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
