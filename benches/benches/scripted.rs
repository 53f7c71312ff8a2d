//! What scripts cost a transfer: all five roles played by the scripts that decide as the defaults
//! do, and the selector alone, each side by side with the defaults.
//!
//! `cargo bench -p bitswap-benches --bench scripted [-- PAIRS]` – two nodes on loopback, 15 pairs
//! of each workload unless told otherwise; in turn the one and the other is first.

#[path = "shared/hosts.rs"]
mod hosts;
#[path = "shared/twins.rs"]
mod twins;

use std::error::Error;
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use bitswap_core::Block;
use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::StrategyChoice;
use cid::Cid;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use self::twins::TWINS;

const PAIRS: usize = 15;
const PATIENCE: Duration = Duration::from_secs(120);

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// One server, one fetcher, so many blocks of this size, so many gets open at once.
struct Workload {
    name: &'static str,
    blocks: usize,
    block_bytes: usize,
    open: usize,
    /// The roles that scripts play in both nodes.
    scripted: &'static [Role],
}

const WORKLOADS: [Workload; 2] = [
    Workload {
        name: "256 x 256 KiB, 32 open, five scripts",
        blocks: 256,
        block_bytes: 256 << 10,
        open: 32,
        scripted: &Role::ALL,
    },
    Workload {
        name: "20000 x 1 KiB, 1024 open, the selector",
        blocks: 20_000,
        block_bytes: 1 << 10,
        open: 1_024,
        scripted: &[Role::PeerSelector],
    },
];

fn main() -> Outcome<()> {
    let told = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let pairs: usize = told.unwrap_or(PAIRS);
    writeln!(stdout(), "{pairs} pairs; MiB/s: median [least, greatest]")?;
    for workload in &WORKLOADS {
        let scripts = scripts(workload.scripted);
        let [mut natives, mut scripted, mut ratios] = [const { Vec::new() }; 3];
        for pair in 0..pairs {
            // Whatever the first of a pair leaves behind hits each of them equally often.
            let (native, script) = if pair % 2 == 0 {
                let native = workload.run(&StrategyChoice::default())?;
                (native, workload.run(&scripts)?)
            } else {
                let script = workload.run(&scripts)?;
                (workload.run(&StrategyChoice::default())?, script)
            };
            natives.push(native);
            scripted.push(script);
            ratios.push(script / native);
        }
        let [natives, scripted, ratios] = [natives, scripted, ratios].map(spread);
        writeln!(stdout(), "{:40} native {natives}  scripts {scripted}", workload.name)?;
        writeln!(stdout(), "{:40} scripts / native {ratios}", "")?;
    }
    Ok(())
}

impl Workload {
    /// MiB a second, from the first get to the last block, between two fresh nodes.
    fn run(&self, choice: &StrategyChoice) -> Outcome<f64> {
        let (serving, fetching) = (runtime()?, runtime()?);
        let held = (0..self.blocks).map(|number| block(number, self.block_bytes));
        let held: Vec<(Cid, Block)> = held.collect::<Outcome<_>>()?;
        let cids: Vec<Cid> = held.iter().map(|(cid, _)| *cid).collect();
        let (server, address) = serving.block_on(hosts::node(choice.build()?, None))?;
        serving.block_on(server.put(held))?;
        let (client, _) = fetching.block_on(hosts::node(choice.build()?, Some(address)))?;
        let fetch = async {
            while client.connected_peers(None, 1).await?.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let session = client.session();
            let begun = Instant::now();
            let gets = futures::stream::iter(&cids).map(|cid| session.get(*cid));
            let gets = gets.buffer_unordered(self.open).try_fold(0, async |n, _| Ok(n + 1));
            let got: usize = timeout(PATIENCE, gets).await??;
            Outcome::Ok((got, begun.elapsed()))
        };
        let (got, took) = fetching.block_on(fetch)?;
        for runtime in [fetching, serving] {
            runtime.shutdown_background();
        }
        Ok((got * self.block_bytes) as f64 / took.as_secs_f64() / f64::from(1 << 20))
    }
}

/// The defaults, with these roles played by the scripts that decide alike.
fn scripts(roles: &[Role]) -> StrategyChoice {
    let chosen = TWINS.iter().filter(|(role, _)| roles.contains(role));
    chosen.fold(StrategyChoice::default(), |choice, (role, text)| {
        choice.with_script(*role, "twin", text)
    })
}

fn spread(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (values.first(), values.last()) else {
        return "nothing".to_owned();
    };
    let median = values.get(values.len() / 2).unwrap_or(least);
    format!("{median:.2} [{least:.2}, {most:.2}]")
}

fn block(number: usize, bytes: usize) -> Outcome<(Cid, Block)> {
    let content = number.to_be_bytes().into_iter().cycle().take(bytes).collect::<Vec<_>>();
    let block = Block::sha2_256(content.into())?;
    Ok((Cid::new_v1(0x55, *block.multihash()), block))
}

fn runtime() -> Outcome<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
