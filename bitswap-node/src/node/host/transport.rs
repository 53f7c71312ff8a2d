//! How bytes travel: TCP with Noise and Yamux, and QUIC; names are looked up.

use std::error::Error;

use futures::future::Either;
use libp2p::core::Transport as _;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{PeerId, dns, noise, quic, tcp, yamux};

/// Everything that a host can dial and listen on.
///
/// # Errors
/// The key cannot sign, or the system's resolver vanished meanwhile.
pub(super) fn transport(
    keys: &Keypair,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, Box<dyn Error + Send + Sync>> {
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(keys)?)
        .multiplex(yamux());
    let quic = quic::tokio::Transport::new(quic::Config::new(keys));
    let both = quic.or_transport(tcp).map(|made, _| match made {
        Either::Left((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
        Either::Right((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
    });
    // A machine without a resolver can still use addresses that are numbers.
    if let Err(why) = dns::tokio::Transport::system(()) {
        tracing::warn!(%why, "names cannot be looked up");
        return Ok(both.boxed());
    }
    Ok(dns::tokio::Transport::system(both)?.boxed())
}

/// Yamux with receive windows of 1 MiB at most.
///
/// Windows grow with use, js-libp2p fills a window with a single frame, and this Yamux drops the
/// connection when a frame is larger than 1 MiB: Helia could serve us no file of some size. What
/// windows may grow by is 1 GiB for a connection, less 256 KiB for each stream that it may have,
/// and the number of streams is the only thing here that can be set: this one leaves 768 KiB.
fn yamux() -> yamux::Config {
    const STREAMS: usize = 4096 - 3;
    let mut config = yamux::Config::default();
    config.set_max_num_streams(STREAMS);
    config
}
