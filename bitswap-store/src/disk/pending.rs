//! What is accepted and not yet durable, and everybody who waits for it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bitswap_core::Block;
use futures_channel::oneshot;

use crate::block_store::Multihash;
use crate::disk::folder::gone;
use crate::disk::key::Key;
use crate::error::StoreError;

/// A group is committed at once when somebody waits for it or it is so large, and else when its
/// first change is so old.
const GROUP_BYTES: u64 = 4 << 20;
const GROUP_CHANGES: usize = 256;
pub(super) const WINDOW: Duration = Duration::from_millis(100);

/// What a commit failed to make durable is tried again so much later, even if nothing else comes:
/// a disk that was full may have room.
const RETRY: Duration = Duration::from_secs(5);

/// With more than this, changes wait for a commit: one group is being committed, one waits, and the
/// next one grows.
const ROOM: u64 = 3 * GROUP_BYTES;
/// What a change costs in memory besides a block's bytes.
const CHANGE_BYTES: u64 = 256;

/// The last one for each key; what came before it in the group leaves no trace.
pub(super) type Changes = BTreeMap<Key, Change>;

#[derive(Clone, Debug)]
pub(super) enum Change {
    Put(Block),
    Delete,
}

#[derive(Debug)]
pub(super) struct Pending {
    state: Mutex<State>,
    work: Condvar,
    window: Duration,
}

#[derive(Debug, Default)]
struct State {
    open: Group,
    /// What the writer has in hand: as visible as what is open, and older.
    closing: Arc<Changes>,
    closing_bytes: u64,
    /// Why the last commit failed; its changes are in `open` again.
    failed: Option<StoreError>,
    failed_commits: u64,
    /// The deletions by themselves could not be committed either.
    no_room_made: bool,
    /// When the changes of a commit that failed are tried again.
    retry_at: Option<Instant>,
    waiting: Vec<oneshot::Sender<()>>,
    closed: bool,
}

#[derive(Debug, Default)]
struct Group {
    changes: Changes,
    bytes: u64,
    receipts: Vec<CommitSender>,
    /// Those of changes that only delete.
    of_deletions: Vec<CommitSender>,
    /// When it began to want a commit. Changes of a commit that failed want none by themselves.
    since: Option<Instant>,
    prompt: bool,
    tidies: bool,
}

type CommitSender = oneshot::Sender<Result<(), StoreError>>;

/// Waits for the end of a commit.
#[derive(Debug)]
pub(super) struct CommitWaiter(oneshot::Receiver<Result<(), StoreError>>);

/// What the writer is to commit together.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) changes: Arc<Changes>,
    /// Somebody waits until nothing is left to be tidied up.
    pub(super) tidies: bool,
    /// It is only the deletions of what is accepted, since there is no room for the rest.
    pub(super) makes_room: bool,
    receipts: Vec<CommitSender>,
}

/// What the writer is to do next.
#[derive(Debug)]
pub(super) enum Work {
    Commit(Batch),
    /// Nothing is to be committed, and it is time to tidy up.
    Tidy,
}

impl CommitWaiter {
    pub(super) async fn outcome(self) -> Result<(), StoreError> {
        self.0.await.unwrap_or_else(|_| Err(gone()))
    }
}

impl Pending {
    /// A group that nobody hurries is open for so long.
    pub(super) fn closing_after(window: Duration) -> Self {
        Self { state: Mutex::default(), work: Condvar::default(), window }
    }

    /// The memory that changes take until they are durable.
    pub(super) fn bytes(&self) -> u64 {
        let state = self.lock();
        state.open.bytes + state.closing_bytes
    }

    /// How many commits failed so far, and why the last one did, if it did.
    pub(super) fn failures(&self) -> (u64, Option<StoreError>) {
        let state = self.lock();
        (state.failed_commits, state.failed.clone())
    }

    /// Takes all of `changes` in when there is room.
    pub(super) async fn accept(
        &self,
        changes: Changes,
        prompt: bool,
    ) -> Result<CommitWaiter, StoreError> {
        loop {
            let room = {
                let mut state = self.lock();
                if state.has_room() {
                    let waiter = state.open.add(changes, prompt);
                    self.work.notify_one();
                    return Ok(waiter);
                }
                if let Some(error) = state.failed.clone() {
                    // The refusal is a reason to try whether it is over.
                    state.open.hurry();
                    self.work.notify_one();
                    return Err(error);
                }
                let (teller, room) = oneshot::channel();
                state.waiting.push(teller);
                room
            };
            // Room, or a writer that is gone: the state says which.
            room.await.unwrap_or_default();
        }
    }

    /// Has all that is accepted committed now.
    pub(super) fn flush(&self) -> CommitWaiter {
        let waiter = self.lock().open.add(Changes::new(), true);
        self.work.notify_one();
        waiter
    }

    /// Has all that is accepted committed now, and then everything tidied up.
    pub(super) fn tidy(&self) -> CommitWaiter {
        let mut state = self.lock();
        state.open.tidies = true;
        let waiter = state.open.add(Changes::new(), true);
        self.work.notify_one();
        waiter
    }

    /// The newest change of each key, seen through `view`; `None` where the disk decides.
    pub(super) fn find<T>(
        &self,
        keys: &[(Key, Multihash)],
        view: impl Fn(&Change) -> Option<T>,
    ) -> Vec<Option<Result<Option<T>, StoreError>>> {
        let state = self.lock();
        let newest = |key| state.open.changes.get(key).or_else(|| state.closing.get(key));
        keys.iter().map(|(key, _)| newest(key).map(|change| Ok(view(change)))).collect()
    }

