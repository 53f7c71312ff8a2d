//! An experiment from its pieces: people who come and go fetch what is popular, and for ten seconds
//! half of their swarm cannot reach the other half. One seed, one set of figures.
//!
//! `cargo run --release -p bitswap-examples --example simulate_swarm`

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use bitswap_core::Chance;
use bitswap_sim::churn::{Churn, Exit, Partition, Spell};
use bitswap_sim::content::{Pool, Sizes};
use bitswap_sim::placement::Placement;
use bitswap_sim::popularity::Popularity;
use bitswap_sim::topology::{Distance, Topology, Wiring};
use bitswap_sim::trial::Trial;
use bitswap_sim::workload::Workload;
use bitswap_sim::{Report, Routing, World, scenario};

const SEED: u64 = 1;
const NODES: usize = 60;
const FILES: usize = 30;
const CHUNK_BYTES: usize = 64 * 1024;
const SESSIONS: usize = 120;
/// Longer than anything here takes, in simulated time and in events.
const LIMIT: (Duration, u64) = (Duration::from_secs(600), 50_000_000);

fn main() -> Result<(), Box<dyn Error>> {
    let (times, report) = run(SEED)?;
    let duplicates: u64 = report.nodes.iter().map(|node| node.stats.client.duplicate.blocks).sum();
    let wanted: u64 = report.nodes.iter().map(|node| node.stats.client.wanted.blocks).sum();
    let messages: u64 = report.nodes.iter().map(|node| node.sent.messages).sum();

    let mut out = std::io::stdout().lock();
    let quantile =
        |percent| times.percentile(percent).map_or_else(|| "never".into(), |t| format!("{t:.2?}"));
    writeln!(out, "fetches     {} of {}", times.count() - times.unfinished, times.count())?;
    writeln!(out, "time, p50   {}", quantile(50))?;
    writeln!(out, "time, p99   {}", quantile(99))?;
    writeln!(out, "duplicates  {duplicates} of {}", wanted + duplicates)?;
    writeln!(out, "messages    {messages}")?;
    writeln!(out, "trace       {}", report.trace)?;

    let (again, _) = run(SEED)?;
    if again == times { Ok(()) } else { Err("the same seed came to something else".into()) }
}

fn run(seed: u64) -> Result<(scenario::Times, Report), Box<dyn Error>> {
    let far = Distance::Drawn {
        least: Duration::from_millis(5),
        most: Duration::from_millis(75),
        jitter: 10,
    };
    let wiring = Wiring::new(Topology::RandomRegular { degree: 8 }, NODES, far, seed)?;
    let mut trial = Trial::new(World::new(seed), wiring, |_| scenario::defaults())?;
    trial.world.set_routing(Routing::kademlia(2..=4, Duration::from_millis(60)));

    // Ten nodes provide, the first of them most; thirty others fetch, and come and go.
    let (providers, people): (Vec<_>, Vec<_>) = ((0..10).collect(), (10..40).collect());
    let mut pool = Pool::new(&mut Chance::named(seed, "content"), 4 << 20);
    let sizes = Sizes::Doublings { least: 64 << 10, most: 4 << 20 }.draw(FILES, seed);
    let popularity = Popularity::Zipf { hundredths: 100 };
    let placement = Placement::Drawn { holders: 2, popularity };
    let holders = placement.holders(FILES, &providers, seed);
    for (file, holders) in pool.files(&sizes, CHUNK_BYTES)?.into_iter().zip(&holders) {
        trial.add_file(file, holders);
    }

    let workload = Workload::zipf_random_access(SESSIONS, Duration::from_millis(250), 90)
        .cancelling(5, Duration::from_secs(1));
    trial.call(&workload.timetable(&people, FILES, seed))?;
    let churn = Churn {
        stays: Spell::Exponential { mean: Duration::from_secs(60) },
        away: Spell::Weibull { scale: Duration::from_secs(10), shape: 60 },
        exit: Exit::Crash { noticed_after: Duration::from_secs(5) },
        keeps_store: true,
    };
    trial.churn(&churn.timetable(&people, LIMIT.0, seed));
    let halves = vec![(0..NODES).step_by(2).collect()];
    trial.part(&[
        Partition { at: Duration::from_secs(15), groups: halves },
        Partition { at: Duration::from_secs(25), groups: Vec::new() },
    ]);

    if !trial.run(LIMIT.0, LIMIT.1)? {
        return Err("not all fetches ended".into());
    }
    Ok((trial.times(), trial.world.report()))
}
