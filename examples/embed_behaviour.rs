//! Bitswap as one behaviour among others in a swarm of one's own: here beside `ping`.
//!
//! `cargo run --release -p bitswap-examples --example embed_behaviour`

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bitswap_core::Block;
use bitswap_net::{Behaviour, Bitswap, Builder};
use bitswap_store::MemoryStore;
use bitswap_strategies::catalog::StrategyChoice;
use bytes::Bytes;
use cid::Cid;
use futures::StreamExt as _;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Swarm, SwarmBuilder, noise, ping, tcp, yamux};

#[derive(NetworkBehaviour)]
struct Mine {
    bitswap: Behaviour,
    ping: ping::Behaviour,
}

fn swarm() -> Result<(Swarm<Mine>, Bitswap), Box<dyn Error>> {
    let strategies = StrategyChoice::default().build()?;
    let (bitswap, handle) = Builder::new(Arc::new(MemoryStore::new()), strategies).build()?;
    let ping = ping::Behaviour::new(ping::Config::new().with_interval(Duration::from_millis(1)));
    let swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)?
        .with_behaviour(|_| Mine { bitswap, ping })?
        .build();
    Ok((swarm, handle))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (mut there, server) = swarm()?;
    let (mut here, client) = swarm()?;
    there.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;
    let address = loop {
        if let SwarmEvent::NewListenAddr { address, .. } = there.select_next_some().await {
            break address;
        }
    };
    tokio::spawn(async move { while there.next().await.is_some() {} });

    let block = Block::sha2_256(Bytes::from_static(b"beside pings"))?;
    let cid = Cid::new_v1(0x55, *block.multihash());
    server.put(vec![(cid, block)]).await?;

    // The swarm is ours to run: events of all its behaviours come out of it.
    here.dial(address)?;
    let mut fetching = std::pin::pin!(client.get(cid));
    let (mut fetched, mut round_trip) = (None, None);
    while fetched.is_none() || round_trip.is_none() {
        tokio::select! {
            block = &mut fetching, if fetched.is_none() => fetched = Some(block?),
            event = here.select_next_some() => if let SwarmEvent::Behaviour(event) = event {
                match event {
                    MineEvent::Ping(ping) => round_trip = Some(ping.result?),
                    MineEvent::Bitswap(told) => tell(&format!("{told:?}")),
                }
            },
        }
    }
    assert_eq!(fetched.as_ref().map(|block| &block.bytes()[..]), Some(&b"beside pings"[..]));
    tell(&format!("{cid} came from a peer that answers pings in {round_trip:?}"));
    Ok(())
}

#[expect(clippy::print_stdout, clippy::disallowed_macros, reason = "an example shows something")]
fn tell(line: &str) {
    println!("{line}");
}
