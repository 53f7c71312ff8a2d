//! Worlds drawn from a seed: whatever happens to connections, once it is quiet all fetches end.

use std::time::Duration;

use bitswap_core::wire::ProtocolVersion;
use bitswap_core::{
    Block, CallOptions, Chance, EngineConfig, Input, Lanes, Limits, PeerCapabilities, SessionId,
};
use bitswap_sim::{Access, Link, NodeConfig, NodeId, Rate, StoreModel, World};
use cid::Cid;

use crate::cast::{add, blocks, finish, ledgers_agree, passes, strategies, world};

#[test]
fn whatever_happens_to_connections_all_fetches_end() {
    for seed in 1..=100 {
        Storm::of(seed).rage();
    }
}

const LASTING: SessionId = SessionId(1);
const SHORT_LIVED: SessionId = SessionId(2);

struct Storm {
    chance: Chance,
    world: World,
    nodes: Vec<NodeId>,
}

impl Storm {
    fn of(seed: u64) -> Self {
        let mut chance = Chance::named(seed, "storm");
        let mut world = world(seed);
        let count = 2 + chance.below(9);
        let nodes = (0..count).map(|_| add(&mut world, config(&mut chance))).collect();
        Self { chance, world, nodes }
    }

    fn rage(mut self) {
        self.connect_all();
        for _ in 0..=self.chance.below(4) {
            let bytes = [1, 600, 5_000, 60_000, 400_000][self.chance.below(5) as usize];
            let count = 1 + self.chance.below(1 + 3_000_000 / (bytes as u64 + 20_000));
            let content = blocks(&mut self.world, count as usize, bytes);
            let holder = self.any_node();
            self.world.store(holder, &content);
            for _ in 0..=self.chance.below(3) {
                self.fetch(&content);
            }
        }
        for _ in 0..self.chance.below(60) {
            self.wait();
            self.blow();
        }
        self.wait();
        self.connect_all();
        let report = finish(&mut self.world);
        for fetch in report.fetches.iter().filter(|fetch| fetch.session == LASTING) {
            assert_eq!(fetch.failed, 0, "seed {}: {fetch:?}", report.seed);
        }
        ledgers_agree(&report, &self.world);
    }

    /// In a session that lasts, or in one that may end at any time.
    fn fetch(&mut self, content: &[(Cid, Block)]) {
        let timeout = Duration::from_millis(1 + self.chance.below(10_000));
        let timeout = self.chance.one_in(1, 4).then_some(timeout);
        let lasts = timeout.is_none() && self.chance.one_in(3, 4);
        let session = if lasts { LASTING } else { SHORT_LIVED };
        let credit = 1 + self.chance.below(40) as u32;
        let options = CallOptions { credit, timeout, ..CallOptions::default() };
        let cids = content.iter().map(|(cid, _)| *cid).collect();
        let node = self.any_node();
        self.world.fetch(node, session, cids, options);
    }

    fn blow(&mut self) {
        let (one, other) = (self.any_node(), self.any_node());
        match self.chance.below(7) {
            6 => self.world.happen(one, Input::SessionClosed { session: SHORT_LIVED }),
            0 => self.world.disconnect(one, other),
            1 | 2 => self.world.reset(one, other),
            3 => self.world.cut(one, other),
            4 => self.world.mend(one, other),
            _ => self.connect(one, other),
        }
    }

    fn wait(&mut self) {
        let longest = [10, 100, 1_000, 20_000][self.chance.below(4) as usize];
        let until = self.world.now().after(Duration::from_millis(self.chance.below(longest)));
        passes(self.world.run_until(until));
    }

    fn connect_all(&mut self) {
        let nodes = self.nodes.clone();
        for one in &nodes {
            for other in &nodes {
                self.world.mend(*one, *other);
                self.connect(*one, *other);
            }
        }
    }

    fn connect(&mut self, one: NodeId, other: NodeId) {
        let latency = Duration::from_micros(self.chance.below(80_000));
        let protocol =
            if self.chance.one_in(1, 4) { ProtocolVersion::V1_1 } else { ProtocolVersion::V1_2 };
        let lanes = if self.chance.one_in(1, 4) { Lanes::One } else { Lanes::Two };
        let capabilities = PeerCapabilities { protocol, lanes };
        let link = Link { capabilities, ..Link::with_latency(latency) };
        self.world.connect(one, other, link);
    }

    fn any_node(&mut self) -> NodeId {
        self.nodes[self.chance.below(self.nodes.len() as u64) as usize]
    }
}

fn config(chance: &mut Chance) -> NodeConfig {
    let choices: Vec<&str> = [
        "peer_selector=random",
        "task_prioritizer=fifo",
        "ledger_policy=open",
        "registry=forgetful",
    ]
    .into_iter()
    .filter(|_| chance.one_in(1, 3))
    .collect();
    let mut engine = EngineConfig::seeded(0);
    if chance.one_in(1, 3) {
        engine.limits = Limits {
            session_view_wants: 1 + chance.below(8) as usize,
            session_members: 1 + chance.below(4) as usize,
            requests_per_peer: 1 + chance.below(16) as usize,
            message_bytes: 1 + chance.below(30_000) as usize,
            message_entries: 1 + chance.below(16) as usize,
            outstanding_bytes_per_peer: 1 + chance.below(30_000),
            outstanding_bytes: 1 + chance.below(60_000),
            open_wants: 1 + chance.below(30) as usize,
            wants_for_a_new_peer: 1 + chance.below(4) as usize,
            asks_per_answer: 1 + chance.below(8) as usize,
            recent_blocks: 1 + chance.below(4) as usize,
            ..Limits::default()
        };
    }
    engine.have_replace_bytes = [0, 1_024, 10_000][chance.below(3) as usize];
    let rate = |chance: &mut Chance| Rate::bits_per_second(1_000_000 << chance.below(8));
    NodeConfig {
        engine,
        access: Access { up: rate(chance), down: rate(chance) },
        store: StoreModel::with_delay(Duration::from_micros(chance.below(3) * 4_000)),
        ..NodeConfig::with_strategies(strategies(&choices))
    }
}
