//! Who plays, and who knows whom.

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::wire::Dialect;
use bitswap_core::{ConfigError, Lanes, Speaks};

use super::Run;
use crate::campaign::outcome::Failure;
use crate::campaign::plan::{Knot, Player, What};
use crate::hostile::{Kind, Lore, Temper};
use crate::network::{Access, Latency, Link, Rate};
use crate::store::StoreModel;
use crate::world::NodeConfig;

impl Run<'_> {
    pub(super) fn cast(&mut self) -> Result<(), Failure> {
        let plan = self.plan;
        let known = self.blocks.iter().map(|(cid, _)| *cid).collect();
        let held = self.blocks.iter().step_by(2).map(|(_, block)| block.clone());
        let lore = Arc::new(Lore::new(known, held));
        for (place, player) in plan.players.iter().enumerate() {
            match player.hostile.checked_sub(1) {
                None => self.add_honest(player)?,
                Some(kind) => self.add_hostile(place, player, kind, &lore),
            }
        }
        self.wind_clocks();
        for knot in &plan.knots {
            self.knot(knot);
        }
        Ok(())
    }

    /// No clock shows less than nothing: those that are to jump back start late.
    fn wind_clocks(&mut self) {
        let jumps = self.plan.faults.iter().filter(|fault| fault.what == What::JumpBack);
        let back: i64 = jumps.map(|jump| i64::from(jump.much)).sum();
        for node in self.all_nodes().filter(|_| back > 0) {
            self.world.jump_clock(node, back.saturating_mul(1_000_000_000));
        }
    }

    fn add_honest(&mut self, player: &Player) -> Result<(), Failure> {
        let engine = player.config();
        let config = NodeConfig {
            strategies: player.strategies(),
            engine,
            access: access(player),
            store: store(player),
        };
        let seed = self.plan.seed;
        let bad = |error: ConfigError| Failure {
            seed,
            event: 0,
            node: None,
            invariant: 0,
            what: format!("an engine that cannot work was planned: {error}"),
        };
        self.world.add_node(config).map(drop).map_err(bad)
    }

    fn add_hostile(&mut self, place: usize, player: &Player, kind: u8, lore: &Arc<Lore>) {
        let kind = Kind::ALL[usize::from(kind) % Kind::ALL.len()];
        let seed = self.plan.seed.wrapping_mul(16).wrapping_add(place as u64);
        let calm = Temper { seed, per_second: 10, tricks: 60, bytes: 8 * 1024 };
        let hostile = kind.make(kind.temper(seed).within(&calm), Arc::clone(lore));
        self.world.add_hostile(hostile, access(player));
    }

    pub(super) fn knot(&mut self, knot: &Knot) {
        let (Some(one), Some(other)) = (self.node(knot.one), self.node(knot.other)) else {
            return;
        };
        if one != other {
            self.world.connect(one, other, link(knot));
        }
    }
}

fn access(player: &Player) -> Access {
    let rate = |kbit: u32| Rate::bits_per_second(u64::from(kbit) * 1_000);
    Access { up: rate(player.up), down: rate(player.down) }
}

pub(super) fn store(player: &Player) -> StoreModel {
    let delay = Duration::from_micros(player.store.into());
    StoreModel { faults: player.store_faults, ..StoreModel::with_delay(delay) }
}

fn link(knot: &Knot) -> Link {
    let latency = Duration::from_micros(knot.latency.into());
    let dialects = Dialect::NEWEST_FIRST;
    let dialect = dialects[usize::from(knot.dialect) % dialects.len()];
    let lanes = if knot.lanes == 1 { Lanes::One } else { Lanes::Two };
    Link {
        latency: match knot.jitter {
            0 => Latency::Constant(latency),
            percent @ 1..=100 => Latency::around(latency, percent.into()),
            _ => Latency::Exponential { least: latency / 2, mean: latency / 2 },
        },
        resets: knot.resets,
        negotiates: knot.negotiates > 0,
        speaks: Speaks { dialect, lanes },
    }
}
