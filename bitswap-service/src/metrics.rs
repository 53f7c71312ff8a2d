//! One recorder of metrics for each node, never installed globally.

mod counts;
mod families;
mod http;
mod page;
mod scrape;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bitswap_net::{MetricKind, kubo_metric_families};
use metrics::Recorder;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::error::CliError;

pub(crate) use bitswap_host::counts::{counter, gauge, histogram};

pub use self::counts::GcCounts;
pub(crate) use self::counts::NodeCounts;
pub(crate) use self::families::families;
#[cfg(feature = "scripts")]
pub(crate) use self::families::script;
pub use self::http::HttpCounts;
pub use self::page::page;
pub(crate) use self::scrape::Scrape;
pub(crate) use self::store::MeteredStore;

/// What a node counts into, and what is rendered from it.
#[derive(Clone)]
pub(crate) struct NodeMetrics {
    /// For the parts of a node that count.
    pub(crate) recorder: Arc<dyn Recorder + Send + Sync>,
    /// Renders what was counted.
    pub(crate) handle: PrometheusHandle,
}

impl NodeMetrics {
    /// How often samples are moved out of their queues, which nothing else does between scrapes.
    const UPKEEP: Duration = Duration::from_secs(5);

    /// A recorder that knows all metrics of a node, those with Kubo's names if wanted, in which
    /// every histogram has buckets: without them, the exporter makes summaries, which cannot be
    /// added up over nodes.
    pub(crate) fn new(kubo_names: bool) -> Result<Self, CliError> {
        let mut builder = PrometheusBuilder::new();
        let kubo = kubo_names.then(kubo_metric_families).into_iter().flatten();
        for family in families().into_iter().chain(kubo) {
            if let MetricKind::Histogram(buckets) = family.kind {
                let name = Matcher::Full(family.name.to_owned());
                let with_buckets = builder.set_buckets_for_metric(name, buckets);
                builder = with_buckets.map_err(|why| CliError::internal(&why))?;
            }
        }
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        for family in families::of_the_program() {
            family.describe(&recorder);
        }
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        gauge(&recorder, families::BUILD_INFO, &version).set(1.0);
        Ok(Self { recorder: Arc::new(recorder), handle })
    }

    /// Runs until it is dropped.
    pub(crate) async fn upkeep(handle: PrometheusHandle) {
        let mut beat = tokio::time::interval(Self::UPKEEP);
        loop {
            beat.tick().await;
            handle.run_upkeep();
        }
    }
}
