//! Nodes of ours on loopback.

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::strategy::StrategySet;
use bitswap_net::{Bitswap, Builder};
use bitswap_store::MemoryStore;
use futures::StreamExt as _;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, Swarm, SwarmBuilder, noise, tcp, yamux};

use crate::Outcome;

/// A node with these strategies that listens on a free port, and dials `peer`.
pub(crate) async fn node(
    strategies: StrategySet,
    peer: Option<Multiaddr>,
) -> Outcome<(Bitswap, Multiaddr)> {
    let (behaviour, bitswap) = Builder::new(Arc::new(MemoryStore::new()), strategies).build()?;
    let mut swarm = swarm(behaviour)?;
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

/// A libp2p host on TCP with this behaviour.
pub(crate) fn swarm<B: NetworkBehaviour>(behaviour: B) -> Outcome<Swarm<B>> {
    Ok(SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)?
        .with_behaviour(|_| behaviour)?
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(60)))
        .build())
}
