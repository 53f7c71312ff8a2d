//! All wants have ended: nodes agree about what passed between them, and nothing is left.

use std::collections::BTreeSet;
use std::time::Duration;

use bitswap_core::{Input, SessionId};

use super::Run;
use crate::campaign::outcome::Failure;
use crate::campaign::plan::{FaultKind, Player};
use crate::world::NodeId;

impl Run<'_> {
    /// Longer than anything lasts by itself: deferrals, ranks, and what is passed on.
    const QUIET: Duration = Duration::from_secs(300);

    pub(super) fn come_to_rest(&mut self) -> Result<(), Failure> {
        let core = self.core();
        let others = self.world.all_nodes().filter(|node| !core.contains(node));
        let others: Vec<NodeId> = others.collect();
        // Twice: somebody may have been dialled just before.
        for _ in 0..2 {
            for node in &others {
                for peer in self.world.peers_of(*node) {
                    self.world.disconnect(*node, peer);
                }
            }
            self.run_until(self.world.now().after(Self::QUIET))?;
        }
        for one in &core {
            for other in core.iter().filter(|other| *other != one) {
                if self.world.are_connected(*one, *other) {
                    self.world.agree(*one, *other)?;
                }
                if !self.forgets_accounts() && !self.merges_blocks() && !self.was_paused(*one) {
                    self.world.ledgers_agree(*one, *other)?;
                }
            }
        }
        for node in &core {
            let made = self.made.iter().filter(|made| made.node == *node);
            let sessions: BTreeSet<SessionId> = made.map(|made| made.session).collect();
            for session in sessions {
                self.world.happen(*node, Input::SessionClosed { session });
            }
        }
        self.run_until(self.world.now().after(Self::QUIET))?;
        for one in &core {
            for other in &core {
                self.world.disconnect(*one, *other);
            }
        }
        self.run_until(self.world.now().after(Self::QUIET))?;
        core.iter().try_for_each(|node| Ok(self.world.rests(*node)?))
    }

    /// Whether a node was paused. Such a node may write to a connection that has been replaced, and
    /// is not told what became of that.
    fn was_paused(&self, node: NodeId) -> bool {
        let mut pauses = self.plan.faults.iter().filter(|fault| fault.what == FaultKind::Pause);
        pauses.any(|fault| usize::from(fault.one) == node.place())
    }

    /// The oldest dialects have no CIDs: two blocks of the same bytes in a message come as one.
    fn merges_blocks(&self) -> bool {
        let plan = self.plan;
        let knows_old = plan.links.iter().any(|link| link.protocol >= 3)
            || plan.faults.iter().any(|fault| fault.what == FaultKind::Connect);
        let names = self.blocks.iter().map(|(cid, _)| cid.hash());
        let twins = names.collect::<BTreeSet<_>>().len() < self.blocks.len();
        knows_old && twins
    }

    fn forgets_accounts(&self) -> bool {
        let few = |player: &Player| player.config().limits.accounts < 1_000;
        self.plan.players.iter().any(few)
    }
}
