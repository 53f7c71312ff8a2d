//! Opening: what the segments say, whatever a crash or damage has left of them.
//!
//! Groups are made durable one after another, so all are but the last, of which a crash can leave
//! any part. Its blocks are hashed; what is not whole was never acknowledged, and the next group
//! that is written says so. Nothing is written while opening: what one opening finds, the next one
//! finds.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, PoisonError};

use crate::disk::folder::{FolderLock, failed};
use crate::disk::key::Key;
use crate::disk::segment::frame::{Change, Entry};
use crate::disk::segment::header::{End, FIRST_GROUP, Header, VERSION};
use crate::disk::segment::index::Index;
use crate::disk::segment::log::{Log, Segment, Shape, Writing};
use crate::disk::segment::medium::{Medium, SegmentFile};
use crate::disk::segment::scan::{Piece, Scan};
use crate::error::StoreError;

const OPEN: &str = "open the store";

/// A file, and what its beginning says.
struct Opened {
    file: Arc<dyn SegmentFile>,
    length: u64,
    header: Option<Header>,
}

/// Entries since the last group frame: they may be those of a group that was never whole.
type Tail = Vec<(Arc<Segment>, Entry)>;

impl Log {
    pub(super) fn open(
        medium: Box<dyn Medium>,
        shape: Shape,
        lock: Option<FolderLock>,
    ) -> Result<Self, StoreError> {
        let mut opened = files(&*medium).map_err(|error| failed(OPEN, &error))?;
        let secret = match common(&opened)? {
            Some(header) => header.secret,
            None => medium.secret().map_err(|error| failed(OPEN, &error))?,
        };
        let next = opened.last_key_value().map_or(0, |(number, _)| number.saturating_add(1));
        let mut writing = Writing { next, ..Writing::default() };
        let void: Vec<_> = opened.keys().copied().filter(|it| end_of(&opened, *it) == 0).collect();
        opened.retain(|number, _| !void.contains(number));
        let log = Self::new(medium, shape, Index::new(secret), secret, lock);
        log.replay(opened, &mut writing).map_err(|error| failed(OPEN, &error))?;
        log.discard(&void, &mut writing);
        *log.writing() = writing;
        Ok(log)
    }

    fn replay(&self, opened: BTreeMap<u32, Opened>, writing: &mut Writing) -> io::Result<()> {
        let ends: Vec<_> = opened.keys().map(|number| end_of(&opened, *number)).collect();
        let mut tail = Tail::new();
        for ((number, Opened { file, length, header }), end) in opened.into_iter().zip(ends) {
            let end = end.min(length);
            if length > end {
                // It never counted, and the header that says so may go before it does.
                file.cut(end)?;
                file.sync()?;
            }
            let segment = Arc::new(Segment::new(number, file, header, end.max(FIRST_GROUP)));
            let mut segments = self.segments.write().unwrap_or_else(PoisonError::into_inner);
            segments.insert(number, Arc::clone(&segment));
            drop(segments);
            let whole = self.scan(&segment, end, &mut tail)?;
            writing.good = End { segment: number, at: end.max(FIRST_GROUP) as u32 };
            writing.current = Some(number);
            // What is written has checksums, so a segment without them is not appended to.
            writing.doubt = !whole || header.is_none_or(|header| header.version != VERSION);
        }
        self.conclude(tail, writing)
    }

    /// Whether there is nothing but frames and payloads.
    fn scan(&self, segment: &Arc<Segment>, end: u64, tail: &mut Tail) -> io::Result<bool> {
        let mut whole = true;
        let mut scan = Scan::of(&segment.file, self.frames(segment.number), FIRST_GROUP, end);
        while let Some(told) = scan.next()? {
            match told {
                Piece::Group => {
                    // It was begun when the one before was durable.
                    self.accept(std::mem::take(tail));
                    whole = true;
                }
                Piece::Entry(entry) => tail.push((Arc::clone(segment), entry)),
                Piece::Damage => whole = false,
            }
        }
        Ok(whole)
    }

