//! Draws have the moments that they should have.

use std::time::Duration;

use bitswap_core::Chance;

use super::exponential;

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
