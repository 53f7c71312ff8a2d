//! Nodes that do not keep to the rules: inputs reach them, and their actions are carried out.

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_core::wire::Decoded;
use bitswap_core::{Block, Input};
use bytes::Bytes;
use libp2p_identity::PeerId;

use super::event_queue::SimEvent;
use super::known_blocks::KnownBlocks;
use super::node::{Node, Who};
use super::{Halt, NodeId, World};
use crate::hostile::{Hostile, HostileAction, HostileActions, InboundStreams};
use crate::network::{Access, Contents, Departure, Frame, Link};

/// The state of streams between hostile nodes and others, by sender and receiver.
#[derive(Debug, Default)]
pub(super) struct HostilePeers {
    streams: BTreeMap<(NodeId, NodeId), InboundStreams>,
    /// Bytes that were written to nodes that do not read.
    unread: BTreeMap<(NodeId, NodeId), u64>,
    /// What they may send of all that was stored since the first of them came.
    known: Option<KnownBlocks>,
}

impl HostilePeers {
    /// Somebody stores a block.
    pub(super) fn may_send(&mut self, block: &Block) {
        if let Some(known) = &mut self.known {
            known.add(block);
        }
    }

    /// It is gone with the connection of two nodes.
    pub(super) fn forget(&mut self, one: NodeId, other: NodeId) {
        for way in [(one, other), (other, one)] {
            self.streams.remove(&way);
            self.unread.remove(&way);
        }
    }
}

impl World {
    /// What can be written to a node that does not read: a stream's window.
    const WINDOW_BYTES: u64 = 256 * 1024;
    /// After how long a message is given up of which nothing is taken.
    const TAKES_NOTHING: Duration = Duration::from_secs(60);

    /// Adds a node that does not keep to the rules, and knows nobody.
    pub fn add_hostile(&mut self, hostile: Box<dyn Hostile>, access: Access) -> NodeId {
        let id = NodeId::at(self.nodes.len());
        self.nodes.push(Node::hostile(self.seed, id, hostile));
        self.hostile_peers.known.get_or_insert_default();
        self.network.add_node(access);
        id
    }

    /// A hostile node is told what an engine would be told.
    pub(super) fn tell_hostile(&mut self, id: NodeId, input: &Input) {
        let node = &mut self.nodes[id.place()];
        let now = node.clock.shows(self.now);
        let Who::Hostile(hostile) = &mut node.who else {
            return;
        };
        let mut actions = HostileActions::new();
        if let Input::DeadlineReached = input {
            hostile.wake(now, &mut actions);
        } else if let Input::MessageReceived { peer, message, .. } = input {
            hostile.hear(now, *peer, message, &mut actions);
        } else if let Input::PeerConnected { peer, capabilities } = input {
            hostile.meet(now, *peer, *capabilities, &mut actions);
        } else if let Input::PeerDisconnected { peer } = input {
            hostile.lose(now, *peer, &mut actions);
        }
        for action in actions {
            self.act_hostile(id, action);
        }
        self.note_deadline(id);
    }

    fn act_hostile(&mut self, id: NodeId, action: HostileAction) {
        match action {
            HostileAction::Close { peer, stream } => {
                if let Some(to) = NodeId::of_peer(&peer) {
                    self.write(id, to, stream, Bytes::new(), true);
                }
            }
            HostileAction::Dial { peer } => {
                let to = NodeId::of_peer(&peer);
                let link = to.and_then(|to| self.network.last_link(id, to));
                if let (Some(to), Some(link)) = (to, link) {
                    self.connect(id, to, link);
                }
            }
            HostileAction::HangUp { peer } => {
                if let Some(to) = NodeId::of_peer(&peer) {
                    self.disconnect(id, to);
                }
            }
            HostileAction::Rename => self.rename(id),
            HostileAction::Say { peer, message } => {
                if let Some(to) = NodeId::of_peer(&peer) {
                    self.say(id, to, message);
                }
            }
            HostileAction::Write { peer, stream, bytes } => {
                if let Some(to) = NodeId::of_peer(&peer) {
                    self.write(id, to, stream, bytes, false);
                }
            }
        }
    }

