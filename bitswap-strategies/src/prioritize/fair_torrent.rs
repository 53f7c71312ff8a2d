//! Serves the peer first that gave most beyond what it got.

use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, TaskPrioritizer, TaskView};

use crate::catalog::{Configured, NoParams};
use crate::order;

/// Deficits as in `FairTorrent` (Sherman, Nieh and Stein 2009): the rank is what was sent to the
/// peer less what it sent, in bytes over the life of its account, and what is in flight counts as
/// sent. Peers that never give are served in turn by bytes.
#[derive(Debug)]
pub struct FairTorrent;

impl Configured for FairTorrent {
    type Params = NoParams;

    fn new(_: NoParams) -> Self {
        Self
    }
}

impl TaskPrioritizer for FairTorrent {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        ctx.because("least deficit");
        let sent = order::part(peer.sent_to.saturating_add(peer.in_flight_bytes_to));
        Rank::new([sent.saturating_sub(order::part(peer.received_from)), 0, 0, 0])
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        order::by_priority(ctx, task)
    }
}

#[cfg(test)]
mod tests;