    fn accept(&self, entries: Tail) {
        for (segment, Entry { key, change }) in entries {
            self.learn(&segment, &key, change);
        }
    }

    /// What came of the last group.
    fn conclude(&self, tail: Tail, writing: &mut Writing) -> io::Result<()> {
        let last = writing.current.and_then(|number| self.segment(number));
        let touched = tail.last().map(|(segment, _)| Arc::clone(segment));
        for segment in [touched, last].into_iter().flatten() {
            // What is found now is found again, also if only the system had it until now.
            segment.file.sync()?;
        }
        let mut whole = Vec::new();
        for (segment, entry) in tail {
            match entry.change {
                Change::Put { at, length } if !is_whole(&segment, &entry.key, at, length)? => {
                    writing.torn.push(entry.key);
                }
                Change::Put { .. } | Change::Delete => whole.push((segment, entry)),
            }
        }
        writing.doubt |= !writing.torn.is_empty();
        self.accept(whole);
        Ok(())
    }

    /// Removes files that hold nothing that counts, and those that could not be removed before.
    pub(super) fn discard(&self, numbers: &[u32], writing: &mut Writing) {
        writing.leftovers.extend(numbers);
        if writing.leftovers.is_empty() {
            return;
        }
        let stays = |number: &u32| {
            let removed = self.medium.remove(*number);
            removed.is_err_and(|error| error.kind() != io::ErrorKind::NotFound)
        };
        let stay: Vec<_> = writing.leftovers.iter().copied().filter(stays).collect();
        if self.medium.sync().is_ok() {
            writing.leftovers = stay;
        }
    }
}

/// All that are there.
fn files(medium: &dyn Medium) -> io::Result<BTreeMap<u32, Opened>> {
    let mut found = BTreeMap::new();
    for number in medium.list()? {
        let file = medium.open(number)?;
        let length = file.length()?;
        let head = file.read(0, length.min(FIRST_GROUP) as usize)?;
        let header = Header::read(&head).filter(|header| header.segment == number);
        found.insert(number, Opened { file, length, header });
    }
    Ok(found)
}

/// What all headers have in common.
fn common(opened: &BTreeMap<u32, Opened>) -> Result<Option<Header>, StoreError> {
    let mut headers = opened.values().filter_map(|opened| opened.header);
    let strange = |kind: io::ErrorKind| failed(OPEN, &kind.into());
    if let Some(later) = headers.clone().find(|header| header.version > VERSION) {
        return Err(StoreError::Format { found: later.version.into(), known: VERSION.into() });
    }
    let Some(first) = headers.next() else {
        // The first one was not finished, unless there is more in it.
        let unfinished = opened.values().all(|opened| opened.length <= FIRST_GROUP);
        return if unfinished { Ok(None) } else { Err(strange(io::ErrorKind::InvalidData)) };
    };
    let foreign = headers.any(|header| header.secret != first.secret);
    if foreign { Err(strange(io::ErrorKind::InvalidData)) } else { Ok(Some(first)) }
}

/// Up to where a segment counts, by what later ones say; 0 = not at all.
fn end_of(opened: &BTreeMap<u32, Opened>, number: u32) -> u64 {
    let unfinished =
        opened.get(&number).is_none_or(|it| it.header.is_none() && it.length <= FIRST_GROUP);
    if unfinished {
        return 0;
    }
    let later = opened.range(number.saturating_add(1)..);
    let before = later.filter_map(|(_, later)| later.header).map(|header| header.before);
    let ends = before.filter_map(|before| match before.segment.cmp(&number) {
        std::cmp::Ordering::Less => Some(0),
        std::cmp::Ordering::Equal => Some(u64::from(before.at)),
        std::cmp::Ordering::Greater => None,
    });
    ends.min().unwrap_or(u64::MAX)
}

/// Whether the block is there to its last byte.
fn is_whole(segment: &Segment, key: &Key, at: u32, length: u32) -> io::Result<bool> {
    let stored = match segment.stored(at, length) {
        Ok(stored) => stored,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(key.multihash().is_some_and(|hash| stored.block(key, &hash).is_some()))
}
