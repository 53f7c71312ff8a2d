//! What is to be run: every contestant in every scenario with every seed.

use std::ops::Range;

use bitswap_core::{BlockError, ConfigError};
use bitswap_strategies::catalog::CatalogError;

use super::{Comparison, Content, Contestant, Run, RunConfig, Scenario};
use crate::network::Transport;
use crate::scenario::city::CityError;
use crate::topology::Apart;
use crate::trial::TrialError;
use crate::world::Halt;

/// A comparison to be made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// In which scenarios.
    pub scenarios: Vec<Scenario>,
    /// Of whom; the others are compared with the first.
    pub contestants: Vec<Contestant>,
    /// With which seeds.
    pub seeds: Range<u64>,
    /// By what transport messages go.
    pub transport: Transport,
}

/// One run: a contestant in a scenario, by their places in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// The scenario.
    pub scenario: usize,
    /// The seed.
    pub seed: u64,
    /// The contestant.
    pub contestant: usize,
}

/// Why a run cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// A network does not hang together.
    #[error(transparent)]
    Apart(#[from] Apart),
    /// A block cannot be.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The strategies cannot be made.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A city cannot be.
    #[error(transparent)]
    City(#[from] CityError),
    /// An engine cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An engine broke an invariant.
    #[error(transparent)]
    Halt(#[from] Halt),
    /// A timetable cannot be carried out.
    #[error(transparent)]
    Trial(#[from] TrialError),
}

impl Plan {
    /// All runs, in the order in which [`compare`](Self::compare) wants them.
    pub fn jobs(&self) -> Vec<Job> {
        let of_seed = |scenario, seed| {
            let all = 0..self.contestants.len();
            all.map(move |contestant| Job { scenario, seed, contestant })
        };
        let of_scenario =
            |scenario| self.seeds.clone().flat_map(move |seed| of_seed(scenario, seed));
        (0..self.scenarios.len()).flat_map(of_scenario).collect()
    }

    /// The blocks that its runs exchange; made once for all of them.
    ///
    /// # Errors
    /// [`CompareError::Block`] if they cannot be.
    pub fn content(&self) -> Result<Content, CompareError> {
        let blocks = self.scenarios.iter().map(|scenario| scenario.blocks).max();
        Content::new(blocks.unwrap_or_default())
    }

    /// Runs one of its jobs; a job that is not its own measures nothing.
    ///
    /// # Errors
    /// A [`CompareError`] if it cannot be run to its end.
    pub fn run(&self, job: Job, content: &Content) -> Result<Option<Run>, CompareError> {
        let scenario = self.scenarios.get(job.scenario);
        let Some((scenario, contestant)) = scenario.zip(self.contestants.get(job.contestant))
        else {
            return Ok(None);
        };
        let (choice, transport) = (&contestant.choice, self.transport);
        scenario.run(&RunConfig { content, seed: job.seed, choice, transport }).map(Some)
    }

    /// What the runs came to: one for each job, in their order.
    pub fn compare(&self, runs: &[Run]) -> Comparison {
        Comparison::new(self, runs)
    }
}
