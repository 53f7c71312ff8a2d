//! A11: a block two hops away, through a node that passes wants on.

use std::time::Duration;

use bitswap_core::wire::WantKind;
use bitswap_core::{CallOptions, SessionId};

use super::messages::{blocks_passed_on, have_passed_on, reachable, time_of};
use super::messages::{want_passed_on, want_to_pass_on};
use super::stage::{EVENTS, Scene, cids_of};
use super::{Case, Finding, Trouble};
use crate::network::{Access, Link, Rate};
use crate::world::{NodeConfig, NodeId, World};

pub(super) const A11: Case = Case {
    name: "A11",
    question: "a block two hops away, through a relay",
    answer: "8 L if the relay is first asked whether it can get it, 6 L if it is asked for the \
             block at once; each with its messages and 2 s/B",
    note: "The relay's own link takes no time, so that what it says to one side does not wait for \
           what it says to the other. The requester's registry is `forgetful`, which names \
           nobody. Not here yet: 4 L, when a registry knows the holder, and \
           6 L, when the relay fetches before it is asked to.",
    run: two_hops,
};

const RATE: u64 = 100_000_000;
const BYTES: usize = 100_000;

fn two_hops() -> Result<Vec<Finding>, Trouble> {
    let mut findings = Vec::new();
    for latency_ms in [50, 100, 150] {
        let latency = Duration::from_millis(latency_ms);
        let mut row = Row::new(latency)?;
        let name = |flow| format!("L = {latency_ms} ms, {flow}");

        let first = row.time()?;
        let asked = row.messages(&[WantKind::Have, WantKind::Block]);
        findings.push(Finding::time(name("want-have first"), 8 * latency + asked, first));

        // The relay has brought a block: it is asked for the next one at once.
        let second = row.time()?;
        let asked = row.messages(&[WantKind::Block]);
        findings.push(Finding::time(name("want-block at once"), 6 * latency + asked, second));
    }
    Ok(findings)
}

/// A requester, a relay and a holder.
struct Row {
    world: World,
    requester: NodeId,
    holder: NodeId,
    last: Vec<(cid::Cid, bitswap_core::Block)>,
}

impl Row {
    fn new(latency: Duration) -> Result<Self, Trouble> {
        let scene = Scene::pair(latency, RATE);
        let mut world = World::new(1);
        let requester = world.add_node(scene.forgetful().node(RATE)?)?;
        let timeless = Access::both_ways(Rate::bits_per_second(u64::MAX));
        let relay = world.add_node(NodeConfig { access: timeless, ..scene.node(RATE)? })?;
        let holder = world.add_node(scene.node(RATE)?)?;
        for end in [requester, holder] {
            world.connect(relay, end, Link::with_latency(latency).relaying());
        }
        world.run_until_idle(EVENTS)?;
        Ok(Self { world, requester, holder, last: Vec::new() })
    }

    /// How long the next block takes.
    fn time(&mut self) -> Result<Duration, Trouble> {
        self.last = self.world.make_blocks(1, BYTES)?;
        self.world.store(self.holder, &self.last);
        let (cids, options) = (cids_of(&self.last), CallOptions::default());
        let call = self.world.fetch(self.requester, SessionId(1), cids, options);
        self.world.run_until_idle(EVENTS)?;
        let time = self.world.fetched(call).and_then(crate::FetchReport::time);
        time.ok_or(Trouble::Unfinished("a relayed fetch"))
    }

    /// What the messages of the last block took, in whatever order: the requester's wants of these
    /// kinds, the relay's two, and the answers.
    fn messages(&self, kinds: &[WantKind]) -> Duration {
        let Some((cid, _)) = self.last.first() else { return Duration::ZERO };
        let mut messages = vec![
            want_passed_on(cid, WantKind::Have),
            have_passed_on(cid),
            want_passed_on(cid, WantKind::Block),
            blocks_passed_on(&self.last),
            blocks_passed_on(&self.last),
        ];
        messages.extend(kinds.iter().map(|kind| want_to_pass_on(cid, *kind)));
        if kinds.contains(&WantKind::Have) {
            messages.push(reachable(cid));
        }
        messages.into_iter().map(|bytes| time_of(bytes, RATE)).sum()
    }
}
