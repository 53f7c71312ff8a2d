//! How long an honest peer waits for a block while others send what costs much and says nothing.
//!
//! `cargo bench -p bitswap-benches --bench attack` – real sockets on loopback, two hostile peers;
//! each attack is named in `attack/frames.rs`. An attack ends early when the node lets go of both.

#[path = "attack/flood.rs"]
mod flood;
#[path = "attack/frames.rs"]
mod frames;
#[path = "shared/hosts.rs"]
mod hosts;

use std::error::Error;
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use bitswap_core::Block;
use bitswap_net::Bitswap;
use bitswap_strategies::catalog::StrategyChoice;
use cid::Cid;
use libp2p::Multiaddr;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use self::frames::ATTACKS;

const BLOCKS: u64 = 200;
const BLOCK_BYTES: usize = 2_000;
const ATTACKERS: usize = 2;
const ROUNDS: usize = 3;
const ATTACK_TIME: Duration = Duration::from_secs(3);
/// As long as a caller would wait.
const PATIENCE: Duration = Duration::from_secs(10);

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    writeln!(stdout(), "{BLOCKS} blocks of {BLOCK_BYTES} bytes, one by one; ms")?;
    writeln!(stdout(), "attack           calm p99, attacked p99, ratio, attacked max")?;
    for (name, frames) in ATTACKS {
        for _ in 0..ROUNDS {
            let (calm, attacked) = round(&frames())?;
            let (calm, slowest) = (1e3 * calm.p99.as_secs_f64(), 1e3 * attacked.max.as_secs_f64());
            let p99 = 1e3 * attacked.p99.as_secs_f64();
            writeln!(
                stdout(),
                "{name:16} {calm:6.1} {p99:7.1} {:6.1} x {slowest:7.1}",
                p99 / calm
            )?;
        }
    }
    Ok(())
}

/// How long blocks took.
#[derive(Clone, Copy, Debug)]
struct Waits {
    p99: Duration,
    max: Duration,
}

/// A fetch in calm, and one under an attack that begins in its midst.
fn round(frames: &[Vec<u8>]) -> Outcome<(Waits, Waits)> {
    let (serving, fetching, attacking) = (runtime()?, runtime()?, runtime()?);
    let (server, address) =
        serving.block_on(hosts::node(StrategyChoice::default().build()?, None))?;
    let calm = fetch(&serving, &server, &fetching, &address, 0)?;
    let attackers: Vec<_> = (0..ATTACKERS)
        .map(|_| attacking.spawn(flood::attack(address.clone(), frames.to_vec(), ATTACK_TIME)))
        .collect();
    let attacked = fetch(&serving, &server, &fetching, &address, 1)?;
    for attacker in attackers {
        attacker.abort();
    }
    for runtime in [attacking, fetching, serving] {
        runtime.shutdown_background();
    }
    Ok((calm, attacked))
}

/// A fresh client fetches fresh blocks for as long as an attack lasts, at least all of them once.
fn fetch(
    serving: &Runtime,
    server: &Bitswap,
    fetching: &Runtime,
    address: &Multiaddr,
    attempt: u64,
) -> Outcome<Waits> {
    let held = (0..BLOCKS).map(|number| block(number + attempt * BLOCKS));
    let held: Vec<(Cid, Block)> = held.collect::<Outcome<_>>()?;
    serving.block_on(server.put(held.clone()))?;
    let strategies = StrategyChoice::default().build()?;
    let (client, _) = fetching.block_on(hosts::node(strategies, Some(address.clone())))?;
    let pause = ATTACK_TIME / (BLOCKS as u32 + 20);
    let mut waits = fetching.block_on(async {
        // The first contact is no part of it.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut waits = Vec::new();
        for (cid, _) in held {
            let start = Instant::now();
            timeout(PATIENCE, client.get(cid)).await??;
            waits.push(start.elapsed());
            tokio::time::sleep(pause.saturating_sub(start.elapsed())).await;
        }
        Outcome::Ok(waits)
    })?;
    waits.sort_unstable();
    let (p99, max) = (waits.get(waits.len() * 99 / 100), waits.last());
    let both = p99.zip(max).map(|(p99, max)| Waits { p99: *p99, max: *max });
    both.ok_or_else(|| "nothing was fetched".into())
}

fn block(number: u64) -> Outcome<(Cid, Block)> {
    let content = number.to_be_bytes().into_iter().cycle().take(BLOCK_BYTES).collect::<Vec<_>>();
    let block = Block::sha2_256(content.into())?;
    Ok((Cid::new_v1(0x55, *block.multihash()), block))
}

fn runtime() -> Outcome<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
