//! The model of the network: connections between nodes, and when messages arrive. It knows no
//! engine.

mod access;
mod connection;
mod flow;
mod frame;
mod ideal;
mod latency;
mod ramp;
#[cfg(test)]
mod tests;
mod transport;

use std::collections::VecDeque;
use std::time::Duration;

use bitswap_core::{PeerCapabilities, SendId, Timestamp};

use crate::report::Traffic;
use crate::world::NodeId;

pub use access::{Access, Rate};
pub use connection::Link;
pub use latency::Latency;
pub use transport::{Carrier, Ramp, Transport};

pub(crate) use frame::{Contents, Frame, InFlightFrame, Pair, Trip};
pub(crate) use ramp::{Carried, Step};

use access::Pipe;
use connection::{Connection, State, Way};
use ramp::Turns;

/// All nodes' ways into the network, and the connections between them: which there are, what ends
/// them, and what is lost then. How bytes are carried, its transport says.
#[derive(Debug)]
pub(crate) struct Network {
    seed: u64,
    transport: Transport,
    doors: Vec<Door>,
    /// All pairs that ever met.
    pairs: Vec<Connection>,
    /// Messages it was given.
    given: u64,
    /// What a transport with a ramp does next, and when.
    carried: Vec<(Timestamp, Carried)>,
}

/// A node's way into the network.
#[derive(Debug)]
struct Door {
    up: Pipe,
    down: Pipe,
    /// The nodes that it was ever connected to, by number, and the pairs that they form.
    met: Vec<(NodeId, u32)>,
    /// Bytes that are on their way to its downlink, or in it.
    coming: u64,
    /// Messages for which there is no room on the way, first come, first served.
    waiting: VecDeque<Box<Frame>>,
    /// Connections that its uplink serves by turns.
    turns: Turns,
}

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Departure {
    /// When its last byte has left its sender.
    pub(crate) left_at: Timestamp,
    /// When its first byte is at its receiver's downlink; `None` if it is lost.
    pub(crate) reaches_at: Option<Timestamp>,
    /// When its connection breaks before it has left, if it does.
    pub(crate) breaks_at: Option<Timestamp>,
    pub(crate) in_flight: InFlightFrame,
}

/// What becomes of a message that is to be sent.
#[derive(Debug)]
pub(crate) enum Sending {
    /// It is on its way.
    Departs(Departure),
    /// It waits for room on the way.
    Waits,
    /// It waits until this moment for its stream to be agreed on.
    Negotiates(Timestamp, Box<Frame>),
    /// It can be written to the socket of its connection.
    Writes(Box<Frame>),
    /// It has nowhere to go.
    Nowhere,
}

/// What becomes of a message at its receiver's downlink.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// It is through at this moment.
    Arrives(Timestamp, InFlightFrame),
    /// It waits until the connection is mended.
    Held,
    /// Its connection is gone.
    Lost,
}

