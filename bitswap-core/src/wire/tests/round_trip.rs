//! Decoding an encoded message gives the same message, as far as the version can carry it.

use bytes::Bytes;
use cid::Cid;
use multihash_codetable::Code;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use prost::Message as _;

use super::{RAW, body, cid, message_of, raw, read_all, unixfs};
use crate::block::Block;
use crate::wire::generated;
use crate::wire::{
    BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, WantKind, encode,
    encode_without_blocks, encoded_len,
};

proptest! {
    #[test]
    fn messages_come_back_as_far_as_the_dialect_carries_them(
        message in message(),
        protocol in prop::sample::select(&ProtocolVersion::NEWEST_FIRST[..]),
    ) {
        let frame = encode(&message, protocol);

        prop_assert_eq!(read_all(body(&frame)), carried(message, protocol));
    }

    #[test]
    fn what_is_written_is_what_prost_would_write(
        mut message in message(),
        reaches in vec(relay(), 0..20),
        answers in vec(further(), 0..20),
        protocol in prop::sample::select(&ProtocolVersion::NEWEST_FIRST[..]),
    ) {
        for (entry, far) in message.entries.iter_mut().zip(reaches) {
            if let Entry::Want { relay, .. } = entry {
                *relay = far;
            }
        }
        for (presence, answer) in message.presences.iter_mut().zip(answers) {
            presence.1 = answer;
        }
        let frame = encode(&message, protocol);

        let plain = generated::Message::decode(body(&frame))?;

        prop_assert_eq!(Bytes::from(plain.encode_length_delimited_to_vec()), frame);
        prop_assert_eq!(plain.wantlist.map(|list| list.full), Some(message.full));
    }

    #[test]
    fn without_its_blocks_a_message_has_the_length_that_it_has_with_them(
        message in message(),
        protocol in prop::sample::select(&ProtocolVersion::NEWEST_FIRST[..]),
    ) {
        let (frame, length) = encode_without_blocks(&message, protocol);

        prop_assert_eq!(length, encode(&message, protocol).len());
        prop_assert_eq!(length, encoded_len(&message, protocol));
        let without = Message { blocks: Vec::new(), ..message };
        prop_assert_eq!(frame, encode(&without, protocol));
    }
}

#[test]
fn old_dialects_drop_want_haves_and_presences() {
    let message = Message {
        entries: vec![want(cid("apple"), WantKind::Have), want(cid("pear"), WantKind::Block)],
        presences: vec![(cid("plum"), BlockPresence::Have)],
        ..Message::default()
    };
    let left = message_of(vec![want(cid("pear"), WantKind::Block)]);

    for protocol in [ProtocolVersion::V1_1, ProtocolVersion::V1_0, ProtocolVersion::Unversioned] {
        assert_eq!(
            encode(&message, protocol),
            encode(&left, ProtocolVersion::V1_2),
            "{protocol:?}"
        );
    }
}

#[test]
fn a_bare_block_arrives_under_the_cidv0_of_its_multihash() {
    let (cid, block) = raw(b"apple");
    let sent = Message { blocks: vec![(cid, block.clone())], ..Message::default() };

    let frame = encode(&sent, ProtocolVersion::V1_0);

    let v0 = Cid::new_v0(*cid.hash()).unwrap();
    let arrived = Message { blocks: vec![(v0, block)], ..Message::default() };
    assert_eq!(read_all(body(&frame)), arrived);
}

#[test]
fn blocks_that_no_cidv0_can_name_are_not_sent_bare() {
    let block = Block::hashed(Code::Blake3_256.into(), 32, Bytes::from_static(b"apple")).unwrap();
    let cid = Cid::new_v1(RAW, *block.multihash());
    let message = Message { blocks: vec![(cid, block)], ..Message::default() };

    assert_eq!(&encode(&message, ProtocolVersion::Unversioned)[..], [2, 0x0a, 0]);
}

