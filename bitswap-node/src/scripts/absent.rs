//! A build without scripts: none can be chosen, and none is watched.

#![expect(clippy::unnecessary_wraps, reason = "with scripts these can fail")]

use std::path::{Path, PathBuf};

use ::metrics::Recorder;
use bitswap_core::strategy::{NamedStrategy, Role};
use bitswap_strategies::catalog::StrategyChoice;
use toml::Table;

use super::{Counted, FaultInside};
use crate::error::CliError;
use crate::exit::Exit;

/// Nothing to watch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch(());

/// Nothing is watched.
pub(crate) const fn follow(_: &Watch, _: &Watch, _: &[Role]) {}

/// Nothing is counted.
pub(crate) const fn counted(_: &Watch) -> Vec<Counted> {
    Vec::new()
}

/// Nothing is logged.
pub(crate) async fn log(_: Watch) {}

/// There are no metrics.
pub(crate) const fn update(_: &Watch, _: &dyn Recorder) {}

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

/// No script can be inside a wrapper.
///
/// # Errors
/// None.
pub(crate) fn choose_inside(
    choice: StrategyChoice,
    _: Role,
    _: &Path,
) -> Result<StrategyChoice, Box<FaultInside>> {
    Ok(choice)
}

/// Makes the strategies of `choice` for these roles.
///
/// # Errors
/// The choice cannot be had; nothing was made.
pub(crate) fn build(
    choice: &StrategyChoice,
    roles: &[Role],
) -> Result<(Vec<NamedStrategy>, Watch), CliError> {
    let strategies = choice.build_roles(roles).map_err(|why| CliError::bad_strategy(&why))?;
    Ok((strategies, Watch::default()))
}

/// No script was read from a file.
pub(crate) const fn files(_: &StrategyChoice, _: Role) -> Vec<PathBuf> {
    Vec::new()
}

/// No script is there to be read again.
///
/// # Errors
/// None.
pub(crate) fn reread(
    choice: StrategyChoice,
    _: Role,
    _: &Path,
) -> Result<StrategyChoice, CliError> {
    Ok(choice)
}

impl CliError {
    pub(crate) fn built_without_scripts(path: &Path) -> Self {
        let what = format!("the script {} cannot be used", path.display());
        Self::new("no-scripts", Exit::Usage, what)
            .because("this program was built without scripts")
            .remedy("build it with the feature  scripts , which is on unless it is taken away")
    }
}
