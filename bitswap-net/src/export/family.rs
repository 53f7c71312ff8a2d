//! What a metric is: all that a recorder, a page of documentation and a test need to know of it.

use metrics::{Recorder, Unit};

/// A metric with all its series, as it is declared.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricFamily {
    /// The name, with its unit at the end, and `_total` if it is a counter.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: MetricKind,
    /// What it says, in one sentence.
    pub help: &'static str,
    /// By what its series differ.
    pub labels: Vec<MetricLabel>,
}

/// The kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MetricKind {
    /// It only grows.
    Counter,
    /// It comes and goes.
    Gauge,
    /// Samples, counted in buckets up to these bounds.
    Histogram(&'static [f64]),
}

/// A label of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricLabel {
    /// The name.
    pub name: &'static str,
    /// What it can be.
    pub values: LabelValues,
}

/// The values of a label. None ever is a peer, a CID, an address or a text from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelValues {
    /// These, all of which are there from the start.
    Closed(Vec<&'static str>),
    /// As many as the operator's settings bring with them; in words.
    Settings(&'static str),
}

impl MetricFamily {
    /// A metric without labels.
    pub const fn new(name: &'static str, kind: MetricKind, help: &'static str) -> Self {
        Self { name, kind, help, labels: Vec::new() }
    }

    /// The same, with one more label.
    #[must_use]
    pub fn by(mut self, name: &'static str, values: LabelValues) -> Self {
        self.labels.push(MetricLabel { name, values });
        self
    }

    /// The unit, as the name says it; `None` = it counts things.
    pub fn unit(&self) -> Option<Unit> {
        let base = self.name.strip_suffix("_total").unwrap_or(self.name);
        if base.ends_with("_seconds") {
            Some(Unit::Seconds)
        } else if base.contains("_bytes") {
            Some(Unit::Bytes)
        } else {
            None
        }
    }

    /// Tells a recorder what the metric means.
    pub fn describe(&self, recorder: &dyn Recorder) {
        let (name, unit, help) = (self.name.into(), self.unit(), self.help.into());
        match self.kind {
            MetricKind::Counter => recorder.describe_counter(name, unit, help),
            MetricKind::Gauge => recorder.describe_gauge(name, unit, help),
            MetricKind::Histogram(_) => recorder.describe_histogram(name, unit, help),
        }
    }
}

impl MetricKind {
    /// The kind as Prometheus calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// Bounds in seconds for what crosses the network: wants, answers, look-ups.
pub const LATENCY: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Bounds in seconds for what happens on this machine, such as reads of the store.
pub const FAST: &[f64] = &[
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025,
    0.1, 0.5, 1.0,
];

/// Bounds in bytes for blocks. Leaves of 256 KiB are parted from the same leaves wrapped in
/// dag-pb, which are 14 bytes longer.
pub const SIZE: &[f64] = &[
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    262_158.0,
    1_048_576.0,
    2_097_152.0,
    4_194_304.0,
];
