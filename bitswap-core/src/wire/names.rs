//! Encoding of CIDs and of CID prefixes.

use bytes::Bytes;
use cid::{Cid, Version};
use multihash::Multihash;
use multihash_codetable::Code;
use prost::encoding::{encode_varint, encoded_len_varint};
use unsigned_varint::decode;

use crate::block::Block;
use crate::limits::{MAX_CID_BYTES, MIN_DIGEST_BYTES};

const IDENTITY: u64 = 0x00;
const SHA2_256: u64 = 0x12;
const DAG_PB: u64 = 0x70;

/// Longest digest that a [`Cid`] can hold.
const MAX_DIGEST_BYTES: u64 = 64;

/// All of a CID but the digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    version: Version,
    codec: u64,
    code: u64,
    digest_bytes: u64,
}

impl Prefix {
    /// The prefix of a block that was sent without one: CIDv0.
    pub(super) const BARE: Self =
        Self { version: Version::V0, codec: DAG_PB, code: SHA2_256, digest_bytes: 32 };

    /// The prefix of a CID.
    pub(super) fn of(cid: &Cid) -> Self {
        Self {
            version: cid.version(),
            codec: cid.codec(),
            code: cid.hash().code(),
            digest_bytes: u64::from(cid.hash().size()),
        }
    }

    /// Reads a prefix; bytes after it are ignored, as in boxo. `None` if no CID has this prefix.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (prefix, _) = Self::split(bytes)?;
        (prefix.version != Version::V0 || prefix.is_sha2_256()).then_some(prefix)
    }

    /// Appends the encoded prefix.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for word in self.words() {
            put_varint(word, out);
        }
    }

    /// Encoded length of the prefix in bytes.
    pub(super) fn len(&self) -> usize {
        self.words().map(encoded_len_varint).iter().sum()
    }

    fn words(&self) -> [u64; 4] {
        [self.version.into(), self.codec, self.code, self.digest_bytes]
    }

    /// The multihash code and digest length of blocks with this prefix, if they can be verified.
    pub(super) fn checkable(&self) -> Option<(u64, u8)> {
        let known = Code::try_from(self.code).is_ok();
        (known && is_identifying(self.digest_bytes)).then_some((self.code, self.digest_bytes as u8))
    }

    /// Whether the hash is sha2-256 with 32 bytes, as in a CIDv0 and in a block without a prefix.
    pub(super) const fn is_sha2_256(&self) -> bool {
        self.code == SHA2_256 && self.digest_bytes == 32
    }

    /// Hashes `bytes` into a block, and its CID with this prefix.
    pub(super) fn hash(&self, bytes: Bytes) -> Option<(Cid, Block)> {
        let (code, digest_bytes) = self.checkable()?;
        self.named(Block::hashed(code, digest_bytes, bytes).ok()?)
    }

    /// The CID of `block` with this prefix.
    pub(super) fn named(&self, block: Block) -> Option<(Cid, Block)> {
        let cid = match self.version {
            Version::V0 => Cid::new_v0(*block.multihash()).ok()?,
            Version::V1 => Cid::new_v1(self.codec, *block.multihash()),
        };
        Some((cid, block))
    }

    /// Whether `block` was hashed as blocks with this prefix are.
    pub(super) fn fits(&self, block: &Block) -> bool {
        let hash = block.multihash();
        (hash.code(), u64::from(hash.size())) == (self.code, self.digest_bytes)
    }

    fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (version, rest) = varint(bytes)?;
        let (codec, rest) = varint(rest)?;
        let (code, rest) = varint(rest)?;
        let (digest_bytes, rest) = varint(rest)?;
        let version = Version::try_from(version).ok()?;
        Some((Self { version, codec, code, digest_bytes }, rest))
    }
}

/// Appends the encoded CID.
pub(super) fn write_cid(cid: &Cid, out: &mut Vec<u8>) {
    let hash = cid.hash();
    if cid.version() == Version::V1 {
        put_varint(1, out);
        put_varint(cid.codec(), out);
    }
    put_varint(hash.code(), out);
    put_varint(hash.size().into(), out);
    out.extend_from_slice(hash.digest());
}

/// Encoded length of a CID in bytes.
pub(super) fn cid_len(cid: &Cid) -> usize {
    let hash = cid.hash();
    let digest_bytes = usize::from(hash.size());
    let hash_len = encoded_len_varint(hash.code()) + encoded_len_varint(hash.size().into());
    let head = match cid.version() {
        Version::V0 => 0,
        Version::V1 => 1 + encoded_len_varint(cid.codec()),
    };
    head + hash_len + digest_bytes
}

/// Appends a varint. Most take one byte.
#[inline]
pub(super) fn put_varint(word: u64, out: &mut Vec<u8>) {
    if word < 0x80 {
        out.push(word as u8);
    } else {
        encode_varint(word, out);
    }
}

/// Reads a CID that takes up all of `bytes`; `None` if it is a CID whose block cannot be exchanged:
/// too long, an identity CID, or with a digest too short to be safe.
///
/// # Errors
/// What makes it no CID.
pub(super) fn read_cid(bytes: &[u8]) -> Result<Option<Cid>, &'static str> {
    if bytes.len() > MAX_CID_BYTES {
        return Ok(None);
    }
    if let [0x12, 0x20, digest @ ..] = bytes {
        let hash = Multihash::wrap(SHA2_256, digest).map_err(|_| "a CIDv0 of a wrong length")?;
        return Cid::new_v0(hash).map(Some).map_err(|_| "a CIDv0 of a wrong length");
    }
    let (prefix, digest) =
        Prefix::split(bytes).ok_or("its version, codec or hash is unreadable")?;
    if prefix.version != Version::V1 {
        return Err("a CIDv0 spelled like a CIDv1");
    }
    if digest.len() as u64 != prefix.digest_bytes {
        return Err("its digest is not as long as it says");
    }
    if prefix.code == IDENTITY || !is_identifying(prefix.digest_bytes) {
        return Ok(None);
    }
    let hash = Multihash::wrap(prefix.code, digest).map_err(|_| "its digest is too long")?;
    Ok(Some(Cid::new_v1(prefix.codec, hash)))
}

const fn is_identifying(digest_bytes: u64) -> bool {
    digest_bytes >= MIN_DIGEST_BYTES as u64 && digest_bytes <= MAX_DIGEST_BYTES
}

/// Reads a varint as multiformats define it: minimal, and at most nine bytes.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (value, rest) = decode::u64(bytes).ok()?;
    (bytes.len() - rest.len() <= 9).then_some((value, rest))
}
