//! Tells the log when the store begins to fail, as on a full disk, and when it writes again: a line
//! each, however many blocks come meanwhile.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bitswap_store::{BlockStore, StoreError};
use tokio::time::{Instant, MissedTickBehavior, interval};

const EVERY: Duration = Duration::from_secs(1);

/// What is known of the store.
#[derive(Debug, Default)]
pub(super) struct Episode(Option<Instant>);

/// What is to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// It fails, for this reason.
    Fails(StoreError),
    /// It writes again, after so long.
    Writes(Duration),
}

impl News {
    fn tell(&self) {
        match self {
            Self::Fails(why) => tell_failing(why),
            Self::Writes(after) => {
                tracing::info!(seconds = after.as_secs(), "the store writes again");
            }
        }
    }
}

fn tell_failing(why: &StoreError) {
    tracing::error!(
        %why,
        "the store cannot write; new blocks are held in memory as long as there is room, then \
         refused, and writing is tried again"
    );
}

impl Episode {
    /// What is news, if the last commit failed for this reason, or did not.
    pub(super) fn news(&mut self, now: Instant, failing: Option<StoreError>) -> Option<News> {
        match (self.0, failing) {
            (None, Some(why)) => {
                self.0 = Some(now);
                Some(News::Fails(why))
            }
            (Some(since), None) => {
                self.0 = None;
                Some(News::Writes(now - since))
            }
            (None, None) | (Some(_), Some(_)) => None,
        }
    }
}

/// Looks at the store for ever.
pub(super) async fn watch(store: Arc<dyn BlockStore>) {
    let mut episode = Episode::default();
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        if let Some(news) = episode.news(Instant::now(), store.usage().failing) {
            news.tell();
        }
    }
}
