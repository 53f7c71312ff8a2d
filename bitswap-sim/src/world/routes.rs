//! What engines ask of content routing is asked of its model, and the answers reach them.

use bitswap_core::{Action, Input};
use cid::Cid;

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

    /// An engine looks somebody up, or no longer does, or dials.
    pub(super) fn ask_routing(&mut self, node: NodeId, action: Action) {
        let errands = match action {
            Action::Connect { peer } => {
                let exists = NodeId::of_peer(&peer).is_some_and(|to| to.place() < self.nodes.len());
                vec![self.desk.dial(self.now, peer, exists)]
            }
            Action::Lookup { lookup, cid, source: _, max_providers, timeout } => {
                let request = Request { lookup, hash: *cid.hash(), max_providers, timeout };
                self.desk.look_up(self.now, node, request)
            }
            Action::StopLookup { lookup } if self.desk.stop(node, lookup) => {
                vec![(self.now, Errand::Ends(lookup))]
            }
            _ => return,
        };
        for (at, errand) in errands {
            let life = self.nodes[node.place()].life;
            self.agenda.note(at, Occasion::Routes(node, life, errand));
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
                for (at, errand) in errands {
                    self.agenda.note(at, Occasion::Routes(node, life, errand));
                }
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
