//! Two nodes in one process: one has a block, the other fetches it over libp2p.
//!
//! `cargo run --release -p bitswap-examples --example fetch_one`

use std::error::Error;
use std::sync::Arc;

use bitswap_core::Block;
use bitswap_net::{Bitswap, Builder};
use bitswap_store::MemoryStore;
use bitswap_strategies::catalog::StrategyChoice;
use bytes::Bytes;
use cid::Cid;
use futures::StreamExt as _;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, SwarmBuilder, noise, tcp, yamux};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (server, address) = node(None).await?;
    let (client, _) = node(Some(address)).await?;

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

/// A node with the default strategies that listens on a free port, and dials `peer`.
async fn node(peer: Option<Multiaddr>) -> Result<(Bitswap, Multiaddr), Box<dyn Error>> {
    let strategies = StrategyChoice::default().build()?;
    let (behaviour, bitswap) = Builder::new(Arc::new(MemoryStore::new()), strategies).build()?;
    let mut swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)?
        .with_behaviour(|_| behaviour)?
        .build();
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;
    if let Some(address) = peer {
        swarm.dial(address)?;
    }
    let address = loop {
        if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
            break address;
        }
    };
    tokio::spawn(async move { while swarm.next().await.is_some() {} });
    Ok((bitswap, address))
}

#[expect(clippy::print_stdout, clippy::disallowed_macros, reason = "an example shows something")]
fn tell(line: &str) {
    println!("{line}");
}
