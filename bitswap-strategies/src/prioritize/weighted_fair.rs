//! Serves each peer in proportion to the weight that the ledger policy gives it.

use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, TaskPrioritizer, TaskView};

use crate::catalog::{Configured, NoParams};
use crate::order;

/// Start-time fair queueing (Goyal, Vin and Cheng 1996): the peer with the smallest start tag comes
/// first, S = max(V, F), where F is S + size / weight of its last block and V the S of the block
/// that was served last. Peers that always wait get bytes in proportion to their weights, to one
/// block; what nobody else wants, a peer may have. A peer that was away is not made up to.
#[derive(Debug)]
pub struct WeightedFair;

impl Configured for WeightedFair {
    type Params = NoParams;

    fn new(_: NoParams) -> Self {
        Self
    }
}

impl TaskPrioritizer for WeightedFair {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        ctx.because("least for its weight");
        Rank::new([order::part(peer.start_tag), order::part(peer.turn), 0, 0])
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        order::by_priority(ctx, task)
    }
}

#[cfg(test)]
mod tests;
