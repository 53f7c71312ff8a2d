//! Sets by key: a key without values is removed.

use super::MultiMap;

#[test]
fn a_key_goes_with_its_last_value() {
    let mut map = MultiMap::default();
    assert!(map.insert(1, 'b') && !map.insert(1, 'a') && map.insert(2, 'c'));
    assert_eq!(map.of(&1).collect::<String>(), "ab");
    assert!(map.has(&1, &'a') && !map.has(&2, &'a'));

    map.remove(&1, &'b');
    assert!(map.contains(&1));
    map.remove(&1, &'a');
    assert!(!map.contains(&1) && map.len() == 1);

    assert_eq!(map.take(&2).into_iter().collect::<String>(), "c");
    assert!(map.is_empty() && map.take(&2).is_empty());
}
