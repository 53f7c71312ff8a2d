//! Which files changed, as git knows them.

use std::process::Command;

use crate::members;

/// Since when a change is told.
pub(crate) enum Base {
    /// Since the work left `main`, here or at the origin.
    Main,
    Revision(String),
}

/// Changed files from the root, those that git does not know yet among them.
pub(crate) fn files(base: &Base) -> Result<Vec<String>, String> {
    let since = match base {
        Base::Revision(revision) => revision.clone(),
        Base::Main => ["origin/main", "main"]
            .iter()
            .find_map(|branch| git(&["merge-base", "HEAD", branch]).ok())
            .map_or_else(|| "HEAD".to_owned(), |commit| commit.trim().to_owned()),
    };
    let changed = git(&["diff", "--name-only", "--no-renames", &since, "--"])?;
    let new = git(&["ls-files", "--others", "--exclude-standard"])?;
    Ok(changed.lines().chain(new.lines()).map(ToOwned::to_owned).collect())
}

fn git(words: &[&str]) -> Result<String, String> {
    let told = Command::new("git").args(words).current_dir(members::root()).output();
    let told = told.map_err(|why| format!("git does not start: {why}"))?;
    if !told.status.success() {
        let why = String::from_utf8_lossy(&told.stderr);
        return Err(format!("git {}: {}", words.join(" "), why.trim()));
    }
    Ok(String::from_utf8_lossy(&told.stdout).into_owned())
}
