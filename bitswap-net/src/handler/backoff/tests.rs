//! How long the pauses are.

use std::future::poll_fn;

use super::*;

async fn pause(backoff: &mut Backoff) -> u64 {
    let start = Instant::now();
    poll_fn(|cx| backoff.poll(cx)).await;
    start.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn lost_streams_are_opened_again_at_once_and_then_ever_later_up_to_30_seconds() {
    let mut backoff = Backoff::default();
    for expected in [0, 1, 2, 4, 8, 16, 30, 30] {
        backoff.lost();
        assert_eq!(pause(&mut backoff).await, expected);
    }
    backoff.lasted();
    backoff.lost();
    assert_eq!(pause(&mut backoff).await, 0);
}

#[tokio::test(start_paused = true)]
async fn refused_streams_are_asked_for_ever_later_up_to_a_minute_unless_somebody_needs_one() {
    let mut backoff = Backoff::default();
    for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
        backoff.refused();
        assert_eq!(pause(&mut backoff).await, expected);
    }
    backoff.refused();
    backoff.skip();
    assert_eq!(pause(&mut backoff).await, 0);
}
