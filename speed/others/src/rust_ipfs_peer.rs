//! rust-ipfs, with nothing on but Bitswap.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use libp2p::Multiaddr;
use rust_ipfs::builder::DefaultIpfsBuilder;
use rust_ipfs::{Block, Ipfs};
use tokio::runtime::Handle;

use crate::content::{Shape, read_cids};
use crate::latencies::Latencies;
use crate::report::Before;

/// Serves all blocks until it is killed, and writes their CIDs.
pub async fn serve(shape: Shape, cids: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
    let ipfs = start().await?;
    let mut names = Vec::new();
    for (cid, block) in shape.blocks() {
        ipfs.put_block(&Block::new(cid, block.bytes().clone())?).await?;
        names.push(cid.to_string());
    }
    fs::write(cids, names.join("\n"))?;
    ipfs.add_listening_address("/ip4/127.0.0.1/tcp/0".parse()?).await?;
    let address = loop {
        if let Some(address) = ipfs.listening_addresses().await?.pop() {
            break address;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let peer = ipfs.keypair().public().to_peer_id();
    println!("{}", serde_json::json!({"address": format!("{address}/p2p/{peer}")}));
    std::future::pending().await
}

/// Fetches all blocks, so many at a time, and counts in `came` those that are there.
pub async fn fetch(
    shape: Shape,
    cids: &Path,
    from: Vec<Multiaddr>,
    window: usize,
    came: &AtomicUsize,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let cids = read_cids(cids)?;
    let ipfs = start().await?;
    let servers = from.len();
    for server in from {
        ipfs.connect(server).await?;
    }
    while ipfs.connected().await?.len() < servers {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let before = Before::now()?;
    let mut latencies = Latencies::default();
    let at_once = if window == 0 { cids.len() } else { window };
    let gets = cids.into_iter().map(|cid| {
        let ipfs = ipfs.clone();
        async move {
            let begun = Instant::now();
            ipfs.get_block(cid).await.map(|_| begun.elapsed())
        }
    });
    let mut gets = stream::iter(gets).buffer_unordered(at_once);
    while let Some(took) = gets.next().await {
        latencies.add(took?);
        came.fetch_add(1, Ordering::Relaxed);
    }
    let total = shape.total() as u64;
    before.report(total, None, total, latencies)
}

/// A node that runs. What builds it cannot go from one thread to another, as a task may.
async fn start() -> Result<Ipfs, Box<dyn Error + Send + Sync>> {
    let runtime = Handle::current();
    let node = move || {
        let builder = DefaultIpfsBuilder::new()
            .with_identify(Default::default())
            .with_ping(Default::default())
            .with_bitswap()
            .enable_tcp();
        runtime.block_on(builder.start())
    };
    Ok(tokio::task::spawn_blocking(node).await??)
}
