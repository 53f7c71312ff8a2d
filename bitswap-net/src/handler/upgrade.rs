//! The protocol ids that are offered on a stream, and which of them was taken.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::iter::{Skip, Take};

use bitswap_core::wire::ProtocolVersion;
use libp2p::core::UpgradeInfo;
use libp2p::swarm::{Stream, StreamProtocol};
use libp2p::{InboundUpgrade, OutboundUpgrade};

/// The upgrade of every stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// It offers all dialects, newest first, since the remote may remember the list.
    Offered,
    /// It offers the dialect that the peer took on an earlier stream. A swarm that negotiates
    /// lazily then sends what there is to say along, and saves a round trip.
    Known(ProtocolVersion),
    /// It offers none: no stream comes about.
    Refused,
}

/// A stream and the dialect that was negotiated for it.
#[derive(Debug)]
pub struct Negotiated {
    pub(super) stream: Stream,
    pub(super) protocol: ProtocolVersion,
}

/// A dialect as libp2p negotiates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(ProtocolVersion);

/// Whether a protocol is a dialect of Bitswap.
pub(super) fn is_ours(protocol: &StreamProtocol) -> bool {
    let mut known = ProtocolVersion::NEWEST_FIRST.iter();
    known.any(|known| known.protocol_id() == protocol.as_ref())
}

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
    type InfoIter = Take<Skip<std::array::IntoIter<Id, 5>>>;

    fn protocol_info(&self) -> Self::InfoIter {
        let all = ProtocolVersion::NEWEST_FIRST;
        let place = |known| all.iter().position(|version| *version == known);
        let (first, offered) = match self {
            Self::Offered => (0, all.len()),
            Self::Known(known) => (place(*known).unwrap_or(all.len()), 1),
            Self::Refused => (0, 0),
        };
        all.map(Id).into_iter().skip(first).take(offered)
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
