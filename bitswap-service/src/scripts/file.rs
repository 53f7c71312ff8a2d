//! One script on disk.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bitswap_core::strategy::Role;
use bitswap_strategies::catalog::{self, StrategyChoice};
use bitswap_strategies::script::{LONGEST_TEXT, Script};
use toml::Table;

use super::{FaultInside, find};
use crate::error::CliError;

/// A script's text, and what it is called.
#[derive(Debug)]
pub struct ScriptFile {
    /// Where it is.
    pub path: PathBuf,
    /// The file's name without its extension.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl ScriptFile {
    /// Reads it; what is in it is not looked at.
    ///
    /// # Errors
    /// There is no such file, or it is too long or no text.
    pub fn read(path: &Path) -> Result<Self, CliError> {
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

    /// The role called `said`, or else the one whose functions it has.
    ///
    /// # Errors
    /// There is no such role, or it has functions of none or several, or cannot be compiled.
    pub fn role(&self, said: Option<&str>) -> Result<Role, CliError> {
        if let Some(name) = said {
            return catalog::role(name).map_err(|why| CliError::unknown_role(&why));
        }
        let roles = Script::roles(&self.name, &self.text)
            .map_err(|why| CliError::bad_script(&self.path, &self.text, &why))?;
        match roles.as_slice() {
            [only] => Ok(*only),
            others => Err(CliError::script_without_role(&self.path, others)),
        }
    }

    /// What it does: the first sentence of the comment that it begins with, without its role.
    pub fn summary(&self) -> String {
        let comment = self.text.lines().map_while(|line| line.strip_prefix("//")).map(str::trim);
        let comment = comment.collect::<Vec<_>>().join(" ");
        let end = comment.find(". ").map_or(comment.len(), |end| end + 1);
        let sentence = comment.get(..end).unwrap_or_default().trim();
        let role = Role::ALL.iter().find_map(|role| sentence.strip_prefix(role.name()));
        role.map_or(sentence, |rest| rest.trim_start_matches(':').trim_start()).to_owned()
    }

    /// Compiles, checks and rehearses it.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its place.
    pub fn load(&self, role: Role, params: &Table) -> Result<Script, CliError> {
        if catalog::find(role, &self.name).is_ok() {
            return Err(CliError::script_name_taken(&self.path, &self.name));
        }
        Script::load(role, &self.name, &self.text, params)
            .map_err(|why| CliError::bad_script(&self.path, &self.text, &why))
    }
}

/// `choice`, with the script at `path` for `role`, told `params`.
///
/// # Errors
/// It cannot be read, compiled or rehearsed; `choice` is dropped.
pub fn choose(
    choice: StrategyChoice,
    role: Role,
    path: &Path,
    params: &Table,
) -> Result<StrategyChoice, CliError> {
    let script = ScriptFile::read(path)?;
    script.load(role, params)?;
    let choice = choice.with_script_told(role, &script.name, &script.text, params.clone());
    Ok(choice.read_from(role, path))
}

/// `choice`, with the scripts of `dir` that are named inside wrappers for `role`.
///
/// # Errors
/// One cannot be read, compiled or rehearsed; `choice` is dropped.
pub fn choose_inside(
    choice: StrategyChoice,
    role: Role,
    dir: &Path,
) -> Result<StrategyChoice, Box<FaultInside>> {
    choice.with_named_scripts(role, |place, name, params| {
        let Some(path) = find(dir, name) else { return Ok(None) };
        let read = ScriptFile::read(&path).and_then(|script| {
            script.load(role, params)?;
            Ok(script.text)
        });
        let parameter = || place.first().cloned().unwrap_or_default();
        let text = read.map_err(|why| FaultInside { parameter: parameter(), why })?;
        Ok(Some((path, text)))
    })
}

/// The files that the scripts of `choice` for `role` were read from, also those inside wrappers.
pub fn files(choice: &StrategyChoice, role: Role) -> Vec<PathBuf> {
    choice.script_files(role).map(|(_, file)| file.clone()).collect()
}

/// `choice`, with the scripts for `role` that were read from this file read again.
///
/// # Errors
/// One cannot be read, compiled or rehearsed; `choice` is dropped.
pub fn reread(
    mut choice: StrategyChoice,
    role: Role,
    saved: &Path,
) -> Result<StrategyChoice, CliError> {
    let of_file = choice.script_files(role).filter(|(_, file)| *file == saved);
    let places: Vec<_> = of_file.map(|(place, _)| place.clone()).collect();
    for place in places {
        let script = ScriptFile::read(saved)?;
        script.load(role, &choice.script_params(role, &place).unwrap_or_default())?;
        choice = choice.with_script_text(role, &place, &script.text);
    }
    Ok(choice)
}

fn read_up_to(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
