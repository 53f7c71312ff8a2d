//! The decoded form of a message. It owns no bytes of the frame except its blocks.

use std::num::NonZeroU8;
use std::time::Duration;

use cid::Cid;

use crate::block::Block;

/// One Bitswap message: changes to the sender's wants, and answers to the receiver's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Whether `entries` are the sender's whole wantlist, and not changes to it.
    pub full: bool,
    /// Wants and cancels, in the order in which they were written.
    pub entries: Vec<Entry>,
    /// Blocks, each with the CID that its prefix and bytes give.
    pub blocks: Vec<(Cid, Block)>,
    /// HAVE, DONT_HAVE and the relay protocol's presences, each with its CID.
    pub presences: Vec<(Cid, BlockPresence)>,
    /// Block bytes that the sender has queued for the receiver.
    pub pending_bytes: u32,
    /// How many wants of the receiver the sender has room to remember; 0 = it does not say. Only in
    /// the relay protocol.
    pub wants_remembered: u32,
}

impl Message {
    /// Whether the message has no content. A full wantlist without entries is content: it clears
    /// the receiver's copy.
    pub const fn is_empty(&self) -> bool {
        !self.full && self.entries.is_empty() && self.blocks.is_empty() && self.presences.is_empty()
    }

    /// Number of entries, blocks and presences.
    pub const fn items(&self) -> usize {
        self.entries.len() + self.blocks.len() + self.presences.len()
    }
}

/// A wantlist entry of a message: a want or a cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The CID is no longer wanted.
    Cancel {
        /// The CID of the cancelled want.
        cid: Cid,
    },
    /// The CID is wanted until it is answered or cancelled.
    Want {
        /// The CID of the wanted block.
        cid: Cid,
        /// Whether the block or only its presence is wanted.
        kind: WantKind,
        /// Priority relative to the sender's other wants; higher first.
        priority: i32,
        /// Whether the receiver should answer DONT_HAVE if it lacks the block.
        send_dont_have: bool,
        /// How far the want may be forwarded, if at all; only in the relay protocol.
        relay: Option<RelayHeader>,
    },
}

impl Entry {
    /// The CID of the want or cancel.
    pub const fn cid(&self) -> &Cid {
        match self {
            Self::Cancel { cid } | Self::Want { cid, .. } => cid,
        }
    }
}

/// The relay header of a want: how far a peer that lacks the block may forward it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayHeader {
    ttl: NonZeroU8,
    /// Id of the want, the same on the whole way; the peer that started it draws it at random.
    pub want_id: u64,
    /// Time in which an answer is still useful, in milliseconds.
    pub expires_in_ms: u32,
}

impl RelayHeader {
    /// A header that allows `ttl` hops; `None` if `ttl` is 0.
    pub const fn new(ttl: u8, want_id: u64, expires_in_ms: u32) -> Option<Self> {
        match NonZeroU8::new(ttl) {
            Some(ttl) => Some(Self { ttl, want_id, expires_in_ms }),
            None => None,
        }
    }

    /// The number of hops that the want may be forwarded; at least 1.
    pub const fn ttl(&self) -> u8 {
        self.ttl.get()
    }

    /// Time in which an answer is still useful.
    pub const fn life(&self) -> Duration {
        Duration::from_millis(self.expires_in_ms as u64)
    }
}

/// What is wanted of a CID. A want-block includes a want-have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WantKind {
    /// want-have: only whether the peer has the block.
    Have,
    /// want-block: the block itself.
    Block,
}

/// An answer without the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockPresence {
    /// The peer lacks the block, or does not serve it to the receiver.
    DontHave,
    /// The peer has the block.
    Have,
    /// The peer lacks the block but knows a holder `hops` away; encoded as HAVE for other
    /// protocols.
    Reachable {
        /// Distance of the holder from the peer, in hops; at least 1.
        hops: u8,
        /// Id of the relayed want that is answered.
        want_id: u64,
    },
    /// The peer lacks the block but searches for it; encoded as DONT_HAVE for other protocols.
    Searching {
        /// How long the peer searches, in milliseconds; at least 1.
        for_ms: u32,
        /// Id of the relayed want that is answered.
        want_id: u64,
    },
}

impl BlockPresence {
    /// Whether the presence is encoded as HAVE for protocols without relaying.
    pub(crate) const fn is_have(self) -> bool {
        matches!(self, Self::Have | Self::Reachable { .. })
    }

    /// Distance of the block from the peer, in hops; 0 if the peer has it or did not say.
    pub(crate) const fn hops(self) -> u8 {
        match self {
            Self::Reachable { hops, .. } => hops,
            Self::Have | Self::DontHave | Self::Searching { .. } => 0,
        }
    }
}

/// Counts of what was skipped while a frame was decoded, without failing the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Entries, payloads and presences beyond the budget of one message.
    pub over_budget: u32,
    /// Items whose CID, hash, length or kind is not supported.
    pub unusable: u32,
    /// Payloads that were not hashed, because nothing with their CID prefix is wanted.
    pub unhashed: u32,
    /// Bytes of the payloads that were not hashed.
    pub unhashed_bytes: u64,
}
