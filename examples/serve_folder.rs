//! Serves a folder of files, and prints what the example `fetch_file` needs to fetch it.
//!
//! `cargo run --release -p bitswap-examples --example serve_folder FOLDER` serves until it is
//! stopped. Without an argument it serves a folder of its own source until somebody, in this
//! process, has compared all of it.

#[path = "shared/host.rs"]
mod host;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bitswap_net::SessionOptions;
use bitswap_store::MemoryStore;
use bitswap_unixfs::{BlockReader, Comparison, ImportSettings, Walk, compare, import};
use cid::Cid;
use libp2p::Multiaddr;

use host::{bitswap, node};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let named = std::env::args().nth(1);
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/shared");
    let folder = Path::new(named.as_deref().unwrap_or(own));

    // The folder becomes blocks. Whoever knows the CID of its root can ask for all of them.
    let store = Arc::new(MemoryStore::new());
    let settings = ImportSettings::whole();
    let root = import(Some(store.as_ref()), folder, &settings, &|_| {}).await?.root;
    let (server, address) = node(bitswap(store)?, None).await?;
    tell(&format!("{root} {address}"));

    if named.is_some() {
        std::future::pending::<()>().await;
    }
    visit(root, address, folder).await?;
    tell(&format!("{} blocks were sent", server.stats().await?.server.blocks_sent.blocks));
    Ok(())
}

/// Reads all of it from the server, while comparing it with what is on disk.
async fn visit(root: Cid, address: Multiaddr, folder: &Path) -> Result<(), Box<dyn Error>> {
    let store = Arc::new(MemoryStore::new());
    let (client, _) = node(bitswap(Arc::clone(&store) as _)?, Some(address)).await?;
    let mut reader = BlockReader::new(store);
    let timeout = Some(Duration::from_secs(60));
    let options = SessionOptions { timeout, ..SessionOptions::default() };
    reader.attach(Box::new(client.session_with(options)));
    assert_eq!(compare(&mut Walk::new(reader, root), folder).await?, Comparison::Identical);
    Ok(())
}

#[expect(clippy::print_stdout, clippy::disallowed_macros, reason = "an example shows something")]
fn tell(line: &str) {
    println!("{line}");
}
