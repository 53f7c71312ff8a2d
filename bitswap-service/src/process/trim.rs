//! Gives memory back that the allocator kept, once the process has nothing to do. It looks at the
//! time that this spends on processors, and at nothing of a node.

#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::cpu_time;

/// How often it looks.
const BEAT: Duration = Duration::from_millis(250);
/// A beat with more time on processors is a busy one. A daemon without peers spends less than
/// 1 ms.
const BUSY: Duration = Duration::from_millis(25);
/// A process that is always busy gives memory back after so many beats, since that makes it wait.
const MOST_BUSY_BEATS: u32 = 40;

/// The busy beats since memory was last given back.
#[derive(Debug, Default)]
struct Work {
    /// Time on processors at the last beat.
    spent: Duration,
    busy_beats: u32,
}

impl Work {
    /// Whether memory is to be given back now, if the process has spent so much time by now: there
    /// was work, and it is over or goes on for ever.
    fn note(&mut self, spent: Duration) -> bool {
        let is_busy = spent.saturating_sub(self.spent) > BUSY;
        self.spent = spent;
        self.busy_beats += u32::from(is_busy);
        let is_over = self.busy_beats > 0 && (!is_busy || self.busy_beats >= MOST_BUSY_BEATS);
        if is_over {
            self.busy_beats = 0;
        }
        is_over
    }
}

/// Looks for ever, where anything can be given back. Once in a process is enough, however many
/// nodes it has.
pub async fn watch() {
    let mut work = Work::default();
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while bitswap_trim::IS_SUPPORTED {
        beat.tick().await;
        if cpu_time().is_some_and(|spent| work.note(spent)) {
            // Fails only when the runtime shuts down.
            drop(tokio::task::spawn_blocking(bitswap_trim::trim).await);
        }
    }
}
