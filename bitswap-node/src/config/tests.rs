//! What is said, what counts, and what is told of mistakes.

mod declared;
mod edit;
mod mistakes;
mod precedence;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Config, Fault, Reading, Sources};

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

    fn reading(&self) -> Reading {
        Reading::of(&self.sources)
    }

    #[track_caller]
    fn config(&self) -> Config {
        Config::load(&self.sources).unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn faults(&self) -> Vec<Fault> {
        self.reading().faults
    }
}

/// What is told of a file: what, and beside the caret.
fn told(text: &str) -> Vec<(String, String)> {
    Place::with(text).faults().into_iter().map(|fault| (fault.what, fault.label)).collect()
}
