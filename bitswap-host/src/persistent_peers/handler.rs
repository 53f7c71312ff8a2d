//! Says of one connection whether it stays open though nobody uses it.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use libp2p::core::upgrade::{DeniedUpgrade, PendingUpgrade};
use libp2p::swarm::handler::ConnectionEvent;
use libp2p::swarm::{ConnectionHandler, ConnectionHandlerEvent, SubstreamProtocol};

/// Opens no stream, and takes none.
#[derive(Clone, Debug)]
pub(crate) enum KeepAlive {
    /// The connection stays.
    Always,
    /// The connection stays while this node has no more than `few`.
    WhileFew { open: Arc<AtomicU32>, few: u32 },
}

impl ConnectionHandler for KeepAlive {
    type FromBehaviour = Infallible;
    type ToBehaviour = Infallible;
    type InboundProtocol = DeniedUpgrade;
    type OutboundProtocol = PendingUpgrade<String>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Infallible;

    fn listen_protocol(&self) -> SubstreamProtocol<DeniedUpgrade> {
        SubstreamProtocol::new(DeniedUpgrade, ())
    }

    fn connection_keep_alive(&self) -> bool {
        match self {
            Self::Always => true,
            Self::WhileFew { open, few } => open.load(Ordering::Relaxed) <= *few,
        }
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<PendingUpgrade<String>, Infallible, Infallible>> {
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn on_connection_event(
        &mut self,
        _: ConnectionEvent<'_, DeniedUpgrade, PendingUpgrade<String>, (), Infallible>,
    ) {
    }
}
