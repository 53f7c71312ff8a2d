//! One honest peer among a hundred that say HAVE is found in time, whoever is asked first.

use std::time::Duration;

use bitswap_sim::NodeConfig;
use bitswap_sim::scenario::liars::Liars;

use crate::cast::{defaults, strategies};

const SEEDS: u64 = 20;
/// F5 of the list of figures.
const LONGEST: Duration = Duration::from_secs(10);

#[test]
fn one_honest_peer_among_a_hundred_that_say_have_is_found_in_ten_seconds() {
    let random = || NodeConfig::with_strategies(strategies(&["peer_selector=hedge-unresponsive"]));
    for seed in 1..=SEEDS {
        for time in [time(seed, &Liars::default(), defaults), time(seed, &Liars::default(), random)]
        {
            assert!(time <= LONGEST, "seed {seed}: {time:?}");
        }
    }
}

#[test]
fn with_one_ask_at_a_time_it_takes_minutes() {
    let times = (1..=SEEDS).map(|seed| {
        let random = || NodeConfig::with_strategies(strategies(&["peer_selector=random"]));
        time(seed, &Liars::default(), random)
    });
    let mean = times.sum::<Duration>() / SEEDS as u32;
    assert!(mean > LONGEST * 3, "{mean:?}");
}

#[test]
fn with_the_first_block_those_who_broke_their_word_are_asked_no_more() {
    let liars = Liars { blocks: 16, block: 64 * 1024, ..Liars::default() };
    let mut times: Vec<_> = (1..=SEEDS).map(|seed| time(seed, &liars, defaults)).collect();
    times.sort_unstable();
    let middle = times[times.len() / 2];
    assert!(middle < Duration::from_secs(35), "{middle:?}");
}

fn time(seed: u64, liars: &Liars, config: impl Fn() -> NodeConfig) -> Duration {
    let mut world = liars.build(seed, true, config).expect("it can be built");
    match world.run(Duration::from_secs(600)) {
        Ok(time) => time.unwrap_or(Duration::MAX / 1_000),
        Err(halt) => panic!("{halt}"),
    }
}