    /// For each changed key behind `after`, whether it is there now.
    pub(super) fn after(&self, after: &Key) -> BTreeMap<Key, bool> {
        let state = self.lock();
        let behind = (Bound::Excluded(after), Bound::Unbounded);
        let older = state.closing.range::<Key, _>(behind);
        let both = older.chain(state.open.changes.range::<Key, _>(behind));
        both.map(|(key, change)| (*key, matches!(change, Change::Put(_)))).collect()
    }

    /// No change comes any more.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        if !state.open.changes.is_empty() {
            state.open.hurry();
        }
        self.work.notify_one();
    }

    /// Waits for the next group, or until it is time to tidy up; `None` = closed, and nothing is
    /// left to try.
    pub(super) fn next(&self, tidy_at: Option<Instant>) -> Option<Work> {
        let mut state = self.lock();
        loop {
            let group = match state.open.due(self.window) {
                Some(Duration::ZERO) => return Some(Work::Commit(state.take())),
                Some(_) if state.closed => return Some(Work::Commit(state.take())),
                None if state.closed => return None,
                left => left,
            };
            let retry = state.retry_at.map(|at| at.saturating_duration_since(Instant::now()));
            if retry == Some(Duration::ZERO) && !state.closed {
                return Some(Work::Commit(state.take()));
            }
            let tidy = tidy_at.map(|at| at.saturating_duration_since(Instant::now()));
            if tidy == Some(Duration::ZERO) {
                return Some(Work::Tidy);
            }
            state = match [group, retry, tidy].into_iter().flatten().min() {
                Some(left) => {
                    let woken = self.work.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.work.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Tells everybody how the commit of `batch` ended.
    pub(super) fn settle(&self, batch: Batch, outcome: &Result<(), StoreError>) {
        let mut state = self.lock();
        let closing = std::mem::take(&mut state.closing);
        state.closing_bytes = 0;
        if outcome.is_err() || !batch.makes_room {
            state.failed = outcome.clone().err();
        }
        state.no_room_made = batch.makes_room && outcome.is_err();
        if outcome.is_err() {
            state.failed_commits += 1;
            // Where no group closes by time, none is tried again by time.
            state.retry_at = Instant::now().checked_add(RETRY.max(self.window));
            for (key, change) in closing.iter() {
                state.open.add_older(key, change);
            }
        }
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        for teller in batch.receipts {
            // Most receipts are dropped.
            drop(teller.send(outcome.clone()));
        }
        for teller in waiting {
            // Nobody listens where the call was abandoned.
            teller.send(()).unwrap_or_default();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    const fn has_room(&self) -> bool {
        self.open.bytes + self.closing_bytes < ROOM
    }

    fn take(&mut self) -> Batch {
        self.retry_at = None;
        let is_full = self.failed.as_ref().is_some_and(StoreError::is_full);
        // The others still want a commit: where deletions failed alone, all are tried, then wait.
        let alone = is_full && !self.no_room_made;
        let deletions = alone.then(|| self.open.take_deletions()).flatten();
        let makes_room = deletions.is_some();
        let mut group = deletions.unwrap_or_else(|| std::mem::take(&mut self.open));
        group.receipts.append(&mut group.of_deletions);
        self.closing = Arc::new(std::mem::take(&mut group.changes));
        self.closing_bytes = group.bytes;
        let Group { tidies, receipts, .. } = group;
        Batch { changes: Arc::clone(&self.closing), tidies, makes_room, receipts }
    }
}

impl Group {
    fn add(&mut self, changes: Changes, prompt: bool) -> CommitWaiter {
        let deletes = changes.values().all(|change| matches!(change, Change::Delete));
        let deletes = deletes && !changes.is_empty();
        for (key, change) in changes {
            self.bytes += cost(&change);
            let replaced = self.changes.insert(key, change);
            self.bytes -= replaced.as_ref().map_or(0, cost);
        }
        self.since.get_or_insert_with(Instant::now);
        self.prompt |= prompt;
        let (teller, waiter) = oneshot::channel();
        if deletes { &mut self.of_deletions } else { &mut self.receipts }.push(teller);
        CommitWaiter(waiter)
    }

    /// The deletions by themselves, if there is something else, too.
    fn take_deletions(&mut self) -> Option<Self> {
        let is_deletion = |change: &Change| matches!(change, Change::Delete);
        let count = self.changes.values().filter(|change| is_deletion(change)).count();
        if count == 0 || count == self.changes.len() {
            return None;
        }
        let all = std::mem::take(&mut self.changes);
        let (changes, others) = all.into_iter().partition(|(_, change)| is_deletion(change));
        self.changes = others;
        let bytes = count as u64 * CHANGE_BYTES;
        self.bytes -= bytes;
        let of_deletions = std::mem::take(&mut self.of_deletions);
        Some(Self { changes, bytes, of_deletions, ..Self::default() })
    }

    fn add_older(&mut self, key: &Key, change: &Change) {
        if !self.changes.contains_key(key) {
            self.bytes += cost(change);
            self.changes.insert(*key, change.clone());
        }
    }

    fn hurry(&mut self) {
        self.since.get_or_insert_with(Instant::now);
        self.prompt = true;
    }

    /// How long it can still grow; `None` = it wants no commit.
    fn due(&self, window: Duration) -> Option<Duration> {
        let since = self.since?;
        let full = self.bytes >= GROUP_BYTES || self.changes.len() >= GROUP_CHANGES;
        let left = if self.prompt || full { Duration::ZERO } else { window };
        Some(left.saturating_sub(since.elapsed()))
    }
}

fn cost(change: &Change) -> u64 {
    match change {
        Change::Put(block) => block.len() as u64 + CHANGE_BYTES,
        Change::Delete => CHANGE_BYTES,
    }
}
