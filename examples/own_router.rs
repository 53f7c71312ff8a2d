//! A content router of one's own: a table that says which peer has what. Nobody is connected
//! before it is asked.
//!
//! `cargo run --release -p bitswap-examples --example own_router`

#[path = "shared/host.rs"]
mod host;

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use bitswap_core::Block;
use bitswap_net::{ContentRouter, Found, Provider};
use bitswap_store::MemoryStore;
use bytes::Bytes;
use cid::Cid;
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use host::{bitswap, node};

struct Table(HashMap<Cid, Vec<Multiaddr>>);

#[async_trait]
impl ContentRouter for Table {
    async fn find(&self, cid: &Cid, found: Found) {
        for address in self.0.get(cid).into_iter().flatten() {
            let Some(Protocol::P2p(peer)) = address.iter().last() else { continue };
            // False says that enough were found.
            if !found.push(Provider { peer, addresses: vec![address.clone()] }).await {
                return;
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, address) = node(bitswap(Arc::new(MemoryStore::new()))?, None).await?;
    let block = Block::sha2_256(Bytes::from_static(b"somewhere"))?;
    let cid = Cid::new_v1(0x55, *block.multihash());
    server.put(vec![(cid, block)]).await?;

    let table = Table(HashMap::from([(cid, vec![address])]));
    let builder = bitswap(Arc::new(MemoryStore::new()))?.router(Arc::new(table));
    let (client, _) = node(builder, None).await?;

    assert_eq!(client.get(cid).await?.bytes(), &b"somewhere"[..]);
    Ok(())
}
