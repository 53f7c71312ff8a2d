//! Budgets: how much of one message is decoded.

use std::iter::repeat_n;

use cid::Cid;

use super::{RAW, SHA2_256, bytes, cid, number, over_budget, payload, read, varints, wantlist};
use crate::error::WireError;
use crate::limits::Limits;
use crate::wire::budget::{MAX_BLOCKS, MAX_ITEMS, MAX_PRESENCES, MAX_WANTS};
use crate::wire::{Entry, Skipped};

#[test]
fn the_first_wants_are_kept_and_the_rest_counted() {
    let entries: Vec<_> = (0..MAX_WANTS + 3).map(want).collect();

    let (message, skipped) = read(wantlist(&entries)).unwrap();

    let kept: Vec<Cid> = message.entries.iter().map(|entry| *entry.cid()).collect();
    assert_eq!(kept, (0..MAX_WANTS).map(nth).collect::<Vec<_>>());
    assert_eq!(skipped, over_budget(3));
}

#[test]
fn cancels_are_kept_beyond_the_budget_of_wants() {
    let wants = (0..=MAX_WANTS).map(want);
    let cancels = (0..MAX_WANTS + 2).map(cancel);
    let entries: Vec<_> = wants.chain(cancels).collect();

    let (message, skipped) = read(wantlist(&entries)).unwrap();

    let all: Vec<Entry> = (0..MAX_WANTS + 2).map(|n| Entry::Cancel { cid: nth(n) }).collect();
    assert_eq!(message.entries, all);
    assert_eq!(skipped, over_budget(1));
}

#[test]
fn the_first_blocks_of_both_forms_are_kept() {
    let bare = (0..MAX_BLOCKS - 1).flat_map(|n| bytes(2, &n.to_le_bytes()));
    let prefixed = (0..3_usize).flat_map(|n| payload(&[1, RAW, SHA2_256, 32], &n.to_le_bytes()));

    let (message, skipped) = read(bare.chain(prefixed).collect::<Vec<_>>()).unwrap();

    assert_eq!(message.blocks.len(), MAX_BLOCKS);
    assert_eq!(skipped, over_budget(2));
}

#[test]
fn a_message_that_answers_all_that_a_server_remembers_is_kept_whole() {
    let answers = 0..Limits::WANTS_REMEMBERED;
    let frame = answers.flat_map(|n| payload(&[1, RAW, SHA2_256, 32], &n.to_le_bytes()));

    let (message, skipped) = read(frame.collect::<Vec<_>>()).unwrap();

    assert_eq!(message.blocks.len(), Limits::WANTS_REMEMBERED);
    assert_eq!(skipped, Skipped::default());
}

#[test]
fn the_first_presences_are_kept() {
    let frame: Vec<u8> =
        (0..MAX_PRESENCES + 7).flat_map(|n| bytes(4, &bytes(1, &nth(n).to_bytes()))).collect();

    let (message, skipped) = read(frame).unwrap();

    let kept: Vec<Cid> = message.presences.iter().map(|(cid, _)| *cid).collect();
    assert_eq!(kept, (0..MAX_PRESENCES).map(nth).collect::<Vec<_>>());
    assert_eq!(skipped, over_budget(7));
}

#[test]
fn more_items_than_an_honest_message_has_cost_it() {
    let some = [
        wantlist(&[bytes(1, &cid("apple").to_bytes())]),
        payload(&[1, RAW, SHA2_256, 32], b"apple"),
        bytes(4, &bytes(1, &cid("apple").to_bytes())),
    ]
    .concat();
    let fill = |items| [some.clone(), repeat_n([0x12, 0x00], items).flatten().collect()].concat();

    let (message, skipped) = read(fill(MAX_ITEMS - 3)).unwrap();
    assert_eq!((message.items(), skipped), (3, over_budget((MAX_ITEMS - 2 - MAX_BLOCKS) as u32)));
    assert_eq!(read(fill(MAX_ITEMS - 2)), Err(WireError::TooMany { limit: MAX_ITEMS }));
}

#[test]
fn a_frame_over_4_mib_is_not_read() {
    let over = WireError::TooLarge { bytes: 4_194_305, limit: 4_194_304 };

    assert_eq!(read(vec![0; 4_194_305]), Err(over));
}

#[test]
fn what_is_over_budget_is_not_looked_into() {
    let mut entries: Vec<_> = (0..MAX_WANTS).map(want).collect();
    entries.push(bytes(1, b"no cid"));

    let (message, skipped) = read(wantlist(&entries)).unwrap();

    assert_eq!(message.entries.len(), MAX_WANTS);
    assert_eq!(skipped, Skipped { over_budget: 1, ..Skipped::default() });
}

fn want(n: usize) -> Vec<u8> {
    bytes(1, &nth(n).to_bytes())
}

fn cancel(n: usize) -> Vec<u8> {
    [want(n), number(3, 1)].concat()
}

fn nth(n: usize) -> Cid {
    let digest = [n.to_be_bytes(), [7; 8], [7; 8], [7; 8]].concat();
    Cid::try_from([varints(&[1, RAW, SHA2_256, 32]), digest].concat()).unwrap()
}
