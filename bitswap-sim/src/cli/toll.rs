//! What a campaign came to: counts, histograms, and one hash over all runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use bitswap_sim::TraceHash;
use bitswap_sim::campaign::{Failure, Outcome, Plan, Regression};
use bitswap_sim::onlooker::Census;
use serde_json::{Value, json};

/// All outcomes so far, in whatever order they came.
#[derive(Debug, Default)]
pub(crate) struct Toll {
    traces: BTreeMap<u64, TraceHash>,
    regressions: usize,
    events: u64,
    by_events: BTreeMap<u64, u64>,
    by_nodes: BTreeMap<u64, u64>,
    by_faults: BTreeMap<u64, u64>,
    census: Census,
    failures: Vec<(Plan, Failure)>,
}

impl Toll {
    pub(crate) fn add(&mut self, plan: Plan, outcome: Outcome) {
        self.traces.insert(plan.seed, outcome.trace);
        self.events += outcome.events;
        // By powers of two.
        let size = |count: u64| if count == 0 { 0 } else { 1 << count.ilog2() };
        *self.by_events.entry(size(outcome.events)).or_default() += 1;
        *self.by_nodes.entry(outcome.nodes as u64).or_default() += 1;
        *self.by_faults.entry(size(outcome.faults)).or_default() += 1;
        self.census.add(&outcome.census);
        if let Some(failure) = outcome.failure {
            self.failures.push((plan, failure));
            self.failures.sort_by_key(|(plan, _)| plan.seed);
        }
    }

    pub(crate) fn regression(&mut self, regression: &Regression, outcome: Outcome) {
        self.regressions += 1;
        if let Some(failure) = outcome.failure {
            let what = format!("{} (again: {})", failure.what, regression.why);
            self.failures.push((regression.plan.clone(), Failure { what, ..failure }));
        }
    }

    /// By seed.
    pub(crate) fn failures(&self) -> &[(Plan, Failure)] {
        &self.failures
    }

    /// One hash over all, in the order of seeds.
    fn trace(&self) -> String {
        let mut all = blake3::Hasher::new();
        for trace in self.traces.values() {
            all.update(&trace.bytes());
        }
        all.finalize().to_string()
    }

    pub(crate) fn show(&self, took: Duration) -> String {
        let (seeds, seconds) = (self.traces.len() as u64, took.as_secs_f64());
        let mut text = format!(
            "{seeds} seeds and {} regressions in {seconds:.1} s: {:.0} seeds/min, {:.0} events/s, \
             {} events a seed, {} failures\n",
            self.regressions,
            seeds as f64 * 60.0 / seconds,
            self.events as f64 / seconds,
            self.events / seeds.max(1),
            self.failures.len(),
        );
        for (title, counts) in self.histograms() {
            line(&mut text, format_args!("\nseeds by {title}\n"));
            let most = counts.values().copied().max().unwrap_or(1);
            for (size, count) in counts {
                let stripe = "#".repeat((count * 50).div_ceil(most) as usize);
                line(&mut text, format_args!("{size:>8} {count:>9} {stripe}\n"));
            }
        }
        line(&mut text, format_args!("\nchecked\n{}\n", self.census));
        line(&mut text, format_args!("trace of all seeds: {}", self.trace()));
        text
    }

    pub(crate) fn json(&self, took: Duration) -> Value {
        let seeds = self.traces.len();
        let histograms: BTreeMap<_, _> = self.histograms().into_iter().collect();
        let checked: BTreeMap<_, _> =
            self.census.iter().map(|(number, _, count)| (format!("I{number}"), count)).collect();
        let failures: Vec<_> =
            self.failures.iter().map(|(_, failure)| failure.to_string()).collect();
        json!({
            "seeds": seeds,
            "regressions": self.regressions,
            "seconds": took.as_secs_f64(),
            "seeds_per_minute": seeds as f64 * 60.0 / took.as_secs_f64(),
            "events": self.events,
            "events_per_second": self.events as f64 / took.as_secs_f64(),
            "seeds_by": histograms,
            "checked": checked,
            "failures": failures,
            "trace": self.trace(),
        })
    }

    fn histograms(&self) -> [(&'static str, &BTreeMap<u64, u64>); 3] {
        [("events", &self.by_events), ("nodes", &self.by_nodes), ("faults", &self.by_faults)]
    }
}

fn line(text: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    text.write_fmt(more).unwrap_or_default();
}
