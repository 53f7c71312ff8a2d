//! Two nodes in one process: one serves a folder of files, the other fetches it over libp2p and
//! writes it to disk.
//!
//! `cargo run --release -p bitswap-examples --example fetch_folder [FOLDER]`

#[path = "shared/host.rs"]
mod host;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bitswap_store::{BlockStore, MemoryStore};
use bitswap_unixfs::{BlockReader, Comparison, Fetch, ImportSettings, Walk, compare, import, save};

use host::node;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/shared");
    let folder = std::env::args().nth(1).map_or_else(|| PathBuf::from(shared), PathBuf::from);
    let (there, here) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));

    // The folder becomes blocks. Whoever knows the CID of its root can ask for all of them.
    let settings = ImportSettings::whole();
    let imported = import(Some(there.as_ref()), &folder, &settings, &|_| {}).await?;
    let (_server, address) = node(there, None).await?;

    // What the store lacks comes from the session; the first block that is wanted finds the peer.
    let store: Arc<dyn BlockStore> = here;
    let (client, _) = node(Arc::clone(&store), Some(address)).await?;
    let mut reader = BlockReader::new(Arc::clone(&store));
    reader.attach(Box::new(client.session()), Duration::from_secs(60));
    let fetched = Fetch::new(imported.root, &|_| {}).run(&reader).await?;

    // All of it is in the store now: it can be written and compared without anybody else.
    let copy = std::env::temp_dir().join(format!("fetch_folder-{}", std::process::id()));
    let walk = || Walk::new(BlockReader::new(Arc::clone(&store)), imported.root);
    let saved = save(&mut walk(), &copy, false).await?;
    assert_eq!(compare(&mut walk(), &folder).await?, Comparison::Identical);
    std::fs::remove_dir_all(&copy)?;
    tell(&format!(
        "{}: {} files, {} bytes, in {} blocks",
        imported.root, saved.files, saved.bytes, fetched.blocks_come
    ));
    Ok(())
}

#[expect(clippy::print_stdout, clippy::disallowed_macros, reason = "an example shows something")]
fn tell(line: &str) {
    println!("{line}");
}
