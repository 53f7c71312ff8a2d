//! Serves in order of arrival, whoever asked.

use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, TaskPrioritizer, TaskView};

use crate::catalog::{Configured, NoParams};
use crate::order;

/// One queue for all: who asks for much is served much.
#[derive(Debug)]
pub struct Fifo;

impl Configured for Fifo {
    type Params = NoParams;

    fn new(_: NoParams) -> Self {
        Self
    }
}

impl TaskPrioritizer for Fifo {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        ctx.because("oldest task first");
        Rank::new([order::part(peer.oldest_task_at.as_nanos()), 0, 0, 0])
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        ctx.because("in arrival order");
        Rank::new([order::part(task.arrival), 0, 0, 0])
    }
}

#[cfg(test)]
mod tests;
