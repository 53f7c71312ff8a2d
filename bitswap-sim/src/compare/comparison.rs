//! What the runs of a plan came to.

use std::ops::Range;

use super::statistics::{Interval, interval, median, ratios};
use super::{Measure, Plan, Run, Scenario};

/// All contestants in all scenarios.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The names of the contestants; the others are compared with the first.
    pub contestants: Vec<String>,
    /// The seeds of their runs.
    pub seeds: Range<u64>,
    /// One for each scenario.
    pub scenarios: Vec<ScenarioResult>,
}

/// All contestants in one scenario.
#[derive(Clone, Debug)]
pub struct ScenarioResult {
    /// The scenario.
    pub scenario: Scenario,
    /// One for each contestant.
    pub rows: Vec<Row>,
}

/// One contestant in one scenario.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its runs, one for each seed.
    pub runs: Vec<Run>,
    /// The scenario's headline.
    pub headline: Interval,
    /// That over the first contestant's with the same seed.
    pub ratios: Vec<f64>,
    /// Their median.
    pub ratio: Interval,
    /// What that says.
    pub standing: Standing,
}

/// Whether a contestant is better than the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the first one.
    First,
    /// The interval is below 1, and the median by at least 2 %.
    Better,
    /// The interval is above 1, and the median by at least 2 %.
    Worse,
    /// Neither can be said.
    Alike,
}

impl Row {
    /// The median of one measure over all seeds.
    pub fn median(&self, measure: Measure) -> f64 {
        let values: Vec<f64> = self.runs.iter().map(|run| run.get(measure)).collect();
        median(&values).unwrap_or(f64::NAN)
    }
}

impl Standing {
    /// An effect that is worth to be told, in parts of the first contestant's.
    const EFFECT: f64 = 0.02;

    fn of(ratio: Interval, is_first: bool) -> Self {
        if is_first {
            Self::First
        } else if ratio.most < 1.0 && ratio.middle <= 1.0 - Self::EFFECT {
            Self::Better
        } else if ratio.least > 1.0 && ratio.middle >= 1.0 + Self::EFFECT {
            Self::Worse
        } else {
            Self::Alike
        }
    }

    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Alike => "alike",
        }
    }
}

impl Comparison {
    /// The runs are those of the plan's jobs, in their order.
    pub(super) fn new(plan: &Plan, runs: &[Run]) -> Self {
        let contestants = plan.contestants.len();
        let of_scenario = contestants * plan.seeds.clone().count();
        let scenarios = plan.scenarios.iter().zip(runs.chunks(of_scenario.max(1)));
        let result = |(scenario, runs): (&Scenario, &[Run])| {
            let of = |place| runs.iter().skip(place).step_by(contestants).cloned().collect();
            let runs: Vec<Vec<Run>> = (0..contestants).map(of).collect();
            ScenarioResult { scenario: scenario.clone(), rows: rows(scenario, runs) }
        };
        Self {
            contestants: plan.contestants.iter().map(|it| it.name.clone()).collect(),
            seeds: plan.seeds.clone(),
            scenarios: scenarios.map(result).collect(),
        }
    }

    /// In how many scenarios a contestant is of this standing.
    pub fn count(&self, contestant: usize, standing: Standing) -> usize {
        let rows = self.scenarios.iter().filter_map(|result| result.rows.get(contestant));
        rows.filter(|row| row.standing == standing).count()
    }

    /// The greatest of a contestant's median ratios: how much it loses where it loses most.
    pub fn worst(&self, contestant: usize) -> f64 {
        let rows = self.scenarios.iter().filter_map(|result| result.rows.get(contestant));
        rows.map(|row| row.ratio.middle).max_by(f64::total_cmp).unwrap_or(1.0)
    }
}

fn rows(scenario: &Scenario, runs: Vec<Vec<Run>>) -> Vec<Row> {
    let headlines =
        |runs: &[Run]| -> Vec<f64> { runs.iter().map(|run| run.get(scenario.headline)).collect() };
    let base = runs.first().map(|runs| headlines(runs)).unwrap_or_default();
    let never = Interval { least: f64::NAN, middle: f64::NAN, most: f64::NAN };
    let row = |(place, runs): (usize, Vec<Run>)| {
        let values = headlines(&runs);
        let ratios = ratios(&values, &base);
        // Contestants are resampled alike, so that their intervals differ only by their runs.
        let ratio = interval(&ratios, scenario.name).unwrap_or(never);
        let headline = interval(&values, scenario.name).unwrap_or(never);
        Row { runs, headline, ratios, ratio, standing: Standing::of(ratio, place == 0) }
    };
    runs.into_iter().enumerate().map(row).collect()
}
