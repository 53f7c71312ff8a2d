//! The open database: its lock, its transactions, and opening it again after a failure.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use bitswap_core::Block;
use redb::{
    Builder, Database, DatabaseError, Error, ReadTransaction, ReadableDatabase as _, TableError,
};

use crate::block_store::Multihash;
use crate::disk::folder::{FolderLock, failed, keep_names, lock};
use crate::disk::key::Key;
use crate::disk::layout::{self, FORMAT, Held, INDEX, PIECES, VERSION};
use crate::disk::pending::{Change, Changes};
use crate::disk::writer::Commits;
use crate::error::StoreError;

const BLOCKS: &str = "blocks.redb";
/// After its blocks were copied.
const ASIDE: &str = "blocks.redb.converted";
/// Before it is whole. redb refuses a file whose making was cut short.
const UNFINISHED: &str = "blocks.unfinished";
const CACHE_BYTES: usize = 64 << 20;

/// Opens the database, as often as it is needed.
pub(super) type Opener = Box<dyn Fn(&Builder) -> Result<Database, DatabaseError> + Send + Sync>;

pub(super) struct DatabaseHandle {
    current: RwLock<Opening>,
    opener: Opener,
    /// Released after the database is closed: fields are dropped in this order.
    _lock: Option<FolderLock>,
}

struct Opening {
    /// Or why it could not be opened again.
    database: Result<Opened, io::ErrorKind>,
    /// How often it was opened.
    times: u64,
}

/// Work that was tried.
struct Attempt<T> {
    outcome: Result<T, Error>,
    /// At which opening.
    times: u64,
    /// Whether there was no database, since it could not be opened again.
    closed: bool,
}

impl<T> Attempt<T> {
    const fn met_a_failure(&self) -> bool {
        self.closed || matches!(&self.outcome, Err(Error::PreviousIo | Error::LockPoisoned(_)))
    }
}

/// Closed without a last write: each commit has left all that the next opening needs, and on a
/// damaged file redb can panic in that write, and once more in cleaning up, which ends the process.
struct Opened(Option<Database>);

impl Opened {
    fn get(&self) -> Result<&Database, Error> {
        self.0.as_ref().ok_or(Error::DatabaseClosed)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some(database) = self.0.take() {
            // redb writes nothing when it is dropped in unwinding; this is not told to anybody.
            drop(catch_unwind(AssertUnwindSafe(move || {
                let _closing = database;
                resume_unwind(Box::new(()));
            })));
        }
    }
}

impl DatabaseHandle {
    pub(super) fn in_folder(folder: &Path) -> Result<Self, StoreError> {
        let lock = lock(folder)?;
        if !is_in(folder) {
            make(folder, &folder.join(BLOCKS))?;
        }
        Self::at(folder, Some(lock))
    }

    /// The one that is in this directory, for a caller that has it locked, or gives the lock.
    pub(super) fn at(folder: &Path, lock: Option<FolderLock>) -> Result<Self, StoreError> {
        let file = folder.join(BLOCKS);
        Self::over(Box::new(move |builder| builder.open(&file)), lock)
    }

    pub(super) fn over(opener: Opener, lock: Option<FolderLock>) -> Result<Self, StoreError> {
        let database = open(&opener)?;
        let current = RwLock::new(Opening { database: Ok(database), times: 1 });
        Ok(Self { current, opener, _lock: lock })
    }

    pub(super) fn blocks(
        &self,
        asked: &[(Key, Multihash)],
    ) -> Vec<Result<Option<Block>, StoreError>> {
        self.each(asked, |read, (key, hash)| {
            let (index, pieces) = (read.open_table(INDEX)?, read.open_table(PIECES)?);
            Ok(match layout::bytes(&index, &pieces, key)? {
                Held::Nothing => Ok(None),
                Held::Damaged => Err(StoreError::Corrupt { hash: *hash }),
                Held::Bytes(bytes) => layout::checked(hash, bytes)
                    .map(Some)
                    .ok_or(StoreError::Corrupt { hash: *hash }),
            })
        })
    }

    pub(super) fn sizes(&self, asked: &[(Key, Multihash)]) -> Vec<Result<Option<u32>, StoreError>> {
        self.each(asked, |read, (key, _)| Ok(Ok(layout::size(&read.open_table(INDEX)?, key)?)))
    }

    pub(super) fn keys(
        &self,
        after: &Key,
        accepted: &BTreeMap<Key, bool>,
        most: usize,
    ) -> Result<Vec<Key>, StoreError> {
        let keys = self.with(|database| {
            let index = database.begin_read()?.open_table(INDEX)?;
            layout::keys(&index, after, accepted, most)
        });
        keys.map_err(|error| fault("read the index", &error))
    }

    /// In one transaction; if that fails, each alone, so that damage costs only what it touches.
    fn each<T>(
        &self,
        asked: &[(Key, Multihash)],
        one: impl Fn(&ReadTransaction, &(Key, Multihash)) -> Result<Result<T, StoreError>, Error>,
    ) -> Vec<Result<T, StoreError>> {
        let all = self.with(|database| {
            let read = database.begin_read()?;
            asked.iter().map(|asked| one(&read, asked)).collect::<Result<Vec<_>, _>>()
        });
        all.unwrap_or_else(|_| {
            let alone = |asked: &(Key, Multihash)| {
                let read = self.with(|database| one(&database.begin_read()?, asked));
                read.unwrap_or_else(|error| Err(unreadable(&asked.1, &error)))
            };
            asked.iter().map(alone).collect()
        })
    }

