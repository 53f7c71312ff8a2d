//! An engine is told what happened, does all it wants to do about it, and is checked.

use bitswap_core::wire::{decode, frame_length};
use bitswap_core::{CallId, Input, SendId};

use super::{Halt, NodeId, World};
use crate::network::{Letter, Parcel};

impl World {
    pub(super) fn tell(&mut self, id: NodeId, input: Input) -> Result<(), Halt> {
        self.events += 1;
        self.digest.begin(self.now, id, &input);
        self.nodes[id.place()].engine.handle(self.now, input);
        while let Some(action) = self.nodes[id.place()].engine.poll_action() {
            self.act(id, action);
        }
        self.digest.end();
        let node = &mut self.nodes[id.place()];
        let deadline = node.engine.next_deadline();
        self.agenda.move_deadline(id, node.deadline, deadline);
        node.deadline = deadline;
        match self.is_strict.then(|| node.engine.violation()).flatten() {
            None => Ok(()),
            Some(what) => {
                Err(Halt::Violation { seed: self.seed, event: self.events, node: id, what })
            }
        }
    }

    /// A caller gives the credit it has ready.
    pub(super) fn demand(&mut self, call: CallId) -> Result<(), Halt> {
        let Some(caller) = self.caller(call) else {
            return Ok(());
        };
        let (node, blocks) = (caller.report.node, caller.take_credit());
        if blocks == 0 {
            return Ok(());
        }
        self.tell(node, Input::CallDemand { call, blocks })
    }

    /// The last byte of a message has left.
    pub(super) fn leave(&mut self, from: NodeId, to: NodeId, send: SendId) -> Result<(), Halt> {
        let Some(tally) = self.network.left(from, to, send) else {
            return Ok(());
        };
        self.traffic.entry((from, to)).or_default().sent.add(&tally);
        self.tell(from, Input::Sent { peer: to.peer_id(), send })
    }

    /// A message is through: it is read as a connection would read it.
    pub(super) fn arrive(&mut self, parcel: Parcel) -> Result<(), Halt> {
        let Some(letter) = self.network.arrived(parcel) else {
            return Ok(());
        };
        let (from, to) = (letter.from, letter.to);
        self.traffic.entry((from, to)).or_default().arrived.add(&letter.tally());
        let input = self.read(&letter);
        self.tell(to, input)
    }

    fn read(&self, letter: &Letter) -> Input {
        let Letter { from, to, frame, .. } = letter;
        let peer = from.peer_id();
        let Some(speaks) = self.network.speaks(*from, *to) else {
            return Input::MessageRefused { peer };
        };
        let body = frame_length(frame).ok().flatten();
        let Some((_, start)) = body.filter(|(length, start)| start + length == frame.len()) else {
            return Input::MessageRefused { peer };
        };
        match decode(frame.slice(start..), speaks.dialect) {
            Err(_) => Input::MessageRefused { peer },
            Ok(decoded) => {
                let open = self.engine(*to).open_hashes();
                let (message, left_out) =
                    decoded.verify(|code, digest| open.contains(&(code, digest)));
                Input::MessageReceived { peer, message, left_out }
            }
        }
    }
}
