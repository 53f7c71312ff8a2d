//! What can go wrong with data from outside; each variant says its effect on state.

use std::time::Duration;

/// A configuration that cannot work. No engine was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A lower bound is longer than its upper bound.
    #[error("{} ({:?}) is longer than {} ({:?})", .least.0, .least.1, .most.0, .most.1)]
    Range {
        /// Name and value of the lower bound.
        least: (&'static str, Duration),
        /// Name and value of the upper bound.
        most: (&'static str, Duration),
    },
    /// A TTL beyond what any node may send.
    #[error("a relay ttl is over the limit of {limit}")]
    Ttl {
        /// The most that can be configured.
        limit: u8,
    },
    /// A limit of zero.
    #[error("{limit} is 0; it must be at least 1")]
    Zero {
        /// Name of the limit.
        limit: &'static str,
    },
}

/// Bytes that are not the block they should be. Nothing was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// The digest is too short to identify a block.
    #[error("a digest of {bytes} bytes is too short, the least is {least}")]
    ShortDigest {
        /// Bytes in the digest.
        bytes: u8,
        /// The least accepted.
        least: u8,
    },
    /// The bytes hash to something else.
    #[error("{bytes} bytes do not hash to {wanted}")]
    Mismatch {
        /// Length of what came.
        bytes: usize,
        /// The CID it should have been.
        wanted: cid::Cid,
    },
    /// More bytes than a block may have.
    #[error("a block of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// Length of what came.
        bytes: usize,
        /// The most accepted.
        limit: usize,
    },
    /// A hash function that is not known, or whose digest cannot have this length.
    #[error("multihash 0x{code:x} with a digest of {bytes} bytes cannot be checked")]
    UnknownHash {
        /// The multihash code.
        code: u64,
        /// Bytes in the digest.
        bytes: u8,
    },
}

/// A frame that is not a Bitswap message. The whole message is lost, nothing of it was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// An entry or presence whose CID cannot be read.
    #[error("{place} {position} has no readable cid: {why}")]
    BadCid {
        /// `entry` or `presence`.
        place: &'static str,
        /// Which one, from 0.
        position: usize,
        /// What the CID parser said.
        why: String,
    },
    /// A payload whose prefix cannot be read.
    #[error("payload {position} has no readable prefix")]
    BadPrefix {
        /// Which one, from 0.
        position: usize,
    },
    /// The length in front of the frame is not a minimal varint of at most four bytes.
    #[error("the length before the frame is not a varint of at most 4 bytes")]
    BadLength,
    /// Not protobuf.
    #[error("not a bitswap message at byte {offset}: {why}")]
    Malformed {
        /// Where in the frame.
        offset: usize,
        /// What is wrong there.
        why: &'static str,
    },
    /// The frame is longer than any message may be.
    #[error("a frame of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// Length announced or given.
        bytes: u64,
        /// The most accepted.
        limit: usize,
    },
    /// More items than any honest message has.
    #[error("a message of more than {limit} items")]
    TooMany {
        /// The most accepted.
        limit: usize,
    },
}
