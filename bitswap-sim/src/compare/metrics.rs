//! A comparison as `OpenMetrics`: how each run went, what it came to, and who is better.

use super::{Comparison, Measure, Moment, Row, Run, ScenarioResult};
use crate::open_metrics::{Exposition, Family, RESULTS_AT};

type Labels = &'static [(&'static str, &'static str)];

const SCENARIO: (&str, &str) = ("scenario", "its name");
const CONTESTANT: (&str, &str) = ("contestant", "its name");
const OF_RUN: Labels = &[SCENARIO, CONTESTANT, ("seed", "the seed")];

const DELIVERED: Family = Family {
    name: "bitswap_sim_delivered_ratio",
    labels: OF_RUN,
    meaning: "Share of all wanted blocks that had been delivered by then.",
};
const RATE: Family = Family {
    name: "bitswap_sim_delivered_blocks_per_second",
    labels: OF_RUN,
    meaning: "Blocks delivered per second, since the sample before.",
};
const OPEN: Family = Family {
    name: "bitswap_sim_open_fetches",
    labels: OF_RUN,
    meaning: "Fetches that had begun and not ended.",
};
const RATIO: Family = Family {
    name: "bitswap_sim_headline_ratio",
    labels: &[SCENARIO, CONTESTANT, ("bound", "`least`, `median`, `most`")],
    meaning: "By what the scenario is judged, over the first contestant's with the same seed: the \
              median, and its 95 % interval.",
};
const STANDING: Family = Family {
    name: "bitswap_sim_standing",
    labels: &[SCENARIO, CONTESTANT, ("standing", "`first`, `better`, `worse`, `alike`")],
    meaning: "What the ratio says; always 1.",
};

impl Comparison {
    /// All metrics of a comparison.
    pub fn metric_families() -> Vec<Family> {
        let results = Measure::ALL.map(family);
        [DELIVERED, RATE, OPEN].into_iter().chain(results).chain([RATIO, STANDING]).collect()
    }

    /// As a file for `promtool tsdb create-blocks-from openmetrics`.
    pub fn open_metrics(&self) -> String {
        let mut text = Exposition::default();
        self.write_progress(&mut text);
        for measure in Measure::ALL {
            let family = family(measure);
            text.begin(&family);
            self.each_run(|labels, run| {
                let value = run.get(measure) / per_unit(measure);
                text.sample(&family, labels, RESULTS_AT, value);
            });
        }
        text.begin(&RATIO);
        self.each_row(|scenario, contestant, row| {
            let ratio = row.ratio;
            for (bound, value) in
                [("least", ratio.least), ("median", ratio.middle), ("most", ratio.most)]
            {
                text.sample(&RATIO, &[scenario, contestant, bound], RESULTS_AT, value);
            }
        });
        text.begin(&STANDING);
        self.each_row(|scenario, contestant, row| {
            let word = row.standing.word();
            text.sample(&STANDING, &[scenario, contestant, word], RESULTS_AT, 1.0);
        });
        text.end()
    }

    fn write_progress(&self, text: &mut Exposition) {
        type Value = fn(&Moment, f64) -> f64;
        let families: [(Family, Value); 3] = [
            (DELIVERED, |it, _| it.delivered as f64 / it.wanted.max(1) as f64),
            (RATE, |it, seconds| it.since_before as f64 / seconds),
            (OPEN, |it, _| it.open as f64),
        ];
        for (family, value) in families {
            text.begin(&family);
            self.each_run(|labels, run| {
                let step = run.progress.step;
                for (place, moment) in (0..).zip(&run.progress.moments) {
                    let value = value(moment, step.as_secs_f64());
                    text.sample(&family, labels, step * place, value);
                }
            });
        }
    }

    fn each_row(&self, mut tell: impl FnMut(&str, &str, &Row)) {
        for ScenarioResult { scenario, rows } in &self.scenarios {
            for (contestant, row) in self.contestants.iter().zip(rows) {
                tell(scenario.name, contestant, row);
            }
        }
    }

    fn each_run(&self, mut tell: impl FnMut(&[&str], &Run)) {
        self.each_row(|scenario, contestant, row| {
            for (seed, run) in self.seeds.clone().zip(&row.runs) {
                tell(&[scenario, contestant, &seed.to_string()], run);
            }
        });
    }
}

/// Metrics have base units: no percent.
const fn per_unit(measure: Measure) -> f64 {
    if matches!(measure, Measure::Duplicates) { 100.0 } else { 1.0 }
}

const fn family(measure: Measure) -> Family {
    let (name, meaning) = match measure {
        Measure::FetchTime => (
            "bitswap_sim_fetch_seconds",
            "Time from a call to its last block: the median of all fetches of the run; `+Inf` if \
             they did not end, as with all times.",
        ),
        Measure::SlowestFetch => {
            ("bitswap_sim_slowest_fetch_seconds", "The same, of the slowest fetch.")
        }
        Measure::FirstBlock => (
            "bitswap_sim_first_block_seconds",
            "Time from a call to its first block: the median of all fetches.",
        ),
        Measure::BlockP99 => (
            "bitswap_sim_block_p99_seconds",
            "Time from when a block was asked for to its delivery: 99th percentile of all blocks.",
        ),
        Measure::BlockP999 => ("bitswap_sim_block_p999_seconds", "The same, 99.9th percentile."),
        Measure::LongestPause => (
            "bitswap_sim_longest_pause_seconds",
            "The longest time in which a fetch that went on got no block.",
        ),
        Measure::Duplicates => (
            "bitswap_sim_duplicates_ratio",
            "Bytes in blocks that had come before, over those in wanted blocks.",
        ),
        Measure::Messages => (
            "bitswap_sim_messages_per_block",
            "Messages that honest nodes sent, for each wanted block that came.",
        ),
        Measure::WantBlocks => (
            "bitswap_sim_want_blocks_per_block",
            "want-block entries that were sent, for each wanted block that came.",
        ),
    };
    Family { name, labels: OF_RUN, meaning }
}
