//! How long a connection is kept for Bitswap's sake.

use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use crate::hashes::OpenHashes;
use crate::timer::Timer;

/// Kept open so long after the last message.
const LINGER: Duration = Duration::from_secs(30);

/// Over when nothing was said for 30 s and no session of ours is open that asked for anything.
///
/// Then our own streams are closed; a stream that the *peer* keeps open still keeps the
/// connection, since it is the peer's sign that it wants something.
#[derive(Debug)]
pub(super) struct Linger {
    wanted: OpenHashes,
    over: bool,
    timer: Timer,
}

impl Linger {
    pub(super) fn new(wanted: OpenHashes) -> Self {
        let mut linger = Self { wanted, over: false, timer: Timer::default() };
        linger.touch();
        linger
    }

    /// Something was said.
    pub(super) fn touch(&mut self) {
        self.over = false;
        self.timer.set(Some(Instant::now() + LINGER));
    }

    /// Whether the connection may go.
    pub(super) fn is_over(&self) -> bool {
        self.over && self.wanted.is_empty()
    }

    /// Ready when the time is over.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.timer.poll(cx).is_ready() {
            if self.wanted.is_empty() {
                self.over = true;
                return Poll::Ready(());
            }
            self.touch();
        }
        Poll::Pending
    }
}
