//! One honest peer among a hundred that say HAVE is found in time, whoever is asked first.

use std::time::Duration;

use bitswap_sim::scenario::liars::Liars;

use crate::cast::strategies;

const SEEDS: u64 = 20;
/// F5 of the list of figures.
const LONGEST: Duration = Duration::from_secs(10);

#[test]
fn one_honest_peer_among_a_hundred_that_say_have_is_found_in_ten_seconds() {
    for selector in ["peer_selector=probabilistic", "peer_selector=random"] {
        for seed in 1..=SEEDS {
            let time = time(&Liars::default(), selector, seed);
            println!("{selector} {seed}: {time:?}");
            assert!(time.is_some_and(|time| time <= LONGEST), "{selector}, {seed}: {time:?}");
        }
    }
}

fn time(liars: &Liars, selector: &str, seed: u64) -> Option<Duration> {
    let mut court = liars.build(seed, true, || strategies(&[selector])).expect("it can be built");
    match court.run(Duration::from_secs(300)) {
        Ok(time) => time,
        Err(halt) => panic!("{halt}"),
    }
}
