//! The names, helps, labels and buckets of all metrics: what dashboards and alerts rely on.

mod client;
mod kubo;
mod net;
mod relay;
mod server;

use std::num::NonZeroU64;

use bitswap_core::strategy::Role;
use bitswap_core::{ByteRate, rejection_causes};
use metrics::Label;

use super::event_counts::Facts;
use super::family::{FAST, LATENCY, LabelValues, MetricFamily, MetricKind, SIZE};
use super::parts;

/// Where a number is found.
type Read = fn(&Facts<'_>) -> u64;

/// One counter or gauge with its series.
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) kind: MetricKind,
    pub(super) help: &'static str,
    /// The one label; empty if there is none.
    label: &'static str,
    /// The label's value and the number, for each series.
    series: &'static [(&'static str, Read)],
}

impl Metric {
    const fn counter(
        name: &'static str,
        help: &'static str,
        series: &'static [(&str, Read)],
    ) -> Self {
        Self { name, kind: MetricKind::Counter, help, label: "", series }
    }

    const fn gauge(
        name: &'static str,
        help: &'static str,
        series: &'static [(&str, Read)],
    ) -> Self {
        Self { name, kind: MetricKind::Gauge, help, label: "", series }
    }

    const fn by(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// All series of the metric, as of `facts`.
    pub(super) fn read(&self, facts: &Facts<'_>) -> impl Iterator<Item = (Vec<Label>, u64)> {
        self.series.iter().map(|(value, read)| {
            let label = (!self.label.is_empty()).then(|| Label::new(self.label, *value));
            (label.into_iter().collect(), read(facts))
        })
    }

    fn family(&self) -> MetricFamily {
        let family = MetricFamily::new(self.name, self.kind, self.help);
        if self.label.is_empty() {
            return family;
        }
        let values = self.series.iter().map(|(value, _)| *value).collect();
        family.by(self.label, LabelValues::Closed(values))
    }
}

/// A limit as a number; 0 = none.
fn rate(limit: ByteRate) -> u64 {
    limit.map_or(0, NonZeroU64::get)
}

/// Those that are read from the engine's counts and from what events add.
pub(super) fn read_metrics() -> impl Iterator<Item = &'static Metric> {
    [client::METRICS, server::METRICS, relay::METRICS, net::METRICS].into_iter().flatten()
}

/// Those that have Kubo's names, read from the same counts.
pub(super) fn kubo_metrics() -> impl Iterator<Item = &'static Metric> {
    kubo::METRICS.iter()
}

pub(super) const KUBO_SENT_BYTES: &str = "ipfs_bitswap_sent_all_blocks_bytes";
/// As boxo has them.
const KUBO_SIZE: &[f64] = &[64.0, 1_024.0, 16_384.0, 262_144.0, 262_159.0, 4_194_304.0];

pub(super) const WANT_SECONDS: &str = "bitswap_client_want_seconds";
pub(super) const ASK_SECONDS: &str = "bitswap_client_answer_seconds";
pub(super) const SERVED_SECONDS: &str = "bitswap_server_answer_seconds";
pub(super) const SERVED_BYTES: &str = "bitswap_server_block_size_bytes";

pub(super) const ENGINE_LAG: &str = "bitswap_engine_lag_seconds";
pub(super) const FAIRNESS: &str = "bitswap_ledger_fairness_ratio";
pub(super) const OLDEST_TASK: &str = "bitswap_server_oldest_task_seconds";

pub(super) const STRATEGY_IN_USE: &str = "bitswap_strategy_info";
pub(super) const STRATEGY_ASKED: &str = "bitswap_strategy_asked_total";
pub(super) const STRATEGY_REJECTED: &str = "bitswap_strategy_rejected_total";
pub(super) const STRATEGY_DECISIONS: &str = "bitswap_strategy_decisions_total";

pub(super) const ROUTER_LOOKUPS: &str = "bitswap_router_lookups_total";
pub(super) const ROUTER_PROVIDERS: &str = "bitswap_router_providers_total";
pub(super) const ROUTER_FAILURES: &str = "bitswap_router_failures_total";
pub(super) const ROUTER_TIMEOUTS: &str = "bitswap_router_timeouts_total";

