//! A disk in memory below a store: it fails when told to, stops where told to, and notes all it
//! does.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[cfg(test)]
use bitswap_core::Chance;
use bytes::Bytes;
use redb::{Builder, Database, DatabaseError, StorageBackend};

use crate::block_store::BlockStore;
use crate::disk::database::DatabaseHandle;
use crate::disk::segment::frame::Secret;
use crate::disk::segment::log::Shape;
use crate::disk::segment::medium::{Medium, SegmentFile};
use crate::disk::sim::Engine;
use crate::disk::sim::image::{FileId, Image};
use crate::disk::sim::platter::{Effect, Platter, Synced};
use crate::disk::{RedbStore, SegmentStore, database};
use crate::error::StoreError;

/// More than any run writes. A damaged length must not become an allocation.
const LARGEST: usize = 1 << 30;

/// What is set aside.
const RESERVE: usize = 256 << 10;

/// Segments are short, so that there are many and that they are compacted.
const SHAPE: Shape =
    Shape { segment_bytes: 400 << 10, group_bytes: 1 << 20, step_bytes: 64 << 10, compacts: false };

/// Clones are the same disk.
#[derive(Clone, Debug)]
pub(in crate::disk) struct SimDisk {
    shared: Arc<Shared>,
    engine: Engine,
}

/// An open store of one engine or the other.
#[derive(Debug)]
pub(in crate::disk) enum SimStore {
    Redb(RedbStore),
    Segments(SegmentStore),
}

#[derive(Debug, Default)]
struct Shared {
    drive: Mutex<Drive>,
    moved: Condvar,
}

#[derive(Debug, Default)]
pub(in crate::disk) struct Drive {
    /// What reading gives.
    pub(in crate::disk) image: Image,
    /// The next file's.
    next: FileId,
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
    /// Room was set aside, which is more than there is for anything else.
    is_reserved: bool,
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
    pub(in crate::disk) fn formatted(engine: Engine) -> Result<Self, StoreError> {
        if engine == Engine::Segments {
            return Ok(Self::of(engine, Image::default()));
        }
        let disk = Self::of(engine, Image::of(Vec::new()));
        let database = disk.database().map_err(redb::Error::from);
        let made = database.and_then(|database| database::prepare(&database));
        made.map_err(|error| database::fault("make the store", &error))?;
        Ok(Self::of(engine, disk.lock().platter.settled()))
    }

    pub(in crate::disk) fn of(engine: Engine, image: Image) -> Self {
        let disk = Self { shared: Arc::default(), engine };
        let image = image.without_nameless();
        let next = image.files.keys().last().map_or(0, |last| last + 1);
        let platter = Platter::of(image.clone(), false);
        *disk.lock() = Drive { image, next, platter, ..Drive::default() };
        disk
    }

    pub(in crate::disk) const fn engine(&self) -> Engine {
        self.engine
    }

    /// Groups are closed by what is asked of it, and never by a clock.
    pub(in crate::disk) fn store(&self) -> Result<SimStore, StoreError> {
        let disk = self.clone();
        if self.engine == Engine::Segments {
            return Ok(SimStore::Segments(SegmentStore::on(Box::new(disk), SHAPE)?));
        }
        let opener: database::Opener = Box::new(move |builder: &Builder| {
            disk.lock().forget();
            builder.create_with_backend(disk.clone())
        });
        let store = RedbStore::over(DatabaseHandle::over(opener, None)?, Duration::MAX)?;
        Ok(SimStore::Redb(store))
    }

    pub(in crate::disk) fn database(&self) -> Result<Database, DatabaseError> {
        Builder::new().create_with_backend(self.clone())
    }

    pub(in crate::disk) fn lock(&self) -> MutexGuard<'_, Drive> {
        self.shared.drive.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when this is so.
    pub(in crate::disk) fn wait(&self, mut so: impl FnMut(&Drive) -> bool) {
        let waited = self.shared.moved.wait_while(self.lock(), |drive| !so(drive));
        drop(waited);
    }

    pub(in crate::disk) fn release(&self) {
        let mut drive = self.lock();
        drive.stops = Stops::Never;
        drive.waits = false;
        self.shared.moved.notify_all();
    }

    pub(super) fn ring(&self) {
        self.lock().rung += 1;
        self.shared.moved.notify_all();
    }

    #[cfg(test)]
    pub(in crate::disk) fn after_power_cut(&self, seed: u64) -> Self {
        let cut = self.lock().platter.cut(&mut Chance::named(seed, "power cut"));
        Self::of(self.engine, cut.image)
    }

    /// Waits at the stop, if there is one here. Never while the file grows: redb makes readers wait
    /// for that, so a caller who reads would wait for whoever releases it, and that is the caller.
    fn pass(&self, what: Asked) -> MutexGuard<'_, Drive> {
        let mut drive = self.lock();
        let engine = self.engine;
        if drive.stops_at(what, engine) {
            drive.waits = true;
            self.shared.moved.notify_all();
            let passed = self.shared.moved.wait_while(drive, |drive| drive.stops_at(what, engine));
            drive = passed.unwrap_or_else(PoisonError::into_inner);
        }
        drive
    }
}

