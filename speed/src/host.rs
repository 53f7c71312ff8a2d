//! libp2p hosts with one behaviour and libp2p's defaults.

use std::error::Error;

use clap::ValueEnum;
use futures::StreamExt as _;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, noise, tcp, yamux};

/// How bytes travel.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Transport {
    /// With Noise and Yamux.
    Tcp,
    Quic,
}

pub fn swarm<B: NetworkBehaviour>(behaviour: B) -> Result<Swarm<B>, Box<dyn Error + Send + Sync>> {
    Ok(SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)?
        .with_quic()
        .with_behaviour(|_| behaviour)?
        .build())
}

/// Listens on a port of the system's choice, and prints the address.
pub async fn listen<B: NetworkBehaviour>(
    swarm: &mut Swarm<B>,
    transport: Transport,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let address = match transport {
        Transport::Tcp => "/ip4/127.0.0.1/tcp/0",
        Transport::Quic => "/ip4/127.0.0.1/udp/0/quic-v1",
    };
    swarm.listen_on(address.parse()?)?;
    loop {
        if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
            let peer = swarm.local_peer_id();
            println!("{}", serde_json::json!({"address": format!("{address}/p2p/{peer}")}));
            return Ok(());
        }
    }
}

/// Dials all servers, and waits until they are there.
pub async fn connect<B: NetworkBehaviour>(
    swarm: &mut Swarm<B>,
    servers: &[Multiaddr],
) -> Result<Vec<PeerId>, Box<dyn Error + Send + Sync>> {
    for server in servers {
        swarm.dial(server.clone())?;
    }
    let mut peers = Vec::new();
    while peers.len() < servers.len() {
        match swarm.select_next_some().await {
            SwarmEvent::ConnectionEstablished { peer_id, .. } => peers.push(peer_id),
            SwarmEvent::OutgoingConnectionError { error, .. } => return Err(error.into()),
            _ => {}
        }
    }
    Ok(peers)
}

/// Lets it go on by itself.
pub fn run<B: NetworkBehaviour + Send>(mut swarm: Swarm<B>)
where
    B::ToSwarm: Send,
{
    tokio::spawn(async move { while swarm.next().await.is_some() {} });
}
