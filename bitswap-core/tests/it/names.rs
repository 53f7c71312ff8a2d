//! Keys and CIDs: which are distinct, and which can be verified.

use bitswap_core::testing::block;
use bitswap_core::{Block, Keys};
use cid::Cid;
use multihash::Multihash;

#[test]
fn a_key_tells_versions_codecs_and_nodes_apart() {
    let (raw, apple) = block(1, 9_000);
    let [dag_pb, old] =
        [Cid::new_v1(0x70, *apple.multihash()), Cid::new_v0(*apple.multihash()).expect("sha2-256")];
    let keys = [7, 8].map(Keys::new);
    let mut all: Vec<_> =
        keys.iter().flat_map(|keys| [raw, dag_pb, old].map(|cid| keys.cid(&cid))).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 6);
}

#[test]
fn a_digest_longer_than_its_functions_cannot_be_checked() {
    let of =
        |length: usize| Cid::new_v1(0x55, Multihash::wrap(0x12, &[1; 64][..length]).expect("fits"));
    assert_eq!([20, 32, 33].map(|length| Block::can_check(&of(length))), [true, true, false]);
}
