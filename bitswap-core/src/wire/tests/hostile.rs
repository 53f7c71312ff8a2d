//! Fuzzed frames, and the walk compared with prost.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
};
use prost::{DecodeError, Message as _};

use super::{body, bytes, cid, number, raw, read, relay, unixfs};
use crate::error::WireError;
use crate::wire::extension::Extension;
use crate::wire::generated;
use crate::wire::walk::{self, Item, Walk};
use crate::wire::{BlockPresence, Message, ProtocolVersion, encode};

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(frame in vec(any::<u8>(), 0..500)) {
        read_stably(frame)?;
    }

    #[test]
    fn a_message_with_a_few_wrong_bytes_is_read_or_refused(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut frame = body(&encode(&every_kind(), ProtocolVersion::V1_2)).to_vec();
        for (index, byte) in changes {
            let length = frame.len();
            frame[index.index(length)] = byte;
        }
        read_stably(frame)?;
    }

    #[test]
    fn the_walk_and_prost_see_the_same(frame in nearly_a_message()) {
        same_as_prost(&frame.into())?;
    }
}

/// Checks that a decoded message, encoded and decoded again, is the same.
fn read_stably(frame: Vec<u8>) -> Result<(), TestCaseError> {
    if let Ok((message, _)) = read(frame) {
        let again = body(&encode(&message, ProtocolVersion::Relay));
        prop_assert_eq!(read(again).map(|(message, _)| message), Ok(message));
    }
    Ok(())
}

fn same_as_prost(frame: &Bytes) -> Result<(), TestCaseError> {
    let whole =
        understood(Level::Message, frame).and_then(|frame| generated::Message::decode(&*frame));
    let mut seen = generated::Message::default();
    let mut list = generated::Wantlist::default();
    let mut walk = Walk::through(frame, ProtocolVersion::Relay);
    loop {
        match walk.next_item() {
            Ok(Some(Item::Entry(entry))) => list.entries.push(entry.into()),
            Ok(Some(Item::Payload(walk::Payload { prefix: None, data, .. }))) => {
                seen.blocks.push(frame.slice(data));
            }
            Ok(Some(Item::Payload(walk::Payload { prefix: Some(prefix), data, .. }))) => {
                let (prefix, data) = (Bytes::copy_from_slice(prefix), frame.slice(data));
                seen.payload.push(generated::Payload { prefix, data });
            }
            Ok(Some(Item::Presence(presence))) => seen.presences.push(presence.into()),
            Ok(None) => break,
            Err(WireError::Malformed { why, .. }) if why != "groups nested too deeply" => {
                prop_assert!(whole.is_err(), "only the walk refuses: {}", why);
                return Ok(());
            }
            Err(_) => return Ok(()),
        }
    }
    list.full = walk.passed().full;
    seen.pending_bytes = walk.passed().pending_bytes;
    seen.wants_remembered = walk.passed().wants_remembered;
    let whole = whole?;
    seen.wantlist = whole.wantlist.is_some().then_some(list);
    prop_assert_eq!(seen, whole);
    Ok(())
}

/// The messages of `bitswap.proto`, by nesting.
#[derive(Clone, Copy)]
enum Level {
    Message,
    Wantlist,
    Entry,
    Payload,
    Presence,
    Extension,
    Leaf,
}

/// The wire type of a field that `bitswap.proto` names, and what is in it.
const fn named(level: Level, field: u32) -> Option<(WireType, Level)> {
    use WireType::{LengthDelimited, SixtyFourBit, Varint};
    match (level, field) {
        (Level::Message, 1) => Some((LengthDelimited, Level::Wantlist)),
        (Level::Message, 3) => Some((LengthDelimited, Level::Payload)),
        (Level::Message, 4) => Some((LengthDelimited, Level::Presence)),
        (Level::Wantlist, 1) => Some((LengthDelimited, Level::Entry)),
        (Level::Entry | Level::Presence, 1_000) => Some((LengthDelimited, Level::Extension)),
        (Level::Message, 2) | (Level::Entry | Level::Presence, 1) | (Level::Payload, 1 | 2) => {
            Some((LengthDelimited, Level::Leaf))
        }
        (Level::Extension, 2) => Some((SixtyFourBit, Level::Leaf)),
        (Level::Message, 5)
        | (Level::Wantlist | Level::Presence, 2)
        | (Level::Entry, 2..=5)
        | (Level::Extension, 1 | 3) => Some((Varint, Level::Leaf)),
        _ => None,
    }
}

