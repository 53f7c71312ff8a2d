//! What engines ask of content routing is asked of its model, and the answers reach them.

use bitswap_core::{Input, LookupId, Timestamp};
use cid::Cid;
use libp2p_identity::PeerId;
use multihash::Multihash;

use super::event_queue::SimEvent;
use super::{Halt, NodeId, World};
use crate::routing::{Request, Routing, RoutingEvent, RoutingTally};

impl World {
    /// From now on look-ups and dials are answered like this. At first nobody is found.
    pub fn set_routing(&mut self, routing: Routing) {
        self.routing.config = routing;
    }

    /// A node tells content routing that it has these blocks.
    pub fn provide(&mut self, node: NodeId, cids: &[Cid]) {
        for cid in cids {
            self.routing.provide(self.now, node, *cid.hash());
        }
    }

    /// What routing came to so far.
    pub const fn routing_tally(&self) -> RoutingTally {
        self.routing.tally
    }

    /// Whether content routing tells everybody now that a node has a block.
    pub(crate) fn is_provider(&self, node: NodeId, hash: &Multihash<64>) -> bool {
        self.routing.is_visible(self.now, node, hash)
    }

    pub(super) fn dial(&mut self, node: NodeId, peer: PeerId) {
        let exists = NodeId::of_peer(&peer).is_some_and(|to| to.place() < self.nodes.len());
        let dial = self.routing.dial(self.now, peer, exists, self.network.handshake());
        self.schedule_routing(node, vec![dial]);
    }

    pub(super) fn look_up(&mut self, node: NodeId, request: Request) {
        let events = self.routing.look_up(self.now, node, request);
        self.schedule_routing(node, events);
    }

    pub(super) fn stop_look_up(&mut self, node: NodeId, lookup: LookupId) {
        if self.routing.stop(node, lookup) {
            self.schedule_routing(node, vec![(self.now, RoutingEvent::Ends(lookup))]);
        }
    }

    fn schedule_routing(&mut self, node: NodeId, events: Vec<(Timestamp, RoutingEvent)>) {
        let life = self.nodes[node.place()].life;
        for (at, event) in events {
            self.queue.schedule(at, SimEvent::Routes(node, life, Box::new(event)));
        }
    }

    /// Routing has come to something for a node in this life.
    pub(super) fn route(
        &mut self,
        node: NodeId,
        life: u32,
        event: RoutingEvent,
    ) -> Result<(), Halt> {
        if self.nodes[node.place()].life != life {
            return Ok(());
        }
        match event {
            RoutingEvent::Dialled { peer, comes_through } => {
                let to = NodeId::of_peer(&peer).filter(|_| comes_through);
                if let Some(to) = to {
                    self.connect(node, to, self.routing.config.dialling.link);
                }
                if to.is_none_or(|to| !self.are_connected(node, to)) {
                    self.routing.tally.failed_dials += 1;
                    self.happen(node, Input::DialFailed { peer });
                }
                Ok(())
            }
            RoutingEvent::Ends(lookup) => {
                let Some(events) = self.routing.end(self.now, node, lookup) else {
                    return Ok(());
                };
                self.schedule_routing(node, events);
                self.tell(node, Input::LookupEnded { lookup })
            }
            RoutingEvent::Finds(lookup, provider) => {
                if !self.routing.is_running(node, lookup) {
                    return Ok(());
                }
                self.tell(node, Input::ProvidersFound { lookup, peers: vec![provider] })
            }
        }
    }
}
