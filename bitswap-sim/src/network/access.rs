//! A node's way into the network: one queue for what it sends, one for what it is sent.

use std::time::Duration;

use bitswap_core::Timestamp;

/// How fast bytes pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate {
    bits_per_second: u64,
}

impl Rate {
    /// How long a byte takes at a bit a second.
    const NANOS_A_BYTE: u64 = 8_000_000_000;

    /// So many bits in a second, at least one.
    pub const fn bits_per_second(bits: u64) -> Self {
        Self { bits_per_second: if bits == 0 { 1 } else { bits } }
    }

    /// So many million bits in a second, at least one bit.
    pub const fn mbit_per_second(mbit: u32) -> Self {
        Self::bits_per_second(mbit as u64 * 1_000_000)
    }

    /// How many bytes pass in a time.
    pub fn bytes_in(self, time: Duration) -> u64 {
        // What there is to divide is small, as a rule, and divided much faster then.
        let nanos = u64::try_from(time.as_nanos()).ok();
        if let Some(small) = nanos.and_then(|nanos| nanos.checked_mul(self.bits_per_second)) {
            return small / Self::NANOS_A_BYTE;
        }
        let bytes =
            u128::from(self.bits_per_second) * time.as_nanos() / u128::from(Self::NANOS_A_BYTE);
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }

    /// How long `bytes` take, rounded up to the nanosecond.
    pub fn time_for(self, bytes: u64) -> Duration {
        if let Some(small) = bytes.checked_mul(Self::NANOS_A_BYTE) {
            return Duration::from_nanos(small.div_ceil(self.bits_per_second));
        }
        let nanos = (u128::from(bytes) * u128::from(Self::NANOS_A_BYTE))
            .div_ceil(u128::from(self.bits_per_second));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// The two access links of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// For what it sends.
    pub up: Rate,
    /// For what it is sent.
    pub down: Rate,
}

impl Access {
    /// The same rate both ways.
    pub const fn both_ways(rate: Rate) -> Self {
        Self { up: rate, down: rate }
    }
}

impl Default for Access {
    /// 100 Mbit/s both ways.
    fn default() -> Self {
        Self::both_ways(Rate::mbit_per_second(100))
    }
}

/// A queue of bytes, first come, first served.
#[derive(Debug)]
pub(super) struct Pipe {
    rate: Rate,
    free_at: Timestamp,
}

impl Pipe {
    pub(super) const fn new(rate: Rate) -> Self {
        Self { rate, free_at: Timestamp::ZERO }
    }

    pub(super) const fn rate(&self) -> Rate {
        self.rate
    }

    /// How long it is busy with what it was given.
    pub(super) fn backlog(&self, now: Timestamp) -> Duration {
        self.free_at.since(now)
    }

    /// Lets `bytes` pass that are here `now`: when the first begins to, and when the last has.
    pub(super) fn pass(&mut self, now: Timestamp, bytes: u64) -> (Timestamp, Timestamp) {
        let from = self.free_at.max(now);
        self.free_at = from.after(self.rate.time_for(bytes));
        (from, self.free_at)
    }
}