#[test]
fn pending_bytes_stop_at_what_the_field_holds() {
    let message = Message { pending_bytes: u32::MAX, ..Message::default() };

    let frame = encode(&message, ProtocolVersion::V1_2);

    assert_eq!(read_all(body(&frame)).pending_bytes, i32::MAX as u32);
}

fn relay() -> impl Strategy<Value = Option<RelayHeader>> {
    (any::<u8>(), id(), id()).prop_map(|(ttl, id, millis)| RelayHeader::new(ttl, id, millis as u32))
}

fn further() -> impl Strategy<Value = BlockPresence> {
    prop_oneof![
        Just(BlockPresence::DontHave),
        (1..=u8::MAX, id()).prop_map(|(hops, want_id)| BlockPresence::Reachable { hops, want_id }),
        (1..=u32::MAX, id())
            .prop_map(|(for_ms, want_id)| BlockPresence::Searching { for_ms, want_id }),
    ]
}

/// Any number, and often the one that is not written.
fn id() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), any::<u64>()]
}

fn want(cid: Cid, kind: WantKind) -> Entry {
    Entry::Want { cid, kind, priority: 1, send_dont_have: true, relay: None }
}

/// The message that a decoder on the other side should see.
fn carried(mut message: Message, protocol: ProtocolVersion) -> Message {
    if !protocol.has_presences() {
        message.presences.clear();
        let is_want_have =
            |entry: &Entry| matches!(entry, Entry::Want { kind: WantKind::Have, .. });
        message.entries.retain(|entry| !is_want_have(entry));
    }
    if !protocol.has_relay() {
        message.wants_remembered = 0;
    }
    if !protocol.has_prefixes() {
        message.pending_bytes = 0;
        message.blocks.retain(|(cid, _)| cid.hash().code() == u64::from(Code::Sha2_256));
        for (cid, block) in &mut message.blocks {
            *cid = Cid::new_v0(*block.multihash()).unwrap();
        }
    }
    message
}

/// Messages in which every CID comes up once in each list, and not both as block and presence.
fn message() -> impl Strategy<Value = Message> {
    let bits = (any::<bool>(), any::<bool>(), any::<i32>(), any::<bool>());
    let entries = btree_map(0..50_u8, bits, 0..20).prop_map(|entries| {
        let entry = |(n, (cancel, have, priority, aloud))| entry(n, cancel, have, priority, aloud);
        entries.into_iter().map(entry).collect()
    });
    let blocks = btree_set(0..50_u8, 0..8).prop_map(|blocks| blocks.into_iter().map(nth).collect());
    let presences = btree_map(50..99_u8, any::<bool>(), 0..20)
        .prop_map(|all| all.into_iter().map(|(n, has)| (nth(n).0, answer(has))).collect());
    let numbers = (0..=i32::MAX as u32, any::<u32>());
    (any::<bool>(), entries, blocks, presences, numbers).prop_map(
        |(full, entries, blocks, presences, (pending_bytes, wants_remembered))| Message {
            full,
            entries,
            blocks,
            presences,
            pending_bytes,
            wants_remembered,
        },
    )
}

fn entry(n: u8, cancel: bool, have: bool, priority: i32, send_dont_have: bool) -> Entry {
    let cid = nth(n).0;
    let kind = if have { WantKind::Have } else { WantKind::Block };
    if cancel {
        Entry::Cancel { cid }
    } else {
        Entry::Want { cid, kind, priority, send_dont_have, relay: None }
    }
}

fn answer(has: bool) -> BlockPresence {
    if has { BlockPresence::Have } else { BlockPresence::DontHave }
}

fn nth(n: u8) -> (Cid, Block) {
    let text = [n; 40];
    match n % 3 {
        0 => raw(&text[..usize::from(n % 40)]),
        1 => unixfs(&text[..usize::from(n % 30)]),
        _ => {
            let block = Block::hashed(Code::Blake3_256.into(), 32, Bytes::copy_from_slice(&[n]));
            let block = block.unwrap();
            (Cid::new_v1(0x71, *block.multihash()), block)
        }
    }
}
