//! Decoding of wantlist entries.

use cid::Cid;

use super::{bytes, cid, message_of, number, read, read_all, unusable, want, wantlist};
use crate::wire::{Entry, Message, WantKind};

#[test]
fn an_entry_has_all_its_fields_read() {
    let apple = cid("apple");
    let frame = wantlist(&[entry(
        &apple,
        &[number(2, 7), number(3, 0), number(4, 1), number(5, 1)].concat(),
    )]);

    let message = read_all(frame);

    let kind = WantKind::Have;
    let want = Entry::Want { cid: apple, kind, priority: 7, send_dont_have: true, relay: None };
    assert_eq!(message, message_of(vec![want]));
}

#[test]
fn what_is_not_written_is_a_plain_want_block() {
    let message = read_all(wantlist(&[entry(&cid("apple"), &[])]));

    assert_eq!(message, message_of(vec![want(cid("apple"), WantKind::Block, 0)]));
}

#[test]
fn a_priority_may_be_negative() {
    let message = read_all(wantlist(&[entry(&cid("apple"), &number(2, -3_i64 as u64))]));

    assert_eq!(message, message_of(vec![want(cid("apple"), WantKind::Block, -3)]));
}

#[test]
fn a_cancel_is_a_cancel_whatever_else_it_says() {
    let fields = [number(2, 9), number(3, 1), number(4, 77), number(5, 1)].concat();

    let message = read_all(wantlist(&[entry(&cid("apple"), &fields)]));

    assert_eq!(message, message_of(vec![Entry::Cancel { cid: cid("apple") }]));
}

#[test]
fn an_unknown_kind_of_want_is_passed_over() {
    let frame = wantlist(&[entry(&cid("apple"), &number(4, 2)), entry(&cid("pear"), &[])]);

    let kept = message_of(vec![want(cid("pear"), WantKind::Block, 0)]);
    assert_eq!(read(frame), Ok((kept, unusable(1))));
}

#[test]
fn the_last_entry_about_a_cid_counts_and_keeps_its_place() {
    let (apple, pear) = (cid("apple"), cid("pear"));
    let frame = wantlist(&[
        entry(&apple, &number(3, 1)),
        entry(&pear, &number(2, 1)),
        entry(&apple, &number(2, 2)),
        entry(&apple, &number(2, 3)),
    ]);

    let message = read_all(frame);

    let last = [want(pear, WantKind::Block, 1), want(apple, WantKind::Block, 3)];
    assert_eq!(message, message_of(last.to_vec()));
}

#[test]
fn a_cancel_after_a_want_is_a_cancel() {
    let frame = wantlist(&[entry(&cid("apple"), &[]), entry(&cid("apple"), &number(3, 1))]);

    assert_eq!(read_all(frame), message_of(vec![Entry::Cancel { cid: cid("apple") }]));
}

#[test]
fn two_cids_of_the_same_bytes_are_two_wants() {
    let hash = *cid("apple").hash();
    let both = [Cid::new_v0(hash).unwrap(), Cid::new_v1(0x70, hash)];

    let message = read_all(wantlist(&both.map(|cid| entry(&cid, &[]))));

    assert_eq!(message, message_of(both.map(|cid| want(cid, WantKind::Block, 0)).to_vec()));
}

#[test]
fn wantlists_that_are_written_in_parts_are_one() {
    let frame = [
        wantlist(&[entry(&cid("apple"), &[])]),
        bytes(1, &number(2, 1)),
        number(5, 12),
        wantlist(&[entry(&cid("pear"), &[])]),
    ]
    .concat();

    let message = read_all(frame);

    let entries = ["apple", "pear"].map(|name| want(cid(name), WantKind::Block, 0)).to_vec();
    let whole = Message { full: true, entries, pending_bytes: 12, ..Message::default() };
    assert_eq!(message, whole);
}

#[test]
fn the_last_of_a_number_written_twice_counts() {
    let lists = [bytes(1, &number(2, 1)), bytes(1, &number(2, 0))];
    let cancel_taken_back = [number(3, 1), number(3, 0)].concat();

    assert_eq!(read_all(lists.concat()), Message::default());
    assert_eq!(
        read_all(wantlist(&[entry(&cid("apple"), &cancel_taken_back)])),
        message_of(vec![want(cid("apple"), WantKind::Block, 0)])
    );
}

#[test]
fn a_full_list_may_be_empty() {
    let message = read_all(bytes(1, &number(2, 1)));

    assert_eq!(message, Message { full: true, ..Message::default() });
}

#[test]
fn a_message_needs_no_wantlist() {
    assert_eq!(read_all(vec![]), Message::default());
}

#[test]
fn pending_bytes_below_zero_are_none() {
    assert_eq!(read_all(number(5, 77)).pending_bytes, 77);
    assert_eq!(read_all(number(5, -1_i64 as u64)).pending_bytes, 0);
}

#[test]
fn field_6_of_an_entry_is_ignored_in_either_form() {
    let plain = message_of(vec![want(cid("apple"), WantKind::Block, 0)]);

    assert_eq!(read_all(wantlist(&[entry(&cid("apple"), &number(6, 5))])), plain);
    assert_eq!(read_all(wantlist(&[entry(&cid("apple"), &bytes(6, b"auth"))])), plain);
}

fn entry(cid: &Cid, fields: &[u8]) -> Vec<u8> {
    [&bytes(1, &cid.to_bytes()), fields].concat()
}
