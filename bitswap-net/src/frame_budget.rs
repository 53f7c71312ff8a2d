//! The memory that the unfinished frames of all connections hold together, and which frames are
//! evicted when it is too much.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bitswap_core::MAX_FRAME_BYTES;
use tokio::time::Instant;

use crate::timer::Timer;

/// Of a node, unless it is told otherwise: 64 frames of the largest size, or some 1,000 of a
/// usual block of 256 KiB.
pub(crate) const DEFAULT_BYTES: usize = 256 * 1024 * 1024;

/// A frame that waits for room looks so often who is slow.
const RECHECK: Duration = Duration::from_secs(1);

/// How long a frame may take, while others wait, for the bytes that it last got room for: 2 s and
/// a second for each 256 KiB, so 18 s at most.
fn time_for(step_bytes: usize) -> Duration {
    Duration::from_secs(2) + Duration::from_micros(step_bytes as u64 * 1_000_000 / (256 * 1024))
}

/// Bytes that frames may hold beyond what each has free, shared by all connections of a node.
///
/// A frame gets room step by step, as its bytes come. When there is none it waits, is not read
/// meanwhile, and gets room for all of its rest then: it waits once. The connection that holds
/// least goes first. Somebody can always finish: while a frame waits, the frames that are read come
/// to their end, ask for room themselves, or are too slow and evicted; when all of them wait, the
/// largest of the connection that holds most is evicted.
#[derive(Clone, Debug)]
pub(crate) struct FrameBudget {
    inner: Arc<Mutex<Inner>>,
    /// Streams that were dropped because no frame of theirs could have begun.
    refused_streams: Arc<AtomicU64>,
    /// The connection of these frames.
    connection: u64,
}

#[derive(Debug)]
struct Inner {
    limit: usize,
    held: usize,
    /// By connection; only those that hold something.
    held_by: BTreeMap<u64, usize>,
    /// The last number given to a frame or a connection.
    last: u64,
    /// The oldest first.
    frames: BTreeMap<u64, Frame>,
    /// Of the frames.
    waiting: BTreeSet<u64>,
}

#[derive(Debug)]
struct Frame {
    connection: u64,
    held: usize,
    /// What it last got room for, and when.
    step: usize,
    since: Instant,
    state: State,
    waker: Waker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    /// For so many bytes more.
    Waiting(usize),
    /// Its stream is being reset.
    Evicted,
}

/// A frame was evicted: its stream is to be reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Evicted;

impl FrameBudget {
    /// A budget of so many bytes, but of at least one frame.
    pub(crate) fn of(bytes: usize) -> Self {
        let limit = bytes.max(MAX_FRAME_BYTES + LONGEST_LENGTH);
        let inner = Inner {
            limit,
            held: 0,
            held_by: BTreeMap::new(),
            last: 0,
            frames: BTreeMap::new(),
            waiting: BTreeSet::new(),
        };
        Self { inner: Arc::new(Mutex::new(inner)), refused_streams: Arc::default(), connection: 0 }
    }

    /// A handle to this budget for the frames of another connection.
    pub(crate) fn for_connection(&self) -> Self {
        let connection = self.inner().next_id();
        let (inner, refused_streams) = (Arc::clone(&self.inner), Arc::clone(&self.refused_streams));
        Self { inner, refused_streams, connection }
    }

    /// Counts a stream that was dropped because too many of its connection were busy.
    pub(crate) fn refuse_stream(&self) {
        self.refused_streams.fetch_add(1, Ordering::Relaxed);
    }

    /// How many streams were dropped so.
    pub(crate) fn refused_streams(&self) -> u64 {
        self.refused_streams.load(Ordering::Relaxed)
    }

    /// How much is held now.
    pub(crate) fn held(&self) -> usize {
        self.inner().held
    }

