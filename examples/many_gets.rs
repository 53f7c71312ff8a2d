//! Ever more single gets open in one session, between two real hosts: all blocks arrive, and what
//! one takes does not grow with how many are open.
//!
//! `cargo run --release -p bitswap-examples --example many_gets`

#[path = "shared/host.rs"]
mod host;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bitswap_core::Block;
use bitswap_net::Bitswap;
use bitswap_store::MemoryStore;
use bytes::Bytes;
use cid::Cid;
use futures::{StreamExt as _, TryStreamExt as _};

use host::{bitswap, node};

const BLOCKS: u64 = 10_000;
const OPEN: [usize; 5] = [10, 100, 1_000, 3_000, 10_000];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, address) = node(bitswap(Arc::new(MemoryStore::new()))?, None).await?;
    let blocks = (0..BLOCKS).map(block).collect::<Result<Vec<_>, _>>()?;
    let cids: Vec<Cid> = blocks.iter().map(|(cid, _)| *cid).collect();
    server.put(blocks).await?;

    tell("gets open   blocks   µs a block");
    for open in OPEN {
        let store = Arc::new(MemoryStore::new());
        let (client, _) = node(bitswap(store)?, Some(address.clone())).await?;
        let took = fetch(&client, &cids, open).await?;
        let micros = took.as_secs_f64() * 1e6 / cids.len() as f64;
        tell(&format!("{open:>9}   {:>6}   {micros:>10.1}", cids.len()));
    }
    Ok(())
}

/// Fetches each block by a get of its own, so many of them open at once.
async fn fetch(client: &Bitswap, cids: &[Cid], open: usize) -> Result<Duration, Box<dyn Error>> {
    let session = client.session();
    let begun = Instant::now();
    let gets = futures::stream::iter(cids).map(|cid| session.get(*cid)).buffer_unordered(open);
    let fetched = gets.try_fold(0, async |count, _| Ok(count + 1));
    let fetched: usize = tokio::time::timeout(Duration::from_secs(120), fetched).await??;
    assert_eq!(fetched, cids.len());
    Ok(begun.elapsed())
}

/// A block of 1 KiB.
fn block(name: u64) -> Result<(Cid, Block), Box<dyn Error>> {
    let block = Block::sha2_256(Bytes::from(name.to_be_bytes().repeat(128)))?;
    Ok((Cid::new_v1(0x55, *block.multihash()), block))
}

#[expect(clippy::print_stdout, clippy::disallowed_macros, reason = "an example shows something")]
fn tell(line: &str) {
    println!("{line}");
}
