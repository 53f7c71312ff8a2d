//! Small queries of an engine's state, for checkers and drivers after each input. They change
//! nothing.

use std::time::Duration;

use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;

use super::Engine;
use crate::client::wants::{Phase, Want};
use crate::deadlines::DeadlineReason;
use crate::ids::{CidKey, SessionId};
use crate::peers::PeerRequests;
use crate::stats::Gauges;
use crate::time::Timestamp;
use crate::wire::WantKind;

/// The position of a peer in the order of serving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuePosition {
    /// Blocks queued for the peer.
    pub tasks: usize,
    /// Whether the peer is at its limit of outstanding bytes or reads.
    pub is_capped: bool,
    /// Bytes read for the peer and not yet sent.
    pub outstanding_bytes: u64,
    /// The node's count of turns when the peer was last served.
    pub turn: u64,
    /// The [generation](crate::Stats::strategy_generation) of strategies in which the peer was
    /// ranked last.
    pub ranked_in: u64,
}

/// Sizes of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSizes {
    /// Number of members.
    pub members: usize,
    /// CIDs of its calls that were started and have not ended.
    pub started: usize,
}

/// Want-blocks in flight for one want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockAsks {
    /// Number of want-blocks in flight.
    pub open: usize,
    /// Whether a peer answered HAVE and did not send the block when it was asked.
    pub in_doubt: bool,
}

/// What a connected peer is in use for; a greater value is of more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PeerUse {
    /// The peer is not needed for anything.
    Idle,
    /// The peer was asked for a want that is still open, and may answer later.
    Asked,
    /// Blocks are in flight from the peer or queued for it, or it is a member of a session with
    /// open wants.
    InUse,
}

impl Engine {
    /// The CID of an open want of ours; `None` = it is not wanted.
    pub fn cid_of(&self, want: CidKey) -> Option<Cid> {
        self.client.wants.get(want).map(|want| want.cid)
    }

    /// Whether a peer is asked for blocks, and has not answered or timed out.
    pub fn owes_blocks(&self, peer: &PeerId) -> bool {
        self.peers.get(self.keys().peer(peer)).is_some_and(|known| known.window.asks > 0)
    }

    /// What a peer is in use for now, in time that does not grow with the number of wants.
    pub fn use_of(&self, peer: &PeerId) -> PeerUse {
        let peer = self.keys().peer(peer);
        let Some(known) = self.peers.get(peer) else {
            return PeerUse::Idle;
        };
        let owes_blocks = known.window.asks > 0;
        let gets_blocks = known.requests.tasks() > 0 || known.requests.in_flight_bytes > 0;
        // One that takes nothing keeps its place only as long as nobody else needs it.
        let gets_blocks = gets_blocks && !known.requests.send.is_suspended();
        if owes_blocks || gets_blocks || self.client.sessions.needs(peer, &known.sessions) {
            PeerUse::InUse
        } else if !known.asked.is_empty() {
            PeerUse::Asked
        } else {
            PeerUse::Idle
        }
    }

    /// What the engine waits for until [`next_deadline`](Self::next_deadline); of several things
    /// at one moment the first one in the order of [`DeadlineReason`].
    pub fn next_deadline_reason(&self) -> Option<DeadlineReason> {
        let coalesced = (self.peers.next_deadline(), DeadlineReason::CoalescedEntries);
        let deadlines = self.client.deadlines().into_iter().chain([coalesced]);
        let deadlines = deadlines.chain(self.server.deadlines()).chain(self.relay.deadlines());
        Some(deadlines.filter_map(|(at, why)| Some((at?, why))).min()?.1)
    }

    /// Current sizes. Cheaper than [`stats`](Self::stats).
    pub fn gauges(&self) -> Gauges {
        let (requests, tasks, task_bytes, outstanding_bytes) = self.server.sizes();
        let (relayed_wants, relayed_bytes) = self.relay.sizes();
        Gauges {
            peers: self.peers.len() as u64,
            sessions: self.client.sessions.len() as u64,
            calls: self.client.calls.len() as u64,
            wants: self.client.wants.len() as u64,
            cids_without_room: self.client.calls.without_room() as u64,
            asked: self.client.wants.in_phase(Phase::Asked) as u64,
            held_back: self.client.wants.in_phase(Phase::HeldBack) as u64,
            searches: self.client.wants.in_phase(Phase::Searching) as u64,
            requests: requests as u64,
            tasks,
            task_bytes,
            outstanding_bytes,
            suspended_sends: self.server.suspended(),
            accounts: self.peers.ledger.len() as u64,
            relayed_wants: relayed_wants as u64,
            relayed_bytes,
        }
    }

    /// How evenly the connected peers that were sent blocks were served: Jain's index of their
    /// bytes, from 1 (evenly) down to one divided by their number; `None` = none was sent any.
    pub fn fairness(&self) -> Option<f64> {
        let sent = self.peers.iter().filter_map(|(key, _)| {
            let account = self.peers.account(key)?;
            (account.sent_to > 0).then_some(account.sent_to as f64)
        });
        let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for bytes in sent {
            count += 1.0;
            sum += bytes;
            squares += bytes * bytes;
        }
        (count > 0.0).then(|| sum * sum / (count * squares))
    }

    /// How long the oldest of the blocks waits that are queued to be sent; zero if there is none.
    pub fn oldest_task(&self) -> Duration {
        let queued = self.peers.iter().filter_map(|(_, peer)| peer.requests.oldest_task_at());
        queued.min().map_or(Duration::ZERO, |since| self.clock.now().since(since))
    }

