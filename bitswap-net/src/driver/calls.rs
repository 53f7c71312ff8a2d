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
    /// With room for the call's credit.
    pub(crate) deliveries: mpsc::Sender<Delivery>,
    /// Why everything fails that is neither delivered nor failed when there are no more deliveries:
    /// a call that ends as a whole fails more CIDs at once than there is room for.
    pub(crate) rest: Arc<OnceLock<Failure>>,
    pub(crate) untaken: Arc<UntakenOfCall>,
}

impl Caller {
    fn deliver(&self, delivery: Delivery) {
        // Before it can be taken.
        let bytes = delivery.1.as_ref().map_or(0, Block::len);
        self.untaken.delivered(bytes);
        if let Err(TrySendError::Full((cid, outcome))) = self.deliveries.try_send(delivery) {
            self.untaken.taken(bytes);
            match outcome {
                Ok(_) => tracing::error!(%cid, "a block without credit was lost"),
                Err(why) => {
                    self.rest.get_or_init(|| why);
                }
            }
        }
    }
}

/// The open calls of this node's embedders.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: HashMap<CallId, Caller>,
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
        self.open.insert(call, caller);
        if ends_early {
            self.ends_early.insert(session);
        }
        self.sessions.insert(session)
    }

    /// Whether there is a session whose wants end when nobody is left to ask.
    pub(super) fn has_early_ends(&self) -> bool {
        !self.ends_early.is_empty()
    }

    /// Hands over a block, or the news that it will not come.
    pub(super) fn deliver(&self, call: CallId, delivery: Delivery) {
        if let Some(caller) = self.open.get(&call) {
            caller.deliver(delivery);
        }
    }

    /// There will be no more deliveries for `call`.
    pub(super) fn finish(&mut self, call: CallId) {
        self.open.remove(&call);
    }

    /// Whether the engine should hear this: a handle may speak of what never began, or is over.
    #[expect(clippy::wildcard_enum_match_arm, reason = "handles return nothing else")]
    pub(super) fn concerns(&mut self, input: &Input) -> bool {
        match input {
            Input::CallDemand { call, .. } => self.open.contains_key(call),
            Input::CallCancelled { call } => self.open.remove(call).is_some(),
            Input::SessionClosed { session } => {
                self.ends_early.remove(session);
                self.sessions.remove(session)
            }
            _ => true,
        }
    }
}
