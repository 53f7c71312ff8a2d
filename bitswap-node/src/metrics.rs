//! One recorder of metrics for each node, never installed globally.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Counter, Gauge, Level, Metadata, Recorder};
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

/// Counts the configuration reloads of a running node.
pub(crate) struct Reloads {
    done: Counter,
    failed: Counter,
    success: Gauge,
}

impl Reloads {
    /// Describes the metrics and registers all their series; nothing has failed yet.
    pub(crate) fn new(recorder: &dyn Recorder) -> Self {
        let (count, state) = ("bitswap_config_reloads_total", "bitswap_config_reload_success");
        let help = "Configuration reloads, by result.";
        recorder.describe_counter(count.into(), None, help.into());
        let help = "Whether the last configuration reload succeeded.";
        recorder.describe_gauge(state.into(), None, help.into());
        let counter = |result| {
            let labels = vec![metrics::Label::from_static_parts("result", result)];
            recorder.register_counter(&metrics::Key::from_parts(count, labels), &PLACE)
        };
        let success = recorder.register_gauge(&metrics::Key::from_static_name(state), &PLACE);
        success.set(1.0);
        Self { done: counter("ok"), failed: counter("failed"), success }
    }

    /// Counts one.
    pub(crate) fn count(&self, succeeded: bool) {
        if succeeded { &self.done } else { &self.failed }.increment(1);
        self.success.set(if succeeded { 1.0 } else { 0.0 });
    }
}

/// Counts what a node announced in the DHTs.
#[derive(Clone, Debug)]
pub(crate) struct AnnounceCounts {
    done: Counter,
    failed: Counter,
}

impl AnnounceCounts {
    /// Describes the metric and registers its series.
    pub(crate) fn new(recorder: &dyn Recorder) -> Self {
        let name = "bitswap_announcements_total";
        let help = "Blocks announced in the DHT, new ones and again, by result.";
        recorder.describe_counter(name.into(), None, help.into());
        let counter = |result| {
            let labels = vec![metrics::Label::from_static_parts("result", result)];
            recorder.register_counter(&metrics::Key::from_parts(name, labels), &PLACE)
        };
        Self { done: counter("ok"), failed: counter("failed") }
    }

    /// Counts one.
    pub(crate) fn count(&self, succeeded: bool) {
        if succeeded { &self.done } else { &self.failed }.increment(1);
    }
}

const PLACE: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

fn describe_build(recorder: &dyn Recorder) {
    let name = "bitswap_build_info";
    let labels = vec![metrics::Label::from_static_parts("version", env!("CARGO_PKG_VERSION"))];
    let key = metrics::Key::from_parts(name, labels);
    recorder.describe_gauge(name.into(), None, "The version of the program; always 1.".into());
    recorder.register_gauge(&key, &PLACE).set(1.0);
}
