//! A message as the network sees it: bytes from one node to another.

use bitswap_core::wire::{Message, ProtocolVersion};
use bitswap_core::{Block, BlockCount, Lane, SendId, Timestamp};
use bytes::Bytes;
use cid::Cid;

use crate::report::Tally;
use crate::world::NodeId;

/// A message as the network carries it: its route, its contents and its size.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) pair: Pair,
    pub(crate) lane: Lane,
    pub(crate) send: SendId,
    /// A stream of a hostile node's own, and whether it closes it: the bytes need be no frame.
    pub(crate) stream: Option<(u32, bool)>,
    pub(crate) contents: Contents,
    /// The length of the frame with all its blocks.
    pub(crate) encoded_bytes: u64,
    /// The blocks in it, for the statistics.
    pub(crate) blocks: BlockCount,
    pub(crate) trip: Trip,
}

/// What is in a frame.
#[derive(Debug)]
pub(crate) enum Contents {
    /// The bytes that the codec made, with their length in front; without its blocks, if these
    /// travel beside it.
    Encoded { encoded: Bytes, beside: Vec<(Cid, Block)> },
    /// What such bytes say in this dialect.
    Decoded(Message, ProtocolVersion),
}

/// Two nodes that met, as the network numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair(pub(super) u32);

/// What becomes of a frame when it leaves; nothing yet, as it begins.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trip {
    /// How many messages the network was given before it.
    pub(super) number: u64,
    /// The life of the connection in which it was sent.
    pub(super) life: u32,
    /// When its last byte is at its receiver's downlink at the earliest.
    pub(super) tail_at: Timestamp,
}

impl Frame {
    /// What the layers below add to a message: headers of the muxer, of encryption and of packets.
    pub(crate) const FRAMING_BYTES: u64 = 40;

    /// Bytes on a stream that a hostile node opened.
    pub(crate) fn of_bytes(
        (from, to, pair): (NodeId, NodeId, Pair),
        stream: (u32, bool),
        bytes: Bytes,
    ) -> Self {
        Self {
            from,
            to,
            pair,
            lane: Lane::Control,
            send: SendId(0),
            stream: Some(stream),
            encoded_bytes: bytes.len() as u64,
            contents: Contents::Encoded { encoded: bytes, beside: Vec::new() },
            blocks: BlockCount::default(),
            trip: Trip::default(),
        }
    }

    pub(crate) const fn bytes_on_wire(&self) -> u64 {
        self.encoded_bytes + Self::FRAMING_BYTES
    }

    /// What it adds to the statistics.
    pub(crate) const fn tally(&self) -> Tally {
        Tally { messages: 1, bytes: self.bytes_on_wire(), blocks: self.blocks }
    }
}

/// A frame on its way.
#[derive(Debug)]
pub(crate) struct InFlightFrame(pub(super) Box<Frame>);

impl InFlightFrame {
    pub(crate) const fn of(frame: Box<Frame>) -> Self {
        Self(frame)
    }

    pub(crate) const fn frame(&self) -> &Frame {
        &self.0
    }

    /// From whom, to whom, and as what the network numbers it.
    pub(crate) const fn route(&self) -> (NodeId, NodeId, u64) {
        (self.0.from, self.0.to, self.0.trip.number)
    }

    pub(crate) const fn life(&self) -> u32 {
        self.0.trip.life
    }
}
