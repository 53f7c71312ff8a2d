//! Snapshots of an engine's state for display: copies, made on request. They change nothing.

use std::time::Duration;

use cid::Cid;
use libp2p_identity::PeerId;

use super::Engine;
use crate::client::wants::Phase;
use crate::client::wants::Want;
use crate::ids::{PeerKey, SessionId};
use crate::peers::{Peer, State};
use crate::strategy::Account;
use crate::time::Timestamp;
use crate::wire::{PeerCapabilities, WantKind};

/// An open want of this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenWant {
    /// The CID that is wanted.
    pub cid: Cid,
    /// Its number among all wants ever opened; older wants have smaller numbers.
    pub order: u64,
    /// Time since it was first wanted.
    pub age: Duration,
    /// Number of calls that wait for it.
    pub callers: usize,
    /// The phase of the want.
    pub state: WantState,
    /// The peers that were asked for it, by id.
    pub asked: Vec<AskedPeer>,
}

/// The phase of a want of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantState {
    /// The local store is being read.
    Looking,
    /// A peer was asked for the block.
    Asked,
    /// No member of its session has it: a search is running.
    Searched,
    /// It waits until its session may ask for more.
    Waiting,
}

/// A peer that was asked for a want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedPeer {
    /// Id of the peer.
    pub peer: PeerId,
    /// Whether the peer was asked for the block or only for its presence.
    pub kind: WantKind,
    /// Time since the peer was asked.
    pub age: Duration,
    /// Whether the answer is still awaited.
    pub open: bool,
    /// Whether the peer answered HAVE (true) or DONT_HAVE (false); `None` = no answer.
    pub has: Option<bool>,
}

/// An open session of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// Id of the session.
    pub session: SessionId,
    /// Time since it was opened.
    pub age: Duration,
    /// How many hops its wants may make over relaying peers.
    pub ttl: u8,
    /// Number of wants without their block that it decides about.
    pub wants: u32,
    /// Want-blocks in flight.
    pub block_asks_in_flight: u32,
    /// Number of its members: the peers that it can ask.
    pub members: usize,
    /// Blocks that it received, without duplicates.
    pub blocks_received: u64,
    /// Bytes of these blocks.
    pub bytes_received: u64,
    /// Blocks that another peer had sent before.
    pub duplicates: u64,
    /// Time since its last block; `None` = it received none.
    pub last_block: Option<Duration>,
}

/// A request of a peer: a CID that it wants of this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerWant {
    /// The CID that is wanted.
    pub cid: Cid,
    /// Number of the request, in order of arrival over all peers.
    pub arrival: u64,
    /// Whether the peer wants the block or only its presence.
    pub kind: WantKind,
    /// The peer's priority; higher first, relative to its other wants.
    pub priority: i32,
    /// Time since the request was received.
    pub age: Duration,
    /// The state of the request.
    pub state: PeerWantState,
}

/// The state of a peer's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerWantState {
    /// The local store is being read.
    Looking,
    /// The block is missing; it is sent if it comes.
    Absent,
    /// The ledger policy deferred the request.
    Deferred,
    /// The block is queued to be served.
    Queued,
    /// The block is being read, or in flight.
    Leaving,
}

/// A connected peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectedPeer {
    /// Id of the peer.
    pub peer: PeerId,
    /// The protocol version and the lanes of the peer.
    pub capabilities: PeerCapabilities,
    /// Round-trip time, if it was measured.
    pub round_trip: Option<Duration>,
    /// Want-blocks in flight to the peer.
    pub block_asks_in_flight: u32,
    /// Requests of the peer that are remembered.
    pub requests: usize,
    /// Bytes of the blocks queued for the peer.
    pub queued_bytes: u64,
    /// Bytes read for the peer and not yet sent.
    pub in_flight_bytes: u64,
    /// The ledger account of the peer.
    pub account: Account,
}

impl Engine {
    /// Open wants with an order above `after` (0 = all), oldest first, at most `most`.
    pub fn open_wants(&self, now: Timestamp, after: u64, most: usize) -> Vec<OpenWant> {
        let now = self.moment(now);
        let mut wants: Vec<_> =
            self.client.wants.iter().filter(|(_, want)| want.order > after).collect();
        wants.sort_unstable_by_key(|(_, want)| want.order);
        wants.truncate(most);
        wants.into_iter().map(|(_, want)| self.open_want(now, want)).collect()
    }

