//! A tree that is read while it is fetched: whoever reads it waits here for what has not come yet.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bitswap_core::Block;
use bitswap_store::BlockStore;
use cid::Cid;
use futures::StreamExt as _;
use futures::stream;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::source::{Source, WantError, Wanted};

/// Who waits for which block of a fetch; as many as readers read ahead.
#[derive(Clone, Default)]
pub(super) struct Awaited(Arc<Mutex<HashMap<Cid, Sender<Cid>>>>);

impl Awaited {
    /// The block is in the store.
    pub(super) fn tell(&self, cid: &Cid) {
        if let Some(waiting) = self.lock().remove(cid) {
            // Nobody listens where a reader was dropped.
            waiting.try_send(*cid).unwrap_or_default();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Cid, Sender<Cid>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A source that asks nobody: what is wanted of it comes when the fetch has it.
pub(super) struct Arrivals {
    /// Where the fetch puts it.
    pub(super) store: Arc<dyn BlockStore>,
    pub(super) awaited: Awaited,
}

impl Source for Arrivals {
    fn want(&self, cids: Vec<Cid>) -> Wanted {
        // Each is told once, so it is never full.
        let (teller, told) = channel(cids.len().max(1));
        self.awaited.lock().extend(cids.iter().map(|cid| (*cid, teller.clone())));
        let waiting = Waiting {
            store: Arc::clone(&self.store),
            told,
            missing: cids.iter().copied().collect(),
            // What came before this was not told.
            untold: cids,
            read: VecDeque::new(),
        };
        stream::unfold(waiting, Waiting::next).boxed()
    }
}

struct Waiting {
    store: Arc<dyn BlockStore>,
    told: Receiver<Cid>,
    /// Not yet read.
    missing: HashSet<Cid>,
    /// May be in the store without anybody saying so.
    untold: Vec<Cid>,
    read: VecDeque<(Cid, Result<Block, WantError>)>,
}

impl Waiting {
    /// Small blocks are worth a look at the store only if there are several.
    const TOGETHER: usize = 64;

    async fn next(mut self) -> Option<((Cid, Result<Block, WantError>), Self)> {
        loop {
            if let Some(item) = self.read.pop_front() {
                return Some((item, self));
            }
            if self.missing.is_empty() {
                return None;
            }
            let untold = std::mem::take(&mut self.untold);
            if untold.is_empty() {
                let told = self.told().await;
                self.look(told, true).await;
            } else {
                self.look(untold, false).await;
            }
        }
    }

    /// The next ones that came; without any, nothing will come any more.
    async fn told(&mut self) -> Vec<Cid> {
        let most = Self::TOGETHER.min(self.missing.len());
        let mut told = Vec::with_capacity(most);
        while told.len() < most {
            match self.told.recv().await {
                Some(cid) if self.missing.contains(&cid) => told.push(cid),
                // It was found before it was told.
                Some(_) => {}
                None => return self.missing.iter().copied().collect(),
            }
        }
        told
    }

    async fn look(&mut self, cids: Vec<Cid>, must_be_there: bool) {
        let hashes: Vec<_> = cids.iter().map(|cid| *cid.hash()).collect();
        for (cid, found) in cids.into_iter().zip(self.store.get_many(&hashes).await) {
            let block = match found {
                Ok(Some(block)) => Ok(block),
                Ok(None) if !must_be_there => continue,
                Ok(None) => Err("it is not in the store any more".to_owned()),
                Err(fault) => Err(fault.to_string()),
            };
            self.missing.remove(&cid);
            self.read.push_back((cid, block.map_err(|why| WantError::Lost { why })));
        }
    }
}
