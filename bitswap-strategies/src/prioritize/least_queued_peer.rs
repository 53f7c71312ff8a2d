//! Serves the peer with the least on its way to it; the starving come first.

use std::time::Duration;

use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, TaskPrioritizer, TaskView};

use crate::catalog::Configured;
use crate::order;

parameters! {
    /// What `least-queued-peer` can be told.
    pub struct Params {
        /// Queued blocks beyond this many make no difference.
        pending_cap: u32 = 16, within 1..=1_000_000;
        /// How long a peer goes unserved before it comes before all that were served.
        starvation: Duration = Duration::from_secs(10),
            within Duration::from_millis(100)..=Duration::from_secs(3_600);
    }
}

/// A peer that was never served, or not for too long, comes first; then the one with the least in
/// flight for its weight, which the ledger policy gives it: a peer of twice the weight counts as
/// having half as much in flight; then the one with the most queued.
#[derive(Debug)]
pub struct LeastQueuedPeer {
    params: Params,
}

impl LeastQueuedPeer {
    /// Less than this on its way is no difference: about the smallest usual block.
    const BUCKET_BYTES: u64 = 16 * 1024;
}

impl Configured for LeastQueuedPeer {
    type Params = Params;

    fn new(params: Params) -> Self {
        Self { params }
    }
}

impl TaskPrioritizer for LeastQueuedPeer {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        let weighted = u128::from(peer.in_flight_bytes_to) * 1_024 / u128::from(peer.weight.get());
        let in_flight = u64::try_from(weighted).unwrap_or(u64::MAX) / Self::BUCKET_BYTES;
        let in_flight = order::part(in_flight);
        let pending = i64::from(peer.pending_tasks.min(self.params.pending_cap));
        let Some(served_at) = peer.last_served_at else {
            ctx.because("never served");
            return Rank::new([0, in_flight, -pending, 0]);
        };
        // A moment, not an age: the rank stays right until then.
        let starves_at = served_at.after(self.params.starvation);
        if ctx.now() >= starves_at {
            ctx.because("starving");
            return Rank::new([0, in_flight, -pending, 0]);
        }
        ctx.because("least in flight");
        Rank::new([1, in_flight, -pending, 0]).until(starves_at)
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        ctx.because("by priority");
        Rank::new([-i64::from(task.priority), order::part(task.arrival), 0, 0])
    }
}

#[cfg(test)]
mod tests;
