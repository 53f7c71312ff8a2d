//! A disk in memory below redb: it fails when told to, stops where told to, and notes all it does.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[cfg(test)]
use bitswap_core::Chance;
use bytes::Bytes;
use redb::{Builder, Database, DatabaseError, StorageBackend};

use crate::disk::sim::platter::{Effect, Platter};
use crate::disk::{DatabaseHandle, RedbStore, database};
use crate::error::StoreError;

/// More than any run writes. A damaged length must not become an allocation.
const LARGEST: usize = 1 << 30;

/// Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(in crate::disk) struct SimDisk(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    drive: Mutex<Drive>,
    moved: Condvar,
}

#[derive(Debug, Default)]
pub(in crate::disk) struct Drive {
    /// What reading gives.
    pub(in crate::disk) image: Vec<u8>,
    platter: Platter,
    /// All that was written, and in what order.
    pub(super) trace: Vec<Effect>,
    /// How much of that there was when the power went.
    pub(super) ends: Option<usize>,
    /// Writes, changes of length and syncs so far, failed ones included.
    pub(in crate::disk) operations: u64,
    pub(in crate::disk) reads: u64,
    pub(in crate::disk) syncs: u64,
    pub(in crate::disk) bytes_read: u64,
    pub(in crate::disk) fails: Fails,
    /// The read of this number fails.
    pub(in crate::disk) fails_to_read: Option<u64>,
    /// How many operations failed, and whether one did since something last succeeded.
    pub(super) faults: u64,
    pub(super) excuse: bool,
    pub(in crate::disk) stops: Stops,
    /// Somebody waits at the stop.
    pub(in crate::disk) waits: bool,
    /// How often somebody was told of the end of a commit.
    pub(super) rung: u64,
}

/// Operations, by their number from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::disk) enum Fails {
    #[default]
    Never,
    Once(u64),
    From(u64),
    /// The first sync from this operation on.
    Sync(u64),
    /// It is full at this length.
    Beyond(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Write,
    Length,
    Sync,
}

/// Where an operation waits until it is released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::disk) enum Stops {
    #[default]
    Never,
    #[cfg(test)]
    AtSyncs,
    /// Once so much has been written.
    After(usize),
}

impl SimDisk {
    /// With an empty store.
    pub(in crate::disk) fn formatted() -> Result<Self, StoreError> {
        let disk = Self::default();
        let database = disk.database().map_err(redb::Error::from);
        let made = database.and_then(|database| database::prepare(&database));
        made.map_err(|error| database::fault("make the store", &error))?;
        Ok(Self::of(disk.lock().platter.settled()))
    }

    pub(in crate::disk) fn of(image: Vec<u8>) -> Self {
        let disk = Self::default();
        disk.lock().platter = Platter::of(image.clone(), false);
        disk.lock().image = image;
        disk
    }

    /// Groups are closed by what is asked of it, and never by a clock.
    pub(in crate::disk) fn store(&self) -> Result<RedbStore, StoreError> {
        let disk = self.clone();
        let opener: database::Opener = Box::new(move |builder: &Builder| {
            disk.lock().forget();
            builder.create_with_backend(disk.clone())
        });
        RedbStore::over(DatabaseHandle::over(opener, None)?, Duration::MAX)
    }

    pub(in crate::disk) fn database(&self) -> Result<Database, DatabaseError> {
        Builder::new().create_with_backend(self.clone())
    }

    pub(in crate::disk) fn lock(&self) -> MutexGuard<'_, Drive> {
        self.0.drive.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when this is so.
    pub(in crate::disk) fn wait(&self, mut so: impl FnMut(&Drive) -> bool) {
        let waited = self.0.moved.wait_while(self.lock(), |drive| !so(drive));
        drop(waited);
    }

    pub(in crate::disk) fn release(&self) {
        let mut drive = self.lock();
        drive.stops = Stops::Never;
        drive.waits = false;
        self.0.moved.notify_all();
    }

