//! Numbers that were computed by hand.

use bitswap_sim::compare::statistics::{interval, median, quantile, ratios};

#[test]
fn quantiles_lie_between_the_two_nearest_values() {
    // 0.9 of the way over three gaps is 2.7 gaps: 3 and seven tenths of the way to 7.
    let about = |value: Option<f64>, wanted: f64| (value.unwrap() - wanted).abs() < 1e-9;
    assert!(about(quantile(&[1.0, 2.0, 3.0, 7.0], 900), 5.8));
    assert_eq!(quantile(&[1.0, 2.0, 3.0, 7.0], 1_000), Some(7.0));
    assert_eq!(median(&[7.0, 1.0, 3.0]), Some(3.0));
    assert_eq!(median(&[7.0, 1.0, 3.0, 4.0]), Some(3.5));
    assert_eq!(median(&[]), None);
}

#[test]
fn what_never_ended_is_longer_than_all_else() {
    let never = f64::INFINITY;
    assert_eq!(median(&[never, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[never, never, 2.0]), Some(never));
    assert_eq!(
        ratios(&[never, 1.0, never, 0.0], &[1.0, never, never, 0.0]),
        [never, 0.0, 1.0, 1.0]
    );
}

#[test]
fn pairs_are_compared_before_the_median_is_taken() {
    // The medians are 10 and 4, but twice of three times the first is half of the second.
    let ratios = ratios(&[1.0, 10.0, 100.0], &[2.0, 4.0, 200.0]);
    assert_eq!(ratios, [0.5, 2.5, 0.5]);
    assert_eq!(median(&ratios), Some(0.5));
}

#[test]
fn an_interval_of_three_values_reaches_to_its_ends() {
    // The median of three draws is the least value if two or three draws are: 7 of 27 samples,
    // far more than 2.5 %; so it is with the greatest.
    let of_three = interval(&[1.0, 2.0, 4.0], "a").unwrap();
    assert_eq!((of_three.least, of_three.middle, of_three.most), (1.0, 2.0, 4.0));
    // Of thirty, half 1 and half 3: a sample's median is 1, 2 or 3.
    let halves: Vec<f64> = [[1.0; 15], [3.0; 15]].concat();
    let of_halves = interval(&halves, "a").unwrap();
    assert_eq!((of_halves.least, of_halves.middle, of_halves.most), (1.0, 2.0, 3.0));
    // With 27 of thirty alike, the median is another value in fewer than one sample of a million.
    let alike: Vec<f64> = [vec![5.0; 27], vec![9.0; 3]].concat();
    let of_alike = interval(&alike, "a").unwrap();
    assert_eq!((of_alike.least, of_alike.most), (5.0, 5.0));
}

#[test]
fn the_same_name_draws_the_same_samples() {
    let values: Vec<f64> = (0..30).map(|place| f64::from(place * place % 17)).collect();
    assert_eq!(interval(&values, "a"), interval(&values, "a"));
}
