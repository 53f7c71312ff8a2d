//! How far a sweep came, in a small file.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bitswap_store::Cursor;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::scope::Scope;
use crate::home::Home;

/// How far the sweep came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// When the sweep began, after 1970; nothing = there was none.
    began: Duration,
    /// What it goes over.
    scope: Scope,
    /// Where it goes on; `None` = it is over.
    pub(super) cursor: Option<Cursor>,
    /// Whether new blocks wait to be announced.
    pub(super) pending: bool,
}

/// The file that says so.
#[derive(Debug)]
pub struct ProgressFile(pub(crate) PathBuf);

/// What is in the file.
#[derive(Deserialize, Serialize)]
struct Form {
    began: u64,
    /// Earlier versions announced all blocks.
    #[serde(default)]
    scope: Scope,
    cursor: Option<Vec<u8>>,
    pending: bool,
}

impl Progress {
    /// A sweep that begins.
    pub(super) fn begun(now: SystemTime, scope: Scope) -> Self {
        Self { began: since_1970(now), scope, cursor: Some(Cursor::START), pending: false }
    }

    /// As it goes on in another process: what is new and was not announced is found by a sweep
    /// only, and so is what another scope left out.
    pub(super) fn resumed(self, now: SystemTime, scope: Scope) -> Self {
        if self.pending || self.scope != scope { Self::begun(now, scope) } else { self }
    }

    /// Whether the next sweep is to begin.
    pub(super) fn is_due(&self, now: SystemTime, interval: Duration) -> bool {
        self.cursor.is_none() && self.due_in(now, interval).is_zero()
    }

    /// How long until the next sweep begins. A clock that was set back does not put it off.
    pub(super) fn due_in(&self, now: SystemTime, interval: Duration) -> Duration {
        let now = since_1970(now);
        if now < self.began {
            return Duration::ZERO;
        }
        (self.began + interval).saturating_sub(now)
    }
}

impl ProgressFile {
    /// That of a node's directory.
    pub fn of(home: &Home) -> Self {
        Self(home.folder().join("providing.json"))
    }

    /// Blocks came into the store, or were pinned, while no daemon announced them: the next one
    /// begins a sweep. One that never ran begins with a sweep anyway.
    pub fn blocks_were_added(&self) {
        if !self.0.exists() {
            return;
        }
        let progress = Progress { pending: true, ..self.read() };
        if let Err(why) = self.write(&progress) {
            tracing::warn!(file = ?self, %why, "new blocks are announced by the next sweep only");
        }
    }

    /// What it says; what cannot be read says nothing.
    pub(super) fn read(&self) -> Progress {
        let form = read(&self.0).unwrap_or_else(|why| {
            if why.kind() != io::ErrorKind::NotFound {
                tracing::warn!(file = %self.0.display(), %why, "the sweep begins again");
            }
            Form { began: 0, scope: Scope::All, cursor: None, pending: false }
        });
        Progress {
            began: Duration::from_secs(form.began),
            scope: form.scope,
            cursor: form.cursor.map(|place| Cursor::new(place.into())),
            pending: form.pending,
        }
    }

    /// Writes it as a whole, or not at all.
    pub(super) fn write(&self, progress: &Progress) -> io::Result<()> {
        let form = Form {
            began: progress.began.as_secs(),
            scope: progress.scope,
            cursor: progress.cursor.as_ref().map(|cursor| cursor.as_bytes().to_vec()),
            pending: progress.pending,
        };
        let folder = self.0.parent().unwrap_or_else(|| Path::new("."));
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(&form)?)?;
        file.persist(&self.0).map_err(|why| why.error)?;
        Ok(())
    }
}

fn read(file: &Path) -> io::Result<Form> {
    /// It has a few dozen bytes, and a cursor.
    const LARGEST: u64 = 64 * 1024;

    if std::fs::metadata(file)?.len() > LARGEST {
        return Err(io::Error::other("it is too large"));
    }
    Ok(serde_json::from_slice(&std::fs::read(file)?)?)
}

fn since_1970(now: SystemTime) -> Duration {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Duration::from_secs(since.as_secs())
}
