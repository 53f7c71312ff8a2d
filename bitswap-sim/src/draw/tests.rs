//! Draws have the moments that they should have.

use std::time::Duration;

use bitswap_core::Chance;

use super::{exponential, power, weibull};

#[test]
fn exponential_times_have_their_mean_and_their_tail() {
    let mut chance = Chance::named(1, "draws");
    let mean = Duration::from_millis(50);
    let draws: Vec<_> = (0..100_000).map(|_| exponential(&mut chance, mean)).collect();

    let sum: Duration = draws.iter().sum();
    let average = sum / 100_000;
    assert!(average.abs_diff(mean) < mean / 100, "{average:?}");
    // e⁻³ = 4.98 % are longer than three means.
    let long = draws.iter().filter(|draw| **draw > mean * 3).count();
    assert!((4_750..=5_210).contains(&long), "{long}");
}

#[test]
fn weibull_times_have_their_scale_and_a_tail_by_their_shape() {
    let mut chance = Chance::named(1, "draws");
    let scale = Duration::from_secs(1);
    // Of 100,000: more than one scale, and more than four, by exp(-x^k).
    for (shape, above_one, above_four) in
        [(50, 36_788, 13_534), (100, 36_788, 1_832), (200, 36_788, 0)]
    {
        let draws: Vec<_> = (0..100_000).map(|_| weibull(&mut chance, scale, shape)).collect();
        for (scales, expected) in [(1, above_one), (4, above_four)] {
            let longer = draws.iter().filter(|draw| **draw > scale * scales).count();
            assert!(longer.abs_diff(expected) < 600, "shape {shape}: {longer} above {scales}");
        }
    }
}

#[test]
fn powers_are_right_to_a_millionth() {
    const ONE: u64 = 1 << 32;
    // The base, thousandths of the exponent, and the power in millionths.
    for (base, exponent, expected) in [
        (10 * ONE, 900, 7_943_282_u64),
        (50_000 * ONE, 900, 16_946_226_387),
        (ONE / 2, 500, 707_107),
        (3 * ONE, 2_000, 9_000_000),
        (7 * ONE, 0, 1_000_000),
        (0, 500, 0),
    ] {
        let millionths = (u128::from(power(base, exponent)) * 1_000_000) >> 32;
        let error = (millionths as u64).abs_diff(expected);
        assert!(error <= expected / 1_000_000 + 1, "{base} {exponent}: {millionths}");
    }
}
