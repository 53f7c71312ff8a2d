//! The core is healed for good, and every want of it must end.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use bitswap_core::strategy::Role;
use bitswap_core::{Block, OpenWant, Table};
use bitswap_strategies::catalog::StrategyChoice;
use cid::Cid;
use multihash::Multihash;

use super::ask::Made;
use super::judge::who_waits_for_ever;
use super::{Run, cast};
use crate::campaign::outcome::Failure;
use crate::campaign::plan::Player;
use crate::network::Link;
use crate::world::{Crash, NodeConfig, NodeId};

/// The nodes that may serve a block, by its hash.
type Requesters = Table<Multihash<64>, BTreeSet<NodeId>>;

impl Run<'_> {
    /// By then the calls of the core have ended that have to, counted from its healing: three times
    /// the longest of the seeds 0..10000, 288 s (seed 219); of the next 8,000 it was 446 s.
    const IN_TIME: Duration = Duration::from_secs(3 * 288);
    /// The same where a limit is odd: 359 s (seed 216), and 646 s.
    const IN_TIME_AT_ODD_LIMITS: Duration = Duration::from_secs(3 * 359);
    /// By then the others have, too: those that wait for strategies that answer anything.
    const AT_LAST: Duration = Duration::from_secs(24 * 3_600);
    const STEP: Duration = Duration::from_secs(1);
    const SHORT: Duration = Duration::from_millis(10);

    /// Ends all faults in the core, and removes the nodes that are to leave.
    pub(super) fn heal(&mut self) {
        let plan = self.plan;
        let core = self.core();
        self.world.break_only_connections(false);
        for node in self.all_nodes().filter(|node| !core.contains(node)) {
            if plan.players[node.place()].is_honest() && self.world.is_up(node) {
                let crash = Crash { keeps_store: true, noticed_after: Duration::from_secs(2) };
                self.world.crash(node, crash);
            }
        }
        for node in &core {
            self.restart(node.place() as u8);
            let well = Player { store_faults: 0, ..plan.players[node.place()] };
            self.world.change_store(*node, cast::store(&well));
        }
        self.let_all_search(&core);
        for one in self.world.all_nodes() {
            for other in self.world.peers_of(one) {
                self.world.calm(one, other);
            }
        }
        self.provide(&core);
        let core = self.core();
        for (place, one) in core.iter().enumerate() {
            for other in core.iter().skip(place + 1) {
                self.befriend(*one, *other);
            }
        }
    }

    /// Finders that may wait for ever are replaced by one that asks everybody.
    fn let_all_search(&mut self, core: &[NodeId]) {
        let waits = who_waits_for_ever(self.plan);
        for node in core.iter().filter(|node| waits.get(node.place()) == Some(&true)) {
            let role = Role::ProviderFinder;
            let default = StrategyChoice::default().build_roles(&[role]).unwrap_or_default();
            self.world.replace_strategies(*node, default);
        }
    }

    /// A connection that is there stays, unless most CIDs cannot be spoken of on it.
    fn befriend(&mut self, one: NodeId, other: NodeId) {
        self.world.mend(one, other);
        let link = self.world.link(one, other);
        if link.is_some_and(|link| !link.capabilities.protocol.has_prefixes()) {
            self.world.disconnect(one, other);
        }
        self.world.connect(one, other, Link::with_latency(Self::SHORT));
    }

    /// What is wanted, and nobody would serve who does not want it too, comes to somebody: by turns
    /// to one of the core, if one does not want it, and to a newcomer.
    fn provide(&mut self, core: &[NodeId]) {
        let requesters = self.requesters();
        let servers = core.iter().copied().filter(|node| self.serves(*node));
        let servers: Vec<NodeId> = servers.collect();
        let may_serve = |node: NodeId, hash: &Multihash<64>| {
            !requesters.get(hash).is_some_and(|them| them.contains(&node))
        };
        let is_served = |hash: &Multihash<64>| {
            servers.iter().any(|node| may_serve(*node, hash) && self.world.holds(*node, hash))
        };
        let is_lacking =
            |(cid, _): &&(Cid, Block)| requesters.contains(cid.hash()) && !is_served(cid.hash());
        let lacking: Vec<(Cid, Block)> = self.all_blocks().filter(is_lacking).cloned().collect();
        let mut brought = Vec::new();
        for (place, (cid, block)) in lacking.into_iter().enumerate() {
            let server = servers.iter().find(|node| may_serve(**node, cid.hash()));
            match server.filter(|_| place % 2 == 0) {
                Some(node) => self.world.store(*node, &[(cid, block)]),
                None => brought.push((cid, block)),
            }
        }
        if !brought.is_empty() {
            self.add_provider(&brought);
        }
    }

    /// The nodes that wait for each block.
    fn requesters(&self) -> Requesters {
        let mut requesters = Requesters::default();
        for made in self.made.iter().filter(|made| self.is_open(made)) {
            for cid in &made.cids {
                requesters.or_default(*cid.hash()).insert(made.node);
            }
        }
        requesters
    }

    fn add_provider(&mut self, blocks: &[(Cid, Block)]) {
        let strategies = StrategyChoice::default().build();
        let config = strategies.map(NodeConfig::with_strategies);
        if let Some(node) = config.ok().and_then(|config| self.world.add_node(config).ok()) {
            self.world.store(node, blocks);
            self.provider = Some(node);
        }
    }

    /// Lets time pass until all wants of the core have ended; those that had to, with their blocks.
    pub(super) fn converge(&mut self) -> Result<(), Failure> {
        let first = self.world.events();
        let healed = self.world.now();
        let open: Vec<usize> =
            (0..self.made.len()).filter(|place| self.is_open(&self.made[*place])).collect();
        let is_usual = self.plan.has_usual_limits();
        let longest = if is_usual { Self::IN_TIME } else { Self::IN_TIME_AT_ODD_LIMITS };
        let in_time = healed.after(longest + self.slowed_by());
        let at_last = healed.after(Self::AT_LAST);
        let mut waited_for = open.clone();
        loop {
            waited_for.retain(|place| self.is_open(&self.made[*place]));
            let now = self.world.now();
            let is_late = |made: &&Made| now >= in_time && self.exemption(made).is_none();
            let made = || waited_for.iter().map(|place| &self.made[*place]);
            let Some(one) = made().next() else {
                break;
            };
            let endless = now >= at_last || self.world.events() > first + Self::STEPS;
            if let Some(late) = made().find(is_late).or_else(|| endless.then_some(one)) {
                return Err(self.stuck(late, now.since(healed)));
            }
            self.run_until(now.after(Self::STEP))?;
            self.world.agree_where_quiet()?;
        }
        self.judge(&open, healed)
    }

    /// What is missing, and who waits for what.
    pub(super) fn stuck(&self, made: &Made, time: Duration) -> Failure {
        let mut what = format!("{made} has not ended in {time:?}");
        let node = Some(made.node);
        let report = self.report(made);
        if let Some((report, engine)) = report.zip(self.world.honest(made.node)) {
            let (got, failed) = (report.got.blocks, report.failed);
            push(&mut what, format_args!(", {got} blocks came, {failed} failed"));
            let wants = engine.open_wants(self.world.now(), 0, usize::MAX);
            for want in wants.iter().filter(|want| made.cids.contains(&want.cid)).take(3) {
                self.tell_want(want, &mut what);
            }
        }
        let (seed, event) = (self.plan.seed, self.world.events());
        Failure { seed, event, node, invariant: 1, what }
    }

    fn tell_want(&self, want: &OpenWant, what: &mut String) {
        let holds = |node: &NodeId| self.world.holds(*node, want.cid.hash());
        let holders: Vec<_> = self.core().into_iter().filter(holds).map(NodeId::place).collect();
        push(what, format_args!("; {} is {:?}, nodes {holders:?} have it", want.cid, want.state));
        for asked in &want.asked {
            let peer = NodeId::of_peer(&asked.peer).map_or(usize::MAX, NodeId::place);
            let (kind, age, open, has) = (asked.kind, asked.age, asked.open, asked.has);
            push(
                what,
                format_args!(
                    ", {peer} was asked {age:.0?} ago ({kind:?}, open: {open}, has: {has:?})"
                ),
            );
        }
    }
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    text.write_fmt(more).unwrap_or_default();
}
