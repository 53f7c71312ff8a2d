//! Quantiles, and what is forgotten.

use std::time::Duration;

use super::AnswerTimes;

fn of_millis(times: impl IntoIterator<Item = u64>) -> AnswerTimes {
    let mut all = AnswerTimes::default();
    times.into_iter().for_each(|time| all.add(Duration::from_millis(time)));
    all
}

#[test]
fn a_quantile_is_the_end_of_its_bucket() {
    let all = of_millis(1..=100);

    // 50 ms are in the bucket from 2^15 + 2^14 to 2^15 + 2^14 + 2^13 µs, 95 ms in the one
    // from 2^16 + 2^14 to 2^16 + 2^15 µs.
    assert_eq!(all.quantile(50), Some(Duration::from_micros(57_344)));
    assert_eq!(all.quantile(95), Some(Duration::from_micros(98_304)));
    assert_eq!(all.quantile(100), Some(Duration::from_micros(114_688)));
}

#[test]
fn nothing_is_known_before_the_first_and_any_time_has_its_place() {
    assert_eq!(AnswerTimes::default().quantile(50), None);
    for time in [Duration::ZERO, Duration::from_secs(100), Duration::MAX] {
        let mut all = AnswerTimes::default();
        all.add(time);
        let found = all.quantile(0);
        assert!(found.is_some_and(|found| found > time || found.as_secs() > 120), "{time:?}");
    }
}

#[test]
fn old_times_are_forgotten() {
    let all = of_millis(std::iter::repeat_n(1_000, 2_000).chain(std::iter::repeat_n(1, 2_000)));

    assert!(all.samples() < 1_024);
    assert!(all.quantile(50) < Some(Duration::from_millis(2)));
}
