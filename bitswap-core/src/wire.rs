//! The Bitswap wire format: messages, and what each protocol version can carry.
//!
//! Source: the Bitswap specification (ipfs/specs `bitswap-protocol.md`) and what Kubo and Helia
//! send in practice.

mod budget;
mod decode;
mod encode;
mod encoded_frame;
mod extension;
mod fields;
mod frame;
#[cfg(test)]
#[rustfmt::skip]
#[expect(unnameable_types, unreachable_pub, reason = "prost makes everything public")]
#[expect(clippy::doc_markdown, clippy::trivially_copy_pass_by_ref, reason = "written by prost")]
mod generated;
mod message;
mod names;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use budget::MAX_BLOCKS;
pub use decode::{Decoded, decode};
pub use encode::{encode, encode_in_pieces, encode_without_blocks, encoded_len};
pub use encoded_frame::EncodedFrame;
pub use frame::frame_length;
pub use message::{BlockPresence, Entry, Message, RelayHeader, Skipped, WantKind};

/// A version of the Bitswap protocol. Later versions carry more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProtocolVersion {
    /// `/ipfs/bitswap`: want-blocks, and blocks without their CID's prefix.
    Unversioned,
    /// `/ipfs/bitswap/1.0.0`: want-blocks, and blocks without their CID's prefix.
    V1_0,
    /// `/ipfs/bitswap/1.1.0`: want-blocks, and blocks with the prefix of their CID.
    V1_1,
    /// `/ipfs/bitswap/1.2.0`: version 1.1.0, and want-have, HAVE and DONT_HAVE.
    V1_2,
    /// `/bitswap-relay/1.0.0`: version 1.2.0, and with each want how far it may be forwarded.
    Relay,
}

impl ProtocolVersion {
    /// All versions, newest first: the order in which they are offered.
    pub const NEWEST_FIRST: [Self; 5] =
        [Self::Relay, Self::V1_2, Self::V1_1, Self::V1_0, Self::Unversioned];

    /// The libp2p protocol id of the version.
    pub const fn protocol_id(self) -> &'static str {
        match self {
            Self::Unversioned => "/ipfs/bitswap",
            Self::V1_0 => "/ipfs/bitswap/1.0.0",
            Self::V1_1 => "/ipfs/bitswap/1.1.0",
            Self::V1_2 => "/ipfs/bitswap/1.2.0",
            Self::Relay => "/bitswap-relay/1.0.0",
        }
    }

    /// Whether the version has want-have, HAVE and DONT_HAVE.
    pub const fn has_presences(self) -> bool {
        matches!(self, Self::V1_2 | Self::Relay)
    }

    /// Whether blocks are sent with the prefix of their CID. Without it, every block is read as a
    /// CIDv0, so that only such blocks can be exchanged.
    pub const fn has_prefixes(self) -> bool {
        matches!(self, Self::V1_1 | Self::V1_2 | Self::Relay)
    }

    /// Whether the version has the relay header of a want: how far it may be forwarded.
    pub const fn has_relay(self) -> bool {
        matches!(self, Self::Relay)
    }
}

/// The protocol version and the lanes of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerCapabilities {
    /// The protocol version that was negotiated with the peer.
    pub protocol: ProtocolVersion,
    /// The number of our streams that the peer reads at once.
    pub lanes: Lanes,
}

/// The number of our streams that a peer reads at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// One stream: control messages and blocks take turns.
    One,
    /// Two streams: control messages never wait behind blocks.
    Two,
}

/// One of the two streams to a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Wants, cancels and presences; also blocks, to a peer that reads only one stream.
    Control,
    /// Blocks only.
    Blocks,
}
