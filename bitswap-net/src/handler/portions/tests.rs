//! Nothing is lost or doubled in splitting.

use bitswap_core::Block;
use bitswap_core::wire::{BlockPresence, WantKind};
use cid::Cid;

use super::*;

fn cid(number: u64) -> Cid {
    let block = Block::sha2_256(number.to_be_bytes().to_vec().into()).unwrap();
    Cid::new_v1(0x55, *block.multihash())
}

fn cancels(count: u64) -> Vec<Entry> {
    (0..count).map(|number| Entry::Cancel { cid: cid(number) }).collect()
}

fn wants(count: u64) -> Vec<Entry> {
    let kind = WantKind::Block;
    let want = |cid| Entry::Want { cid, kind, priority: 1, send_dont_have: true, relay: None };
    (0..count).map(cid).map(want).collect()
}

#[test]
fn a_short_message_stays_whole() {
    let (pending_bytes, wants_remembered) = (7, 9);
    let entries = cancels(10);
    let message = Message { entries, pending_bytes, wants_remembered, ..Message::default() };
    assert_eq!(of(message.clone()).collect::<Vec<_>>(), [message]);
    assert_eq!(of(Message::default()).collect::<Vec<_>>(), [Message::default()]);
}

#[test]
fn a_long_message_comes_in_portions_and_in_order() {
    let presences: Vec<_> = (0..900).map(|n| (cid(n), BlockPresence::Have)).collect();
    let message =
        Message { entries: cancels(700), presences: presences.clone(), ..Message::default() };

    let portions: Vec<Message> = of(message).collect();

    let longest = portions.iter().map(|part| part.entries.len().max(part.presences.len())).max();
    assert_eq!((portions.len(), longest), (4, Some(PORTION)));
    let told = portions.iter().flat_map(|part| part.entries.clone());
    assert_eq!(told.collect::<Vec<_>>(), cancels(700));
    assert_eq!(portions.into_iter().flat_map(|part| part.presences).collect::<Vec<_>>(), presences);
}

#[test]
fn a_full_list_stays_whole_without_its_cancels() {
    let entries = [wants(700), cancels(900).split_off(700)].concat();
    let full = Message { full: true, entries, ..Message::default() };

    let whole = Message { full: true, entries: wants(700), ..Message::default() };
    assert_eq!(of(full).collect::<Vec<_>>(), [whole]);
}
