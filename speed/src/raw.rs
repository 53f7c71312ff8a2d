//! Bare libp2p streams: what any protocol over the same transport could reach at most.
//!
//! A client opens one stream, says how many bytes it wants, and gets that many; then again.

use std::error::Error;
use std::time::Instant;

use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use libp2p::{Multiaddr, PeerId, Stream, StreamProtocol};
use libp2p_stream::{Behaviour, Control};
use multihash_codetable::{Code, MultihashDigest as _};

use crate::content::Shape;
use crate::host::{self, Transport};
use crate::latencies::Latencies;
use crate::report::Before;

const PROTOCOL: StreamProtocol = StreamProtocol::new("/speed/raw/1.0.0");
/// Each write, and each read, has at most this many bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// Serves until it is killed.
pub async fn serve(transport: Transport) -> Result<(), Box<dyn Error + Send + Sync>> {
    let behaviour = Behaviour::new();
    let mut incoming = behaviour.new_control().accept(PROTOCOL)?;
    let mut swarm = host::swarm(behaviour)?;
    host::listen(&mut swarm, transport).await?;
    host::run(swarm);
    while let Some((_, stream)) = incoming.next().await {
        tokio::spawn(give(stream));
    }
    Ok(())
}

async fn give(mut stream: Stream) -> std::io::Result<()> {
    let piece = vec![0x5a; PIECE_BYTES];
    let mut wanted = [0; 8];
    loop {
        stream.read_exact(&mut wanted).await?;
        let mut left = u64::from_le_bytes(wanted) as usize;
        while left > 0 {
            let now = left.min(PIECE_BYTES);
            stream.write_all(&piece[..now]).await?;
            left -= now;
        }
        stream.flush().await?;
    }
}

/// Fetches as many bytes as all blocks have, an equal share from each server: in one request, or
/// with a `window` of 1 block by block.
pub async fn fetch(
    shape: Shape,
    from: &[Multiaddr],
    window: usize,
    is_hashed: bool,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let behaviour = Behaviour::new();
    let control = behaviour.new_control();
    let mut swarm = host::swarm(behaviour)?;
    let servers = host::connect(&mut swarm, from).await?;
    host::run(swarm);
    let hashed = is_hashed.then_some(shape.bytes);
    let (requests, bytes) = match window {
        1 => (shape.blocks, shape.bytes),
        _ => (1, shape.total() / servers.len()),
    };
    let before = Before::now()?;
    let each = servers
        .into_iter()
        .map(|server| tokio::spawn(take(control.clone(), server, requests, bytes, hashed)));
    let mut latencies = Latencies::default();
    for taken in futures::future::join_all(each).await {
        latencies.extend(taken??);
    }
    let total = shape.total() as u64;
    before.report(total, Some(total), 0, latencies)
}

async fn take(
    mut control: Control,
    server: PeerId,
    requests: usize,
    bytes: usize,
    hashed: Option<usize>,
) -> Result<Latencies, Box<dyn Error + Send + Sync>> {
    let mut stream = control.open_stream(server, PROTOCOL).await?;
    let mut piece = vec![0; hashed.unwrap_or(PIECE_BYTES).min(bytes)];
    let mut latencies = Latencies::default();
    for _ in 0..requests {
        let begun = Instant::now();
        stream.write_all(&(bytes as u64).to_le_bytes()).await?;
        stream.flush().await?;
        let mut left = bytes;
        while left > 0 {
            let now = left.min(piece.len());
            if hashed.is_some() {
                stream.read_exact(&mut piece[..now]).await?;
                std::hint::black_box(Code::Sha2_256.digest(&piece[..now]));
                left -= now;
            } else {
                left -= stream.read(&mut piece[..now]).await?;
            }
        }
        latencies.add(begun.elapsed());
    }
    Ok(latencies)
}
