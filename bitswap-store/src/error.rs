//! What can go wrong in a store; each variant says its effect on state.

use std::io;
use std::sync::Arc;

use cid::Cid;

use crate::block_store::Multihash;

/// A store could not do what it was asked.
///
/// It can be cloned, since a commit that fails fails the receipt of everybody who waits for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A cursor that this store did not give out. Nothing changed.
    #[error("a cursor of {bytes} bytes is not one of this store")]
    BadCursor {
        /// Its length.
        bytes: usize,
    },
    /// What was read is not what was put. Nothing was given out, and the store's other
    /// blocks are untouched; putting the block again mends it.
    #[error("the stored block {} is damaged", Cid::new_v1(RAW, *hash))]
    Corrupt {
        /// The block's key.
        hash: Multihash,
    },
    /// The store was written in a form that this version cannot read. Nothing was changed.
    #[error(
        "the store has format {found}, this version reads up to {known}: use the one that wrote it"
    )]
    Format {
        /// What the store says.
        found: u64,
        /// The latest that can be read.
        known: u64,
    },
    /// No room. Blocks of the same call may have been accepted, none in part.
    #[error("{needed} more bytes do not fit: {held} of {limit} are taken")]
    Full {
        /// What was to be added.
        needed: u64,
        /// What is held.
        held: u64,
        /// The most that may be held.
        limit: u64,
    },
    /// The medium failed. What was accepted but not durable may be lost with the process.
    #[error("could not {doing}: {kind}")]
    Io {
        /// What was tried, as `read segment 7`.
        doing: Arc<str>,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// The directory has blocks of both kinds of stores on disk, so that either would miss some:
    /// [`convert`](crate::convert) makes it one. Nothing was changed.
    #[error("{place} has blocks in redb and blocks in segments, which only a conversion unites")]
    Mixed {
        /// The directory.
        place: Arc<str>,
    },
    /// Another process, or another store in this one, has the directory open. Nothing was changed.
    #[error("the store in {place} is in use: stop what uses it, or choose another directory")]
    Locked {
        /// The directory.
        place: Arc<str>,
    },
}

impl StoreError {
    /// Whether it is only room that is missing.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            Self::Io { kind, .. } => {
                matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            Self::BadCursor { .. }
            | Self::Corrupt { .. }
            | Self::Format { .. }
            | Self::Mixed { .. }
            | Self::Locked { .. } => false,
        }
    }
}

/// The codec of plain bytes, for messages that show a multihash in the form that people search for.
const RAW: u64 = 0x55;
