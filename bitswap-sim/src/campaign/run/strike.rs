//! Faults strike.

use std::time::Duration;

use bitswap_core::SessionId;

use super::{Run, Step, cast};
use crate::campaign::plan::{Fault, FaultKind, Player, Swap, link_of, strategies};
use crate::store::StoreModel;
use crate::world::{Crash, NodeId};

impl Run<'_> {
    pub(super) fn strike(&mut self, at: u32, place: usize) {
        let plan = self.plan;
        let Some(fault) = plan.faults.get(place) else {
            return;
        };
        let (Some(one), Some(other)) = (self.node(fault.one), self.node(fault.other)) else {
            return;
        };
        self.faults += u64::from(!fault.what.heals());
        let is_up = self.world.is_up(one);
        match fault.what {
            FaultKind::Cancel => self.cancel(fault.much),
            FaultKind::Close if is_up => {
                self.close(one, SessionId(u64::from(fault.much % 4)));
            }
            FaultKind::Crash if is_up => self.crash(at, fault),
            FaultKind::Cut => self.world.cut_one_way(one, other),
            FaultKind::CutBoth => self.world.cut(one, other),
            FaultKind::Disconnect => self.world.disconnect(one, other),
            FaultKind::JumpAhead => self.jump(one, i64::from(fault.much)),
            FaultKind::JumpBack => self.jump(one, -i64::from(fault.much)),
            FaultKind::Connect => {
                self.connect_players(&link_of(fault.much, fault.one, fault.other));
            }
            FaultKind::Mend => self.world.mend(one, other),
            FaultKind::Pause => self.world.pause(one, Duration::from_millis(fault.much.into())),
            FaultKind::Replace if is_up => {
                self.world.replace_strategies(one, strategies(fault.much).into());
            }
            FaultKind::Reset => self.world.reset(one, other),
            FaultKind::Silence => {
                let noticed_after = Duration::from_millis(fault.much.into());
                self.world.drop_silently(one, other, noticed_after);
            }
            FaultKind::Store if is_up => self.worsen_store(one, fault.much),
            FaultKind::Swap if is_up => {
                let swapped = Swap::of(fault.much).strategy();
                self.world.replace_strategies(one, swapped.into_iter().collect());
            }
            FaultKind::Close
            | FaultKind::Crash
            | FaultKind::Replace
            | FaultKind::Store
            | FaultKind::Swap => {}
        }
    }

    /// A crashed node comes back as it was made, or with what it had stored lost.
    pub(super) fn restart(&mut self, player: u8) {
        let plan = self.plan;
        let Some(node) = self.node(player) else {
            return;
        };
        let Some(made) = plan.players.get(usize::from(player)).filter(|made| made.is_honest())
        else {
            return;
        };
        let (engine, strategies) = (made.config(), (self.strategies)(made));
        if self.world.is_up(node) || self.world.restart(node, engine, strategies).is_err() {
            return;
        }
        self.world.change_store(node, cast::store(made));
        for link in plan.links.iter().filter(|link| link.one == player || link.other == player) {
            self.connect_players(link);
        }
    }

    fn crash(&mut self, at: u32, fault: &Fault) {
        let Some(node) = self.node(fault.one) else {
            return;
        };
        let keeps_store = fault.much & 1 == 0;
        let noticed_after = Duration::from_millis(u64::from(fault.much % 7) * 1_000);
        self.world.crash(node, Crash { keeps_store, noticed_after });
        self.note(at.saturating_add(fault.much), Step::Restart(fault.one));
    }

    fn jump(&mut self, node: NodeId, seconds: i64) {
        self.world.jump_clock(node, seconds.saturating_mul(1_000_000_000));
    }

    /// Microseconds that a store takes from then on.
    pub(super) const fn slow_store(much: u32) -> u32 {
        if much < 10_000_000 { much } else { 10_000_000 }
    }

    fn worsen_store(&mut self, node: NodeId, much: u32) {
        let Some(made) = self.plan.players.get(node.place()).filter(|made| made.is_honest()) else {
            return;
        };
        let worse = Player { store: Self::slow_store(much), ..*made };
        let faults = if much & 1 == 1 { 100_000 } else { made.store_faults };
        self.world.change_store(node, StoreModel { faults, ..cast::store(&worse) });
    }
}
