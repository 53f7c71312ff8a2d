//! A peer below libp2p's swarm: what becomes of each stream, even of its negotiation, a test
//! decides.

use std::future::poll_fn;

use bitswap_core::wire::ProtocolVersion;
use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::core::Transport as _;
use libp2p::core::muxing::{StreamMuxerExt as _, SubstreamBox};
use libp2p::core::transport::{ListenerId, MemoryTransport, TransportEvent};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId, noise, yamux};
use tokio::sync::mpsc;

/// Takes one connection, and all streams on it.
pub(crate) struct Raw {
    pub(crate) peer: PeerId,
    pub(crate) address: Multiaddr,
    streams: mpsc::Receiver<SubstreamBox>,
}

impl Raw {
    pub(crate) async fn start() -> Self {
        let keys = Keypair::generate_ed25519();
        let transport = MemoryTransport::default().upgrade(Version::V1);
        let transport = transport.authenticate(noise::Config::new(&keys).unwrap());
        let mut transport = transport.multiplex(yamux::Config::default()).boxed();
        transport.listen_on(ListenerId::next(), "/memory/0".parse().unwrap()).unwrap();
        let address = loop {
            if let TransportEvent::NewAddress { listen_addr, .. } =
                transport.select_next_some().await
            {
                break listen_addr;
            }
        };
        let (sender, streams) = mpsc::channel(16);
        tokio::spawn(async move {
            let upgrade = loop {
                if let TransportEvent::Incoming { upgrade, .. } = transport.select_next_some().await
                {
                    break upgrade;
                }
            };
            let (_, mut muxer) = upgrade.await.unwrap();
            let mut next = async || {
                poll_fn(|cx| {
                    drop(muxer.poll_unpin(cx));
                    muxer.poll_inbound_unpin(cx)
                })
                .await
            };
            while let Ok(stream) = next().await {
                if sender.send(stream).await.is_err() {
                    break;
                }
            }
        });
        Self { peer: keys.public().to_peer_id(), address, streams }
    }

    /// The next stream that is opened to it; nothing is negotiated yet.
    pub(crate) async fn next(&mut self) -> SubstreamBox {
        self.streams.recv().await.unwrap()
    }
}

/// Takes the other side's offer of this dialect, and no other.
pub(crate) async fn agree(stream: &mut SubstreamBox, protocol: ProtocolVersion) {
    const HEADER: &str = "/multistream/1.0.0\n";
    let wanted = format!("{}\n", protocol.protocol_id());
    loop {
        let mut length = [0];
        stream.read_exact(&mut length).await.unwrap();
        let mut line = vec![0; length[0].into()];
        stream.read_exact(&mut line).await.unwrap();
        let known = line == HEADER.as_bytes() || line == wanted.as_bytes();
        let answer = if known { line.as_slice() } else { b"na\n" };
        stream.write_all(&[answer.len() as u8]).await.unwrap();
        stream.write_all(answer).await.unwrap();
        stream.flush().await.unwrap();
        if line == wanted.as_bytes() {
            return;
        }
    }
}
