//! What carries messages, and what it is like. It carries nothing itself.

use std::time::Duration;

use super::flow::{Flow, Path};

/// How messages are carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// As fast as their lines, from the start; nothing is ever lost.
    #[default]
    Ideal,
    /// As TCP and QUIC carry them.
    Ramp(Ramp),
}

/// What a transport with a ramp is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    /// What carries a connection.
    pub carrier: Carrier,
    /// How long bytes wait before a downlink; what would wait longer is lost, and sent again.
    pub queue: Duration,
    /// Of a million packets, how many are lost on their way, and sent again.
    pub loss: u32,
}

/// What carries a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carrier {
    /// TCP with BBR, as nodes of this project set its sockets.
    #[default]
    Tcp,
    /// QUIC with CUBIC.
    Quic,
}

impl Default for Ramp {
    /// TCP, and a fifth of a second before a downlink.
    fn default() -> Self {
        Self { carrier: Carrier::Tcp, queue: Duration::from_millis(200), loss: 0 }
    }
}

impl Ramp {
    /// The window of a new connection: ten packets (RFC 6928), of QUIC's least size (RFC 9002).
    pub(super) const fn first_window(self) -> u64 {
        match self.carrier {
            Carrier::Tcp => 10 * Flow::SEGMENT,
            Carrier::Quic => 10 * 1_200,
        }
    }

    /// Bytes that wait unsent in a socket.
    pub(super) const fn socket_bytes(self) -> u64 {
        match self.carrier {
            Carrier::Tcp => 128 * 1_024,
            Carrier::Quic => 10_000_000,
        }
    }

    /// Round trips from a dial to a connection: of TCP and Noise, or of QUIC.
    pub(crate) const fn handshake(self) -> u32 {
        match self.carrier {
            Carrier::Tcp => 2,
            Carrier::Quic => 1,
        }
    }

    /// BBR lets little wait, CUBIC all for which there is room.
    pub(super) fn path(self, round_trip: Duration) -> Path {
        let may_wait = match self.carrier {
            Carrier::Tcp => round_trip / 4 + Duration::from_millis(5),
            Carrier::Quic => self.queue,
        };
        Path { round_trip, may_wait }
    }
}
