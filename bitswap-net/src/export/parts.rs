//! What the strategies in charge tell of their parts, as gauges: it begins anew with each strategy
//! that takes over, and a counter never goes back.

use std::sync::Arc;

use bitswap_core::StrategyStats;
use bitswap_core::strategy::{PartReport, Role};
use metrics::{Key, Label, Recorder, SharedString};

use super::METADATA;
use super::family::{LabelValues, MetricFamily, MetricKind};

const COUNT: &str = "bitswap_strategy_part_events";
const MEAN: &str = "bitswap_strategy_part_mean";
const HALF_WIDTH: &str = "bitswap_strategy_part_mean_half_width";
const SAMPLES: &str = "bitswap_strategy_part_mean_samples";

/// The gauges, each with its help.
const GAUGES: [(&str, &str); 4] = [
    (COUNT, "What a strategy counted of a part since it took over, by name."),
    (MEAN, "The mean of what a strategy measured of a part, in the unit at the end of its name."),
    (HALF_WIDTH, "Half the width of the 95 % interval around the mean."),
    (SAMPLES, "Samples of the mean."),
];

/// The gauges, as they are declared.
pub(super) fn families() -> [MetricFamily; 4] {
    GAUGES.map(|(name, help)| {
        let of = if name == COUNT { "count" } else { "mean" };
        let roles = Role::ALL.iter().map(|role| role.name()).collect();
        MetricFamily::new(name, MetricKind::Gauge, help)
            .by("role", LabelValues::Closed(roles))
            .by("strategy", LabelValues::Settings("the wrapper in charge"))
            .by("part", LabelValues::Settings("the places in it, such as a and b"))
            .by("plays", LabelValues::Settings("the strategies in these places"))
            .by(of, LabelValues::Settings("what the wrapper counts or measures"))
    })
}

/// The gauges that were told last.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<Key>);

impl Parts {
    /// Tells all parts. Those of strategies that are not in charge any more are 0 from now on.
    pub(super) fn update(&mut self, recorder: &dyn Recorder, strategies: &[StrategyStats]) {
        let mut told = Vec::new();
        for stats in strategies {
            for part in stats.report.parts() {
                tell(recorder, stats, part, &mut told);
            }
        }
        for ended in self.0.iter().filter(|key| !told.contains(key)) {
            recorder.register_gauge(ended, &METADATA).set(0.0);
        }
        self.0 = told;
    }
}

fn tell(recorder: &dyn Recorder, stats: &StrategyStats, part: &PartReport, told: &mut Vec<Key>) {
    let mut set = |name: &'static str, (label, what), value: f64| {
        let labels = vec![
            Label::from_static_parts("role", stats.role.name()),
            Label::new("strategy", SharedString::from(Arc::clone(&stats.strategy))),
            Label::new("part", part.part.clone()),
            Label::new("plays", part.strategy.clone()),
            Label::from_static_parts(label, what),
        ];
        let key = Key::from((name, labels));
        recorder.register_gauge(&key, &METADATA).set(value);
        told.push(key);
    };
    for (name, count) in &part.counts {
        set(COUNT, ("count", name), *count as f64);
    }
    for (name, mean) in &part.means {
        set(SAMPLES, ("mean", name), mean.samples() as f64);
        if let Some(value) = mean.mean() {
            set(MEAN, ("mean", name), value);
        }
        if let Some(half_width) = mean.half_width() {
            set(HALF_WIDTH, ("mean", name), half_width);
        }
    }
}
