//! Scripts: found on disk, read, checked, and watched while they run.

#[cfg(not(feature = "scripts"))]
mod absent;
#[cfg(feature = "scripts")]
mod errors;
#[cfg(feature = "scripts")]
mod file;
#[cfg(feature = "scripts")]
mod install;
#[cfg(feature = "scripts")]
mod metrics;
mod saves;
#[cfg(feature = "scripts")]
mod watch;

pub use self::saves::Saves;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::CliError;

#[cfg(not(feature = "scripts"))]
pub use self::absent::{
    Watch, build, choose, choose_inside, counted, files, follow, install, log, reread, update,
};
#[cfg(feature = "scripts")]
pub use self::file::{ScriptFile, choose, choose_inside, files, reread};
#[cfg(feature = "scripts")]
pub use self::install::install;
#[cfg(feature = "scripts")]
pub use self::watch::{Watch, build, counted, follow, log, update};

/// What files of scripts are called: `name.rhai`.
const EXTENSION: &str = "rhai";

/// The script that is called `name` in `dir`; `None` if there is none.
pub fn find(dir: &Path, name: &str) -> Option<PathBuf> {
    let path = script_path(dir, name);
    (is_plain(name) && path.is_file()).then_some(path)
}

/// Where the script that is called `name` would be in `dir`.
pub fn script_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.{EXTENSION}"))
}

/// Whether a script can be found by this name.
fn is_plain(name: &str) -> bool {
    name.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-')
}

/// Whether a file is called as scripts are.
pub fn is_script(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
}

/// A script that is in the node's directory.
#[derive(Debug)]
pub struct Installed {
    /// Where it is.
    pub file: PathBuf,
    /// Whether it was not there before.
    pub is_new: bool,
}

/// A script inside a wrapper that cannot be had.
#[derive(Debug)]
pub struct FaultInside {
    /// The wrapper's parameter that it stands in, by itself or deeper.
    pub(crate) parameter: String,
    pub(crate) why: CliError,
}

/// What one running script counted so far. The names of the fields are the names in `--json`.
#[derive(Clone, Debug, Serialize)]
pub struct Counted {
    pub(crate) role: &'static str,
    /// Its name.
    pub script: String,
    /// Those that failed included.
    pub calls: u64,
    /// By cause.
    pub failures: BTreeMap<&'static str, u64>,
    /// Questions that the native strategy answered in the script's place.
    pub fallbacks: u64,
    /// Of all calls.
    pub operations: u64,
    /// Of the dearest call.
    pub most_operations: u64,
    /// Whether it is not asked any more.
    pub breaker_open: bool,
    /// What failed first, and how.
    pub first_failure: Option<String>,
}
