//! This project's library, as a program that embeds it has it: default strategies, blocks in
//! memory or on disk.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bitswap_net::{Behaviour, Bitswap, Builder};
use bitswap_store::{BlockStore, MemoryStore, SegmentStore};
use bitswap_strategies::catalog::StrategyChoice;
use futures::{StreamExt as _, stream};
use libp2p::Multiaddr;

use crate::content::{Shape, read_cids};
use crate::host::{self, Transport};
use crate::latencies::Latencies;
use crate::report::Before;

pub fn memory() -> Arc<dyn BlockStore> {
    Arc::new(MemoryStore::new())
}

pub fn disk(folder: Option<PathBuf>) -> Result<Arc<dyn BlockStore>, Box<dyn Error + Send + Sync>> {
    Ok(Arc::new(SegmentStore::open(folder.ok_or("no --store")?)?))
}

fn bitswap(
    store: Arc<dyn BlockStore>,
) -> Result<(Behaviour, Bitswap), Box<dyn Error + Send + Sync>> {
    let strategies = StrategyChoice::default().build()?;
    Ok(Builder::new(store, strategies).build()?)
}

/// Serves all blocks until it is killed, and writes their CIDs.
pub async fn serve(
    store: Arc<dyn BlockStore>,
    transport: Transport,
    shape: Shape,
    cids: &Path,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (behaviour, bitswap) = bitswap(store)?;
    let mut swarm = host::swarm(behaviour)?;
    let putting = async {
        let blocks: Vec<_> = shape.blocks().collect();
        let names: Vec<_> = blocks.iter().map(|(cid, _)| cid.to_string()).collect();
        bitswap.put(blocks).await?;
        fs::write(cids, names.join("\n"))?;
        Ok::<_, Box<dyn Error + Send + Sync>>(())
    };
    tokio::select! {
        put = putting => put?,
        () = async { while swarm.next().await.is_some() {} } => {}
    }
    host::listen(&mut swarm, transport).await?;
    while swarm.next().await.is_some() {}
    drop(bitswap);
    Ok(())
}

/// Fetches all blocks in one session: as one list, or by so many gets at a time.
pub async fn fetch(
    store: Arc<dyn BlockStore>,
    shape: Shape,
    cids: &Path,
    from: &[Multiaddr],
    window: usize,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let cids = read_cids(cids)?;
    let (behaviour, bitswap) = bitswap(store)?;
    let mut swarm = host::swarm(behaviour)?;
    host::connect(&mut swarm, from).await?;
    host::run(swarm);
    let before = Before::now()?;
    let session = bitswap.session();
    let mut latencies = Latencies::default();
    if window == 0 {
        let mut blocks = session.get_many(cids);
        while let Some((_, block)) = blocks.next().await {
            block?;
        }
    } else {
        let gets = cids.into_iter().map(|cid| {
            let session = session.clone();
            async move {
                let begun = Instant::now();
                session.get(cid).await.map(|_| begun.elapsed())
            }
        });
        let mut gets = stream::iter(gets).buffer_unordered(window);
        while let Some(took) = gets.next().await {
            latencies.add(took?);
        }
    }
    let total = shape.total() as u64;
    let client = bitswap.stats().await?.client;
    let received = client.wanted.bytes + client.duplicate.bytes + client.unasked.bytes;
    before.report(total, Some(received), total, latencies)
}
