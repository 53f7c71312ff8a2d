//! What is said, what counts, and what is told of mistakes.

mod declared;
mod edit;
mod mistakes;
mod precedence;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Config, Diagnostic, LoadedConfig, Sources};

/// A data directory, and what is said there.
struct Place {
    folder: TempDir,
    sources: Sources,
}

impl Place {
    /// Without a file.
    fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().to_owned();
        let file = Some(data.join("bitswap.toml"));
        Self { folder, sources: Sources { data, file, ..Sources::default() } }
    }

    /// With a file.
    fn with(text: &str) -> Self {
        let place = Self::empty();
        fs::write(place.file(), text).unwrap();
        place
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.sources.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self) -> PathBuf {
        self.path().join("bitswap.toml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    fn loaded(&self) -> LoadedConfig {
        LoadedConfig::of(&self.sources)
    }

    #[track_caller]
    fn config(&self) -> Config {
        Config::load(&self.sources).unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn errors(&self) -> Vec<Diagnostic> {
        self.loaded().errors
    }
}

/// What is told of a file: what, and beside the caret.
fn told(text: &str) -> Vec<(String, String)> {
    Place::with(text)
        .errors()
        .into_iter()
        .map(|diagnostic| (diagnostic.what, diagnostic.label))
        .collect()
}
