//! Cases whose answers are known exactly, and what the simulator says to them.
//!
//! The exact answers are worked out from first principles, each in its case's file: latencies,
//! rates, and the lengths that the codec gives to messages. No exact answer comes from a run.

mod balls;
mod fetch;
mod finding;
mod ledgers;
mod many_blocks;
mod many_holders;
mod messages;
mod one_block;
mod page;
mod queue;
mod relay;
mod search;
mod stage;

use bitswap_core::{BlockError, ConfigError};
use bitswap_strategies::catalog::CatalogError;

use crate::world::Halt;

pub use fetch::FileFetch;
pub use finding::{Finding, Tolerance, Unit};
pub use page::{page, table};

/// A question whose answer is known.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What it is called, `A1` to `A14`.
    pub name: &'static str,
    /// What happens in it.
    pub question: &'static str,
    /// Its answer, as a formula.
    pub answer: &'static str,
    /// What is to be known about it besides.
    pub note: &'static str,
    run: fn() -> Result<Vec<Finding>, Trouble>,
}

/// All of them, in order.
pub const CASES: &[Case] = &[
    one_block::A1,
    one_block::A2,
    one_block::A3,
    many_blocks::A4,
    many_blocks::A5,
    many_blocks::A6,
    many_holders::A7,
    many_holders::A8,
    search::A9,
    search::A10,
    relay::A11,
    queue::A12,
    balls::A13,
    ledgers::A14,
];

impl Case {
    /// Asks the simulator.
    ///
    /// # Errors
    /// [`Trouble`] if it has no answer at all.
    pub fn ask(&self) -> Result<Vec<Finding>, Trouble> {
        (self.run)()
    }
}

/// Why a case has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// Its blocks could not be made.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// A node in it cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A run stopped before its end.
    #[error(transparent)]
    Halt(#[from] Halt),
    /// A strategy in it cannot be made.
    #[error(transparent)]
    Strategy(#[from] CatalogError),
    /// Something that must end did not.
    #[error("{0} did not end")]
    Unfinished(&'static str),
}
