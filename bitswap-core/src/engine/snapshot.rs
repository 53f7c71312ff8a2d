//! What people are shown of an engine's state: copies, made when somebody asks. Changes nothing.

use std::time::Duration;

use cid::Cid;
use libp2p_identity::PeerId;

use super::Engine;
use crate::client::phase::Phase;
use crate::client::wants::Want;
use crate::peers::State;
use crate::strategy::Account;
use crate::time::Timestamp;
use crate::wire::{PeerCapabilities, WantKind};

/// A CID that we want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenWant {
    /// What.
    pub cid: Cid,
    /// Its place among all wants ever opened; older ones have smaller ones.
    pub order: u64,
    /// How long it has been wanted.
    pub age: Duration,
    /// How many calls wait for it.
    pub callers: usize,
    /// What is being done about it.
    pub state: WantState,
    /// Who was asked for it, by id.
    pub asked: Vec<AskedPeer>,
}

/// What is being done about a want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantState {
    /// Our own store is being asked.
    Looking,
    /// A peer was asked for the block.
    Asked,
    /// Nobody nearby has it: it is searched for.
    Searched,
    /// It waits until its session may ask for more.
    Waiting,
}

/// A peer that was asked for a want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedPeer {
    /// Who.
    pub peer: PeerId,
    /// For the block, or only whether it is there.
    pub kind: WantKind,
    /// How long ago.
    pub age: Duration,
    /// Whether its answer is still awaited.
    pub open: bool,
    /// Whether it said that it has the block; `None` = it said nothing.
    pub has: Option<bool>,
}

/// A CID that a peer wants of us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerWant {
    /// What.
    pub cid: Cid,
    /// A number that grows with each request of the node.
    pub arrival: u64,
    /// For the block, or only whether it is there.
    pub kind: WantKind,
    /// The peer's priority; higher first, relative to its other wants.
    pub priority: i32,
    /// How long ago it came.
    pub age: Duration,
    /// How far we are with it.
    pub state: PeerWantState,
}

/// How far we are with a peer's want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerWantState {
    /// Our store is being asked.
    Looking,
    /// We lack the block; it is sent when it comes.
    Absent,
    /// The ledger's policy put it off.
    Deferred,
    /// The block waits for its turn.
    Queued,
    /// The block is being read, or on its way.
    Leaving,
}

/// A connected peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectedPeer {
    /// Who.
    pub peer: PeerId,
    /// How it speaks.
    pub capabilities: PeerCapabilities,
    /// Time of a message there and back, if it was measured.
    pub round_trip: Option<Duration>,
    /// Blocks asked of it and not yet answered.
    pub block_asks_in_flight: u32,
    /// Its wants that are remembered.
    pub requests: usize,
    /// Bytes of the blocks that wait for their turn to be sent to it.
    pub queued_bytes: u64,
    /// Bytes read for it and not yet written.
    pub in_flight_bytes: u64,
    /// What passed between us.
    pub account: Account,
}

impl Engine {
    /// Our open wants that come after the `after`th ever opened (0 = all), oldest first, at most
    /// `most`.
    pub fn open_wants(&self, now: Timestamp, after: u64, most: usize) -> Vec<OpenWant> {
        let now = self.moment(now);
        let mut wants: Vec<_> =
            self.client.wants.iter().filter(|(_, want)| want.order > after).collect();
        wants.sort_unstable_by_key(|(_, want)| want.order);
        wants.truncate(most);
        wants.into_iter().map(|(_, want)| self.open_want(now, want)).collect()
    }

    /// What a peer wants of us and did not get, after the `after`th request that ever came (0 =
    /// all), oldest first, at most `most`; `None` if it is not connected.
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
            cid: request.cid,
            arrival: request.arrival,
            kind: request.kind,
            priority: request.priority,
            age: now.since(request.arrived_at),
            state: state_of(request.state),
        });
        Some(wants.collect())
    }

    /// The connected peers whose ids come after `after` (`None` = all), in the order of their
    /// ids, at most `most`.
    pub fn connected_peers(&self, after: Option<&PeerId>, most: usize) -> Vec<ConnectedPeer> {
        let peers =
            self.peers.iter().filter(|(_, peer)| after.is_none_or(|after| peer.id > *after));
        let mut peers: Vec<_> = peers.collect();
        peers.sort_unstable_by_key(|(_, peer)| peer.id);
        peers.truncate(most);
        let shown = peers.into_iter().map(|(key, peer)| {
            let account = self.peers.ledger.account(key).cloned();
            ConnectedPeer {
                peer: peer.id,
                capabilities: peer.capabilities,
                round_trip: peer.round_trip,
                block_asks_in_flight: peer.block_asks_in_flight,
                requests: peer.requests.len(),
                queued_bytes: peer.requests.task_bytes,
                in_flight_bytes: peer.requests.in_flight_bytes,
                account: account.unwrap_or_else(|| Account::new(key, self.clock.now())),
            }
        });
        shown.collect()
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
