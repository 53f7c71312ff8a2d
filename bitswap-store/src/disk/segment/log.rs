//! The segments of a store, and the one place where they are written.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::disk::folder::{FolderLock, failed};
use crate::disk::key::Key;
use crate::disk::pending::{Change, Changes};
use crate::disk::segment::compact::Victim;
use crate::disk::segment::draft::{Draft, DraftEntry};
use crate::disk::segment::frame::{self, FRAME, Frames, Secret, frames_of};
use crate::disk::segment::header::{End, FIRST_GROUP, Header, VERSION, WITH_SUMS};
use crate::disk::segment::index::{Index, Place};
use crate::disk::segment::medium::{Medium, SegmentFile};
use crate::disk::segment::payload::{Payload, SUM, Stored};
use crate::error::StoreError;

/// How long things get; tests have shorter ones.
#[derive(Clone, Copy, Debug)]
pub(in crate::disk) struct Shape {
    /// A segment that a group would make longer is not appended to any more.
    pub(in crate::disk) segment_bytes: u64,
    /// More than this is committed in several groups.
    pub(in crate::disk) group_bytes: u64,
    /// What compaction moves in one step.
    pub(in crate::disk) step_bytes: u64,
    /// Whether segments are compacted without being asked.
    pub(in crate::disk) compacts: bool,
}

impl Shape {
    pub(super) const USUAL: Self = Self {
        segment_bytes: 256 << 20,
        group_bytes: 32 << 20,
        step_bytes: 4 << 20,
        compacts: true,
    };
}

pub(super) struct Log {
    pub(super) shape: Shape,
    pub(super) medium: Box<dyn Medium>,
    pub(super) index: Index,
    pub(super) segments: RwLock<BTreeMap<u32, Arc<Segment>>>,
    pub(super) secret: Secret,
    /// Only the writing thread takes it.
    writing: Mutex<Writing>,
    /// Released when all else is closed.
    pub(super) _lock: Option<FolderLock>,
}

pub(super) struct Segment {
    pub(super) number: u32,
    pub(super) file: Arc<dyn SegmentFile>,
    /// What was there before it; `None` = its header is damaged.
    pub(super) before: Option<End>,
    /// Whether its blocks are known to have checksums behind them.
    summed: bool,
    /// Behind the last group that counts.
    pub(super) end: AtomicU64,
    /// Bytes of blocks that are there, with their frames, and of deletions.
    pub(super) live: AtomicU64,
    pub(super) deletions: AtomicU64,
    /// Some of it could not be read.
    pub(super) spoiled: AtomicBool,
}

/// What the writing thread knows.
#[derive(Debug, Default)]
pub(super) struct Writing {
    /// What is appended to.
    pub(super) current: Option<u32>,
    /// The last group that counts.
    pub(super) good: End,
    /// All numbers from it on are free.
    pub(super) next: u32,
    /// Behind `good` there may be changes of a group that failed. Before they are voided by the
    /// header of a new segment, a crash can bring them back.
    pub(super) doubt: bool,
    /// Keys of blocks that a crash left in part. The next group says what holds for them.
    pub(super) torn: Vec<Key>,
    /// Files that hold nothing and could not be removed.
    pub(super) leftovers: Vec<u32>,
    pub(super) victim: Option<Victim>,
    /// Something was written since the last mark of a closed store.
    pub(super) unmarked: bool,
}

impl Log {
    pub(super) fn new(
        medium: Box<dyn Medium>,
        shape: Shape,
        index: Index,
        secret: Secret,
        lock: Option<FolderLock>,
    ) -> Self {
        let (segments, writing) = (RwLock::default(), Mutex::default());
        Self { shape, medium, index, segments, secret, writing, _lock: lock }
    }

