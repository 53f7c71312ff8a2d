//! A script that was named by its file is brought into the node's directory, where the daemon finds
//! it by name, also after a restart.

use std::fs;
use std::path::Path;

use bitswap_core::strategy::Role;
use toml::Table;

use super::{Installed, ScriptFile, is_plain, script_path};
use crate::error::CliError;

/// Checks the script at `path`, told `params`, and copies it to `dir` if it is not there.
///
/// # Errors
/// It cannot be used, or another has its name and is not to be overwritten; nothing was changed.
pub fn install(
    path: &Path,
    dir: &Path,
    (role, params): (Role, &Table),
    overwrite: bool,
) -> Result<Installed, CliError> {
    let script = ScriptFile::read(path)?;
    if !is_plain(&script.name) {
        return Err(CliError::script_name_odd(path));
    }
    script.load(role, params)?;
    let file = script_path(dir, &script.name);
    let there = fs::read(&file).ok();
    let is_new = there.is_none();
    if there.is_some_and(|there| there != script.text.as_bytes()) && !overwrite {
        return Err(CliError::script_differs(path, &file));
    }
    // What is there already may be this very file.
    if is_new || overwrite {
        fs::create_dir_all(dir).map_err(|why| CliError::cannot_use(dir, &why))?;
        fs::write(&file, &script.text).map_err(|why| CliError::cannot_use(&file, &why))?;
    }
    Ok(Installed { file, is_new })
}
