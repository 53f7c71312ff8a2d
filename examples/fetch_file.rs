//! Fetches a file or a folder from a peer, and writes it to disk.
//!
//! `cargo run --release -p bitswap-examples --example fetch_file CID ADDRESS PATH`, for instance
//! with what the example `serve_folder` prints. Without arguments it fetches its own source from
//! a second node in this process.

#[path = "shared/host.rs"]
mod host;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bitswap_net::SessionOptions;
use bitswap_store::{BlockStore, MemoryStore};
use bitswap_unixfs::{BlockReader, Fetch, ImportSettings, Walk, import, save};
use cid::Cid;
use libp2p::Multiaddr;

use host::{bitswap, node};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [cid, address, path] = arguments.as_slice() {
        return fetch(cid.parse()?, address.parse()?, Path::new(path)).await;
    }
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/fetch_file.rs");
    let store = Arc::new(MemoryStore::new());
    let settings = ImportSettings::default();
    let root = import(Some(store.as_ref()), Path::new(source), &settings, &|_| {}).await?.root;
    let (_server, address) = node(bitswap(store)?, None).await?;

    let copy = std::env::temp_dir().join(format!("fetch_file-{}", std::process::id()));
    fetch(root, address, &copy).await?;
    assert_eq!(std::fs::read(&copy)?, std::fs::read(source)?);
    std::fs::remove_file(&copy)?;
    Ok(())
}

async fn fetch(root: Cid, from: Multiaddr, path: &Path) -> Result<(), Box<dyn Error>> {
    let store: Arc<dyn BlockStore> = Arc::new(MemoryStore::new());
    let (client, _) = node(bitswap(Arc::clone(&store))?, Some(from)).await?;

    // What the store lacks comes from the session; the first block that is wanted finds the peer.
    let mut reader = BlockReader::new(Arc::clone(&store));
    let timeout = Some(Duration::from_secs(60));
    let options = SessionOptions { timeout, ..SessionOptions::default() };
    reader.attach(Box::new(client.session_with(options)));
    let fetched = Fetch::new(root, &|_| {}).run(&reader).await?;

    // All of it is in the store now: it can be written without anybody else.
    let saved = save(&mut Walk::new(BlockReader::new(store), root), path, false).await?;
    tell(&format!("{}: {} bytes in {} blocks", path.display(), saved.bytes, fetched.blocks_come));
    Ok(())
}

#[expect(clippy::print_stdout, clippy::disallowed_macros, reason = "an example shows something")]
fn tell(line: &str) {
    println!("{line}");
}