    /// It goes on as another node, which meets the peers of the first one.
    fn rename(&mut self, id: NodeId) {
        let peers: Vec<(NodeId, Link)> = self
            .peers_of(id)
            .into_iter()
            .filter_map(|peer| Some((peer, self.network.last_link(id, peer)?)))
            .collect();
        for (peer, _) in &peers {
            self.disconnect(id, *peer);
        }
        let Who::Hostile(hostile) = std::mem::replace(&mut self.nodes[id.place()].who, Who::Gone)
        else {
            return;
        };
        let access = self.network.access(id);
        let renamed = self.add_hostile(hostile, access);
        for (peer, link) in peers {
            self.connect(renamed, peer, link);
        }
    }

    fn write(&mut self, from: NodeId, to: NodeId, stream: u32, bytes: Bytes, is_last: bool) {
        if let Some(pair) = self.network.pair(from, to) {
            let frame = Frame::of_bytes((from, to, pair), (stream, is_last), bytes);
            self.transmit(Box::new(frame));
        }
    }

    /// Bytes of a stream that a hostile node opened are there.
    pub(super) fn arrive_raw(&mut self, frame: &Frame) -> Result<(), Halt> {
        let (from, to) = (frame.from, frame.to);
        let Some(((stream, is_last), capabilities)) =
            frame.stream.zip(self.network.capabilities(frame.pair))
        else {
            return Ok(());
        };
        let streams = self
            .hostile_peers
            .streams
            .entry((from, to))
            .or_insert_with(|| InboundStreams::new(capabilities.protocol));
        if is_last {
            streams.close(stream);
            return Ok(());
        }
        let peer = self.nodes[from.place()].peer_id;
        let Contents::Encoded { encoded: bytes, .. } = &frame.contents else {
            return Ok(());
        };
        for decoded in streams.receive(self.now, stream, bytes) {
            let input = match decoded {
                Ok(decoded) => self.hashed(to, peer, decoded),
                Err(_) => Input::MessageRefused { peer },
            };
            self.tell(to, input)?;
        }
        Ok(())
    }

    /// The blocks of a message are hashed, as far as their receiver wants any of their kind.
    pub(super) fn hashed(&self, to: NodeId, peer: PeerId, decoded: Decoded) -> Input {
        let known = |bytes: &[u8]| self.hostile_peers.known.as_ref()?.like(bytes);
        let (message, skipped) = match &self.nodes[to.place()].who {
            Who::Engine(engine) => {
                let open = engine.open_hashes();
                decoded.verify_knowing(|code, digest| open.contains(&(code, digest)), known)
            }
            Who::Hostile(_) | Who::Gone => decoded.verify_knowing(|_, _| true, known),
        };
        Input::MessageReceived { peer, message, skipped }
    }

    /// A message to a node that does not read goes as far as that node's window, and is given up
    /// when that is full.
    pub(super) fn fill_window(&mut self, departure: &Departure) {
        let (from, to, number) = departure.in_flight.route();
        let frame = departure.in_flight.frame();
        let (pair, bytes) = (frame.pair, frame.bytes_on_wire());
        if departure.reaches_at.is_some() {
            self.network.not_taken(&departure.in_flight);
        }
        let unread = self.hostile_peers.unread.entry((from, to)).or_default();
        if *unread + bytes <= Self::WINDOW_BYTES {
            *unread += bytes;
            self.queue.schedule(departure.left_at, SimEvent::Left { from, to, pair, number });
        } else {
            let (peer, send) = (self.nodes[to.place()].peer_id, frame.send);
            if let Some(checker) = &mut self.nodes[from.place()].checker {
                checker.takes_nothing(&peer, send);
            }
            let at = self.now.after(Self::TAKES_NOTHING);
            self.queue.schedule(at, SimEvent::GivesUp { from, to, number });
        }
    }

    /// A message was not taken in time: it is given up.
    pub(super) fn give_up(&mut self, from: NodeId, to: NodeId, number: u64) -> Result<(), Halt> {
        let Some(send) = self.network.gave_up(from, to, number) else {
            return Ok(());
        };
        let peer: PeerId = self.nodes[to.place()].peer_id;
        self.tell(from, Input::SendFailed { peer, send })
    }
}
