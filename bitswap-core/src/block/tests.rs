//! Bytes become a block only under the right multihash.

use bytes::Bytes;
use cid::Cid;
use multihash::Multihash;

use super::Block;
use crate::error::BlockError;
use crate::limits::MAX_BLOCK_BYTES;

const APPLE: Bytes = Bytes::from_static(b"apple");
const SHA2_256: u64 = 0x12;

#[test]
fn bytes_that_fit_their_cid_are_a_block() {
    assert_eq!(Block::checked(&cid_of(APPLE), APPLE).map(|block| block.bytes().clone()), Ok(APPLE));
}

#[test]
fn other_bytes_are_refused_and_both_are_named() {
    let wanted = cid_of(APPLE);
    let refused = Block::checked(&wanted, Bytes::from_static(b"pear"));
    assert_eq!(refused, Err(BlockError::Mismatch { bytes: 4, wanted }));
    assert_eq!(
        refused.map_err(|error| error.to_string()),
        Err(format!("4 bytes do not hash to {wanted}"))
    );
}

#[test]
fn bytes_that_somebody_vouches_for_are_not_hashed_and_have_the_same_limits() {
    let hash = *cid_of(APPLE).hash();
    let pear = Bytes::from_static(b"pear");
    let block = Block::assume_checked(hash, pear.clone()).expect("a short one");
    assert_eq!((block.multihash(), block.bytes()), (&hash, &pear));

    let longer = Bytes::from(vec![0; MAX_BLOCK_BYTES + 1]);
    let refused = Block::assume_checked(hash, longer);
    let (bytes, limit) = (MAX_BLOCK_BYTES + 1, MAX_BLOCK_BYTES);
    assert_eq!(refused, Err(BlockError::TooLarge { bytes, limit }));
    let short = Multihash::wrap(SHA2_256, &[7; 19]).expect("it fits");
    let refused = Block::assume_checked(short, pear);
    assert_eq!(refused, Err(BlockError::ShortDigest { bytes: 19, least: 20 }));
}

#[test]
fn a_digest_cut_short_is_checked_as_far_as_it_goes() {
    let whole = cid_of(APPLE);
    let cut = |bytes: usize| {
        let digest = whole.hash().digest().get(..bytes).expect("shorter");
        Cid::new_v1(0x55, Multihash::wrap(SHA2_256, digest).expect("it fits"))
    };
    assert_eq!(Block::checked(&cut(20), APPLE).map(|block| block.len()), Ok(5));
    assert!(Block::can_check(&cut(20)) && !Block::can_check(&cut(19)));
    let short = BlockError::ShortDigest { bytes: 19, least: 20 };
    assert_eq!(Block::checked(&cut(19), APPLE), Err(short));
}

#[test]
fn a_hash_that_nobody_here_knows_is_refused() {
    let unknown = BlockError::UnknownHash { code: 0x22, bytes: 32 };
    assert_eq!(Block::hashed(0x22, 32, APPLE), Err(unknown));
    let too_long = BlockError::UnknownHash { code: SHA2_256, bytes: 33 };
    assert_eq!(Block::hashed(SHA2_256, 33, APPLE), Err(too_long));
}

#[test]
fn the_largest_block_is_as_large_as_any() {
    let of = |bytes| Block::sha2_256(Bytes::from(vec![0; bytes])).map(|block| block.len());
    assert_eq!(of(MAX_BLOCK_BYTES), Ok(MAX_BLOCK_BYTES));
    let (bytes, limit) = (MAX_BLOCK_BYTES + 1, MAX_BLOCK_BYTES);
    assert_eq!(of(bytes), Err(BlockError::TooLarge { bytes, limit }));
}

fn cid_of(bytes: Bytes) -> Cid {
    Cid::new_v1(0x55, *Block::sha2_256(bytes).expect("small enough").multihash())
}
