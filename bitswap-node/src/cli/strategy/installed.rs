//! The scripts of a directory, as lists of strategies show them.

use std::path::Path;
use std::{fs, io};

use bitswap_core::strategy::Role;
use bitswap_service::error::CliError;
use bitswap_service::scripts::{self, ScriptFile};
use bitswap_strategies::script::Script;
use serde_json::{Value, json};
use toml::Table;

use super::list::{Row, RowKind};
use crate::cli::output;
use crate::table::table;

/// A script that can be used.
pub(super) struct InstalledScript {
    file: ScriptFile,
    script: Script,
}

/// All scripts of `dir` by name; what is wrong with those that cannot be used is told.
///
/// # Errors
/// The directory cannot be read.
pub(super) fn rows(dir: Option<&Path>) -> Result<Vec<Row>, CliError> {
    let Some(dir) = dir else { return Ok(Vec::new()) };
    let read =
        || -> io::Result<Vec<_>> { fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect() };
    let mut paths = read().map_err(|why| CliError::file(dir, &why))?;
    paths.retain(|path| scripts::is_script(path));
    paths.sort();
    let mut rows = Vec::new();
    for path in paths {
        match InstalledScript::take(&path, None) {
            Ok(script) => rows.push(script.row()),
            Err(why) => output::complaint(&why),
        }
    }
    Ok(rows)
}

/// The script of `dir` that is called `name`, or `role=name`; `None` if there is none.
///
/// # Errors
/// It cannot be used.
pub(super) fn named(dir: Option<&Path>, name: &str) -> Result<Option<InstalledScript>, CliError> {
    let (role, bare) = name.split_once('=').map_or((None, name), |(role, name)| (Some(role), name));
    let Some(path) = dir.and_then(|dir| scripts::find(dir, bare)) else { return Ok(None) };
    InstalledScript::take(&path, role).map(Some)
}

impl InstalledScript {
    /// Reads and loads a script, for `role` or the role that its functions are of.
    fn take(path: &Path, role: Option<&str>) -> Result<Self, CliError> {
        let file = ScriptFile::read(path)?;
        let role = file.role(role)?;
        let script = file.load(role, &Table::new())?;
        Ok(Self { file, script })
    }

    fn row(&self) -> Row {
        let role = self.role();
        let summary = self.file.summary();
        let name = self.file.name.clone();
        Row { role, name, summary, kind: RowKind::Script, json: self.json() }
    }

    const fn role(&self) -> Role {
        self.script.role()
    }

    pub(super) fn text(&self) -> String {
        let Self { file, script } = self;
        let mut text = format!(
            "{}={}\n  {}\n\n  status    script\n  file      {}\n  fallback  {}",
            self.role(),
            file.name,
            file.summary(),
            file.path.display(),
            script.fallback().name,
        );
        let parameters = script.parameters();
        if !parameters.is_empty() {
            let row = |(name, value): (String, toml::Value)| [name, value.to_string()];
            let rows = parameters.into_iter().map(row).collect();
            text.push_str("\n\n");
            text.push_str(&table(["parameter", "default"], rows));
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let Self { file, script } = self;
        let parameter =
            |(name, default): (String, toml::Value)| json!({ "name": name, "default": default });
        json!({
            "v": 1, "role": self.role().name(), "name": file.name, "kind": "script",
            "status": "script", "default": false, "summary": file.summary(),
            "file": file.path, "fallback": script.fallback().name,
            "parameters": script.parameters().into_iter().map(parameter).collect::<Vec<_>>(),
        })
    }
}
