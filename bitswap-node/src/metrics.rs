//! One recorder of metrics for each node, never installed globally.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

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

    /// A recorder in which every histogram has buckets: without them, the exporter makes
    /// summaries, which cannot be added up over nodes.
    pub(crate) fn new() -> Result<Self, metrics_exporter_prometheus::BuildError> {
        let mut builder = PrometheusBuilder::new();
        for (name, buckets) in bitswap_net::BUCKETS {
            builder = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)?;
        }
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        describe_build(&recorder);
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

fn describe_build(recorder: &dyn Recorder) {
    let name = "bitswap_build_info";
    let labels = vec![metrics::Label::from_static_parts("version", env!("CARGO_PKG_VERSION"))];
    let key = metrics::Key::from_parts(name, labels);
    let place = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));
    recorder.describe_gauge(name.into(), None, "The version of the program; always 1.".into());
    recorder.register_gauge(&key, &place).set(1.0);
}
