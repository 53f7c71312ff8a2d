//! Means and intervals computed by hand.

use super::{Mean, PartReport, Report};
use crate::limits::Limits;

fn mean(samples: impl IntoIterator<Item = u64>) -> Mean {
    let mut mean = Mean::default();
    samples.into_iter().for_each(|sample| mean.add(sample));
    mean
}

#[test]
fn the_interval_is_students() {
    // Variance 1, over 3 samples: an error of 0.5774, times 4.303.
    let three = mean([1, 2, 3]);
    assert_eq!(three.mean(), Some(2.0));
    assert!((three.half_width().unwrap() - 2.484).abs() < 0.001);
    // Variance 25.0627 (= 25 · 400/399), over 400: 0.250313, times 1.9663.
    let many = mean((0..400).map(|number| 95 + 10 * (number % 2)));
    assert_eq!(many.mean(), Some(100.0));
    assert!((many.half_width().unwrap() - 0.4922).abs() < 0.001);
}

#[test]
fn too_few_samples_say_nothing() {
    assert_eq!(mean([]).mean(), None);
    assert_eq!((mean([7]).mean(), mean([7]).half_width()), (Some(7.0), None));
    assert_eq!(mean([7]).differs_from(&mean([1, 2])), None);
}

#[test]
fn means_differ_when_the_interval_of_their_difference_leaves_zero() {
    // Errors of 0.5774 each make 0.8165, times 4.303: 3.513.
    assert_eq!(mean([1, 2, 3]).differs_from(&mean([4, 5, 6])), Some(false));
    assert_eq!(mean([1, 2, 3]).differs_from(&mean([5, 6, 7])), Some(true));
}

#[test]
fn samples_of_any_size_do_not_overflow() {
    assert_eq!(mean([u64::MAX; 3]).half_width(), Some(0.0));
}

#[test]
fn parts_inside_parts_have_both_names_and_all_are_bounded() {
    let mut inner = Report::default();
    inner.push(PartReport::new("shadow", "random"));
    let mut report = Report::default();
    report.push_within("a", inner);
    assert_eq!(report.parts().first().map(|part| part.part.as_str()), Some("a.shadow"));

    for _ in 0..100 {
        report.push(PartReport::new("b", "random"));
    }
    assert_eq!(report.parts().len(), Limits::REPORT_PARTS);
}
