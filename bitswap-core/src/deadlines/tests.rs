//! The queue gives the same order as a sorted list, whatever is set, moved and cancelled.

use super::Deadlines;
use crate::chance::Chance;
use crate::time::Timestamp;

#[test]
fn deadlines_fall_due_as_from_a_sorted_list() {
    let mut chance = Chance::named(1, "deadlines");
    let (mut deadlines, mut list) = (Deadlines::default(), Vec::<(Timestamp, u64)>::new());
    for _ in 0..20_000 {
        let (key, at) = (chance.below(50), Timestamp::from_nanos(chance.below(1_000)));
        let before = list.iter().position(|(_, known)| *known == key);
        match chance.below(8) {
            0 => {
                let due = list.iter().min().filter(|(first, _)| *first <= at).copied();
                list.retain(|entry| Some(*entry) != due);
                assert_eq!(deadlines.pop_due(at), due.map(|(_, key)| key));
            }
            1 | 2 => {
                assert_eq!(deadlines.cancel(key), before.is_some());
                list.retain(|(_, known)| *known != key);
            }
            _ => {
                list.retain(|(_, known)| *known != key);
                list.push((at, key));
                deadlines.set(key, at);
            }
        }
        assert_eq!(deadlines.next(), list.iter().map(|(at, _)| *at).min());
        let of = list.iter().find(|(_, known)| *known == key).map(|(at, _)| *at);
        assert_eq!(deadlines.of(key), of);
    }
    assert!(!list.is_empty());
}

#[test]
fn what_is_set_and_cancelled_in_a_loop_takes_no_room() {
    let mut deadlines = Deadlines::default();
    deadlines.set(0, Timestamp::ZERO);
    for key in 1..10_000 {
        deadlines.set(key, Timestamp::from_nanos(key));
        deadlines.cancel(key);
    }
    assert!(deadlines.queue.len() < 100, "{}", deadlines.queue.len());
}
