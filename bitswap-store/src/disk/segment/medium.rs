//! What a log needs of a disk: files that are only ever appended to, and a directory of them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// Sets room aside, unless some is or none is to be had, with which what is deleted can be
    /// written down when the medium is full.
    fn reserve(&self) {}
    /// Gives that room back; false if there is none.
    fn release(&self) -> bool {
        false
    }
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
    is_reserved: AtomicBool,
}

impl Directory {
    const EXTENSION: &str = "seg";
    const RESERVE: &str = "reserve";
    /// A step of compaction, and the deletions that make it worth while.
    const RESERVE_BYTES: u64 = 8 << 20;

    pub(super) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), files: Files::default(), is_reserved: false.into() }
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

    fn reserve(&self) {
        if !self.is_reserved.swap(true, Ordering::Relaxed) {
            let path = self.folder.join(Self::RESERVE);
            if set_aside(&path, Self::RESERVE_BYTES).is_err() {
                self.is_reserved.store(self.release(), Ordering::Relaxed);
            }
        }
    }

    fn release(&self) -> bool {
        self.is_reserved.store(false, Ordering::Relaxed);
        fs::remove_file(self.folder.join(Self::RESERVE)).is_ok()
    }

    fn secret(&self) -> io::Result<Secret> {
        let mut secret = Secret::default();
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        Ok(secret)
    }
}

/// Makes a file that takes so many bytes of the medium, without writing them.
#[cfg(target_os = "linux")]
fn set_aside(path: &Path, bytes: u64) -> io::Result<()> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    Ok(rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes)?)
}

#[cfg(not(target_os = "linux"))]
fn set_aside(_: &Path, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
