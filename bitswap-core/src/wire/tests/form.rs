//! Protobuf itself: what is no message, and what is ignored in one.

use super::{
    RAW, SHA2_256, bytes, cid, message_of, message_with, number, payload, presence, raw, read,
    read_all, varint, want, wantlist,
};
use crate::error::WireError;
use crate::wire::{BlockPresence, WantKind};

#[test]
fn what_is_cut_short_is_no_message() {
    let whole = [
        wantlist(&[bytes(1, &cid("apple").to_bytes())]),
        payload(&[1, RAW, SHA2_256, 32], b"pear"),
    ]
    .concat();
    let boundary = wantlist(&[bytes(1, &cid("apple").to_bytes())]).len();

    for end in (1..whole.len()).filter(|&end| end != boundary) {
        assert!(matches!(read(whole[..end].to_vec()), Err(WireError::Malformed { .. })), "{end}");
    }
}

#[test]
fn an_item_may_not_reach_beyond_what_it_is_in() {
    let cid_too_long = bytes(1, &bytes(1, &[0x0a, 3, 1, 2]));
    let after = bytes(4, &bytes(1, &cid("apple").to_bytes()));

    let refused = read([cid_too_long, after].concat());

    let why = "a field longer than what it is in";
    assert_eq!(refused, Err(WireError::Malformed { offset: 6, why }));
}

#[test]
fn groups_are_refused_at_every_level() {
    for group in [[0x3b, 0x3c], [0x3c, 0x3b]] {
        for frame in at_every_level(&group) {
            let refused = read(frame.clone());
            assert!(
                matches!(refused, Err(WireError::Malformed { why: "a group", .. })),
                "{frame:x?}: {refused:?}"
            );
        }
    }
}

#[test]
fn unknown_fields_are_ignored_at_every_level() {
    let unknown = [
        number(9, u64::MAX),
        bytes(15, b"anything"),
        [vec![7 << 3 | 1], vec![0; 8]].concat(),
        [vec![7 << 3 | 5], vec![0; 4]].concat(),
        [varint(536_870_911 << 3), vec![0]].concat(),
    ];

    for field in unknown {
        let [message, list, entry, block, answer] = at_every_level(&field).map(read_all);
        assert_eq!(message, message_of(vec![]));
        assert_eq!(list, message_of(vec![]));
        assert_eq!(entry, message_of(vec![want(cid("apple"), WantKind::Block, 0)]));
        assert_eq!(block, message_with(vec![raw(b"apple")], vec![]));
        assert_eq!(answer, message_with(vec![], vec![(cid("apple"), BlockPresence::Have)]));
    }
}

#[test]
fn known_fields_must_have_their_wire_type() {
    let apple = bytes(1, &cid("apple").to_bytes());
    let wrong = [
        number(1, 1),
        number(2, 1),
        number(3, 1),
        number(4, 1),
        bytes(5, &[1]),
        bytes(1, &number(1, 1)),
        bytes(1, &bytes(2, &[1])),
        wantlist(&[number(1, 1)]),
        wantlist(&[[apple.clone(), bytes(2, &[1])].concat()]),
        wantlist(&[[apple.clone(), bytes(3, &[1])].concat()]),
        wantlist(&[[apple.clone(), bytes(4, &[1])].concat()]),
        wantlist(&[[apple.clone(), vec![5 << 3 | 5, 0, 0, 0, 0]].concat()]),
        bytes(3, &number(1, 1)),
        bytes(3, &number(2, 1)),
        bytes(4, &number(1, 1)),
        bytes(4, &[apple, bytes(2, &[1])].concat()),
    ];

    for frame in wrong {
        assert!(matches!(read(frame.clone()), Err(WireError::Malformed { .. })), "{frame:x?}");
    }
}

#[test]
fn keys_and_varints_have_bounds() {
    let wrong = [
        ("field number 0", vec![0x00, 0x00]),
        ("field number 0 with bytes", vec![0x02, 0x00]),
        ("field number 2^29", [varint(1 << 32), vec![0]].concat()),
        ("wire type 6", vec![0x3e]),
        ("wire type 7", vec![0x3f]),
        ("varint of 11 bytes", [&[0x28][..], &[0x80; 10], &[0x01]].concat()),
        ("varint over 64 bits", [&[0x28][..], &[0xff; 9], &[0x02]].concat()),
        ("length of 100 GB", [vec![0x1a], varint(100_000_000_000), vec![0; 99]].concat()),
    ];

    for (name, frame) in wrong {
        assert!(matches!(read(frame), Err(WireError::Malformed { .. })), "{name}");
    }
}

#[test]
fn protobuf_varints_need_not_be_minimal() {
    let pending = [0x28, 0x85, 0x80, 0x00];

    assert_eq!(read_all(pending.to_vec()).pending_bytes, 5);
}

/// A message with `field` added to it, to its wantlist, to an entry, a payload, a presence.
fn at_every_level(field: &[u8]) -> [Vec<u8>; 5] {
    let cid = bytes(1, &cid("apple").to_bytes());
    let block = payload(&[1, RAW, SHA2_256, 32], b"apple")[2..].to_vec();
    let answer = presence(&super::cid("apple"), 0)[2..].to_vec();
    [
        field.to_vec(),
        bytes(1, field),
        wantlist(&[[&cid, field].concat()]),
        bytes(3, &[&block, field].concat()),
        bytes(4, &[&answer, field].concat()),
    ]
}
