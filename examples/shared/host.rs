//! A libp2p host with Bitswap, as the examples that need one have it.

use std::error::Error;
use std::sync::Arc;

use bitswap_net::{Bitswap, Builder};
use bitswap_store::BlockStore;
use bitswap_strategies::catalog::StrategyChoice;
use futures::StreamExt as _;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, SwarmBuilder, noise, tcp, yamux};

/// A node on `store` with the default strategies that listens on a free port, and dials `peer`.
pub(crate) async fn node(
    store: Arc<dyn BlockStore>,
    peer: Option<Multiaddr>,
) -> Result<(Bitswap, Multiaddr), Box<dyn Error>> {
    let strategies = StrategyChoice::default().build()?;
    let (behaviour, bitswap) = Builder::new(store, strategies).build()?;
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
