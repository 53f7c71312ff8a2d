//! Who waits for which deliveries.

use std::collections::{HashMap, HashSet};

use bitswap_core::{Block, CallId, Failure, Input, SessionId};
use cid::Cid;
use tokio::sync::mpsc;

/// What a call is told of one CID.
pub(crate) type Delivery = (Cid, Result<Block, Failure>);

/// The open calls of this node's embedders.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: HashMap<CallId, mpsc::Sender<Delivery>>,
    sessions: HashSet<SessionId>,
}

impl Calls {
    /// From now on, deliveries for `call` go here.
    pub(super) fn open(
        &mut self,
        session: SessionId,
        call: CallId,
        deliveries: mpsc::Sender<Delivery>,
    ) {
        self.sessions.insert(session);
        self.open.insert(call, deliveries);
    }

    /// Hands over a block, or the news that it will not come. The channel has room for the call's
    /// credit, so it is never full; a caller that is gone says so itself.
    pub(super) fn deliver(&self, call: CallId, delivery: Delivery) {
        let Some(deliveries) = self.open.get(&call) else { return };
        if let Err(mpsc::error::TrySendError::Full((cid, _))) = deliveries.try_send(delivery) {
            tracing::error!(%cid, "a delivery without credit was lost");
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
            Input::SessionClosed { session } => self.sessions.remove(session),
            _ => true,
        }
    }
}
