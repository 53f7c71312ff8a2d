//! What a store has is announced: what comes into it, and all of it in sweeps that survive a
//! restart.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bitswap_net::Block;
use bitswap_store::{BlockStore, Cursor, Durability, MemoryStore, Multihash};
use cid::Cid;
use libp2p::Multiaddr;
use serde_json::json;
use tempfile::TempDir;

use super::{address, found, knowing, provider, server};
use crate::config::DhtMode;
use crate::node::Node;
use crate::providing::{Added, NewBlocks, ProgressFile, ProvideConfig, Providing};

/// Announces what is in a store.
fn providing(node: &Node, store: &Arc<NewBlocks>, added: Added, folder: &TempDir) -> Providing {
    let interval = Duration::from_secs(3_600);
    let config =
        ProvideConfig { interval, per_second: 1_000, file: ProgressFile(file(folder.path())) };
    let blocks: Arc<dyn BlockStore> = Arc::<NewBlocks>::clone(store);
    Providing::new(blocks, added, node.announcer(), config)
}

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("providing.json")
}

/// A store with new blocks of these numbers, none of which was announced.
async fn store(numbers: std::ops::Range<u32>) -> (Arc<NewBlocks>, Added) {
    let memory = Arc::new(MemoryStore::new());
    for number in numbers {
        put(memory.as_ref(), number).await;
    }
    let (store, added) = NewBlocks::of(memory);
    (Arc::new(store), added)
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

/// Waits until the file says that the sweep is over and nothing waits.
async fn is_done(folder: &TempDir) {
    loop {
        let text = fs::read(file(folder.path())).unwrap_or_default();
        let said: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        if said["cursor"].is_null() && said["pending"] == json!(false) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_in_a_store_and_what_comes_into_it_is_announced() {
    let hub = server(&[]).await;
    let way_in = [address(&hub)];
    let provider = provider(&way_in).await;
    let folder = TempDir::new().unwrap();
    let (store, added) = store(0..100).await;
    let task = tokio::spawn(providing(&provider, &store, added, &folder).run());

    let new = put(store.as_ref(), 1_000).await;
    while !is_known(new, &way_in).await {}
    is_done(&folder).await;
    let page = store.page(&Cursor::START, NonZeroUsize::MAX).await.unwrap();
    let last = *page.hashes.last().unwrap();
    while !is_known(last, &way_in).await {}

    assert_eq!(page.hashes.len(), 101);
    // It ends with its node.
    provider.stop().await;
    put(store.as_ref(), 1_001).await;
    task.await.unwrap();
}

#[tokio::test]
async fn a_sweep_goes_on_after_a_restart_where_it_was() {
    let hub = server(&[]).await;
    let way_in = [address(&hub)];
    let provider = provider(&way_in).await;
    let folder = TempDir::new().unwrap();
    let (store, added) = store(0..100).await;
    let half = store.page(&Cursor::START, NonZeroUsize::new(50).unwrap()).await.unwrap();
    let rest = store.page(half.next.as_ref().unwrap(), NonZeroUsize::MAX).await.unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let cursor = half.next.unwrap();
    let said = json!({
        "began": now.as_secs(), "cursor": cursor.as_bytes(), "pending": false,
    });
    fs::write(file(folder.path()), said.to_string()).unwrap();

    let _task = tokio::spawn(providing(&provider, &store, added, &folder).run());
    is_done(&folder).await;

    while !is_known(*rest.hashes.last().unwrap(), &way_in).await {}
    for before in &half.hashes[..3] {
        assert!(!is_known(*before, &way_in).await);
    }
}
