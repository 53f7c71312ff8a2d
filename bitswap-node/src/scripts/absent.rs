//! A build without scripts: none can be chosen, and none is watched.

use std::path::Path;
use std::sync::Arc;

use ::metrics::Recorder;
use bitswap_core::strategy::{Role, StrategySet};
use bitswap_strategies::catalog::StrategyChoice;
use toml::Table;

use super::Counted;
use crate::error::CliError;

/// Nothing to watch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Watch;

impl Watch {
    pub(crate) const fn counted(self) -> Vec<Counted> {
        Vec::new()
    }

    pub(crate) const fn describe(self, _: &Arc<dyn Recorder + Send + Sync>) {}

    pub(crate) const fn update(self, _: &Arc<dyn Recorder + Send + Sync>) {}
}

/// Refuses.
///
/// # Errors
/// Always; `choice` is dropped.
pub(crate) fn choose(
    _choice: StrategyChoice,
    _role: Role,
    path: &Path,
    _params: &Table,
) -> Result<StrategyChoice, CliError> {
    Err(CliError::built_without_scripts(path))
}

/// Makes the strategies of `choice`.
///
/// # Errors
/// The choice cannot be had; nothing was made.
pub(crate) fn build(choice: &StrategyChoice) -> Result<(StrategySet, Watch), CliError> {
    let strategies = choice.build().map_err(|why| CliError::bad_strategy(&why))?;
    Ok((strategies, Watch))
}
