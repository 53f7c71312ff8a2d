//! Reads a segment's frames from one group to the next, and looks for frames behind damage.

use std::io;
use std::sync::Arc;

use crate::disk::segment::frame::{Bytes64, Entry, FRAME, Frame, Frames, frames_of};
use crate::disk::segment::medium::SegmentFile;

/// What is read at once where frames are near each other, and where they are not.
const NEAR_BYTES: u64 = 256 << 10;
const FAR_BYTES: u64 = 4 << 10;
const NEAR: u64 = 64 << 10;

/// What a segment says, frame by frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A group begins: whatever was told before is durable.
    Group,
    Entry(Entry),
    /// Bytes that should be a frame and are none; entries behind it may be without their group.
    Damage,
}

pub(super) struct Scan<'a> {
    frames: Frames,
    window: Window<'a>,
    at: u64,
    end: u64,
    /// Where the entries of the group end, and the group itself.
    entries_end: u64,
    group_end: u64,
}

impl<'a> Scan<'a> {
    /// From `at` to `end`.
    pub(super) fn of(file: &'a Arc<dyn SegmentFile>, frames: Frames, at: u64, end: u64) -> Self {
        let window = Window { file, from: 0, bytes: Vec::new(), end };
        Self { frames, window, at, end, entries_end: 0, group_end: 0 }
    }

    /// `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        if self.at >= self.entries_end && self.at < self.group_end {
            self.at = self.group_end;
        }
        if self.at >= self.end {
            // The last group is longer than the file.
            let cut = self.at > self.end;
            (self.at, self.group_end) = (self.end, self.end);
            return Ok(cut.then_some(Piece::Damage));
        }
        let at = self.at;
        self.at += FRAME as u64;
        let Some(frame) = self.frame(at)? else { return Ok(Some(Piece::Damage)) };
        match frame {
            Frame::Group { frames, payload } => {
                self.entries_end = self.at + u64::from(frames) * FRAME as u64;
                let bare_end = self.entries_end + u64::from(payload);
                self.group_end = bare_end.next_multiple_of(FRAME as u64);
                Ok(Some(Piece::Group))
            }
            Frame::Entry { key_length, .. } => {
                let rest = frames_of(key_length) > 1 && self.at + FRAME as u64 <= self.end;
                let rest = if rest { self.frame(self.at)? } else { None };
                let Some(entry) = frame.entry(rest.as_ref()) else {
                    return Ok(Some(Piece::Damage));
                };
                if rest.is_some() {
                    self.at += FRAME as u64;
                }
                Ok(Some(Piece::Entry(entry)))
            }
            Frame::Rest { .. } => Ok(Some(Piece::Damage)),
        }
    }

    fn frame(&mut self, at: u64) -> io::Result<Option<Frame>> {
        let frames = self.frames;
        Ok(self.window.frame(at)?.and_then(|bytes| frames.read(at, bytes)))
    }
}

/// The part of a file that was read last.
struct Window<'a> {
    file: &'a Arc<dyn SegmentFile>,
    from: u64,
    bytes: Vec<u8>,
    end: u64,
}

impl Window<'_> {
    /// `None` behind the end.
    fn frame(&mut self, at: u64) -> io::Result<Option<&Bytes64>> {
        let inside = at >= self.from && at + FRAME as u64 <= self.from + self.bytes.len() as u64;
        if !inside {
            let gap = at.saturating_sub(self.from + self.bytes.len() as u64);
            let wish = if gap < NEAR { NEAR_BYTES } else { FAR_BYTES };
            let length = wish.min(self.end.saturating_sub(at));
            self.bytes = self.file.read(at, length as usize)?;
            self.from = at;
        }
        Ok(self.bytes.get((at - self.from) as usize..).and_then(|from| from.first_chunk()))
    }
}
