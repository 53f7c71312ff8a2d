//! When the files of scripts are saved.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Sees when files are saved: it looks at their times and sizes, which works on every file system.
#[derive(Debug, Default)]
pub struct Saves {
    seen: BTreeMap<PathBuf, Seen>,
    /// Whether files that are gone are told, too.
    tells_gone: bool,
}

/// The time and size of a file; `None` if it is not there.
type Stamp = Option<(SystemTime, u64)>;

#[derive(Debug, Default)]
struct Seen {
    /// What was told last, if anything.
    told: Option<Stamp>,
    /// At the last look.
    last: Stamp,
}

impl Saves {
    /// How often files are to be looked at.
    pub const EVERY: Duration = Duration::from_secs(1);

    /// One that tells of files that are gone, too.
    pub fn and_gone() -> Self {
        Self { tells_gone: true, ..Self::default() }
    }

    /// Those of these files that were saved since they were told last. Each is told once at the
    /// beginning, since it may have been saved between its reading and the first look. One that
    /// changed since the last look is not told yet, since it may be half written, or gone only
    /// until its successor is put in its place.
    pub fn look(&mut self, files: BTreeSet<PathBuf>) -> Vec<PathBuf> {
        let mut saved = Vec::new();
        let mut seen = BTreeMap::new();
        for file in files {
            let stamp = stamp(&file);
            let mut of_file = self.seen.remove(&file).unwrap_or_default();
            if stamp == of_file.last && Some(stamp) != of_file.told {
                of_file.told = Some(stamp);
                if stamp.is_some() || self.tells_gone {
                    saved.push(file.clone());
                }
            }
            of_file.last = stamp;
            seen.insert(file, of_file);
        }
        self.seen = seen;
        saved
    }
}

fn stamp(file: &Path) -> Stamp {
    let about = fs::metadata(file).ok()?;
    Some((about.modified().ok()?, about.len()))
}

#[cfg(test)]
mod tests;
