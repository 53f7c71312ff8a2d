//! Serves peers in turn, so that each is served equally often.

use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, TaskPrioritizer, TaskView};

use crate::catalog::{Configured, NoParams};
use crate::order;

/// The peer whose last turn is longest ago comes first; a peer without a turn counts as having had
/// its own before all others. Even by turns, whatever the blocks weigh: a control.
#[derive(Debug)]
pub struct RoundRobin;

impl Configured for RoundRobin {
    type Params = NoParams;

    fn new(_: NoParams) -> Self {
        Self
    }
}

impl TaskPrioritizer for RoundRobin {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        ctx.because("longest without a turn");
        Rank::new([order::part(peer.turn), 0, 0, 0])
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        order::by_priority(ctx, task)
    }
}

#[cfg(test)]
mod tests;
