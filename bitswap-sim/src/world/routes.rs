//! What engines ask of content routing is asked of its model, and the answers reach them.

use bitswap_core::{Input, LookupId, Timestamp};
use cid::Cid;
use libp2p_identity::PeerId;

use super::agenda::Occasion;
use super::{Halt, NodeId, World};
use crate::routing::{Errand, Request, Routing, RoutingTally};

impl World {
    /// From now on look-ups and dials are answered like this. At first nobody is found.
    pub fn set_routing(&mut self, routing: Routing) {
        self.desk.routing = routing;
    }

    /// A node tells content routing that it has these blocks.
    pub fn provide(&mut self, node: NodeId, cids: &[Cid]) {
        for cid in cids {
            self.desk.provide(self.now, node, *cid.hash());
        }
    }

    /// What routing came to so far.
    pub const fn routing_tally(&self) -> RoutingTally {
        self.desk.tally
    }

    pub(super) fn dial(&mut self, node: NodeId, peer: PeerId) {
        let exists = NodeId::of_peer(&peer).is_some_and(|to| to.place() < self.nodes.len());
        let dial = self.desk.dial(self.now, peer, exists);
        self.note_errands(node, vec![dial]);
    }

    pub(super) fn look_up(&mut self, node: NodeId, request: Request) {
        let errands = self.desk.look_up(self.now, node, request);
        self.note_errands(node, errands);
    }

    pub(super) fn stop_look_up(&mut self, node: NodeId, lookup: LookupId) {
        if self.desk.stop(node, lookup) {
            self.note_errands(node, vec![(self.now, Errand::Ends(lookup))]);
        }
    }

    fn note_errands(&mut self, node: NodeId, errands: Vec<(Timestamp, Errand)>) {
        let life = self.nodes[node.place()].life;
        for (at, errand) in errands {
            self.agenda.note(at, Occasion::Routes(node, life, Box::new(errand)));
        }
    }

    /// Routing has come to something for a node in this life.
    pub(super) fn route(&mut self, node: NodeId, life: u32, errand: Errand) -> Result<(), Halt> {
        if self.nodes[node.place()].life != life {
            return Ok(());
        }
        match errand {
            Errand::Dialled { peer, comes_through } => {
                let to = NodeId::of_peer(&peer).filter(|_| comes_through);
                if let Some(to) = to {
                    self.connect(node, to, self.desk.routing.dialling.link);
                }
                if to.is_none_or(|to| !self.are_connected(node, to)) {
                    self.desk.tally.failed_dials += 1;
                    self.happen(node, Input::DialFailed { peer });
                }
                Ok(())
            }
            Errand::Ends(lookup) => {
                let Some(errands) = self.desk.end(self.now, node, lookup) else {
                    return Ok(());
                };
                self.note_errands(node, errands);
                self.tell(node, Input::LookupEnded { lookup })
            }
            Errand::Finds(lookup, provider) => {
                if !self.desk.is_running(node, lookup) {
                    return Ok(());
                }
                self.tell(node, Input::ProvidersFound { lookup, peers: vec![provider] })
            }
        }
    }
}
