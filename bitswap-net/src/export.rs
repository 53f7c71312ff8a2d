//! The engine's stats and events, told to a `metrics` recorder that was handed in. Nothing is
//! ever installed globally: one process may run many nodes.

mod parts;
mod table;

use std::sync::Arc;

use bitswap_core::wire::WantKind;
use bitswap_core::{AskOutcome, Event, Stats, StrategyStats, WantOutcome};
use metrics::{Histogram, Key, Label, Level, Metadata, Recorder, SharedString};

use self::parts::Parts;
use self::table::{COUNTERS, GAUGES, HISTOGRAMS, IN_USE, ROUTER_METRICS, STRATEGY_METRICS};
use crate::routing::RouterStats;

pub use self::table::BUCKETS;

const METADATA: Metadata<'static> = Metadata::new("bitswap", Level::INFO, None);

/// A recorder with everything registered that does not depend on which strategies run.
pub(crate) struct Export {
    recorder: Arc<dyn Recorder + Send + Sync>,
    want_seconds: Histogram,
    block_answer_seconds: Histogram,
    have_answer_seconds: Histogram,
    served_seconds: Histogram,
    parts: Parts,
}

impl Export {
    /// Describes and registers all metrics, at 0: a series that is absent until something goes
    /// wrong cannot be alerted on.
    pub(crate) fn new(recorder: Arc<dyn Recorder + Send + Sync>) -> Self {
        for metric in COUNTERS.iter().chain(STRATEGY_METRICS).chain(ROUTER_METRICS) {
            recorder.describe_counter(metric.name.into(), None, metric.help.into());
        }
        for metric in GAUGES {
            recorder.describe_gauge(metric.name.into(), None, metric.help.into());
        }
        recorder.describe_gauge(IN_USE.0.into(), None, IN_USE.1.into());
        for (name, help) in HISTOGRAMS {
            recorder.describe_histogram(name.into(), None, help.into());
        }
        let histogram = |name: &'static str, labels: Vec<Label>| {
            recorder.register_histogram(&Key::from((name, labels)), &METADATA)
        };
        let [(want, _), (answer, _), (served, _)] = HISTOGRAMS;
        Parts::describe(&*recorder);
        let mut export = Self {
            want_seconds: histogram(want, vec![]),
            block_answer_seconds: histogram(answer, vec![Label::new("kind", "block")]),
            have_answer_seconds: histogram(answer, vec![Label::new("kind", "have")]),
            served_seconds: histogram(served, vec![Label::new("kind", "block")]),
            parts: Parts::default(),
            recorder,
        };
        export.update(&Stats::default());
        export
    }

    /// Brings all counters and gauges up to date.
    pub(crate) fn update(&mut self, stats: &Stats) {
        for metric in COUNTERS {
            for (labels, count) in metric.read(stats) {
                self.count(metric.name, labels, count);
            }
        }
        for metric in GAUGES {
            for (labels, value) in metric.read(stats) {
                let gauge =
                    self.recorder.register_gauge(&Key::from((metric.name, labels)), &METADATA);
                gauge.set(value as f64);
            }
        }
        for strategy in &stats.strategies {
            self.update_strategy(strategy);
        }
        self.parts.update(&*self.recorder, &stats.strategies);
    }

    /// Brings the counters of all routers up to date.
    pub(crate) fn update_routers(&self, routers: &[RouterStats]) {
        let [lookups, providers, failures, timeouts] = ROUTER_METRICS;
        for stats in routers {
            let router = SharedString::from(Arc::clone(&stats.router));
            let labels = || vec![Label::new("router", router.clone())];
            self.count(lookups.name, labels(), stats.lookups);
            self.count(providers.name, labels(), stats.providers);
            self.count(failures.name, labels(), stats.failures);
            self.count(timeouts.name, labels(), stats.timeouts);
        }
    }

    /// Adds one event to its histogram.
    #[expect(clippy::wildcard_enum_match_arm, reason = "not every event has a histogram")]
    pub(crate) fn tell(&self, event: &Event) {
        match event {
            Event::AskEnded { kind, outcome, after, .. } => {
                if matches!(outcome, AskOutcome::Block | AskOutcome::Have | AskOutcome::DontHave) {
                    let histogram = match kind {
                        WantKind::Block => &self.block_answer_seconds,
                        WantKind::Have => &self.have_answer_seconds,
                    };
                    histogram.record(*after);
                }
            }
            Event::RequestServed { after, .. } => self.served_seconds.record(*after),
            Event::WantEnded { outcome: WantOutcome::Received, after, .. } => {
                self.want_seconds.record(*after);
            }
            _ => {}
        }
    }

    fn update_strategy(&self, stats: &StrategyStats) {
        let labels = |last: Option<(&'static str, &'static str)>| {
            let mut labels = vec![
                Label::from_static_parts("role", stats.role.name()),
                Label::new("strategy", SharedString::from(Arc::clone(&stats.strategy))),
            ];
            labels.extend(last.map(|(name, value)| Label::from_static_parts(name, value)));
            labels
        };
        let in_use = self.recorder.register_gauge(&Key::from((IN_USE.0, labels(None))), &METADATA);
        in_use.set(if stats.in_use { 1.0 } else { 0.0 });
        let [asked, rejected, decisions] = STRATEGY_METRICS;
        self.count(asked.name, labels(None), stats.asked);
        for (cause, count) in &stats.rejected {
            self.count(rejected.name, labels(Some(("cause", cause))), *count);
        }
        for (reason, count) in &stats.decisions {
            self.count(decisions.name, labels(Some(("reason", reason))), *count);
        }
    }

    fn count(&self, name: &'static str, labels: Vec<Label>, count: u64) {
        self.recorder.register_counter(&Key::from((name, labels)), &METADATA).absolute(count);
    }
}