    /// Open sessions with an id above `after` (`None` = all), by id, at most `most`.
    pub fn open_sessions(
        &self,
        now: Timestamp,
        after: Option<SessionId>,
        most: usize,
    ) -> Vec<OpenSession> {
        let now = self.moment(now);
        let sessions = &self.client.sessions;
        let mut ids: Vec<_> =
            sessions.ids().filter(|id| after.is_none_or(|after| *id > after)).collect();
        ids.sort_unstable();
        ids.truncate(most);
        let open = ids.into_iter().filter_map(|id| Some((id, sessions.get(id)?)));
        let open = open.map(|(id, session)| OpenSession {
            session: id,
            age: now.since(session.opened_at),
            ttl: session.ttl,
            wants: session.pending,
            block_asks_in_flight: session.block_asks_in_flight(),
            members: session.members().len(),
            blocks_received: session.blocks_received,
            bytes_received: session.bytes_received,
            duplicates: session.duplicates,
            last_block: session.last_block_at.map(|at| now.since(at)),
        });
        open.collect()
    }

    /// Unanswered requests of a peer with an arrival number above `after` (0 = all), oldest first,
    /// at most `most`; `None` if the peer is not connected.
    pub fn wants_of(
        &self,
        now: Timestamp,
        peer: &PeerId,
        after: u64,
        most: usize,
    ) -> Option<Vec<PeerWant>> {
        let now = self.moment(now);
        let peer = self.keys().peer(peer);
        let requests = self.peers.requests(peer)?.iter().map(|(_, request)| request);
        let mut requests: Vec<_> = requests.filter(|request| request.arrival > after).collect();
        requests.sort_unstable_by_key(|request| request.arrival);
        requests.truncate(most);
        let wants = requests.into_iter().map(|request| PeerWant {
            cid: Cid::from(&request.cid),
            arrival: request.arrival,
            kind: request.kind,
            priority: request.priority,
            age: now.since(request.arrived_at),
            state: state_of(request.state),
        });
        Some(wants.collect())
    }

    /// Connected peers whose ids come after `after` (`None` = all), in the order of their ids, at
    /// most `most`.
    pub fn connected_peers(&self, after: Option<&PeerId>, most: usize) -> Vec<ConnectedPeer> {
        let peers =
            self.peers.iter().filter(|(_, peer)| after.is_none_or(|after| peer.id > *after));
        let mut peers: Vec<_> = peers.collect();
        peers.sort_unstable_by_key(|(_, peer)| peer.id);
        peers.truncate(most);
        peers.into_iter().map(|(key, peer)| self.connected_peer(key, peer)).collect()
    }

    pub(super) fn connected_peer(&self, key: PeerKey, peer: &Peer) -> ConnectedPeer {
        let account = self.peers.account(key);
        ConnectedPeer {
            peer: peer.id,
            capabilities: peer.capabilities,
            round_trip: peer.round_trip,
            block_asks_in_flight: peer.window.asks,
            requests: peer.requests.len(),
            queued_bytes: peer.requests.task_bytes,
            in_flight_bytes: peer.requests.in_flight_bytes,
            account: account.unwrap_or_else(|| Account::new(key, self.clock.now())),
        }
    }

    fn open_want(&self, now: Timestamp, want: &Want) -> OpenWant {
        let asked = want.asked_of().filter_map(|(peer, asked)| {
            Some(AskedPeer {
                peer: self.peers.get(peer)?.id,
                kind: asked.kind,
                age: now.since(asked.at),
                open: asked.open,
                has: asked.has,
            })
        });
        let mut asked: Vec<_> = asked.collect();
        asked.sort_unstable_by_key(|asked| asked.peer);
        let state = match want.phase() {
            Phase::OwnStore => WantState::Looking,
            Phase::Asked => WantState::Asked,
            Phase::Searching => WantState::Searched,
            Phase::Undecided | Phase::HeldBack => WantState::Waiting,
        };
        OpenWant {
            cid: want.cid,
            order: want.order,
            age: now.since(want.since),
            callers: want.interest.len(),
            state,
            asked,
        }
    }
}

const fn state_of(state: State) -> PeerWantState {
    match state {
        State::Looking => PeerWantState::Looking,
        State::Absent | State::Unread => PeerWantState::Absent,
        State::Deferred => PeerWantState::Deferred,
        State::Queued(_) => PeerWantState::Queued,
        State::Leaving => PeerWantState::Leaving,
    }
}
