//! `bitswap-sim scenario`: runs a named scenario and reports whether its promises are kept.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bitswap_sim::scenario::city::{Ceilings, City};
use bitswap_sim::scenario::liars::Liars;
use bitswap_sim::scenario::line::Line;
use bitswap_sim::scenario::split::Split;
use bitswap_sim::scenario::standing::Standing;
use bitswap_sim::scenario::storm::Storm;
use bitswap_sim::scenario::{Figure, Promise, defaults, open_metrics};
use bitswap_sim::{Ramp, Transport};
use serde_json::json;

/// Runs a named scenario and reports whether its promises are kept.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    name: Name,
    /// The seed of all random choices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of nodes of a city. The number of fetches per node stays the same.
    #[arg(long)]
    nodes: Option<usize>,
    /// The strategy of a role in a city, such as `peer_selector=power-of-two`.
    #[arg(long, value_name = "ROLE=NAME")]
    strategy: Vec<String>,
    /// Messages of a city go over transports with a ramp.
    #[arg(long)]
    ramp: bool,
    /// Checks the invariants after each event of a city. The other scenarios always do.
    #[arg(long)]
    strict: bool,
    /// Upper bound of the median fetch time of a city on a bad day, in percent of a good day's.
    #[arg(long, value_name = "PERCENT", default_value_t = Ceilings::F3.median)]
    median: u64,
    /// Upper bound of the 99th percentile of a city on a bad day, in percent of a good day's.
    #[arg(long, value_name = "PERCENT", default_value_t = Ceilings::F3.p99)]
    p99: u64,
    /// Writes the figures into this file (`OpenMetrics`).
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Name {
    /// Many nodes, high latencies, connection resets, churn, and hostile peers.
    City,
    /// One honest peer among a hundred that answer HAVE.
    Liars,
    /// Servers stand still for a while.
    Pauses,
    /// Lines slower than a block in the time of an ask.
    SlowLines,
    /// A network is partitioned into halves and healed.
    Split,
    /// One peer reads, and 64 others ask and read nothing.
    Standing,
    /// A thousand peers disconnect and reconnect.
    Storm,
}

impl Name {
    const fn word(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::Liars => "liars",
            Self::Pauses => "pauses",
            Self::SlowLines => "slow-lines",
            Self::Split => "split",
            Self::Standing => "standing",
            Self::Storm => "storm",
        }
    }
}

const UNTIL_PATIENT: &str = "until asks wait for bytes that come";

type Outcome = Result<Vec<Promise>, Box<dyn Error>>;

impl Args {
    /// Runs the scenario. The exit code is a failure if a promise or an invariant is broken.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<ExitCode> {
        let outcome = match self.name {
            Name::City => self.city(),
            _ if self.nodes.is_some() || !self.strategy.is_empty() || self.ramp => {
                Err("only a city has --nodes, --ramp and --strategy".into())
            }
            Name::Liars => liars(self.seed),
            Name::Pauses => pauses(self.seed),
            Name::SlowLines => slow_lines(self.seed),
            Name::Split => split(self.seed),
            Name::Standing => standing(self.seed),
            Name::Storm => storm(self.seed),
        };
        match outcome {
            Ok(promises) => {
                self.tell(&promises, out)?;
                if let Some(file) = &self.metrics {
                    fs::write(file, open_metrics(self.name.word(), self.seed, &promises))?;
                }
                let passes = |promise: &Promise| promise.is_kept() || promise.excuse.is_some();
                Ok(if promises.iter().all(passes) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            }
            Err(trouble) => {
                writeln!(out, "{trouble}")?;
                Ok(ExitCode::FAILURE)
            }
        }
    }

    /// Runs `city` on a good and on a bad day: F3 in the list of figures.
    fn city(&self) -> Outcome {
        let mut city = City::default();
        city = city.clone().with_nodes(self.nodes.unwrap_or(city.nodes));
        city.transport = transport(self.ramp);
        for choice in &self.strategy {
            city.strategies = city.strategies.with_text(choice)?;
        }
        let begun = Instant::now();
        let calm = city.clone().calm().run(self.seed, self.strict)?;
        let (calm_took, begun) = (begun.elapsed(), Instant::now());
        let wild = city.run(self.seed, self.strict)?;
        let ceilings = Ceilings { median: self.median, p99: self.p99 };
        let mut promises = wild.promises(&calm, ceilings);
        for (which, took) in [("on a good day", calm_took), ("on a bad day", begun.elapsed())] {
            let took = Figure::Time(took);
            promises.push(Promise::nothing_of(format!("time to simulate, {which}"), took));
        }
        Ok(promises)
    }

