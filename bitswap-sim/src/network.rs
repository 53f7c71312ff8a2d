//! The network's model: who is connected to whom, and when what is sent arrives. Knows no engine.

mod access;
mod link;
mod parcel;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use bitswap_core::{SendId, Speaks, Timestamp};

use crate::report::Tally;
use crate::world::NodeId;

pub use access::{Access, Rate};
pub use link::Link;

pub(crate) use parcel::{Letter, Parcel};

use access::Pipe;
use link::Connection;

/// All nodes' ways into the network, and the connections between them.
///
/// A message occupies its sender's uplink and then, one latency later, its receiver's downlink,
/// each for as long as its bytes take. Both are queues, first come, first served, so messages of
/// one connection never overtake one another.
#[derive(Debug, Default)]
pub(crate) struct Network {
    doors: Vec<Door>,
    /// By both ends, the lower number first.
    connections: BTreeMap<(NodeId, NodeId), Connection>,
    lives: u64,
}

#[derive(Debug)]
struct Door {
    up: Pipe,
    down: Pipe,
}

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Departure {
    /// When its last byte has left its sender.
    pub(crate) left_at: Timestamp,
    /// When its first byte is at its receiver's downlink.
    pub(crate) reaches_at: Timestamp,
    pub(crate) parcel: Parcel,
}

/// What becomes of a message at its receiver's downlink.
#[derive(Debug)]
pub(crate) enum Passage {
    /// It is through at this moment.
    Arrives(Timestamp, Parcel),
    /// It waits until the connection is mended.
    Held,
    /// Its connection is gone.
    Lost,
}

impl Network {
    /// The next node's way into the network.
    pub(crate) fn add_node(&mut self, access: Access) {
        self.doors.push(Door { up: Pipe::new(access.up), down: Pipe::new(access.down) });
    }

    /// False if the two are connected already.
    pub(crate) fn connect(&mut self, one: NodeId, other: NodeId, link: Link) -> bool {
        if one == other || self.connections.contains_key(&ends(one, other)) {
            return false;
        }
        self.lives += 1;
        self.connections.insert(ends(one, other), Connection::new(link, self.lives));
        true
    }

    /// What is on its way is lost. False if the two are not connected.
    pub(crate) fn disconnect(&mut self, one: NodeId, other: NodeId) -> bool {
        self.connections.remove(&ends(one, other)).is_some()
    }

    /// What is on its way is lost, and the connection goes on. Messages that had not left yet, by
    /// sender; `None` if the two are not connected.
    pub(crate) fn reset(&mut self, one: NodeId, other: NodeId) -> Option<Vec<(NodeId, SendId)>> {
        let connection = self.connections.get_mut(&ends(one, other))?;
        self.lives += 1;
        Some(connection.reset(self.lives))
    }

    /// Nothing gets through any more, and nobody is told.
    pub(crate) fn cut(&mut self, one: NodeId, other: NodeId) {
        if let Some(connection) = self.connections.get_mut(&ends(one, other)) {
            connection.cut();
        }
    }

    /// What was held back since the cut, in order; it reaches the downlink now.
    pub(crate) fn mend(&mut self, one: NodeId, other: NodeId) -> Vec<Parcel> {
        let connection = self.connections.get_mut(&ends(one, other));
        connection.map(Connection::mend).unwrap_or_default()
    }

    /// How the two speak to one another, if they are connected.
    pub(crate) fn speaks(&self, one: NodeId, other: NodeId) -> Option<Speaks> {
        Some(self.connections.get(&ends(one, other))?.link.speaks)
    }

    /// Puts a message on its way; `None` if it has nowhere to go.
    pub(crate) fn send(&mut self, now: Timestamp, letter: Letter) -> Option<Departure> {
        let connection = self.connections.get_mut(&ends(letter.from, letter.to))?;
        let door = self.doors.get_mut(letter.from.place())?;
        connection.opened(&letter);
        let (from, until) = door.up.pass(now, letter.bytes_on_wire());
        let latency = connection.link.latency;
        let (life, tail_at) = (connection.life, until.after(latency));
        let parcel = Parcel { letter, life, tail_at };
        Some(Departure { left_at: until, reaches_at: from.after(latency), parcel })
    }

    /// The last byte of a message has left: what was in it; `None` if its connection is gone or
    /// was reset.
    pub(crate) fn left(&mut self, from: NodeId, to: NodeId, send: SendId) -> Option<Tally> {
        self.connections.get_mut(&ends(from, to))?.closed(from, send)
    }

    /// The first byte of a message is at its receiver's downlink.
    pub(crate) fn reached(&mut self, now: Timestamp, parcel: Parcel) -> Passage {
        let (from, to) = (parcel.letter.from, parcel.letter.to);
        let Some(connection) = self.connections.get_mut(&ends(from, to)) else {
            return Passage::Lost;
        };
        if connection.life != parcel.life {
            return Passage::Lost;
        }
        if connection.is_cut {
            connection.held.push(parcel);
            return Passage::Held;
        }
        let Some(door) = self.doors.get_mut(to.place()) else {
            return Passage::Lost;
        };
        let (_, until) = door.down.pass(now, parcel.letter.bytes_on_wire());
        Passage::Arrives(until.max(parcel.tail_at), parcel)
    }

    /// Takes a message out of its connection; `None` if that is gone or was reset.
    pub(crate) fn arrived(&self, parcel: Parcel) -> Option<Letter> {
        let Parcel { letter, life, .. } = parcel;
        let connection = self.connections.get(&ends(letter.from, letter.to))?;
        (connection.life == life).then_some(letter)
    }
}

fn ends(one: NodeId, other: NodeId) -> (NodeId, NodeId) {
    (one.min(other), one.max(other))
}
