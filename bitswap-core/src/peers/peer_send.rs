//! How far the message is that the blocks for a peer are in, or wait behind.

use crate::ids::SendId;
use crate::time::Timestamp;

/// The message that is being sent to a peer and has blocks, or that keeps these waiting: where both
/// kinds share one lane, one without any does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PeerSend {
    /// There is none.
    #[default]
    None,
    /// It was handed over at this moment, or blocks have waited for it since then.
    Since(Timestamp),
    /// The same, and that was long ago.
    Slow(Timestamp),
    /// Its blocks were given back; `is_taken` once the peer took what was left of it.
    Suspended { send: SendId, is_taken: bool },
    /// It has no blocks; those that waited for it were given back.
    Behind,
    /// Its blocks are being read again.
    Resuming(SendId),
}

impl PeerSend {
    /// Whether blocks for the peer would only wait.
    pub(crate) const fn is_slow(self) -> bool {
        matches!(self, Self::Slow(_)) || self.is_suspended()
    }

    pub(crate) const fn is_suspended(self) -> bool {
        matches!(self, Self::Suspended { .. } | Self::Behind | Self::Resuming(_))
    }
}
