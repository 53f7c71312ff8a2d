//! The scripts that run in one node, and what they count.

use std::sync::Arc;

use ::metrics::Recorder;
use bitswap_core::strategy::StrategySet;
use bitswap_strategies::catalog::StrategyChoice;
use bitswap_strategies::script::{Cause, ScriptStats};

use super::{Counted, metrics};
use crate::error::CliError;

/// The counters of a node's scripts; clones show the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(Arc<[ScriptStats]>);

/// Makes the strategies of `choice`, and the watch over those that are scripts.
///
/// # Errors
/// The choice cannot be had; nothing was made.
pub(crate) fn build(choice: &StrategyChoice) -> Result<(StrategySet, Watch), CliError> {
    let built = choice.build_watched().map_err(|why| CliError::bad_strategy(&why))?;
    Ok((built.strategies, Watch(built.scripts.into())))
}

/// What each script counted so far, in the order of roles.
pub(crate) fn counted(watch: &Watch) -> Vec<Counted> {
    watch.0.iter().map(of_one).collect()
}

/// Describes the metrics of scripts and registers all their series at 0.
pub(crate) fn describe(watch: &Watch, recorder: &dyn Recorder) {
    metrics::describe(recorder);
    update(watch, recorder);
}

/// Brings the metrics of scripts up to date.
pub(crate) fn update(watch: &Watch, recorder: &dyn Recorder) {
    metrics::update(recorder, &watch.0);
}

fn of_one(stats: &ScriptStats) -> Counted {
    let counts = stats.counts();
    Counted {
        role: stats.role().name(),
        script: stats.name().to_owned(),
        calls: counts.calls,
        failures: Cause::ALL.map(|cause| (cause.name(), stats.failures(cause))).into(),
        fallbacks: counts.answered_by_native,
        operations: counts.operations,
        most_operations: counts.most_operations,
        breaker_open: counts.breaker_open,
        first_failure: stats.first_failure().map(ToString::to_string),
    }
}
