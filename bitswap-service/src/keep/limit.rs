//! The limit of a daemon's store: above the high water, the oldest blocks that no pin keeps are
//! freed until it is below the low water. It knows no configuration file.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bitswap_store::{BlockStore as _, Sweep, Swept};
use tokio::time::sleep;

use super::{Collected, Keeper};
use crate::error::CliError;

/// How much a store may hold, in bytes of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreLimit {
    /// More than this is too much.
    high: u64,
    /// So much is left when it was.
    low: u64,
}

impl StoreLimit {
    const EVERY: Duration = Duration::from_secs(1);
    /// The longest pause when too little could be freed: all that is there is looked at each time.
    const PAUSE: Duration = Duration::from_secs(60);

    /// Of so many bytes, with high and low water in percent of it.
    pub(crate) fn of(most: u64, high_percent: u32, low_percent: u32) -> Self {
        let share = |percent: u32| (u128::from(most) * u128::from(percent) / 100) as u64;
        Self { high: share(high_percent), low: share(low_percent) }
    }

    /// How much is to be freed; `None` = there is not too much.
    fn excess(self, live: u64) -> Option<u64> {
        (live > self.high).then(|| live.saturating_sub(self.low))
    }

    /// Watches the store for ever. What is in use may be garbage soon: when too little could be
    /// freed, the pause is doubled each time.
    pub async fn watch(self, keeper: Arc<Keeper>) {
        let mut pause = Self::EVERY;
        loop {
            let Some(live) = keeper.store.usage().live_bytes else {
                tell_unlimited();
                return std::future::pending().await;
            };
            let is_low = match self.excess(live) {
                None => true,
                Some(excess) => self.free(&keeper, live, excess).await,
            };
            pause = if is_low { Self::EVERY } else { Self::PAUSE.min(2 * pause) };
            sleep(pause).await;
        }
    }

    /// Collects; true if enough was freed.
    async fn free(self, keeper: &Keeper, live: u64, excess: u64) -> bool {
        let how = Sweep { dry_run: false, enough: Some(excess) };
        match keeper.collect(how).await {
            Ok(Collected { swept, .. }) => {
                let is_enough = self.excess(live.saturating_sub(swept.freed_bytes)).is_none();
                if is_enough {
                    self.tell_freed(live, &swept);
                } else {
                    self.tell_above(live, &swept);
                }
                is_enough
            }
            Err(why) => {
                self.tell_failed(live, &why);
                false
            }
        }
    }

    fn tell_freed(self, live: u64, swept: &Swept) {
        let (blocks, bytes) = (swept.freed_blocks, swept.freed_bytes);
        tracing::info!(live, high = self.high, low = self.low, blocks, bytes, "garbage was freed");
    }

    fn tell_above(self, live: u64, swept: &Swept) {
        tracing::warn!(
            live,
            high = self.high,
            freed = swept.freed_bytes,
            "the store is above its high water, and what is left is pinned or in use"
        );
    }

    fn tell_failed(self, live: u64, error: &CliError) {
        let CliError { what, why, remedy, .. } = error;
        tracing::error!(
            live,
            high = self.high,
            what,
            why,
            remedy,
            "the store is above its high water, and not enough could be freed"
        );
    }
}

fn tell_unlimited() {
    tracing::error!(
        "store.max_size has no effect: this store cannot tell how much it holds; see  \
         bitswap store convert"
    );
}