impl Drive {
    fn stops_at(&self, what: Asked, engine: Engine) -> bool {
        let grows = what == Asked::Length || matches!(self.trace.last(), Some(Effect::Length(..)));
        let grows = grows && engine == Engine::Redb;
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

    /// Counts an operation that would make a file so long.
    fn count(&mut self, file: FileId, end: usize, is_sync: bool) -> io::Result<()> {
        let number = self.operations;
        self.operations += 1;
        let grows = end > self.image.length_of(file);
        let end = if grows { self.image.length_without(file).saturating_add(end) } else { 0 };
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

/// Redb's file has the name 0, and so has what it is in.
const REDB: FileId = 0;

impl SimDisk {
    fn read_file(&self, file: FileId, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut drive = self.lock();
        let number = drive.reads;
        drive.reads += 1;
        drive.bytes_read += length as u64;
        if drive.fails_to_read == Some(number) {
            drive.fault();
            return Err(io::ErrorKind::Other.into());
        }
        let from = drive.image.file(file).get(at as usize..).and_then(|from| from.get(..length));
        Ok(from.ok_or(io::ErrorKind::UnexpectedEof)?.to_vec())
    }

    fn set_length(&self, file: FileId, length: u64) -> io::Result<()> {
        let mut drive = self.pass(Asked::Length);
        drive.count(file, length as usize, false)?;
        drive.take(Effect::Length(file, length as usize));
        Ok(())
    }

    fn sync_one(&self, synced: Synced) -> io::Result<()> {
        let mut drive = self.pass(Asked::Sync);
        drive.syncs += 1;
        let outcome = drive.count(REDB, 0, true);
        let draw = drive.operations;
        let failed = outcome.is_err();
        drive.take(if failed { Effect::FailedSync(synced, draw) } else { Effect::Sync(synced) });
        outcome
    }

    /// One that fails has written as much as a short write would.
    fn write_file(&self, file: FileId, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut drive = self.pass(Asked::Write);
        let at = offset as usize;
        let outcome = drive.count(file, at.saturating_add(bytes.len()), false);
        let short = bytes.get(..bytes.len() / 2).filter(|_| outcome.is_err() && at < LARGEST);
        let written = if outcome.is_ok() { Some(bytes) } else { short };
        if let Some(written) = written {
            let end = at + written.len();
            if end > drive.image.length_of(file) {
                drive.take(Effect::Length(file, end));
            }
            drive.take(Effect::Write(file, at, Bytes::copy_from_slice(written)));
        }
        outcome
    }

    fn name(&self, name: u32, file: Option<FileId>) -> io::Result<()> {
        let mut drive = self.pass(Asked::Write);
        drive.count(REDB, 0, false)?;
        drive.take(Effect::Name(name, file));
        Ok(())
    }
}

impl StorageBackend for SimDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().image.length_of(REDB) as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        out.copy_from_slice(&self.read_file(REDB, offset, out.len())?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.set_length(REDB, length)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync_one(Synced::File(REDB))
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_file(REDB, offset, bytes)
    }
}

impl Medium for SimDisk {
    /// The first thing that an opening does.
    fn list(&self) -> io::Result<Vec<u32>> {
        let mut drive = self.lock();
        drive.forget();
        Ok(drive.image.names.keys().copied().collect())
    }

    fn create(&self, segment: u32) -> io::Result<Arc<dyn SegmentFile>> {
        let file = {
            let mut drive = self.lock();
            drive.next += 1;
            drive.next - 1
        };
        self.name(segment, Some(file))?;
        Ok(Arc::new(SimFile { disk: self.clone(), file }))
    }

    fn open(&self, segment: u32) -> io::Result<Arc<dyn SegmentFile>> {
        let file = self.lock().image.names.get(&segment).copied();
        let file = file.ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(SimFile { disk: self.clone(), file }))
    }

    fn remove(&self, segment: u32) -> io::Result<()> {
        self.name(segment, None)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_one(Synced::Names)
    }

    fn secret(&self) -> io::Result<Secret> {
        Ok(*b"secret of a test")
    }

    fn reserve(&self) {
        self.lock().is_reserved = true;
    }

    fn release(&self) -> bool {
        let mut drive = self.lock();
        if let Fails::Beyond(length) = drive.fails
            && drive.is_reserved
        {
            drive.fails = Fails::Beyond(length + RESERVE);
        }
        std::mem::take(&mut drive.is_reserved)
    }
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    file: FileId,
}

impl SegmentFile for SimFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.lock().image.length_of(self.file) as u64)
    }

    fn read(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        self.disk.read_file(self.file, at, length)
    }

    fn read_now(&self, at: u64, length: usize) -> Option<Vec<u8>> {
        self.disk.read_file(self.file, at, length).ok()
    }

    fn write(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.write_file(self.file, at, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.sync_one(Synced::File(self.file))
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.disk.set_length(self.file, length)
    }
}

impl SimStore {
    pub(in crate::disk) async fn compact(&self) -> Result<(), StoreError> {
        match self {
            Self::Redb(store) => store.sync().await,
            Self::Segments(store) => store.compact().await,
        }
    }
}

impl std::ops::Deref for SimStore {
    type Target = dyn BlockStore;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Redb(store) => store,
            Self::Segments(store) => store,
        }
    }
}
