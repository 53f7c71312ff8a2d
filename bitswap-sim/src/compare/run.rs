//! What one run came to: its measures, and how it went.

use super::{Measure, Measures, Progress};
use crate::report::FetchReport;
use crate::world::World;

/// A contestant in a scenario with a seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its numbers.
    pub measures: Measures,
    /// How far it was, and when.
    pub progress: Progress,
}

impl Run {
    /// One of its numbers.
    pub const fn get(&self, measure: Measure) -> f64 {
        self.measures.get(measure)
    }

    /// Of a world whose callers noted the times of blocks. Fetches whose node crashed do not count.
    pub(super) fn of(world: &World) -> Self {
        let report = world.report();
        let fetches: Vec<&FetchReport> = report.fetches.iter().filter(|it| !it.is_lost).collect();
        Self {
            measures: Measures::of(world, &report, &fetches),
            progress: Progress::of(world, &fetches),
        }
    }
}
