//! Decoding of presences.

use super::{RAW, SHA2_256, cid, message_with, payload, presence, raw, read, read_all, unusable};
use crate::wire::{BlockPresence, ProtocolVersion, Skipped, decode};

#[test]
fn have_and_dont_have_are_told_apart() {
    let frame = [presence(&cid("apple"), 0), presence(&cid("pear"), 1)].concat();

    let both = vec![(cid("apple"), BlockPresence::Have), (cid("pear"), BlockPresence::DontHave)];
    assert_eq!(read_all(frame), message_with(vec![], both));
}

#[test]
fn an_unknown_kind_of_presence_is_passed_over() {
    let frame = [presence(&cid("apple"), 2), presence(&cid("pear"), 1)].concat();

    let kept = message_with(vec![], vec![(cid("pear"), BlockPresence::DontHave)]);
    assert_eq!(read(frame), Ok((kept, unusable(1))));
}

#[test]
fn the_last_presence_of_a_cid_counts() {
    let apple = cid("apple");
    let frame = [presence(&apple, 0), presence(&cid("pear"), 0), presence(&apple, 1)].concat();

    let last = vec![(cid("pear"), BlockPresence::Have), (apple, BlockPresence::DontHave)];
    assert_eq!(read_all(frame), message_with(vec![], last));
}

#[test]
fn a_block_says_more_than_a_presence_wherever_they_stand() {
    let apple = raw(b"apple");
    let block = payload(&[1, RAW, SHA2_256, 32], b"apple");
    let presence = presence(&apple.0, 1);
    let only_block = message_with(vec![apple], vec![]);

    assert_eq!(read_all([&block[..], &presence].concat()), only_block);
    assert_eq!(read_all([presence, block].concat()), only_block);
}

#[test]
fn a_presence_stays_if_its_block_was_not_hashed() {
    let block = payload(&[1, RAW, SHA2_256, 32], b"apple");
    let frame = [block, presence(&cid("apple"), 0)].concat();

    let answer = decode(frame.into(), ProtocolVersion::V1_2).unwrap().verify(|_, _| false);

    let skipped = Skipped { unhashed: 1, unhashed_bytes: 5, ..Skipped::default() };
    let presences = vec![(cid("apple"), BlockPresence::Have)];
    assert_eq!(answer, (message_with(vec![], presences), skipped));
}
