//! Names that strangers say: whoever owns one can have it lead into a private network, so only
//! names that the user said may.

use std::collections::BTreeSet;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use libp2p::core::Transport;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, DialOpts, ListenerId, TransportError, TransportEvent};
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

type Direct = Boxed<(PeerId, StreamMuxerBox)>;

/// Names that may lead anywhere: those that the user said. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserNames(Arc<Mutex<BTreeSet<String>>>);

impl UserNames {
    /// The user said this address.
    pub(crate) fn add(&self, address: &Multiaddr) {
        if let Some(name) = name(address) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        }
    }

    /// Whether an address has a name that the user did not say.
    fn is_strange(&self, address: &Multiaddr) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        name(address).is_some_and(|name| !known.contains(&name))
    }
}

/// The name that an address begins with.
fn name(address: &Multiaddr) -> Option<String> {
    let first = address.iter().next()?;
    if let Protocol::Dns(name)
    | Protocol::Dns4(name)
    | Protocol::Dns6(name)
    | Protocol::Dnsaddr(name) = first
    {
        Some(name.trim_end_matches('.').to_ascii_lowercase())
    } else {
        None
    }
}

/// Dials names that the user said, and all that is no name, by one transport, and other names by
/// another, which dials public addresses only.
pub(super) struct ByNames {
    pub(super) user: Direct,
    pub(super) strange: Direct,
    pub(super) names: UserNames,
}

impl Transport for ByNames {
    type Output = <Direct as Transport>::Output;
    type Error = io::Error;
    type ListenerUpgrade = <Direct as Transport>::ListenerUpgrade;
    type Dial = <Direct as Transport>::Dial;

    fn listen_on(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<io::Error>> {
        self.user.listen_on(id, address)
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.user.remove_listener(id)
    }

    fn dial(
        &mut self,
        address: Multiaddr,
        options: DialOpts,
    ) -> Result<Self::Dial, TransportError<io::Error>> {
        let transport =
            if self.names.is_strange(&address) { &mut self.strange } else { &mut self.user };
        transport.dial(address, options)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        if let Poll::Ready(event) = Pin::new(&mut self.strange).poll(cx) {
            return Poll::Ready(event);
        }
        Pin::new(&mut self.user).poll(cx)
    }
}
