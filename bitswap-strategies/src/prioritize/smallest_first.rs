//! Serves the peer with the fewest bytes queued, its smallest block first; what waited goes first.

use std::time::Duration;

use bitswap_core::Timestamp;
use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, TaskPrioritizer, TaskView};

use crate::order;

parameters! {
    /// Shortest remaining processing time (Schrage 1968): least time of an answer on average, and
    /// the longest for those that want much. Remaining are the bytes that are queued.
    pub struct SmallestFirst {
        /// A block that was requested longer ago counts as having no bytes.
        age: Duration = Duration::from_secs(2),
            within Duration::from_millis(100)..=Duration::from_secs(60);
    }
}

impl SmallestFirst {
    /// A rank by size, until what is ranked is old.
    fn rank(&self, ctx: &mut Ctx<'_>, bytes: u64, since: Timestamp) -> Rank {
        let old_at = since.after(self.age);
        if ctx.now() >= old_at {
            ctx.because("waited long");
            return Rank::new([0, order::part(since.as_nanos()), 0, 0]);
        }
        ctx.because("smallest first");
        Rank::new([1, order::part(bytes), 0, 0]).until(old_at)
    }
}

impl TaskPrioritizer for SmallestFirst {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        self.rank(ctx, peer.pending_bytes, peer.oldest_task_at)
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        self.rank(ctx, u64::from(task.bytes), task.arrived_at)
    }
}

#[cfg(test)]
mod tests;
