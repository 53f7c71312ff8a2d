//! A build without scripts: none can be chosen, and none is watched.

#![expect(clippy::unnecessary_wraps, reason = "with scripts these can fail")]

use std::path::{Path, PathBuf};

use ::metrics::Recorder;
use bitswap_core::strategy::{NamedStrategy, Role};
use bitswap_strategies::catalog::StrategyChoice;
use toml::Table;

use super::{Counted, FaultInside, Installed};
use crate::error::{CliError, Exit};

/// Nothing to watch.
#[derive(Clone, Debug, Default)]
pub struct Watch(());

/// Nothing is watched.
pub const fn follow(_: &Watch, _: &Watch, _: &[Role]) {}

/// Nothing is counted.
pub const fn counted(_: &Watch) -> Vec<Counted> {
    Vec::new()
}

/// Nothing is logged.
pub async fn log(_: Watch) {}

/// There are no metrics.
pub const fn update(_: &Watch, _: &dyn Recorder) {}

/// Refuses.
///
/// # Errors
/// Always; `choice` is dropped.
pub fn choose(
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
pub fn choose_inside(
    choice: StrategyChoice,
    _: Role,
    _: &Path,
) -> Result<StrategyChoice, Box<FaultInside>> {
    Ok(choice)
}

/// Refuses.
///
/// # Errors
/// Always.
pub fn install(
    path: &Path,
    _dir: &Path,
    _told: (Role, &Table),
    _overwrite: bool,
) -> Result<Installed, CliError> {
    Err(CliError::built_without_scripts(path))
}

/// Makes the strategies of `choice` for these roles.
///
/// # Errors
/// The choice cannot be had; nothing was made.
pub fn build(
    choice: &StrategyChoice,
    roles: &[Role],
) -> Result<(Vec<NamedStrategy>, Watch), CliError> {
    let strategies = choice.build_roles(roles).map_err(|why| CliError::bad_strategy(&why))?;
    Ok((strategies, Watch::default()))
}

/// No script was read from a file.
pub const fn files(_: &StrategyChoice, _: Role) -> Vec<PathBuf> {
    Vec::new()
}

/// No script is there to be read again.
///
/// # Errors
/// None.
pub fn reread(choice: StrategyChoice, _: Role, _: &Path) -> Result<StrategyChoice, CliError> {
    Ok(choice)
}

impl CliError {
    /// There are no scripts in this build.
    pub fn built_without_scripts(path: &Path) -> Self {
        let what = format!("the script {} cannot be used", path.display());
        Self::new("no-scripts", Exit::Usage, what)
            .because("this program was built without scripts")
            .remedy("build it with the feature  scripts , which is on unless it is taken away")
    }
}
