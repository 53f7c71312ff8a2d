//! Peers that keep to no rule.

use std::time::Duration;

use bitswap_core::wire::ProtocolVersion;
use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::swarm::{StreamProtocol, SwarmEvent};
use libp2p::{Multiaddr, Stream};
use tokio::time::{sleep, timeout};

use crate::Outcome;
use crate::hosts::swarm;

/// Writes the frames again and again, on a new stream when the last one was reset.
pub(crate) async fn attack(
    address: Multiaddr,
    frames: Vec<Vec<u8>>,
    time: Duration,
) -> Outcome<()> {
    let behaviour = libp2p_stream::Behaviour::new();
    let mut control = behaviour.new_control();
    let mut swarm = swarm(behaviour)?;
    swarm.dial(address)?;
    let peer = loop {
        if let SwarmEvent::ConnectionEstablished { peer_id, .. } = swarm.select_next_some().await {
            break peer_id;
        }
    };
    let id = StreamProtocol::new(ProtocolVersion::V1_2.protocol_id());
    let mut answers = control.accept(id.clone())?;
    tokio::spawn(async move {
        while let Some((_, stream)) = answers.next().await {
            tokio::spawn(read_all(stream));
        }
    });
    tokio::spawn(async move { while swarm.next().await.is_some() {} });
    // The honest peer is there first.
    sleep(Duration::from_millis(500)).await;
    let attack = async {
        loop {
            match control.open_stream(peer, id.clone()).await {
                Ok(stream) => write_all(stream, &frames).await,
                Err(_) => sleep(Duration::from_millis(10)).await,
            }
        }
    };
    // Its end is not awaited: it writes until its time is over.
    drop(timeout(time + Duration::from_secs(5), attack).await);
    Ok(())
}

async fn write_all(mut stream: Stream, frames: &[Vec<u8>]) {
    for frame in frames.iter().cycle() {
        if stream.write_all(frame).await.is_err() {
            return;
        }
    }
}

async fn read_all(mut stream: Stream) {
    let mut bytes = vec![0; 1 << 16];
    while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
}
