//! What a log needs of a disk: files that are only ever appended to, and a directory of them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::folder::keep_names;
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
pub(super) struct Directory(PathBuf);

impl Directory {
    const EXTENSION: &str = "seg";

    pub(super) fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    fn path(&self, segment: u32) -> PathBuf {
        self.0.join(format!("{segment:08}.{}", Self::EXTENSION))
    }
}

impl Medium for Directory {
    fn list(&self) -> io::Result<Vec<u32>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0)? {
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
        Ok(Arc::new(options.open(self.path(segment))?))
    }

    fn open(&self, segment: u32) -> io::Result<Arc<dyn SegmentFile>> {
        let file = File::options().read(true).write(true).open(self.path(segment))?;
        Ok(Arc::new(file))
    }

    fn remove(&self, segment: u32) -> io::Result<()> {
        fs::remove_file(self.path(segment))
    }

    fn sync(&self) -> io::Result<()> {
        keep_names(&self.0)
    }

    fn secret(&self) -> io::Result<Secret> {
        let mut secret = Secret::default();
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        Ok(secret)
    }
}

impl SegmentFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        system::read(self, at, length)
    }

    fn read_now(&self, at: u64, length: usize) -> Option<Vec<u8>> {
        system::read_now(self, at, length)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        system::write(self, at, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::FileExt as _;

    use rustix::buffer::spare_capacity;
    use rustix::io::{Errno, pread};

    /// Into memory that nobody filled with zeros before.
    pub(super) fn read(file: &File, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            // An allocation may have more room than was asked for.
            let from = at + bytes.len() as u64;
            match pread(file, spare_capacity(&mut bytes), from) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        bytes.truncate(length);
        Ok(bytes)
    }

    #[cfg(target_os = "linux")]
    pub(super) fn read_now(file: &File, at: u64, length: usize) -> Option<Vec<u8>> {
        use rustix::io::{ReadWriteFlags, preadv2};

        let mut bytes = vec![0; length];
        let mut place = [io::IoSliceMut::new(&mut bytes)];
        let read = preadv2(file, &mut place, at, ReadWriteFlags::NOWAIT).ok()?;
        (read == length).then_some(bytes)
    }

    /// No other system says whether a read would wait.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn read_now(_: &File, _: u64, _: usize) -> Option<Vec<u8>> {
        None
    }

    pub(super) fn write(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
        file.write_all_at(bytes, at)
    }
}

#[cfg(windows)]
mod system {
    use std::fs::File;
    use std::io;
    use std::os::windows::fs::FileExt as _;

    pub(super) fn read(file: &File, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let (mut bytes, mut have) = (vec![0; length], 0);
        while let Some(rest) = bytes.get_mut(have..).filter(|rest| !rest.is_empty()) {
            match file.seek_read(rest, at + have as u64)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => have += more,
            }
        }
        Ok(bytes)
    }

    pub(super) fn read_now(_: &File, _: u64, _: usize) -> Option<Vec<u8>> {
        None
    }

    pub(super) fn write(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            match file.seek_write(rest, at + done as u64)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                more => done += more,
            }
        }
        Ok(())
    }
}
