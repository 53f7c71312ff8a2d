//! Hostile peers: each is told of connections and messages, and answers with actions. They have no
//! clock, no sockets and no randomness but their seed's, so that they run in a simulated world and
//! over real connections alike.

mod bomber;
mod cancel_storm;
mod crowd;
mod deaf_flooder;
mod dont_have_liar;
mod dripper;
mod flooder;
mod forge;
mod half_opener;
mod have_liar;
mod honest_base;
mod inbound_streams;
mod junk_sender;
mod kind;
mod knowledge;
mod periodic;
mod presence_spammer;
mod relay_looper;
mod schedule;
mod shape_shifter;
mod slowloris;
mod squatter;
mod staller;
mod standing_reader;
mod stream_hog;
mod sybil;
#[cfg(test)]
mod tests;

use std::fmt;

use bitswap_core::wire::Message;
use bitswap_core::{PeerCapabilities, Timestamp};
use bytes::Bytes;
use libp2p_identity::PeerId;

pub use inbound_streams::InboundStreams;
pub use kind::{Aggressiveness, Kind};
pub use knowledge::Knowledge;

/// One peer that does not keep to the rules.
///
/// The driver of a hostile peer tells it of its connections and of the messages that come, wakes
/// it at its deadlines, and carries out its actions in order.
pub trait Hostile: fmt::Debug + Send {
    /// A first connection to `peer` is there.
    fn meet(
        &mut self,
        _now: Timestamp,
        _peer: PeerId,
        _speaks: PeerCapabilities,
        _actions: &mut HostileActions,
    ) {
    }

    /// A message came, its blocks hashed.
    fn hear(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        message: &Message,
        actions: &mut HostileActions,
    );

    /// The last connection to `peer` is gone.
    fn lose(&mut self, _now: Timestamp, _peer: PeerId, _actions: &mut HostileActions) {}

    /// Its deadline has come.
    fn wake(&mut self, _now: Timestamp, _actions: &mut HostileActions) {}

    /// When it is to be woken at the latest; `None` when it has nothing in mind.
    fn next_deadline(&self) -> Option<Timestamp> {
        None
    }

    /// Whether it takes what it is sent. What it does not take stays in its peers' windows, and
    /// it is not told.
    fn reads(&self) -> bool {
        true
    }
}

/// One thing that a hostile peer does.
#[derive(Clone, Debug, PartialEq)]
pub enum HostileAction {
    /// Closes its side of a stream of its own that [`Write`](Self::Write) opened. A frame that it
    /// cuts short is lost.
    Close {
        /// The peer at the other end.
        peer: PeerId,
        /// The number of the stream.
        stream: u32,
    },
    /// Connects to this peer, if it is not connected.
    Dial {
        /// The peer at the other end.
        peer: PeerId,
    },
    /// Takes all its connections to this peer down.
    HangUp {
        /// The peer at the other end.
        peer: PeerId,
    },
    /// Takes all its connections down, and comes back to the same peers under a name that nobody
    /// knows.
    Rename,
    /// Says something in the form it has to have, on the stream that is for it.
    Say {
        /// The peer at the other end.
        peer: PeerId,
        /// The message.
        message: Message,
    },
    /// Writes bytes, which need be no frames, onto a stream of its own; the first of a number
    /// open that stream, and no bytes do nothing else.
    Write {
        /// The peer at the other end.
        peer: PeerId,
        /// The number of the stream, chosen by this peer.
        stream: u32,
        /// The bytes.
        bytes: Bytes,
    },
}

/// What a hostile peer does, in order.
pub type HostileActions = Vec<HostileAction>;
