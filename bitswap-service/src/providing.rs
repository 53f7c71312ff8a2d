//! Announcing what a daemon's store has: what is new at once, and all of it again before the
//! records of others expire.
//!
//! Blocks that are only relayed never come into the store, and so are never announced.

mod new;
mod new_blocks;
mod progress;
mod scope;
#[cfg(test)]
mod tests;
mod told;

use std::num::NonZeroUsize;
use std::time::{Duration, SystemTime};

use bitswap_host::{Announcer, DhtError};
use bitswap_store::{Cursor, Multihash, Page};
use futures::{StreamExt as _, stream};
use tokio::sync::Mutex;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};

pub use self::new::New;
pub use self::progress::ProgressFile;
pub use self::scope::{Scope, Sweep};
pub use self::told::Added;

use self::progress::Progress;
use crate::error::CliError;

/// How blocks are announced.
#[derive(Debug)]
pub struct ProvideConfig {
    /// How long after its begin a sweep is followed by the next.
    pub interval: Duration,
    /// Announcements that begin in a second, at most.
    pub per_second: u32,
    /// Where the sweep's progress is kept.
    pub file: ProgressFile,
}

/// Announces the blocks of a store, or some of them.
pub struct Providing {
    sweep: Sweep,
    new: New,
    announcer: Announcer,
    interval: Duration,
    pace: Mutex<Interval>,
    file: ProgressFile,
    progress: Progress,
}

/// What is announced next.
enum Batch {
    /// What is new.
    Added(Vec<Multihash>),
    /// A part of the sweep, and where it goes on; `None` = it is over.
    Swept(Vec<Multihash>, Option<Cursor>),
}

impl Providing {
    /// Announcements at once. On the public DHT each takes seconds.
    const AT_ONCE: usize = 16;
    /// Blocks between two notes of the progress.
    const BATCH: NonZeroUsize = NonZeroUsize::new(64).unwrap();
    /// Pauses while nobody can be told; each is twice as long as the one before.
    const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
    const LONGEST_PAUSE: Duration = Duration::from_secs(60);

    /// Goes on where the file says that an earlier process was.
    pub fn new(sweep: Sweep, new: New, announcer: Announcer, config: ProvideConfig) -> Self {
        let mut pace = interval(Duration::from_secs(1) / config.per_second.max(1));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let ProvideConfig { interval, file, .. } = config;
        let progress = file.read().resumed(SystemTime::now(), sweep.scope);
        Self { sweep, new, announcer, interval, pace: Mutex::new(pace), file, progress }
    }

    /// Runs until the node ends.
    pub async fn run(mut self) {
        loop {
            let batch = self.next().await;
            let (hashes, next) = match batch {
                Batch::Added(hashes) => (hashes, None),
                Batch::Swept(hashes, next) => (hashes, Some(next)),
            };
            if next.is_none() {
                self.note(|progress| progress.pending = true);
            }
            if self.announce(&hashes).await.is_err() {
                return;
            }
            match next {
                Some(next) => self.note(|progress| progress.cursor = next),
                None if self.new.is_empty() => self.note(|progress| progress.pending = false),
                None => {}
            }
        }
    }

    /// Waits until there is something to announce; what is new comes first.
    async fn next(&mut self) -> Batch {
        loop {
            let added = self.added().await;
            if !added.is_empty() {
                return Batch::Added(added);
            }
            let now = SystemTime::now();
            if self.new.were_missed() || self.progress.is_due(now, self.interval) {
                let begun = Progress::begun(now, self.sweep.scope);
                self.note(|progress| *progress = begun);
            }
            if let Some(cursor) = self.progress.cursor.clone() {
                return self.page(&cursor).await;
            }
            let until = self.progress.due_in(now, self.interval);
            tokio::select! {
                () = self.new.some() => {}
                () = sleep(until) => {}
            }
        }
    }

    /// What is new, without waiting for it.
    async fn added(&mut self) -> Vec<Multihash> {
        match &mut self.new {
            New::Blocks(added) => added.take(Self::BATCH.get()),
            New::Pins(added) => {
                let (hashes, is_all) = self.sweep.of_pins(&added.take(Self::BATCH.get())).await;
                if !is_all {
                    added.miss();
                }
                hashes
            }
        }
    }

    /// The next part of the sweep, which ends where the store fails.
    async fn page(&mut self, cursor: &Cursor) -> Batch {
        match self.sweep.page(cursor, Self::BATCH).await {
            Ok(Page { hashes, next }) => Batch::Swept(hashes, next),
            Err(CliError { what, why, .. }) => {
                tracing::warn!(what, why, "a sweep ends here; the next one tries again");
                Batch::Swept(Vec::new(), None)
            }
        }
    }

    /// Announces all of these. While nobody can be told of any, it waits and tries again; one that
    /// fails among others waits for the next sweep.
    ///
    /// # Errors
    /// The node has ended.
    async fn announce(&self, hashes: &[Multihash]) -> Result<(), DhtError> {
        let mut pause = Self::SHORTEST_PAUSE;
        loop {
            let announcements = hashes.iter().copied().map(|hash| self.announce_one(hash));
            let outcomes: Vec<_> =
                stream::iter(announcements).buffer_unordered(Self::AT_ONCE).collect().await;
            if outcomes.contains(&Err(DhtError::Ended)) {
                return Err(DhtError::Ended);
            }
            // What is denied is over, too.
            let is_over = |outcome| matches!(outcome, &Ok(()) | &Err(DhtError::Denied));
            if outcomes.is_empty() || outcomes.iter().any(is_over) {
                return Ok(());
            }
            tracing::debug!(?pause, why = ?outcomes.first(), "nobody was told; tried again");
            sleep(pause).await;
            pause = pause.saturating_mul(2).min(Self::LONGEST_PAUSE);
        }
    }

    async fn announce_one(&self, hash: Multihash) -> Result<(), DhtError> {
        self.pace.lock().await.tick().await;
        self.announcer.announce(&hash).await
    }

    /// Changes the progress, and writes it down if it differs.
    fn note(&mut self, change: impl FnOnce(&mut Progress)) {
        let before = self.progress.clone();
        change(&mut self.progress);
        if self.progress != before
            && let Err(why) = self.file.write(&self.progress)
        {
            tracing::warn!(file = ?self.file, %why, "after a restart, the sweep begins again");
        }
    }
}
