//! What a store has is announced: what is new in it, and all of it, or what is pinned, in sweeps
//! that survive a restart.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bitswap_host::DhtMode;
use bitswap_net::Block;
use bitswap_store::{BlockStore, Cursor, Durability, MemoryStore, Multihash};
use bitswap_unixfs::{ImportSettings, import_stream};
use cid::Cid;
use libp2p::Multiaddr;
use serde_json::json;
use tempfile::TempDir;

use super::{address, found, knowing, provider, server};
use crate::keep::{Keeper, PinKind};
use crate::node::Node;
use crate::providing::{New, ProgressFile, ProvideConfig, Providing, Scope, Sweep};

/// What is announced, and by whom.
struct Provided {
    store: Arc<dyn BlockStore>,
    keeper: Arc<Keeper>,
    folder: TempDir,
    new: Option<New>,
    scope: Scope,
}

impl Provided {
    /// A store with blocks of these numbers, none of which was announced.
    async fn of(scope: Scope, numbers: std::ops::Range<u32>) -> Self {
        let memory = Arc::new(MemoryStore::new());
        for number in numbers {
            put(memory.as_ref(), number).await;
        }
        let keeper = Keeper::in_memory(memory);
        let (store, new) = New::of(scope, &keeper);
        Self { store, keeper, folder: TempDir::new().unwrap(), new: Some(new), scope }
    }

    /// Announces it.
    fn run(&mut self, node: &Node) -> tokio::task::JoinHandle<()> {
        let interval = Duration::from_secs(3_600);
        let file = ProgressFile(file(self.folder.path()));
        let config = ProvideConfig { interval, per_second: 1_000, file };
        let sweep = Sweep::new(self.scope, Arc::clone(&self.store), Arc::clone(&self.keeper));
        let new = self.new.take().unwrap();
        tokio::spawn(Providing::new(sweep, new, node.announcer(), config).run())
    }

    /// A file of some blocks, of which the root comes first.
    async fn file(&self, seed: u8) -> Vec<Cid> {
        let content: Vec<u8> = (0..40).map(|number| number ^ seed).collect();
        let before = self.hashes().await;
        let mut settings = ImportSettings::whole();
        settings.chunk_bytes = 10;
        let store = Some(self.store.as_ref());
        let imported = import_stream(store, content.as_slice(), &settings, &|_| {}).await.unwrap();
        let after = self.hashes().await.into_iter();
        let made = after.filter(|hash| !before.contains(hash) && hash != imported.root.hash());
        [imported.root].into_iter().chain(made.map(|hash| Cid::new_v1(0x55, hash))).collect()
    }

    async fn hashes(&self) -> Vec<Multihash> {
        self.store.page(&Cursor::START, NonZeroUsize::MAX).await.unwrap().hashes
    }

    async fn pin(&self, cid: Cid, kind: PinKind) {
        self.keeper.pin(&[cid], kind).await.unwrap();
    }

