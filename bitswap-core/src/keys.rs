//! Keyed hashes of CIDs, multihashes and peer ids, so that nobody can aim collisions at our tables.

use std::hash::Hasher as _;

use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;
use siphasher::sip::SipHasher13;

use crate::ids::{CidKey, HashKey, PeerKey};

/// Turns long names into 64-bit keys. Equal seeds give equal keys, on every platform.
///
/// Two names share a key with a chance of 2⁻⁶⁴; tables that a collision could mislead keep the
/// full name beside the key and compare it.
#[derive(Clone, Debug)]
pub struct Keys {
    seed: u64,
}

impl Keys {
    /// The keys of an engine with this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The key of a CID: version, codec and multihash.
    pub fn cid(&self, cid: &Cid) -> CidKey {
        let mut hasher = self.hasher(0x00c1_d000);
        hasher.write(&u64::from(cid.version()).to_le_bytes());
        hasher.write(&cid.codec().to_le_bytes());
        write_multihash(&mut hasher, cid.hash());
        CidKey(hasher.finish())
    }

    /// The key of a multihash.
    pub fn multihash(&self, hash: &Multihash<64>) -> HashKey {
        let mut hasher = self.hasher(0x0004_a540);
        write_multihash(&mut hasher, hash);
        HashKey(hasher.finish())
    }

    /// The key of a peer.
    pub fn peer(&self, peer: &PeerId) -> PeerKey {
        let mut hasher = self.hasher(0x0009_ee90);
        write_multihash(&mut hasher, peer.as_ref());
        PeerKey(hasher.finish())
    }

    fn hasher(&self, kind: u64) -> SipHasher13 {
        SipHasher13::new_with_keys(self.seed, kind)
    }
}

fn write_multihash(hasher: &mut SipHasher13, hash: &Multihash<64>) {
    hasher.write(&hash.code().to_le_bytes());
    hasher.write(hash.digest());
}
