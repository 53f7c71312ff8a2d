//! The model of content routing: what look-ups find and when, and whether a dial comes through.
//! Knows no engine.

mod model;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;
use std::time::Duration;

use bitswap_core::Chance;

use crate::network::{Latency, Link};

pub(crate) use model::{Request, RoutingEvent, RoutingModel};

/// How the nodes of a world find those they do not know, and come to be connected to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// What answers look-ups.
    pub router: Router,
    /// What becomes of what is provided.
    pub records: Records,
    /// From a dial to a connection.
    pub dialling: Dialling,
    /// Look-ups of one node that run at once; the others wait.
    pub at_once: usize,
    /// What was not found by then is not found. An engine may allow less.
    pub timeout: Duration,
}

/// What answers look-ups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Router {
    /// A server that knows all records.
    Http {
        /// There and back.
        round_trip: Latency,
        /// What it takes to answer.
        service: Duration,
    },
    /// A walk over other nodes, each nearer to the records than the one before.
    Kademlia {
        /// How many nodes, one after another: drawn evenly for each look-up.
        hops: RangeInclusive<u32>,
        /// To each of them and back.
        round_trip: Latency,
        /// How many nodes are asked beside one another. They are counted; the walk is not faster.
        parallel: u32,
    },
    /// Nothing: nobody is found.
    Nothing,
}

/// What becomes of what is provided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    /// From a node's word that it has a block to a record that others can find.
    pub visible_after: Duration,
    /// Records kept of one block; the newest stay.
    pub per_block: usize,
    /// Of a million records that a look-up could find, how many it misses.
    pub missed: u32,
    /// Of a million records that a look-up finds, how many name, before the right provider, one
    /// that is gone for good.
    pub outdated: u32,
    /// Between one provider that a look-up finds and the next.
    pub spacing: Duration,
}

/// From a dial to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialling {
    /// What the connection is like.
    pub link: Link,
    /// Round trips of its handshakes: 1 for QUIC, 3 for TCP with security and a muxer.
    pub round_trips: u32,
    /// Of a million nodes, how many nobody can dial.
    pub unreachable: u32,
    /// How long it takes to find that out.
    pub timeout: Duration,
}

/// What routing came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoutingTally {
    /// Look-ups that began to run.
    pub lookups: u64,
    /// Providers that look-ups named.
    pub providers: u64,
    /// Messages that look-ups took, answers included.
    pub messages: u64,
    /// Dials.
    pub dials: u64,
    /// Dials that ended without a connection.
    pub failed_dials: u64,
}

impl Routing {
    /// What a million is.
    const MILLION: u64 = 1_000_000;

    /// Nobody is found.
    pub fn nothing() -> Self {
        Self {
            router: Router::Nothing,
            records: Records::default(),
            dialling: Dialling::default(),
            at_once: 8,
            timeout: Duration::from_secs(10),
        }
    }

    /// Walks of so many hops, each with this round trip, over three nodes at once.
    pub fn kademlia(hops: RangeInclusive<u32>, round_trip: impl Into<Latency>) -> Self {
        let router = Router::Kademlia { hops, round_trip: round_trip.into(), parallel: 3 };
        Self { router, ..Self::nothing() }
    }

    /// A server that far away, which answers at once.
    pub fn http(round_trip: impl Into<Latency>) -> Self {
        let router = Router::Http { round_trip: round_trip.into(), service: Duration::ZERO };
        Self { router, ..Self::nothing() }
    }
}

impl Default for Records {
    /// All are visible at once, found, and right; ten for a block.
    fn default() -> Self {
        Self {
            visible_after: Duration::ZERO,
            per_block: 10,
            missed: 0,
            outdated: 0,
            spacing: Duration::ZERO,
        }
    }
}

impl Default for Dialling {
    /// Everybody can be dialled, over a link of 25 ms, with two round trips.
    fn default() -> Self {
        Self {
            link: Link::with_latency(Duration::from_millis(25)),
            round_trips: 2,
            unreachable: 0,
            timeout: Duration::from_secs(5),
        }
    }
}

impl Router {
    /// How long a look-up takes until it has the records, and how many messages; `None` if it
    /// never has.
    fn draw(&self, chance: &mut Chance) -> Option<(Duration, u64)> {
        match self {
            Self::Http { round_trip, service } => Some((round_trip.draw(chance) + *service, 2)),
            Self::Kademlia { hops, round_trip, parallel } => {
                let spread = hops.end().saturating_sub(*hops.start());
                let hops = hops.start() + chance.below(u64::from(spread) + 1) as u32;
                let time = (0..hops).map(|_| round_trip.draw(chance)).sum();
                Some((time, 2 * u64::from(*parallel) * u64::from(hops)))
            }
            Self::Nothing => None,
        }
    }
}
