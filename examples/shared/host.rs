//! A libp2p host with Bitswap, as the examples that need one have it.

use std::error::Error;
use std::sync::Arc;

use bitswap_net::{Bitswap, Builder};
use bitswap_store::BlockStore;
use bitswap_strategies::catalog::StrategyChoice;
use futures::StreamExt as _;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, SwarmBuilder, noise, tcp, yamux};

/// Bitswap over `store` with the default strategies.
pub(crate) fn bitswap(store: Arc<dyn BlockStore>) -> Result<Builder, Box<dyn Error>> {
    Ok(Builder::new(store, StrategyChoice::default().build()?))
}

/// A node that listens on a free port of loopback, and dials `peer`. Its own address says which
/// peer it is.
pub(crate) async fn node(
    builder: Builder,
    peer: Option<Multiaddr>,
) -> Result<(Bitswap, Multiaddr), Box<dyn Error>> {
    let (behaviour, bitswap) = builder.build()?;
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
            break address
                .with_p2p(*swarm.local_peer_id())
                .map_err(|_| "two peers in an address")?;
        }
    };
    tokio::spawn(async move { while swarm.next().await.is_some() {} });
    Ok((bitswap, address))
}
