//! `bitswap-sim scenario`: runs a named scenario and reports whether its promises are kept.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bitswap_sim::scenario::city::{Ceilings, City};
use bitswap_sim::scenario::liars::Liars;
use bitswap_sim::scenario::split::Split;
use bitswap_sim::scenario::storm::Storm;
use bitswap_sim::scenario::{Figure, Promise, defaults, open_metrics};
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
    /// A network is partitioned into halves and healed.
    Split,
    /// A thousand peers disconnect and reconnect.
    Storm,
}

impl Name {
    const fn word(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::Liars => "liars",
            Self::Split => "split",
            Self::Storm => "storm",
        }
    }
}

type Outcome = Result<Vec<Promise>, Box<dyn Error>>;

impl Args {
    /// Runs the scenario. The exit code is a failure if a promise or an invariant is broken.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<ExitCode> {
        let outcome = match self.name {
            Name::City => self.city(),
            _ if self.nodes.is_some() || !self.strategy.is_empty() => {
                Err("only a city has --nodes and --strategy".into())
            }
            Name::Liars => liars(self.seed),
            Name::Split => split(self.seed),
            Name::Storm => storm(self.seed),
        };
        match outcome {
            Ok(promises) => {
                self.tell(&promises, out)?;
                if let Some(file) = &self.metrics {
                    fs::write(file, open_metrics(self.name.word(), self.seed, &promises))?;
                }
                let all_kept = promises.iter().all(Promise::is_kept);
                Ok(if all_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
                    })
                })
                .collect();
            return writeln!(out, "{}", json!({ "seed": self.seed, "promises": promises }));
        }
        writeln!(out, "{:<52} {:>10} {:>10}", "what", "at most", "came")?;
        promises.iter().try_for_each(|promise| {
            let verdict = if promise.is_kept() { "kept" } else { "BROKEN" };
            let (limit, verdict) = match promise.limit {
                Some(limit) => (limit.to_string(), verdict),
                None => (String::new(), ""),
            };
            let (what, came) = (&promise.what, promise.came.to_string());
            writeln!(out, "{what:<52} {limit:>10} {came:>10} {verdict}")
        })
    }
}

/// Runs `liars`: F5 in the list of figures.
fn liars(seed: u64) -> Outcome {
    let mut world = Liars::default().build(seed, true, defaults)?;
    let time = world.run(Duration::from_secs(600))?;
    let limit = Figure::Time(Duration::from_secs(10));
    Ok(vec![Promise::new("until the block came", limit, time.into())])
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
