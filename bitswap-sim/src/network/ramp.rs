//! A transport with a ramp: the window of a connection grows from little, an uplink serves its
//! connections by turns, bytes wait before a downlink, and those for which it has no room are sent
//! again. What a connection has to send, and how much of it may leave, its flows know.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::Duration;

use bitswap_core::Timestamp;

use super::flow::Flow;
use super::{Frame, InFlightFrame, Network, Pair, Ramp, Rate, Transport};
use crate::world::NodeId;

/// What a transport with a ramp does next, or what comes of it.
#[derive(Debug)]
pub(crate) enum Carried {
    /// A message is whole at its receiver.
    Arrives(InFlightFrame),
    /// A connection of this life breaks.
    Breaks { from: NodeId, to: NodeId, life: u32 },
    /// Bytes of a message came that is not whole.
    Comes { from: NodeId, to: NodeId, life: u32, bytes: u64 },
    /// The transport goes on.
    Steps(Box<Step>),
    /// The last byte of a message is in its sender's socket.
    Written { from: NodeId, to: NodeId, pair: Pair, number: u64 },
}

/// Something that a transport with a ramp does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// A sender hears that a piece came, which had waited so long.
    Acknowledged(Piece, Duration),
    /// An uplink is free.
    Frees(NodeId),
    /// The first byte of a piece is at its receiver's downlink.
    Reaches(Piece),
}

/// Bytes of one message that leave together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    from: NodeId,
    pair: Pair,
    /// Of the flow.
    born: u64,
    /// Of the message.
    number: u64,
    bytes: u64,
    /// How often it was lost.
    tries: u32,
}

/// The flows of an uplink that have something to send.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// In the order of their turns; a flow is named by its connection and its first message.
    waiting: VecDeque<(Pair, u64)>,
    /// Whether the uplink is looked at when it is free.
    is_watched: bool,
}

impl Piece {
    /// Headers of IP, of TCP with a timestamp, or of UDP and QUIC.
    const HEADERS: u64 = 52;

    const fn packets(self) -> u64 {
        self.bytes.div_ceil(Flow::SEGMENT)
    }

    const fn bytes_on_line(self) -> u64 {
        self.bytes + self.packets() * Self::HEADERS
    }
}

impl Network {
    /// What leaves in one turn is on the line for so long, within these bounds.
    const TURN: Duration = Duration::from_millis(4);
    const TURN_BYTES: RangeInclusive<u64> = Flow::SEGMENT..=64 * 1_024;
    /// However slow a line is, so much may wait before it.
    const LEAST_QUEUE: u64 = 16 * 1_500;
    /// The least and the longest time until something is sent again.
    const AGAIN: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(60);
    /// The least after which something is sent again of which no copy was acknowledged.
    const TIMEOUT: Duration = Duration::from_millis(200);

    /// What came of it since this was last asked, and when it happens.
    pub(crate) fn carried(&mut self) -> impl Iterator<Item = (Timestamp, Carried)> {
        self.carried.drain(..)
    }

    fn ramp(&self) -> Ramp {
        match self.transport {
            Transport::Ideal => Ramp::default(),
            Transport::Ramp(ramp) => ramp,
        }
    }

    /// Round trips from a dial to a connection, if the transport has an opinion.
    pub(crate) const fn handshake(&self) -> Option<u32> {
        match self.transport {
            Transport::Ideal => None,
            Transport::Ramp(ramp) => Some(ramp.handshake()),
        }
    }

    /// Writes a message to the socket of its connection.
    pub(crate) fn write(&mut self, now: Timestamp, mut frame: Box<Frame>) {
        let (window, socket_bytes) = (self.ramp().first_window(), self.ramp().socket_bytes());
        let Frame { from, to, pair, .. } = *frame;
        let takes = self.doors[from.place()].up.rate().time_for(frame.bytes_on_wire());
        let connection = &mut self.pairs[pair.0 as usize];
        let life = connection.life;
        if let Some(after) = connection.breaks_after(self.seed, takes) {
            self.carried.push((now.after(after), Carried::Breaks { from, to, life }));
        }
        frame.trip.life = life;
        let born = frame.trip.number;
        let flow = &mut connection.way(from).flow;
        flow.get_or_insert_with(|| Box::new(Flow::new(born, window, socket_bytes))).take(frame);
        self.go_on(now, from, pair);
    }

    /// Goes on with what it is time for.
    pub(crate) fn step(&mut self, now: Timestamp, step: Step) {
        let ramp = self.ramp();
        match step {
            Step::Acknowledged(piece, waited) => {
                let Piece { from, pair, .. } = piece;
                let connection = &mut self.pairs[pair.0 as usize];
                let path = ramp.path(connection.link.latency.mean() * 2);
                if let Some(flow) = connection.way(from).flow_born(piece.born) {
                    flow.acknowledged(piece.bytes, waited, path);
                    self.go_on(now, from, pair);
                }
            }
            Step::Frees(node) => {
                self.doors[node.place()].turns.is_watched = false;
                self.serve(now, node);
            }
            Step::Reaches(piece) => self.piece_reaches(now, ramp, piece),
        }
    }

