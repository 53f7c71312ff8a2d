//! Bitswap on the wire: what a message says, and what each protocol version can carry of it.
//!
//! Source: the Bitswap specification (ipfs/specs `bitswap-protocol.md`) and what Kubo and Helia
//! send in practice.

mod budget;
mod decode;
mod encode;
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

pub use decode::{Decoded, decode};
pub use encode::{encode, encode_without_blocks};
pub use frame::frame_length;
pub use message::{BlockPresence, Entry, Message, RelayHeader, Skipped, WantKind};

/// A protocol version. Later ones carry more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProtocolVersion {
    /// `/ipfs/bitswap`: want-blocks, and blocks without their CID's prefix.
    Unversioned,
    /// `/ipfs/bitswap/1.0.0`: the same.
    V1_0,
    /// `/ipfs/bitswap/1.1.0`: blocks with the prefix of their CID.
    V1_1,
    /// `/ipfs/bitswap/1.2.0`: want-have, HAVE and DONT_HAVE too.
    V1_2,
    /// `/bitswap-relay/1.0.0`: the same, and how far a want may be passed on.
    Relay,
}

impl ProtocolVersion {
    /// All of them, in the order in which they are offered.
    pub const NEWEST_FIRST: [Self; 5] =
        [Self::Relay, Self::V1_2, Self::V1_1, Self::V1_0, Self::Unversioned];

    /// The libp2p protocol id.
    pub const fn protocol_id(self) -> &'static str {
        match self {
            Self::Unversioned => "/ipfs/bitswap",
            Self::V1_0 => "/ipfs/bitswap/1.0.0",
            Self::V1_1 => "/ipfs/bitswap/1.1.0",
            Self::V1_2 => "/ipfs/bitswap/1.2.0",
            Self::Relay => "/bitswap-relay/1.0.0",
        }
    }

    /// The dialect with this protocol id.
    pub fn of_protocol_id(id: &str) -> Option<Self> {
        Self::NEWEST_FIRST.into_iter().find(|protocol| protocol.protocol_id() == id)
    }

    /// Whether want-have, HAVE and DONT_HAVE exist in it.
    pub const fn has_presences(self) -> bool {
        matches!(self, Self::V1_2 | Self::Relay)
    }

    /// Whether blocks travel with the prefix of their CID. Without it every block is read as
    /// CIDv0, so only such blocks can be exchanged.
    pub const fn has_prefixes(self) -> bool {
        matches!(self, Self::V1_1 | Self::V1_2 | Self::Relay)
    }

    /// Whether a want says how far it may be passed on.
    pub const fn has_relay(self) -> bool {
        matches!(self, Self::Relay)
    }
}

/// How a peer speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerCapabilities {
    /// Which protocol version.
    pub protocol: ProtocolVersion,
    /// Over how many streams at once.
    pub lanes: Lanes,
}

/// How many of our streams a peer reads at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lanes {
    /// One: wants and blocks take turns.
    One,
    /// Two: our wants never wait behind our uploads.
    Two,
}

/// One of the two streams to a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Wants, cancels and presences; everything, to a peer that reads only one stream.
    Control,
    /// Blocks.
    Blocks,
}
