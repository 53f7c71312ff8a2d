//! Objects in memory that count requests, and take as long as they are told.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

#[derive(Debug, Default)]
pub(crate) struct Counted {
    objects: InMemory,
    /// Reads and looks.
    pub(crate) gets: AtomicU64,
    pub(crate) most_at_once: AtomicU64,
    now: AtomicU64,
    /// Whether puts fail.
    pub(crate) refuses: std::sync::atomic::AtomicBool,
}

impl Counted {
    /// The time that a request takes; a read or a look takes twice as long.
    const TAKES: Duration = Duration::from_millis(20);

    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn gets(&self) -> u64 {
        self.gets.swap(0, Ordering::Relaxed)
    }

    async fn request(&self) {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_at_once.fetch_max(now, Ordering::Relaxed);
        tokio::time::sleep(Self::TAKES).await;
        self.now.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.objects.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Counted {
    async fn put_opts(
        &self,
        name: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.request().await;
        if self.refuses.load(Ordering::Relaxed) {
            return Err(Error::Generic { store: "counted", source: "it refuses".into() });
        }
        self.objects.put_opts(name, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        name: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.objects.put_multipart_opts(name, options).await
    }

    async fn get_opts(&self, name: &Path, options: GetOptions) -> Result<GetResult> {
        self.gets.fetch_add(1, Ordering::Relaxed);
        // As it was when the request came, which is not as it is when the answer goes.
        let found = self.objects.get_opts(name, options).await;
        self.request().await;
        tokio::time::sleep(Self::TAKES).await;
        found
    }

    fn delete_stream(
        &self,
        names: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.objects.delete_stream(names)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.objects.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.objects.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.objects.copy_opts(from, to, options).await
    }
}
