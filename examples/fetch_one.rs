//! Two nodes in one process: one has a block, the other fetches it over libp2p.
//!
//! `cargo run --release -p bitswap-examples --example fetch_one`

#[path = "shared/host.rs"]
mod host;

use std::error::Error;
use std::sync::Arc;

use bitswap_core::Block;
use bitswap_store::MemoryStore;
use bytes::Bytes;
use cid::Cid;

use host::{bitswap, node};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, address) = node(bitswap(Arc::new(MemoryStore::new()))?, None).await?;
    let (client, _) = node(bitswap(Arc::new(MemoryStore::new()))?, Some(address)).await?;

    let block = Block::sha2_256(Bytes::from_static(b"a block that only one of them has"))?;
    let cid = Cid::new_v1(0x55, *block.multihash());
    server.put(vec![(cid, block)]).await?;

    let fetched = client.get(cid).await?;
    assert_eq!(fetched.bytes(), &b"a block that only one of them has"[..]);
    for (peer, account) in client.accounts().await? {
        tell(&format!("{cid}: {} bytes from {peer}", account.received_from));
    }
    Ok(())
}

#[expect(clippy::print_stdout, clippy::disallowed_macros, reason = "an example shows something")]
fn tell(line: &str) {
    println!("{line}");
}
