//! Where nothing is on its way between two nodes, they agree, also while wants are open.

use cid::{Cid, Version};

use super::event_queue::SimEvent;
use super::node::{State, Who};
use super::{Halt, NodeId, World};
use crate::invariants::agree_while_open;
use crate::network::Link;

impl World {
    /// Compares what nodes were told of each other's wants with what they remember, wherever both
    /// run and nothing is on its way between them. Says nothing of nodes without a checker.
    ///
    /// # Errors
    /// [`Halt::Violation`] with what two of them do not agree about.
    pub fn agree_where_quiet(&mut self) -> Result<(), Halt> {
        let busy = self.busy_pairs();
        for one in self.all_nodes() {
            for other in self.peers_of(one) {
                let is_busy = busy.binary_search(&(one.min(other), one.max(other))).is_ok();
                if !is_busy
                    && self.runs(one)
                    && self.runs(other)
                    && self.network.is_quiet(one, other)
                {
                    self.agree_now(one, other)?;
                }
            }
        }
        Ok(())
    }

    fn agree_now(&mut self, one: NodeId, other: NodeId) -> Result<(), Halt> {
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
        if theirs.may_have_lost_answers(&own) {
            return Ok(());
        }
        let verdict = agree_while_open((checker, engine, &own), (theirs, other, &peer));
        self.verdict(one, verdict)
    }

    /// Whether two nodes believe in one connection, nothing holds back what they write on it, and
    /// most CIDs can be spoken of, this one too.
    pub(crate) fn can_talk(&self, one: NodeId, other: NodeId, cid: &Cid) -> bool {
        let knows = |link: &Link| {
            let protocol = link.capabilities.protocol;
            protocol.has_prefixes() || cid.version() == Version::V0
        };
        self.network.is_clear(one, other) && self.network.link(one, other).is_some_and(knows)
    }

    /// Whether a node keeps to the rules, and neither crashed nor is paused.
    pub(crate) fn runs(&self, node: NodeId) -> bool {
        let node = &self.nodes[node.place()];
        matches!((&node.who, &node.state), (Who::Engine(_), State::Runs))
    }

    /// Pairs of nodes, the lower number first, that have something in the event queue; in order.
    fn busy_pairs(&self) -> Vec<(NodeId, NodeId)> {
        let mut pairs = Vec::new();
        let mut are_busy = |one: NodeId, other: NodeId| {
            pairs.push((one.min(other), one.max(other)));
        };
        for event in self.queue.events() {
            match event {
                SimEvent::Arrives(in_flight) | SimEvent::Reaches(in_flight) => {
                    let (from, to, _) = in_flight.route();
                    are_busy(from, to);
                }
                SimEvent::Breaks { from, to, .. }
                | SimEvent::GivesUp { from, to, .. }
                | SimEvent::Left { from, to, .. } => are_busy(*from, *to),
                SimEvent::Comes(coming) => are_busy(coming.from, coming.to),
                SimEvent::Negotiated(frame) => are_busy(frame.from, frame.to),
                SimEvent::Notices { by, of, .. } => are_busy(*by, *of),
                SimEvent::Reconnects(one, other) => are_busy(*one, *other),
                // It may be about any peer of the node.
                SimEvent::Happens(node, _) => {
                    self.peers_of(*node).into_iter().for_each(|peer| are_busy(*node, peer));
                }
                SimEvent::Deadline(_)
                | SimEvent::Demands(_)
                | SimEvent::Resumes(_)
                | SimEvent::Routes(..)
                | SimEvent::Steps(_)
                | SimEvent::StoreDone(..) => {}
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}
