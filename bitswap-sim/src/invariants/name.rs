//! Short names for long ones, by which a checker keeps its notes.

use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;

/// Of a CID.
pub(super) fn of_cid(cid: &Cid) -> u64 {
    fold(fold(of_hash(cid.hash()), cid.codec()), u64::from(cid.version()))
}

/// Of the bytes that a CID stands for.
pub(super) fn of_hash(hash: &Multihash<64>) -> u64 {
    let (words, rest) = hash.digest().as_chunks::<8>();
    let name = fold(0, hash.code());
    let name = words.iter().fold(name, |name, word| fold(name, u64::from_le_bytes(*word)));
    if rest.is_empty() {
        return name;
    }
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    fold(name, u64::from_le_bytes(last))
}

/// Of a peer.
pub(super) fn of_peer(peer: &PeerId) -> u64 {
    of_hash(peer.as_ref())
}

const fn fold(name: u64, word: u64) -> u64 {
    let mixed = (name.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}
