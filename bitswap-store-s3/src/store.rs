//! The store: what a node asks becomes requests to the object store, few at a time, unless the
//! cache knows the answer.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bitswap_core::{Block, MAX_BLOCK_BYTES};
use bitswap_store::{
    BlockStore, Capabilities, Cursor, Durability, Multihash, Page, Receipt, StoreError, Usage,
};
use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::cache::{Cache, Ends, Known};
use crate::error::{failed, is_absent};
use crate::flights::{Flights, Read};
use crate::name::Names;

/// Blocks in an object store that other nodes use, too.
///
/// The store has to list objects in the order of their names, as S3 does. Needs a runtime of tokio.
#[derive(Clone)]
pub struct SharedStore {
    inner: Arc<Inner>,
}

/// How a store is used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SharedOptions {
    /// Bytes of blocks that are kept in memory.
    pub cache_bytes: u64,
    /// Requests to the object store that go on at once.
    pub requests: usize,
}

impl Default for SharedOptions {
    fn default() -> Self {
        Self { cache_bytes: 256 << 20, requests: 64 }
    }
}

struct Inner {
    objects: Arc<dyn ObjectStore>,
    names: Names,
    cache: Cache,
    flights: Flights,
    requests: Semaphore,
    failures: Failures,
}

/// Puts that failed, for people who look.
#[derive(Default)]
struct Failures {
    count: AtomicU64,
    last: Mutex<Option<StoreError>>,
}

impl SharedStore {
    /// The blocks below a prefix of an object store.
    pub fn over(objects: Arc<dyn ObjectStore>, prefix: Path, options: &SharedOptions) -> Self {
        let inner = Inner {
            objects,
            names: Names::below(prefix),
            cache: Cache::of(options.cache_bytes),
            flights: Flights::default(),
            requests: Semaphore::new(options.requests.clamp(1, Semaphore::MAX_PERMITS)),
            failures: Failures::default(),
        };
        Self { inner: Arc::new(inner) }
    }
}

impl Inner {
    /// Calls of one list that wait for requests at once.
    const AT_ONCE: usize = 256;

    /// What it takes to make a request.
    async fn request(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.requests.acquire().await.ok()
    }

    async fn block(self: Arc<Self>, hash: Multihash) -> Read {
        if let Some(block) = self.cache.block(&hash) {
            return Ok(Some(block));
        }
        if self.cache.known(&hash) == Some(Known::Absent) {
            return Ok(None);
        }
        let since = self.cache.now();
        let reading = self.flights.join(&hash, since, || {
            let reader = Arc::clone(&self);
            async move {
                let read = reader.read(&hash, since).await;
                reader.flights.landed(&hash, since);
                read
            }
            .boxed()
        });
        reading.await
    }

    async fn read(&self, hash: &Multihash, since: Ends) -> Read {
        const DOING: &str = "read a block from the shared store";

        let _request = self.request().await;
        let found = match self.objects.get(&self.names.of(hash)).await {
            Ok(found) => found,
            Err(why) if is_absent(&why) => {
                self.cache.keep_known(hash, Known::Absent, since);
                return Ok(None);
            }
            Err(why) => return Err(failed(DOING, &why)),
        };
        if found.meta.size > MAX_BLOCK_BYTES as u64 {
            return Err(StoreError::Corrupt { hash: *hash });
        }
        let bytes = found.bytes().await.map_err(|why| failed(DOING, &why))?;
        let block = Block::checked(&Names::cid(hash), compact(bytes));
        let block = block.map_err(|_| StoreError::Corrupt { hash: *hash })?;
        self.cache.keep(&block, since);
        Ok(Some(block))
    }

    async fn length(&self, hash: &Multihash) -> Result<Option<u32>, StoreError> {
        if let Some(known) = self.cache.known(hash) {
            return Ok(known.length());
        }
        let since = self.cache.now();
        let _request = self.request().await;
        let known = match self.objects.head(&self.names.of(hash)).await {
            // What is longer is no block; a read says so.
            Ok(found) => Known::Length(u32::try_from(found.size).unwrap_or(u32::MAX)),
            Err(why) if is_absent(&why) => Known::Absent,
            Err(why) => return Err(failed("look for a block in the shared store", &why)),
        };
        self.cache.keep_known(hash, known, since);
        Ok(known.length())
    }

    async fn put(&self, block: &Block) -> Result<(), StoreError> {
        let _request = self.request().await;
        let since = self.cache.now();
        let (hash, bytes) = (block.multihash(), PutPayload::from(block.bytes().clone()));
        let change = self.cache.change(*hash, true);
        let put = self.objects.put(&self.names.of(hash), bytes).await;
        drop(change);
        let put = put.map(drop).map_err(|why| failed("put a block into the shared store", &why));
        self.failures.note(put.as_ref().err());
        if put.is_ok() {
            self.cache.keep(block, since);
            self.cache.keep_known(hash, Known::Length(block.len() as u32), since);
        }
        put
    }

