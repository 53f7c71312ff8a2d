//! Views for getting blocks.

use std::time::Duration;

use crate::ids::{CidKey, PeerKey, SessionId};
use crate::time::Timestamp;

/// A session's wants that need an answer, and whom it can ask.
#[derive(Clone, Debug)]
pub struct SessionView<'a> {
    /// Which session.
    pub session: SessionId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Wants that nobody is asked for, oldest first; at most 256.
    pub wants: &'a [WantView],
    /// Members: peers that have, or may have, what the session wants; at most 256.
    pub peers: &'a [PeerView],
    /// What each peer said of each want: row = want, column = peer.
    pub presences: &'a [Presence],
    /// Wants that need an answer, those that did not fit included.
    pub pending_wants: u32,
    /// Block asks of this session that are open now.
    pub block_asks_in_flight: u32,
    /// Blocks that have come for this session.
    pub blocks_received: u64,
}

impl SessionView<'_> {
    /// What peer number `column` said of want number `row`; unknown outside the table.
    pub fn presence(&self, row: usize, column: usize) -> Presence {
        let place = row.saturating_mul(self.peers.len()).saturating_add(column);
        self.presences.get(place).copied().unwrap_or_default()
    }
}

/// What one peer said of one want.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// Nothing, and it was not asked.
    #[default]
    Unknown,
    /// It was asked and has not answered.
    Asked,
    /// It does not have it, or stayed silent for too long.
    DontHave,
    /// It has it.
    Have,
}

/// A want that needs an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantView {
    /// What is wanted.
    pub want: CidKey,
    /// Since when.
    pub wanted_since: Timestamp,
    /// The caller's priority; higher first.
    pub priority: i32,
    /// Asks for it that ended without the block.
    pub failed_asks: u32,
}

/// A member of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerView {
    /// Which peer.
    pub peer: PeerKey,
    /// Blocks it was the first to bring, in this session.
    pub first_deliveries: u32,
    /// DONT_HAVEs since its last HAVE or block, in this session.
    pub dont_haves_in_a_row: u32,
    /// Blocks asked of it and not yet answered, over all sessions.
    pub block_asks_in_flight: u32,
    /// Smoothed time from an ask to its answer.
    pub answer_time: Option<Duration>,
    /// The transport's round trip.
    pub round_trip: Option<Duration>,
}

/// A search for one want that no member can serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchView {
    /// What is searched.
    pub want: CidKey,
    /// Since when.
    pub started_at: Timestamp,
    /// Broadcasts so far.
    pub broadcasts: u32,
    /// When the last one went out.
    pub last_broadcast_at: Option<Timestamp>,
    /// Look-ups so far.
    pub lookups: u32,
    /// When the last one started.
    pub last_lookup_at: Option<Timestamp>,
    /// Whether one is running.
    pub lookup_running: bool,
    /// Providers found so far.
    pub providers_found: u32,
    /// Waits that passed without a HAVE, a provider or a block, in a row.
    pub quiet_rounds: u32,
    /// Peers connected.
    pub peers_connected: u32,
    /// Smoothed time from an ask to its answer, over all peers.
    pub answer_time: Option<Duration>,
}

impl SearchView {
    /// A search that has not done anything.
    pub const fn new(want: CidKey, started_at: Timestamp) -> Self {
        Self {
            want,
            started_at,
            broadcasts: 0,
            last_broadcast_at: None,
            lookups: 0,
            last_lookup_at: None,
            lookup_running: false,
            providers_found: 0,
            quiet_rounds: 0,
            peers_connected: 0,
            answer_time: None,
        }
    }
}
