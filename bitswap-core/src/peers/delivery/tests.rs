//! Windows of the delivery rate, and resets.

use std::time::Duration;

use super::{Deliveries, DeliveryRate};
use crate::time::Timestamp;

#[test]
fn a_window_ends_with_the_first_delivery_after_a_quarter_of_a_second() {
    let mut rate = DeliveryRate::default();
    rate.asked(at(0));
    rate.received(at(100), 50 * 1_024);
    assert_eq!(rate.value(), None);
    rate.received(at(500), 50 * 1_024);
    assert_eq!(rate.value(), Some(200 * 1_024), "100 KiB in half a second");
    rate.asked(at(600));
    rate.received(at(750), 100 * 1_024);
    assert_eq!(rate.value(), Some(400 * 1_024), "from the end of the last window");
}

#[test]
fn parts_of_a_block_count_as_they_come_and_not_again_with_the_block() {
    let mut rate = DeliveryRate::default();
    rate.asked(at(0));
    rate.unfinished = 60 * 1_024;
    rate.received(at(250), 60 * 1_024);
    assert_eq!(rate.value(), Some(240 * 1_024), "before any block is whole");
    let rest = rate.finished(100 * 1_024);
    rate.received(at(500), rest);
    assert_eq!(rate.value(), Some(240 * 1_024), "40 KiB more, and no longer 100");
}

#[test]
fn time_in_which_nothing_is_asked_does_not_count() {
    let mut rate = DeliveryRate::default();
    rate.asked(at(0));
    rate.received(at(100), 10 * 1_024);
    rate.idle(at(100));
    assert_eq!(rate.value(), Some(100 * 1_024));
    rate.received(at(60_000), 10 * 1_024);
    rate.asked(at(90_000));
    rate.received(at(90_250), 100 * 1_024);
    assert_eq!(rate.value(), Some(400 * 1_024));
}

#[test]
fn the_best_of_the_last_eight_windows_counts() {
    let mut rate = DeliveryRate::default();
    rate.asked(at(0));
    rate.received(at(250), 250 * 1_024);
    for window in 2..=8 {
        rate.received(at(250 * window), 25 * 1_024);
    }
    assert_eq!(rate.value(), Some(1_000 * 1_024));
    rate.received(at(250 * 9), 25 * 1_024);
    assert_eq!(rate.value(), Some(100 * 1_024));
}

#[test]
fn resets_are_forgotten_after_a_minute_without_one() {
    let mut deliveries = Deliveries::default();
    deliveries.reset(at(1_000));
    deliveries.reset(at(50_000));
    assert_eq!(deliveries.recent_resets(at(109_999)), 2);
    assert_eq!(deliveries.recent_resets(at(110_000)), 0);
}

fn at(millis: u64) -> Timestamp {
    Timestamp::ZERO.after(Duration::from_millis(millis))
}