    pub(super) fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn segment(&self, number: u32) -> Option<Arc<Segment>> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.get(&number).map(Arc::clone)
    }

    /// What all segments take, up to the last group of each.
    pub(super) fn bytes_on_medium(&self) -> u64 {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.values().map(|segment| segment.end.load(Ordering::Relaxed)).sum()
    }

    /// What the blocks that are there take of it.
    pub(super) fn live_bytes(&self) -> u64 {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.values().map(|segment| segment.live.load(Ordering::Relaxed)).sum()
    }

    pub(super) const fn frames(&self, segment: u32) -> Frames {
        Frames { secret: self.secret, segment }
    }

    /// All of `changes`, in groups.
    pub(super) fn write(&self, changes: &Changes) -> Result<(), StoreError> {
        let mut writing = self.writing();
        let mut draft = Draft::default();
        for (key, change) in changes {
            let payload = match change {
                Change::Put(block) if self.holds(key, block.bytes()) => continue,
                Change::Put(block) => Some(Payload::of(key, block)),
                // What is in doubt may be of this key.
                Change::Delete if !writing.doubt && self.index.get(key).is_none() => continue,
                Change::Delete => None,
            };
            draft.add(*key, payload);
            if draft.is_full(self.shape.group_bytes) {
                self.append(&mut writing, std::mem::take(&mut draft))?;
            }
        }
        if draft.is_empty() { Ok(()) } else { self.append(&mut writing, draft) }
    }

    /// Whether these very bytes are there. Else putting them would not mend a damaged block.
    fn holds(&self, key: &Key, bytes: &[u8]) -> bool {
        let Some(place) = self.index.get(key) else { return false };
        place.length as usize == bytes.len()
            && self.stored(&place).is_ok_and(|held| held.is_some_and(|held| held.bytes == bytes))
    }

    /// `None` if the segment is not there any more.
    pub(super) fn stored(&self, place: &Place) -> io::Result<Option<Stored>> {
        let Some(segment) = self.segment(place.segment) else { return Ok(None) };
        match segment.stored(place.at, place.length) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            outcome => outcome.map(Some),
        }
    }

    /// Makes a group durable, and then known.
    pub(super) fn append(
        &self,
        writing: &mut Writing,
        mut draft: Draft<'_>,
    ) -> Result<(), StoreError> {
        let torn = self.settled(&writing.torn)?;
        draft.add_first(torn);
        let segment = self.with_room(writing, draft.length())?;
        let at = segment.end.load(Ordering::Relaxed);
        writing.unmarked = true;
        let written = draft.write(&*segment.file, &self.frames(segment.number), at);
        if let Err(error) = written.and_then(|()| segment.file.sync()) {
            self.abandon(writing, &segment, at);
            return Err(failed("commit", &error));
        }
        let end = at + draft.length();
        segment.end.store(end, Ordering::Relaxed);
        writing.good = End { segment: segment.number, at: end as u32 };
        writing.torn.clear();
        for (key, change) in draft.changes(at) {
            self.learn(&segment, &key, change);
        }
        Ok(())
    }

    /// Something may lie behind `at` now. It does not count, and nothing else will lie there.
    fn abandon(&self, writing: &mut Writing, segment: &Segment, at: u64) {
        writing.doubt = true;
        // Room for others, and less to read.
        drop(segment.file.cut(at));
        if at == FIRST_GROUP {
            writing.current = None;
            self.forget(segment.number);
            self.discard(&[segment.number], writing);
        }
    }

    pub(super) fn forget(&self, number: u32) {
        let mut segments = self.segments.write().unwrap_or_else(PoisonError::into_inner);
        segments.remove(&number);
    }

    /// What holds for keys of blocks that a crash left in part: an older copy, or nothing.
    fn settled(&self, torn: &[Key]) -> Result<Vec<DraftEntry<'static>>, StoreError> {
        let settle = |key: &Key| {
            let Some(place) = self.index.get(key) else { return Ok((*key, None)) };
            let stored = self.stored(&place).map_err(|error| failed("commit", &error))?;
            Ok((*key, stored.map(|stored| stored.copied(key))))
        };
        torn.iter().map(settle).collect()
    }

    /// Notes what a group says of a key.
    pub(super) fn learn(&self, segment: &Segment, key: &Key, change: frame::Change) {
        let before = match change {
            frame::Change::Put { at, length } => {
                let place = Place { segment: segment.number, at, length };
                segment.live.fetch_add(cost(key, length), Ordering::Relaxed);
                self.index.insert(key, place)
            }
            frame::Change::Delete => {
                segment.deletions.fetch_add(cost(key, 0), Ordering::Relaxed);
                self.index.remove(key)
            }
        };
        if let Some(before) = before
            && let Some(segment) = self.segment(before.segment)
        {
            segment.live.fetch_sub(cost(key, before.length), Ordering::Relaxed);
        }
    }

    /// What is appended to, or a new one.
    fn with_room(&self, writing: &mut Writing, length: u64) -> Result<Arc<Segment>, StoreError> {
        if let Some(current) = writing.current.filter(|_| !writing.doubt)
            && let Some(segment) = self.segment(current)
        {
            let end = segment.end.load(Ordering::Relaxed);
            if end == FIRST_GROUP || end + length <= self.shape.segment_bytes {
                return Ok(segment);
            }
        }
        // If this fails, a header may be left that says where the current one ends.
        writing.doubt = true;
        let segment = self.begin(writing).map_err(|error| failed("commit", &error))?;
        writing.doubt = false;
        Ok(segment)
    }

    /// A new segment, of which its file, its header and its name are durable.
    fn begin(&self, writing: &mut Writing) -> io::Result<Arc<Segment>> {
        let (number, before) = (writing.next, writing.good);
        let header = Header { version: VERSION, segment: number, before, secret: self.secret };
        writing.next = number.checked_add(1).ok_or(io::ErrorKind::StorageFull)?;
        let file = self.medium.create(number)?;
        let made = file.write(0, &header.bytes()).and_then(|()| file.sync());
        if let Err(error) = made.and_then(|()| self.medium.sync()) {
            self.discard(&[number], writing);
            return Err(error);
        }
        let segment = Arc::new(Segment::new(number, file, Some(header), FIRST_GROUP));
        let mut segments = self.segments.write().unwrap_or_else(PoisonError::into_inner);
        segments.insert(number, Arc::clone(&segment));
        writing.current = Some(number);
        Ok(segment)
    }

    /// Says that all groups are durable, so that the next opening need not look at the last one.
    pub(super) fn mark(&self) {
        let mut writing = self.writing();
        if writing.doubt || !writing.unmarked || !writing.torn.is_empty() {
            return;
        }
        let Some(segment) = writing.current.and_then(|number| self.segment(number)) else { return };
        let at = segment.end.load(Ordering::Relaxed);
        let empty = Draft::default();
        // Without it, opening takes a little longer.
        if empty.write(&*segment.file, &self.frames(segment.number), at).is_ok() {
            segment.end.store(at + empty.length(), Ordering::Relaxed);
        }
        writing.unmarked = false;
    }
}

