//! Decoding of blocks, with and without a prefix.

use bytes::Bytes;
use cid::Cid;

use super::{RAW, SHA2_256, bytes, message_with, payload, raw, read, read_all, unusable, varints};
use crate::block::Block;
use crate::error::WireError;
use crate::limits::MAX_BLOCK_BYTES;
use crate::wire::{Message, ProtocolVersion, Skipped, decode};

const DAG_PB: u64 = 0x70;
const SHA2_512: u64 = 0x13;
const BLAKE3: u64 = 0x1e;

#[test]
fn a_payload_gets_the_cid_of_its_prefix_and_bytes() {
    let blocks = read_all(three_kinds()).blocks;

    let cids: Vec<Cid> = blocks.iter().map(|(cid, _)| *cid).collect();
    let pear = hashed(SHA2_256, 32, b"pear");
    let plum = hashed(BLAKE3, 32, b"plum");
    let expected = [
        raw(b"apple").0,
        Cid::new_v0(*pear.multihash()).unwrap(),
        Cid::new_v1(0x71, *plum.multihash()),
    ];
    assert_eq!(cids, expected);
    assert_eq!(blocks[2].1, plum);
}

#[test]
fn a_block_hashed_before_is_taken_for_its_own_bytes_and_hash_only() {
    let frame = Bytes::from(three_kinds());
    for known in [b"apple".as_slice(), b"pear", b"plum"].map(|known| hashed(SHA2_256, 32, known)) {
        let decoded = decode(frame.clone(), ProtocolVersion::V1_2).expect("it is a frame");
        let knowing = decoded.verify_knowing(|_, _| true, |_| Some(known.clone()));

        assert_eq!(knowing.0, read_all(frame.clone()));
    }
}

#[test]
fn a_bare_block_is_cidv0() {
    let block = hashed(SHA2_256, 32, b"pear");
    let cid = Cid::new_v0(*block.multihash()).unwrap();

    assert_eq!(read_all(bytes(2, b"pear")), message_with(vec![(cid, block)], vec![]));
}

#[test]
fn a_block_may_be_empty() {
    let empty = raw(b"");

    assert_eq!(read_all(payload(&[1, RAW, SHA2_256, 32], b"")), only(empty.clone()));
    let no_data = bytes(3, &bytes(1, &varints(&[1, RAW, SHA2_256, 32])));
    assert_eq!(read_all(no_data), only(empty));
}

#[test]
fn a_prefix_that_is_none_costs_the_message() {
    let good = payload(&[1, RAW, SHA2_256, 32], b"apple");
    let prefixes: [&[u64]; 8] = [
        &[],
        &[1],
        &[1, RAW, SHA2_256],
        &[2, RAW, SHA2_256, 32],
        &[18, 32],
        &[0, DAG_PB, SHA2_512, 20],
        &[0, DAG_PB, SHA2_256, 20],
        &[0, DAG_PB, 0x1234_5678, 32],
    ];

    for prefix in prefixes {
        let frame = [good.clone(), payload(prefix, b"pear")].concat();
        assert_eq!(read(frame), Err(WireError::BadPrefix { position: 1 }), "{prefix:?}");
    }
    let not_minimal = bytes(3, &bytes(1, &[0x81, 0x00, 0x55, 0x12, 0x20]));
    assert_eq!(read(not_minimal), Err(WireError::BadPrefix { position: 0 }));
}

#[test]
fn bytes_after_a_prefix_are_ignored() {
    let frame = payload(&[1, RAW, SHA2_256, 32, 7, 7, 7], b"apple");

    assert_eq!(read_all(frame), only(raw(b"apple")));
}

