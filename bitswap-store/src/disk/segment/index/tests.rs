//! The index against a map.

use std::collections::BTreeMap;

use bitswap_core::{Block, Chance};

use super::{Index, Place};
use crate::disk::key::Key;

#[test]
fn it_knows_what_a_map_knows() {
    let (index, mut model) = (Index::new([1; 16]), BTreeMap::new());
    let mut chance = Chance::named(1, "index");
    for turn in 0..20_000 {
        let key = key(chance.below(3_000));
        let place = Place { segment: chance.below(9) as u32, at: turn, length: 7 };
        if chance.one_in(2, 3) {
            assert_eq!(index.insert(&key, place), model.insert(key, place));
        } else {
            assert_eq!(index.remove(&key), model.remove(&key));
        }
    }

    for key in (0..3_000).map(key) {
        assert_eq!(index.get(&key), model.get(&key).copied());
    }
    let of_three = model.iter().filter(|(_, place)| place.segment == 3).count();
    assert_eq!(index.in_segment(3).len(), of_three);
    assert_eq!(walked(&index, &BTreeMap::new()), model.into_keys().collect::<Vec<_>>());
}

#[test]
fn a_walk_has_what_is_accepted_and_not_what_is_deleted() {
    let index = Index::new([1; 16]);
    let place = Place { segment: 0, at: 0, length: 7 };
    for number in 0..100 {
        assert_eq!(index.insert(&key(number), place), None);
    }
    let accepted: BTreeMap<_, _> = (50..150).map(|number| (key(number), number >= 100)).collect();

    let mut expected: Vec<_> = (0..50).chain(100..150).map(key).collect();
    expected.sort_unstable();
    assert_eq!(walked(&index, &accepted), expected);
}

/// In pages of seven.
fn walked(index: &Index, accepted: &BTreeMap<Key, bool>) -> Vec<Key> {
    let (mut walked, mut after) = (Vec::new(), Key::FIRST);
    loop {
        let page = index.keys(&after, accepted, 7);
        let Some(last) = page.last() else { break };
        after = *last;
        walked.extend(page);
    }
    walked.sort_unstable();
    walked
}

/// One in eight is longer than usual.
fn key(number: u64) -> Key {
    let (code, digest) = if number.is_multiple_of(8) { (0x13, 64) } else { (0x12, 32) };
    let bytes = number.to_le_bytes().to_vec();
    Key::of(Block::hashed(code, digest, bytes.into()).unwrap().multihash())
}
