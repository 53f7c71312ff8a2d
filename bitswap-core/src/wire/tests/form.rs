//! Protobuf itself: frames that are not valid, and fields that are ignored.

use super::{
    RAW, SHA2_256, bytes, cid, message_of, message_with, number, payload, presence, raw, read,
    read_all, varint, varints, want, wantlist,
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
fn groups_are_passed_over_at_every_level() {
    let deepest = [[0x3b].repeat(16), [0x3c].repeat(16)].concat();
    let numbered = [&[0x0b][..], &number(1, 7), &bytes(2, b"x"), &[0x0c]].concat();

    for group in [vec![0x3b, 0x3c], deepest, numbered] {
        without_a_trace(&group);
    }
}

#[test]
fn groups_that_are_not_well_nested_are_refused_at_every_level() {
    let wrong = [
        ("an end without a start", vec![0x3c]),
        ("a start without an end", vec![0x3b]),
        ("the end of another", vec![0x3b, 0x44]),
        ("too deep", [[0x3b].repeat(17), [0x3c].repeat(17)].concat()),
        ("cut short inside", vec![0x3b, 0x08, 0x80, 0x3c]),
    ];

    for (name, group) in wrong {
        for frame in at_every_level(&group) {
            let refused = read(frame);
            assert!(matches!(refused, Err(WireError::Malformed { .. })), "{name}: {refused:?}");
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
        without_a_trace(&field);
    }
}

#[test]
fn a_known_field_of_another_wire_type_is_passed_over() {
    let apple = bytes(1, &cid("apple").to_bytes());
    let block = [bytes(1, &varints(&[1, RAW, SHA2_256, 32])), bytes(2, b"apple")].concat();
    let fixed32 = |field: u8| vec![field << 3 | 5, 1, 0, 0, 0];
    let fixed64 = |field: u8| vec![field << 3 | 1, 1, 0, 0, 0, 0, 0, 0, 0];
    let group = |field: u8| vec![field << 3 | 3, field << 3 | 4];
    let not_bytes = |field| [number(field, 1), fixed32(field), fixed64(field), group(field)];
    let not_a_number = |field| [bytes(field, &[1]), fixed32(field), fixed64(field), group(field)];

    for field in (1..5).flat_map(not_bytes).chain(not_a_number(5)) {
        assert_eq!(read_all(field), message_of(vec![]));
    }
    for field in not_bytes(1).into_iter().chain(not_a_number(2)) {
        assert_eq!(read_all(bytes(1, &field)), message_of(vec![]));
    }
    let plain = message_of(vec![want(cid("apple"), WantKind::Block, 0)]);
    for field in not_bytes(1).into_iter().chain((2..6).flat_map(not_a_number)) {
        assert_eq!(read_all(wantlist(&[[apple.clone(), field].concat()])), plain);
    }
    for field in (1..3).flat_map(not_bytes) {
        let message = read_all(bytes(3, &[block.clone(), field].concat()));
        assert_eq!(message, message_with(vec![raw(b"apple")], vec![]));
    }
    for field in not_bytes(1).into_iter().chain(not_a_number(2)) {
        let message = read_all(bytes(4, &[apple.clone(), field].concat()));
        assert_eq!(message, message_with(vec![], vec![(cid("apple"), BlockPresence::Have)]));
    }
}

#[test]
fn a_name_of_another_wire_type_is_missing() {
    let nameless = [wantlist(&[number(1, 1)]), bytes(4, &number(1, 1))];

    for frame in nameless {
        assert!(matches!(read(frame.clone()), Err(WireError::BadCid { .. })), "{frame:x?}");
    }
    assert_eq!(read(bytes(3, &number(1, 1))), Err(WireError::BadPrefix { position: 0 }));
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

/// Checks that a field is skipped, wherever it is.
fn without_a_trace(field: &[u8]) {
    let [message, list, entry, block, answer] = at_every_level(field).map(read_all);
    assert_eq!(message, message_of(vec![]));
    assert_eq!(list, message_of(vec![]));
    assert_eq!(entry, message_of(vec![want(cid("apple"), WantKind::Block, 0)]));
    assert_eq!(block, message_with(vec![raw(b"apple")], vec![]));
    assert_eq!(answer, message_with(vec![], vec![(cid("apple"), BlockPresence::Have)]));
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
