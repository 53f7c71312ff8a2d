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
    seed: u64,
}

impl Keys {
    /// The keyed hashes of an engine with this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The key of a CID: version, codec and multihash.
    pub fn cid(&self, cid: &Cid) -> CidKey {
        CidKey(self.hash(0x00c1_d000, [u64::from(cid.version()), cid.codec()], cid.hash()))
    }

    /// The key of a multihash.
    pub fn multihash(&self, hash: &Multihash<64>) -> HashKey {
        HashKey(self.hash(0x0004_a540, [], hash))
    }

    /// The key of a peer.
    pub fn peer(&self, peer: &PeerId) -> PeerKey {
        PeerKey(self.hash(0x0009_ee90, [], peer.as_ref()))
    }

    /// The hash of a number, for draws that must come out alike each time; other salts make other
    /// draws.
    pub fn number(&self, salt: u64, number: u64) -> u64 {
        SipHasher13::new_with_keys(self.seed, salt).hash(&number.to_le_bytes())
    }

    /// Hashed in one piece: many short writes would take longer than the hashing itself.
    fn hash<const WORDS: usize>(
        &self,
        kind: u64,
        words: [u64; WORDS],
        hash: &Multihash<64>,
    ) -> u64 {
        let mut bytes = [0; LONGEST_NAME];
        let mut length = 0;
        let numbers = words.into_iter().chain([hash.code()]);
        for (place, number) in bytes.chunks_exact_mut(size_of::<u64>()).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
            length += place.len();
        }
        let digest = hash.digest();
        let end = length + digest.len();
        if let Some(place) = bytes.get_mut(length..end) {
            place.copy_from_slice(digest);
        }
        SipHasher13::new_with_keys(self.seed, kind).hash(&bytes[..end])
    }
}

/// Longest input in bytes: version, codec, hash function and digest.
const LONGEST_NAME: usize = 3 * size_of::<u64>() + 64;
