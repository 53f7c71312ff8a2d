//! A CID as it is kept: the usual ones, with a SHA-256 digest, take less than half of a [`Cid`].

#[cfg(test)]
mod tests;

use cid::{Cid, Version};
use multihash::Multihash;

const SHA2_256: u64 = 0x12;
const DAG_PB: u64 = 0x70;

/// A CID of which there may be many. It is made a [`Cid`] again where it leaves the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ShortCid {
    /// A CIDv0.
    V0([u8; 32]),
    /// A CIDv1 with a SHA-256 digest: its codec, and the digest.
    V1(u32, [u8; 32]),
    /// Any other CID.
    Other(Box<Cid>),
}

impl From<Cid> for ShortCid {
    fn from(cid: Cid) -> Self {
        let hash = cid.hash();
        match (hash.digest().try_into(), cid.version(), u32::try_from(cid.codec())) {
            (Ok(digest), Version::V0, _) if hash.code() == SHA2_256 => Self::V0(digest),
            (Ok(digest), Version::V1, Ok(codec)) if hash.code() == SHA2_256 => {
                Self::V1(codec, digest)
            }
            _ => Self::Other(Box::new(cid)),
        }
    }
}

impl From<&ShortCid> for Cid {
    fn from(short: &ShortCid) -> Self {
        // A digest of 32 bytes always fits, and makes a CIDv0.
        let hash = |digest| Multihash::wrap(SHA2_256, digest).unwrap_or_default();
        match short {
            ShortCid::V0(digest) => {
                let hash = hash(digest);
                Self::new_v0(hash).unwrap_or_else(|_| Self::new_v1(DAG_PB, hash))
            }
            ShortCid::V1(codec, digest) => Self::new_v1(u64::from(*codec), hash(digest)),
            ShortCid::Other(cid) => **cid,
        }
    }
}
