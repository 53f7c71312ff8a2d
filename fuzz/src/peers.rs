//! Peers and blocks by their number.

use bitswap_core::Block;
use bytes::Bytes;
use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;

const SHA2_256: u64 = 0x12;
const RAW: u64 = 0x55;

pub(crate) fn peer(number: u8) -> PeerId {
    PeerId::from_multihash(Multihash::wrap(SHA2_256, &[number; 32]).unwrap()).unwrap()
}

/// Every other one is small enough to be sent instead of a HAVE.
pub(crate) fn block(number: u8) -> (Cid, Block) {
    let length = if number.is_multiple_of(2) { 100 } else { 3_000 };
    let block = Block::sha2_256(Bytes::from(vec![number; length])).unwrap();
    (Cid::new_v1(RAW, *block.multihash()), block)
}
