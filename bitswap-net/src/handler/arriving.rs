//! What comes of frames that are not whole yet, over all streams of a connection: it is told every
//! now and then, and a connection over which less than [`Limits::LEAST_RATE`] comes for
//! [`Limits::SILENCE`] loses them. One stream is not judged by itself, since a peer may send on
//! others first.

use std::task::{Context, Poll};
use std::time::Duration;

use bitswap_core::Limits;
use futures::ready;
use tokio::time::Instant;

use crate::timer::Timer;

/// The frames of a connection that are not whole.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    pub(super) frames: usize,
    /// What came of them and was not told.
    pub(super) bytes: usize,
    /// Whether any of them waits for us.
    pub(super) waits: bool,
}

/// When to look at them, and up to when enough came.
#[derive(Debug, Default)]
pub(super) struct Arriving {
    look: Timer,
    enough_until: Option<Instant>,
}

/// What was seen of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// So many bytes came.
    Bytes(u64),
    /// Those that began by then do not come any more.
    Stalled(Instant),
}

impl Arriving {
    /// A frame of so many bytes came whole.
    pub(super) fn came(&mut self, bytes: usize) {
        let takes = Duration::from_micros(bytes as u64 * 1_000_000 / Limits::LEAST_RATE);
        self.enough_until = self.enough_until.map(|until| until + takes);
    }

    /// Ready every [`Limits::BYTES_TOLD`] while more comes of a frame that is not whole, and when
    /// no more does.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        unfinished: impl FnOnce(Instant) -> Unfinished,
    ) -> Poll<Seen> {
        if self.look.is_set() {
            ready!(self.look.poll(cx));
        }
        let now = Instant::now();
        let Unfinished { frames, bytes, waits } = unfinished(now);
        if frames == 0 || waits {
            self.enough_until = None;
        }
        if frames == 0 {
            return Poll::Pending;
        }
        self.enough_until.get_or_insert(now);
        self.came(bytes);
        let enough_until = self.enough_until.map_or(now, |until| until.min(now));
        self.enough_until = Some(enough_until);
        if now.duration_since(enough_until) >= Limits::SILENCE {
            self.enough_until = None;
            return Poll::Ready(Seen::Stalled(enough_until));
        }
        self.look.set(Some(now + Limits::BYTES_TOLD));
        if bytes > 0 {
            return Poll::Ready(Seen::Bytes(bytes as u64));
        }
        // So that it wakes us: the moment is still to come.
        self.look.poll(cx).map(|()| Seen::Bytes(0))
    }
}

#[cfg(test)]
mod tests;
