//! What can be wrong with a CAR.

use bitswap_core::BlockError;
use cid::Cid;

use crate::error::DagError;
use crate::links::LinksError;

/// A CAR could not be read or written. What was read before is as it was told, and blocks that
/// were stored stay.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CarError {
    /// A block that is not that of its CID, or cannot be checked.
    #[error("the block at byte {at} is not that of its cid: {why}")]
    BadBlock {
        /// Where its section begins.
        at: u64,
        /// What is wrong with it.
        #[source]
        why: BlockError,
    },
    /// A block to export that is not what its CID says, so its links are not known.
    #[error("the links of {cid} cannot be read: {why}")]
    BadNode {
        /// Which block.
        cid: Cid,
        /// What is wrong with it.
        why: String,
    },
    /// The tree that is exported cannot be read, or the store does not take what is imported.
    #[error(transparent)]
    Dag(Box<DagError>),
    /// Reading or writing the CAR itself.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Something that no CAR has.
    #[error("at byte {at}: {why}")]
    Malformed {
        /// Where it is.
        at: u64,
        /// What is wrong.
        why: String,
    },
    /// More than is read at once.
    #[error("{what} at byte {at} has {bytes} bytes, and the limit is {limit}")]
    TooLarge {
        /// Where it begins.
        at: u64,
        /// What it is.
        what: &'static str,
        /// Its length.
        bytes: u64,
        /// The longest that is read.
        limit: u64,
    },
    /// It ends before what it has begun does.
    #[error("it ends at byte {at}, inside {what}")]
    Truncated {
        /// How many bytes there are.
        at: u64,
        /// What is not whole.
        what: &'static str,
    },
    /// A block to export that may link to others in a way that is not known.
    #[error("the links of {cid} are not known: its codec is 0x{:x}", cid.codec())]
    UnknownCodec {
        /// Which block.
        cid: Cid,
    },
    /// A version that is not known.
    #[error("it is a car of version {version}; versions 1 and 2 are known")]
    UnknownVersion {
        /// The version that it says.
        version: u64,
    },
}

impl CarError {
    pub(super) fn of_links(cid: Cid, error: LinksError) -> Self {
        match error {
            LinksError::BadNode(why) => Self::BadNode { cid, why },
            LinksError::UnknownCodec(_) => Self::UnknownCodec { cid },
        }
    }
}

impl From<DagError> for CarError {
    fn from(error: DagError) -> Self {
        Self::Dag(Box::new(error))
    }
}
