//! The caller that fetches a tree as the program does: what it asks for, and when, its
//! [`FetchPlan`] says.

use std::collections::BTreeMap;

use bitswap_core::{Block, CallId, CallOptions, Input, NewCall, SessionId};
use bitswap_unixfs::{Asks, FetchPlan};
use cid::Cid;

use super::caller::Caller;
use super::event_queue::SimEvent;
use super::{Halt, NodeId, World};
use crate::store::ModelStore;

/// A tree that comes to a node.
#[derive(Debug)]
pub(super) struct Tree {
    plan: FetchPlan,
    /// Its calls that are open: how many blocks of each were taken, and how many it has no credit
    /// for.
    calls: BTreeMap<CallId, (u32, u32)>,
}

impl Tree {
    /// Who reads a call has room for so many blocks of the usual size; after a quarter of them it
    /// is known how long they are, and that all that was asked for fits.
    const CREDIT: u32 = 256;

    pub(super) fn calls(&self) -> impl Iterator<Item = CallId> {
        self.calls.keys().copied()
    }

    /// A block came by a call. False if it is no part of a tree.
    pub(super) fn came(&mut self, call: CallId, cid: &Cid, block: &Block) -> bool {
        if let Some((taken, _)) = self.calls.get_mut(&call) {
            *taken += 1;
        }
        let wish = self.plan.came(cid);
        self.plan.follow(&wish, block.bytes()).is_ok()
    }

    /// A call is over.
    pub(super) fn finished(&mut self, call: CallId) {
        self.calls.remove(&call);
    }

    /// What it asks for now: what is not in the store. `None` if what is there is no tree's.
    fn asks(&mut self, store: &ModelStore) -> Option<Asks> {
        loop {
            let wishes = self.plan.look().ok()?;
            if wishes.is_empty() {
                return Some(self.plan.asks());
            }
            let mut missing = Vec::new();
            for wish in wishes {
                match store.get(wish.cid.hash()) {
                    Some(block) => drop(self.plan.follow(&wish, block.bytes()).ok()?),
                    None => missing.push(wish),
                }
            }
            self.plan.want(missing);
        }
    }

    /// Credit for what fits by now.
    fn demands(&mut self) -> Vec<Input> {
        let due = |taken: u32, behind: u32| behind > 0 && taken >= Self::CREDIT / 4;
        let calls = self.calls.iter_mut().filter(|(_, (taken, behind))| due(*taken, *behind));
        let demand = |(call, (_, behind)): (&CallId, &mut (u32, u32))| Input::CallDemand {
            call: *call,
            blocks: std::mem::take(behind),
        };
        calls.map(demand).collect()
    }
}

impl World {
    /// Starts a fetch of a tree, as `bitswap get` does: what the node stores is not asked for, and
    /// the first block that does not come ends it. It is told of like a call, by its number.
    pub fn fetch_tree(&mut self, node: NodeId, session: SessionId, root: Cid) -> CallId {
        let call = self.new_call(self.callers.len());
        let tree = Tree { plan: FetchPlan::new(root), calls: BTreeMap::new() };
        let mut caller = Caller::new(self.now, node, (session, call), self.times_blocks);
        caller.tree = Some(Box::new(tree));
        self.callers.push(caller);
        self.queue.schedule(self.now, SimEvent::Demands(call));
        call
    }

    /// A fetch of a tree goes on with what came, or is over.
    pub(super) fn go_on(&mut self, place: usize) -> Result<(), Halt> {
        let Caller { report, tree, .. } = &mut self.callers[place];
        let (node, session) = (report.node, report.session);
        let Some(mut tree) = tree.take() else { return Ok(()) };
        let mut asks = Asks::default();
        if report.failed == 0 {
            match tree.asks(&self.nodes[node.place()].store) {
                Some(now) => asks = now,
                None => report.failed += 1,
            }
        }
        let is_broken = report.failed > 0;
        let mut inputs = if is_broken {
            tree.calls().map(|call| Input::CallCancelled { call }).collect()
        } else {
            tree.demands()
        };
        let leaves = asks.leaves.iter().map(|wish| wish.cid).collect();
        let mut calls = Vec::new();
        for (cids, block_bytes) in [(asks.nodes, None), (leaves, asks.leaf_bytes)] {
            let count = cids.len() as u32;
            if count > 0 {
                let (call, credit) = (self.new_call(place), Tree::CREDIT);
                tree.calls.insert(call, (0, count.saturating_sub(credit)));
                self.callers[place].asks(self.now, &cids, count);
                let options = CallOptions { credit, block_bytes, ..CallOptions::default() };
                calls.push(NewCall { session, call, cids, options });
            }
        }
        if !calls.is_empty() {
            inputs.push(Input::CallsOpened { calls });
        }
        let caller = &mut self.callers[place];
        if is_broken || tree.plan.is_served() {
            caller.ends(self.now);
        }
        caller.tree = Some(tree);
        inputs.into_iter().try_for_each(|input| self.tell(node, input))
    }
}
