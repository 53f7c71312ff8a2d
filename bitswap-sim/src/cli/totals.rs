//! The totals of a campaign: counts, histograms, and one hash over all runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use bitswap_sim::TraceHash;
use bitswap_sim::campaign::{Failure, Healing, Outcome, Plan, Regression};
use bitswap_sim::invariants::CheckCounts;
use serde_json::{Value, json};

/// The sum of all outcomes so far, which does not depend on their order.
#[derive(Debug, Default)]
pub(crate) struct CampaignTotals {
    traces: BTreeMap<u64, TraceHash>,
    regressions: usize,
    events: u64,
    by_events: BTreeMap<u64, u64>,
    by_nodes: BTreeMap<u64, u64>,
    by_faults: BTreeMap<u64, u64>,
    by_wants: BTreeMap<u64, u64>,
    /// Number of calls by the time in ms that they took from healing to their end.
    by_time: BTreeMap<u64, u64>,
    /// The longest of these, and its seed: where a limit is odd, and where none is.
    longest: [Option<(Duration, u64)>; 2],
    judged: u64,
    exempt: BTreeMap<&'static str, u64>,
    due: u64,
    hurried: u64,
    check_counts: CheckCounts,
    failures: Vec<(Plan, Failure)>,
}

impl CampaignTotals {
    pub(crate) fn add(&mut self, plan: Plan, outcome: Outcome) {
        self.traces.insert(plan.seed, outcome.trace);
        self.events += outcome.events;
        self.healing(&plan, &outcome.healing);
        *self.by_wants.entry(size(outcome.most_wants)).or_default() += 1;
        *self.by_events.entry(size(outcome.events)).or_default() += 1;
        *self.by_nodes.entry(outcome.nodes as u64).or_default() += 1;
        *self.by_faults.entry(size(outcome.faults)).or_default() += 1;
        self.check_counts.add(&outcome.check_counts);
        if let Some(failure) = outcome.failure {
            self.failures.push((plan, failure));
            self.failures.sort_by_key(|(plan, _)| plan.seed);
        }
    }

    fn healing(&mut self, plan: &Plan, healing: &Healing) {
        let Healing { was_hurried, judged, exempt, due, took } = healing;
        self.hurried += u64::from(*was_hurried);
        self.judged += judged;
        self.due += due;
        for (reason, count) in exempt {
            *self.exempt.entry(reason).or_default() += count;
        }
        for time in took {
            *self.by_time.entry(size(time.as_millis() as u64)).or_default() += 1;
            let longest = &mut self.longest[usize::from(plan.has_usual_limits())];
            *longest = (*longest).max(Some((*time, plan.seed)));
        }
    }

    pub(crate) fn regression(&mut self, regression: &Regression, outcome: Outcome) {
        self.regressions += 1;
        if let Some(failure) = outcome.failure {
            let what = format!("{} (again: {})", failure.what, regression.why);
            self.failures.push((regression.plan.clone(), Failure { what, ..failure }));
        }
    }

    /// The failures, in order of seed.
    pub(crate) fn failures(&self) -> &[(Plan, Failure)] {
        &self.failures
    }

    pub(crate) fn seeds(&self) -> usize {
        self.traces.len()
    }

    pub(crate) fn seeds_per_minute(&self, took: Duration) -> f64 {
        self.traces.len() as f64 * 60.0 / took.as_secs_f64()
    }

    /// Of all calls, how many fell short and are judged by nothing, in percent.
    pub(crate) fn percent_unjudged(&self) -> f64 {
        let unjudged: u64 = self.exempt.values().sum();
        unjudged as f64 * 100.0 / (unjudged + self.judged).max(1) as f64
    }

    /// One hash over the traces of all runs, in order of seed.
    fn trace(&self) -> String {
        TraceHash::of_all(self.traces.values().copied()).to_string()
    }

    pub(crate) fn show(&self, took: Duration) -> String {
        let (seeds, seconds) = (self.traces.len() as u64, took.as_secs_f64());
        let mut text = format!(
            "{seeds} seeds and {} regressions in {seconds:.1} s: {:.0} seeds/min, {:.0} events/s, \
             {} events a seed, {} failures\n",
            self.regressions,
            self.seeds_per_minute(took),
            self.events as f64 / seconds,
            self.events / seeds.max(1),
            self.failures.len(),
        );
        for (title, counts) in self.histograms() {
            line(&mut text, format_args!("\n{title}\n"));
            let most = counts.values().copied().max().unwrap_or(1);
            for (size, count) in counts {
                let stripe = "#".repeat((count * 50).div_ceil(most) as usize);
                line(&mut text, format_args!("{size:>8} {count:>9} {stripe}\n"));
            }
        }
        self.show_calls(&mut text);
        line(&mut text, format_args!("\nchecked\n{}\n", self.check_counts));
        line(&mut text, format_args!("trace of all seeds: {}", self.trace()));
        text
    }

    fn show_calls(&self, text: &mut String) {
        let (judged, hurried, due) = (self.judged, self.hurried, self.due);
        line(text, format_args!("\n{judged:>8} calls ended with all their blocks\n"));
        for (reason, count) in &self.exempt {
            line(text, format_args!("{count:>8} calls fell short unjudged: {reason}\n"));
        }
        let unjudged = self.percent_unjudged();
        line(text, format_args!("{unjudged:>8.2} % of all are judged by nothing\n"));
        line(text, format_args!("{due:>8} calls had to end before healing\n"));
        for (longest, limits) in self.longest.iter().zip(["odd", "usual"]) {
            if let Some((time, seed)) = longest {
                let at = format_args!("at {limits} limits, with seed {seed}");
                line(text, format_args!("the longest took {time:?} after healing {at}\n"));
            }
        }
        line(text, format_args!("{hurried:>8} seeds were healed early, since too much happened\n"));
    }

    pub(crate) fn json(&self, took: Duration) -> Value {
        let seeds = self.traces.len();
        let histograms: BTreeMap<_, _> = self.histograms().into_iter().collect();
        let checked: BTreeMap<_, _> = self
            .check_counts
            .iter()
            .map(|(number, _, count)| (format!("I{number}"), count))
            .collect();
        let failures: Vec<_> =
            self.failures.iter().map(|(_, failure)| failure.to_string()).collect();
        json!({
            "seeds": seeds,
            "regressions": self.regressions,
            "seconds": took.as_secs_f64(),
            "seeds_per_minute": self.seeds_per_minute(took),
            "events": self.events,
            "events_per_second": self.events as f64 / took.as_secs_f64(),
            "counts_of": histograms,
            "calls_judged": self.judged,
            "calls_exempt": self.exempt,
            "percent_unjudged": self.percent_unjudged(),
            "calls_due_before_healing": self.due,
            "longest_after_healing": self.longest.map(|longest| longest.map(|(time, seed)| json!({
                "seconds": time.as_secs_f64(),
                "seed": seed,
            }))),
            "healed_early": self.hurried,
            "checked": checked,
            "failures": failures,
            "trace": self.trace(),
        })
    }

    fn histograms(&self) -> [(&'static str, &BTreeMap<u64, u64>); 5] {
        [
            ("seeds by events", &self.by_events),
            ("seeds by nodes", &self.by_nodes),
            ("seeds by faults", &self.by_faults),
            ("seeds by the most wants that a node had open", &self.by_wants),
            ("calls by ms from healing to their end", &self.by_time),
        ]
    }
}

/// The power of two that a count has reached.
const fn size(count: u64) -> u64 {
    if count == 0 { 0 } else { 1 << count.ilog2() }
}

fn line(text: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    text.write_fmt(more).unwrap_or_default();
}
