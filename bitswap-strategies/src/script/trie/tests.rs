//! A trie keeps what a map keeps.

use std::collections::BTreeMap;

use bitswap_core::Chance;

use super::Trie;

#[test]
fn it_keeps_what_a_map_keeps_and_copies_are_not_changed() {
    let mut chance = Chance::named(1, "trie");
    let (mut trie, mut model) = (Trie::default(), BTreeMap::new());
    let (mut kept, mut kept_model) = (trie.clone(), model.clone());
    for step in 0..20_000_u64 {
        // Keys that share low bits, and keys that share none.
        let key = chance.below(64) << (4 * chance.below(15));
        if chance.one_in(1, 2) {
            assert_eq!(trie.insert(key, step), model.insert(key, step));
        } else {
            assert_eq!(trie.remove(key), model.remove(&key));
        }
        assert_eq!(trie.len(), model.len());
        if step % 500 == 0 {
            for (key, value) in &kept_model {
                assert_eq!(kept.get(*key), Some(value));
            }
            assert_eq!(kept.len(), kept_model.len());
            (kept, kept_model) = (trie.clone(), model.clone());
        }
    }
    for key in model.keys() {
        assert_eq!(trie.get(*key), model.get(key));
        assert!(trie.remove(*key).is_some());
    }
    assert!(trie.root.is_none(), "nothing is left of keys that are gone");
}
