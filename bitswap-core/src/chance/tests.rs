//! The distribution of random draws, and their number.

use super::Chance;

#[test]
fn a_sample_has_nothing_twice_and_draws_as_often_as_it_is_large() {
    let (mut chance, mut all) = (Chance::named(1, "sample"), [0, 1, 2, 3, 4, 5, 6, 7]);
    let mut counted = chance.fork();
    let mut drawn = chance.sample(&mut all, 5).to_vec();
    drawn.sort_unstable();
    drawn.dedup();
    assert_eq!(drawn.len(), 5);
    for _ in 0..5 {
        counted.bits();
    }
    assert_eq!(chance.bits(), counted.bits());
}

#[test]
fn every_first_is_as_likely() {
    let mut chance = Chance::named(2, "sample");
    let mut counts = [0_u32; 4];
    for _ in 0..4_000 {
        counts[chance.sample(&mut [0, 1, 2, 3], 1)[0]] += 1;
    }
    assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
}
