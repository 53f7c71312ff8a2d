//! A connection between two nodes: what it is like, its life, and what is on its way.

use std::time::Duration;

use bitswap_core::wire::ProtocolVersion;
use bitswap_core::{Chance, Lane, Lanes, PeerCapabilities, SendId, Timestamp};

use super::flow::Flow;
use super::{Frame, InFlightFrame, Latency};
use crate::report::{Tally, Traffic};
use crate::world::NodeId;

/// What a connection is like, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// How long a byte travels, one way.
    pub latency: Latency,
    /// Of a million messages, how many end in a reset of the connection while they are written:
    /// the transport is reliable, so this is what loss comes to.
    pub resets: u32,
    /// Whether the first message on each lane waits a round trip for its stream to be agreed on.
    pub negotiates: bool,
    /// The protocol between the two ends.
    pub capabilities: PeerCapabilities,
}

impl Link {
    /// A link with this one-way latency and no faults, between peers that speak the newest
    /// standard dialect over two lanes and do not wait for streams.
    pub fn with_latency(latency: impl Into<Latency>) -> Self {
        Self {
            latency: latency.into(),
            resets: 0,
            negotiates: false,
            capabilities: PeerCapabilities { protocol: ProtocolVersion::V1_2, lanes: Lanes::Two },
        }
    }

    /// This link between peers that speak the relay protocol.
    #[must_use]
    pub const fn relaying(mut self) -> Self {
        self.capabilities.protocol = ProtocolVersion::Relay;
        self
    }
}

/// Two nodes that have met: the connection they have, or had last.
#[derive(Debug)]
pub(super) struct Connection {
    /// The lower number first.
    pub(super) ends: [NodeId; 2],
    pub(super) link: Link,
    pub(super) state: State,
    /// What was sent in another life is lost.
    pub(super) life: u32,
    /// From the first end to the second, and back.
    pub(super) ways: [Way; 2],
    /// The noise of this pair, made when first needed.
    chance: Option<Box<Chance>>,
}

/// Which ends believe that there is a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Down,
    /// Only this end: the other one dropped it, and nothing said so.
    HalfOpen(NodeId),
    Up,
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Way {
    pub(super) is_cut: bool,
    /// What its sender writes is lost until the sender learns that this connection is dead.
    pub(super) is_dead: bool,
    /// What reached its receiver since the cut.
    pub(super) held: Vec<InFlightFrame>,
    /// When a stream is agreed on, by lane.
    agreed_at: [Option<Timestamp>; 2],
    /// When the last message reaches its receiver: none overtakes it.
    last_reaches_at: Timestamp,
    /// When the last byte of the last message reaches its receiver.
    last_tail_at: Timestamp,
    /// Messages that have not left yet: at most one for each lane.
    open: Vec<Open>,
    /// What its socket holds, over a transport with a ramp and once something was written.
    pub(super) flow: Option<Box<Flow>>,
    pub(super) traffic: Traffic,
}

/// A message that has not left yet.
#[derive(Debug)]
struct Open {
    /// As the network numbers it.
    number: u64,
    /// As its sender does: a sender that begins anew counts from the first number again.
    send: SendId,
    contents: Tally,
}

impl Connection {
    pub(super) fn new(ends: [NodeId; 2], link: Link) -> Self {
        let ways = [Way::default(), Way::default()];
        Self { ends, link, state: State::Down, life: 0, ways, chance: None }
    }

    pub(super) fn way(&mut self, from: NodeId) -> &mut Way {
        let [first, second] = &mut self.ways;
        if from == self.ends[0] { first } else { second }
    }

    /// The end that is not this one.
    pub(super) fn other(&self, end: NodeId) -> NodeId {
        let [one, other] = self.ends;
        if end == one { other } else { one }
    }

