//! Views for getting blocks: sessions, wants and members.

use std::time::Duration;

use crate::ids::{CidKey, PeerKey, SessionId};
use crate::time::Timestamp;

/// A session's wants that need a decision, and the peers that it can ask.
#[derive(Clone, Debug)]
pub struct SessionView<'a> {
    /// Id of the session.
    pub session: SessionId,
    /// When the session was opened.
    pub opened_at: Timestamp,
    /// Wants without an open ask, oldest first; at most 256.
    pub wants: &'a [WantView],
    /// Members: peers that have, or may have, what the session wants; at most 256.
    pub peers: &'a [PeerView],
    /// The presence of each want at each peer: row = want, column = peer.
    pub presences: &'a [Presence],
    /// Number of wants that need a decision, those beyond the view included.
    pub pending_wants: u32,
    /// Want-blocks of this session in flight.
    pub block_asks_in_flight: u32,
    /// Blocks that were received for this session.
    pub blocks_received: u64,
}

impl SessionView<'_> {
    /// The presence of want number `row` at peer number `column`; unknown outside the table.
    pub fn presence(&self, row: usize, column: usize) -> Presence {
        let place = row.saturating_mul(self.peers.len()).saturating_add(column);
        self.presences.get(place).copied().unwrap_or_default()
    }

    /// The members that may have want number `row`, with their columns: those that answered HAVE,
    /// then providers, then those that said nothing, then those that were asked; none that answered
    /// DONT_HAVE.
    pub fn candidates(&self, row: usize) -> impl Iterator<Item = (usize, &PeerView, Presence)> {
        let order = [Presence::Have, Presence::Provider, Presence::Unknown, Presence::Asked];
        order.into_iter().flat_map(move |presence| {
            let members = self.peers.iter().enumerate();
            let fits = move |(column, _): &(usize, _)| self.presence(row, *column) == presence;
            members.filter(fits).map(move |(column, peer)| (column, peer, presence))
        })
    }
}

/// What is known of one want at one peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// The peer was not asked, and said nothing.
    #[default]
    Unknown,
    /// The peer was asked and has not answered.
    Asked,
    /// The peer answered DONT_HAVE, or did not answer before the DONT_HAVE timeout.
    DontHave,
    /// Routing named the peer as a provider, and the peer was not asked.
    Provider,
    /// The peer answered HAVE.
    Have,
}

/// A want that needs a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantView {
    /// The want, as its keyed CID.
    pub want: CidKey,
    /// When the first caller asked for it.
    pub wanted_since: Timestamp,
    /// The caller's priority; higher first.
    pub priority: i32,
    /// Number of asks for it that ended without the block.
    pub failed_asks: u32,
}

/// A member of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerView {
    /// Key of the peer.
    pub peer: PeerKey,
    /// Blocks of this session that the peer was the first to send.
    pub first_deliveries: u32,
    /// DONT_HAVEs of the peer since its last HAVE or block, in this session.
    pub dont_haves_in_a_row: u32,
    /// Want-blocks in flight to the peer, over all sessions.
    pub block_asks_in_flight: u32,
    /// Smoothed time from an ask to the peer's answer.
    pub answer_time: Option<Duration>,
    /// Round-trip time as the transport measured it.
    pub round_trip: Option<Duration>,
}
