//! A store on disk of its own making: a log in segments, and an index of it in memory.

mod compact;
mod draft;
mod files;
pub(super) mod frame;
pub(super) mod header;
mod index;
pub(super) mod log;
pub(super) mod medium;
mod payload;
mod recover;
mod scan;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use bitswap_core::Block;
use bytes::Bytes;

use crate::block_store::{BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Usage};
use crate::disk::folder::{FolderLock, failed, lock};
use crate::disk::key::Key;
use crate::disk::pending::{self, Change, Changes, Pending};
use crate::disk::readers::Readers;
use crate::disk::segment::index::Place;
use crate::disk::segment::log::{Log, Shape};
use crate::disk::segment::medium::Directory;
#[cfg(any(test, feature = "sim"))]
use crate::disk::segment::medium::Medium;
use crate::disk::writer::{self, Commits};
use crate::disk::{Answer, place};
use crate::error::StoreError;
use crate::receipt::Receipt;

/// Blocks that together have at most so many bytes are read by whoever asks, if the system has
/// them in memory: that costs less than another thread.
const READ_IN_PLACE: u64 = 16 << 10;
/// What one thread reads at once of what is asked for together.
const PART_BYTES: u64 = 1 << 20;
const PART_BLOCKS: usize = 64;

/// Blocks in a directory of their own, safe from crashes of the process and of the machine, in
/// files that are only appended to.
///
/// It is for many small blocks and for speed: a commit is one write and one sync, a block takes 68
/// bytes on the disk besides its own, and where each lies is known in memory, at about 60 bytes a
/// block, so that [`sizes`](BlockStore::sizes) and [`page`](BlockStore::page) read nothing. A few
/// small blocks that the system has in memory are read by whoever asks; all else is read on
/// threads of the store's. Every block that comes from the disk is checked against a checksum of
/// its key and bytes. Needs no runtime.
///
/// What is accepted is held in memory until a thread of the store's has committed it together with
/// what else came meanwhile. At most 12 MiB and one list are held so; then `put_many` waits. After
/// a commit that failed, as on a full disk, its receipts have the error, what was accepted is
/// still there, and the next commit tries it again.
///
/// A damaged byte costs at most one block. Space of deleted blocks is given back while nothing
/// else is to be done, and at once by [`compact`](Self::compact).
pub struct SegmentStore {
    pending: Arc<Pending>,
    log: Arc<Log>,
    readers: Readers<Log>,
    writer: Option<JoinHandle<()>>,
}

impl SegmentStore {
    /// Opens the store in this directory, which is made if it is missing.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if it is open already, [`StoreError::Format`] if a later version
    /// wrote it, [`StoreError::Io`] if the medium failed. No block is lost by it.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, StoreError> {
        let folder = folder.as_ref();
        Self::under(folder, lock(folder)?)
    }

    /// Whether this directory has such a store.
    pub fn is_in(folder: impl AsRef<Path>) -> bool {
        Directory::has_segments(folder.as_ref())
    }

    /// As [`open`](Self::open), with the directory's lock.
    pub(super) fn under(folder: &Path, lock: FolderLock) -> Result<Self, StoreError> {
        let log = Log::open(Box::new(Directory::at(folder)), Shape::USUAL, Some(lock))?;
        Self::over(log, pending::WINDOW)
    }

    #[cfg(any(test, feature = "sim"))]
    pub(in crate::disk) fn on(medium: Box<dyn Medium>, shape: Shape) -> Result<Self, StoreError> {
        Self::over(Log::open(medium, shape, None)?, Duration::MAX)
    }

    fn over(log: Log, window: Duration) -> Result<Self, StoreError> {
        let (log, pending) = (Arc::new(log), Arc::new(Pending::closing_after(window)));
        let readers = Readers::of(&log)?;
        let writer = Some(writer::start(Arc::clone(&log), Arc::clone(&pending))?);
        Ok(Self { pending, log, readers, writer })
    }

    /// Returns when all that was accepted before the call is durable, and the space of what was
    /// deleted is given back, as far as that is worth the work.
    ///
    /// # Errors
    /// The medium failed. No block is lost by it.
    pub async fn compact(&self) -> Result<(), StoreError> {
        self.pending.tidy().outcome().await
    }

    async fn change(&self, changes: Changes, prompt: bool) -> Result<Receipt, StoreError> {
        if changes.is_empty() {
            return Ok(Receipt::settled());
        }
        let waiter = self.pending.accept(changes, prompt).await?;
        Ok(Receipt::pending(waiter.outcome()))
    }

    /// What accepted changes say of each hash.
    fn accepted<T>(
        &self,
        hashes: &[Multihash],
        view: fn(&Block) -> T,
    ) -> (Vec<(Key, Multihash)>, Found<T>) {
        let keys: Vec<_> = hashes.iter().map(|hash| (Key::of(hash), *hash)).collect();
        let found = self.pending.find(&keys, |change| match change {
            Change::Put(block) => Some(view(block)),
            Change::Delete => None,
        });
        (keys, found)
    }
}

