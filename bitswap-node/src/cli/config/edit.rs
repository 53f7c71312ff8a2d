//! `bitswap config edit`: the file in the user's editor, kept only if nothing is wrong with it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use bitswap_service::config::{Sources, replace, text};
use bitswap_service::error::CliError;
use serde_json::json;
use tempfile::Builder;

use crate::cli::errors;
use crate::cli::output::Output;

/// Opens a copy in the editor; the file itself is only ever replaced by one that is good.
pub(super) fn run(sources: &Sources, output: Output) -> Result<(), CliError> {
    let (file, before) = text(sources)?;
    let copy = Builder::new().prefix("bitswap-").suffix(".toml").tempfile();
    let mut copy = copy.map_err(|why| CliError::internal(&why))?;
    copy.write_all(before.as_bytes()).map_err(|why| CliError::internal(&why))?;
    let editor = editor();
    // As git does: what the variable says may have arguments of its own.
    let ran = Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(copy.path())
        .stdout(if output.is_json() { Stdio::null() } else { Stdio::inherit() })
        .status();
    match ran {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(errors::editor(&editor, &status)),
        Err(why) => return Err(errors::editor(&editor, &why)),
    }
    let after = std::fs::read_to_string(copy.path()).map_err(|why| CliError::internal(&why))?;
    let name = file.display().to_string();
    if after == before {
        output.result(&json!({ "v": 1, "file": name, "changed": false }), "nothing was changed");
        return Ok(());
    }
    let warnings = match replace(sources, &file, &after) {
        Ok(warnings) => warnings,
        Err(errors) => {
            // What was written is not lost.
            let kept = copy.keep().map_err(|why| CliError::internal(&why))?;
            let kept = kept.1.display().to_string();
            output.progress(&format!("{name} is as it was; what you wrote is in {kept}"));
            return Err(errors.into());
        }
    };
    for warning in &warnings {
        output.progress(&warning.shown("warning"));
    }
    let text = format!("{name} was changed; see  bitswap config diff");
    output.result(&json!({ "v": 1, "file": name, "changed": true }), &text);
    Ok(())
}

/// As the user says, or what every system has.
fn editor() -> String {
    let said = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok());
    said.into_iter().find(|editor| !editor.trim().is_empty()).unwrap_or_else(|| "vi".to_owned())
}
