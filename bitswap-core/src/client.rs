//! The client half: the wants of callers, the asks sent to peers, and the searches for blocks that
//! no member of a session has. Knows nothing of the requests of peers: what concerns them is an
//! effect.

mod answers;
mod arrivals;
mod ask;
mod broadcast;
mod callers;
pub(crate) mod calls;
mod check;
mod early_ends;
mod finish;
mod leechers;
mod lookup;
mod members;
mod moves;
mod phase;
mod retry;
mod room;
mod search;
mod search_state;
pub(crate) mod searches;
mod select;
pub(crate) mod sessions;
mod store;
mod swap;
#[cfg(test)]
mod tests;
pub(crate) mod timeouts;
mod turn;
pub(crate) mod wants;

use crate::chance::Chance;
use crate::config::EngineConfig;
use crate::deadlines::{DeadlineReason, Reasoned, earliest};
use crate::ids::{CidKey, PeerKey, ReadId, SessionId};
use crate::map::Table;
use crate::out::Out;
use crate::peers::Peers;
use crate::strategies::Strategies;
use crate::time::Timestamp;
use arrivals::Arrivals;
use calls::Calls;
use early_ends::EarlyEnds;
use searches::Searches;
use select::Scratch;
use sessions::Sessions;
use timeouts::DontHaveTimeouts;
use wants::Wants;

/// The state of the client half.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) calls: Calls,
    pub(crate) sessions: Sessions,
    pub(crate) wants: Wants,
    pub(crate) timeouts: DontHaveTimeouts,
    pub(crate) searches: Searches,
    arrivals: Arrivals,
    early_ends: EarlyEnds,
    /// The wants that each read of the local store is for.
    reads: Table<ReadId, Vec<CidKey>>,
    /// Random numbers for choices that no strategy makes, such as a random broadcast.
    dice: Chance,
    scratch: Scratch,
    /// Peers that have nothing to send since this turn, and for which session.
    free: Vec<(PeerKey, SessionId)>,
    /// Peers that may have room again since this turn.
    roomy: Vec<PeerKey>,
}

/// The client half at work: its state, and what the engine lends it.
#[derive(Debug)]
pub(crate) struct ClientRoom<'x> {
    config: &'x EngineConfig,
    now: Timestamp,
    strategies: &'x mut Strategies,
    peers: &'x mut Peers,
    out: &'x mut Out,
    calls: &'x mut Calls,
    sessions: &'x mut Sessions,
    wants: &'x mut Wants,
    timeouts: &'x mut DontHaveTimeouts,
    searches: &'x mut Searches,
    arrivals: &'x mut Arrivals,
    early_ends: &'x mut EarlyEnds,
    reads: &'x mut Table<ReadId, Vec<CidKey>>,
    dice: &'x mut Chance,
    scratch: &'x mut Scratch,
    free: &'x mut Vec<(PeerKey, SessionId)>,
    roomy: &'x mut Vec<PeerKey>,
}

impl Client {
    pub(crate) fn new(config: &EngineConfig) -> Self {
        Self {
            calls: Calls::new(config.limits.wants_per_session),
            sessions: Sessions::new(config.relay.session_ttl),
            wants: Wants::default(),
            timeouts: DontHaveTimeouts::new(config.timeouts.clone()),
            searches: Searches::default(),
            arrivals: Arrivals::new(config.limits.recent_blocks),
            early_ends: EarlyEnds::default(),
            reads: Table::default(),
            dice: Chance::named(config.seed, "engine"),
            scratch: Scratch::default(),
            free: Vec::new(),
            roomy: Vec::new(),
        }
    }

    /// Joins the state with what the engine lends.
    pub(crate) const fn room<'x>(
        &'x mut self,
        (config, now): (&'x EngineConfig, Timestamp),
        strategies: &'x mut Strategies,
        peers: &'x mut Peers,
        out: &'x mut Out,
    ) -> ClientRoom<'x> {
        let Self { calls, sessions, wants, timeouts, searches, arrivals, .. } = self;
        let (early_ends, reads) = (&mut self.early_ends, &mut self.reads);
        let roomy = &mut self.roomy;
        let (dice, scratch, free) = (&mut self.dice, &mut self.scratch, &mut self.free);
        ClientRoom {
            config,
            now,
            strategies,
            peers,
            out,
            calls,
            sessions,
            wants,
            timeouts,
            searches,
            arrivals,
            early_ends,
            reads,
            dice,
            scratch,
            free,
            roomy,
        }
    }

    /// When the client half must be called again, at the latest.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        earliest(self.deadlines())
    }

    /// All that the client waits for.
    pub(crate) fn deadlines(&self) -> [Reasoned; 10] {
        let [next, chosen, unsent] = self.timeouts.deadlines();
        let [timeout, held, wake] = self.sessions.deadlines();
        [
            (self.calls.next_deadline(), DeadlineReason::CallTimeout),
            timeout,
            held,
            wake,
            next,
            chosen,
            unsent,
            (self.wants.next_deadline(), DeadlineReason::ScheduledWant),
            (self.searches.next_deadline(), DeadlineReason::Search),
            (self.early_ends.next_deadline(), DeadlineReason::SilentPeer),
        ]
    }

    /// Takes the wants that a read of the local store was for.
    pub(crate) fn take_read(&mut self, read: ReadId) -> Option<Vec<CidKey>> {
        self.reads.remove(&read)
    }

    /// State that is left although there are no wants; for the engine's own checks.
    pub(crate) fn leftover(&self) -> Option<&'static str> {
        let places = [
            ("calls", self.calls.is_idle()),
            ("wants", self.wants.is_idle()),
            ("waits for answers", self.timeouts.is_idle()),
            ("searches", self.searches.len() == 0),
            ("wants in sessions", self.sessions.is_idle()),
        ];
        places.into_iter().find_map(|(place, is_empty)| (!is_empty).then_some(place))
    }
}