    async fn delete(&self, hash: &Multihash) -> Result<(), StoreError> {
        let _request = self.request().await;
        let _change = self.cache.change(*hash, false);
        match self.objects.delete(&self.names.of(hash)).await {
            Err(why) if !is_absent(&why) => Err(failed("delete a block of the shared store", &why)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The names that follow one, in order.
    async fn list(&self, after: Option<&Path>, most: usize) -> Result<Vec<Path>, StoreError> {
        let _request = self.request().await;
        let prefix = Some(self.names.prefix());
        let listed = match after {
            Some(after) => self.objects.list_with_offset(prefix, after),
            None => self.objects.list(prefix),
        };
        let names = listed.take(most).map_ok(|found| found.location).try_collect().await;
        names.map_err(|why| failed("list the blocks of the shared store", &why))
    }

    /// Where a walk stands; `None` = at the start.
    fn place(&self, cursor: &Cursor) -> Result<Option<Path>, StoreError> {
        let written = cursor.as_bytes();
        if written.is_empty() {
            return Ok(None);
        }
        let name = std::str::from_utf8(written).ok().map(Path::from);
        let ours = name.filter(|name| name.prefix_matches(self.names.prefix()));
        ours.map(Some).ok_or(StoreError::BadCursor { bytes: written.len() })
    }
}

#[async_trait]
impl BlockStore for SharedStore {
    async fn get_many(&self, hashes: &[Multihash]) -> Vec<Result<Option<Block>, StoreError>> {
        let read = |hash: &Multihash| Arc::clone(&self.inner).block(*hash);
        let reads: Vec<_> = hashes.iter().map(read).collect();
        stream::iter(reads).buffered(Inner::AT_ONCE).collect().await
    }

    async fn sizes(&self, hashes: &[Multihash]) -> Vec<Result<Option<u32>, StoreError>> {
        let looks: Vec<_> = hashes.iter().map(|hash| self.inner.length(hash)).collect();
        stream::iter(looks).buffered(Inner::AT_ONCE).collect().await
    }

    async fn put_many(&self, blocks: Vec<Block>, _: Durability) -> Result<Receipt, StoreError> {
        let puts: Vec<_> = blocks.iter().map(|block| Ok(self.inner.put(block))).collect();
        let puts = stream::iter(puts).try_buffer_unordered(Inner::AT_ONCE);
        puts.try_collect::<()>().await?;
        Ok(Receipt::settled())
    }

    async fn delete_many(&self, hashes: &[Multihash]) -> Result<Receipt, StoreError> {
        let deletions: Vec<_> = hashes.iter().map(|hash| Ok(self.inner.delete(hash))).collect();
        let deletions = stream::iter(deletions).try_buffer_unordered(Inner::AT_ONCE);
        deletions.try_collect::<()>().await?;
        Ok(Receipt::settled())
    }

    async fn page(&self, from: &Cursor, most: NonZeroUsize) -> Result<Page, StoreError> {
        let after = self.inner.place(from)?;
        let mut names = self.inner.list(after.as_ref(), most.get().saturating_add(1)).await?;
        let is_last = names.len() <= most.get();
        names.truncate(most.get());
        let next = names.last().filter(|_| !is_last);
        let next = next.map(|last| Cursor::new(Bytes::from(last.to_string())));
        Ok(Page {
            hashes: names.iter().filter_map(|name| self.inner.names.hash(name)).collect(),
            next,
        })
    }

    /// All that was accepted is durable.
    async fn sync(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn memory_bytes(&self) -> u64 {
        self.inner.cache.bytes()
    }

    fn usage(&self) -> Usage {
        let Failures { count, last } = &self.inner.failures;
        Usage {
            failed_commits: count.load(Ordering::Relaxed),
            failing: last.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            ..Usage::default()
        }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.durable = true;
        capabilities.shared = true;
        capabilities
    }
}

impl Known {
    const fn length(self) -> Option<u32> {
        match self {
            Self::Absent => None,
            Self::Length(bytes) => Some(bytes),
        }
    }
}

impl Failures {
    fn note(&self, failure: Option<&StoreError>) {
        if failure.is_some() {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref() != failure {
            *last = failure.cloned();
        }
    }
}

/// A small block must not hold the buffer that it came in.
fn compact(bytes: Bytes) -> Bytes {
    const SMALL: usize = 4 * 1024;

    if bytes.len() <= SMALL { Bytes::copy_from_slice(&bytes) } else { bytes }
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects = self.inner.objects.to_string();
        f.debug_struct("SharedStore").field("objects", &objects).finish_non_exhaustive()
    }
}
