//! The engine's time: monotonic since the driver's start.

#[cfg(test)]
mod tests;

use std::time::Duration;

use bitswap_core::Timestamp;
use tokio::time::Instant;

/// More than this beyond a deadline was not lateness but sleep, of the process or the machine.
const LATENESS: Duration = Duration::from_secs(1);

/// Time for one engine. Under tokio's paused clock it stands still too.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
    slept: Duration,
}

impl Clock {
    /// A clock that shows zero now.
    pub(super) fn start() -> Self {
        Self { start: Instant::now(), slept: Duration::ZERO }
    }

    /// The moment. Given that the engine should have been called at `due`, all but a second of
    /// the time since is left out: after a long sleep not everything has to time out at once.
    pub(super) fn now(&mut self, due: Option<Timestamp>) -> Timestamp {
        let mut now = Timestamp::ZERO.after(self.start.elapsed().saturating_sub(self.slept));
        if let Some(due) = due {
            let latest = due.after(LATENESS);
            self.slept += now.since(latest);
            now = now.min(latest);
        }
        now
    }

    /// When the clock will show `at`; `None` = never.
    pub(super) fn instant(&self, at: Timestamp) -> Option<Instant> {
        self.start.checked_add(at.since(Timestamp::ZERO))?.checked_add(self.slept)
    }
}