/// The fields that `bitswap.proto` names in the wire type that it gives them, as prost's own
/// primitives cut them out: prost refuses the others, where a protobuf reader should pass them
/// over.
fn understood(level: Level, mut rest: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut kept = Vec::new();
    while !rest.is_empty() {
        let (field, form) = decode_key(&mut rest)?;
        let start = rest;
        skip_field(form, field, &mut rest, DecodeContext::default())?;
        let whole = &start[..start.len() - rest.len()];
        let Some((_, inside)) = named(level, field).filter(|(due, _)| *due == form) else {
            continue;
        };
        encode_key(field, form, &mut kept);
        if matches!(inside, Level::Leaf) {
            kept.extend(whole);
        } else {
            let mut held = whole;
            decode_varint(&mut held)?;
            let held = understood(inside, held)?;
            encode_varint(held.len() as u64, &mut kept);
            kept.extend(held);
        }
    }
    Ok(kept)
}

impl From<walk::Entry<'_>> for generated::Entry {
    fn from(entry: walk::Entry<'_>) -> Self {
        let walk::Entry { priority, cancel, want_type, send_dont_have, relay, .. } = entry;
        let relay = relay.map(|Extension { hops: ttl, want_id, millis: expires_in_ms }| {
            generated::RelayHeader { ttl, want_id, expires_in_ms }
        });
        let cid = Bytes::copy_from_slice(entry.cid);
        Self { cid, priority, cancel, want_type, send_dont_have, relay }
    }
}

impl From<walk::Presence<'_>> for generated::Presence {
    fn from(presence: walk::Presence<'_>) -> Self {
        let further = presence.further;
        let further = further.map(|Extension { hops, want_id, millis: searching_for_ms }| {
            generated::Further { hops, want_id, searching_for_ms }
        });
        let cid = Bytes::copy_from_slice(presence.cid);
        Self { cid, r#type: presence.answer, further }
    }
}

/// Frames of all shapes, many of them damaged somewhere.
fn nearly_a_message() -> impl Strategy<Value = Vec<u8>> {
    let entry = || spoilt(item()).prop_map(|entry| bytes(1, &entry));
    let wantlist = || vec(entry(), 0..4).prop_map(|entries| entries.concat());
    let part = prop_oneof![
        8 => spoilt(wantlist()).prop_map(|list| bytes(1, &list)),
        2 => vec(any::<u8>(), 0..5).prop_map(|block| bytes(2, &block)),
        8 => (3..5_u8, spoilt(item())).prop_map(|(field, item)| bytes(field, &item)),
        1 => any::<u64>().prop_map(|value| number(5, value)),
    ];
    spoilt(vec(part, 0..6).prop_map(|parts| parts.concat()))
}

/// An entry or presence, or a payload with a name for a prefix.
fn item() -> impl Strategy<Value = Vec<u8>> {
    let name = bytes(1, &cid("apple").to_bytes());
    let rest = prop_oneof![
        4 => Just(vec![]),
        1 => Just(bytes(2, b"apple")),
        2 => spoilt(extension()).prop_map(|fields| relay(&fields)),
        4 => (2..7_u8, prop_oneof![0..3_u64, any::<u64>()]).prop_map(|(n, value)| number(n, value)),
    ];
    rest.prop_map(move |rest| [&name[..], &rest].concat())
}

/// The content of a `RelayHeader` or a `Further`, or something similar.
fn extension() -> impl Strategy<Value = Vec<u8>> {
    let id = [&[2 << 3 | 1][..], &[7; 8]].concat();
    (any::<u64>(), any::<u64>())
        .prop_map(move |(first, third)| [number(1, first), id.clone(), number(3, third)].concat())
}

/// Mostly the given bytes; else with an odd field or odd bytes after them.
fn spoilt(good: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let odd = prop_oneof![
        20 => Just(vec![]),
        2 => (1..9_u8, any::<u64>()).prop_map(|(field, value)| number(field, value)),
        2 => (1..9_u8, vec(any::<u8>(), 0..3)).prop_map(|(field, value)| bytes(field, &value)),
        1 => (1..9_u8).prop_map(|field| vec![field << 3 | 3, field << 3 | 4]),
        1 => vec(any::<u8>(), 0..3),
    ];
    (good, odd).prop_map(|(good, odd)| [good, odd].concat())
}

fn every_kind() -> Message {
    Message {
        full: true,
        entries: vec![super::want(cid("apple"), crate::wire::WantKind::Have, 3)],
        blocks: vec![raw(b"pear"), unixfs(b"plum")],
        presences: vec![(cid("fig"), BlockPresence::DontHave)],
        pending_bytes: 500,
        wants_remembered: 600,
    }
}
