//! The ideal transport: a message is as fast as its lines from the start, and waits where it was
//! written until there is room on the way. It knows nothing of windows and loses nothing.

use std::time::Duration;

use bitswap_core::Timestamp;

use super::{Delivery, Departure, Frame, InFlightFrame, Network, Pair, Sending};
use crate::world::NodeId;

/// A message occupies its sender's uplink and then, one latency later, its receiver's downlink,
/// each for as long as its bytes take. Both are queues, first come, first served, and messages of
/// one connection never overtake one another. A message leaves only when its receiver's downlink
/// will soon have time for it: what congestion control comes to, without its mistakes.
impl Network {
    /// How long a downlink may be behind, besides a round trip.
    const SLACK: Duration = Duration::from_millis(100);

    /// Lets the next message leave that waited for room on the way to a node.
    pub(crate) fn next_waiting(&mut self, now: Timestamp, to: NodeId) -> Option<Departure> {
        loop {
            let pair = self.doors[to.place()].waiting.front()?.pair;
            if !self.has_room(pair, to) {
                return None;
            }
            let frame = self.doors[to.place()].waiting.pop_front()?;
            // It may have been given up, or lost with its connection.
            if self.pairs[pair.0 as usize].way(frame.from).is_open(frame.trip.number) {
                return self.depart(now, frame);
            }
        }
    }

    /// Who sends what waits for room on the way to a node.
    pub(crate) fn waits_for(&self, to: NodeId) -> impl Iterator<Item = NodeId> {
        self.doors[to.place()].waiting.iter().map(|frame| frame.from)
    }

    /// A message leaves, or waits for room on the way.
    pub(super) fn leave_or_wait(&mut self, now: Timestamp, frame: Box<Frame>) -> Sending {
        let to = frame.to;
        if self.has_room(frame.pair, to) {
            return self.depart(now, frame).map_or(Sending::Nowhere, Sending::Departs);
        }
        self.doors[to.place()].waiting.push_back(frame);
        Sending::Waits
    }

    /// Whether a node's downlink will have time for what leaves now: it may be behind by as much
    /// as passes in a round trip and a little more, so that it is never idle for want of bytes.
    fn has_room(&self, Pair(number): Pair, to: NodeId) -> bool {
        let door = &self.doors[to.place()];
        let round_trip = self.pairs[number as usize].link.latency.mean() * 2;
        door.coming < door.down.rate().bytes_in(round_trip + Self::SLACK)
    }

    fn depart(&mut self, now: Timestamp, mut frame: Box<Frame>) -> Option<Departure> {
        let pair = &mut self.pairs[frame.pair.0 as usize];
        let (from, until) =
            self.doors.get_mut(frame.from.place())?.up.pass(now, frame.bytes_on_wire());
        let latency = pair.latency(self.seed);
        let breaks_after = pair.breaks_after(self.seed, until.since(from));
        let breaks_at = breaks_after.map(|after| from.after(after));
        let (life, way) = (pair.life, pair.way(frame.from));
        let reaches_at = way.in_order(from.after(latency));
        let tail_at = way.tail_in_order(reaches_at.after(until.since(from)));
        let is_dead = way.is_dead;
        let reaches_at = (!is_dead).then_some(reaches_at);
        if reaches_at.is_some() && breaks_at.is_none() {
            self.doors[frame.to.place()].coming += frame.bytes_on_wire();
        }
        (frame.trip.life, frame.trip.tail_at) = (life, tail_at);
        Some(Departure { left_at: until, reaches_at, breaks_at, in_flight: InFlightFrame(frame) })
    }

    /// The first byte of a message is at its receiver's downlink.
    pub(crate) fn reached(&mut self, now: Timestamp, in_flight: InFlightFrame) -> Delivery {
        let Frame { from, to, pair, trip, .. } = *in_flight.frame();
        let bytes = in_flight.frame().bytes_on_wire();
        let pair = &mut self.pairs[pair.0 as usize];
        if pair.life != trip.life {
            self.doors[to.place()].coming -= bytes;
            return Delivery::Lost;
        }
        let way = pair.way(from);
        if way.is_cut {
            way.held.push(in_flight);
            self.doors[to.place()].coming -= bytes;
            return Delivery::Held;
        }
        let Some(door) = self.doors.get_mut(to.place()) else {
            return Delivery::Lost;
        };
        let (_, until) = door.down.pass(now, bytes);
        Delivery::Arrives(until.max(trip.tail_at), in_flight)
    }

    /// A message is never taken by its receiver.
    pub(crate) fn not_taken(&mut self, in_flight: &InFlightFrame) {
        let frame = in_flight.frame();
        self.doors[frame.to.place()].coming -= frame.bytes_on_wire();
    }
}
