//! What happens, told to whoever listens as it happens. The engine waits for no listener: one that
//! is slow loses the oldest, and hears how many.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bitswap_core::strategy::Role;
use bitswap_core::{CidKey, Engine, Event, SessionId, WantOutcome};
use cid::Cid;
use libp2p::PeerId;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::error::Closed;
use crate::trace::Trace;

/// Events that wait for the slowest listener; all listeners share them.
const WAITING: usize = 1_024;

/// What happened. No CID is in it that only others want.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LiveEvent {
    /// A block was sent to a peer.
    BlockSent {
        /// The peer.
        peer: PeerId,
        /// Its length.
        bytes: u32,
        /// Time from the request until it was sent.
        after: Duration,
    },
    /// A look-up of providers ended.
    LookupEnded {
        /// What it was for; `None` = it was wanted before anybody listened.
        cid: Option<Cid>,
        /// Providers that were found.
        found: u32,
    },
    /// So many events were not taken in time, and are lost.
    Lost(u64),
    /// A peer connected.
    PeerConnected(PeerId),
    /// The last connection to a peer was closed.
    PeerDisconnected(PeerId),
    /// Another strategy took over a role.
    StrategyReplaced {
        /// The role.
        role: Role,
        /// The name of the new one.
        name: Arc<str>,
        /// How many times strategies were replaced so far.
        generation: u64,
    },
    /// A want of this node ended.
    WantEnded {
        /// What was wanted; `None` = it was wanted before anybody listened.
        cid: Option<Cid>,
        /// How it ended.
        outcome: WantOutcome,
        /// Time from the first call for it.
        after: Duration,
    },
    /// A caller wants what nobody here wanted before.
    WantOpened {
        /// The session of the caller.
        session: SessionId,
        /// What is wanted.
        cid: Cid,
    },
}

/// What happens from now on.
#[derive(Debug)]
pub struct LiveEvents(broadcast::Receiver<LiveEvent>);

impl LiveEvents {
    /// The next event; `None` = the node is gone.
    pub async fn next(&mut self) -> Option<LiveEvent> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(count)) => Some(LiveEvent::Lost(count)),
            Err(RecvError::Closed) => None,
        }
    }

    /// One that has happened already; `None` = none has.
    pub fn next_at_once(&mut self) -> Option<LiveEvent> {
        match self.0.try_recv() {
            Ok(event) => Some(event),
            Err(TryRecvError::Lagged(count)) => Some(LiveEvent::Lost(count)),
            Err(TryRecvError::Closed | TryRecvError::Empty) => None,
        }
    }
}

/// The driver's end: it tells.
#[derive(Debug)]
pub(crate) struct Live {
    listeners: broadcast::Sender<LiveEvent>,
    /// Of the open wants that began while somebody listened; bounded as open wants are.
    cids: HashMap<CidKey, Cid>,
}

/// The handles' end: it lets listen, as long as there is a driver.
#[derive(Debug)]
pub(crate) struct Listening(broadcast::WeakSender<LiveEvent>);

impl Listening {
    pub(crate) fn listen(&self) -> Result<LiveEvents, Closed> {
        self.0.upgrade().map(|live| LiveEvents(live.subscribe())).ok_or(Closed)
    }
}

impl Live {
    pub(crate) fn new() -> (Self, Listening) {
        let (listeners, _) = broadcast::channel(WAITING);
        let listening = Listening(listeners.downgrade());
        (Self { listeners, cids: HashMap::new() }, listening)
    }

    /// Tells what happened, if anybody listens.
    pub(crate) fn note(&mut self, event: &Event, engine: &Engine, trace: &Trace) {
        if self.listeners.receiver_count() == 0 {
            if !self.cids.is_empty() {
                self.cids = HashMap::new();
            }
            return;
        }
        if let Some(told) = self.told(event, engine, trace) {
            // Whoever listened may be gone by now.
            drop(self.listeners.send(told));
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what people follow, and no more")]
    fn told(&mut self, event: &Event, engine: &Engine, trace: &Trace) -> Option<LiveEvent> {
        Some(match event {
            Event::LookupEnded { want, found, .. } => {
                LiveEvent::LookupEnded { cid: self.cids.get(want).copied(), found: *found }
            }
            Event::PeerConnected { id, .. } => LiveEvent::PeerConnected(*id),
            Event::PeerDisconnected { peer } => LiveEvent::PeerDisconnected(trace.name_of(*peer)?),
            Event::RequestServed { peer, bytes, after, .. } => {
                let (bytes, after) = (*bytes, *after);
                LiveEvent::BlockSent { peer: trace.name_of(*peer)?, bytes, after }
            }
            Event::StrategyReplaced { role, name, generation } => {
                let (role, generation) = (*role, *generation);
                LiveEvent::StrategyReplaced { role, name: Arc::clone(name), generation }
            }
            Event::WantEnded { want, outcome, after } => {
                let (outcome, after) = (*outcome, *after);
                LiveEvent::WantEnded { cid: self.cids.remove(want), outcome, after }
            }
            Event::WantOpened { session, want } => {
                let cid = engine.cid_of(*want)?;
                self.cids.insert(*want, cid);
                LiveEvent::WantOpened { session: *session, cid }
            }
            _ => return None,
        })
    }
}
