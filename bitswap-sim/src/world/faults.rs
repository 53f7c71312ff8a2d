//! What goes wrong in a node itself: it stops, it crashes, its clock jumps, its store fails.

use std::time::Duration;

use bitswap_core::strategy::{NamedStrategy, StrategySet};
use bitswap_core::{ConfigError, EngineConfig, Input};
use libp2p_identity::PeerId;

use super::event_queue::SimEvent;
use super::node::{State, Who};
use super::{Halt, NodeId, World};
use crate::store::StoreModel;

/// How a node crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// Whether what it stored is there when it starts again.
    pub keeps_store: bool,
    /// When its peers learn that it is gone; at once if a process ended, later if a cable did.
    pub noticed_after: Duration,
}

impl World {
    /// Stops a node like a process for a while: what happens to it is told to it afterwards.
    /// Changes nothing if it does not run.
    pub fn pause(&mut self, node: NodeId, time: Duration) {
        let stopped = &mut self.nodes[node.place()];
        if matches!(stopped.state, State::Runs) {
            stopped.state = State::Paused(Vec::new());
            self.queue.schedule(self.now.after(time), SimEvent::Resumes(node));
        }
    }

    pub(super) fn resume(&mut self, node: NodeId) -> Result<(), Halt> {
        let stopped = &mut self.nodes[node.place()];
        let State::Paused(held) = &mut stopped.state else {
            return Ok(());
        };
        let held = std::mem::take(held);
        stopped.state = State::Runs;
        stopped.lose_time();
        self.unheard_ends = held.iter().filter_map(|input| ended(node, input)).collect();
        for input in held {
            if let Some(end) = ended(node, &input) {
                let heard = self.unheard_ends.iter().position(|other| *other == end);
                heard.map(|place| self.unheard_ends.remove(place));
            }
            self.tell(node, input)?;
        }
        Ok(())
    }

    /// A node is gone, with its calls. [`restart`](Self::restart) brings it back.
    pub fn crash(&mut self, node: NodeId, crash: Crash) {
        for peer in self.network.peers_of(node) {
            self.drop_silently(node, peer, crash.noticed_after);
            // It may have been the one that did not know yet.
            if self.network.peers_of(node).contains(&peer) {
                self.disconnect(node, peer);
            }
        }
        let crashed = &mut self.nodes[node.place()];
        crashed.state = State::Crashed;
        crashed.life += 1;
        crashed.deadline = None;
        self.routing.forget(node);
        if !crash.keeps_store {
            crashed.store.clear();
        }
        let now = self.now;
        let callers = self.callers.iter_mut();
        for caller in callers.filter(|caller| caller.report.node == node) {
            caller.lost(now);
        }
    }

    /// Starts a node that crashed; it knows nobody and wants nothing.
    ///
    /// # Errors
    /// A [`ConfigError`] if its engine cannot work; it stays as it is.
    pub fn restart(
        &mut self,
        node: NodeId,
        engine: EngineConfig,
        strategies: StrategySet,
    ) -> Result<(), ConfigError> {
        let seed = self.seed;
        let started = &mut self.nodes[node.place()];
        match started.state {
            State::Crashed => started.restart((seed, node), engine, strategies),
            State::Paused(_) | State::Runs => Ok(()),
        }
    }

    /// Lets a node's own clock jump ahead, or back if `nanos` is negative. It sleeps for as long as
    /// it meant to, whatever its clock shows. Nodes that do not keep to the rules have none.
    pub fn jump_clock(&mut self, node: NodeId, nanos: i64) {
        let node = &mut self.nodes[node.place()];
        if let Who::Engine(_) = &node.who {
            node.clock.jump(nanos);
            node.lose_time();
        }
    }

    /// From now on a node's store is like this.
    pub fn change_store(&mut self, node: NodeId, model: StoreModel) {
        self.nodes[node.place()].store.become_like(model);
    }

    /// Lets strategies take over their roles in a node, after all else that happens at this moment.
    /// Nodes that do not keep to the rules have none.
    pub fn replace_strategies(&mut self, node: NodeId, strategies: Vec<NamedStrategy>) {
        if let Who::Engine(_) = &self.nodes[node.place()].who {
            self.happen(node, Input::StrategiesReplaced { strategies });
        }
    }
}

/// The connection whose end a node hears of: its own, and to this peer.
const fn ended(node: NodeId, input: &Input) -> Option<(NodeId, PeerId)> {
    let Input::PeerDisconnected { peer } = input else { return None };
    Some((node, *peer))
}
