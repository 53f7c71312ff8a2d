//! A connection between two nodes: its latency, its life and what is open on it.

use std::time::Duration;

use bitswap_core::wire::Dialect;
use bitswap_core::{Lanes, SendId, Speaks};

use super::{Letter, Parcel};
use crate::report::Tally;
use crate::world::NodeId;

/// What a connection is like, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// How long a byte travels, one way.
    pub latency: Duration,
    /// How the two ends speak.
    pub speaks: Speaks,
}

impl Link {
    /// A link with this one-way latency, between peers that speak the newest standard dialect over
    /// two lanes.
    pub const fn with_latency(latency: Duration) -> Self {
        Self { latency, speaks: Speaks { dialect: Dialect::V1_2, lanes: Lanes::Two } }
    }

    /// The same, between peers that pass strangers' wants on.
    #[must_use]
    pub const fn relaying(mut self) -> Self {
        self.speaks.dialect = Dialect::Relay;
        self
    }
}

/// A link between two nodes, from its making to its end.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) link: Link,
    /// What was sent in another life is lost.
    pub(super) life: u64,
    pub(super) is_cut: bool,
    /// What reached its receiver since the cut.
    pub(super) held: Vec<Parcel>,
    /// Messages that have not left yet: at most one for each end and lane.
    open: Vec<Open>,
}

/// A message that has not left yet.
#[derive(Debug)]
struct Open {
    from: NodeId,
    send: SendId,
    contents: Tally,
}

impl Connection {
    pub(super) const fn new(link: Link, life: u64) -> Self {
        Self { link, life, is_cut: false, held: Vec::new(), open: Vec::new() }
    }

    pub(super) fn opened(&mut self, letter: &Letter) {
        let Letter { from, send, .. } = *letter;
        self.open.push(Open { from, send, contents: letter.tally() });
    }

    /// What was in a message that has left; `None` if it was lost before.
    pub(super) fn closed(&mut self, from: NodeId, send: SendId) -> Option<Tally> {
        let place = self.open.iter().position(|open| (open.from, open.send) == (from, send))?;
        Some(self.open.remove(place).contents)
    }

    /// Begins another life; who was sending what.
    pub(super) fn reset(&mut self, life: u64) -> Vec<(NodeId, SendId)> {
        self.life = life;
        self.held.clear();
        self.open.drain(..).map(|open| (open.from, open.send)).collect()
    }

    pub(super) const fn cut(&mut self) {
        self.is_cut = true;
    }

    pub(super) fn mend(&mut self) -> Vec<Parcel> {
        self.is_cut = false;
        std::mem::take(&mut self.held)
    }
}
