//! What engines ask for is done.

use bitswap_core::wire::encode;
use bitswap_core::{Action, BlockCount, CallId, Input};
use bytes::Bytes;

use super::agenda::Occasion;
use super::caller::Caller;
use super::{NodeId, World};
use crate::network::Letter;
use crate::store::Job;

impl World {
    pub(super) fn act(&mut self, node: NodeId, action: Action) {
        let frame = self.frame(node, &action);
        self.digest.note(&action, &frame);
        let now = self.now;
        match action {
            // There is no model of content routing yet, so nobody is found and nobody dialled.
            Action::Connect { peer } => self.happen(node, Input::DialFailed { peer }),
            Action::Lookup { lookup, .. } => self.happen(node, Input::LookupEnded { lookup }),
            Action::Deliver { call, block, .. } => {
                if self.caller(call).is_some_and(|caller| caller.delivered(now, &block)) {
                    self.agenda.note(now, Occasion::Demands(call));
                }
            }
            Action::Fail { call, .. } => {
                if self.caller(call).is_some_and(Caller::failed) {
                    self.agenda.note(now, Occasion::Demands(call));
                }
            }
            Action::Finish { call } => {
                if let Some(caller) = self.caller(call) {
                    caller.finished(now);
                }
            }
            Action::LetGo { peer } => {
                if let Some(other) = NodeId::of_peer(&peer) {
                    self.disconnect(node, other);
                }
            }
            Action::Read { read, items } => self.ask_store(node, Job::Read { read, items }),
            Action::Report(_) | Action::StopLookup { .. } => {}
            Action::Send { peer, send, message, lane: _ } => {
                let Some(to) = NodeId::of_peer(&peer) else {
                    return;
                };
                let count = message.blocks.len() as u64;
                let bytes = message.blocks.iter().map(|(_, block)| block.len() as u64).sum();
                let blocks = BlockCount { blocks: count, bytes };
                self.send(Letter { from: node, to, send, frame, blocks });
            }
            Action::Write { write, blocks } => self.ask_store(node, Job::Write { write, blocks }),
        }
    }

    /// The caller behind a call, if it is one of [`fetch`](Self::fetch)'s.
    pub(super) fn caller(&mut self, call: CallId) -> Option<&mut Caller> {
        let place = usize::try_from(call.0).ok()?.checked_sub(1)?;
        self.callers.get_mut(place)
    }

    /// The bytes that an action puts on the wire, if it does.
    fn frame(&self, node: NodeId, action: &Action) -> Bytes {
        let Action::Send { peer, message, .. } = action else {
            return Bytes::new();
        };
        let to = NodeId::of_peer(peer);
        let speaks = to.and_then(|to| self.network.speaks(node, to));
        speaks.map_or_else(Bytes::new, |speaks| encode(message, speaks.dialect))
    }

    fn ask_store(&mut self, node: NodeId, job: Job) {
        let at = self.now.after(self.nodes[node.place()].store.delay);
        self.agenda.note(at, Occasion::StoreDone(node, job));
    }

    /// Without a connection nothing is sent: the engine is about to hear of its end.
    fn send(&mut self, letter: Letter) {
        let (from, to, send) = (letter.from, letter.to, letter.send);
        if let Some(departure) = self.network.send(self.now, letter) {
            self.agenda.note(departure.left_at, Occasion::Left { from, to, send });
            self.agenda.note(departure.reaches_at, Occasion::Reaches(departure.parcel));
        }
    }
}
