//! How far the message with blocks is that is being sent to a peer.

use crate::ids::SendId;
use crate::time::Timestamp;

/// The message with blocks that is being sent to a peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PeerSend {
    /// There is none.
    #[default]
    None,
    /// It was handed over at this moment.
    Since(Timestamp),
    /// The same, and that was long ago.
    Slow(Timestamp),
    /// Its blocks were given back; `is_taken` once the peer took what was left of it.
    Suspended { send: SendId, is_taken: bool },
    /// Its blocks are being read again.
    Resuming(SendId),
}

impl PeerSend {
    /// Whether blocks for the peer would only wait.
    pub(crate) const fn is_slow(self) -> bool {
        matches!(self, Self::Slow(_) | Self::Suspended { .. } | Self::Resuming(_))
    }

    pub(crate) const fn is_suspended(self) -> bool {
        matches!(self, Self::Suspended { .. } | Self::Resuming(_))
    }
}
