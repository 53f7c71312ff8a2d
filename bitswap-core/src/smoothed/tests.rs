//! The recent least.

use std::time::Duration;

use super::RecentLeast;
use crate::time::Timestamp;

#[test]
fn a_shorter_time_is_forgotten_after_two_spans() {
    let [short, long] = [10, 50].map(Duration::from_millis);
    let at = |secs| Timestamp::ZERO.after(Duration::from_secs(secs));
    let mut least = RecentLeast::default();
    least.add(at(1), short);
    least.add(at(10), long);
    assert_eq!(least.value(), Some(short));
    least.add(at(20), long);
    assert_eq!(least.value(), Some(long));
}
