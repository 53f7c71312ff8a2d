//! One peer: its connection, what it asks, and what it leaves unread.

use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bitswap_core::wire::ProtocolVersion;
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

use crate::paced::{Pace, Paced};
use crate::tally::Tally;

/// What the kernel keeps of what is not read: that of a socket which just began, and it stays so.
const RECEIVE_BUFFER_BYTES: u32 = 64 * 1024;
const HANDSHAKES: Duration = Duration::from_secs(30);
const BEFORE_A_NEW_DIAL: Duration = Duration::from_secs(1);

/// What all peers do.
pub(crate) struct Plan {
    pub(crate) server: SocketAddr,
    /// A frame of Bitswap.
    pub(crate) wantlist: Vec<u8>,
    pub(crate) rate: u32,
    pub(crate) again: Option<Duration>,
}

type Failed = Box<dyn Error + Send + Sync>;
type Muxer = yamux::Muxer<
    multistream_select::Negotiated<noise::Output<multistream_select::Negotiated<Paced>>>,
>;

/// Connects, and again whenever that ends.
pub(crate) async fn stay(plan: Arc<Plan>, tally: Arc<Tally>, peer: usize) {
    let key = Keypair::generate_ed25519();
    loop {
        let pace = Pace::free();
        if let Ok(Ok(muxer)) = timeout(HANDSHAKES, connect(plan.server, &key, &pace)).await {
            tally.asking.fetch_add(1, Ordering::Relaxed);
            let _ended = ask(muxer, &plan, &pace, (&tally, peer)).await;
            tally.asking.fetch_sub(1, Ordering::Relaxed);
        }
        tally.ended.fetch_add(1, Ordering::Relaxed);
        sleep(BEFORE_A_NEW_DIAL).await;
    }
}

async fn connect(server: SocketAddr, key: &Keypair, pace: &Arc<Pace>) -> Result<Muxer, Failed> {
    let socket = if server.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
    let socket = Paced::new(socket.connect(server).await?, Arc::clone(pace));
    let secure = noise::Config::new(key)?;
    let (name, socket) = dialer_select_proto(socket, secure.protocol_info(), Version::V1).await?;
    let (_server, socket) = secure.upgrade_outbound(socket, name).await?;
    let shared = yamux::Config::default();
    let (name, socket) = dialer_select_proto(socket, shared.protocol_info(), Version::V1).await?;
    Ok(shared.upgrade_outbound(socket, name).await?)
}

/// Asks, and takes the streams that the answers come by, until the connection ends.
async fn ask(
    mut muxer: Muxer,
    plan: &Arc<Plan>,
    pace: &Arc<Pace>,
    (tally, peer): (&Arc<Tally>, usize),
) -> Result<(), Failed> {
    let out = poll_fn(|cx| muxer.poll_outbound_unpin(cx)).await?;
    // They end with the connection.
    let mut streams = JoinSet::new();
    streams.spawn(write(out, Arc::clone(plan)));
    if plan.rate > 0 {
        pace.set(plan.rate);
    }
    loop {
        let answer = poll_fn(|cx| muxer.poll_inbound_unpin(cx)).await?;
        let (pace, tally, rate) = (Arc::clone(pace), Arc::clone(tally), plan.rate);
        streams.spawn(read(answer, move |bytes| {
            tally.add(peer, bytes);
            pace.set(rate);
        }));
        while streams.try_join_next().is_some() {}
    }
}

async fn write<S>(stream: S, plan: Arc<Plan>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let bitswap = [ProtocolVersion::V1_2.protocol_id()];
    let (_, mut stream) = dialer_select_proto(stream, bitswap, Version::V1).await?;
    loop {
        stream.write_all(&plan.wantlist).await?;
        stream.flush().await?;
        let Some(again) = plan.again else { return std::future::pending().await };
        sleep(again).await;
    }
}

/// Reads a stream of answers; all others (identify, ping) are refused.
async fn read<S>(stream: S, told: impl Fn(usize)) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let bitswap = [ProtocolVersion::V1_2.protocol_id()];
    let (_, mut stream) = listener_select_proto(stream, bitswap).await?;
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            bytes => told(bytes),
        }
    }
}
