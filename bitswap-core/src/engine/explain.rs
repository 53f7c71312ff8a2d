//! All that is known of one want, and what happens next: copies, made on request, in which every
//! moment is a deadline that the engine itself waits for. They change nothing.

use std::sync::Arc;
use std::time::Duration;

use cid::Cid;
use libp2p_identity::PeerId;

use super::Engine;
use crate::client::sessions::Session;
use crate::client::wants::{Phase, SentWant, Want};
use crate::deadlines::sooner;
use crate::ids::{CidKey, PeerKey, SessionId};
use crate::peers::Peer;
use crate::strategy::{Reason, Role};
use crate::time::Timestamp;
use crate::wire::WantKind;

/// What is known of a CID now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CidDetail {
    /// The moment, in engine time.
    pub now: Timestamp,
    /// The CID as events name it.
    pub key: CidKey,
    /// The want of this node; `None` = it does not want it.
    pub want: Option<WantDetail>,
    /// Number of connected peers.
    pub peers_connected: usize,
    /// Peers that want it of this node, by id.
    pub requesters: Vec<PeerId>,
    /// Number of peers that it was forwarded to for requesters.
    pub relayed_to: usize,
}

/// A want of this node, and what happens to it next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantDetail {
    /// The session that decides about it.
    pub session: SessionId,
    /// When it was first wanted.
    pub since: Timestamp,
    /// Number of calls that wait for it.
    pub callers: usize,
    /// The highest priority of these calls.
    pub priority: i32,
    /// What is being done about it.
    pub step: WantStep,
    /// The peers that were asked for it, by id.
    pub asked: Vec<AskDetail>,
    /// Peers that will be asked for it, and when.
    pub scheduled: Vec<(PeerId, Timestamp)>,
    /// The search of its session, if it runs.
    pub search: Option<SearchDetail>,
    /// Number of members of its session.
    pub members: usize,
    /// Want-blocks of its session in flight.
    pub session_asks: u32,
    /// Number of peers that routing named as providers.
    pub providers: usize,
    /// When the last of its calls times out; `None` = one never does.
    pub times_out_at: Option<Timestamp>,
}

/// What is being done about a want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantStep {
    /// A want-block is in flight or scheduled.
    Asked,
    /// The peer selector left it aside while its session has asks in flight.
    HeldBack {
        /// When the engine asks a member itself, unless a block comes before.
        until: Option<Timestamp>,
    },
    /// The local store is being read.
    OwnStore,
    /// No member of its session has it: a search is running.
    Searching,
    /// The peer selector is asked next.
    Undecided,
}

/// What a peer was asked for a want, and what it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskDetail {
    /// Id of the peer.
    pub peer: PeerId,
    /// Whether it was asked for the block or only for its presence.
    pub kind: WantKind,
    /// When it was asked.
    pub at: Timestamp,
    /// Whether the answer is still awaited.
    pub open: bool,
    /// Whether it answered HAVE (true) or DONT_HAVE (false); `None` = no answer.
    pub has: Option<bool>,
    /// How far from the peer the block is, in hops, if it answered HAVE; 0 = the peer has it.
    pub hops: u8,
    /// When silence counts as DONT_HAVE; `None` = never, or its message was not sent yet.
    pub times_out_at: Option<Timestamp>,
    /// Bytes of the blocks that the peer has queued for us, as its last message said.
    pub queued_for_us: u32,
    /// Want-blocks in flight to the peer.
    pub asks_in_flight: u32,
    /// How many bytes the block has probably.
    pub bytes: u32,
    /// The same of all that the peer was asked for earlier and has not sent.
    pub ahead_bytes: u64,
    /// Bytes per second that the peer sends, if it sent any of late.
    pub delivery_rate: Option<u64>,
}

impl AskDetail {
    /// In what time the block comes, by what is ahead of it and what the peer sends; `None` = not
    /// known.
    pub fn comes_in(&self) -> Option<Duration> {
        let bytes = self.ahead_bytes.saturating_add(self.bytes.into());
        let rate = self.delivery_rate.filter(|rate| self.open && *rate > 0)?;
        Some(Duration::from_millis(bytes.saturating_mul(1_000) / rate))
    }

    /// Whether it was asked for the block, and not only for its presence.
    pub fn is_for_block(&self) -> bool {
        self.kind == WantKind::Block
    }
}

