//! The crates of the workspace: where they lie, and who depends on whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Files of the root that decide how every crate is built.
const OF_ALL: &[&str] = &["Cargo.toml", "Cargo.lock", "clippy.toml", "rustfmt.toml"];

/// Members by name.
pub(crate) struct Members(BTreeMap<String, Member>);

struct Member {
    /// From the root, without a `/` at its end.
    folder: String,
    /// Names of all that it declares, tests included.
    uses: BTreeSet<String>,
}

/// Where the repository begins.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package)
}

impl Members {
    /// As cargo has them.
    pub(crate) fn read() -> Result<Self, String> {
        let told = Command::new("cargo")
            .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
            .current_dir(root())
            .output()
            .map_err(|why| format!("cargo does not start: {why}"))?;
        if !told.status.success() {
            return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&told.stderr)));
        }
        let metadata = serde_json::from_slice(&told.stdout)
            .map_err(|why| format!("cargo metadata is no JSON: {why}"))?;
        Ok(Self::of(&metadata))
    }

    fn of(metadata: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let root = text(&metadata["workspace_root"]);
        let members = list(&metadata["packages"]).into_iter().map(|package| {
            let manifest = text(&package["manifest_path"]);
            let folder = manifest.trim_start_matches(&root).trim_end_matches("Cargo.toml");
            let uses = list(&package["dependencies"]);
            let uses = uses.iter().map(|dependency| text(&dependency["name"])).collect();
            (text(&package["name"]), Member { folder: folder.trim_matches('/').to_owned(), uses })
        });
        Self(members.collect())
    }

    /// The members that the files belong to.
    pub(crate) fn touched_by(&self, files: &[String]) -> BTreeSet<String> {
        if files.iter().any(|file| OF_ALL.contains(&file.as_str())) {
            return self.0.keys().cloned().collect();
        }
        files.iter().filter_map(|file| self.owner(file)).collect()
    }

    /// The member whose folder a file is in; the innermost, where one lies in another.
    fn owner(&self, file: &str) -> Option<String> {
        let is_in = |member: &Member| {
            file.strip_prefix(&member.folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let owners = self.0.iter().filter(|(_, member)| is_in(member));
        owners.max_by_key(|(_, member)| member.folder.len()).map(|(name, _)| name.clone())
    }

    /// These, and all that are built with one of them.
    pub(crate) fn with_dependents(&self, names: &BTreeSet<String>) -> BTreeSet<String> {
        let mut found = names.clone();
        loop {
            let more = self.0.iter().filter(|(_, member)| !member.uses.is_disjoint(&found));
            let more: BTreeSet<String> = more.map(|(name, _)| name.clone()).collect();
            let before = found.len();
            found.extend(more);
            if found.len() == before {
                return found;
            }
        }
    }
}

#[cfg(test)]
mod tests;
