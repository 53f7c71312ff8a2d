//! Golden frames of other implementations. Each file names its source.

use std::iter::once;

use bytes::Bytes;
use cid::Cid;
use multihash_codetable::Code;

use super::{body, cid, raw, read_all, unixfs};
use crate::block::Block;
use crate::wire::{BlockPresence, Entry, Message, ProtocolVersion, WantKind, encode};

macro_rules! frame_of {
    ($file:literal) => {
        frame_in(include_str!(concat!("../../../tests/data/wire/", $file, ".hex")))
    };
}

#[test]
fn frames_of_boxo_say_what_boxo_said() {
    for (name, frame, message) in boxo() {
        assert_eq!(read_all(body(&frame)), message, "{name}");
    }
    assert_eq!(read_all(body(&frame_of!("boxo/pending_negative"))), Message::default());
}

#[test]
fn we_write_the_bytes_that_boxo_writes() {
    for (name, frame, message) in boxo() {
        let protocol = if name == "v1_0" { ProtocolVersion::V1_0 } else { ProtocolVersion::V1_2 };
        assert_eq!(encode(&message, protocol), frame, "{name}");
    }
}

#[test]
fn frames_of_helia_say_what_helia_said() {
    for (name, frame, message) in helia() {
        assert_eq!(read_all(body(&frame)), message, "{name}");
    }
}

fn boxo() -> Vec<(&'static str, Bytes, Message)> {
    let (apple, pear, plum) = (cid("apple"), unixfs(b"pear").0, cid("plum"));
    let cancel = |cid| Entry::Cancel { cid };
    let blocks = |blocks| Message { blocks, ..Message::default() };
    vec![
        ("empty", frame_of!("boxo/empty"), Message::default()),
        ("want_block", frame_of!("boxo/want_block"), entries([block(apple, i32::MAX, true)])),
        ("want_have", frame_of!("boxo/want_have"), entries([have(pear, 7, true)])),
        (
            "want_have_broadcast",
            frame_of!("boxo/want_have_broadcast"),
            entries([have(apple, -3, false)]),
        ),
        ("cancel", frame_of!("boxo/cancel"), entries([cancel(apple)])),
        (
            "full",
            frame_of!("boxo/full"),
            full([block(apple, 3, true), have(pear, 2, false), have(plum, 1, true)]),
        ),
        ("full_empty", frame_of!("boxo/full_empty"), full([])),
        ("have", frame_of!("boxo/have"), presence(apple, BlockPresence::Have)),
        ("dont_have", frame_of!("boxo/dont_have"), presence(pear, BlockPresence::DontHave)),
        ("block_raw", frame_of!("boxo/block_raw"), blocks(vec![raw(b"apple")])),
        ("block_v0", frame_of!("boxo/block_v0"), blocks(vec![unixfs(b"pear")])),
        ("block_blake3", frame_of!("boxo/block_blake3"), blocks(vec![blake3(b"\x65apple")])),
        (
            "pending",
            frame_of!("boxo/pending"),
            Message { pending_bytes: 1_048_576, ..blocks(vec![raw(b"apple")]) },
        ),
        (
            "mixed",
            frame_of!("boxo/mixed"),
            Message {
                entries: vec![block(plum, 1, true), cancel(pear)],
                presences: vec![(plum, BlockPresence::Have)],
                pending_bytes: 5,
                ..blocks(vec![raw(b"apple"), unixfs(b"pear")])
            },
        ),
        (
            "v1_0",
            frame_of!("boxo/v1_0"),
            Message { entries: vec![block(apple, 1, true)], ..blocks(vec![unixfs(b"pear")]) },
        ),
    ]
}

fn helia() -> Vec<(&'static str, Bytes, Message)> {
    let (apple, pear, plum) = (cid("apple"), unixfs(b"pear").0, cid("plum"));
    let blocks = |blocks| Message { blocks, ..Message::default() };
    vec![
        ("want_block", frame_of!("helia/want_block"), entries([block(apple, 1, true)])),
        ("want_have", frame_of!("helia/want_have"), entries([have(pear, 1, true)])),
        ("full", frame_of!("helia/full"), full([block(apple, 1, false), block(plum, 1, false)])),
        ("cancel", frame_of!("helia/cancel"), entries([Entry::Cancel { cid: apple }])),
        ("have", frame_of!("helia/have"), presence(apple, BlockPresence::Have)),
        ("dont_have", frame_of!("helia/dont_have"), presence(pear, BlockPresence::DontHave)),
        ("block_raw", frame_of!("helia/block_raw"), blocks(vec![raw(b"apple")])),
        ("block_v0", frame_of!("helia/block_v0"), blocks(vec![unixfs(b"pear")])),
        (
            "mixed",
            frame_of!("helia/mixed"),
            Message {
                entries: vec![block(plum, 1, true)],
                presences: vec![(plum, BlockPresence::Have)],
                ..blocks(vec![raw(b"apple"), unixfs(b"pear")])
            },
        ),
    ]
}

fn block(cid: Cid, priority: i32, send_dont_have: bool) -> Entry {
    Entry::Want { cid, kind: WantKind::Block, priority, send_dont_have, relay: None }
}

fn have(cid: Cid, priority: i32, send_dont_have: bool) -> Entry {
    Entry::Want { cid, kind: WantKind::Have, priority, send_dont_have, relay: None }
}

fn entries<const N: usize>(entries: [Entry; N]) -> Message {
    Message { entries: entries.into(), ..Message::default() }
}

fn full<const N: usize>(list: [Entry; N]) -> Message {
    Message { full: true, ..entries(list) }
}

fn presence(cid: Cid, answer: BlockPresence) -> Message {
    Message { presences: once((cid, answer)).collect(), ..Message::default() }
}

fn blake3(cbor: &'static [u8]) -> (Cid, Block) {
    let block = Block::hashed(Code::Blake3_256.into(), 32, Bytes::from_static(cbor)).unwrap();
    (Cid::new_v1(0x71, *block.multihash()), block)
}

fn frame_in(file: &str) -> Bytes {
    let digits = file.lines().filter(|line| !line.starts_with('#')).flat_map(str::chars);
    let digits: Vec<u8> = digits.map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
