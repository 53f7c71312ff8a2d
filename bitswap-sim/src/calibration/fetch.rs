//! What a fetch by the real program takes in the simulator: a file's root, then all its leaves.

use std::time::Duration;

use super::Trouble;
use super::stage::Scene;

/// A file that one node fetches from another, over a connection that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFetch {
    /// One way.
    pub latency: Duration,
    /// Both ways.
    pub bits_per_second: u64,
    /// Bytes of the block that links to all others.
    pub root_bytes: usize,
    /// How many others: few enough to be asked for at once.
    pub leaves: usize,
    /// Bytes of each of them.
    pub leaf_bytes: usize,
}

impl FileFetch {
    /// How long it takes.
    ///
    /// # Errors
    /// [`Trouble`] if it does not end.
    pub fn time(&self) -> Result<Duration, Trouble> {
        let mut stage = Scene::pair(self.latency, self.bits_per_second).open()?;
        let root = stage.supply(1, self.root_bytes)?;
        let leaves = stage.supply(self.leaves, self.leaf_bytes)?;
        let started_at = stage.world.now();
        // The leaves are known when the root is here, and asked for at once.
        for blocks in [root, leaves] {
            let call = stage.call(&blocks, blocks.len());
            while stage.world.fetched(call).is_some_and(|fetch| fetch.ended_at.is_none()) {
                if !stage.world.step()? {
                    return Err(Trouble::Unfinished("a file"));
                }
            }
        }
        Ok(stage.world.now().since(started_at))
    }
}
