//! Scripts from disk: found, read, checked, and watched while they run.

#[cfg(feature = "scripts")]
mod file;

use std::path::{Path, PathBuf};

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::StrategyChoice;
use toml::Table;

use crate::error::CliError;

#[cfg(feature = "scripts")]
pub(crate) use self::file::ScriptFile;

/// What files of scripts are called: `name.rhai`.
const EXTENSION: &str = "rhai";

/// The script that is called `name` in `dir`; `None` if there is none.
pub(crate) fn find(dir: &Path, name: &str) -> Option<PathBuf> {
    let plain = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    let path = dir.join(format!("{name}.{EXTENSION}"));
    (name.chars().all(plain) && path.is_file()).then_some(path)
}

/// `choice`, with the script at `path` for `role`, told `params`. It is called as its file is,
/// without the extension.
///
/// # Errors
/// It cannot be read, compiled or rehearsed; `choice` is dropped.
#[cfg(feature = "scripts")]
pub(crate) fn choose(
    choice: StrategyChoice,
    role: Role,
    path: &Path,
    params: &Table,
) -> Result<StrategyChoice, CliError> {
    let script = ScriptFile::read(path)?;
    script.load(role, params)?;
    Ok(choice.with_script_told(role, &script.name, &script.text, params.clone()))
}

/// There are no scripts in this build.
///
/// # Errors
/// Always.
#[cfg(not(feature = "scripts"))]
pub(crate) fn choose(
    _: StrategyChoice,
    _: Role,
    path: &Path,
    _: &Table,
) -> Result<StrategyChoice, CliError> {
    Err(CliError::built_without_scripts(path))
}
