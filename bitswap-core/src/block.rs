//! A block: bytes together with the multihash that they were checked against.

#[cfg(test)]
mod tests;

use bytes::Bytes;
use cid::Cid;
use multihash::Multihash;
use multihash_codetable::Code;

use crate::digest::digest_of;
use crate::error::BlockError;
use crate::limits::{MAX_BLOCK_BYTES, MIN_DIGEST_BYTES};

/// Bytes that hash to their multihash. A block is made by hashing its bytes, once: what comes back
/// from where it was put is told by [`assume_checked`](Self::assume_checked). Only what is read
/// from a recording, which has no bytes of blocks, has zeros in their place.
#[derive(Clone, PartialEq, Eq)]
pub struct Block {
    hash: Multihash<64>,
    bytes: Bytes,
}

impl Block {
    /// The block of a recording: its bytes are not known, and zeros stand for them. `None` if no
    /// block is so long.
    #[cfg(feature = "record")]
    pub(crate) fn elided(hash: Multihash<64>, length: usize) -> Option<Self> {
        static ZEROS: [u8; MAX_BLOCK_BYTES] = [0; MAX_BLOCK_BYTES];
        Some(Self { hash, bytes: Bytes::from_static(ZEROS.get(..length)?) })
    }

    /// Checks `bytes` against `cid`.
    ///
    /// # Errors
    /// A [`BlockError`] if the bytes are not the block of `cid`; nothing is kept.
    pub fn checked(cid: &Cid, bytes: Bytes) -> Result<Self, BlockError> {
        let wanted = cid.hash();
        let block = Self::hashed(wanted.code(), wanted.size(), bytes)?;
        if block.hash == *wanted {
            Ok(block)
        } else {
            Err(BlockError::Mismatch { bytes: block.bytes.len(), wanted: *cid })
        }
    }

    /// Hashes `bytes` with the multihash function `code`, and keeps `digest` bytes of the digest.
    ///
    /// # Errors
    /// An unknown function, a digest that is too short or longer than the function's, or too many
    /// bytes; nothing is kept.
    pub fn hashed(code: u64, digest: u8, bytes: Bytes) -> Result<Self, BlockError> {
        Self::within_limits(digest, &bytes)?;
        let unknown = BlockError::UnknownHash { code, bytes: digest };
        let function = Code::try_from(code).map_err(|_| unknown.clone())?;
        let full = digest_of(function, &bytes);
        let kept = full.digest().get(..usize::from(digest)).ok_or_else(|| unknown.clone())?;
        let hash = Multihash::wrap(code, kept).map_err(|_| unknown)?;
        Ok(Self { hash, bytes })
    }

    /// The block of this multihash, whose `bytes` are not hashed.
    ///
    /// The caller vouches for them: a store that has compared them with a checksum which it made
    /// when they were hashed, or a process that has them from another of the same user. Bytes of a
    /// peer are always hashed. Wrong bytes make a node that serves them lose its peers' trust;
    /// their engines refuse them.
    ///
    /// # Errors
    /// [`BlockError::TooLarge`] and [`BlockError::ShortDigest`], as no block is so.
    pub fn assume_checked(hash: Multihash<64>, bytes: Bytes) -> Result<Self, BlockError> {
        Self::within_limits(hash.size(), &bytes)?;
        Ok(Self { hash, bytes })
    }

    /// Hashes `bytes` with sha2-256, the usual hash of IPFS.
    ///
    /// # Errors
    /// Only [`BlockError::TooLarge`].
    pub fn sha2_256(bytes: Bytes) -> Result<Self, BlockError> {
        Self::hashed(Code::Sha2_256.into(), 32, bytes)
    }

    /// Whether the multihash of `cid` can be verified, so that a block of it can be accepted.
    pub fn can_check(cid: &Cid) -> bool {
        let digest = cid.hash().size();
        // The size of the usual one is known; that of another is known from a digest.
        let longest =
            |code: Code| if code == Code::Sha2_256 { 32 } else { digest_of(code, &[]).size() };
        digest >= MIN_DIGEST_BYTES
            && Code::try_from(cid.hash().code()).is_ok_and(|code| digest <= longest(code))
    }

    fn within_limits(digest: u8, bytes: &Bytes) -> Result<(), BlockError> {
        let (length, limit, least) = (bytes.len(), MAX_BLOCK_BYTES, MIN_DIGEST_BYTES);
        let large = (bytes.len() > MAX_BLOCK_BYTES)
            .then_some(BlockError::TooLarge { bytes: length, limit });
        let short =
            (digest < MIN_DIGEST_BYTES).then_some(BlockError::ShortDigest { bytes: digest, least });
        large.or(short).map_or(Ok(()), Err)
    }

    /// The multihash of the bytes.
    pub const fn multihash(&self) -> &Multihash<64> {
        &self.hash
    }

    /// The bytes; a clone of them is cheap.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the block has no bytes.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digest = self.hash.digest();
        write!(f, "Block({:x?}…, {} bytes)", digest.get(..4).unwrap_or(digest), self.bytes.len())
    }
}