impl Segment {
    pub(super) fn new(
        number: u32,
        file: Arc<dyn SegmentFile>,
        header: Option<Header>,
        end: u64,
    ) -> Self {
        let before = header.map(|header| header.before);
        let summed = header.is_some_and(|header| header.version >= WITH_SUMS);
        let (end, live, deletions, spoiled) = (end.into(), 0.into(), 0.into(), false.into());
        Self { number, file, before, summed, end, live, deletions, spoiled }
    }

    /// What lies there of a block of this length.
    pub(super) fn stored(&self, at: u32, length: u32) -> io::Result<Stored> {
        let read = self.file.read(at.into(), self.span(length))?;
        Ok(Stored::of(read, self.summed))
    }

    /// The same, if it needs no waiting for the medium.
    pub(super) fn stored_now(&self, at: u32, length: u32) -> Option<Stored> {
        let read = self.file.read_now(at.into(), self.span(length))?;
        Some(Stored::of(read, self.summed))
    }

    const fn span(&self, length: u32) -> usize {
        length as usize + if self.summed { SUM } else { 0 }
    }
}

/// What a block takes in a segment.
pub(super) fn cost(key: &Key, length: u32) -> u64 {
    (frames_of(key.len()) * FRAME + SUM) as u64 + u64::from(length)
}
