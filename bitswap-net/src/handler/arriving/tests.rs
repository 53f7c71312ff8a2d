//! How often slow frames are told of, and which are given up.

use std::future::poll_fn;

use tokio::time::timeout;

use super::*;

/// What is seen within an hour of a frame of which so many bytes come between two looks, and after
/// how many milliseconds.
async fn seen(arriving: &mut Arriving, bytes: usize, waits: bool) -> Option<(Seen, u128)> {
    let start = Instant::now();
    let unfinished = |_| Unfinished { frames: 1, bytes, waits };
    let seen = poll_fn(|cx| arriving.poll(cx, unfinished));
    let seen = timeout(Duration::from_secs(3_600), seen).await.ok()?;
    Some((seen, start.elapsed().as_millis()))
}

#[tokio::test(start_paused = true)]
async fn what_comes_is_told_four_times_a_second() {
    let mut arriving = Arriving::default();
    assert_eq!(seen(&mut arriving, 300, false).await, Some((Seen::Bytes(300), 0)));
    for _ in 0..400 {
        assert_eq!(seen(&mut arriving, 300, false).await, Some((Seen::Bytes(300), 250)));
    }
}

#[tokio::test(start_paused = true)]
async fn frames_of_which_nothing_comes_are_given_up_after_20_seconds() {
    let mut arriving = Arriving::default();
    seen(&mut arriving, 300, false).await;
    let begun = Instant::now();
    assert_eq!(seen(&mut arriving, 0, false).await, Some((Seen::Stalled(begun), 20_000)));
}

#[tokio::test(start_paused = true)]
async fn small_frames_that_come_whole_excuse_no_other() {
    let mut arriving = Arriving::default();
    let mut looks = 0;
    while looks < 200 && !matches!(seen(&mut arriving, 1, false).await, Some((Seen::Stalled(_), _)))
    {
        arriving.came(100);
        looks += 1;
    }
    assert_eq!(looks, 135, "of a quarter of a second");
}

#[tokio::test(start_paused = true)]
async fn frames_that_wait_for_us_are_not_given_up() {
    assert_eq!(seen(&mut Arriving::default(), 0, true).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_byte_now_and_then_is_not_enough() {
    let mut arriving = Arriving::default();
    let mut looks = 0;
    while looks < 200 && !matches!(seen(&mut arriving, 1, false).await, Some((Seen::Stalled(_), _)))
    {
        looks += 1;
    }
    assert_eq!(looks, 81, "of a quarter of a second");
}
