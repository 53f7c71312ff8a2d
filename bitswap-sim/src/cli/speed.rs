//! `speed`: how many events a second cities of several sizes come to.

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bitswap_sim::scenario::city::{City, CityWorld};

use super::scenario::transport;

/// Runs cities of several sizes and says how fast.
///
/// An event is one input to one engine, with all that it does about it. Invariants are off. The
/// seconds are those of the one core that it runs on, so that other work there does not count; they
/// begin when all have met. What engines take alone is told besides: the world takes the rest, to
/// bring the inputs there, although it hands messages over as they were said.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Numbers of nodes.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 30, 100, 300, 1_000, 3_000, 10_000])]
    nodes: Vec<usize>,
    /// Nobody is hostile, nothing breaks.
    #[arg(long)]
    calm: bool,
    /// Messages go over transports with a ramp.
    #[arg(long)]
    ramp: bool,
    /// Messages travel as frames and are taken apart, as between real nodes; the run is the same.
    #[arg(long)]
    frames: bool,
    /// Events to run in each city, at most.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Runs of each; the fastest, the middle one and the slowest are told.
    #[arg(long, default_value_t = 3)]
    runs: u64,
}

impl Args {
    /// Longer than any city needs.
    const TIME: Duration = Duration::from_secs(3_600);

    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<ExitCode> {
        let counted = "engines alone  entries/event  blocks/event  MiB a node";
        writeln!(out, "  nodes    events  events/s: most  median   least  {counted}")?;
        for nodes in &self.nodes {
            let mut rates = Vec::new();
            let mut alone = Vec::new();
            let mut newest = None;
            for seed in 1..=self.runs.max(1) {
                let Some((rate, measured)) = self.measure(*nodes, seed) else {
                    writeln!(out, "{nodes:7}  cannot be built or broke an invariant")?;
                    return Ok(ExitCode::FAILURE);
                };
                rates.push(rate);
                alone.push(measured.rate_of_engines);
                newest = Some(measured);
            }
            rates.sort_unstable();
            alone.sort_unstable();
            let [least, median, most] =
                [0, rates.len() / 2, rates.len() - 1].map(|place| rates[place]);
            let alone = alone[alone.len() / 2];
            if let Some(Measured { events, entries, blocks, kib_a_node, .. }) = newest {
                let per_event = |count: u64| count as f64 / events.max(1) as f64;
                writeln!(
                    out,
                    "{nodes:7} {events:9} {most:15} {median:7} {least:7} {alone:14} {:14.2} \
                     {:13.3} {:11.2}",
                    per_event(entries),
                    per_event(blocks),
                    kib_a_node as f64 / 1_024.0,
                )?;
            }
            out.flush()?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Events a second of one city, and what they were.
    fn measure(&self, nodes: usize, seed: u64) -> Option<(u64, Measured)> {
        let city = City::default().with_nodes(nodes);
        let city = if self.calm { city.calm() } else { city };
        let city = City { transport: transport(self.ramp), ..city };
        let mut city_world = city.build(seed, false).ok()?;
        city_world.world.hand_over(!self.frames);
        // Until all have met and know what they store, which is the city's building.
        city_world.run(Duration::ZERO, u64::MAX).ok()?;
        let built_with = city_world.world.events();
        city_world.world.time_engines(nanos);
        let stopwatch = Stopwatch::start();
        city_world.run(Self::TIME, built_with + self.events).ok()?;
        let took = stopwatch.elapsed().as_nanos();
        let measured = Measured::of(&city_world, nodes, built_with);
        Some((a_second(measured.events, took), measured))
    }
}

fn a_second(events: u64, nanos: u128) -> u64 {
    u64::try_from(u128::from(events) * 1_000_000_000 / nanos.max(1)).unwrap_or(u64::MAX)
}

/// Since the first call.
fn nanos() -> u64 {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(BEGAN.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// What happened in a city.
struct Measured {
    events: u64,
    /// Events in a second of engines' time.
    rate_of_engines: u64,
    /// Wants and cancels that arrived.
    entries: u64,
    /// Blocks that left.
    blocks: u64,
    kib_a_node: u64,
}

impl Measured {
    fn of(city_world: &CityWorld, nodes: usize, built_with: u64) -> Self {
        let report = city_world.world.report();
        let servers = report.nodes.iter().map(|node| node.stats.server.clone());
        let (mut entries, mut blocks) = (0, 0);
        for server in servers {
            entries += server.block_requests + server.have_requests + server.cancels;
            blocks += server.blocks_sent.blocks;
        }
        let kib_a_node = resident_kib().unwrap_or(0) / nodes.max(1) as u64;
        let events = report.events - built_with;
        let rate_of_engines = a_second(events, city_world.world.engine_nanos().into());
        Self { events, rate_of_engines, entries, blocks, kib_a_node }
    }
}

/// The time that this thread was at work, or where the system does not tell, that has passed.
struct Stopwatch {
    begun: Instant,
    at_work: Option<Duration>,
}

impl Stopwatch {
    const COARSE: Duration = Duration::from_millis(50);

    fn start() -> Self {
        Self { begun: Instant::now(), at_work: at_work() }
    }

    fn elapsed(&self) -> Duration {
        let at_work = at_work().zip(self.at_work).map(|(now, before)| now.saturating_sub(before));
        // The system keeps this up to date to a few ms only.
        at_work.filter(|time| *time > Self::COARSE).unwrap_or_else(|| self.begun.elapsed())
    }
}

/// How long this thread has been at work, where the system says so.
fn at_work() -> Option<Duration> {
    let line = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    line.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// What this process takes of memory, where the system says so.
fn resident_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
