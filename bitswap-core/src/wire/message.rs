//! The parsed form of a message. Owns no bytes of the frame but the blocks' own.

use std::num::NonZeroU8;
use std::time::Duration;

use cid::Cid;

use crate::block::Block;

/// One Bitswap message: changes to the sender's wants, and answers to the receiver's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Whether `entries` are all of the sender's wants, not changes to them.
    pub full: bool,
    /// Wants and cancels, in the order they were written.
    pub entries: Vec<Entry>,
    /// Blocks, each under the CID that its prefix and bytes give.
    pub blocks: Vec<(Cid, Block)>,
    /// Answers without the block.
    pub presences: Vec<(Cid, BlockPresence)>,
    /// Bytes of answers that the sender has still queued for the receiver.
    pub pending_bytes: u32,
}

impl Message {
    /// Whether there is nothing to say. A full list without entries says "I want nothing".
    pub const fn is_empty(&self) -> bool {
        !self.full && self.entries.is_empty() && self.blocks.is_empty() && self.presences.is_empty()
    }

    /// Entries, blocks and presences together.
    pub const fn items(&self) -> usize {
        self.entries.len() + self.blocks.len() + self.presences.len()
    }
}

/// A change to the sender's wantlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// No longer wanted.
    Cancel {
        /// What is no longer wanted.
        cid: Cid,
    },
    /// Wanted until it is answered or cancelled.
    Want {
        /// What is wanted.
        cid: Cid,
        /// The block, or only whether it is there.
        kind: WantKind,
        /// Higher first, relative to the sender's other wants.
        priority: i32,
        /// Whether "no" is to be said aloud.
        send_dont_have: bool,
        /// How far it may be passed on, if at all. Only the relay protocol carries it.
        relay: Option<RelayHeader>,
    },
}

impl Entry {
    /// The CID it is about.
    pub const fn cid(&self) -> &Cid {
        match self {
            Self::Cancel { cid } | Self::Want { cid, .. } => cid,
        }
    }
}

/// How far a want may be passed on by a peer that cannot serve it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayHeader {
    ttl: NonZeroU8,
    /// The same on the whole way, drawn at random by who wants it.
    pub want_id: u64,
    /// How long an answer is of use, in ms.
    pub expires_in_ms: u32,
}

impl RelayHeader {
    /// A want that may be passed on `ttl` times; `None` if that is not at all.
    pub const fn new(ttl: u8, want_id: u64, expires_in_ms: u32) -> Option<Self> {
        match NonZeroU8::new(ttl) {
            Some(ttl) => Some(Self { ttl, want_id, expires_in_ms }),
            None => None,
        }
    }

    /// How many times; at least 1.
    pub const fn ttl(&self) -> u8 {
        self.ttl.get()
    }

    /// How long an answer is of use.
    pub const fn life(&self) -> Duration {
        Duration::from_millis(self.expires_in_ms as u64)
    }
}

/// What is wanted of a CID. Wanting the block includes wanting to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WantKind {
    /// want-have: whether it is there.
    Have,
    /// want-block: the block itself.
    Block,
}

/// An answer that is not the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockPresence {
    /// Not there, or not for you.
    DontHave,
    /// There.
    Have,
    /// Not there, but somebody further off has it: HAVE where the relay protocol is not spoken.
    Reachable {
        /// How many hops further; at least 1.
        hops: u8,
        /// The want that is answered.
        want_id: u64,
    },
    /// Not there yet, but looked for: DONT_HAVE where the relay protocol is not spoken.
    Searching {
        /// How long, in ms; at least 1.
        for_ms: u32,
        /// The want that is answered.
        want_id: u64,
    },
}

impl BlockPresence {
    /// Whether it is HAVE where the relay protocol is not spoken.
    pub(crate) const fn is_have(self) -> bool {
        matches!(self, Self::Have | Self::Reachable { .. })
    }

    /// How far off the block is, by what was said of it.
    pub(crate) const fn hops(self) -> u8 {
        match self {
            Self::Reachable { hops, .. } => hops,
            Self::Have | Self::DontHave | Self::Searching { .. } => 0,
        }
    }
}

/// What of a frame was passed over without failing it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Entries, payloads and presences beyond the budget of one message.
    pub over_budget: u32,
    /// Items whose CID, hash, length or kind we do not take.
    pub unusable: u32,
    /// Payloads that were not hashed, since nothing of their prefix is wanted.
    pub unhashed: u32,
    /// Bytes in those payloads.
    pub unhashed_bytes: u64,
}
