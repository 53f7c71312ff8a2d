//! The core is healed for good, and every want of it must end.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Run, cast};
use crate::campaign::outcome::Failure;
use crate::campaign::plan::Player;
use crate::network::Link;
use crate::world::{Crash, NodeId};

impl Run<'_> {
    /// By then all wants of the core have ended, counted from its healing.
    const AT_LAST: Duration = Duration::from_secs(3_600);
    /// The same where servers refuse three requests of four: they are asked ever later.
    const AT_LAST_IF_REFUSED: Duration = Duration::from_secs(24 * 3_600);
    const STEP: Duration = Duration::from_secs(1);
    const SHORT: Duration = Duration::from_millis(10);

    /// Nothing goes wrong in the core any more; who is to leave, leaves.
    pub(super) fn heal(&mut self) {
        let plan = self.plan;
        let core = self.core();
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
        for one in self.world.all_nodes() {
            for other in self.world.peers_of(one) {
                self.world.calm(one, other);
            }
        }
        for (place, one) in core.iter().enumerate() {
            for other in core.iter().skip(place + 1) {
                self.befriend(*one, *other);
            }
        }
        self.provide(&core);
    }

    /// A connection that is there stays, unless most CIDs cannot be spoken of on it.
    fn befriend(&mut self, one: NodeId, other: NodeId) {
        self.world.mend(one, other);
        let link = self.world.link(one, other);
        if link.is_some_and(|link| !link.speaks.dialect.has_prefixes()) {
            self.world.disconnect(one, other);
        }
        self.world.connect(one, other, Link::with_latency(Self::SHORT));
    }

    /// What the core wants is with two of it, so that nobody is the only one to have it.
    fn provide(&mut self, core: &[NodeId]) {
        for (place, (cid, block)) in self.blocks.clone().into_iter().enumerate() {
            let holders = self.plan.contents.get(place).map_or(0, |content| content.holders);
            let (planned, others): (Vec<NodeId>, Vec<NodeId>) =
                core.iter().partition(|node| holders >> node.place() & 1 == 1);
            let have = core.iter().filter(|node| self.world.holds(**node, cid.hash())).count();
            let lack = planned.into_iter().chain(others);
            let lack = lack.filter(|node| !self.world.holds(*node, cid.hash()));
            let given: Vec<NodeId> = lack.take(2_usize.saturating_sub(have)).collect();
            for node in given {
                self.world.store(node, &[(cid, block.clone())]);
            }
        }
    }

    /// Lets time pass until all wants of the core have ended.
    pub(super) fn converge(&mut self) -> Result<(), Failure> {
        let first = self.world.events();
        let last = self.world.now().after(self.at_last());
        while let Some(open) = self.first_open() {
            let now = self.world.now();
            if now >= last || self.world.events() > first + Self::STEPS {
                return Err(self.stuck(open));
            }
            self.run_until(now.after(Self::STEP))?;
            self.world.agree_where_quiet()?;
        }
        Ok(())
    }

    fn at_last(&self) -> Duration {
        let refuses = self.plan.players.iter().any(Player::refuses_at_random);
        if refuses { Self::AT_LAST_IF_REFUSED } else { Self::AT_LAST }
    }

    /// A call of the core that has not ended, by its number in the plan.
    fn first_open(&self) -> Option<usize> {
        let open = |call: &Option<_>| {
            let report = call.and_then(|call| self.world.fetched(call));
            report.is_some_and(|report| report.ended_at.is_none() && self.is_core(report.node))
        };
        self.calls.iter().position(open)
    }

    fn is_core(&self, node: NodeId) -> bool {
        let player = self.plan.players.get(node.place());
        player.is_some_and(|player| player.is_honest() && player.leaves == 0)
    }

    /// What is missing, and who waits for what.
    fn stuck(&self, call: usize) -> Failure {
        let mut what = format!("call {call} has not ended in {:?}", self.at_last());
        let report = self.calls[call].and_then(|call| self.world.fetched(call));
        let node = report.map(|report| report.node);
        if let Some((report, engine)) =
            report.and_then(|report| Some((report, self.world.honest(report.node)?)))
        {
            let (got, failed) = (report.got.blocks, report.failed);
            push(&mut what, format_args!(", {got} blocks came, {failed} failed"));
            for want in engine.open_wants(self.world.now(), 0, 3) {
                let holders =
                    self.core().into_iter().filter(|node| self.world.holds(*node, want.cid.hash()));
                let holders: Vec<_> = holders.map(NodeId::place).collect();
                push(
                    &mut what,
                    format_args!("; {} is {:?}, nodes {holders:?} have it", want.cid, want.state),
                );
                for asked in want.asked {
                    let peer = NodeId::of_peer(&asked.peer).map_or(usize::MAX, NodeId::place);
                    push(
                        &mut what,
                        format_args!(
                            ", {peer} was asked ({:?}, open: {}, has: {:?})",
                            asked.kind, asked.open, asked.has
                        ),
                    );
                }
            }
        }
        let (seed, event) = (self.plan.seed, self.world.events());
        Failure { seed, event, node, invariant: 1, what }
    }
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    text.write_fmt(more).unwrap_or_default();
}
