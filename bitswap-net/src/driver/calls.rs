//! The open calls, and the channels to which their blocks are delivered.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use bitswap_core::{Block, CallId, Failure, Input, SessionId};
use cid::Cid;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::handle::UntakenOfCall;

/// The outcome of a call for one CID.
pub(crate) type Delivery = (Cid, Result<Block, Failure>);

/// The driver's end of a call.
#[derive(Debug)]
pub(crate) struct Caller {
    /// With room for the call's credit, were each delivery to come alone.
    pub(crate) deliveries: mpsc::Sender<Vec<Delivery>>,
    /// Why everything fails that is neither delivered nor failed when there are no more deliveries:
    /// a call that ends as a whole fails more CIDs at once than there is room for.
    pub(crate) rest: Arc<OnceLock<Failure>>,
    pub(crate) untaken: Arc<UntakenOfCall>,
}

/// A call with what it is handed over next, all at once: to wake its reader for each block would
/// cost more than the block.
#[derive(Debug)]
struct OpenCall {
    caller: Caller,
    next: Vec<Delivery>,
}

impl OpenCall {
    fn add(&mut self, delivery: Delivery) {
        match delivery {
            (_, Err(why)) if self.next.len() >= self.caller.deliveries.max_capacity() => {
                self.caller.rest.get_or_init(|| why);
            }
            delivery => self.next.push(delivery),
        }
    }

    fn hand_over(&mut self) {
        let (caller, next) = (&self.caller, std::mem::take(&mut self.next));
        if next.is_empty() {
            return;
        }
        // Before it can be taken.
        let bytes = next.iter().map(bytes_of).sum();
        caller.untaken.delivered(bytes);
        if let Err(TrySendError::Full(lost)) = caller.deliveries.try_send(next) {
            caller.untaken.taken(bytes);
            for (cid, outcome) in lost {
                match outcome {
                    Ok(_) => tracing::error!(%cid, "a block without credit was lost"),
                    Err(why) => {
                        caller.rest.get_or_init(|| why);
                    }
                }
            }
        }
    }
}

fn bytes_of((_, outcome): &Delivery) -> usize {
    outcome.as_ref().map_or(0, Block::len)
}

/// The open calls of this node's embedders.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: HashMap<CallId, OpenCall>,
    /// Those that have something to be handed over, each once.
    fed: Vec<CallId>,
    sessions: HashSet<SessionId>,
    /// Those of them whose wants end when nobody is left to ask.
    ends_early: HashSet<SessionId>,
}

impl Calls {
    /// From now on, deliveries for `call` go here; true if it is its session's first.
    pub(super) fn open(
        &mut self,
        (session, ends_early): (SessionId, bool),
        call: CallId,
        caller: Caller,
    ) -> bool {
        self.open.insert(call, OpenCall { caller, next: Vec::new() });
        if ends_early {
            self.ends_early.insert(session);
        }
        self.sessions.insert(session)
    }

    /// Whether there is a session whose wants end when nobody is left to ask.
    pub(super) fn has_early_ends(&self) -> bool {
        !self.ends_early.is_empty()
    }

    /// Keeps a block, or the news that it will not come, until it is [handed
    /// over](Self::hand_over).
    pub(super) fn deliver(&mut self, call: CallId, delivery: Delivery) {
        if let Some(open) = self.open.get_mut(&call) {
            if open.next.is_empty() {
                self.fed.push(call);
            }
            open.add(delivery);
        }
    }

    /// Hands over everything that was delivered.
    pub(super) fn hand_over(&mut self) {
        for call in self.fed.drain(..) {
            if let Some(open) = self.open.get_mut(&call) {
                open.hand_over();
            }
        }
    }

    /// There will be no more deliveries for `call`.
    pub(super) fn finish(&mut self, call: CallId) {
        if let Some(mut open) = self.open.remove(&call) {
            open.hand_over();
        }
    }

    /// Whether the engine should hear this: a handle may speak of what never began, or is over.
    #[expect(clippy::wildcard_enum_match_arm, reason = "handles return nothing else")]
    pub(super) fn concerns(&mut self, input: &Input) -> bool {
        match input {
            Input::CallDemand { call, .. } => self.open.contains_key(call),
            Input::CallCancelled { call } => self.open.remove(call).is_some(),
            Input::SessionTimedOut { session } => self.sessions.contains(session),
            Input::SessionClosed { session } => {
                self.ends_early.remove(session);
                self.sessions.remove(session)
            }
            _ => true,
        }
    }
}
