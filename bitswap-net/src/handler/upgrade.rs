//! The protocol ids that are offered on every stream, and which of them was taken.

use std::convert::Infallible;
use std::future::{Ready, ready};

use bitswap_core::wire::ProtocolVersion;
use libp2p::core::UpgradeInfo;
use libp2p::swarm::{Stream, StreamProtocol};
use libp2p::{InboundUpgrade, OutboundUpgrade};

/// The upgrade of every stream. It always offers all dialects, newest first, since the remote may
/// remember the list.
#[derive(Clone, Copy, Debug)]
pub struct Upgrade;

/// A stream and the dialect that was negotiated for it.
#[derive(Debug)]
pub struct Negotiated {
    pub(super) stream: Stream,
    pub(super) protocol: ProtocolVersion,
}

/// A dialect as libp2p negotiates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(ProtocolVersion);

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        self.0.protocol_id()
    }
}

impl From<Id> for StreamProtocol {
    fn from(id: Id) -> Self {
        Self::new(id.0.protocol_id())
    }
}

impl UpgradeInfo for Upgrade {
    type Info = Id;
    type InfoIter = std::array::IntoIter<Id, 5>;

    fn protocol_info(&self) -> Self::InfoIter {
        ProtocolVersion::NEWEST_FIRST.map(Id).into_iter()
    }
}

impl InboundUpgrade<Stream> for Upgrade {
    type Output = Negotiated;
    type Error = Infallible;
    type Future = Ready<Result<Negotiated, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, id: Id) -> Self::Future {
        ready(Ok(Negotiated { stream, protocol: id.0 }))
    }
}

impl OutboundUpgrade<Stream> for Upgrade {
    type Output = Negotiated;
    type Error = Infallible;
    type Future = Ready<Result<Negotiated, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, id: Id) -> Self::Future {
        ready(Ok(Negotiated { stream, protocol: id.0 }))
    }
}
