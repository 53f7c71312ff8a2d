//! All that is known of one peer, and what happens to its requests next: copies, made on request,
//! as those of [wants](super::explain). They change nothing.

use std::time::Duration;

use cid::Cid;
use libp2p_identity::PeerId;

use super::Engine;
use super::snapshot::ConnectedPeer;
use crate::ids::PeerKey;
use crate::peers::State;
use crate::strategy::{Account, PeerClass, Reason, Weight};
use crate::time::Timestamp;

/// What is known of a connected peer, and what happens to its requests next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerDetail {
    /// The moment, in engine time.
    pub now: Timestamp,
    /// The peer as events name it.
    pub key: PeerKey,
    /// The peer, and the account of it; `None` = it is not connected.
    pub connected: Option<ConnectedPeer>,
    /// What passed between us and the peer; `None` = nothing is known.
    pub account: Option<Account>,
    /// Who it is to this node.
    pub class: PeerClass,
    /// Since when it is connected.
    pub connected_since: Option<Timestamp>,
    /// Its usual time from an ask to its block.
    pub answer_time: Option<Duration>,
    /// Bytes of the blocks that it has queued for us, as its last message said.
    pub queued_for_us: u32,
    /// Number of open wants that it was asked for.
    pub asked_wants: usize,
    /// When the next of these asks times out.
    pub next_timeout_at: Option<Timestamp>,
    /// Its requests whose block this node lacks.
    pub absent: usize,
    /// Its requests whose block is queued.
    pub queued: usize,
    /// Its requests that the ledger policy deferred.
    pub deferred: usize,
    /// When the first deferral ends, and of which CID.
    pub next_deferral: Option<(Cid, Timestamp)>,
    /// Its share of serving, as the ledger policy weighed it last.
    pub weight: Option<Weight>,
    /// Its rank in the order of serving; `None` = it does not wait.
    pub rank: Option<[i64; 4]>,
    /// Why the task prioritizer gave it its last rank.
    pub rank_reason: Reason,
    /// When it is ranked again; if it has blocks queued and no rank, it is not served before.
    pub ranked_again_at: Option<Timestamp>,
    /// When the upload limits let it be served, if they hold it back, and whether that is the
    /// node's limit, for which everybody waits, and not its own.
    pub upload_free_at: Option<(Timestamp, bool)>,
}

impl Engine {
    /// What is known of a peer, and what happens to its requests next.
    pub fn explain_peer(&self, now: Timestamp, id: &PeerId) -> PeerDetail {
        let key = self.keys().peer(id);
        let account = self.peers.account(key);
        let base = PeerDetail::unknown(self.moment(now), key, account);
        let Some(known) = self.peers.get(key) else {
            return base;
        };
        let requests = &known.requests;
        let count = |is: fn(State) -> bool| {
            requests.iter().filter(|(_, request)| is(request.state)).count()
        };
        let deferred = requests.iter().filter_map(|(want, request)| {
            let until = self.server.deferred_until(key, want)?;
            Some((Cid::from(&request.cid), until))
        });
        let asks = known.asked.keys();
        let timeouts =
            asks.filter_map(|want| self.client.timeouts.due(&known.timeouts, (key, *want)));
        PeerDetail {
            connected: Some(self.connected_peer(key, known)),
            class: known.class,
            connected_since: Some(known.connected_since),
            answer_time: known.timeouts.answer_time.value(),
            queued_for_us: known.queued_for_us,
            asked_wants: known.asked.len(),
            next_timeout_at: timeouts.min(),
            absent: count(State::is_missing),
            queued: requests.tasks(),
            deferred: count(|state| state == State::Deferred),
            next_deferral: deferred.min_by_key(|(_, until)| *until),
            weight: requests.weight,
            rank: requests.rank.map(|(rank, _)| rank),
            rank_reason: requests.rank_reason,
            ranked_again_at: self.server.ranked_again_at(key),
            upload_free_at: self.server.upload_free_at(key),
            ..base
        }
    }
}

impl PeerDetail {
    /// What is known of a peer that is not connected.
    fn unknown(now: Timestamp, key: PeerKey, account: Option<Account>) -> Self {
        Self { now, key, account, ..Self::default() }
    }
}
