//! The breaker against engine time.

use super::*;
use crate::fixture::at;

#[test]
fn five_failures_within_a_minute_open_it_for_good() {
    let mut breaker = Breaker::default();
    let opened: Vec<_> = (0..5).map(|number| breaker.failed(at(number * 14_000))).collect();

    assert_eq!(opened, [false, false, false, false, true]);
    assert!(breaker.is_open());
    assert!(!breaker.failed(at(10_000_000)), "it opens once");
    assert!(breaker.is_open());
}

#[test]
fn failures_a_minute_apart_are_forgotten() {
    let mut breaker = Breaker::default();

    assert!((0..100).all(|number| !breaker.failed(at(number * 15_000))));
    assert!(!breaker.is_open());
}