    /// Does `work`, and opens the database again if that broke it: after an error redb refuses
    /// everything. Work that only met another's failure is done again.
    fn with<T>(&self, work: impl Fn(&Database) -> Result<T, Error>) -> Result<T, Error> {
        let mut attempt = self.attempt(&work);
        if attempt.met_a_failure() {
            self.reopen(attempt.times);
            attempt = self.attempt(&work);
        }
        if attempt.outcome.is_err() && !attempt.closed {
            self.reopen(attempt.times);
        }
        attempt.outcome
    }

    fn attempt<T>(&self, work: impl Fn(&Database) -> Result<T, Error>) -> Attempt<T> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let outcome = match &current.database {
            Ok(opened) => caught(|| work(opened.get()?)),
            Err(kind) => Err(Error::Io((*kind).into())),
        };
        Attempt { outcome, times: current.times, closed: current.database.is_err() }
    }

    /// Unless somebody else has since the `times`th opening.
    fn reopen(&self, times: u64) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.times == times {
            // The old one has to be closed before.
            current.database = Err(io::ErrorKind::NotConnected);
            current.database = open(&self.opener).map_err(|error| {
                if let StoreError::Io { kind, .. } = error {
                    kind
                } else {
                    io::ErrorKind::InvalidData
                }
            });
            current.times += 1;
        }
    }
}

impl Commits for DatabaseHandle {
    /// All of `changes`, or none of them.
    fn commit(&self, changes: &Changes) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let outcome = self.with(|database| commit(database, changes));
        outcome.map_err(|error| fault("commit", &error))
    }
}

impl std::fmt::Debug for DatabaseHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseHandle").finish_non_exhaustive()
    }
}

pub(super) fn is_in(folder: &Path) -> bool {
    folder.join(BLOCKS).exists()
}

/// Gives the database, which is closed, another name, under which nobody opens it.
pub(super) fn put_aside(folder: &Path) -> Result<PathBuf, StoreError> {
    let aside = folder.join(ASIDE);
    let named = fs::rename(folder.join(BLOCKS), &aside).and_then(|()| keep_names(folder));
    named.map(|()| aside).map_err(|error| failed("rename the database", &error))
}

/// Makes a whole one beside its place and puts it there in one step.
fn make(folder: &Path, file: &Path) -> Result<(), StoreError> {
    let unfinished = folder.join(UNFINISHED);
    let made = (|| -> Result<(), Error> {
        if unfinished.exists() {
            fs::remove_file(&unfinished)?;
        }
        let database = Builder::new().create(&unfinished)?;
        prepare(&database)?;
        drop(database);
        fs::rename(&unfinished, file)?;
        Ok(keep_names(folder)?)
    })();
    made.map_err(|error| fault("make the store", &error))
}

/// Writes our tables into a new database.
pub(super) fn prepare(database: &Database) -> Result<(), Error> {
    let write = begin(database)?;
    write.open_table(INDEX)?;
    write.open_table(PIECES)?;
    write.open_table(FORMAT)?.insert((), VERSION)?;
    Ok(write.commit()?)
}

fn open(opener: &Opener) -> Result<Opened, StoreError> {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    let outcome = caught(|| {
        let database = Opened(Some(opener(&builder)?));
        let found = format(database.get()?)?;
        Ok((database, found))
    });
    let (database, found) = outcome.map_err(|error| fault("open the store", &error))?;
    if found == VERSION { Ok(database) } else { Err(StoreError::Format { found, known: VERSION }) }
}

/// What the database says; 0 if it is none of ours.
fn format(database: &Database) -> Result<u64, Error> {
    match database.begin_read()?.open_table(FORMAT) {
        Ok(format) => Ok(format.get(())?.map_or(0, |found| found.value())),
        Err(TableError::TableDoesNotExist(_)) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

fn commit(database: &Database, changes: &Changes) -> Result<(), Error> {
    let write = begin(database)?;
    let mut fresh = false;
    {
        let (mut index, mut pieces) = (write.open_table(INDEX)?, write.open_table(PIECES)?);
        for (key, change) in changes {
            fresh |= match change {
                Change::Put(block) => layout::put(&mut index, &mut pieces, key, block)?,
                Change::Delete => layout::remove(&mut index, &mut pieces, key)?,
            };
        }
    }
    if fresh {
        write.commit()?;
    } else {
        write.abort()?;
    }
    Ok(())
}

/// Every commit in two phases, never mixed with others: the order of two syncs, and not a
/// checksum over what strangers sent, decides which one counts after a crash. And with what makes
/// opening quick.
fn begin(database: &Database) -> Result<redb::WriteTransaction, Error> {
    let mut write = database.begin_write()?;
    write.set_two_phase_commit(true);
    write.set_quick_repair(true);
    Ok(write)
}

/// redb trusts its pages, and one that is damaged can make it panic.
fn caught<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let outcome = catch_unwind(AssertUnwindSafe(work));
    outcome.unwrap_or_else(|_| Err(Error::Corrupted("redb panicked".to_owned())))
}

fn unreadable(hash: &Multihash, error: &Error) -> StoreError {
    if matches!(error, Error::Corrupted(_)) {
        StoreError::Corrupt { hash: *hash }
    } else {
        fault("read a block", error)
    }
}

pub(super) fn fault(doing: &str, error: &Error) -> StoreError {
    StoreError::Io { doing: doing.into(), kind: kind(error) }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "redb adds errors in minor versions")]
fn kind(error: &Error) -> io::ErrorKind {
    match error {
        Error::Io(error) => error.kind(),
        Error::Corrupted(_) | Error::UpgradeRequired(_) => io::ErrorKind::InvalidData,
        Error::DatabaseAlreadyOpen => io::ErrorKind::ResourceBusy,
        _ => io::ErrorKind::Other,
    }
}
