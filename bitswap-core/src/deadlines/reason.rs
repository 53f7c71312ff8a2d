//! What the engine waits for.

use crate::time::Timestamp;

/// Why the engine is to be called at its next deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DeadlineReason {
    /// The time that a caller gave for its call is over, and what is missing fails; or a session
    /// that may time out is looked at, which goes on if something came.
    CallTimeout,
    /// A peer that was asked has been silent for so long that it is not waited for any more.
    SilentPeer,
    /// A selector has held wants back for too long, and the engine asks somebody itself.
    HeldBackWants,
    /// A selector named this moment to be asked again.
    SelectorWake,
    /// A peer has been silent for so long that this counts as DONT_HAVE.
    DontHaveTimeout,
    /// A want-block has waited too long for room on its peer's list, and counts as timed out.
    NoRoomTimeout,
    /// The engine makes an ask that a selector delayed.
    ScheduledWant,
    /// A search takes its next step.
    Search,
    /// Entries that were coalesced are sent, if need be alone.
    CoalescedEntries,
    /// The ledger policy is asked again about a request that it deferred.
    DeferredRequest,
    /// The task prioritizer is asked again for a rank.
    RankRecheck,
    /// The upload limit lets the next block be taken.
    UploadLimit,
    /// A message with blocks takes so long that its peer counts as slow.
    SlowSend,
    /// A relayed want, or a block that is kept for its requester, has reached the end of its time.
    RelayExpiry,
    /// The engine forgets that it passed a want on.
    RelayMemory,
    /// A block that is kept for a requester is within its rate limit.
    RelayRateLimit,
}

/// One of several moments that something is waited for, if it is, and why.
pub(crate) type Reasoned = (Option<Timestamp>, DeadlineReason);

/// The earliest of these moments.
pub(crate) fn earliest(deadlines: impl IntoIterator<Item = Reasoned>) -> Option<Timestamp> {
    deadlines.into_iter().fold(None, |first, (at, _)| sooner(first, at))
}

/// The earlier of two moments, of which each may be missing.
pub(crate) fn sooner(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
