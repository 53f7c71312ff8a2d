//! A disk in memory that fails, stalls, forgets what was not synced, and flips bits.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use redb::{Builder, Database, StorageBackend};

use crate::disk::RedbStore;
use crate::disk::shelf::{self, Opener, Shelf};
use crate::error::StoreError;

/// Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Medium(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    disk: Mutex<Disk>,
    moved: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct Disk {
    /// What reading gives.
    pub(super) image: Vec<u8>,
    /// What a power cut leaves at least, and what it may or may not have taken since.
    durable: Vec<u8>,
    unsynced: Vec<Effect>,
    /// Writes, changes of length and syncs so far.
    pub(super) operations: u64,
    pub(super) syncs: u64,
    pub(super) bytes_read: u64,
    pub(super) fails: Fails,
    /// Syncs wait while it is shut.
    pub(super) shut: bool,
    at_gate: bool,
}

/// Operations, by their number from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fails {
    #[default]
    Never,
    Once(u64),
    From(u64),
    /// It is full at this length.
    Beyond(usize),
}

#[derive(Clone, Debug)]
enum Effect {
    Write(usize, Vec<u8>),
    Length(usize),
}

impl Medium {
    /// With an empty store.
    pub(super) fn formatted() -> Self {
        let medium = Self::default();
        shelf::prepare(&medium.database()).unwrap();
        medium.disk().operations = 0;
        medium
    }

    pub(super) fn of(image: Vec<u8>) -> Self {
        let medium = Self::default();
        medium.disk().durable.clone_from(&image);
        medium.disk().image = image;
        medium
    }

    pub(super) fn store(&self) -> Result<RedbStore, StoreError> {
        let medium = self.clone();
        let opener: Opener =
            Box::new(move |builder: &Builder| builder.create_with_backend(medium.clone()));
        RedbStore::over(Shelf::over(opener, None)?, std::time::Duration::from_millis(100))
    }

    pub(super) fn database(&self) -> Database {
        Builder::new().create_with_backend(self.clone()).unwrap()
    }

    pub(super) fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.disk.lock().unwrap()
    }

    /// Returns when somebody waits in a sync.
    pub(super) fn stalled(&self) {
        let disk = self.0.moved.wait_while(self.disk(), |disk| !disk.at_gate).unwrap();
        drop(disk);
    }

    pub(super) fn release(&self) {
        self.disk().shut = false;
        self.0.moved.notify_all();
    }

    /// What a power cut leaves: all that was synced, and of the rest what the draw says, writes
    /// torn in the middle included.
    pub(super) fn after_power_cut(&self, seed: u64) -> Self {
        let disk = self.disk();
        let mut image = disk.durable.clone();
        for (number, effect) in disk.unsynced.iter().enumerate() {
            match (draw(seed, number as u64) % 4, effect) {
                (0, Effect::Write(at, bytes)) => {
                    let torn = bytes.len() / 2;
                    Effect::Write(*at, bytes[..torn].to_vec()).apply(&mut image);
                }
                (1 | 2, effect) => effect.apply(&mut image),
                _ => {}
            }
        }
        Self::of(image)
    }

    fn operate(&self, effect: Effect) -> io::Result<()> {
        let mut disk = self.disk();
        if let Err(error) = disk.count(effect.end()) {
            // As much of it as a short write would.
            if let Effect::Write(at, bytes) = effect {
                let half = Effect::Write(at, bytes[..bytes.len() / 2].to_vec());
                disk.take(half);
            }
            return Err(error);
        }
        disk.take(effect);
        Ok(())
    }
}

impl StorageBackend for Medium {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk().image.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut disk = self.disk();
        disk.bytes_read += out.len() as u64;
        let from = disk.image.get(offset as usize..).and_then(|from| from.get(..out.len()));
        out.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.operate(Effect::Length(length as usize))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut disk = self.disk();
        disk.at_gate = disk.shut;
        self.0.moved.notify_all();
        let mut disk = self.0.moved.wait_while(disk, |disk| disk.shut).unwrap();
        disk.at_gate = false;
        disk.count(0)?;
        disk.syncs += 1;
        let synced = std::mem::take(&mut disk.unsynced);
        for effect in synced {
            effect.apply(&mut disk.durable);
        }
        drop(disk);
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.operate(Effect::Write(offset as usize, bytes.to_vec()))
    }
}

impl Disk {
    fn count(&mut self, end: usize) -> io::Result<()> {
        let number = self.operations;
        self.operations += 1;
        let fails = match self.fails {
            Fails::Never => false,
            Fails::Once(at) => number == at,
            Fails::From(at) => number >= at,
            Fails::Beyond(length) => end > length,
        };
        if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn take(&mut self, effect: Effect) {
        effect.apply(&mut self.image);
        self.unsynced.push(effect);
    }
}

impl Effect {
    const fn end(&self) -> usize {
        match self {
            Self::Write(at, bytes) => *at + bytes.len(),
            Self::Length(length) => *length,
        }
    }

    fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Write(at, bytes) => {
                // The change of length before it may be what was lost.
                image.resize(image.len().max(at + bytes.len()), 0);
                image[*at..at + bytes.len()].copy_from_slice(bytes);
            }
            Self::Length(length) => image.resize(*length, 0),
        }
    }
}

/// The `number`th of a row of numbers that look random (`SplitMix64`).
pub(super) fn draw(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