#[async_trait]
impl BlockStore for SegmentStore {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        let (keys, mut found) = self.accepted(hashes, Block::clone);
        let mut asked = Vec::new();
        for (number, (answer, (key, hash))) in found.iter_mut().zip(keys).enumerate() {
            if answer.is_none() {
                match self.log.index.get(&key) {
                    Some(place) => asked.push(Asked { number, key, hash, place }),
                    None => *answer = Some(Ok(None)),
                }
            }
        }
        if asked.iter().map(|asked| u64::from(asked.place.length)).sum::<u64>() <= READ_IN_PLACE {
            asked.retain(|asked| {
                let read = self.log.read_now(asked);
                let missing = read.is_none();
                if let (Some(block), Some(answer)) = (read, found.get_mut(asked.number)) {
                    *answer = Some(Ok(Some(block)));
                }
                missing
            });
        }
        let jobs: Vec<_> = parts(asked)
            .into_iter()
            .map(|part| {
                let numbers: Vec<_> = part.iter().map(|asked| asked.number).collect();
                let read = move |log: &Log| part.iter().map(|it| log.read(it)).collect::<Vec<_>>();
                (numbers, self.readers.ask(read))
            })
            .collect();
        for (numbers, job) in jobs {
            let count = numbers.len();
            let answers = job.outcome().await.unwrap_or_else(|error| vec![Err(error); count]);
            for (number, read) in numbers.into_iter().zip(answers) {
                if let Some(answer) = found.get_mut(number) {
                    *answer = Some(read);
                }
            }
        }
        found.into_iter().map(|found| found.unwrap_or(Ok(None))).collect()
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        let (keys, found) = self.accepted(hashes, |block| block.len() as u32);
        let length = |key: &Key| Ok(self.log.index.get(key).map(|place| place.length));
        let answers = keys.iter().zip(found);
        answers.map(|((key, _), found)| found.unwrap_or_else(|| length(key))).collect()
    }

    async fn put_many(
        &self,
        blocks: Vec<Block>,
        durability: Durability,
    ) -> Result<Receipt, StoreError> {
        let change = |block: Block| (Key::of(block.multihash()), Change::Put(block));
        let changes = blocks.into_iter().map(change).collect();
        self.change(changes, durability == Durability::Prompt).await
    }

    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        let changes = hashes.iter().map(|hash| (Key::of(hash), Change::Delete)).collect();
        self.change(changes, true).await
    }

    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        let after = place(from)?;
        let accepted = self.pending.after(&Key::FIRST);
        let mut keys = self.log.index.keys(&after, &accepted, most.get().saturating_add(1));
        let more = keys.len() > most.get();
        keys.truncate(most.get());
        let last = keys.last().filter(|_| more);
        let next = last.map(|last| Cursor::new(Bytes::copy_from_slice(last)));
        Ok(Page { hashes: keys.iter().filter_map(Key::multihash).collect(), next })
    }

    async fn sync(&self) -> Result<(), StoreError> {
        self.pending.flush().outcome().await
    }

    fn memory_bytes(&self) -> u64 {
        self.log.index.bytes() + self.pending.bytes()
    }

    fn usage(&self) -> Usage {
        let (blocks, bytes) = (Some(self.log.index.len()), Some(self.log.bytes_on_medium()));
        let (failed_commits, failing) = self.pending.failures();
        Usage { blocks, bytes, live_bytes: Some(self.log.live_bytes()), failed_commits, failing }
    }

    /// Segments are written one after the other. What is moved by compaction counts as new.
    fn ages(&self, hashes: &[Multihash]) -> Vec<u64> {
        let place = |hash| self.log.index.get(&Key::of(hash));
        let age = |hash| place(hash).map_or(u64::MAX, |place| u64::from(place.segment));
        hashes.iter().map(age).collect()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { durable: true, cheap_sizes: true, shared: false }
    }
}