    /// A flow has more to send, or more room.
    fn go_on(&mut self, now: Timestamp, from: NodeId, pair: Pair) {
        self.fill_socket(now, from, pair);
        let Some(flow) = &mut self.pairs[pair.0 as usize].way(from).flow else { return };
        if flow.can_send() && !flow.has_turn {
            flow.has_turn = true;
            self.doors[from.place()].turns.waiting.push_back((pair, flow.born));
        }
        self.serve(now, from);
    }

    fn fill_socket(&mut self, now: Timestamp, from: NodeId, pair: Pair) {
        let connection = &mut self.pairs[pair.0 as usize];
        let to = connection.other(from);
        let Some(flow) = &mut connection.way(from).flow else { return };
        for number in flow.write() {
            self.carried.push((now, Carried::Written { from, to, pair, number }));
        }
    }

    /// An uplink that is free serves those that have something to send, by turns.
    fn serve(&mut self, now: Timestamp, node: NodeId) {
        while self.doors[node.place()].up.backlog(now).is_zero() {
            let Some(turn) = self.doors[node.place()].turns.waiting.pop_front() else { return };
            self.serve_one(now, node, turn);
        }
        let door = &mut self.doors[node.place()];
        if !door.turns.waiting.is_empty() && !door.turns.is_watched {
            door.turns.is_watched = true;
            let free_at = now.after(door.up.backlog(now));
            self.carried.push((free_at, Carried::Steps(Box::new(Step::Frees(node)))));
        }
    }

    fn serve_one(&mut self, now: Timestamp, from: NodeId, (pair, born): (Pair, u64)) {
        let connection = &mut self.pairs[pair.0 as usize];
        let latency = connection.latency(self.seed);
        let up = &mut self.doors[from.place()].up;
        let Some(flow) = connection.way(from).flow_born(born) else { return };
        let mut left = flow.piece(turn_bytes(up.rate()));
        while let Some((number, bytes)) = flow.cut(left) {
            left -= bytes;
            let piece = Piece { from, pair, born, number, bytes, tries: 0 };
            let (begins, _) = up.pass(now, piece.bytes_on_line());
            let reaches = Carried::Steps(Box::new(Step::Reaches(piece)));
            self.carried.push((begins.after(latency), reaches));
        }
        self.fill_socket(now, from, pair);
        let Some(flow) = self.pairs[pair.0 as usize].way(from).flow_born(born) else { return };
        flow.has_turn = flow.can_send();
        if flow.has_turn {
            self.doors[from.place()].turns.waiting.push_back((pair, born));
        }
    }

    /// The first byte of a piece is at its receiver's downlink.
    fn piece_reaches(&mut self, now: Timestamp, ramp: Ramp, piece: Piece) {
        let Piece { from, pair, number, bytes, .. } = piece;
        let on_line = piece.bytes_on_line();
        let connection = &mut self.pairs[pair.0 as usize];
        let (to, life) = (connection.other(from), connection.life);
        let latency = connection.link.latency.mean();
        let losses = u64::from(ramp.loss) * piece.packets();
        let is_lost = losses > 0 && connection.chance(self.seed).one_in(losses, 1_000_000);
        let way = connection.way(from);
        let (is_cut, is_dead) = (way.is_cut, way.is_dead);
        let Some(flow) = way.flow_born(piece.born).filter(|_| !is_dead) else { return };
        let sends_for = self.doors[from.place()].up.rate().time_for(on_line);
        let down = &mut self.doors[to.place()].down;
        let waits = down.backlog(now);
        let overflows = waits > ramp.queue.max(down.rate().time_for(Self::LEAST_QUEUE));
        if overflows {
            flow.overflowed(now, latency * 2);
        }
        if is_cut || is_lost || overflows {
            let timeout = Self::TIMEOUT * 2_u32.saturating_pow(piece.tries.min(16));
            let after = if is_cut { latency * 2 + timeout } else { latency * 2 };
            let again = now.after(after.clamp(*Self::AGAIN.start(), *Self::AGAIN.end()));
            flow.in_order(again);
            let piece = Piece { tries: piece.tries + 1, ..piece };
            self.carried.push((again, Carried::Steps(Box::new(Step::Reaches(piece)))));
            return;
        }
        let (_, until) = down.pass(now, on_line);
        let came_at = until.max(now.after(sends_for));
        let through = flow.in_order(came_at);
        let whole = flow.came(number, bytes);
        let told = if whole.is_empty() { flow.tell(through, bytes) } else { None };
        let told = told.map(|bytes| Carried::Comes { from, to, life, bytes });
        let came = told.into_iter().chain(whole.into_iter().map(Carried::Arrives));
        self.carried.extend(came.map(|came| (through, came)));
        let heard = Step::Acknowledged(piece, waits);
        self.carried.push((came_at.after(latency), Carried::Steps(Box::new(heard))));
    }
}

/// What leaves in one turn.
fn turn_bytes(rate: Rate) -> u64 {
    rate.bytes_in(Network::TURN).clamp(*Network::TURN_BYTES.start(), *Network::TURN_BYTES.end())
}
