//! The engine's stats and events, told to a `metrics` recorder that was handed in. Nothing is
//! ever installed globally: one process may run many nodes.

mod event_counts;
mod family;
mod parts;
mod table;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bitswap_core::wire::WantKind;
use bitswap_core::{AskOutcome, Event, Stats, StrategyStats, WantOutcome, rejection_causes};
use metrics::{Histogram, Key, Label, Level, Metadata, Recorder, SharedString};

use self::event_counts::{EventCounts, Facts};
use self::parts::Parts;
use self::table::{
    ASK_SECONDS, ENGINE_LAG, FAIRNESS, KUBO_SENT_BYTES, OLDEST_TASK, ROUTER_FAILURES,
    ROUTER_LOOKUPS, ROUTER_PROVIDERS, ROUTER_TIMEOUTS, SERVED_BYTES, SERVED_SECONDS,
    STRATEGY_ASKED, STRATEGY_DECISIONS, STRATEGY_IN_USE, STRATEGY_REJECTED, WANT_SECONDS,
};
use crate::routing::RouterStats;

pub use self::family::{FAST, LATENCY, LabelValues, MetricFamily, MetricKind, MetricLabel, SIZE};
pub use self::table::{kubo_metric_families, metric_families};

const METADATA: Metadata<'static> = Metadata::new("bitswap", Level::INFO, None);

/// A recorder with everything registered that does not depend on which strategies run.
pub(crate) struct Export {
    recorder: Arc<dyn Recorder + Send + Sync>,
    want_seconds: Histogram,
    block_answer_seconds: Histogram,
    have_answer_seconds: Histogram,
    served_seconds: Histogram,
    served_bytes: Histogram,
    /// Under Kubo's name, if Kubo's names are wanted.
    kubo_sent_bytes: Option<Histogram>,
    lag_seconds: Histogram,
    events: EventCounts,
    generation: u64,
    parts: Parts,
}

impl Export {
    /// Describes and registers all metrics, at 0: a series that is absent until something goes
    /// wrong cannot be alerted on.
    pub(crate) fn new(recorder: Arc<dyn Recorder + Send + Sync>, kubo_names: bool) -> Self {
        let kubo = kubo_names.then(kubo_metric_families).into_iter().flatten();
        for family in metric_families().into_iter().chain(kubo) {
            family.describe(&*recorder);
        }
        let histogram = |name: &'static str, labels: Vec<Label>| {
            recorder.register_histogram(&Key::from((name, labels)), &METADATA)
        };
        let mut export = Self {
            want_seconds: histogram(WANT_SECONDS, vec![]),
            block_answer_seconds: histogram(ASK_SECONDS, vec![Label::new("kind", "block")]),
            have_answer_seconds: histogram(ASK_SECONDS, vec![Label::new("kind", "have")]),
            served_seconds: histogram(SERVED_SECONDS, vec![Label::new("kind", "block")]),
            served_bytes: histogram(SERVED_BYTES, vec![]),
            kubo_sent_bytes: kubo_names.then(|| histogram(KUBO_SENT_BYTES, vec![])),
            lag_seconds: histogram(ENGINE_LAG, vec![]),
            events: EventCounts::default(),
            generation: 0,
            parts: Parts::default(),
            recorder,
        };
        export.update(&Stats::default());
        export.update_shares(None, Duration::ZERO);
        export
    }

    /// Brings up to date what takes a look at each connected peer.
    pub(crate) fn update_shares(&self, fairness: Option<f64>, oldest_task: Duration) {
        // Nobody was served unevenly as long as nobody was served.
        self.set_real(FAIRNESS, fairness.unwrap_or(1.0));
        self.set_real(OLDEST_TASK, oldest_task.as_secs_f64());
    }

    /// The engine reached a deadline so much later than it was due.
    pub(crate) fn lagged(&self, late: Duration) {
        self.lag_seconds.record(late);
    }

    /// Brings all counters and gauges up to date.
    pub(crate) fn update(&mut self, stats: &Stats) {
        self.events.engine_alive_at = unix_time();
        if stats.strategy_generation > self.generation {
            self.generation = stats.strategy_generation;
            self.events.strategies_changed_at = self.events.engine_alive_at;
        }
        let facts = Facts { stats, events: &self.events };
        let kubo = self.kubo_sent_bytes.is_some().then(table::kubo_metrics);
        for metric in table::read_metrics().chain(kubo.into_iter().flatten()) {
            for (labels, value) in metric.read(&facts) {
                match metric.kind {
                    MetricKind::Counter => self.count(metric.name, labels, value),
                    MetricKind::Gauge => self.set(metric.name, labels, value),
                    // Samples are told as they come.
                    MetricKind::Histogram(_) => {}
                }
            }
        }
        for strategy in &stats.strategies {
            self.update_strategy(strategy);
        }
        self.parts.update(&*self.recorder, &stats.strategies);
    }

    /// Brings the counters of all routers up to date.
    pub(crate) fn update_routers(&self, routers: &[RouterStats]) {
        for stats in routers {
            let router = SharedString::from(Arc::clone(&stats.router));
            let labels = || vec![Label::new("router", router.clone())];
            self.count(ROUTER_LOOKUPS, labels(), stats.lookups);
            self.count(ROUTER_PROVIDERS, labels(), stats.providers);
            self.count(ROUTER_FAILURES, labels(), stats.failures);
            self.count(ROUTER_TIMEOUTS, labels(), stats.timeouts);
        }
    }

    /// Adds one event to its histogram and counts.
    #[expect(clippy::wildcard_enum_match_arm, reason = "not every event has a histogram")]
    pub(crate) fn tell(&mut self, event: &Event) {
        self.events.add(event);
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
            Event::RequestServed { bytes, after, .. } => {
                self.served_seconds.record(*after);
                self.served_bytes.record(f64::from(*bytes));
                if let Some(sent) = &self.kubo_sent_bytes {
                    sent.record(f64::from(*bytes));
                }
            }
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
        self.set(STRATEGY_IN_USE, labels(None), u64::from(stats.in_use));
        self.count(STRATEGY_ASKED, labels(None), stats.asked);
        for cause in rejection_causes(stats.role) {
            let rejected = stats.rejected.iter().find(|(known, _)| known == cause);
            let count = rejected.map_or(0, |(_, count)| *count);
            self.count(STRATEGY_REJECTED, labels(Some(("cause", cause))), count);
        }
        for (reason, count) in &stats.decisions {
            self.count(STRATEGY_DECISIONS, labels(Some(("reason", reason))), *count);
        }
    }

    fn count(&self, name: &'static str, labels: Vec<Label>, count: u64) {
        self.recorder.register_counter(&Key::from((name, labels)), &METADATA).absolute(count);
    }

    fn set_real(&self, name: &'static str, value: f64) {
        self.recorder.register_gauge(&Key::from_static_name(name), &METADATA).set(value);
    }

    fn set(&self, name: &'static str, labels: Vec<Label>, value: u64) {
        self.recorder.register_gauge(&Key::from((name, labels)), &METADATA).set(value as f64);
    }
}

/// In seconds; 0 on a clock that stands before 1970.
fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