    /// Room for one more frame.
    pub(crate) fn reserve(&self) -> Reservation {
        Reservation { budget: self.clone(), id: None, recheck: Timer::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What stands before a frame.
const LONGEST_LENGTH: usize = 4;

/// The room of one frame; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    budget: FrameBudget,
    /// `None` = it holds nothing yet.
    id: Option<u64>,
    recheck: Timer,
}

impl Reservation {
    /// Makes room for `bytes` of a frame that will have `whole`.
    pub(crate) fn poll_grow(
        &mut self,
        cx: &mut Context<'_>,
        bytes: usize,
        whole: usize,
    ) -> Poll<Result<(), Evicted>> {
        let budget = &self.budget;
        let connection = budget.connection;
        let id = *self.id.get_or_insert_with(|| budget.inner().enter(connection, cx.waker()));
        loop {
            let grown = budget.inner().grow(id, (bytes, whole), cx.waker());
            if grown.is_ready() {
                self.recheck.set(None);
                return grown;
            }
            if !self.recheck.is_set() {
                self.recheck.set(Some(Instant::now() + RECHECK));
            }
            if self.recheck.poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Whether the frame was evicted; if not, its task is woken when it is.
    pub(crate) fn is_evicted(&self, cx: &Context<'_>) -> bool {
        let Some(id) = self.id else { return false };
        let mut inner = self.budget.inner();
        inner.frames.get_mut(&id).is_some_and(|frame| {
            frame.waker.clone_from(cx.waker());
            frame.state == State::Evicted
        })
    }

    /// The frame is not read for a while: it keeps what it holds, as one that is read, and nobody
    /// waits behind it.
    pub(crate) fn pause(&self) {
        if let Some(id) = self.id {
            self.budget.inner().stop_waiting(id);
        }
    }

    /// Moves the room out, of a frame that is whole; the next frame begins with none.
    pub(crate) fn take(&mut self) -> Self {
        let id = self.id.take();
        self.recheck.set(None);
        Self { budget: self.budget.clone(), id, recheck: Timer::default() }
    }

    /// Gives all room back.
    fn release(&mut self) {
        if let Some(id) = self.id.take() {
            self.budget.inner().release(id);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.release();
    }
}

impl Inner {
    const fn next_id(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// A frame that holds nothing yet.
    fn enter(&mut self, connection: u64, waker: &Waker) -> u64 {
        let (state, waker) = (State::Reading, waker.clone());
        let frame = Frame { connection, held: 0, step: 0, since: Instant::now(), state, waker };
        let id = self.next_id();
        self.frames.insert(id, frame);
        id
    }

    fn grow(
        &mut self,
        id: u64,
        (bytes, whole): (usize, usize),
        waker: &Waker,
    ) -> Poll<Result<(), Evicted>> {
        let Some(frame) = self.frames.get_mut(&id) else { return Poll::Ready(Err(Evicted)) };
        frame.waker.clone_from(waker);
        let rest = whole.saturating_sub(frame.held);
        let more = match frame.state {
            State::Reading => bytes.saturating_sub(frame.held),
            State::Waiting(_) => rest,
            State::Evicted => return Poll::Ready(Err(Evicted)),
        };
        let now = Instant::now();
        if self.fits(id, more) {
            self.grant(id, more, now);
            return Poll::Ready(Ok(()));
        }
        if let Some(frame) = self.frames.get_mut(&id) {
            frame.state = State::Waiting(rest);
            self.waiting.insert(id);
        }
        self.make_room(now, (self.held + rest).saturating_sub(self.limit));
        match self.frames.get(&id) {
            Some(Frame { state: State::Evicted, .. }) => Poll::Ready(Err(Evicted)),
            _ => Poll::Pending,
        }
    }

    /// Whether there is room for so much, and for those who go first.
    fn fits(&self, id: u64, more: usize) -> bool {
        let place = self.place(id);
        let before = self.waiting().filter(|(other, _)| *other != id && self.place(*other) < place);
        more == 0 || self.held + more + before.map(|(_, more)| more).sum::<usize>() <= self.limit
    }

    fn grant(&mut self, id: u64, more: usize, now: Instant) {
        let Some(frame) = self.frames.get_mut(&id) else { return };
        frame.state = State::Reading;
        self.waiting.remove(&id);
        if more > 0 {
            (frame.step, frame.since) = (more, now);
            frame.held += more;
            self.held += more;
            *self.held_by.entry(frame.connection).or_default() += more;
        }
    }

    /// Frames that wait, and for how much.
    fn waiting(&self) -> impl Iterator<Item = (u64, usize)> {
        self.waiting.iter().filter_map(|id| match self.frames.get(id)?.state {
            State::Waiting(more) => Some((*id, more)),
            State::Reading | State::Evicted => None,
        })
    }

    /// The place of a frame in line: first those of the connection that holds least, then the
    /// oldest.
    fn place(&self, id: u64) -> (usize, u64) {
        let connection = self.frames.get(&id).map(|frame| frame.connection);
        let held = connection.and_then(|connection| self.held_by.get(&connection));
        (held.copied().unwrap_or(0), id)
    }

    /// Evicts frames until so many bytes will be given back, as far as that is called for.
    fn make_room(&mut self, now: Instant, needed: usize) {
        let leaving = self.frames.values().filter(|frame| frame.state == State::Evicted);
        let mut leaving: usize = leaving.map(|frame| frame.held).sum();
        while leaving < needed {
            let Some(id) = self.victim(now) else { return };
            let Some(frame) = self.frames.get_mut(&id) else { return };
            self.waiting.remove(&id);
            leaving += frame.held;
            frame.state = State::Evicted;
            frame.waker.wake_by_ref();
        }
    }

    /// The slowest of those that are too slow; if all of them wait, the largest of the connection
    /// that holds most.
    fn victim(&self, now: Instant) -> Option<u64> {
        let staying = || self.frames.iter().filter(|(_, frame)| frame.state != State::Evicted);
        let reading = || staying().filter(|(_, frame)| frame.state == State::Reading);
        let due = |frame: &Frame| frame.since + time_for(frame.step);
        let slow = reading().filter(|(_, frame)| due(frame) < now);
        let slowest = slow.min_by_key(|(_, frame)| due(frame)).map(|(id, _)| *id);
        let all_wait = reading().next().is_none();
        let size = |(id, frame): &(&u64, &Frame)| (self.place(**id).0, frame.held, **id);
        slowest.or_else(|| staying().filter(|_| all_wait).max_by_key(size).map(|(id, _)| *id))
    }

    /// A frame is over or lost.
    fn release(&mut self, id: u64) {
        let Some(frame) = self.frames.remove(&id) else { return };
        self.waiting.remove(&id);
        self.held -= frame.held;
        if let Some(held) = self.held_by.get_mut(&frame.connection) {
            *held -= frame.held;
            if *held == 0 {
                self.held_by.remove(&frame.connection);
            }
        }
        self.wake_waiting();
    }

    /// A frame is not read for a while, so that others need not wait for it.
    fn stop_waiting(&mut self, id: u64) {
        if self.waiting.remove(&id) {
            if let Some(frame) = self.frames.get_mut(&id) {
                frame.state = State::Reading;
            }
            self.wake_waiting();
        }
    }

    /// Wakes those whose turn it is and that have room.
    fn wake_waiting(&self) {
        let mut room = self.limit - self.held;
        let mut waiting: Vec<(u64, usize)> = self.waiting().collect();
        waiting.sort_unstable_by_key(|(id, _)| self.place(*id));
        for (id, more) in waiting {
            let Some(rest) = room.checked_sub(more) else { return };
            room = rest;
            if let Some(frame) = self.frames.get(&id) {
                frame.waker.wake_by_ref();
            }
        }
    }
}
