//! What the relay protocol adds: how far a want may go, and what becomes of it.

use super::{body, bytes, cid, number, presence, read, read_all, relay, wantlist};
use crate::error::WireError;
use crate::wire::{BlockPresence, Dialect, Entry, Message, Reach, WantKind, decode, encode};

const WANT_ID: u64 = 0x0102_0304_0506_0708;

#[test]
fn a_want_is_read_with_its_reach() {
    let [want] = entries(&[number(1, 2), id(), number(3, 9_000)].concat()).try_into().unwrap();

    assert_eq!(reach_of(&want), Reach::new(2, WANT_ID, 9_000));
}

#[test]
fn a_reach_of_nothing_is_none_and_a_huge_one_is_cut_to_what_a_byte_holds() {
    let ttl =
        |ttl: u64| entries(&number(1, ttl)).first().and_then(reach_of).map(|reach| reach.ttl());

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
    let reach = Reach::new(1, WANT_ID, 10_000);
    let said = [
        (cid("pear"), BlockPresence::Reachable { hops: 1, want_id: WANT_ID }),
        (cid("plum"), BlockPresence::Searching { for_ms: 500, want_id: WANT_ID }),
    ];
    let message =
        |reach, presences| Message { entries: vec![want(reach)], presences, ..Message::default() };
    let further = message(reach, said.to_vec());
    let plain = message(
        None,
        vec![(cid("pear"), BlockPresence::Have), (cid("plum"), BlockPresence::DontHave)],
    );

    assert_eq!(read_all(body(&encode(&further, Dialect::Relay))), further);
    assert_eq!(encode(&further, Dialect::V1_2), encode(&plain, Dialect::V1_2));
}

#[test]
fn on_another_protocol_the_extension_is_not_read() {
    let mut frame =
        wantlist(&[
            [bytes(1, &cid("apple").to_bytes()), relay(&[number(1, 2), id()].concat())].concat()
        ]);
    frame.extend(presence(&cid("pear"), 0));

    let (message, _) = decode(frame.into(), Dialect::V1_2).unwrap().verify(|_, _| true);

    assert_eq!(message.entries.first().and_then(reach_of), None);
    assert_eq!(message.presences, [(cid("pear"), BlockPresence::Have)]);
}

#[test]
fn an_extension_of_another_form_costs_the_message() {
    let frame = |extension: &[u8]| {
        wantlist(&[[bytes(1, &cid("apple").to_bytes()), relay(extension)].concat()])
    };

    for wrong in [bytes(1, b"x"), number(2, 7), bytes(3, b""), vec![0x08]] {
        assert!(matches!(read(frame(&wrong)), Err(WireError::Malformed { .. })), "{wrong:?}");
    }
}

fn entries(extension: &[u8]) -> Vec<Entry> {
    let fields = [bytes(1, &cid("apple").to_bytes()), relay(extension)].concat();
    read_all(wantlist(&[fields])).entries
}

fn want(reach: Option<Reach>) -> Entry {
    let cid = cid("apple");
    Entry::Want { cid, kind: WantKind::Have, priority: 1, send_dont_have: true, reach }
}

fn reach_of(entry: &Entry) -> Option<Reach> {
    match entry {
        Entry::Cancel { .. } => None,
        Entry::Want { reach, .. } => *reach,
    }
}

/// The field `want_id`.
fn id() -> Vec<u8> {
    [vec![2 << 3 | 1], WANT_ID.to_le_bytes().to_vec()].concat()
}
