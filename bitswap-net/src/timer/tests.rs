//! A timer comes when it is due, however it was moved before.

use std::future::poll_fn;
use std::time::Duration;

use futures::poll;
use tokio::time::Instant;

use super::Timer;

#[tokio::test(start_paused = true)]
async fn a_moment_that_was_moved_comes_when_it_was_moved_to() {
    for (first, last) in [(1, 3), (3, 1)].map(|(a, b)| (seconds(a), seconds(b))) {
        let (mut timer, begun) = (Timer::default(), Instant::now());
        timer.set(Some(begun + first));
        assert!(poll!(poll_fn(|cx| timer.poll(cx))).is_pending());
        timer.set(Some(begun + last));
        poll_fn(|cx| timer.poll(cx)).await;
        assert_eq!((begun.elapsed(), timer.is_set()), (last, false));
    }
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
