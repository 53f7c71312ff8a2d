//! Files of the system, of which a bounded number is open.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::segment::medium::SegmentFile;

/// A system gives a process a thousand or so, and most are for connections.
const MOST_OPEN: usize = 128;

/// Those of one directory.
#[derive(Debug, Default)]
pub(super) struct Files {
    open: Arc<Mutex<VecDeque<Arc<Slot>>>>,
}

/// A file that is opened when it is used, and closed when many others were opened since.
#[derive(Debug)]
pub(super) struct LazyFile {
    slot: Arc<Slot>,
    open: Arc<Mutex<VecDeque<Arc<Slot>>>>,
}

#[derive(Debug)]
struct Slot {
    path: PathBuf,
    file: Mutex<Option<Arc<File>>>,
}

impl Files {
    pub(super) fn at(&self, path: PathBuf) -> LazyFile {
        let slot = Arc::new(Slot { path, file: Mutex::default() });
        LazyFile { slot, open: Arc::clone(&self.open) }
    }
}

impl LazyFile {
    fn file(&self) -> io::Result<Arc<File>> {
        let mut held = self.slot.lock();
        if let Some(file) = &*held {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(File::options().read(true).write(true).open(&self.slot.path)?);
        *held = Some(Arc::clone(&file));
        drop(held);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.push_back(Arc::clone(&self.slot));
        if open.len() > MOST_OPEN
            && let Some(oldest) = open.pop_front()
        {
            oldest.close();
        }
        Ok(file)
    }
}

/// What is not used any more may be deleted, and gives its space back only when it is closed.
impl Drop for LazyFile {
    fn drop(&mut self) {
        self.slot.close();
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<File>>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        *self.lock() = None;
    }
}

impl SegmentFile for LazyFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.file()?.metadata()?.len())
    }

    fn read(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        system::read(&*self.file()?, at, length)
    }

    fn read_now(&self, at: u64, length: usize) -> Option<Vec<u8>> {
        system::read_now(&*self.file().ok()?, at, length)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        system::write(&*self.file()?, at, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.file()?.sync_data()
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.file()?.set_len(length)
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