/// All metrics that a node tells its recorder. Histograms have buckets, which are to be set at the
/// exporter: without them many exporters make summaries, which cannot be added up over nodes.
pub fn metric_families() -> Vec<MetricFamily> {
    let mut families: Vec<_> = read_metrics().map(Metric::family).collect();
    families.extend(histograms());
    families.extend(shares());
    families.extend(of_strategies());
    families.extend(parts::families());
    families.extend(of_routers());
    families
}

/// All metrics that a node tells its recorder besides if it is told to have
/// [Kubo's names](crate::Builder::kubo_names), too.
pub fn kubo_metric_families() -> Vec<MetricFamily> {
    let sent = MetricFamily::new(
        KUBO_SENT_BYTES,
        MetricKind::Histogram(KUBO_SIZE),
        "Histogram of blocks sent by this bitswap.",
    );
    kubo_metrics().map(Metric::family).chain([sent]).collect()
}

/// What takes a look at each connected peer.
fn shares() -> [MetricFamily; 2] {
    [
        MetricFamily::new(
            FAIRNESS,
            MetricKind::Gauge,
            "How evenly bytes were sent to the connected peers that were sent any, by Jain's \
             index: 1 = evenly, also if there is none; one divided by their number = all to one.",
        ),
        MetricFamily::new(
            OLDEST_TASK,
            MetricKind::Gauge,
            "How long the oldest of the queued blocks waits; 0 = none is queued.",
        ),
    ]
}

fn histograms() -> [MetricFamily; 5] {
    let seconds = |name, help| MetricFamily::new(name, MetricKind::Histogram(LATENCY), help);
    let closed = |values: &[&'static str]| LabelValues::Closed(values.to_vec());
    [
        seconds(WANT_SECONDS, "Time from the start of a want to its verified block."),
        seconds(ASK_SECONDS, "Time from asking a peer to its answer, by what was asked.")
            .by("kind", closed(&["block", "have"])),
        seconds(SERVED_SECONDS, "Time from a peer's request to the last byte of its block.")
            .by("kind", closed(&["block"])),
        MetricFamily::new(
            ENGINE_LAG,
            MetricKind::Histogram(FAST),
            "How late the engine reached its deadlines: how long its task waited for a thread.",
        ),
        MetricFamily::new(
            SERVED_BYTES,
            MetricKind::Histogram(SIZE),
            "Sizes of the blocks that were sent to peers.",
        ),
    ]
}

/// What strategies were asked and said; which series there are depends on which strategies run.
fn of_strategies() -> [MetricFamily; 4] {
    let mut causes: Vec<_> = Role::ALL.iter().flat_map(|role| rejection_causes(*role)).collect();
    causes.sort_unstable();
    causes.dedup();
    let of = |name, kind, help| {
        let roles = Role::ALL.iter().map(|role| role.name()).collect();
        MetricFamily::new(name, kind, help)
            .by("role", LabelValues::Closed(roles))
            .by("strategy", LabelValues::Settings("the strategies in charge since the start"))
    };
    let (counter, gauge) = (MetricKind::Counter, MetricKind::Gauge);
    let in_use = "1 for the strategy in charge of a role, 0 for those before it.";
    [
        of(STRATEGY_IN_USE, gauge, in_use),
        of(STRATEGY_ASKED, counter, "Questions put to a strategy."),
        of(STRATEGY_REJECTED, counter, "Answers, or parts of them, that the engine rejected.")
            .by("cause", LabelValues::Closed(causes.into_iter().copied().collect())),
        of(STRATEGY_DECISIONS, counter, "Decisions, by the reason given.")
            .by("reason", LabelValues::Settings("the reasons of the strategy")),
    ]
}

/// What routers were asked and found.
fn of_routers() -> [MetricFamily; 4] {
    let of = |name, help| {
        MetricFamily::new(name, MetricKind::Counter, help)
            .by("router", LabelValues::Settings("the routers of the configuration"))
    };
    [
        of(ROUTER_LOOKUPS, "Look-ups that a router was asked for."),
        of(ROUTER_PROVIDERS, "Providers that a router found first."),
        of(ROUTER_FAILURES, "Look-ups that a router failed."),
        of(ROUTER_TIMEOUTS, "Look-ups that a router did not end in time."),
    ]
}
