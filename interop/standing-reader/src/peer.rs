//! One peer: its connection, what it asks, and what it leaves unread.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bitswap_core::wire::ProtocolVersion;
use cid::Cid;
use futures::channel::oneshot;
use futures::future::Shared;
use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use libp2p::core::UpgradeInfo as _;
use libp2p::core::muxing::StreamMuxerExt as _;
use libp2p::core::upgrade::OutboundConnectionUpgrade as _;
use libp2p::identity::Keypair;
use libp2p::{noise, yamux};
use multistream_select::{Version, dialer_select_proto, listener_select_proto};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::answers::Answers;
use crate::asks::{cancelled, cancels, part_of, wantlist};
use crate::paced::{Pace, Paced};
use crate::tally::{Asking, Tally};

/// What the kernel keeps of what is not read: that of a socket which just began, and it stays so.
const RECEIVE_BUFFER_BYTES: u32 = 64 * 1024;
const HANDSHAKES: Duration = Duration::from_secs(30);
const BEFORE_A_NEW_DIAL: Duration = Duration::from_secs(1);

/// What all peers do.
pub(crate) struct Plan {
    pub(crate) server: SocketAddr,
    pub(crate) cids: Vec<Cid>,
    pub(crate) each: usize,
    pub(crate) rate: u32,
    pub(crate) again: Option<Duration>,
    pub(crate) cancel_after: Option<Duration>,
    /// When they are to ask.
    pub(crate) begins: Shared<oneshot::Receiver<()>>,
}

/// One of them, on all its connections.
struct Peer {
    plan: Arc<Plan>,
    tally: Arc<Tally>,
    cids: Vec<Cid>,
    cancels: Vec<Cid>,
    answers: Answers,
}

pub(crate) type Failed = Box<dyn Error + Send + Sync>;
type Muxer = yamux::Muxer<
    multistream_select::Negotiated<noise::Output<multistream_select::Negotiated<Paced>>>,
>;

/// Connects, and again whenever that ends.
pub(crate) async fn stay(plan: Arc<Plan>, tally: Arc<Tally>, number: usize) {
    let key = Keypair::generate_ed25519();
    let cids = part_of(&plan.cids, plan.each, number);
    let cancels = cancelled(&cids, number);
    let answers = Answers::to(&cancels, &tally);
    let peer = Arc::new(Peer { plan, tally, cids, cancels, answers });
    let (plan, tally) = (&peer.plan, &peer.tally);
    loop {
        let pace = Pace::free(tally, number);
        if let Ok(Ok(muxer)) = timeout(HANDSHAKES, connect(plan, &key, &pace)).await {
            tally.connected.fetch_add(1, Ordering::Relaxed);
            let _ended = ask(muxer, &peer, &pace).await;
            tally.connected.fetch_sub(1, Ordering::Relaxed);
        }
        tally.ended.fetch_add(1, Ordering::Relaxed);
        sleep(BEFORE_A_NEW_DIAL).await;
    }
}

async fn connect(plan: &Plan, key: &Keypair, pace: &Arc<Pace>) -> Result<Muxer, Failed> {
    let to = plan.server;
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Who reads all has what the kernel gives it.
    if plan.rate != Pace::FREE {
        socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
    }
    let socket = Paced::new(socket.connect(to).await?, Arc::clone(pace));
    let secure = noise::Config::new(key)?;
    let (name, socket) = dialer_select_proto(socket, secure.protocol_info(), Version::V1).await?;
    let (_server, socket) = secure.upgrade_outbound(socket, name).await?;
    let shared = yamux::Config::default();
    let (name, socket) = dialer_select_proto(socket, shared.protocol_info(), Version::V1).await?;
    Ok(shared.upgrade_outbound(socket, name).await?)
}

/// Asks, and takes the streams that the answers come by, until the connection ends.
async fn ask(mut muxer: Muxer, peer: &Arc<Peer>, pace: &Arc<Pace>) -> Result<(), Failed> {
    let out = poll_fn(|cx| muxer.poll_outbound_unpin(cx)).await?;
    // They end with the connection.
    let mut streams = JoinSet::new();
    streams.spawn(write(out, Arc::clone(peer)));
    if peer.plan.rate > 0 {
        pace.set(peer.plan.rate);
    }
    loop {
        let answer = poll_fn(|cx| muxer.poll_inbound_unpin(cx)).await?;
        streams.spawn(read(answer, Arc::clone(peer), Arc::clone(pace)));
        while streams.try_join_next().is_some() {}
    }
}

/// Says what is wanted, when it is time.
async fn write<S>(stream: S, peer: Arc<Peer>) -> Result<(), Failed>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let plan = &peer.plan;
    plan.begins.clone().await?;
    let bitswap = [ProtocolVersion::V1_2.protocol_id()];
    let (_, mut stream) = dialer_select_proto(stream, bitswap, Version::V1).await?;
    let _asking = Asking::told(&peer.tally);
    loop {
        say(&mut stream, &wantlist(&peer.cids)).await?;
        if let Some(after) = plan.cancel_after {
            sleep(after).await;
            peer.answers.cancel();
            say(&mut stream, &cancels(&peer.cancels)).await?;
            return std::future::pending().await;
        }
        let Some(again) = plan.again else { return std::future::pending().await };
        sleep(again).await;
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, frame: &[u8]) -> io::Result<()> {
    stream.write_all(frame).await?;
    stream.flush().await
}

/// Reads a stream of answers; all others (identify, ping) are refused.
async fn read<S>(stream: S, peer: Arc<Peer>, pace: Arc<Pace>) -> Result<(), Failed>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let bitswap = [ProtocolVersion::V1_2.protocol_id()];
    let (_, mut stream) = listener_select_proto(stream, bitswap).await?;
    let (mut buffer, mut came) = (vec![0; 16 * 1024], Vec::new());
    loop {
        let bytes = stream.read(&mut buffer).await?;
        if bytes == 0 {
            return Ok(());
        }
        pace.set(peer.plan.rate);
        if peer.plan.cancel_after.is_some() {
            came.extend_from_slice(&buffer[..bytes]);
            peer.answers.take_frames(&mut came)?;
        }
    }
}
