//! Tables keep their order, whatever their size; sets by key: a key without values is removed.

use super::{MultiMap, Table};

#[test]
fn a_table_is_a_list_in_which_the_last_takes_the_place_of_the_removed() {
    let mut table = Table::default();
    let mut list: Vec<(u64, u64)> = Vec::new();
    let mut step = |key: u64, removes: bool| {
        let place = list.iter().position(|(known, _)| *known == key);
        match place {
            Some(place) if removes => {
                assert_eq!(table.remove(&key), Some(list.swap_remove(place).1));
            }
            Some(place) => {
                assert_eq!(table.insert(key, key + 1), Some(list[place].1));
                list[place].1 = key + 1;
            }
            None if removes => assert_eq!(table.remove(&key), None),
            None => {
                assert_eq!(*table.or_insert_with(key, || key), key);
                list.push((key, key));
            }
        }
        assert!(table.iter().eq(list.iter().map(|(key, value)| (key, value))), "{list:?}");
        assert!(list.iter().all(|(key, value)| table.get(key) == Some(value)));
    };
    for n in 0_u64..4_000 {
        // Grows beyond what needs no index, empties, and grows again.
        let key = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58;
        step(key, n / 500 % 2 == 1 || n % 3 == 0);
    }
}

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
