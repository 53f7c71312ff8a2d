//! Errors of configuration, blocks and messages; each says its effect on state.

use std::time::Duration;

/// A configuration that cannot be used; no engine was made.
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
    /// A relay TTL above the largest that any node may send.
    #[error("a relay ttl is over the limit of {limit}")]
    Ttl {
        /// The largest TTL that can be configured, in hops.
        limit: u8,
    },
    /// A limit of zero.
    #[error("{limit} is 0; it must be at least 1")]
    Zero {
        /// Name of the limit.
        limit: &'static str,
    },
}

/// Bytes that are not the block of a CID; nothing was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// The digest is too short to identify a block.
    #[error("a digest of {bytes} bytes is too short, the least is {least}")]
    ShortDigest {
        /// Bytes in the digest.
        bytes: u8,
        /// The shortest digest that is accepted, in bytes.
        least: u8,
    },
    /// The bytes hash to something else.
    #[error("{bytes} bytes do not hash to {wanted}")]
    Mismatch {
        /// Length of the bytes that were checked.
        bytes: usize,
        /// The CID that the bytes were checked against.
        wanted: cid::Cid,
    },
    /// The bytes are longer than a block may be.
    #[error("a block of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// Length of the bytes that were checked.
        bytes: usize,
        /// The largest block that is accepted, in bytes.
        limit: usize,
    },
    /// The hash function is unknown, or its digest cannot have this length.
    #[error("multihash 0x{code:x} with a digest of {bytes} bytes cannot be checked")]
    UnknownHash {
        /// The multihash code.
        code: u64,
        /// Bytes in the digest.
        bytes: u8,
    },
}

/// A frame that is not a valid Bitswap message; the whole message is discarded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// An entry or presence whose CID cannot be read.
    #[error("{place} {position} has no readable cid: {why}")]
    BadCid {
        /// `entry` or `presence`.
        place: &'static str,
        /// Number of the entry or presence, from 0.
        position: usize,
        /// The error of the CID parser.
        why: String,
    },
    /// A payload whose prefix cannot be read.
    #[error("payload {position} has no readable prefix")]
    BadPrefix {
        /// Number of the payload, from 0.
        position: usize,
    },
    /// The length in front of the frame is not a minimal varint of at most four bytes.
    #[error("the length before the frame is not a varint of at most 4 bytes")]
    BadLength,
    /// The frame is not valid protobuf.
    #[error("not a bitswap message at byte {offset}: {why}")]
    Malformed {
        /// Byte offset in the frame.
        offset: usize,
        /// What is invalid there.
        why: &'static str,
    },
    /// The frame is longer than any message may be.
    #[error("a frame of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// Length of the frame in bytes, announced or actual.
        bytes: u64,
        /// The largest frame that is accepted, in bytes.
        limit: usize,
    },
    /// The message has more items (entries, blocks, presences) than are read.
    #[error("a message of more than {limit} items")]
    TooMany {
        /// The most items that are accepted.
        limit: usize,
    },
}