/// The search of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchDetail {
    /// When it began.
    pub started_at: Timestamp,
    /// Broadcasts of all wants so far.
    pub broadcasts: u32,
    /// Look-ups so far.
    pub lookups: u32,
    /// Whether a look-up is running.
    pub lookup_running: bool,
    /// Number of providers found so far.
    pub providers_found: u32,
    /// When its provider finder chooses the next step; `None` = when something is heard.
    pub next_step_at: Option<Timestamp>,
    /// The name of the provider finder.
    pub finder: Arc<str>,
    /// Why it chose its last step.
    pub reason: Reason,
}

impl Engine {
    /// What is known of a CID, as a want of this node and of its peers.
    pub fn explain_cid(&self, now: Timestamp, cid: &Cid) -> CidDetail {
        let key = self.keys().cid(cid);
        let asks_us =
            |(peer, known): (PeerKey, &Peer)| self.peers.request(peer, key).map(|_| known.id);
        let mut requesters: Vec<_> = self.peers.iter().filter_map(asks_us).collect();
        requesters.sort_unstable();
        CidDetail {
            now: self.moment(now),
            key,
            want: self.client.wants.get(key).and_then(|want| self.want_detail(key, want)),
            peers_connected: self.peers.len(),
            requesters,
            relayed_to: self.relay.get(key).map_or(0, crate::relay::Entry::asked_len),
        }
    }

    fn want_detail(&self, key: CidKey, want: &Want) -> Option<WantDetail> {
        let session = want.session()?;
        let open = self.client.sessions.get(session);
        let mut asked: Vec<_> =
            want.asked_of().filter_map(|asked| self.ask_detail(key, asked)).collect();
        asked.sort_unstable_by_key(|asked| asked.peer);
        let scheduled = self.client.wants.scheduled_for(key).into_iter();
        let heard = (&self.peers, &self.client.wants, self.config.timeouts.max);
        let ends = want.interest.iter().map(|by| {
            let of_session = self.client.sessions.times_out_at(heard, by.session);
            sooner(self.client.calls.times_out_at(by.call), of_session)
        });
        let step = match want.phase() {
            Phase::Asked => WantStep::Asked,
            Phase::HeldBack => {
                WantStep::HeldBack { until: self.client.sessions.held_until(session) }
            }
            Phase::OwnStore => WantStep::OwnStore,
            Phase::Searching => WantStep::Searching,
            Phase::Undecided => WantStep::Undecided,
        };
        Some(WantDetail {
            session,
            since: want.since,
            callers: want.interest.len(),
            priority: want.priority,
            step,
            asked,
            scheduled: scheduled
                .filter_map(|(peer, at)| Some((self.peers.get(peer)?.id, at)))
                .collect(),
            search: self.search_detail(session),
            members: open.map_or(0, |open| open.members().len()),
            session_asks: open.map_or(0, Session::block_asks_in_flight),
            providers: want.providers.len(),
            times_out_at: ends.collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max()),
        })
    }

    fn ask_detail(&self, key: CidKey, (peer, asked): (PeerKey, SentWant)) -> Option<AskDetail> {
        let known = self.peers.get(peer)?;
        let due = self.client.timeouts.due(&known.timeouts, (peer, key));
        let others = known.asked.keys().filter(|other| **other != key);
        let others = others.filter_map(|other| self.client.wants.get(*other)?.asked(peer));
        let earlier = others.filter(|other| other.awaits_block() && other.at <= asked.at);
        Some(AskDetail {
            peer: known.id,
            kind: asked.kind,
            at: asked.at,
            open: asked.open,
            has: asked.has,
            hops: asked.hops,
            times_out_at: due.filter(|_| asked.awaits_block()),
            queued_for_us: known.queued_for_us,
            asks_in_flight: known.window.asks,
            bytes: asked.bytes,
            ahead_bytes: earlier.map(|earlier| u64::from(earlier.bytes)).sum(),
            delivery_rate: known.delivery_rate(),
        })
    }

    fn search_detail(&self, session: SessionId) -> Option<SearchDetail> {
        let search = self.client.searches.get(session)?;
        Some(SearchDetail {
            started_at: search.started_at,
            broadcasts: search.broadcasts,
            lookups: search.lookups,
            lookup_running: search.lookup.is_some(),
            providers_found: search.providers_found,
            next_step_at: self.client.searches.waits_until(session),
            finder: Arc::clone(self.strategies.set().name(Role::ProviderFinder)),
            reason: search.reason,
        })
    }
}