    /// Begins another life: what is on its way is lost. Returns the sends that were lost, by
    /// sender.
    pub(super) fn begin_life(&mut self) -> Vec<(NodeId, SendId)> {
        self.life += 1;
        let mut lost = Vec::new();
        for (way, from) in self.ways.iter_mut().zip(self.ends) {
            way.held.clear();
            way.agreed_at = [None; 2];
            (way.last_reaches_at, way.last_tail_at) = (Timestamp::ZERO, Timestamp::ZERO);
            lost.extend(way.take_open().into_iter().map(|send| (from, send)));
        }
        lost
    }

    /// How long what leaves now travels.
    pub(super) fn latency(&mut self, seed: u64) -> Duration {
        let latency = self.link.latency;
        if latency.is_constant() { latency.mean() } else { latency.draw(self.chance(seed)) }
    }

    /// When the connection breaks while a message is written that takes so long, if it does.
    pub(super) fn breaks_after(&mut self, seed: u64, takes: Duration) -> Option<Duration> {
        let resets = self.link.resets;
        if resets == 0 || !self.chance(seed).one_in(resets.into(), 1_000_000) {
            return None;
        }
        let takes = takes.as_nanos() as u64;
        Some(Duration::from_nanos(self.chance(seed).below(takes.max(1))))
    }

    /// The dice of this pair of nodes, in a world of this seed.
    pub(super) fn chance(&mut self, seed: u64) -> &mut Chance {
        let [one, other] = self.ends;
        self.chance.get_or_insert_with(|| {
            Box::new(Chance::named(seed, &format!("link {} {}", one.place(), other.place())))
        })
    }
}

impl Way {
    /// When the stream of `lane` is agreed on; at this moment, if nobody spoke of it before.
    pub(super) fn agree(&mut self, lane: Lane, at: Timestamp) -> Timestamp {
        *self.agreed_at[lane as usize].get_or_insert(at)
    }

    pub(super) fn opened(&mut self, frame: &Frame) {
        let (number, send) = (frame.trip.number, frame.send);
        self.open.push(Open { number, send, contents: frame.tally() });
    }

    /// Whether it is alive, and nobody writes to it or waits for its mending.
    pub(super) fn is_quiet(&self) -> bool {
        let is_carrying = self.flow.as_ref().is_some_and(|flow| flow.is_carrying());
        !self.is_dead && self.open.is_empty() && self.held.is_empty() && !is_carrying
    }

    pub(super) fn is_open(&self, number: u64) -> bool {
        self.open.iter().any(|open| open.number == number)
    }

    /// The number of a message that has not left yet.
    pub(super) fn number_of(&self, send: SendId) -> Option<u64> {
        Some(self.open.iter().find(|open| open.send == send)?.number)
    }

    /// What its sender calls a message that has left, and what was in it; `None` if it was lost
    /// before.
    pub(super) fn closed(&mut self, number: u64) -> Option<(SendId, Tally)> {
        let place = self.open.iter().position(|open| open.number == number)?;
        let open = self.open.swap_remove(place);
        Some((open.send, open.contents))
    }

    /// What its socket holds, if that was never reset since its first message.
    pub(super) fn flow_born(&mut self, born: u64) -> Option<&mut Flow> {
        self.flow.as_deref_mut().filter(|flow| flow.born == born)
    }

    /// The rest of a message is not written any more.
    pub(super) fn give_up(&mut self, number: u64) {
        if let Some(flow) = &mut self.flow {
            flow.give_up(number);
        }
    }

    /// What its sender was writing. What its socket holds is lost.
    pub(super) fn take_open(&mut self) -> Vec<SendId> {
        self.flow = None;
        self.open.drain(..).map(|open| open.send).collect()
    }

    /// When a message reaches its receiver that would do so at `at` were it alone.
    pub(super) fn in_order(&mut self, at: Timestamp) -> Timestamp {
        self.last_reaches_at = self.last_reaches_at.max(at);
        self.last_reaches_at
    }

    /// When the last byte of a message reaches its receiver that would do so at `at` were it alone:
    /// a short message does not overtake a longer one either.
    pub(super) fn tail_in_order(&mut self, at: Timestamp) -> Timestamp {
        self.last_tail_at = self.last_tail_at.max(at);
        self.last_tail_at
    }
}