/// Commits what is accepted and closes the files, so that the directory can be opened again.
impl Drop for SegmentStore {
    fn drop(&mut self) {
        self.pending.close();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing to say any more.
            drop(writer.join());
        }
    }
}

impl std::fmt::Debug for SegmentStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentStore").finish_non_exhaustive()
    }
}

impl Commits for Log {
    fn commit(&self, changes: &Changes) -> Result<(), StoreError> {
        let outcome = self.write(changes);
        let deletes = changes.values().all(|change| matches!(change, Change::Delete));
        let outcome = match outcome {
            Err(error) if deletes && error.is_full() && self.medium.release() => {
                self.write(changes).inspect(|()| drop(self.compact()))
            }
            outcome => outcome,
        };
        if outcome.is_ok() {
            self.medium.reserve();
        }
        outcome
    }

    fn tidy(&self) -> Option<Duration> {
        self.compact_a_little()
    }

    fn tidy_all(&self) -> Result<(), StoreError> {
        self.compact()
    }

    fn close(&self) {
        self.mark();
    }
}

/// An answer for each hash, where there is one yet.
type Found<T> = Vec<Option<Answer<T>>>;

/// A block that is to be read, and whose answer of all it is.
struct Asked {
    number: usize,
    key: Key,
    hash: Multihash,
    place: Place,
}

impl Log {
    /// `None` if the medium would have to be waited for, or if it is not so simple.
    fn read_now(&self, asked: &Asked) -> Option<Block> {
        let Place { segment, at, length } = asked.place;
        self.segment(segment)?.stored_now(at, length)?.block(&asked.key, &asked.hash)
    }

    fn read(&self, asked: &Asked) -> Answer<Block> {
        let mut place = asked.place;
        loop {
            let stored =
                self.stored(&place).map_err(|error| unreadable(&asked.hash, place, &error))?;
            if let Some(stored) = stored {
                let block = stored.block(&asked.key, &asked.hash);
                return block.map(Some).ok_or(StoreError::Corrupt { hash: asked.hash });
            }
            // Its segment was compacted meanwhile.
            match self.index.get(&asked.key) {
                Some(now) if now != place => place = now,
                Some(_) => return Err(StoreError::Corrupt { hash: asked.hash }),
                None => return Ok(None),
            }
        }
    }
}

/// What each of the reading threads is to read at once.
fn parts(asked: Vec<Asked>) -> Vec<Vec<Asked>> {
    let mut parts: Vec<Vec<Asked>> = Vec::new();
    let mut bytes = 0;
    for asked in asked {
        let length = u64::from(asked.place.length);
        let last = parts.last_mut().filter(|part| part.len() < PART_BLOCKS);
        if let Some(part) = last.filter(|_| bytes + length <= PART_BYTES) {
            bytes += length;
            part.push(asked);
        } else {
            bytes = length;
            parts.push(vec![asked]);
        }
    }
    parts
}

fn unreadable(hash: &Multihash, place: Place, error: &std::io::Error) -> StoreError {
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        return StoreError::Corrupt { hash: *hash };
    }
    failed(&format!("read segment {}", place.segment), error)
}