impl Network {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            seed,
            transport: Transport::Ideal,
            doors: Vec::new(),
            pairs: Vec::new(),
            given: 0,
            carried: Vec::new(),
        }
    }

    /// From now on messages are carried like this.
    pub(crate) const fn carry_by(&mut self, transport: Transport) {
        self.transport = transport;
    }

    /// The next node's way into the network.
    pub(crate) fn add_node(&mut self, access: Access) {
        let (up, down) = (Pipe::new(access.up), Pipe::new(access.down));
        self.doors.push(Door {
            up,
            down,
            met: Vec::new(),
            coming: 0,
            waiting: VecDeque::new(),
            turns: Turns::default(),
        });
    }

    /// Connects two nodes anew. Returns those that did not believe to be connected; `None` if both
    /// did.
    pub(crate) fn connect(
        &mut self,
        one: NodeId,
        other: NodeId,
        link: Link,
    ) -> Option<Vec<NodeId>> {
        if one == other {
            return None;
        }
        let pair = self.pair_of(one, other, link);
        let learn = match pair.state {
            State::Up => return None,
            State::Down => pair.ends.to_vec(),
            State::HalfOpen(believer) => {
                pair.link = link;
                pair.life += 1;
                pair.state = State::Up;
                // It goes on writing to the old connection until it learns of its end.
                let newcomer = if believer == one { other } else { one };
                return Some(vec![newcomer]);
            }
        };
        pair.begin_life();
        for end in pair.ends {
            let way = pair.way(end);
            (way.is_cut, way.is_dead) = (false, false);
        }
        pair.link = link;
        pair.state = State::Up;
        Some(learn)
    }

    /// Disconnects two nodes. Messages on their way are lost. Returns the nodes that believed to be
    /// connected.
    pub(crate) fn disconnect(&mut self, one: NodeId, other: NodeId) -> Vec<NodeId> {
        let Some(pair) = self.known(one, other) else { return Vec::new() };
        let believers = match pair.state {
            State::Down => return Vec::new(),
            State::HalfOpen(believer) => vec![believer],
            State::Up => pair.ends.to_vec(),
        };
        pair.begin_life();
        pair.state = State::Down;
        believers
    }

    /// `one` drops its connection to `other`, who is not told. The life that ended, by which
    /// [`notice`](Self::notice) knows it; `None` if they were not connected.
    pub(crate) fn drop_silently(&mut self, one: NodeId, other: NodeId) -> Option<u32> {
        let pair = self.known(one, other).filter(|pair| pair.state == State::Up)?;
        pair.life += 1;
        for way in &mut pair.ways {
            way.held.clear();
        }
        // It may have been the one that did not know of the end of the connection before.
        let own = pair.way(one);
        own.take_open();
        own.is_dead = false;
        pair.way(other).is_dead = true;
        pair.state = State::HalfOpen(other);
        Some(pair.life)
    }

    /// `other` learns that `one` had dropped their connection of this life.
    pub(crate) fn notice(&mut self, one: NodeId, other: NodeId, life: u32) -> Notice {
        let Some(pair) = self.known(one, other) else { return Notice::Nothing };
        let is_dead = pair.way(other).is_dead;
        match pair.state {
            State::HalfOpen(believer) if believer == other && pair.life == life => {
                pair.begin_life();
                pair.state = State::Down;
                Notice::Gone
            }
            State::Up if is_dead => {
                let way = pair.way(other);
                way.is_dead = false;
                Notice::Another(way.take_open())
            }
            State::Down | State::HalfOpen(_) | State::Up => Notice::Nothing,
        }
    }

    /// What is on its way is lost, and the connection goes on. Messages that had not left yet, by
    /// sender; `None` if the two are not connected.
    pub(crate) fn reset(&mut self, one: NodeId, other: NodeId) -> Option<Vec<(NodeId, SendId)>> {
        let pair = self.known(one, other).filter(|pair| pair.state == State::Up)?;
        for way in &mut pair.ways {
            way.is_dead = false;
        }
        Some(pair.begin_life())
    }

    /// Nothing gets from one node to the other any more, and nobody is told.
    pub(crate) fn cut(&mut self, from: NodeId, to: NodeId) {
        if let Some(pair) = self.known(from, to) {
            pair.way(from).is_cut = true;
        }
    }

    /// What was held back since the cut, in order; it reaches the downlink now.
    pub(crate) fn mend(&mut self, from: NodeId, to: NodeId) -> Vec<InFlightFrame> {
        let Some(pair) = self.known(from, to) else { return Vec::new() };
        let way = pair.way(from);
        way.is_cut = false;
        let held = std::mem::take(&mut way.held);
        let bytes: u64 = held.iter().map(|in_flight| in_flight.frame().bytes_on_wire()).sum();
        self.doors[to.place()].coming += bytes;
        held
    }

    /// How the two are connected, if they are.
    pub(crate) fn link(&self, one: NodeId, other: NodeId) -> Option<&Link> {
        let pair = &self.pairs[self.number_of(one, other)? as usize];
        (pair.state != State::Down).then_some(&pair.link)
    }

    /// How the two are connected, or were last.
    pub(crate) fn last_link(&self, one: NodeId, other: NodeId) -> Option<Link> {
        Some(self.pairs[self.number_of(one, other)? as usize].link)
    }

    /// A node's way into the network.
    pub(crate) fn access(&self, node: NodeId) -> Access {
        let door = &self.doors[node.place()];
        Access { up: door.up.rate(), down: door.down.rate() }
    }

    /// How long a node's uplink is busy with what it was given by now.
    pub(crate) fn backlog(&self, now: Timestamp, node: NodeId) -> Duration {
        self.doors[node.place()].up.backlog(now)
    }

    /// The number of two nodes that met.
    pub(crate) fn pair(&self, one: NodeId, other: NodeId) -> Option<Pair> {
        self.number_of(one, other).map(Pair)
    }

    /// The protocol between two nodes, if they are connected.
    pub(crate) fn capabilities(&self, Pair(number): Pair) -> Option<PeerCapabilities> {
        let pair = &self.pairs[number as usize];
        (pair.state != State::Down).then_some(pair.link.capabilities)
    }

    /// The life of the connection between two nodes.
    pub(crate) fn life(&self, one: NodeId, other: NodeId) -> Option<u32> {
        Some(self.pairs[self.number_of(one, other)? as usize].life)
    }

    /// Whether both of two nodes believe in their connection, and nobody is writing to it.
    pub(crate) fn is_quiet(&self, one: NodeId, other: NodeId) -> bool {
        let pair = self.number_of(one, other).map(|number| &self.pairs[number as usize]);
        pair.is_some_and(|pair| pair.state == State::Up && pair.ways.iter().all(Way::is_quiet))
    }

    /// Whether both of two nodes believe in their connection, and nothing keeps them apart.
    pub(crate) fn is_clear(&self, one: NodeId, other: NodeId) -> bool {
        let pair = self.number_of(one, other).map(|number| &self.pairs[number as usize]);
        let is_clear = |way: &Way| !way.is_cut && !way.is_dead;
        pair.is_some_and(|pair| pair.state == State::Up && pair.ways.iter().all(is_clear))
    }

    /// The nodes that a node is connected to, or believes to be, by number.
    pub(crate) fn peers_of(&self, node: NodeId) -> Vec<NodeId> {
        let met = self.doors[node.place()].met.iter();
        let up = met.filter(|(_, pair)| match self.pairs[*pair as usize].state {
            State::Down => false,
            State::HalfOpen(believer) => believer == node,
            State::Up => true,
        });
        up.map(|(peer, _)| *peer).collect()
    }

    /// Puts a message on its way.
    pub(crate) fn send(&mut self, now: Timestamp, mut frame: Box<Frame>) -> Sending {
        let from = frame.from;
        let pair = &mut self.pairs[frame.pair.0 as usize];
        match pair.state {
            State::Up => {}
            State::HalfOpen(believer) if believer == from => {}
            State::HalfOpen(_) | State::Down => return Sending::Nowhere,
        }
        let link = pair.link;
        let round_trip = link.latency.mean() * 2;
        let wait = if link.negotiates { round_trip } else { Duration::ZERO };
        let agreed_at = pair.way(from).agree(frame.lane, now.after(wait));
        frame.trip.number = self.given;
        self.given += 1;
        pair.way(from).opened(&frame);
        if agreed_at > now {
            return Sending::Negotiates(agreed_at, frame);
        }
        self.set_out(now, frame)
    }

    fn set_out(&mut self, now: Timestamp, frame: Box<Frame>) -> Sending {
        match self.transport {
            Transport::Ideal => self.leave_or_wait(now, frame),
            Transport::Ramp(_) => Sending::Writes(frame),
        }
    }

    /// The stream of a message is agreed on.
    pub(crate) fn negotiated(&mut self, now: Timestamp, frame: Box<Frame>) -> Sending {
        if !self.pairs[frame.pair.0 as usize].way(frame.from).is_open(frame.trip.number) {
            return Sending::Nowhere;
        }
        self.set_out(now, frame)
    }

    /// The last byte of a message has left: what its sender calls it; `None` if its connection is
    /// gone or was reset.
    pub(crate) fn left(&mut self, from: NodeId, Pair(pair): Pair, number: u64) -> Option<SendId> {
        let way = self.pairs[pair as usize].way(from);
        let (send, contents) = way.closed(number)?;
        way.traffic.sent.add(&contents);
        Some(send)
    }

    /// A message was given up before it left: what its sender calls it; `None` if its connection is
    /// gone or was reset.
    pub(crate) fn gave_up(&mut self, from: NodeId, to: NodeId, number: u64) -> Option<SendId> {
        let way = self.known(from, to)?.way(from);
        let (send, _) = way.closed(number)?;
        way.give_up(number);
        Some(send)
    }

    /// The number of a message that has not left yet, by what its sender calls it.
    pub(crate) fn open_number(&mut self, from: NodeId, to: NodeId, send: SendId) -> Option<u64> {
        self.known(from, to)?.way(from).number_of(send)
    }

    /// Takes a message out of its connection; `None` if that is gone or was reset.
    pub(crate) fn arrived(&mut self, in_flight: InFlightFrame) -> Option<Box<Frame>> {
        if self.transport == Transport::Ideal {
            self.not_taken(&in_flight);
        }
        let InFlightFrame(frame) = in_flight;
        let pair = &mut self.pairs[frame.pair.0 as usize];
        if pair.life != frame.trip.life {
            return None;
        }
        pair.way(frame.from).traffic.arrived.add(&frame.tally());
        Some(frame)
    }

    /// What went from one node to another, of all pairs and both ways.
    pub(crate) fn traffic(&self) -> impl Iterator<Item = ((NodeId, NodeId), Traffic)> {
        self.pairs.iter().flat_map(|pair| {
            let [one, other] = pair.ends;
            let [there, back] = &pair.ways;
            [((one, other), there.traffic), ((other, one), back.traffic)]
        })
    }

    /// The link of two nodes resets no more by itself.
    pub(crate) fn calm(&mut self, one: NodeId, other: NodeId) {
        let Some(pair) = self.known(one, other) else { return };
        pair.link.resets = 0;
    }

    /// The lives of all connections of a node, added up.
    pub(crate) fn lives_of(&self, node: NodeId) -> u32 {
        self.doors[node.place()].met.iter().map(|(_, pair)| self.pairs[*pair as usize].life).sum()
    }

    /// What went from one node to another, if they ever met.
    pub(crate) fn traffic_of(&self, from: NodeId, to: NodeId) -> Option<Traffic> {
        let pair = &self.pairs[self.number_of(from, to)? as usize];
        let [there, back] = &pair.ways;
        Some(if pair.ends[0] == from { there.traffic } else { back.traffic })
    }

    fn number_of(&self, one: NodeId, other: NodeId) -> Option<u32> {
        let met = &self.doors.get(one.place())?.met;
        let place = met.binary_search_by_key(&other, |(node, _)| *node).ok()?;
        Some(met[place].1)
    }

    fn known(&mut self, one: NodeId, other: NodeId) -> Option<&mut Connection> {
        let number = self.number_of(one, other)?;
        self.pairs.get_mut(number as usize)
    }

    fn pair_of(&mut self, one: NodeId, other: NodeId, link: Link) -> &mut Connection {
        let number = self.number_of(one, other).unwrap_or_else(|| {
            let number = self.pairs.len() as u32;
            self.pairs.push(Connection::new([one.min(other), one.max(other)], link));
            for (node, peer) in [(one, other), (other, one)] {
                let met = &mut self.doors[node.place()].met;
                let place = met.partition_point(|(known, _)| *known < peer);
                met.insert(place, (peer, number));
            }
            number
        });
        &mut self.pairs[number as usize]
    }
}

/// What an end learns of a connection that the other end had dropped.
#[derive(Debug)]
pub(crate) enum Notice {
    /// There is another one since; these messages were lost with the old one.
    Another(Vec<SendId>),
    /// There is none.
    Gone,
    /// That is long known.
    Nothing,
}
