//! When memory is given back.

use super::*;

/// Whether it is given back after each of these beats, by the milliseconds of work in them.
fn given_back_after<const BEATS: usize>(work: [u64; BEATS]) -> [bool; BEATS] {
    let (mut known, mut spent) = (Work::default(), Duration::ZERO);
    work.map(|millis| {
        spent += Duration::from_millis(millis);
        known.note(spent)
    })
}

#[test]
fn memory_is_given_back_once_when_work_is_over() {
    assert_eq!(
        given_back_after([2, 200, 400, 3, 2, 60, 1]),
        [false, false, false, true, false, false, true]
    );
}

#[test]
fn a_node_that_is_always_busy_gives_memory_back_every_ten_seconds() {
    let times = given_back_after([100; 100]);
    let after: Vec<_> = (1..).zip(times).filter(|(_, now)| *now).map(|(beat, _)| beat).collect();
    assert_eq!(after, [40, 80]);
}
