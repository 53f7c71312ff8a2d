//! One script on disk.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog;
use bitswap_strategies::script::{LONGEST_TEXT, Script};
use toml::Table;

use crate::error::CliError;

/// A script's text, and what it is called.
#[derive(Debug)]
pub(crate) struct ScriptFile {
    pub(crate) path: PathBuf,
    /// The file's name without its extension.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl ScriptFile {
    /// Reads it; what is in it is not looked at.
    ///
    /// # Errors
    /// There is no such file, or it is too long or no text.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let bytes = read_up_to(path, LONGEST_TEXT + 1).map_err(|why| CliError::file(path, &why))?;
        if bytes.len() > LONGEST_TEXT {
            let why = format!("it is longer than {LONGEST_TEXT} bytes");
            return Err(CliError::script_unreadable(path, &why));
        }
        let text = String::from_utf8(bytes).map_err(|why| {
            let place = why.utf8_error().valid_up_to();
            CliError::script_unreadable(path, &format!("byte {place} is not UTF-8"))
        })?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { path: path.to_owned(), name, text })
    }

    /// Compiles, checks and rehearses it.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its place.
    pub(crate) fn load(&self, role: Role, params: &Table) -> Result<Script, CliError> {
        if catalog::find(role, &self.name).is_ok() {
            return Err(CliError::script_name_taken(&self.path, &self.name));
        }
        Script::load(role, &self.name, &self.text, params)
            .map_err(|why| CliError::bad_script(&self.path, &self.text, &why))
    }
}

fn read_up_to(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
