//! How bytes travel: TCP with Noise and Yamux, and QUIC; names are looked up. Over a relay, Noise
//! and Yamux run through one of its streams.

mod names;

use std::error::Error;

use futures::future::Either;
use libp2p::core::Transport as _;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, global_only};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{PeerId, dns, noise, quic, relay, tcp};

pub(super) use self::names::UserNames;

use self::names::ByNames;
use super::read_ahead::ReadAhead;
use super::sockets::bounded;
use super::yamux::{WindowBudget, Yamux};

/// Everything that a host can dial and listen on, by `relays` too. Yamux's receive windows grow
/// within `windows`; only `names` may lead into private networks.
///
/// # Errors
/// The key cannot sign, or the system's resolver vanished meanwhile.
pub(super) fn transport(
    keys: &Keypair,
    windows: WindowBudget,
    relays: Option<relay::client::Transport>,
    names: UserNames,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, Box<dyn Error + Send + Sync>> {
    let both = by_numbers(keys, windows.clone())?;
    // A machine without a resolver can still use addresses that are numbers.
    let direct = match dns::tokio::Transport::system(()) {
        Ok(_) => {
            let public = global_only::Transport::new(by_numbers(keys, windows.clone())?);
            let strange = dns::tokio::Transport::system(public)?.boxed();
            ByNames { user: dns::tokio::Transport::system(both)?.boxed(), strange, names }.boxed()
        }
        Err(why) => {
            tracing::warn!(%why, "names cannot be looked up");
            both
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

/// TCP and QUIC, at addresses that are numbers.
fn by_numbers(
    keys: &Keypair,
    windows: WindowBudget,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, noise::Error> {
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .map(|socket, _| ReadAhead::new(bounded(socket)))
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(keys)?)
        .multiplex(Yamux::within(windows));
    let quic = quic::tokio::Transport::new(quic::Config::new(keys));
    let both = quic.or_transport(tcp).map(|made, _| match made {
        Either::Left((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
        Either::Right((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
    });
    Ok(both.boxed())
}