    pub(super) fn ring(&self) {
        self.lock().rung += 1;
        self.0.moved.notify_all();
    }

    #[cfg(test)]
    pub(in crate::disk) fn after_power_cut(&self, seed: u64) -> Self {
        let cut = self.lock().platter.cut(&mut Chance::named(seed, "power cut"));
        Self::of(cut.image)
    }

    /// Waits at the stop, if there is one here. Never while the file grows: redb makes readers wait
    /// for that, so a caller who reads would wait for whoever releases it, and that is the caller.
    fn pass(&self, what: Asked) -> MutexGuard<'_, Drive> {
        let mut drive = self.lock();
        if drive.stops_at(what) {
            drive.waits = true;
            self.0.moved.notify_all();
            let passed = self.0.moved.wait_while(drive, |drive| drive.stops_at(what));
            drive = passed.unwrap_or_else(PoisonError::into_inner);
        }
        drive
    }
}

impl Drive {
    fn stops_at(&self, what: Asked) -> bool {
        let grows = what == Asked::Length || matches!(self.trace.last(), Some(Effect::Length(_)));
        match self.stops {
            Stops::Never => false,
            #[cfg(test)]
            Stops::AtSyncs => what == Asked::Sync && !grows,
            Stops::After(effects) => self.trace.len() >= effects && !grows,
        }
    }

    const fn fault(&mut self) {
        self.faults += 1;
        self.excuse = true;
    }

    /// What never arrived is read no more: the file is opened anew.
    fn forget(&mut self) {
        self.image = self.platter.settled();
    }

    fn take(&mut self, effect: Effect) {
        effect.apply(&mut self.image);
        self.platter.take(effect.clone());
        self.trace.push(effect);
    }

    /// Counts an operation that would make the file so long.
    fn count(&mut self, end: usize, is_sync: bool) -> io::Result<()> {
        let number = self.operations;
        self.operations += 1;
        let kind = match self.fails {
            Fails::Once(at) if number == at => io::ErrorKind::Other,
            Fails::From(at) if number >= at => io::ErrorKind::Other,
            Fails::Sync(from) if is_sync && number >= from => {
                self.fails = Fails::Never;
                io::ErrorKind::Other
            }
            Fails::Beyond(length) if end > length => io::ErrorKind::StorageFull,
            _ if end > LARGEST => io::ErrorKind::StorageFull,
            Fails::Never | Fails::Once(_) | Fails::From(_) | Fails::Sync(_) | Fails::Beyond(_) => {
                return Ok(());
            }
        };
        self.fault();
        Err(kind.into())
    }
}

impl StorageBackend for SimDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().image.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut drive = self.lock();
        let number = drive.reads;
        drive.reads += 1;
        drive.bytes_read += out.len() as u64;
        if drive.fails_to_read == Some(number) {
            drive.fault();
            return Err(io::ErrorKind::Other.into());
        }
        let from = drive.image.get(offset as usize..).and_then(|from| from.get(..out.len()));
        out.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut drive = self.pass(Asked::Length);
        drive.count(length as usize, false)?;
        drive.take(Effect::Length(length as usize));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut drive = self.pass(Asked::Sync);
        drive.syncs += 1;
        let outcome = drive.count(0, true);
        let draw = drive.operations;
        drive.take(if outcome.is_ok() { Effect::Sync } else { Effect::FailedSync(draw) });
        outcome
    }

    /// One that fails has written as much as a short write would.
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut drive = self.pass(Asked::Write);
        let at = offset as usize;
        let outcome = drive.count(at.saturating_add(bytes.len()), false);
        let short = bytes.get(..bytes.len() / 2).filter(|_| outcome.is_err() && at < LARGEST);
        let written = if outcome.is_ok() { Some(bytes) } else { short };
        if let Some(written) = written {
            drive.take(Effect::Write(at, Bytes::copy_from_slice(written)));
        }
        outcome
    }
}
