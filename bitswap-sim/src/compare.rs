//! The judge: strategies compared, paired by seed, over six scenarios.
//!
//! Each [`Contestant`] plays on every node of each [`Scenario`], once for each seed. The same seed
//! gives all of them the same network, the same noise and the same timetable, so what is compared
//! is the ratio of two runs with one seed: to the first contestant, in the median of all seeds,
//! with a bootstrap interval. A [`Plan`] says what is to be run; its jobs depend on nothing but
//! themselves, so that a program may run them in any order, on any number of threads. What they
//! came to is a [`Comparison`], which is told as text, as CSV, as one HTML page and as
//! `OpenMetrics`.

mod city;
mod comparison;
mod contestant;
mod csv;
mod measure;
mod metrics;
mod page;
mod plan;
mod progress;
mod run;
mod scenario;
mod star;
pub mod statistics;
mod swarm;
mod table;

pub use comparison::{Comparison, Row, ScenarioResult, Standing};
pub use contestant::{Contestant, ContestantError};
pub use measure::{Measure, Measures};
pub use plan::{CompareError, Job, Plan};
pub use progress::{Moment, Progress};
pub use run::Run;
pub use scenario::{Content, RunConfig, Scenario, UnknownScenario};