    /// Number of callers that wait for this CID; 0 if there is no open want of it.
    pub fn interested_in(&self, cid: &Cid) -> usize {
        self.client.wants.get(self.keys().cid(cid)).map_or(0, |want| want.interest.len())
    }

    /// Since when this CID is wanted; `None` if there is no open want of it.
    pub fn wanted_since(&self, cid: &Cid) -> Option<Timestamp> {
        Some(self.client.wants.get(self.keys().cid(cid))?.since)
    }

    /// Whether a block with this multihash from `peer` is for a want of ours, and whether it is for
    /// a relayed want that the peer was asked for.
    pub fn awaits(&self, peer: &PeerId, hash: &Multihash<64>) -> (bool, bool) {
        let (peer, hash) = (self.keys().peer(peer), self.keys().multihash(hash));
        let own = !self.client.wants.of_hash(hash).is_empty();
        (own, !self.relay.wanted_of(&self.peers, hash, peer).is_empty())
    }

    /// The position of a connected peer in the order of serving.
    pub fn standing(&self, peer: &PeerId) -> Option<QueuePosition> {
        let requests = self.peers.requests(self.keys().peer(peer))?;
        let limits = &self.config.limits;
        Some(QueuePosition {
            tasks: requests.tasks(),
            is_capped: requests.is_capped(limits.outstanding_bytes_per_peer, limits.reads_per_peer),
            outstanding_bytes: requests.in_flight_bytes,
            turn: requests.turn,
            ranked_in: requests.ranked_in,
        })
    }

    /// Number of turns of serving so far.
    pub const fn turns(&self) -> u64 {
        self.server.turns()
    }

    /// Number of requests that are remembered of a peer.
    pub fn requests_of(&self, peer: &PeerId) -> usize {
        self.peers.requests(self.keys().peer(peer)).map_or(0, PeerRequests::len)
    }

    /// The wants that a peer was sent, as far as we know; in order.
    pub fn told_to(&self, peer: &PeerId) -> Vec<(Cid, WantKind)> {
        let mut told: Vec<_> = self.peers.sent_to(self.keys().peer(peer)).collect();
        told.sort_unstable();
        told
    }

    /// Number of requests, of all peers, that a block with this multihash would answer.
    pub fn requests_for(&self, hash: &Multihash<64>) -> usize {
        self.server.waiting_for(self.keys().multihash(hash)).len()
    }

    /// Sizes of an open session. Walks all calls.
    pub fn session_sizes(&self, session: SessionId) -> Option<SessionSizes> {
        let members = self.client.sessions.get(session)?.members().len();
        let calls = self.client.calls.of_session(session).into_iter();
        let started =
            calls.filter_map(|call| Some(self.client.calls.get(call)?.started().len())).sum();
        Some(SessionSizes { members, started })
    }

    /// The want-blocks in flight for an open want.
    pub fn block_asks(&self, cid: &Cid) -> Option<BlockAsks> {
        let want = self.client.wants.get(self.keys().cid(cid))?;
        Some(BlockAsks {
            open: want.block_asks_open().len(),
            in_doubt: want.haves_without_block > 0,
        })
    }

    /// Whether a peer is a member of any session. Walks all sessions.
    pub fn is_member(&self, peer: &PeerId) -> bool {
        self.client.sessions.knows(self.keys().peer(peer))
    }

    /// When the engine asks a peer itself for the wants that a session holds back, at the earliest.
    pub fn held_until(&self) -> Option<Timestamp> {
        let [_, held, _] = self.client.sessions.deadlines();
        held.0
    }

    /// Number of wants that are relayed for a peer, and bytes held for it in the ephemeral store.
    pub fn passed_on_for(&self, peer: &PeerId) -> (usize, u64) {
        let peer = self.keys().peer(peer);
        let known = self.peers.get(peer).map(|known| &known.relay);
        known.map_or((0, 0), |relay| (relay.wants.len(), relay.ephemeral_bytes))
    }

    /// Where a peer that is not connected is still referred to, besides its account.
    pub fn trace_of_peer(&self, peer: &PeerId) -> Option<&'static str> {
        let peer = self.keys().peer(peer);
        let places = [
            ("the peers", self.peers.contains(peer)),
            ("the queues", self.peers.knows(peer)),
            ("what is waited for", self.client.timeouts.knows(peer)),
            ("the sessions", self.client.sessions.knows(peer)),
            ("what was asked", self.client.wants.knows(peer)),
            ("what is passed on", self.relay.knows(peer)),
        ];
        places.into_iter().find_map(|(place, is_there)| is_there.then_some(place))
    }

    /// Where a session that is closed is still referred to.
    pub fn trace_of_session(&self, session: SessionId) -> Option<&'static str> {
        let wanted = |(_, want): (_, &Want)| want.waits_in(session);
        let places = [
            ("the sessions", self.client.sessions.mentions(session)),
            ("the calls", self.client.calls.mentions(session)),
            ("the wants", self.client.wants.iter().any(wanted)),
        ];
        places.into_iter().find_map(|(place, is_there)| is_there.then_some(place))
    }

    /// State of the client half that is left although there are no wants.
    pub fn leftover(&self) -> Option<&'static str> {
        self.client.leftover()
    }

    /// State of the server half and the relay that is left although no peer wants anything, nor did
    /// recently.
    pub fn leftover_of_others(&self) -> Option<&'static str> {
        let places = [
            ("requests", self.server.is_idle()),
            ("wants passed on", self.relay.is_idle(&self.peers)),
        ];
        places.into_iter().find_map(|(place, is_empty)| (!is_empty).then_some(place))
    }
}
