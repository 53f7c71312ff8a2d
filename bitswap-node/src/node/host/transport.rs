//! How bytes travel: TCP with Noise and Yamux, and QUIC; names are looked up. Over a relay, Noise
//! and Yamux run through one of its streams.

use std::error::Error;

use futures::future::Either;
use libp2p::core::Transport as _;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{PeerId, dns, noise, quic, relay, tcp};

use super::yamux::{WindowBudget, Yamux};

/// Everything that a host can dial and listen on, by `relays` too. Yamux's receive windows grow
/// within `windows`.
///
/// # Errors
/// The key cannot sign, or the system's resolver vanished meanwhile.
pub(super) fn transport(
    keys: &Keypair,
    windows: WindowBudget,
    relays: Option<relay::client::Transport>,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, Box<dyn Error + Send + Sync>> {
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(keys)?)
        .multiplex(Yamux::within(windows.clone()));
    let quic = quic::tokio::Transport::new(quic::Config::new(keys));
    let both = quic.or_transport(tcp).map(|made, _| match made {
        Either::Left((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
        Either::Right((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
    });
    // A machine without a resolver can still use addresses that are numbers.
    let direct = match dns::tokio::Transport::system(()) {
        Ok(_) => dns::tokio::Transport::system(both)?.boxed(),
        Err(why) => {
            tracing::warn!(%why, "names cannot be looked up");
            both.boxed()
        }
    };
    let Some(relays) = relays else { return Ok(direct) };
    let relayed = relays
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(keys)?)
        .multiplex(Yamux::within(windows))
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    Ok(relayed.or_transport(direct).map(|made, _| made.into_inner()).boxed())
}
