//! Segments of which little is still there are copied to where the log ends, and removed.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::disk::folder::failed;
use crate::disk::key::Key;
use crate::disk::segment::draft::Draft;
use crate::disk::segment::frame::{Change, Entry, FRAME};
use crate::disk::segment::header::FIRST_GROUP;
use crate::disk::segment::index::Place;
use crate::disk::segment::log::{Log, Segment, Writing};
use crate::disk::segment::scan::{Piece, Scan};
use crate::error::StoreError;

/// Below so many percent that are there, a segment is worth the work.
const WORTH_PERCENT: u64 = 60;
/// And below one part in so many of the usual length, so that they do not become many.
const SHORT: u64 = 16;

/// At most a quarter of the time, and so much in a second.
const REST: u32 = 3;
const BYTES_A_SECOND: u64 = 20 << 20;
/// After a failure.
const PAUSE: Duration = Duration::from_secs(30);

/// A segment that is being compacted, and what is left to be copied.
#[derive(Debug)]
pub(super) struct Victim {
    segment: u32,
    /// Where a block lies, or that its key is deleted; the next one last.
    rest: Vec<(Key, Option<Place>)>,
}

impl Log {
    /// A step, and how long to wait for the next one; `None` = nothing is worth it.
    pub(super) fn compact_a_little(&self) -> Option<Duration> {
        if !self.shape.compacts {
            return None;
        }
        let begun = Instant::now();
        match self.step() {
            Ok(None) => None,
            Ok(Some(moved)) => {
                let by_bytes = Duration::from_secs(1) * (moved / 1_024) as u32;
                let by_bytes = by_bytes / (BYTES_A_SECOND / 1_024) as u32;
                Some(by_bytes.max(begun.elapsed() * REST))
            }
            Err(_) => Some(PAUSE),
        }
    }

    /// Until nothing is worth it.
    pub(super) fn compact(&self) -> Result<(), StoreError> {
        while self.step()?.is_some() {}
        Ok(())
    }

    /// How many bytes it moved; `None` if there was nothing to do.
    fn step(&self) -> Result<Option<u64>, StoreError> {
        let mut writing = self.writing();
        let told = |error: io::Error| failed("compact the store", &error);
        let mut victim = match writing.victim.take() {
            Some(victim) => victim,
            None => match self.victim(&writing).map_err(told)? {
                Some(victim) => victim,
                None => return Ok(None),
            },
        };
        let moved = self.advance(&mut writing, &mut victim)?;
        if victim.rest.is_empty() {
            self.remove(&mut writing, victim.segment).map_err(told)?;
        } else {
            writing.victim = Some(victim);
        }
        Ok(Some(moved))
    }

    /// Copies up to a step of what is still there.
    fn advance(&self, writing: &mut Writing, victim: &mut Victim) -> Result<u64, StoreError> {
        let mut draft = Draft::default();
        while !draft.is_full(self.shape.step_bytes)
            && let Some((key, place)) = victim.rest.pop()
        {
            let now = self.index.get(&key);
            match place {
                Some(place) if now == Some(place) => {
                    let stored = self.stored(&place);
                    let stored = stored.and_then(|stored| stored.ok_or_else(missing));
                    let stored = stored.map_err(|error| {
                        // What cannot be read stays where it is, and so does the rest.
                        self.give_up(victim.segment);
                        failed("compact the store", &error)
                    })?;
                    draft.add(key, Some(stored.copied(&key)));
                }
                // A block that is there again needs no word of its deletion.
                None if now.is_none() => draft.add(key, None),
                Some(_) | None => {}
            }
        }
        let moved = draft.length();
        if !draft.is_empty() {
            self.append(writing, draft)?;
        }
        Ok(moved)
    }

    /// The segment that is most worth it.
    fn victim(&self, writing: &Writing) -> io::Result<Option<Victim>> {
        let (segment, oldest) = {
            let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
            let oldest = segments.keys().chain(&writing.leftovers).min().copied();
            let sealed = segments.values().filter(|it| Some(it.number) != writing.current);
            let worth = sealed.filter_map(|it| Some((self.share_of(it, oldest)?, it)));
            (worth.min_by_key(|(share, _)| *share).map(|(_, it)| Arc::clone(it)), oldest)
        };
        let Some(segment) = segment else { return Ok(None) };
        let blocks = self.index.in_segment(segment.number).into_iter();
        let mut rest: Vec<_> = blocks.map(|(key, place)| (key, Some(place))).collect();
        if keeps_deletions(segment.number, oldest) {
            rest.extend(self.deletions(&segment)?.into_iter().map(|key| (key, None)));
        }
        rest.reverse();
        Ok(Some(Victim { segment: segment.number, rest }))
    }

    /// How much of it is still needed, in percent; `None` if it is not worth the work.
    fn share_of(&self, segment: &Segment, oldest: Option<u32>) -> Option<u64> {
        let length = segment.end.load(Ordering::Relaxed).saturating_sub(FIRST_GROUP);
        let mut live = segment.live.load(Ordering::Relaxed);
        if keeps_deletions(segment.number, oldest) {
            live += segment.deletions.load(Ordering::Relaxed);
        }
        let share = live * 100 / length.max(FRAME as u64);
        let short = length < self.shape.segment_bytes / SHORT;
        let worth = (share < WORTH_PERCENT || short) && !segment.spoiled.load(Ordering::Relaxed);
        worth.then_some(share)
    }

    fn give_up(&self, number: u32) {
        if let Some(segment) = self.segment(number) {
            segment.spoiled.store(true, Ordering::Relaxed);
        }
    }

    fn deletions(&self, segment: &Segment) -> io::Result<Vec<Key>> {
        let (frames, end) = (self.frames(segment.number), segment.end.load(Ordering::Relaxed));
        let mut scan = Scan::of(&segment.file, frames, FIRST_GROUP, end);
        let mut found = Vec::new();
        while let Some(told) = scan.next()? {
            if let Piece::Entry(Entry { key, change: Change::Delete }) = told {
                found.push(key);
            }
        }
        Ok(found)
    }

    /// Nothing in it is needed any more.
    fn remove(&self, writing: &mut Writing, number: u32) -> io::Result<()> {
        let Some(segment) = self.segment(number) else { return Ok(()) };
        self.take_over(writing, &segment)?;
        self.forget(number);
        self.discard(&[number], writing);
        Ok(())
    }

    /// Its header says what does not count of those before it. That must be gone before it is.
    fn take_over(&self, writing: &mut Writing, segment: &Segment) -> io::Result<()> {
        self.discard(&[], writing);
        if !writing.leftovers.is_empty() {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        if let Some(end) = segment.before
            && let Some(before) = self.segment(end.segment)
        {
            if before.file.length()? > u64::from(end.at) {
                before.file.cut(end.at.into())?;
            }
            before.file.sync()?;
        }
        Ok(())
    }
}

/// Whether there may be a block that a deletion in this segment is about. The deletion has to stay
/// as long: else what it deleted would be back at the next opening.
fn keeps_deletions(number: u32, oldest: Option<u32>) -> bool {
    oldest.is_some_and(|oldest| oldest < number)
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}
