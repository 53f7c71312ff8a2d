//! Pauses and rates, by tokio's own clock.

use super::*;

#[tokio::test(start_paused = true)]
async fn so_many_look_ups_begin_at_once_and_the_others_at_a_rate() {
    let throttle = Throttle::new();
    let start = Instant::now();
    for _ in 0..16 {
        throttle.ready().await.unwrap();
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    for _ in 0..80 {
        throttle.ready().await.unwrap();
    }
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_fails_is_left_alone_for_longer_each_time() {
    let throttle = Throttle::new();
    let mut pauses = Vec::new();
    for _ in 0..8 {
        throttle.failed(None);
        let pause = throttle.ready().await.unwrap_err();
        pauses.push(pause.as_secs());
        tokio::time::advance(pause).await;
        throttle.ready().await.unwrap();
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    throttle.succeeded();
    throttle.failed(None);
    assert_eq!(throttle.ready().await, Err(Duration::from_secs(1)));
}

#[tokio::test(start_paused = true)]
async fn a_servers_wish_counts_up_to_five_minutes() {
    let throttle = Throttle::new();
    throttle.failed(Some(Duration::from_secs(100)));
    assert_eq!(throttle.ready().await, Err(Duration::from_secs(100)));
    throttle.failed(Some(Duration::from_secs(1_000_000)));
    assert_eq!(throttle.ready().await, Err(Duration::from_secs(300)));
}
