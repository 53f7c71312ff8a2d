//! Promises of a scenario as `OpenMetrics`.

use super::{Figure, Promise};
use crate::open_metrics::{Exposition, Family, RESULTS_AT};

const CAME: Family = Family {
    name: "bitswap_sim_promise_came",
    labels: &[
        ("scenario", "its name"),
        ("seed", "the seed"),
        ("what", "what is promised, in words"),
        ("unit", "`seconds`, `ratio`, `count`"),
    ],
    meaning: "A measured figure of `bitswap-sim scenario`; `+Inf` if something did not end.",
};
const LIMIT: Family = Family {
    name: "bitswap_sim_promise_limit",
    meaning: "What it is at most, if the promise is kept.",
    ..CAME
};

/// All metrics of promises.
pub const METRIC_FAMILIES: [Family; 2] = [CAME, LIMIT];

/// As a file for `promtool tsdb create-blocks-from openmetrics`.
pub fn open_metrics(scenario: &str, seed: u64, promises: &[Promise]) -> String {
    let seed = seed.to_string();
    let mut text = Exposition::default();
    text.begin(&CAME);
    for promise in promises {
        let unit = unit(promise.limit.unwrap_or(promise.came));
        let labels = [scenario, &seed, &promise.what, unit];
        text.sample(&CAME, &labels, RESULTS_AT, value(promise.came));
    }
    text.begin(&LIMIT);
    for (promise, limit) in promises.iter().filter_map(|it| Some((it, it.limit?))) {
        let labels = [scenario, &seed, &promise.what, unit(limit)];
        text.sample(&LIMIT, &labels, RESULTS_AT, value(limit));
    }
    text.end()
}

const fn unit(figure: Figure) -> &'static str {
    match figure {
        Figure::Count(_) => "count",
        Figure::Percent(_) => "ratio",
        Figure::Time(_) | Figure::Never => "seconds",
    }
}

fn value(figure: Figure) -> f64 {
    match figure {
        Figure::Count(count) => count as f64,
        Figure::Percent(percent) => percent as f64 / 100.0,
        Figure::Time(time) => time.as_secs_f64(),
        Figure::Never => f64::INFINITY,
    }
}
