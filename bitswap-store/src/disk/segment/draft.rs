//! A group before it is written: what it says of which keys, and the bytes of blocks.

use std::io;

use crate::disk::key::Key;
use crate::disk::segment::frame::{Change, FRAME, Frames, frames_of};
use crate::disk::segment::medium::SegmentFile;
use crate::disk::segment::payload::Payload;

/// A table of so many frames takes 4 MiB.
const MOST_FRAMES: usize = 65_536;

/// Payloads up to this length are copied and written together.
const COPIED: usize = 16 << 10;
const WRITTEN_AT_ONCE: usize = 1 << 20;

#[derive(Debug, Default)]
pub(super) struct Draft<'a> {
    entries: Vec<DraftEntry<'a>>,
    frames: usize,
    payload: u64,
}

/// What is written of a block, or that it is deleted.
pub(super) type DraftEntry<'a> = (Key, Option<Payload<'a>>);

impl<'a> Draft<'a> {
    pub(super) fn add(&mut self, key: Key, payload: Option<Payload<'a>>) {
        self.count(&key, payload.as_ref());
        self.entries.push((key, payload));
    }

    /// Before what was added: of one key, the last word counts.
    pub(super) fn add_first(&mut self, entries: Vec<DraftEntry<'a>>) {
        for (key, payload) in &entries {
            self.count(key, payload.as_ref());
        }
        self.entries.splice(..0, entries);
    }

    fn count(&mut self, key: &Key, payload: Option<&Payload<'_>>) {
        self.frames += frames_of(key.len());
        self.payload += payload.map_or(0, Payload::length);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) const fn is_full(&self, bytes: u64) -> bool {
        self.payload >= bytes || self.frames >= MOST_FRAMES
    }

    /// What it takes in a segment.
    pub(super) const fn length(&self) -> u64 {
        (self.table_length() + self.payload).next_multiple_of(FRAME as u64)
    }

    const fn table_length(&self) -> u64 {
        ((1 + self.frames) * FRAME) as u64
    }

    /// What it says of each key when it lies `at` this place.
    pub(super) fn changes(&self, at: u64) -> impl Iterator<Item = (Key, Change)> {
        let mut payload_at = at + self.table_length();
        self.entries.iter().map(move |(key, payload)| {
            let Some(payload) = payload else { return (*key, Change::Delete) };
            let put = Change::Put { at: payload_at as u32, length: payload.bytes.len() as u32 };
            payload_at += payload.length();
            (*key, put)
        })
    }

    pub(super) fn write(&self, file: &dyn SegmentFile, frames: &Frames, at: u64) -> io::Result<()> {
        let mut buffer = Vec::with_capacity(self.table_length() as usize);
        frames.group(at, self.frames as u32, self.payload as u32, &mut buffer);
        for (key, change) in self.changes(at) {
            frames.entry(at + buffer.len() as u64, &key, change, &mut buffer);
        }
        let mut place = at;
        for Payload { bytes, sum } in self.entries.iter().filter_map(|(_, it)| it.as_ref()) {
            if bytes.len() <= COPIED {
                buffer.extend_from_slice(bytes);
            }
            if bytes.len() > COPIED || buffer.len() >= WRITTEN_AT_ONCE {
                place = flush(file, place, &mut buffer)?;
            }
            if bytes.len() > COPIED {
                file.write(place, bytes)?;
                place += bytes.len() as u64;
            }
            buffer.extend_from_slice(sum);
        }
        buffer.resize((at + self.length() - place) as usize, 0);
        flush(file, place, &mut buffer).map(drop)
    }
}

/// Where the next bytes go.
fn flush(file: &dyn SegmentFile, at: u64, buffer: &mut Vec<u8>) -> io::Result<u64> {
    if !buffer.is_empty() {
        file.write(at, buffer)?;
    }
    let next = at + buffer.len() as u64;
    buffer.clear();
    Ok(next)
}
