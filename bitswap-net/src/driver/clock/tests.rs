//! Time that passes, and time that is slept through.

use tokio::time::advance;

use super::*;

fn at(seconds: f64) -> Timestamp {
    Timestamp::ZERO.after(Duration::from_secs_f64(seconds))
}

#[tokio::test(start_paused = true)]
async fn time_passes_as_it_does_outside() {
    let mut clock = Clock::start();
    advance(Duration::from_secs(90)).await;
    assert_eq!(clock.now(None), at(90.0));
    assert_eq!(clock.now(Some(at(89.5))), at(90.0));
}

#[tokio::test(start_paused = true)]
async fn a_long_sleep_past_a_deadline_counts_as_one_second() {
    let mut clock = Clock::start();
    advance(Duration::from_secs(3_600)).await;
    assert_eq!(clock.now(Some(at(5.0))), at(6.0));
    assert_eq!(clock.now(None), at(6.0));
    advance(Duration::from_secs(2)).await;
    assert_eq!(clock.now(None), at(8.0));
    let next = clock.instant(at(10.0)).unwrap();
    assert_eq!(next - Instant::now(), Duration::from_secs(2));
}
