//! Runs on a disk that loses power, from seeds.

use crate::disk::sim::{Tally, run};

#[test]
fn runs() {
    let begun = std::time::Instant::now();
    let mut all = Tally::default();
    let n: u64 = std::env::var("N").map_or(20, |n| n.parse().unwrap());
    let from: u64 = std::env::var("FROM").map_or(0, |n| n.parse().unwrap());
    for seed in from..from+n {
        if n<1000 { eprintln!("seed {seed}"); }
        match run(seed, 16) {
            Ok(tally) => all.add(&tally),
            Err(violation) => println!("{seed}: {violation}"),
        }
    }
    println!("{all:#?} {:?} {}/s", begun.elapsed(), all.images as f64 / begun.elapsed().as_secs_f64());
}
