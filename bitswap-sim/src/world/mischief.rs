//! Nodes that do not keep to the rules: what happens reaches them, and their tricks are carried
//! out.

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_core::wire::{Dialect, decode, frame_length};
use bitswap_core::{Input, SendId, Timestamp};
use bytes::{Bytes, BytesMut};
use libp2p_identity::PeerId;

use super::agenda::Occasion;
use super::node::{Node, Who};
use super::{Halt, NodeId, World};
use crate::hostile::{Hostile, Trick, Tricks};
use crate::network::{Access, Letter, Link};

/// What a hostile node wrote onto streams of its own, from whom and to whom.
pub(super) type Streams = BTreeMap<(NodeId, NodeId, u32), Stream>;

/// A stream on which bytes arrive that need be no frames.
#[derive(Debug, Default)]
pub(super) struct Stream {
    unread: BytesMut,
    /// When the first byte of the frame came that is not complete yet.
    begun_at: Option<Timestamp>,
}

impl World {
    /// How long a frame may take to come, or to be taken, before its stream is given up: what the
    /// network crate allows for a short one.
    pub(super) const PATIENCE: Duration = Duration::from_secs(10);
    /// Streams of one connection that are read at once, as in the network crate.
    const MAX_STREAMS: usize = 16;

    /// Adds a node that does not keep to the rules, and knows nobody.
    pub fn add_hostile(&mut self, hostile: Box<dyn Hostile>, access: Access) -> NodeId {
        let id = NodeId::at(self.nodes.len());
        self.nodes.push(Node::hostile(self.seed, id, hostile));
        self.network.add_node(access);
        id
    }

    /// What was written on the streams between two nodes is gone with their connection.
    pub(super) fn forget_streams(&mut self, one: NodeId, other: NodeId) {
        if !self.streams.is_empty() {
            self.streams.retain(|(from, to, _), _| {
                (*from, *to) != (one, other) && (*from, *to) != (other, one)
            });
        }
    }

    /// A hostile node is told what an engine would be told.
    pub(super) fn tell_hostile(&mut self, id: NodeId, input: &Input) {
        let now = self.now;
        let Who::Hostile(hostile) = &mut self.nodes[id.place()].who else {
            return;
        };
        let mut tricks = Tricks::new();
        match input {
            Input::DeadlineReached => hostile.wake(now, &mut tricks),
            Input::MessageReceived { peer, message, .. } => {
                hostile.hear(now, *peer, message, &mut tricks);
            }
            Input::PeerConnected { peer, speaks } => {
                hostile.meet(now, *peer, *speaks, &mut tricks);
            }
            Input::PeerDisconnected { peer } => hostile.lose(now, *peer, &mut tricks),
            _ => {}
        }
        for trick in tricks {
            self.play(id, trick);
        }
        self.note_deadline(id);
    }

    fn play(&mut self, id: NodeId, trick: Trick) {
        match trick {
            Trick::Close { peer, stream } => {
                if let Some(to) = NodeId::of_peer(&peer) {
                    self.write(id, to, stream, Bytes::new(), true);
                }
            }
            Trick::Dial { peer } => {
                let to = NodeId::of_peer(&peer);
                let link = to.and_then(|to| self.network.last_link(id, to));
                if let (Some(to), Some(link)) = (to, link) {
                    self.connect(id, to, link);
                }
            }
            Trick::HangUp { peer } => {
                if let Some(to) = NodeId::of_peer(&peer) {
                    self.disconnect(id, to);
                }
            }
            Trick::Rename => self.rename(id),
            Trick::Say { peer, message } => {
                if let Some(to) = NodeId::of_peer(&peer) {
                    self.say(id, to, message);
                }
            }
            Trick::Write { peer, stream, bytes } => {
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
        let letter = Letter::of_bytes((from, to), (stream, is_last), bytes);
        self.post(Box::new(letter));
    }

    /// Bytes of a stream that a hostile node opened are there.
    pub(super) fn arrive_raw(&mut self, letter: Letter) -> Result<(), Halt> {
        let (from, to) = (letter.from, letter.to);
        let Some((number, is_last)) = letter.stream else {
            return Ok(());
        };
        let key = (from, to, number);
        if is_last {
            self.streams.remove(&key);
            return Ok(());
        }
        let is_new = !self.streams.contains_key(&key);
        let open = self.streams.range((from, to, 0)..=(from, to, u32::MAX)).count();
        if is_new && open >= Self::MAX_STREAMS {
            return Ok(());
        }
        self.streams.entry(key).or_default().unread.extend_from_slice(&letter.frame);
        let Some(speaks) = self.network.speaks(from, to) else {
            return Ok(());
        };
        while let Some(frame) = self.next_frame(key) {
            let input = self.read_frame(from, to, frame, speaks.dialect);
            let is_lost = matches!(input, Input::MessageRefused { .. });
            self.tell(to, input)?;
            if is_lost {
                self.streams.remove(&key);
            }
        }
        Ok(())
    }

    /// The next frame of a stream, if it is complete; an empty one if it cannot be one.
    fn next_frame(&mut self, key: (NodeId, NodeId, u32)) -> Option<Option<Bytes>> {
        let now = self.now;
        let stream = self.streams.get_mut(&key)?;
        let Ok(length) = frame_length(&stream.unread) else {
            return Some(None);
        };
        if let Some((length, start)) = length
            && stream.unread.len() >= start + length
        {
            let frame = stream.unread.split_to(start + length).freeze();
            stream.begun_at = None;
            return Some(Some(frame.slice(start..)));
        }
        if !stream.unread.is_empty() && stream.begun_at.is_none() {
            stream.begun_at = Some(now);
            let (from, to, stream) = key;
            let at = now.after(Self::PATIENCE);
            self.agenda.note(at, Occasion::Stalls { from, to, stream, begun_at: now });
        }
        None
    }

    /// A frame that began at this moment is given up, if it is not complete yet.
    pub(super) fn stall(
        &mut self,
        key: (NodeId, NodeId, u32),
        begun_at: Timestamp,
    ) -> Result<(), Halt> {
        let stream = self.streams.get(&key);
        if stream.is_none_or(|stream| stream.begun_at != Some(begun_at)) {
            return Ok(());
        }
        self.streams.remove(&key);
        let (from, to, _) = key;
        let peer = self.nodes[from.place()].peer_id;
        if self.network.speaks(from, to).is_none() {
            return Ok(());
        }
        self.tell(to, Input::MessageRefused { peer })
    }

    /// What a connection makes of a frame; `None` is one that cannot be.
    fn read_frame(
        &self,
        from: NodeId,
        to: NodeId,
        frame: Option<Bytes>,
        dialect: Dialect,
    ) -> Input {
        let peer = self.nodes[from.place()].peer_id;
        let Some(Ok(decoded)) = frame.map(|frame| decode(frame, dialect)) else {
            return Input::MessageRefused { peer };
        };
        let (message, left_out) = match &self.nodes[to.place()].who {
            Who::Engine(engine) => {
                let open = engine.open_hashes();
                decoded.verify(|code, digest| open.contains(&(code, digest)))
            }
            Who::Hostile(_) | Who::Gone => decoded.verify(|_, _| true),
        };
        Input::MessageReceived { peer, message, left_out }
    }

    /// A message was not taken in time: it is given up.
    pub(super) fn give_up(&mut self, from: NodeId, to: NodeId, send: SendId) -> Result<(), Halt> {
        if !self.network.gave_up(from, to, send) {
            return Ok(());
        }
        let peer: PeerId = self.nodes[to.place()].peer_id;
        self.tell(from, Input::SendFailed { peer, send })
    }
}
