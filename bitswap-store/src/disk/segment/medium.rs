//! What a log needs of a disk: files that are only ever appended to, and a directory of them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::folder::keep_names;
use crate::disk::segment::files::Files;
use crate::disk::segment::frame::Secret;

/// A directory of segments, each known by its number.
pub(in crate::disk) trait Medium: Send + Sync {
    fn list(&self) -> io::Result<Vec<u32>>;
    /// There is none of this number.
    fn create(&self, segment: u32) -> io::Result<Arc<dyn SegmentFile>>;
    fn open(&self, segment: u32) -> io::Result<Arc<dyn SegmentFile>>;
    fn remove(&self, segment: u32) -> io::Result<()>;
    /// After it a power cut leaves the names as they are now.
    fn sync(&self) -> io::Result<()>;
    /// Something that nobody can guess.
    fn secret(&self) -> io::Result<Secret>;
}

pub(in crate::disk) trait SegmentFile: Send + Sync {
    fn length(&self) -> io::Result<u64>;
    /// So many bytes, or an error.
    fn read(&self, at: u64, length: usize) -> io::Result<Vec<u8>>;
    /// The same, if it needs no waiting for the medium.
    fn read_now(&self, at: u64, length: usize) -> Option<Vec<u8>>;
    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()>;
    /// After it a power cut leaves the bytes and the length as they are now.
    fn sync(&self) -> io::Result<()>;
    fn cut(&self, length: u64) -> io::Result<()>;
}

/// A directory of the system's.
#[derive(Debug)]
pub(super) struct Directory {
    folder: PathBuf,
    files: Files,
}

impl Directory {
    const EXTENSION: &str = "seg";

    pub(super) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), files: Files::default() }
    }

    /// Whether there are any in this directory; no file is opened.
    pub(super) fn has_segments(folder: &Path) -> bool {
        Self::at(folder).list().is_ok_and(|segments| !segments.is_empty())
    }

    fn path(&self, segment: u32) -> PathBuf {
        self.folder.join(format!("{segment:08}.{}", Self::EXTENSION))
    }
}

impl Medium for Directory {
    fn list(&self) -> io::Result<Vec<u32>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = PathBuf::from(entry?.file_name());
            let ours = name.extension().is_some_and(|extension| extension == Self::EXTENSION);
            let number = name.file_stem().and_then(|stem| stem.to_str()?.parse::<u32>().ok());
            found.extend(number.filter(|_| ours));
        }
        Ok(found)
    }

    fn create(&self, segment: u32) -> io::Result<Arc<dyn SegmentFile>> {
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.path(segment))?;
        Ok(Arc::new(self.files.at(self.path(segment))))
    }

    fn open(&self, segment: u32) -> io::Result<Arc<dyn SegmentFile>> {
        let file = self.files.at(self.path(segment));
        file.length()?;
        Ok(Arc::new(file))
    }

    fn remove(&self, segment: u32) -> io::Result<()> {
        fs::remove_file(self.path(segment))
    }

    fn sync(&self) -> io::Result<()> {
        keep_names(&self.folder)
    }

    fn secret(&self) -> io::Result<Secret> {
        let mut secret = Secret::default();
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        Ok(secret)
    }
}
