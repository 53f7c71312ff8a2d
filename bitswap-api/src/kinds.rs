//! Codecs and hash functions by the names that people give them.

use bitswap_core::{Block, BlockError, MAX_NEW_BLOCK_BYTES};
use bitswap_service::error::CliError;
use bitswap_store::Multihash;
use bytes::Bytes;
use cid::Cid;
use multihash_codetable::{Code, MultihashDigest as _};

use crate::errors;

/// Bytes that are nothing else.
pub(super) const RAW: u64 = 0x55;

const CODECS: [(&str, u64); 6] = [
    ("raw", RAW),
    ("dag-pb", 0x70),
    ("dag-cbor", 0x71),
    ("dag-json", 0x0129),
    ("cbor", 0x51),
    ("json", 0x0200),
];

const HASHES: [(&str, Code); 6] = [
    ("sha2-256", Code::Sha2_256),
    ("sha2-512", Code::Sha2_512),
    ("sha3-256", Code::Sha3_256),
    ("sha3-512", Code::Sha3_512),
    ("blake2b-256", Code::Blake2b256),
    ("blake3", Code::Blake3_256),
];

/// What a new block is: what its CID says of its bytes, and how they are hashed.
#[derive(Debug)]
pub struct BlockKind {
    codec: u64,
    hash: (u64, u8),
}

impl BlockKind {
    /// By the names of codec and hash function.
    ///
    /// # Errors
    /// None is called so.
    pub fn named(codec_name: &str, hash_name: &str) -> Result<Self, CliError> {
        Ok(Self { codec: codec(codec_name)?, hash: hash(hash_name)? })
    }

    /// The block of these bytes.
    ///
    /// # Errors
    /// It is larger than a block ought to be made, or the hash function's digest is too short.
    pub fn block(&self, bytes: Bytes) -> Result<(Cid, Block), CliError> {
        let (length, limit) = (bytes.len(), MAX_NEW_BLOCK_BYTES);
        if length > limit {
            return Err(errors::bad_block(&BlockError::TooLarge { bytes: length, limit }));
        }
        let (code, digest) = self.hash;
        let block = Block::hashed(code, digest, bytes);
        let block = block.map_err(|why| errors::bad_block(&why))?;
        Ok((Cid::new_v1(self.codec, *block.multihash()), block))
    }
}

/// A codec by its name.
fn codec(name: &str) -> Result<u64, CliError> {
    let found = CODECS.iter().find(|(known, _)| *known == name);
    found.map(|(_, codec)| *codec).ok_or_else(|| unknown("codec", name, &CODECS))
}

/// What a codec is called; `None` = its number will have to do.
pub fn codec_name(codec: u64) -> Option<&'static str> {
    CODECS.iter().find(|(_, known)| *known == codec).map(|(name, _)| *name)
}

/// A hash function by its name: its code, and how long its digest is in bytes.
fn hash(name: &str) -> Result<(u64, u8), CliError> {
    let found = HASHES.iter().find(|(known, _)| *known == name);
    let (_, code) = found.ok_or_else(|| unknown("hash", name, &HASHES))?;
    Ok((u64::from(*code), code.digest(&[]).size()))
}

/// What a hash function is called; `None` = its number will have to do.
pub fn hash_name(code: u64) -> Option<&'static str> {
    HASHES.iter().find(|(_, known)| u64::from(*known) == code).map(|(name, _)| *name)
}

/// What stands for a multihash where a CID is needed: the same bytes, as bytes.
pub const fn raw_cid(hash: Multihash) -> Cid {
    Cid::new_v1(RAW, hash)
}

fn unknown<T>(what: &str, name: &str, known: &[(&str, T)]) -> CliError {
    let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
    errors::unknown_word(what, name, &names.join(", "))
}
