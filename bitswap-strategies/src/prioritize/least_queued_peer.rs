//! Serves the peer with the least on its way to it; the starving come first.

use std::time::Duration;

use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, TaskPrioritizer, TaskView};

use crate::order;

parameters! {
    /// A peer that was never served, or not for too long, comes first; then the one with the least
    /// in flight for its weight, which the ledger policy gives it: a peer of twice the weight
    /// counts as having half as much in flight; then the one that was served least for its weight
    /// since it began to wait (its start tag: start-time fair queueing, Goyal, Vin and Cheng 1996);
    /// then the one with the most queued. Where our upload limit is what everybody waits for,
    /// nothing is in flight for long, and peers are served in proportion to their weights. Relayed
    /// blocks come after all others, and wait no longer than the engine's limit.
    pub struct LeastQueuedPeer {
        /// Queued blocks beyond this many make no difference.
        pending_cap: u32 = 16, within 1..=1_000_000;
        /// How long a peer goes unserved before it comes before all that were served.
        starvation: Duration = Duration::from_secs(10),
            within Duration::from_millis(100)..=Duration::from_secs(3_600);
    }
}

impl TaskPrioritizer for LeastQueuedPeer {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        let [in_flight, served] = order::had(peer);
        let pending = i64::from(peer.pending_tasks.min(self.pending_cap));
        let place = |place| Rank::new([place, in_flight, served, -pending]);
        if peer.next_task_relayed {
            ctx.because("relayed");
            return place(2);
        }
        let Some(served_at) = peer.last_served_at else {
            ctx.because("never served");
            return place(0);
        };
        // A moment, not an age: the rank stays right until then.
        let starves_at = served_at.after(self.starvation);
        if ctx.now() >= starves_at {
            ctx.because("starving");
            return place(0);
        }
        ctx.because("least in flight");
        place(1).until(starves_at)
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        order::by_priority(ctx, task)
    }
}

#[cfg(test)]
mod tests;
