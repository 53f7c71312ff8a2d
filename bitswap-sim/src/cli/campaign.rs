//! `campaign`: runs seed after seed until the time is over or an invariant is broken.

use std::io::{self, Write};
use std::num::NonZero;
use std::ops::Range;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bitswap_sim::NodeId;
use bitswap_sim::campaign::{Outcome, Plan, Pool, regressions, run, shrink, watch};

use super::totals::CampaignTotals;

/// Draws a plan from each seed and runs it; reports what was checked, and what failed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Duration of the campaign, in seconds.
    #[arg(long, value_name = "SECONDS", conflicts_with = "seeds", default_value_t = 60)]
    seconds: u64,
    /// Range of seeds to run, however long it takes.
    #[arg(long, value_name = "FROM..TO")]
    seeds: Option<Seeds>,
    /// Takes every fourth seed from N × 2³² on, a range that was not tried before.
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    fresh: Option<u32>,
    /// Fails if fewer seeds per minute are run, on average.
    #[arg(long, value_name = "SEEDS", default_value_t = 0)]
    least: u64,
    /// Number of threads.
    #[arg(long, default_value_t = NonZero::new(2).expect("not 0"))]
    threads: NonZero<usize>,
    /// Continues after a failure, and reports all failures without shrinking any.
    #[arg(long)]
    keep_going: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// FROM..TO.
#[derive(Clone, Debug)]
pub(super) struct Seeds(pub(super) Range<u64>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ends =
            text.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
        ends.map(Self).ok_or_else(|| format!("{text} is not FROM..TO"))
    }
}

/// The state that all threads share.
struct Share {
    next: AtomicU64,
    /// The first seed of the range that was not tried before.
    fresh: Option<u64>,
    last: u64,
    until: Option<Instant>,
    is_over: AtomicBool,
    keep_going: bool,
    totals: Mutex<CampaignTotals>,
}

impl Args {
    /// The most runs that shrinking a failing plan may take.
    const SHRINKING: usize = 1_500;
    const LAST: usize = 20;
    /// So many calls fall short unjudged at most, in percent: 17.3 of the seeds 0..10000 do.
    const UNJUDGED: f64 = 20.0;
    /// Fewer seeds say nothing about that.
    const ENOUGH_SEEDS: usize = 3_000;

    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<ExitCode> {
        // A panic is reported as a failure of its seed.
        std::panic::set_hook(Box::new(|_| {}));
        let begun = Instant::now();
        let mut totals = CampaignTotals::default();
        let mut pool = Pool::default();
        for regression in &regressions() {
            let outcome = run(&regression.plan, &mut pool);
            totals.regression(regression, outcome);
        }
        let from = self.seeds.as_ref().map_or(0, |seeds| seeds.0.start);
        let share = Share {
            next: AtomicU64::new(from),
            fresh: self.fresh.map(|range| u64::from(range) << 32),
            last: self.seeds.as_ref().map_or(u64::MAX, |seeds| seeds.0.end),
            until: self.seeds.is_none().then(|| begun + Duration::from_secs(self.seconds)),
            is_over: AtomicBool::new(!totals.failures().is_empty() && !self.keep_going),
            keep_going: self.keep_going,
            totals: Mutex::new(totals),
        };
        std::thread::scope(|scope| {
            for _ in 0..self.threads.get() {
                scope.spawn(|| share.work());
            }
        });
        let totals = share.totals.into_inner().unwrap_or_default();
        if let Some(first) = share.fresh {
            writeln!(
                io::stderr(),
                "every fourth seed is one of {first}.. (--fresh {})",
                first >> 32
            )?;
        }
        if self.json {
            writeln!(out, "{}", totals.json(begun.elapsed()))?;
        } else {
            writeln!(out, "{}", totals.show(begun.elapsed()))?;
        }
        let rate = totals.seeds_per_minute(begun.elapsed());
        let code = self.tell_failures(&totals, &mut pool, out)?;
        let unjudged = totals.percent_unjudged();
        if totals.seeds() >= Self::ENOUGH_SEEDS && unjudged > Self::UNJUDGED {
            let most = Self::UNJUDGED;
            writeln!(out, "{unjudged:.2} % of the calls are judged by nothing, not {most} %")?;
            return Ok(ExitCode::FAILURE);
        }
        if rate < self.least as f64 {
            writeln!(out, "{rate:.0} seeds a minute are fewer than {}", self.least)?;
            return Ok(ExitCode::FAILURE);
        }
        Ok(code)
    }

    fn tell_failures(
        &self,
        totals: &CampaignTotals,
        pool: &mut Pool,
        out: &mut impl Write,
    ) -> io::Result<ExitCode> {
        let Some((plan, failure)) = totals.failures().first() else {
            return Ok(ExitCode::SUCCESS);
        };
        if self.keep_going {
            for (_, failure) in totals.failures() {
                writeln!(out, "{failure}")?;
            }
            return Ok(ExitCode::FAILURE);
        }
        let again = "cargo run --release -p bitswap-sim -- replay";
        writeln!(out, "\n{failure}\n  {again} --seed {}", failure.seed)?;
        let (small, failure) = shrink(plan, failure, pool, Self::SHRINKING);
        writeln!(out, "\nwith {} of its {} parts: {failure}", small.size(), plan.size())?;
        writeln!(out, "  {again} --plan '{small}'")?;
        Self::tell_last(&small, failure.node, pool, out)?;
        Ok(ExitCode::FAILURE)
    }

    /// Prints the last inputs and actions of the node that failed.
    fn tell_last(
        plan: &Plan,
        node: Option<NodeId>,
        pool: &mut Pool,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let mut last = Vec::new();
        watch(plan, pool, true, |world| {
            let name = node.map_or_else(String::new, |node| format!(" {node} "));
            let lines = world.diary().iter().filter(|line| line.contains(&name));
            last = lines.rev().take(Self::LAST).cloned().collect();
        });
        writeln!(out, "\nthe last that was heard and done there:")?;
        last.iter().rev().try_for_each(|line| writeln!(out, "{line}"))
    }
}

impl Share {
    fn work(&self) {
        let mut pool = Pool::default();
        loop {
            let late = self.until.is_some_and(|until| Instant::now() >= until);
            if late || self.is_over.load(Ordering::Relaxed) {
                return;
            }
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.last {
                return;
            }
            let plan = Plan::of(self.seed(seed));
            let outcome = run(&plan, &mut pool);
            self.note(plan, outcome);
        }
    }

    /// The seed of a turn. Of four consecutive turns, the last has a fresh seed.
    const fn seed(&self, turn: u64) -> u64 {
        match self.fresh {
            Some(first) if turn % 4 == 3 => first + turn / 4,
            Some(_) => turn - turn / 4,
            None => turn,
        }
    }

    fn note(&self, plan: Plan, outcome: Outcome) {
        if outcome.failure.is_some() && !self.keep_going {
            self.is_over.store(true, Ordering::Relaxed);
        }
        if let Ok(mut totals) = self.totals.lock() {
            totals.add(plan, outcome);
        }
    }
}
