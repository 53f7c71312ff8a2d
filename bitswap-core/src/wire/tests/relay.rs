//! The relay protocol's extension of entries and presences.

use super::{body, bytes, cid, number, read, read_all, relay, varint, wantlist};
use crate::error::WireError;
use crate::wire::{
    BlockPresence, Entry, Message, ProtocolVersion, RelayHeader, WantKind, decode, encode,
};

const WANT_ID: u64 = 0x0102_0304_0506_0708;

#[test]
fn a_want_is_read_with_its_reach() {
    let [want] = entries(&[number(1, 2), id(), number(3, 9_000)].concat()).try_into().unwrap();

    assert_eq!(relay_header_of(&want), RelayHeader::new(2, WANT_ID, 9_000));
}

#[test]
fn a_reach_of_nothing_is_none_and_a_huge_one_is_cut_to_what_a_byte_holds() {
    let ttl = |ttl: u64| {
        entries(&number(1, ttl)).first().and_then(relay_header_of).map(|relay| relay.ttl())
    };

    assert_eq!(ttl(0), None);
    assert_eq!(ttl(u64::from(u32::MAX)), Some(u8::MAX));
}

#[test]
fn presences_are_read_with_what_they_add() {
    let with = |answer: u64, extension: &[u8]| {
        let fields = [bytes(1, &cid("apple").to_bytes()), number(2, answer), relay(extension)];
        let [(_, said)] = read_all(bytes(4, &fields.concat())).presences.try_into().unwrap();
        said
    };

    let (hops, searching) = (number(1, 3), number(3, 700));
    let further = BlockPresence::Reachable { hops: 3, want_id: WANT_ID };
    assert_eq!(with(0, &[hops, id()].concat()), further);
    let later = BlockPresence::Searching { for_ms: 700, want_id: WANT_ID };
    assert_eq!(with(1, &[searching, id()].concat()), later);
    assert_eq!(with(0, &[]), BlockPresence::Have);
    assert_eq!(with(1, &[]), BlockPresence::DontHave);
}

#[test]
fn what_is_written_is_read_where_the_relay_protocol_is_spoken_and_only_there() {
    let relay = RelayHeader::new(1, WANT_ID, 10_000);
    let said = [
        (cid("pear"), BlockPresence::Reachable { hops: 1, want_id: WANT_ID }),
        (cid("plum"), BlockPresence::Searching { for_ms: 500, want_id: WANT_ID }),
    ];
    let message =
        |relay, presences| Message { entries: vec![want(relay)], presences, ..Message::default() };
    let further = message(relay, said.to_vec());
    let plain = message(
        None,
        vec![(cid("pear"), BlockPresence::Have), (cid("plum"), BlockPresence::DontHave)],
    );

    assert_eq!(read_all(body(&encode(&further, ProtocolVersion::Relay))), further);
    assert_eq!(encode(&further, ProtocolVersion::V1_2), encode(&plain, ProtocolVersion::V1_2));
}

#[test]
fn on_another_protocol_field_1000_says_nothing_whatever_it_holds() {
    let others = [
        relay(&[number(1, 2), id()].concat()),
        relay(b"somebody else's \xff"),
        [varint(1_000 << 3), varint(7)].concat(),
        [varint(1_000 << 3 | 1), vec![0; 8]].concat(),
        [varint(1_000 << 3 | 5), vec![0; 4]].concat(),
        [varint(1_000 << 3 | 3), number(1, 7), varint(1_000 << 3 | 4)].concat(),
    ];

    for field in others {
        let name = |name| bytes(1, &cid(name).to_bytes());
        let entry = [name("apple"), field.clone()].concat();
        let frame = [wantlist(&[entry]), bytes(4, &[name("pear"), field].concat())].concat();
        let (message, _) = decode(frame.into(), ProtocolVersion::V1_2).unwrap().verify(|_, _| true);

        assert_eq!(message.entries.iter().map(relay_header_of).collect::<Vec<_>>(), [None]);
        assert_eq!(message.presences, [(cid("pear"), BlockPresence::Have)]);
    }
}

#[test]
fn what_of_an_extension_has_another_form_is_passed_over() {
    let good = [number(1, 2), id(), number(3, 9_000)].concat();

    for wrong in [bytes(1, b"x"), number(2, 7), bytes(3, b""), vec![0x0b, 0x0c]] {
        let [want] = entries(&[good.clone(), wrong].concat()).try_into().unwrap();
        assert_eq!(relay_header_of(&want), RelayHeader::new(2, WANT_ID, 9_000));
    }
}

#[test]
fn an_extension_that_is_cut_short_costs_the_message() {
    let frame = wantlist(&[[bytes(1, &cid("apple").to_bytes()), relay(&[0x08])].concat()]);

    assert!(matches!(read(frame), Err(WireError::Malformed { .. })));
}

fn entries(extension: &[u8]) -> Vec<Entry> {
    let fields = [bytes(1, &cid("apple").to_bytes()), relay(extension)].concat();
    read_all(wantlist(&[fields])).entries
}

fn want(relay: Option<RelayHeader>) -> Entry {
    let cid = cid("apple");
    Entry::Want { cid, kind: WantKind::Have, priority: 1, send_dont_have: true, relay }
}

fn relay_header_of(entry: &Entry) -> Option<RelayHeader> {
    match entry {
        Entry::Cancel { .. } => None,
        Entry::Want { relay, .. } => *relay,
    }
}

/// The field `want_id`.
fn id() -> Vec<u8> {
    [vec![2 << 3 | 1], WANT_ID.to_le_bytes().to_vec()].concat()
}
