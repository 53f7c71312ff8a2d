//! Views for getting blocks: sessions, wants and members.

use std::time::Duration;

use crate::answer_times::AnswerTimes;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::strategy::PeerClass;
use crate::time::Timestamp;

/// A session's wants that need a decision, and the peers that it can ask.
#[derive(Clone, Debug)]
pub struct SessionView<'a> {
    /// Id of the session; [`SessionId::RELAYED`] where a stranger's want is relayed, which is the
    /// only one then, and has at least two holders.
    pub session: SessionId,
    /// When the session was opened.
    pub opened_at: Timestamp,
    /// Wants without an open ask, oldest first; at most 256.
    pub wants: &'a [WantView],
    /// Members: peers that have, or may have, what the session wants; at most 256.
    pub peers: &'a [PeerView],
    /// Wants in flight, oldest ask first, at most 256: shown when the selector is asked at the
    /// moment that it named by [`Asks::wake_at`](super::super::Asks::wake_at), or because a peer
    /// answered HAVE and sent no block; else empty.
    pub asked: &'a [WantView],
    /// The presence of each want at each peer: row = want, column = peer. The rows of `asked`
    /// follow those of `wants`.
    pub presences: &'a [Presence],
    /// Number of wants that need a decision, those beyond the view included.
    pub pending_wants: u32,
    /// Want-blocks of this session in flight, in no meaningful order; at most 1,024.
    pub in_flight: &'a [InFlight],
    /// Number of want-blocks of this session in flight, those beyond the view included.
    pub block_asks_in_flight: u32,
    /// Blocks that were received for this session.
    pub blocks_received: u64,
    /// Bytes of these blocks.
    pub bytes_received: u64,
    /// Blocks of this session that were received once more, from another peer.
    pub duplicates: u64,
    /// Running mean of the sizes of its blocks, in bytes.
    pub block_bytes: Option<u64>,
    /// When its last block was received.
    pub last_progress_at: Option<Timestamp>,
    /// The times from an ask of this session to its block.
    pub answer_times: &'a AnswerTimes,
}

impl SessionView<'_> {
    /// The wants in flight that are shown, with their rows.
    pub fn asked_rows(&self) -> impl Iterator<Item = (usize, &WantView)> {
        (self.wants.len()..).zip(self.asked)
    }

    /// The want-blocks in flight for one want.
    pub fn in_flight_for(&self, want: CidKey) -> impl Iterator<Item = &InFlight> {
        self.in_flight.iter().filter(move |open| open.want == want)
    }

    /// The presence of want number `row` at peer number `column`; unknown outside the table.
    pub fn presence(&self, row: usize, column: usize) -> Presence {
        let place = row.saturating_mul(self.peers.len()).saturating_add(column);
        self.presences.get(place).copied().unwrap_or_default()
    }

    /// The members that may have want number `row`, with their columns: those that answered HAVE,
    /// then providers, then those that said nothing, then those that were asked, and last those
    /// that would relay it; none that answered DONT_HAVE.
    pub fn candidates(&self, row: usize) -> impl Iterator<Item = (usize, &PeerView, Presence)> {
        Presence::LIKELIEST_FIRST.into_iter().flat_map(move |presence| {
            let members = self.peers.iter().enumerate();
            let fits = move |(column, _): &(usize, _)| self.presence(row, *column) == presence;
            members.filter(fits).map(move |(column, peer)| (column, peer, presence))
        })
    }
}

/// A want-block in flight: a peer was asked for the block, and has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// The want, as its keyed CID.
    pub want: CidKey,
    /// The peer that was asked.
    pub peer: PeerKey,
    /// When it was asked.
    pub since: Timestamp,
    /// Whether another peer was being asked for the block already, or it was moved from one.
    pub hedged: bool,
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
    /// The peer answered that a peer of its own has the block, or another one of the session, and
    /// would relay it.
    Reachable,
    /// The peer answered HAVE.
    Have,
}

impl Presence {
    /// What a peer that may have the block can have said, the likeliest holder first.
    pub const LIKELIEST_FIRST: [Self; 5] =
        [Self::Have, Self::Provider, Self::Unknown, Self::Asked, Self::Reachable];
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
    /// Number of members that answered HAVE, or that they would relay it.
    pub holders: u32,
    /// Number of times that a peer answered HAVE for it, and later DONT_HAVE or nothing, of peers
    /// that never sent us a block.
    pub broken_haves: u32,
}

impl WantView {
    /// The view of a want that no peer was asked for.
    pub const fn new(want: CidKey, wanted_since: Timestamp) -> Self {
        Self { want, wanted_since, priority: 0, failed_asks: 0, holders: 0, broken_haves: 0 }
    }
}

/// A member of a session. What is not said to be of the session is of all sessions, since the peer
/// connected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerView {
    /// Key of the peer.
    pub peer: PeerKey,
    /// When the peer connected.
    pub connected_since: Timestamp,
    /// Who the peer is to this node.
    pub class: PeerClass,
    /// Whether the peer is connected from the same local network.
    pub is_local: bool,
    /// Blocks of this session that the peer was the first to send.
    pub first_deliveries: u32,
    /// The same, but halved after each 64 blocks of the session, so that a later peer can rise, and
    /// forgotten when the peer's messages were lost.
    pub recent_deliveries: u32,
    /// Blocks of this session that the peer sent after another peer had.
    pub late_deliveries: u32,
    /// DONT_HAVEs of the peer since its last HAVE or block, in this session.
    pub dont_haves_in_a_row: u32,
    /// Asks that timed out since the peer's last answer.
    pub timeouts_in_a_row: u32,
    /// How often the peer answered HAVE, and later DONT_HAVE or nothing.
    pub broken_haves: u32,
    /// How often messages to the peer were lost in the last minute.
    pub resets: u32,
    /// Want-blocks in flight to the peer.
    pub block_asks_in_flight: u32,
    /// The bytes that they will probably bring, by what their callers told and by the blocks of
    /// their kind, leaves or not, that came for their session or from the peer.
    pub bytes_in_flight: u64,
    /// How many blocks more of this session's usual size it may be asked for now, by its window.
    /// Asks beyond that are dropped, and their wants held back until it has room.
    pub room: u32,
    /// Bytes per second that the peer sent while it was asked for blocks: the most of the last
    /// eight windows of at least 250 ms.
    pub delivery_rate: Option<u64>,
    /// Smoothed time from an ask to the peer's answer.
    pub answer_time: Option<Duration>,
    /// The shortest time from an ask to the peer's answer in the last 10 s to 20 s in which it
    /// answered.
    pub answer_time_min: Option<Duration>,
    /// Round-trip time as the transport measured it.
    pub round_trip: Option<Duration>,
}

impl PeerView {
    /// The view of a peer of which nothing is known.
    pub fn new(peer: PeerKey, connected_since: Timestamp) -> Self {
        Self { peer, connected_since, room: u32::MAX, ..Self::default() }
    }
}
