//! How a window grows, and how large it gets.

use std::time::Duration;

use super::{Rate, Window};
use crate::limits::Limits;
use crate::time::Timestamp;

fn at(ms: u64) -> Timestamp {
    Timestamp::ZERO.after(Duration::from_millis(ms))
}

fn steady(bytes_per_s: u64) -> Rate {
    Rate { measured: bytes_per_s, best: bytes_per_s }
}

/// Blocks of 256 KiB come at this rate for a while, each answered after `answers`; the window is
/// kept full.
fn fed(window: &mut Window, from_ms: u64, bytes_per_s: u64, answers: Duration) -> u64 {
    let mut now = from_ms;
    for _ in 0..16 {
        while window.room(256 * 1024) > 0 {
            window.asked(256 * 1024);
        }
        now += 250;
        let rate = Some(steady(bytes_per_s));
        for block in 0..(bytes_per_s / 4 / (256 * 1024)).max(1) {
            window.ended(256 * 1024, Some(answers));
            let rate = rate.filter(|_| block == 0);
            window.received(at(now), 256 * 1024, rate, Some(answers));
        }
    }
    now
}

#[test]
fn at_the_start_it_holds_two_blocks_of_any_size_and_many_small_ones() {
    let mut window = Window::default();
    assert_eq!(window.room(4 * 1024 * 1024), 2);
    assert_eq!(window.room(1_024), 512);
    window.asked(2 * 1024 * 1024);
    assert_eq!((window.room(2 * 1024 * 1024), window.room(1_024)), (1, 1));
    window.asked(2 * 1024 * 1024);
    assert_eq!((window.room(2 * 1024 * 1024), window.room(1)), (0, 0));
    window.ended(2 * 1024 * 1024, None);
    assert_eq!(window.room(2 * 1024 * 1024), 1);
}

#[test]
fn a_slow_line_keeps_the_least_and_a_long_fat_one_gets_what_it_carries() {
    let mut slow = Window::default();
    fed(&mut slow, 0, 80_000, Duration::from_millis(50));
    assert_eq!(slow.size(), Limits::WINDOW_LEAST);

    let mut fat = Window::default();
    fed(&mut fat, 0, 12_500_000, Duration::from_millis(100));
    // 100 ms and half of it, and a queue.
    assert_eq!(fat.size(), 12_500_000 * 15 / 100 + Limits::WINDOW_QUEUE_BYTES);
    let mut fatter = Window::default();
    fed(&mut fatter, 0, 125_000_000, Duration::from_millis(100));
    assert_eq!(fatter.size(), 125_000_000 / 5, "the queue is of 50 ms");
}

#[test]
fn what_a_slow_line_is_asked_for_comes_within_seconds_whatever_a_first_burst_promised() {
    let burst = |measured| Some(Rate { measured, best: 10_000_000 });
    let mut window = Window::default();
    for _ in 0..2 {
        window.asked(256 * 1024);
    }
    window.received(at(16_000), 256 * 1024, burst(16_384), Some(Duration::from_millis(1)));
    window.ended(256 * 1024, Some(Duration::from_secs(16)));
    assert_eq!(window.size(), 256 * 1024, "half of what took twice as long as it may");
    assert_eq!((window.room(256 * 1024), window.room(16 * 1024)), (1, 1));
    window.asked(256 * 1024);
    window.ended(256 * 1024, Some(Duration::from_secs(2)));
    assert_eq!(window.size(), window.steady, "it is faster");
}

#[test]
fn the_queue_that_a_window_makes_does_not_let_it_grow_for_ever() {
    let mut window = Window::default();
    let mut now = fed(&mut window, 0, 12_500_000, Duration::from_millis(100));
    for _ in 0..20 {
        // What is in flight is what makes the answers late.
        let answers = Duration::from_micros(window.size() * 1_000_000 / 12_500_000);
        now = fed(&mut window, now, 12_500_000, answers);
    }
    assert!(window.steady <= 12_500_000 * 30 / 100 + Limits::WINDOW_QUEUE_BYTES, "{window:?}");
}

#[test]
fn a_full_window_is_tried_larger_now_and_then_and_only_then() {
    let answers = Duration::from_millis(100);
    let mut window = Window::default();
    let now = fed(&mut window, 0, 12_500_000, answers);
    let (before, later) = (window.size(), at(now + 20_000));
    window.ended(256 * 1024, None);
    window.received(later, 256 * 1024, Some(steady(12_500_000)), Some(answers));
    window.received(later, 256 * 1024, None, None);
    assert_eq!(window.size(), before, "it was not full, so nothing was missing");

    fed(&mut window, now + 30_000, 12_500_000, answers);
    assert_eq!(window.size(), before, "more brought no more");
    while window.room(256 * 1024) > 0 {
        window.asked(256 * 1024);
    }
    window.received(at(now + 60_000), 256 * 1024, Some(steady(12_500_000)), Some(answers));
    window.ended(256 * 1024, None);
    window.asked(256 * 1024);
    window.received(at(now + 60_000), 256 * 1024, None, None);
    assert_eq!(window.size(), before + 256 * 1024);
}

#[test]
fn what_came_while_little_was_asked_for_ends_no_trial() {
    let answers = Some(Duration::from_millis(300));
    let mut window = Window::default();
    for step in 1..9 {
        window.asked(16 * 1024);
        window.received(at(300 * step), 16 * 1024, Some(steady(50_000)), answers);
        window.ended(16 * 1024, answers);
    }
    while window.room(256 * 1024) > 0 {
        window.asked(256 * 1024);
    }
    window.received(at(3_000), 256 * 1024, None, None);
    assert_eq!(window.size(), 768 * 1024, "the first steps");
}