    /// Waits until the file says that the sweep is over and nothing waits.
    async fn is_done(&self) {
        loop {
            let text = fs::read(file(self.folder.path())).unwrap_or_default();
            let said: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
            if said["cursor"].is_null() && said["pending"] == json!(false) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("providing.json")
}

async fn put(store: &dyn BlockStore, number: u32) -> Multihash {
    let block = Block::sha2_256(number.to_be_bytes().to_vec().into()).unwrap();
    let hash = *block.multihash();
    drop(store.put_many(vec![block], Durability::Prompt).await.unwrap());
    hash
}

/// Whether the DHT has a record of a block.
async fn is_known(hash: Multihash, way_in: &[Multiaddr]) -> bool {
    let asking = knowing(DhtMode::Client, Vec::new(), way_in);
    !found(asking, Cid::new_v1(0x55, hash)).await.0.is_empty()
}

#[tokio::test]
async fn what_is_in_a_store_and_what_comes_into_it_is_announced() {
    let hub = server(&[]).await;
    let way_in = [address(&hub)];
    let provider = provider(&way_in).await;
    let mut all = Provided::of(Scope::All, 0..100).await;
    let task = all.run(&provider);

    let new = put(all.store.as_ref(), 1_000).await;
    while !is_known(new, &way_in).await {}
    all.is_done().await;
    let hashes = all.hashes().await;
    while !is_known(*hashes.last().unwrap(), &way_in).await {}

    assert_eq!(hashes.len(), 101);
    // It ends with its node.
    provider.stop().await;
    put(all.store.as_ref(), 1_001).await;
    task.await.unwrap();
}

#[tokio::test]
async fn of_pinned_trees_all_blocks_are_announced_and_no_others() {
    let hub = server(&[]).await;
    let way_in = [address(&hub)];
    let provider = provider(&way_in).await;
    let mut pinned = Provided::of(Scope::Pinned, 0..100).await;
    let (before, after) = (pinned.file(0).await, pinned.file(64).await);
    pinned.pin(before[0], PinKind::Recursive).await;
    let _task = pinned.run(&provider);
    pinned.is_done().await;
    pinned.pin(after[0], PinKind::Recursive).await;

    for cid in before.iter().chain(&after) {
        while !is_known(*cid.hash(), &way_in).await {}
    }
    assert!(before.len() > 2 && after.len() > 2, "they are trees");
    for number in 0..3 {
        let unpinned = put(pinned.store.as_ref(), number).await;
        assert!(!is_known(unpinned, &way_in).await);
    }
}

#[tokio::test]
async fn of_pins_only_the_roots_are_announced_if_so_told() {
    let hub = server(&[]).await;
    let way_in = [address(&hub)];
    let provider = provider(&way_in).await;
    let mut roots = Provided::of(Scope::Roots, 0..100).await;
    let (before, after) = (roots.file(0).await, roots.file(64).await);
    roots.pin(before[0], PinKind::Recursive).await;
    let _task = roots.run(&provider);
    roots.is_done().await;
    roots.pin(after[0], PinKind::Recursive).await;
    let single = Cid::new_v1(0x55, put(roots.store.as_ref(), 7).await);
    roots.pin(single, PinKind::Direct).await;

    for root in [before[0], after[0], single] {
        while !is_known(*root.hash(), &way_in).await {}
    }
    for below in before.iter().skip(1).chain(after.iter().skip(1)) {
        assert!(!is_known(*below.hash(), &way_in).await);
    }
}

#[tokio::test]
async fn a_sweep_goes_on_after_a_restart_where_it_was() {
    let hub = server(&[]).await;
    let way_in = [address(&hub)];
    let provider = provider(&way_in).await;
    let mut all = Provided::of(Scope::All, 0..100).await;
    let half = all.store.page(&Cursor::START, NonZeroUsize::new(50).unwrap()).await.unwrap();
    let rest = all.store.page(half.next.as_ref().unwrap(), NonZeroUsize::MAX).await.unwrap();
    was_at(&all, &half.next.unwrap(), "all");

    let _task = all.run(&provider);
    all.is_done().await;

    while !is_known(*rest.hashes.last().unwrap(), &way_in).await {}
    for before in &half.hashes[..3] {
        assert!(!is_known(*before, &way_in).await);
    }
}

#[tokio::test]
async fn a_sweep_over_pins_goes_on_after_a_restart_where_it_was() {
    let hub = server(&[]).await;
    let way_in = [address(&hub)];
    let provider = provider(&way_in).await;
    let mut roots = Provided::of(Scope::Roots, 0..6).await;
    for hash in roots.hashes().await {
        roots.pin(Cid::new_v1(0x55, hash), PinKind::Direct).await;
    }
    // As they would be announced by another process.
    let (_, new) = New::of(Scope::Roots, &Keeper::in_memory(Arc::new(MemoryStore::new())));
    roots.new = Some(new);
    let pins: Vec<_> = roots.keeper.pins().await.unwrap().iter().map(|pin| pin.cid).collect();
    was_at(&roots, &Cursor::new(pins[2].to_bytes().into()), "roots");

    let _task = roots.run(&provider);
    roots.is_done().await;

    while !is_known(*pins[5].hash(), &way_in).await {}
    for before in &pins[..3] {
        assert!(!is_known(*before.hash(), &way_in).await);
    }
}

/// An earlier process stopped in a sweep, here.
fn was_at(provided: &Provided, cursor: &Cursor, scope: &str) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let said = json!({
        "began": now.as_secs(), "cursor": cursor.as_bytes(), "pending": false, "scope": scope,
    });
    fs::write(file(provided.folder.path()), said.to_string()).unwrap();
}
