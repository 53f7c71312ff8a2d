//! Keyed hashes of CIDs, multihashes and peer ids, so that no peer can cause hash collisions.

use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;
use siphasher::sip::SipHasher13;

use crate::ids::{CidKey, HashKey, PeerKey};

/// Hashes CIDs, multihashes and peer ids to 64-bit keys. Equal seeds give equal keys, on every
/// platform.
///
/// Two values have the same key with a probability of 2⁻⁶⁴; tables that a collision could corrupt
/// store the full value beside the key and compare it.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The seed of the hashes of names; `None` = names are pseudonyms.
    names: Option<u64>,
    draws: u64,
}

impl Keys {
    /// The keyed hashes of an engine with this seed.
    pub const fn new(seed: u64) -> Self {
        Self::split(seed, seed)
    }

    /// Keyed hashes with a seed for CIDs, multihashes and peers, and another for
    /// [`number`](Self::number).
    pub const fn split(names: u64, draws: u64) -> Self {
        Self { names: Some(names), draws }
    }

    /// The keys of an engine whose peers and CIDs are all pseudonyms, as a recording without
    /// identities has them. They carry the keys of what they stand for: that of a peer is an
    /// identity multihash of the eight bytes of its [`PeerKey`], and the digest of a CID begins
    /// with the eight bytes of its [`HashKey`]. The key of any other name is that of the seed 0.
    pub const fn recorded(draws: u64) -> Self {
        Self { names: None, draws }
    }

    /// The key of a CID: version, codec and the key of the multihash. The latter cannot be foreseen
    /// by peers, so this hash needs no seed, and the key of a pseudonym can be had without one.
    pub fn cid(&self, cid: &Cid) -> CidKey {
        self.cid_and_hash(cid).0
    }

    /// The key of a CID, and that of its multihash, which is needed for it.
    pub(crate) fn cid_and_hash(&self, cid: &Cid) -> (CidKey, HashKey) {
        let hash_key = self.multihash(cid.hash());
        let HashKey(hash) = hash_key;
        let mut bytes = [0; 3 * size_of::<u64>()];
        let words = [u64::from(cid.version()), cid.codec(), hash];
        for (place, word) in bytes.chunks_exact_mut(size_of::<u64>()).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        (CidKey(SipHasher13::new_with_keys(0, 0x00c1_d000).hash(&bytes)), hash_key)
    }

    /// The key of a multihash.
    pub fn multihash(&self, hash: &Multihash<64>) -> HashKey {
        HashKey(self.named(0x0004_a540, hash, |hash| {
            hash.digest().first_chunk().map(|key| u64::from_le_bytes(*key))
        }))
    }

    /// The key of a peer.
    pub fn peer(&self, peer: &PeerId) -> PeerKey {
        PeerKey(self.named(0x0009_ee90, peer.as_ref(), |hash| {
            let key = <[u8; 8]>::try_from(hash.digest()).ok();
            key.filter(|_| hash.code() == IDENTITY).map(u64::from_le_bytes)
        }))
    }

    /// The hash of a number, for draws that must come out alike each time; other salts make other
    /// draws.
    pub fn number(&self, salt: u64, number: u64) -> u64 {
        SipHasher13::new_with_keys(self.draws, salt).hash(&number.to_le_bytes())
    }

    /// What is `recorded` of a pseudonym, or else the keyed hash.
    fn named(
        &self,
        kind: u64,
        hash: &Multihash<64>,
        recorded: impl Fn(&Multihash<64>) -> Option<u64>,
    ) -> u64 {
        match self.names {
            Some(seed) => hashed(seed, kind, hash),
            None => recorded(hash).unwrap_or_else(|| hashed(0, kind, hash)),
        }
    }
}

/// The code of a multihash that is what it stands for.
const IDENTITY: u64 = 0;

/// Hashed in one piece: many short writes would take longer than the hashing itself.
fn hashed(seed: u64, kind: u64, hash: &Multihash<64>) -> u64 {
    let mut bytes = [0; LONGEST_NAME];
    let (code, rest) = bytes.split_at_mut(size_of::<u64>());
    code.copy_from_slice(&hash.code().to_le_bytes());
    let digest = hash.digest();
    if let Some(place) = rest.get_mut(..digest.len()) {
        place.copy_from_slice(digest);
    }
    SipHasher13::new_with_keys(seed, kind).hash(&bytes[..size_of::<u64>() + digest.len()])
}

/// Longest input in bytes: hash function and digest.
const LONGEST_NAME: usize = size_of::<u64>() + 64;