    fn tell(&self, promises: &[Promise], out: &mut impl Write) -> io::Result<()> {
        if self.json {
            let promises: Vec<_> = promises
                .iter()
                .map(|it| {
                    json!({
                        "what": it.what,
                        "limit": it.limit.map(|limit| limit.to_string()),
                        "came": it.came.to_string(),
                        "kept": it.is_kept(),
                        "excuse": it.excuse,
                    })
                })
                .collect();
            return writeln!(out, "{}", json!({ "seed": self.seed, "promises": promises }));
        }
        writeln!(out, "{:<52} {:>10} {:>10}", "what", "at most", "came")?;
        promises.iter().try_for_each(|promise| {
            let limit = promise.limit.map_or_else(String::new, |limit| limit.to_string());
            let verdict = promise.verdict();
            let (what, came) = (&promise.what, promise.came.to_string());
            writeln!(out, "{what:<52} {limit:>10} {came:>10} {verdict}")
        })
    }
}

pub(super) fn transport(has_ramp: bool) -> Transport {
    if has_ramp { Transport::Ramp(Ramp::default()) } else { Transport::Ideal }
}

/// Runs `liars`: F5 in the list of figures.
fn liars(seed: u64) -> Outcome {
    let mut world = Liars::default().build(seed, true, defaults)?;
    let time = world.run(Duration::from_secs(600))?;
    let limit = Figure::Time(Duration::from_secs(10));
    Ok(vec![Promise::new("until the block came", limit, time.into())])
}

/// Runs `slow-lines`: a block of 256 KiB takes from 3 s to 26 s.
fn slow_lines(seed: u64) -> Outcome {
    let mut promises = Vec::new();
    for servers in [1, 3] {
        for kilobytes in [10, 20, 40, 80] {
            let line = Line { bytes_per_second: kilobytes * 1_000, servers, ..Line::default() };
            let what = format!("{servers} × {kilobytes} kB/s");
            let outcome = line.run(seed)?;
            promises.extend(outcome.promises(&what, (servers > 1).then_some(UNTIL_PATIENT)));
        }
    }
    Ok(promises)
}

/// Runs `pauses`: servers on lines of 1 MB/s.
fn pauses(seed: u64) -> Outcome {
    let mut promises = Vec::new();
    for servers in [1, 3] {
        for seconds in [1, 5, 20, 60] {
            let pause = Duration::from_secs(seconds);
            let line = Line { bytes_per_second: 1_000_000, blocks: 40, ..Line::default() };
            let outcome = Line { servers, pause, ..line }.run(seed)?;
            let what = format!("servers: {servers}, {seconds} s");
            promises.extend(outcome.promises(&what, (servers > 1).then_some(UNTIL_PATIENT)));
        }
    }
    Ok(promises)
}

/// Runs `standing` with none, 16, 32 and 64 peers that read nothing.
fn standing(seed: u64) -> Outcome {
    let mut promises = Vec::new();
    let mut alone = None;
    for readers in [0, 16, 32, 64] {
        let mut world = Standing { readers, ..<_>::default() }.build(seed)?;
        let (took, held) = world.run(Duration::from_secs(120))?;
        alone = alone.or(took);
        let ratio = Figure::ratio(took, alone);
        let what = format!("beside {readers}: time ÷ alone");
        promises.push(Promise::new(what, Figure::Percent(105), ratio));
        let what = format!("beside {readers}: block bytes read and not sent");
        promises.push(Promise::nothing_of(what, Figure::Count(held)));
    }
    Ok(promises)
}

/// Runs `split` with three durations of the partition: F6 in the list of figures.
fn split(seed: u64) -> Outcome {
    let mut promises = Vec::new();
    for seconds in [10, 60, 3_600] {
        let cut = Duration::from_secs(seconds);
        let outcome = Split { cut, ..Split::default() }.build(seed, true)?.run()?;
        for promise in outcome.promises() {
            let what = format!("cut for {seconds} s: {}", promise.what);
            promises.push(Promise { what, ..promise });
        }
    }
    Ok(promises)
}

/// Runs `storm`: F7 in the list of figures. A smaller storm with invariant checks runs first; in a
/// large one they would take too long, since their cost grows with the number of peers and wants.
fn storm(seed: u64) -> Outcome {
    let few = Storm { peers: 100, sessions: 3, blocks: 1_000, missing: 100, ..Storm::default() };
    few.build(seed, true)?.run()?;
    Ok(Storm::default().build(seed, false)?.run()?.promises())
}
