//! What counts as lost.

use tokio::time::advance;

use super::*;

async fn reset_after(seconds: u64, delivery: &mut Delivery) -> bool {
    delivery.asked();
    advance(Duration::from_secs(seconds)).await;
    delivery.lost()
}

#[tokio::test(start_paused = true)]
async fn wants_just_written_are_lost_each_time_and_once_each() {
    let mut delivery = Delivery::default();
    assert!(!delivery.lost(), "nothing was written");
    for _ in 0..3 {
        assert!(reset_after(1, &mut delivery).await);
        assert!(!delivery.lost(), "nothing was written since");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_crossed_does_not_hide_a_loss() {
    let mut delivery = Delivery::default();
    delivery.asked();
    advance(Duration::from_millis(10)).await;
    delivery.heard();
    assert!(delivery.lost());
}

#[tokio::test(start_paused = true)]
async fn idle_streams_lose_nothing_when_the_peer_answered_or_we_closed_them() {
    let mut delivery = Delivery::default();
    delivery.asked();
    delivery.heard();
    advance(Duration::from_secs(10)).await;
    assert!(!delivery.lost());
    delivery.asked();
    delivery.read();
    assert!(!delivery.lost());
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_that_resets_idle_streams_is_suspected_once() {
    let mut delivery = Delivery::default();
    assert!(reset_after(10, &mut delivery).await);
    assert!(!reset_after(10, &mut delivery).await);
    delivery.heard();
    advance(Duration::from_secs(1)).await;
    assert!(reset_after(10, &mut delivery).await);
}
