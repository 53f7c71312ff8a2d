//! Tables forget what was added first, and stay within their bounds.

use rhai::Dynamic;

use super::Table;

fn filled(most: i64, keys: impl Iterator<Item = i64>) -> Table {
    let mut table = Table::new(most).unwrap();
    for key in keys {
        table.set(key, Dynamic::from(key)).unwrap();
    }
    table
}

fn newest(table: &Table, most: usize) -> Vec<i64> {
    table.newest(most).iter().map(|key| key.as_int().unwrap()).collect()
}

#[test]
fn what_was_added_first_makes_room() {
    let mut table = filled(3, [1, 2, 1, 3, 4].into_iter());
    assert_eq!(newest(&table, 9), [4, 3, 2]);
    assert!(table.get(1).is_unit());
    let _gone = table.remove(3);
    table.set(3, 5.into()).unwrap();
    assert_eq!((newest(&table, 2), table.entries.len()), (vec![3, 4], 3));
    table.set(4, Dynamic::UNIT).unwrap();
    assert_eq!(newest(&table, 9), [3, 2]);
}

#[test]
fn entries_that_come_and_go_leave_nothing_behind() {
    let mut table = filled(4, [-1].into_iter());
    for key in 0..100_000 {
        table.set(key, 1.into()).unwrap();
        let _gone = table.remove(key);
    }
    assert!(table.next - table.first < 200, "{} numbers", table.next - table.first);
    assert_eq!((newest(&table, 9), table.order.len(), table.weight), (vec![-1], 1, 24));
}

#[test]
fn it_is_bounded_by_weight_too() {
    let mut table = Table::new(10_000).unwrap();
    let text = || Dynamic::from("x".repeat(1_000));
    let fits = (0..10_000).take_while(|key| table.set(*key, text()).is_ok()).count();
    // 16 for the entry, 8 for the value, and its text.
    assert_eq!(fits, 1024 * 1024 / 1_024);
    assert!(Table::new(10_001).is_err() && Table::new(0).is_err());
}
