//! A message as the network sees it: bytes from one node to another.

use bitswap_core::{BlockCount, SendId, Timestamp};
use bytes::Bytes;

use crate::report::Tally;
use crate::world::NodeId;

/// An encoded message.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) send: SendId,
    /// The bytes that the codec made, with their length in front.
    pub(crate) frame: Bytes,
    /// The blocks in it, for the books.
    pub(crate) blocks: BlockCount,
}

impl Letter {
    /// What the layers below add to a message: headers of the muxer, of encryption and of packets.
    const FRAMING_BYTES: u64 = 40;

    pub(crate) fn bytes_on_wire(&self) -> u64 {
        self.frame.len() as u64 + Self::FRAMING_BYTES
    }

    /// What it adds to the books.
    pub(crate) fn tally(&self) -> Tally {
        Tally { messages: 1, bytes: self.bytes_on_wire(), blocks: self.blocks }
    }
}

/// A letter on its way.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) letter: Letter,
    /// The life of the connection in which it was sent.
    pub(super) life: u64,
    /// When its last byte is at its receiver's downlink at the earliest.
    pub(super) tail_at: Timestamp,
}
