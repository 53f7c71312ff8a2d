//! The idle timer of a connection, which keeps it open for as long as Bitswap needs it.

use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use crate::timer::Timer;

/// Time without a message after which the behaviour is asked whether the connection is needed, and
/// the interval at which it is asked again.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The timer is over when there was no message for 30 s, and the behaviour then says that none is
/// to come.
///
/// Then our own streams are closed; a stream that the *peer* keeps open still keeps the
/// connection, since it is the peer's sign that it wants something.
#[derive(Debug)]
pub(super) struct IdleTimer {
    state: State,
    timer: Timer,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Something was said lately.
    Busy,
    /// Nothing was, and the behaviour was told so.
    Quiet,
    Over,
}

impl IdleTimer {
    pub(super) fn new() -> Self {
        let mut idle_timer = Self { state: State::Busy, timer: Timer::default() };
        idle_timer.touch();
        idle_timer
    }

    /// Of a connection that Bitswap never needs.
    pub(super) fn over() -> Self {
        Self { state: State::Over, timer: Timer::default() }
    }

    /// Something was said.
    pub(super) fn touch(&mut self) {
        self.state = State::Busy;
        self.timer.set(Some(Instant::now() + IDLE_TIMEOUT));
    }

    /// The behaviour needs the connection no more; false if something was said meanwhile.
    pub(super) fn end(&mut self) -> bool {
        if self.state == State::Quiet {
            self.state = State::Over;
            self.timer.set(None);
        }
        self.is_over()
    }

    /// Whether the connection may go.
    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Ready when the behaviour is to be asked.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.timer.poll(cx).map(|()| {
            self.state = State::Quiet;
            self.timer.set(Some(Instant::now() + IDLE_TIMEOUT));
        })
    }
}