#[test]
fn a_payload_that_cannot_be_checked_is_passed_over_alone() {
    let too_long = vec![0; MAX_BLOCK_BYTES + 1];
    let exotic = [
        ("unknown function", payload(&[1, RAW, 0x1234_5678, 32], b"pear")),
        ("identity", payload(&[1, RAW, 0, 4], b"pear")),
        ("identity of 32 bytes", payload(&[1, RAW, 0, 32], b"pear")),
        ("digest of 19 bytes", payload(&[1, RAW, SHA2_256, 19], b"pear")),
        ("digest of no bytes", payload(&[1, RAW, SHA2_256, 0], b"pear")),
        ("digest longer than the function's", payload(&[1, RAW, SHA2_256, 33], b"pear")),
        ("digest longer than any", payload(&[1, RAW, SHA2_256, u64::MAX >> 1], b"pear")),
        ("block that is too long", payload(&[1, RAW, SHA2_256, 32], &too_long)),
        ("bare block that is too long", bytes(2, &too_long)),
    ];

    for (name, payload_field) in exotic {
        let frame = [payload_field, payload(&[1, RAW, SHA2_256, 32], b"apple")].concat();
        assert_eq!(read(frame), Ok((only(raw(b"apple")), unusable(1))), "{name}");
    }
}

#[test]
fn the_largest_block_is_read() {
    let largest = vec![7; MAX_BLOCK_BYTES];

    let message = read_all(payload(&[1, RAW, SHA2_256, 32], &largest));

    assert_eq!(message, only(raw(&largest)));
}

#[test]
fn a_digest_may_be_shortened_to_20_bytes() {
    let short = hashed(SHA2_256, 20, b"apple");
    let cid = Cid::new_v1(RAW, *short.multihash());

    assert_eq!(read_all(payload(&[1, RAW, SHA2_256, 20], b"apple")), only((cid, short)));
}

#[test]
fn the_same_block_twice_is_one() {
    let apple = payload(&[1, RAW, SHA2_256, 32], b"apple");

    assert_eq!(read_all([&apple[..], &apple].concat()), only(raw(b"apple")));
}

#[test]
fn what_nobody_wants_is_not_hashed() {
    let frame = [
        payload(&[1, RAW, SHA2_256, 32], b"apple"),
        payload(&[1, RAW, SHA2_512, 20], b"pear"),
        bytes(2, b"fig"),
        payload(&[1, RAW, BLAKE3, 32], b"melon"),
    ]
    .concat();
    let mut asked = vec![];

    let (message, skipped) =
        decode(frame.into(), ProtocolVersion::V1_2).unwrap().verify(|code, digest| {
            asked.push((code, digest));
            code == BLAKE3
        });

    assert_eq!(asked, [(SHA2_256, 32), (SHA2_512, 20), (SHA2_256, 32), (BLAKE3, 32)]);
    let melon = hashed(BLAKE3, 32, b"melon");
    assert_eq!(message, only((Cid::new_v1(RAW, *melon.multihash()), melon)));
    assert_eq!(skipped, Skipped { unhashed: 3, unhashed_bytes: 12, ..Skipped::default() });
}

#[test]
fn large_payloads_are_slices_of_the_frame_and_small_ones_copies() {
    let (small, large) = (vec![1; 4_095], vec![2; 4_096]);
    let prefix = [1, RAW, SHA2_256, 32];
    let frame = Bytes::from(
        [payload(&prefix, &small), payload(&prefix, &large), bytes(2, &small)].concat(),
    );
    let memory = frame.as_ptr_range();

    let message = read_all(frame);

    let pinned: Vec<bool> =
        message.blocks.iter().map(|(_, block)| memory.contains(&block.bytes().as_ptr())).collect();
    assert_eq!(pinned, [false, true, false]);
}

fn only(block: (Cid, Block)) -> Message {
    message_with(vec![block], vec![])
}

/// Blocks with prefixes of three kinds.
fn three_kinds() -> Vec<u8> {
    [
        payload(&[1, RAW, SHA2_256, 32], b"apple"),
        payload(&[0, DAG_PB, SHA2_256, 32], b"pear"),
        payload(&[1, 0x71, BLAKE3, 32], b"plum"),
    ]
    .concat()
}

fn hashed(code: u64, digest: u8, block: &[u8]) -> Block {
    Block::hashed(code, digest, Bytes::copy_from_slice(block)).unwrap()
}
