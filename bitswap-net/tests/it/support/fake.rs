//! A peer that does what a test tells it, stream by stream and frame by frame.

use std::time::Duration;

use bitswap_core::wire::{Message, ProtocolVersion, decode, encode, frame_length};
use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use libp2p::swarm::StreamProtocol;
use libp2p::{PeerId, Stream};
use libp2p_stream::{Behaviour, Control, IncomingStreams};

use super::{Host, Node};

pub(crate) struct Fake {
    pub(crate) host: Host<Behaviour>,
    pub(crate) control: Control,
    pub(crate) peer: PeerId,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let behaviour = Behaviour::new();
        let control = behaviour.new_control();
        let host = Host::start(behaviour, Duration::from_secs(3_600)).await;
        Self { peer: host.peer, host, control }
    }

    /// Listens in this dialect from now on.
    pub(crate) fn listen(&mut self, protocol: ProtocolVersion) -> IncomingStreams {
        self.control.accept(StreamProtocol::new(protocol.protocol_id())).unwrap()
    }

    /// Opens a stream to a node that it is connected to.
    pub(crate) async fn open(&mut self, node: &Node, protocol: ProtocolVersion) -> Stream {
        let protocol = StreamProtocol::new(protocol.protocol_id());
        self.control.open_stream(node.peer, protocol).await.unwrap()
    }
}

/// Writes a message.
pub(crate) async fn send(
    stream: &mut (impl AsyncWrite + Unpin),
    message: &Message,
    protocol: ProtocolVersion,
) {
    stream.write_all(&encode(message, protocol)).await.unwrap();
    stream.flush().await.unwrap();
}

/// Reads a message; `None` at the end of the stream.
pub(crate) async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> Option<Message> {
    let mut start = Vec::new();
    let length = loop {
        if let Some((length, _)) = frame_length(&start).unwrap() {
            break length;
        }
        let mut byte = [0];
        stream.read_exact(&mut byte).await.ok()?;
        start.extend(byte);
    };
    let mut frame = vec![0; length];
    stream.read_exact(&mut frame).await.ok()?;
    Some(decode(frame.into(), ProtocolVersion::Relay).unwrap().verify(|_, _| true).0)
}
