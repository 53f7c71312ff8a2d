//! beetswap in a swarm of its own.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use blockstore::{Blockstore as _, InMemoryBlockstore};
use futures::StreamExt as _;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, Swarm, SwarmBuilder, noise, tcp, yamux};

use crate::content::{Shape, read_cids};
use crate::latencies::Latencies;
use crate::report::Before;

type Store = InMemoryBlockstore<64>;
type Behaviour = beetswap::Behaviour<64, Store>;

fn swarm(store: Store) -> Result<Swarm<Behaviour>, Box<dyn Error + Send + Sync>> {
    Ok(SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)?
        .with_behaviour(|_| Behaviour::new(Arc::new(store)))?
        .with_swarm_config(|it| it.with_idle_connection_timeout(Duration::from_secs(600)))
        .build())
}

/// Serves all blocks until it is killed, and writes their CIDs.
pub async fn serve(shape: Shape, cids: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
    let store = Store::new();
    let mut names = Vec::new();
    for (cid, block) in shape.blocks() {
        store.put_keyed(&cid, block.bytes()).await?;
        names.push(cid.to_string());
    }
    fs::write(cids, names.join("\n"))?;
    let mut swarm = swarm(store)?;
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;
    loop {
        if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
            let peer = swarm.local_peer_id();
            println!("{}", serde_json::json!({"address": format!("{address}/p2p/{peer}")}));
        }
    }
}

/// Fetches all blocks, and counts in `came` those that are there.
pub async fn fetch(
    shape: Shape,
    cids: &Path,
    from: &[Multiaddr],
    window: usize,
    came: &AtomicUsize,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut cids = read_cids(cids)?.into_iter();
    let mut swarm = swarm(Store::new())?;
    for server in from {
        swarm.dial(server.clone())?;
    }
    let mut connected = 0;
    while connected < from.len() {
        match swarm.select_next_some().await {
            SwarmEvent::ConnectionEstablished { .. } => connected += 1,
            SwarmEvent::OutgoingConnectionError { error, .. } => return Err(error.into()),
            _ => {}
        }
    }
    let before = Before::now()?;
    let mut latencies = Latencies::default();
    let mut open = HashMap::new();
    let most = if window == 0 { usize::MAX } else { window };
    for cid in cids.by_ref().take(most) {
        open.insert(swarm.behaviour_mut().get(&cid), Instant::now());
    }
    while !open.is_empty() {
        match swarm.select_next_some().await {
            SwarmEvent::Behaviour(beetswap::Event::GetQueryResponse { query_id, .. }) => {
                if let Some(begun) = open.remove(&query_id) {
                    latencies.add(begun.elapsed());
                    came.fetch_add(1, Ordering::Relaxed);
                }
                if let Some(cid) = cids.next() {
                    open.insert(swarm.behaviour_mut().get(&cid), Instant::now());
                }
            }
            SwarmEvent::Behaviour(beetswap::Event::GetQueryError { error, .. }) => {
                return Err(error.into());
            }
            _ => {}
        }
    }
    let total = shape.total() as u64;
    before.report(total, None, total, latencies)
}
