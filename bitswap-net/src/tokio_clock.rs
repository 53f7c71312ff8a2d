//! Tokio's time, as the limiters of `governor` read it.

use governor::clock::Clock;
use governor::nanos::Nanos;
use tokio::time::Instant;

/// The time since it was made; it stands still where tokio's does.
#[derive(Clone, Debug)]
pub(crate) struct TokioClock(Instant);

impl TokioClock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX).into()
    }
}
