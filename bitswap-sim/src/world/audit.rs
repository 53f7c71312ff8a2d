//! Checks at the end of a run: of each node, and of two nodes that are connected.

use bitswap_core::{CallId, Input, Timestamp};

use super::node::{State, Who};
use super::{Halt, NodeId, World};
use crate::invariants::{CheckCounts, InvariantViolation, agree};
use crate::network::Link;

impl World {
    /// How often each invariant had something to check, over all nodes and their lives.
    pub fn check_counts(&self) -> CheckCounts {
        let mut all = CheckCounts::default();
        for node in &self.nodes {
            all.add(&node.past);
            node.checker.iter().for_each(|checker| all.add(checker.check_counts()));
        }
        all
    }

    /// Writes down all that nodes are told and do from now on.
    pub fn keep_diary(&mut self) {
        self.diary.get_or_insert_default();
    }

    /// What was written down.
    pub fn diary(&self) -> &[String] {
        self.diary.as_deref().unwrap_or_default()
    }

    /// All nodes there ever were, by number.
    pub fn all_nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId::at)
    }

    /// Lets time pass until `at`, for at most so many steps.
    ///
    /// # Errors
    /// [`Halt::Busy`] if that is not enough, [`Halt::Violation`] if an engine broke an invariant.
    pub fn run_until_within(&mut self, at: Timestamp, limit: u64) -> Result<(), Halt> {
        let mut left = limit;
        while self.queue.next_at().is_some_and(|next| next <= at) {
            self.step()?;
            // Also what happens without an engine's being told.
            left = left.saturating_sub(1);
            if left == 0 {
                return Err(Halt::Busy { seed: self.seed, limit, at: self.now });
            }
        }
        self.now = self.now.max(at);
        Ok(())
    }

    /// A caller gives up. Changes nothing if its call is over.
    pub fn give_up_call(&mut self, node: NodeId, call: CallId) {
        let now = self.now;
        if let Some(caller) = self.caller(call).filter(|caller| caller.report.ended_at.is_none()) {
            caller.lost(now);
            for call in caller.open_calls() {
                self.happen(node, Input::CallCancelled { call });
            }
        }
    }

    /// The connection of two nodes resets no more by itself.
    pub fn calm(&mut self, one: NodeId, other: NodeId) {
        self.network.calm(one, other);
    }

    /// How two nodes are connected, if they are, or one of them believes so.
    pub fn link(&self, one: NodeId, other: NodeId) -> Option<Link> {
        self.network.link(one, other).copied()
    }

    /// Whether a node keeps to the rules and has not crashed.
    pub fn is_up(&self, node: NodeId) -> bool {
        let node = &self.nodes[node.place()];
        matches!((&node.who, &node.state), (Who::Engine(_), State::Paused(_) | State::Runs))
    }

    /// Nobody wants anything of a node or through it any more: nothing is left. Says nothing of
    /// nodes without a checker.
    ///
    /// # Errors
    /// [`Halt::Violation`] with what is left.
    pub fn rests(&mut self, id: NodeId) -> Result<(), Halt> {
        let node = &mut self.nodes[id.place()];
        let (Who::Engine(engine), Some(checker)) = (&node.who, &mut node.checker) else {
            return Ok(());
        };
        let verdict = checker.rest(engine);
        self.verdict(id, verdict)
    }

    /// Nothing is on its way between two connected nodes: what one was told of the other's wants
    /// is what it remembers. Says nothing of nodes without a checker.
    ///
    /// # Errors
    /// [`Halt::Violation`] with what they do not agree about.
    pub fn agree(&mut self, one: NodeId, other: NodeId) -> Result<(), Halt> {
        let (own, peer) = (self.nodes[one.place()].peer_id, self.nodes[other.place()].peer_id);
        let Ok([node, asked]) = self.nodes.get_disjoint_mut([one.place(), other.place()]) else {
            return Ok(());
        };
        let (Who::Engine(engine), Some(checker)) = (&node.who, &mut node.checker) else {
            return Ok(());
        };
        let (Who::Engine(other), Some(theirs)) = (&asked.who, &asked.checker) else {
            return Ok(());
        };
        let verdict = agree((checker, engine, &own), (theirs, other, &peer));
        self.verdict(one, verdict)
    }

    /// Both ends of a pair and the network between them agree on the bytes of blocks that passed
    /// one way. Says nothing of nodes that crashed or forgot accounts.
    ///
    /// # Errors
    /// [`Halt::Violation`] with what they do not agree about.
    pub fn ledgers_agree(&self, from: NodeId, to: NodeId) -> Result<(), Halt> {
        let (sender, receiver) = (&self.nodes[from.place()], &self.nodes[to.place()]);
        let (Who::Engine(sending), Who::Engine(receiving)) = (&sender.who, &receiver.who) else {
            return Ok(());
        };
        if sender.life + receiver.life > 0 {
            return Ok(());
        }
        let traffic = self.network.traffic_of(from, to);
        let sent = sending
            .account(&receiver.peer_id)
            .map_or(0, |account| account.sent_to + account.relayed_sent_to);
        let had = receiving.account(&sender.peer_id).map_or(0, |account| {
            account.received_from
                + account.relayed_received_from
                + account.duplicate_received_from
                + account.unasked_received_from
        });
        let passed = traffic
            .map_or((0, 0), |traffic| (traffic.sent.blocks.bytes, traffic.arrived.blocks.bytes));
        let unhashed = receiving.stats().wire.unhashed.bytes;
        let fits = sent == passed.0 && had <= passed.1 && passed.1 <= had + unhashed;
        let verdict = if fits {
            Ok(())
        } else {
            let what = format!("{sent} bytes sent to {to}, which had {had}, and {passed:?} passed");
            Err(InvariantViolation { invariant: 11, what })
        };
        self.verdict(from, verdict)
    }
}
