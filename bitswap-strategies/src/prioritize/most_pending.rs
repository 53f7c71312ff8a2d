//! Serves the peer with the least in flight, then the one with the most queued.

use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, TaskPrioritizer, TaskView};

use crate::catalog::{Configured, NoParams};
use crate::order;

/// The order of go-peertaskqueue before boxo#1143: bytes in flight, then most queued blocks. A peer
/// that wants little waits behind one that wants much (boxo#1141), if the engine does not see to
/// it: a control.
#[derive(Debug)]
pub struct MostPending;

impl Configured for MostPending {
    type Params = NoParams;

    fn new(_: NoParams) -> Self {
        Self
    }
}

impl TaskPrioritizer for MostPending {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        ctx.because("most queued");
        Rank::new([order::part(peer.in_flight_bytes_to), -i64::from(peer.pending_tasks), 0, 0])
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        order::by_priority(ctx, task)
    }
}

#[cfg(test)]
mod tests;
