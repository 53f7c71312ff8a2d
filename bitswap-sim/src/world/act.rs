//! What engines ask for is done.

use bitswap_core::wire::{Message, encoded_len};
use bitswap_core::{Action, BlockCount, CallId, Input, Lane, SendId};
use libp2p_identity::PeerId;

use super::caller::Caller;
use super::event_queue::SimEvent;
use super::{NodeId, World};
use crate::network::{Departure, Frame, Sending, Trip};
use crate::routing::Request;
use crate::store::Job;

impl World {
    pub(super) fn act(&mut self, node: NodeId, action: Action) {
        let now = self.now;
        if let Action::Send { .. } = action {
            return self.send(node, action);
        }
        self.digest.note(&action, None);
        match action {
            Action::Connect { peer } => self.dial(node, peer),
            Action::Lookup { lookup, cid, source: _, max_providers, timeout } => {
                let request = Request { lookup, hash: *cid.hash(), max_providers, timeout };
                self.look_up(node, request);
            }
            Action::StopLookup { lookup } => self.stop_look_up(node, lookup),
            Action::Deliver { call, cid, block, .. } => {
                let came = (call, &cid, &block);
                if self.caller(call).is_some_and(|caller| caller.delivered(now, came)) {
                    self.queue.schedule(now, SimEvent::Demands(call));
                }
            }
            Action::Fail { call, why, .. } => {
                if self.caller(call).is_some_and(|caller| caller.failed(why)) {
                    self.queue.schedule(now, SimEvent::Demands(call));
                }
            }
            Action::Finish { call } => {
                if let Some(caller) = self.caller(call) {
                    caller.finished(now, call);
                }
            }
            Action::Disconnect { peer } => {
                if let Some(other) = NodeId::of_peer(&peer) {
                    self.disconnect(node, other);
                }
            }
            Action::Read { read, items } => self.ask_store(node, Job::Read { read, items }),
            Action::SuspendSend { peer, send } => self.suspend(node, peer, send),
            Action::ResumeSend { peer, send, blocks: None } => self.lose(node, peer, send),
            Action::ResumeSend { blocks: Some(_), .. }
            | Action::Report(_)
            | Action::Send { .. } => {}
            Action::Write { write, blocks } => self.ask_store(node, Job::Write { write, blocks }),
        }
    }

    /// The caller behind a call, if it is one of [`fetch`](Self::fetch)'s.
    pub(super) fn caller(&mut self, call: CallId) -> Option<&mut Caller> {
        let place = self.caller_of(call)?;
        self.callers.get_mut(place)
    }

    fn ask_store(&mut self, node: NodeId, job: Job) {
        let requester = &mut self.nodes[node.place()];
        let at = requester.store.done_at(self.now, &job);
        self.queue.schedule(at, SimEvent::StoreDone(node, requester.life, Box::new(job)));
    }

    /// Without a connection nothing is sent: the engine is about to hear of its end.
    fn send(&mut self, from: NodeId, action: Action) {
        let Action::Send { peer, lane, send, ref message } = action else {
            return;
        };
        let to = NodeId::of_peer(&peer);
        let pair = to.and_then(|to| self.network.pair(from, to));
        let pair = pair.filter(|_| !self.unheard_ends.contains(&(from, peer)));
        let capabilities = pair.and_then(|pair| self.network.capabilities(pair));
        let (Some((to, pair)), Some(capabilities)) = (to.zip(pair), capabilities) else {
            return self.digest.note(&action, None);
        };
        self.count_sent_wants(from, to, message);
        let protocol = capabilities.protocol;
        let encoded_bytes = encoded_len(message, protocol) as u64;
        self.digest.note(&action, Some(protocol));
        let Action::Send { message, .. } = action else {
            return;
        };
        let blocks = BlockCount {
            blocks: message.blocks.len() as u64,
            bytes: message.blocks.iter().map(|(_, block)| block.len() as u64).sum(),
        };
        let contents = self.written(from, message, protocol);
        self.transmit(Box::new(Frame {
            from,
            to,
            pair,
            lane,
            send,
            stream: None,
            contents,
            encoded_bytes,
            blocks,
            trip: Trip::default(),
        }));
    }

    /// A node does not hold a message any longer. A peer that reads asks for the rest at once: what
    /// a link carries while the blocks are read again is not looked at.
    fn suspend(&mut self, from: NodeId, peer: PeerId, send: SendId) {
        let to = NodeId::of_peer(&peer).filter(|to| self.nodes[to.place()].who.reads());
        if to.is_some_and(|to| self.network.open_number(from, to, send).is_some()) {
            self.happen(from, Input::SendWaits { peer, send });
        }
    }

    /// The blocks of a message are gone before it was written.
    fn lose(&mut self, from: NodeId, peer: PeerId, send: SendId) {
        let Some(to) = NodeId::of_peer(&peer) else { return };
        let number = self.network.open_number(from, to, send);
        if number.is_some_and(|number| self.network.gave_up(from, to, number).is_some()) {
            self.happen(from, Input::SendFailed { peer, send });
        }
    }

    /// A hostile node says something in the form that it has to have.
    pub(super) fn say(&mut self, from: NodeId, to: NodeId, message: Message) {
        let lane = if message.blocks.is_empty() { Lane::Control } else { Lane::Blocks };
        let peer = self.nodes[to.place()].peer_id;
        self.send(from, Action::Send { peer, lane, send: SendId(0), message });
    }

    pub(super) fn transmit(&mut self, frame: Box<Frame>) {
        let sending = self.network.send(self.now, frame);
        self.sends(sending);
    }

    pub(super) fn sends(&mut self, sending: Sending) {
        match sending {
            Sending::Departs(departure) => self.depart(departure),
            Sending::Negotiates(until, frame) => {
                self.queue.schedule(until, SimEvent::Negotiated(frame));
            }
            Sending::Writes(frame) => self.write_out(frame),
            Sending::Nowhere | Sending::Waits => {}
        }
    }

    /// There is room again on the way to a node, perhaps.
    pub(super) fn make_way(&mut self, to: NodeId) {
        while let Some(departure) = self.network.next_waiting(self.now, to) {
            self.depart(departure);
        }
    }

    /// A message is on its way.
    pub(super) fn depart(&mut self, departure: Departure) {
        let (_, to, _) = departure.in_flight.route();
        if !self.nodes[to.place()].who.reads() && departure.breaks_at.is_none() {
            return self.fill_window(&departure);
        }
        let Departure { left_at, reaches_at, breaks_at, in_flight } = departure;
        let (from, to, number) = in_flight.route();
        if let Some(at) = breaks_at {
            let life = in_flight.life();
            self.queue.schedule(at, SimEvent::Breaks { from, to, life });
            return;
        }
        let pair = in_flight.frame().pair;
        self.queue.schedule(left_at, SimEvent::Left { from, to, pair, number });
        if let Some(at) = reaches_at {
            self.queue.schedule(at, SimEvent::Reaches(in_flight));
        }
    }
}
