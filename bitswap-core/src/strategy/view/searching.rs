//! The view of a search, for provider finders.

use std::time::Duration;

use crate::ids::{CidKey, SessionId};
use crate::time::Timestamp;

/// The search of one session: what the session wants, and what was done to find it.
///
/// A session has a search as long as it wants something, whether its members serve it or not: also
/// a session that gets blocks slowly may widen its search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchView {
    /// Id of the session.
    pub session: SessionId,
    /// When the session began to want something, after it wanted nothing.
    pub started_at: Timestamp,
    /// Wants without their block; at most 64. Those that are searched for come first, and then the
    /// others, each oldest first.
    pub wants: Vec<SearchedWant>,
    /// Number of wants without their block, those beyond `wants` included.
    pub pending: u32,
    /// Want-blocks of the session in flight.
    pub in_flight: u32,
    /// Number of members of the session.
    pub members: u32,
    /// Number of connected peers.
    pub peers_connected: u32,
    /// Whether the registry was asked for candidates since the session had no members.
    pub candidates_asked: bool,
    /// Broadcasts of all wants since the last block came.
    pub broadcasts: u32,
    /// When all wants were last broadcast.
    pub last_broadcast_at: Option<Timestamp>,
    /// Whether the first broadcast left connected peers for later, and all were not asked since.
    pub others_left: bool,
    /// Number of provider look-ups so far.
    pub lookups: u32,
    /// When the last provider look-up started.
    pub last_lookup_at: Option<Timestamp>,
    /// Whether a provider look-up is running.
    pub lookup_running: bool,
    /// Number of providers found so far.
    pub providers_found: u32,
    /// Number of HAVEs so far.
    pub haves: u32,
    /// Number of HAVEs so far from peers that relay: the holder is further away.
    pub relayed_haves: u32,
    /// When a block, or a part of one, last came for the session.
    pub last_block_at: Option<Timestamp>,
    /// Number of waits in a row that passed without a HAVE, a provider or a block.
    pub quiet_rounds: u32,
    /// Smoothed time from an ask of the session to its block.
    pub answer_time: Option<Duration>,
}

/// A want of a session that searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchedWant {
    /// The want, as its keyed CID.
    pub want: CidKey,
    /// When the first caller asked for it.
    pub wanted_since: Timestamp,
    /// What is being done about it.
    pub phase: WantPhase,
    /// Number of asks for it that ended without the block.
    pub failed_asks: u32,
    /// When it was last broadcast.
    pub broadcast_at: Option<Timestamp>,
    /// When its providers were last looked up.
    pub looked_up_at: Option<Timestamp>,
}

/// What is being done about a want, as a provider finder sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WantPhase {
    /// No member can serve it.
    #[default]
    Searching,
    /// The peer selector decides next, or holds it back.
    Undecided,
    /// A want-block is in flight or scheduled.
    Asked,
}

impl SearchView {
    /// The view of a search that has not taken any step, and has no wants yet.
    pub fn new(session: SessionId, started_at: Timestamp) -> Self {
        Self { session, started_at, ..Self::default() }
    }

    /// This view with one more want, which nobody was asked for.
    #[must_use]
    pub fn with_want(mut self, want: CidKey) -> Self {
        self.wants.push(SearchedWant::new(want, self.started_at));
        self.pending += 1;
        self
    }

    /// The wants that no member can serve, oldest first.
    pub fn searched(&self) -> impl Iterator<Item = &SearchedWant> {
        self.wants.iter().filter(|want| want.phase == WantPhase::Searching)
    }

    /// When a block last came; before the first, when the search started.
    pub fn last_progress_at(&self) -> Timestamp {
        self.last_block_at.map_or(self.started_at, |at| at.max(self.started_at))
    }
}

impl SearchedWant {
    /// A want that is searched for, and that nobody was asked for.
    pub const fn new(want: CidKey, wanted_since: Timestamp) -> Self {
        let (broadcast_at, looked_up_at) = (None, None);
        let phase = WantPhase::Searching;
        Self { want, wanted_since, phase, failed_asks: 0, broadcast_at, looked_up_at }
    }
}
