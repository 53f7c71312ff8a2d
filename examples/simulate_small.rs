//! Which peer selector copes better with one slow server? Twenty fetches under each say it.
//!
//! `cargo run --release -p bitswap-examples --example simulate_small`

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use bitswap_core::{CallOptions, SessionId};
use bitswap_sim::{Access, FetchReport, Link, NodeConfig, Rate, Report, World};
use bitswap_strategies::catalog::StrategyChoice;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;
const BLOCKS: usize = 400;
const BLOCK_BYTES: usize = 16 * 1024;
/// Blocks that the fetching node asks for at once.
const WINDOW: u32 = 32;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "selector       median time  slow server's share  duplicates  messages")?;
    for selector in ["probabilistic", "random"] {
        let runs = SEEDS.map(|seed| run(seed, selector)).collect::<Result<Vec<_>, _>>()?;
        writeln!(out, "{}", row(selector, &runs))?;
    }
    Ok(())
}

/// One fetch from three servers, of which the last is slow.
fn run(seed: u64, selector: &str) -> Result<Report, Box<dyn Error>> {
    let choice = StrategyChoice::default().with_text(&format!("peer_selector={selector}"))?;
    let node = |access| -> Result<NodeConfig, Box<dyn Error>> {
        Ok(NodeConfig { access, ..NodeConfig::with_strategies(choice.build()?) })
    };

    let mut world = World::new(seed);
    let file = world.make_blocks(BLOCKS, BLOCK_BYTES)?;
    let fetcher = world.add_node(node(Access::default())?)?;
    for mbit in [100, 100, 5] {
        let access = Access::both_ways(Rate::mbit_per_second(mbit));
        let server = world.add_node(node(access)?)?;
        world.store(server, &file);
        world.connect(fetcher, server, Link::with_latency(Duration::from_millis(25)));
    }
    let cids = file.into_iter().map(|(cid, _)| cid).collect();
    let options = CallOptions { credit: WINDOW, ..CallOptions::default() };
    world.fetch(fetcher, SessionId(1), cids, options);
    world.run_until_idle(1_000_000)?;
    Ok(world.report())
}

/// What the runs under one selector came to.
fn row(selector: &str, runs: &[Report]) -> String {
    let mut times: Vec<Duration> =
        runs.iter().flat_map(|run| &run.fetches).filter_map(FetchReport::time).collect();
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();

    let (mut from_slow, mut all, mut duplicates, mut messages) = (0, 0, 0, 0);
    for run in runs {
        let Some((fetcher, servers)) = run.nodes.split_first() else { continue };
        let slow = servers.last().map_or((0, 0), |slow| fetcher.share_of(slow.node));
        from_slow += slow.0;
        all += slow.1;
        duplicates += fetcher.stats.client.duplicate.blocks;
        messages += fetcher.sent.messages + fetcher.received.messages;
    }
    let (share, runs) = (100 * from_slow / all.max(1), runs.len() as u64);
    let (duplicates, messages) = (duplicates / runs, messages / runs);
    format!("{selector:<13} {median:>12.2?} {share:>18} % {duplicates:>11} {messages:>9}")
}
