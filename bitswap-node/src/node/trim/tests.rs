//! When memory is given back.

use super::*;

/// Whether it is given back after each of these beats, by the milliseconds of work in them.
fn given_back_after<const BEATS: usize>(work: [u64; BEATS]) -> [bool; BEATS] {
    let (mut known, mut spent) = (Work::default(), Duration::ZERO);
    work.map(|millis| {
        spent += Duration::from_millis(millis);
        known.is_over(spent)
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

#[test]
#[cfg(unix)]
fn the_time_of_the_process_on_processors_is_known() {
    let begun = spent();
    while spent() < begun + BUSY {
        std::hint::spin_loop();
    }
}

#[test]
fn what_is_in_use_stays_as_it_is() {
    // Every second one is freed, so that pages between those in use are given back.
    let mut pieces: Vec<Vec<u8>> = (0..64_u8).map(|n| vec![n; 64 * 1024]).collect();
    pieces.retain(|piece| piece[0].is_multiple_of(2));

    assert_eq!(bitswap_trim::trim(), bitswap_trim::IS_SUPPORTED);

    assert!(pieces.iter().all(|piece| piece.iter().all(|byte| *byte == piece[0])));
}
