//! A store on disk, in redb: it groups writes and waits for commits. Only `disk/` of this crate
//! touches files.

mod convert;
mod database;
mod folder;
mod key;
mod layout;
mod pending;
mod readers;
mod segment;
#[cfg(any(test, feature = "sim"))]
pub mod sim;
mod writer;

#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use bitswap_core::Block;
use bytes::Bytes;

use crate::block_store::{BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Usage};
use crate::disk::database::DatabaseHandle;
use crate::disk::key::Key;
use crate::disk::pending::{Change, Changes, Pending};
use crate::disk::readers::Readers;
use crate::error::StoreError;
use crate::receipt::Receipt;

pub use crate::disk::convert::{Converted, convert};
pub use crate::disk::segment::SegmentStore;

/// Blocks in a directory of their own, safe from crashes of the process and of the machine.
///
/// What is accepted is held in memory until a thread of the store's has committed it together with
/// what else came meanwhile, so `put_many` costs no write and a commit is shared. At most 12 MiB
/// and one list are held so; then `put_many` waits. Reads run on threads of the store's too, and
/// every block that comes from the disk is hashed first. Needs no runtime.
///
/// After a commit that failed, as on a full disk, its receipts have the error, what was accepted
/// is still there, and the next commit tries it again. Meanwhile reading goes on, as far as the
/// disk lets it; a `put_many` that would have to wait gets the error instead.
#[derive(Debug)]
pub struct RedbStore {
    pending: Arc<Pending>,
    readers: Readers<DatabaseHandle>,
    writer: Option<JoinHandle<()>>,
}

impl RedbStore {
    /// Opens the store in this directory, which is made if it is missing. What was left behind by
    /// a crash is mended in milliseconds, whatever the size.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if it is open already, [`StoreError::Format`] if a later version
    /// wrote it, [`StoreError::Io`] if the medium failed. No block is lost by it.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::over(DatabaseHandle::in_folder(folder.as_ref())?, pending::WINDOW)
    }

    /// Whether this directory has such a store.
    pub fn is_in(folder: impl AsRef<Path>) -> bool {
        database::is_in(folder.as_ref())
    }

    fn over(handle: DatabaseHandle, window: Duration) -> Result<Self, StoreError> {
        let (handle, pending) = (Arc::new(handle), Arc::new(Pending::closing_after(window)));
        let readers = Readers::of(&handle)?;
        let writer = Some(writer::start(handle, Arc::clone(&pending))?);
        Ok(Self { pending, readers, writer })
    }

    async fn change(
        &self,
        changes: Changes,
        durability: Durability,
    ) -> Result<Receipt, StoreError> {
        if changes.is_empty() {
            return Ok(Receipt::settled());
        }
        let waiter = self.pending.accept(changes, durability == Durability::Prompt).await?;
        Ok(Receipt::pending(waiter.outcome()))
    }

    /// What is said of each hash by the accepted changes or else, for all others at once, by the
    /// disk.
    async fn look<T: Clone + Send + 'static>(
        &self,
        hashes: &[Multihash],
        accepted: fn(&Block) -> T,
        stored: Lookup<T>,
    ) -> Vec<Answer<T>> {
        let keys: Vec<_> = hashes.iter().map(|hash| (Key::of(hash), *hash)).collect();
        let mut found = self.pending.find(&keys, |change| match change {
            Change::Put(block) => Some(accepted(block)),
            Change::Delete => None,
        });
        let open = keys.into_iter().zip(&found).filter(|(_, found)| found.is_none());
        let asked: Vec<_> = open.map(|(key, _)| key).collect();
        if !asked.is_empty() {
            let count = asked.len();
            let answers = self.readers.ask(move |handle| stored(handle, &asked)).outcome().await;
            let answers = answers.unwrap_or_else(|error| vec![Err(error); count]);
            let open = found.iter_mut().filter(|found| found.is_none());
            open.zip(answers).for_each(|(open, answer)| *open = Some(answer));
        }
        found.into_iter().map(|found| found.unwrap_or(Ok(None))).collect()
    }
}

#[async_trait]
impl BlockStore for RedbStore {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        self.look(hashes, Block::clone, DatabaseHandle::blocks).await
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        self.look(hashes, |block| block.len() as u32, DatabaseHandle::sizes).await
    }

    async fn put_many(
        &self,
        blocks: Vec<Block>,
        durability: Durability,
    ) -> Result<Receipt, StoreError> {
        let change = |block: Block| (Key::of(block.multihash()), Change::Put(block));
        self.change(blocks.into_iter().map(change).collect(), durability).await
    }

    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        let changes = hashes.iter().map(|hash| (Key::of(hash), Change::Delete)).collect();
        self.change(changes, Durability::Prompt).await
    }

    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        let after = place(from)?;
        let accepted = self.pending.after(&after);
        let keys = move |handle: &DatabaseHandle| {
            handle.keys(&after, &accepted, most.get().saturating_add(1))
        };
        let mut keys = self.readers.ask(keys).outcome().await??;
        let more = keys.len() > most.get();
        keys.truncate(most.get());
        let last = keys.last().filter(|_| more);
        let next = last.map(|last| Cursor::new(Bytes::copy_from_slice(last)));
        // A key that is damaged names no block.
        let hashes = keys.iter().filter_map(Key::multihash).collect();
        Ok(Page { hashes, next })
    }

    async fn sync(&self) -> Result<(), StoreError> {
        self.pending.flush().outcome().await
    }

    fn memory_bytes(&self) -> u64 {
        self.pending.bytes()
    }

    fn usage(&self) -> Usage {
        let (failed_commits, failing) = self.pending.failures();
        Usage { failed_commits, failing, ..Usage::default() }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { durable: true, ..Capabilities::default() }
    }
}

/// Commits what is accepted and closes the file, so that the directory can be opened again.
impl Drop for RedbStore {
    fn drop(&mut self) {
        self.pending.close();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing to say any more.
            drop(writer.join());
        }
    }
}

/// What each key has on the disk.
type Lookup<T> = fn(&DatabaseHandle, &[(Key, Multihash)]) -> Vec<Answer<T>>;
type Answer<T> = Result<Option<T>, StoreError>;

/// The key that was the last one told; empty at the start.
fn place(cursor: &Cursor) -> Result<Key, StoreError> {
    let written = cursor.as_bytes();
    let key = Key::from_bytes(&[written]);
    let ours = key.filter(|key| key.is_empty() || key.multihash().is_some());
    ours.ok_or(StoreError::BadCursor { bytes: written.len() })
}
