//! Bitswap in a libp2p program of one's own, with nothing else of this project: two swarms, one of
//! which fetches what the other has.
//!
//! `cargo run`

use std::error::Error;
use std::sync::Arc;

use bitswap_core::Block;
use bitswap_net::{Behaviour, Bitswap, Builder};
use bitswap_store::MemoryStore;
use bitswap_strategies::catalog::StrategyChoice;
use cid::Cid;
use futures::StreamExt as _;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, Swarm, SwarmBuilder, noise, tcp, yamux};

const RAW: u64 = 0x55;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (mut server, of_server) = node()?;
    let (mut client, of_client) = node()?;
    let address = listening(&mut server).await?;
    client.dial(address)?;
    for mut swarm in [server, client] {
        tokio::spawn(async move { while swarm.next().await.is_some() {} });
    }

    let block = Block::sha2_256("fetched by a program that embeds Bitswap".into())?;
    let cid = Cid::new_v1(RAW, *block.multihash());
    of_server.put(vec![(cid, block)]).await?;

    let fetched = of_client.get(cid).await?;
    println!("{cid}: {}", String::from_utf8_lossy(fetched.bytes()));
    Ok(())
}

/// A swarm that speaks Bitswap and nothing else, and the handle to it.
fn node() -> Result<(Swarm<Behaviour>, Bitswap), Box<dyn Error>> {
    let strategies = StrategyChoice::default().build()?;
    let (behaviour, bitswap) = Builder::new(Arc::new(MemoryStore::new()), strategies).build()?;
    let swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)?
        .with_behaviour(|_| behaviour)?
        .build();
    Ok((swarm, bitswap))
}

/// Where a swarm takes connections, on a free port.
async fn listening(swarm: &mut Swarm<Behaviour>) -> Result<Multiaddr, Box<dyn Error>> {
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;
    loop {
        if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
            return Ok(address);
        }
    }
}
