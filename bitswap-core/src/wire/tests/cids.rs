//! CIDs that are accepted, skipped, or fail the message, in entries and in presences.

use cid::Cid;

use super::{RAW, SHA2_256, bytes, cid, number, read, unusable, varint, varints, wantlist};
use crate::error::WireError;
use crate::wire::names::read_cid;
use crate::wire::{BlockPresence, Entry, Message, Skipped};

#[test]
fn cids_are_taken_as_they_are_spelled() {
    let hash = *cid("apple").hash();
    let digest = [9; 32];
    let taken: [(&str, Cid); 5] = [
        ("v0", Cid::new_v0(hash).unwrap()),
        ("v1 dag-pb", Cid::new_v1(0x70, hash)),
        ("sha1", with_digest(0x11, &digest[..20])),
        ("murmur3, which we cannot check but can say no to", with_digest(0x22, &digest)),
        ("a function of the future", with_digest(u64::MAX >> 1, &[9; 64])),
    ];

    for (name, cid) in taken {
        assert_eq!(read_cid(&cid.to_bytes()), Ok(Some(cid)), "{name}");
    }
}

#[test]
fn cids_that_name_no_block_are_passed_over() {
    let long = [9; 200];
    let passed_over: [(&str, Vec<u8>); 9] = [
        ("identity of nothing", spelled(0, &[])),
        ("identity of 32 bytes", spelled(0, &long[..32])),
        ("identity of 128 bytes", spelled(0, &long[..128])),
        ("identity over 168 bytes", spelled(0, &long)),
        ("digest of no bytes", spelled(SHA2_256, &[])),
        ("digest of 19 bytes", spelled(SHA2_256, &long[..19])),
        ("digest of 65 bytes", spelled(SHA2_256, &long[..65])),
        ("digest of 128 bytes", spelled(SHA2_256, &long[..128])),
        ("169 bytes of anything", long[..169].to_vec()),
    ];

    for (name, bytes) in passed_over {
        assert_eq!(read_cid(&bytes), Ok(None), "{name}");
    }
}

#[test]
fn what_is_no_cid_is_told() {
    let v0 = Cid::new_v0(*cid("apple").hash()).unwrap().to_bytes();
    let v1 = cid("apple").to_bytes();
    let codec_of_10_bytes = [&[1], &varint(u64::MAX)[..], &v1[2..]].concat();
    let no_cid: [(&str, Vec<u8>); 11] = [
        ("one byte", vec![1]),
        ("v0 cut short", v0[..33].to_vec()),
        ("v0 and a byte", [&v0[..], &[0]].concat()),
        ("v0 spelled like v1", [&[0, 0x70][..], &v0].concat()),
        ("v1 cut short", v1[..35].to_vec()),
        ("v1 and a byte", [&v1[..], &[0]].concat()),
        ("version 2", [&[2][..], &v1[1..]].concat()),
        ("version not minimal", [&[0x81, 0][..], &v1[1..]].concat()),
        ("codec of 10 bytes", codec_of_10_bytes),
        ("no digest length", v1[..3].to_vec()),
        ("text", b"bafkreib2ppj6enqkhuu65jbw7t5x4rghgxirprbndqmdkqqlnomufxkpdm".to_vec()),
    ];

    for (name, bytes) in no_cid {
        assert!(read_cid(&bytes).is_err(), "{name}");
    }
}

#[test]
fn an_unusable_cid_loses_only_its_item() {
    let identity = spelled(0, b"apple");
    let frame = [
        wantlist(&[
            bytes(1, &identity),
            [bytes(1, &identity), number(3, 1)].concat(),
            [bytes(1, &cid("pear").to_bytes()), number(3, 1)].concat(),
        ]),
        bytes(4, &bytes(1, &identity)),
        bytes(4, &bytes(1, &cid("plum").to_bytes())),
    ]
    .concat();

    let kept = Message {
        entries: vec![Entry::Cancel { cid: cid("pear") }],
        presences: vec![(cid("plum"), BlockPresence::Have)],
        ..Message::default()
    };
    assert_eq!(read(frame), Ok((kept, unusable(3))));
}

#[test]
fn an_unreadable_cid_costs_the_message_wherever_it_is() {
    let good = cid("apple").to_bytes();
    let after = [&good[..], &[0]].concat();
    let why = "its digest is not as long as it says";

    let entry = wantlist(&[bytes(1, &good), bytes(1, &after)]);
    assert_eq!(read(entry), bad_cid("entry", 1, why));
    let cancel = wantlist(&[[bytes(1, &after), number(3, 1)].concat()]);
    assert_eq!(read(cancel), bad_cid("entry", 0, why));
    let presence = [bytes(4, &bytes(1, &good)), bytes(4, &bytes(1, &after))].concat();
    assert_eq!(read(presence), bad_cid("presence", 1, why));
}

#[test]
fn a_missing_cid_costs_the_message() {
    let missing = "it is missing";

    assert_eq!(read(wantlist(&[vec![]])), bad_cid("entry", 0, missing));
    assert_eq!(read(wantlist(&[bytes(1, &[])])), bad_cid("entry", 0, missing));
    assert_eq!(read(wantlist(&[number(3, 1)])), bad_cid("entry", 0, missing));
    assert_eq!(read(bytes(4, &number(2, 1))), bad_cid("presence", 0, missing));
}

#[test]
fn the_last_of_two_cids_in_one_item_counts() {
    let (apple, pear) = (cid("apple").to_bytes(), cid("pear").to_bytes());
    let twice = [bytes(1, &apple), bytes(1, &pear), number(3, 1)].concat();
    let emptied = [bytes(1, &apple), bytes(1, &[])].concat();

    let entries = vec![Entry::Cancel { cid: cid("pear") }];
    let cancelled = Message { entries, ..Message::default() };
    assert_eq!(read(wantlist(&[twice])), Ok((cancelled, Skipped::default())));
    assert_eq!(read(wantlist(&[emptied])), bad_cid("entry", 0, "it is missing"));
}

fn bad_cid(
    place: &'static str,
    position: usize,
    why: &str,
) -> Result<(Message, Skipped), WireError> {
    Err(WireError::BadCid { place, position, why: why.to_owned() })
}

fn spelled(code: u64, digest: &[u8]) -> Vec<u8> {
    [varints(&[1, RAW, code, digest.len() as u64]), digest.to_vec()].concat()
}

fn with_digest(code: u64, digest: &[u8]) -> Cid {
    Cid::try_from(spelled(code, digest)).unwrap()
}
