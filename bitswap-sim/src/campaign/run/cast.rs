//! The nodes of a run, and the connections between them.

use std::sync::Arc;
use std::time::Duration;

use bitswap_core::wire::ProtocolVersion;
use bitswap_core::{ConfigError, Lanes, PeerCapabilities};

use super::Run;
use crate::campaign::outcome::Failure;
use crate::campaign::plan::{FaultKind, PlannedLink, Player, Routes};
use crate::hostile::{Aggressiveness, Kind, Knowledge};
use crate::network::{Access, Latency, Link, Rate};
use crate::routing::{Dialling, Records, Routing};
use crate::store::StoreModel;
use crate::world::NodeConfig;

impl Run<'_> {
    pub(super) fn cast(&mut self) -> Result<(), Failure> {
        let plan = self.plan;
        let known = self.blocks.iter().map(|(cid, _)| *cid).collect();
        let held = self.blocks.iter().step_by(2).map(|(_, block)| block.clone());
        let knowledge = Arc::new(Knowledge::new(known, held));
        for (place, player) in plan.players.iter().enumerate() {
            match player.hostile() {
                None => self.add_honest(player)?,
                Some(kind) => self.add_hostile((place, player), kind, &knowledge),
            }
        }
        self.wind_clocks();
        if let Some(routes) = &plan.routes {
            self.world.set_routing(routing(routes));
        }
        for link in &plan.links {
            self.connect_players(link);
        }
        Ok(())
    }

    /// No clock shows less than nothing: those that are to jump back start late.
    fn wind_clocks(&mut self) {
        let jumps = self.plan.faults.iter().filter(|fault| fault.what == FaultKind::JumpBack);
        let back: i64 = jumps.map(|jump| i64::from(jump.much)).sum();
        for node in self.all_nodes().filter(|_| back > 0) {
            self.world.jump_clock(node, back.saturating_mul(1_000_000_000));
        }
    }

    fn add_honest(&mut self, player: &Player) -> Result<(), Failure> {
        let engine = player.config();
        let config = NodeConfig {
            strategies: (self.strategies)(player),
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

    fn add_hostile(
        &mut self,
        (place, player): (usize, &Player),
        kind: Kind,
        knowledge: &Arc<Knowledge>,
    ) {
        let is_wild = player.hostile > Player::WILD;
        let seed = self.plan.seed.wrapping_mul(16).wrapping_add(place as u64);
        let calm = if is_wild {
            // The largest are dear to check.
            let kib = if self.plan.seed.is_multiple_of(4) { 64 } else { 16 };
            Aggressiveness { seed, per_second: 200, actions: 300, bytes: kib * 1024 }
        } else {
            Aggressiveness { seed, per_second: 10, actions: 60, bytes: 8 * 1024 }
        };
        let hostile = kind.make(kind.most_aggressive(seed).within(&calm), Arc::clone(knowledge));
        self.world.add_hostile(hostile, access(player));
    }

    pub(super) fn connect_players(&mut self, link: &PlannedLink) {
        let (Some(one), Some(other)) = (self.node(link.one), self.node(link.other)) else {
            return;
        };
        if one != other {
            self.world.connect(one, other, network_link(link));
        }
    }
}

fn routing(routes: &Routes) -> Routing {
    let ms = |ms: u32| Duration::from_millis(ms.into());
    let hundredths = |count: u8| u32::from(count.min(100)) * 10_000;
    let round_trip = ms(routes.round_trip);
    let routing = match routes.router {
        0 => Routing::http(round_trip),
        _ => Routing::kademlia(1..=5, round_trip),
    };
    Routing {
        records: Records {
            visible_after: ms(routes.visible_after),
            missed: hundredths(routes.missed),
            outdated: hundredths(routes.outdated),
            ..Records::default()
        },
        dialling: Dialling { unreachable: hundredths(routes.unreachable), ..Dialling::default() },
        at_once: routes.at_once.into(),
        ..routing
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

fn network_link(link: &PlannedLink) -> Link {
    let latency = Duration::from_micros(link.latency.into());
    let protocols = ProtocolVersion::NEWEST_FIRST;
    let protocol = protocols[usize::from(link.protocol) % protocols.len()];
    let lanes = if link.lanes == 1 { Lanes::One } else { Lanes::Two };
    Link {
        latency: match link.jitter {
            0 => Latency::Constant(latency),
            percent @ 1..=100 => Latency::around(latency, percent.into()),
            _ => Latency::Exponential { least: latency / 2, mean: latency / 2 },
        },
        resets: link.resets,
        negotiates: link.negotiates > 0,
        capabilities: PeerCapabilities { protocol, lanes },
    }
}
