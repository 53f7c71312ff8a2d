//! Views made by hand or drawn, for tests, conformance and benches.

use std::time::Duration;

use bitswap_core::strategy::{
    Account, FullSessionView, InFlight, PeerClass, PeerQueueView, PeerView, Presence, RequestView,
    SessionView, TaskView, WantView, Weight,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{AnswerTimes, Chance, CidKey, PeerKey, SessionId, Timestamp};

#[cfg(test)]
pub(crate) mod defaults;
pub mod drawn;

/// The dice of a test.
pub fn dice(seed: u64) -> Chance {
    Chance::named(seed, "fixture")
}

/// The moment `millis` milliseconds after the start.
pub fn at(millis: u64) -> Timestamp {
    Timestamp::ZERO.after(Duration::from_millis(millis))
}

/// The rows behind a [`SessionView`], which lends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRows {
    /// Which session.
    pub session: SessionId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Wants that need an answer.
    pub wants: Vec<WantView>,
    /// Wants in flight that are shown.
    pub asked: Vec<WantView>,
    /// Members.
    pub peers: Vec<PeerView>,
    /// What each member said of each want: row = want, those in flight last; column = peer.
    pub presences: Vec<Presence>,
    /// Block asks that are open now.
    pub in_flight: Vec<InFlight>,
    /// How many there are, those that the view has no room for included.
    pub block_asks_in_flight: u32,
    /// Blocks that have come.
    pub blocks_received: u64,
    /// Their bytes.
    pub bytes_received: u64,
    /// Blocks that came once more.
    pub duplicates: u64,
    /// How large its blocks are.
    pub block_bytes: Option<u64>,
    /// When its last block came.
    pub last_progress_at: Option<Timestamp>,
    /// How long its blocks took.
    pub answer_times: AnswerTimes,
}

impl SessionRows {
    /// A new session in which nobody was asked anything.
    pub fn new(wants: &[CidKey], peers: &[PeerKey]) -> Self {
        Self {
            session: SessionId(1),
            opened_at: Timestamp::ZERO,
            wants: wants.iter().map(|want| want_view(*want)).collect(),
            asked: Vec::new(),
            peers: peers.iter().map(|peer| peer_view(*peer)).collect(),
            presences: vec![Presence::Unknown; wants.len() * peers.len()],
            in_flight: Vec::new(),
            block_asks_in_flight: 0,
            blocks_received: 0,
            bytes_received: 0,
            duplicates: 0,
            block_bytes: None,
            last_progress_at: None,
            answer_times: AnswerTimes::default(),
        }
    }

    /// The same, after `peer` was asked for the block of `want` at the moment `since`.
    #[must_use]
    pub fn asked(mut self, peer: PeerKey, want: CidKey, since: Timestamp) -> Self {
        let hedged = self.in_flight.iter().any(|open| open.want == want);
        self.in_flight.push(InFlight { want, peer, since, hedged });
        self.block_asks_in_flight += 1;
        for view in self.peers.iter_mut().filter(|view| view.peer == peer) {
            view.block_asks_in_flight += 1;
        }
        self
    }

    /// The same, with `change` made to what is known of `peer`.
    #[must_use]
    pub fn known(mut self, peer: PeerKey, change: impl FnOnce(&mut PeerView)) -> Self {
        if let Some(view) = self.peers.iter_mut().find(|view| view.peer == peer) {
            change(view);
        }
        self
    }

    /// The same, as it is shown to a selector that named this moment: with `want` in flight.
    #[must_use]
    pub fn shown(mut self, want: CidKey) -> Self {
        self.asked.push(want_view(want));
        self.presences.extend(self.peers.iter().map(|_| Presence::Unknown));
        self
    }

    /// The same, after `peer` said this of `want`; nothing changes if one of them is not in it.
    #[must_use]
    pub fn said(mut self, peer: PeerKey, want: CidKey, presence: Presence) -> Self {
        let row = self.wants.iter().chain(&self.asked).position(|view| view.want == want);
        let column = self.peers.iter().position(|view| view.peer == peer);
        if let (Some(row), Some(column)) = (row, column)
            && let Some(place) = self.presences.get_mut(row * self.peers.len() + column)
        {
            *place = presence;
        }
        self
    }

    /// The same, after `peer` was the first to bring so many blocks.
    #[must_use]
    pub fn delivered(mut self, peer: PeerKey, blocks: u32) -> Self {
        for view in self.peers.iter_mut().filter(|view| view.peer == peer) {
            view.first_deliveries = blocks;
            view.recent_deliveries = blocks;
        }
        self
    }

    /// The view of it.
    pub fn view(&self) -> SessionView<'_> {
        SessionView {
            session: self.session,
            opened_at: self.opened_at,
            wants: &self.wants,
            asked: &self.asked,
            peers: &self.peers,
            presences: &self.presences,
            pending_wants: self.wants.len() as u32,
            in_flight: &self.in_flight,
            block_asks_in_flight: self.block_asks_in_flight,
            blocks_received: self.blocks_received,
            bytes_received: self.bytes_received,
            duplicates: self.duplicates,
            block_bytes: self.block_bytes,
            last_progress_at: self.last_progress_at,
            answer_times: &self.answer_times,
        }
    }
}

/// The rows behind a [`FullSessionView`] which lends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullSessionRows {
    /// Which session.
    pub session: SessionId,
    /// The want that no member has.
    pub want: CidKey,
    /// The peer that has it.
    pub newcomer: PeerView,
    /// Members.
    pub peers: Vec<PeerView>,
}

impl FullSessionRows {
    /// The view of it.
    pub fn view(&self) -> FullSessionView<'_> {
        let Self { session, want, newcomer, peers } = self;
        FullSessionView { session: *session, want: *want, newcomer, peers }
    }
}

/// A want that was never asked for.
pub const fn want_view(want: CidKey) -> WantView {
    WantView::new(want, Timestamp::ZERO)
}

/// A member of which nothing is known.
pub fn peer_view(peer: PeerKey) -> PeerView {
    PeerView::new(peer, Timestamp::ZERO)
}

/// A peer that waits for one block of 1 KiB since the start and was never served.
pub const fn queue_view(peer: PeerKey) -> PeerQueueView {
    PeerQueueView {
        peer,
        class: PeerClass::Other,
        is_local: false,
        weight: Weight::ONE,
        pending_tasks: 1,
        pending_bytes: 1_024,
        in_flight_bytes_to: 0,
        next_task_bytes: 1_024,
        next_task_relayed: false,
        oldest_task_at: Timestamp::ZERO,
        last_served_at: None,
        backlogged_since: Timestamp::ZERO,
        served_since_backlogged: 0,
        start_tag: 0,
        turn: 0,
        sent_to: 0,
        received_from: 0,
    }
}

/// A block of 1 KiB that `peer` asked for at the start.
pub const fn task_view(peer: PeerKey, want: CidKey) -> TaskView {
    TaskView {
        peer,
        want,
        bytes: 1_024,
        priority: 1,
        arrival: 1,
        arrived_at: Timestamp::ZERO,
        relayed: false,
    }
}

/// A request for a block of which the store was not asked yet.
pub const fn request_view() -> RequestView {
    let (want, kind) = (CidKey(1), WantKind::Block);
    RequestView { want, kind, bytes: None, priority: 1, ttl: 0, deferrals: 0 }
}

/// An account with so many bytes each way.
pub fn account(peer: PeerKey, sent_to: u64, received_from: u64) -> Account {
    Account { peer, sent_to, received_from, ..Account::default() }
}
