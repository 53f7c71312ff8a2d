//! What one connection makes of the bytes that a peer writes onto streams of its own: as the
//! handler of `bitswap-net` does, with the same bounds.

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_core::wire::{Decoded, Dialect, decode, frame_length};
use bitswap_core::{Timestamp, WireError};
use bytes::Bytes;

/// The streams that a peer opened, read in turn.
///
/// A frame that is none costs its stream, and so does one that takes too long; the connection
/// lives on, and so do the other streams.
#[derive(Debug)]
pub struct Ear {
    dialect: Dialect,
    streams: BTreeMap<u32, Hearing>,
    /// The largest number that a stream had. Older ones that are not open never open again.
    newest: Option<u32>,
}

#[derive(Debug)]
struct Hearing {
    buffer: Vec<u8>,
    /// When the frame in the buffer began.
    since: Timestamp,
    heard_at: Timestamp,
}

impl Ear {
    /// Streams that are read at once.
    pub const MAX_STREAMS: usize = 16;

    /// How long a frame of so many bytes may take from its first byte to its last, either way: 10 s
    /// and a second for each 12.5 kB, at most 2 min.
    pub fn time_for(frame_bytes: usize) -> Duration {
        let bytes = Duration::from_millis(frame_bytes as u64 * 2 / 25);
        (Duration::from_secs(10) + bytes).min(Duration::from_secs(120))
    }

    /// No stream is open yet.
    pub const fn new(dialect: Dialect) -> Self {
        Self { dialect, streams: BTreeMap::new(), newest: None }
    }

    /// Bytes came on a stream; the first of a number open it. What is complete now: messages, or
    /// why the stream was reset.
    pub fn hear(
        &mut self,
        now: Timestamp,
        stream: u32,
        bytes: &[u8],
    ) -> Vec<Result<Decoded, WireError>> {
        self.drop_slow(now);
        let mut heard = Vec::new();
        if self.newest.is_none_or(|newest| stream > newest) {
            self.open(now, stream);
        }
        let Some(hearing) = self.streams.get_mut(&stream) else {
            return heard;
        };
        if hearing.buffer.is_empty() {
            hearing.since = now;
        }
        hearing.buffer.extend_from_slice(bytes);
        while let Some(frame) = hearing.next_frame(now) {
            let frame = frame.and_then(|frame| decode(frame, self.dialect));
            let is_over = frame.is_err();
            heard.push(frame);
            if is_over {
                self.streams.remove(&stream);
                break;
            }
        }
        heard
    }

    /// The peer closed a stream; half a frame is lost with it.
    pub fn close(&mut self, stream: u32) {
        self.streams.remove(&stream);
    }

    /// Streams that are open.
    pub fn streams(&self) -> usize {
        self.streams.len()
    }

    /// Bytes of frames that are not complete.
    pub fn held_bytes(&self) -> usize {
        self.streams.values().map(|hearing| hearing.buffer.len()).sum()
    }

    /// The longest idle stream makes room for a new one. If none is idle, the new one is dropped.
    fn open(&mut self, now: Timestamp, stream: u32) {
        self.newest = Some(stream);
        if self.streams.len() >= Self::MAX_STREAMS {
            let idle = self.streams.iter().filter(|(_, hearing)| hearing.buffer.is_empty());
            let Some((longest, _)) = idle.min_by_key(|(_, hearing)| hearing.heard_at) else {
                return;
            };
            let longest = *longest;
            self.streams.remove(&longest);
        }
        let hearing = Hearing { buffer: Vec::new(), since: now, heard_at: now };
        self.streams.insert(stream, hearing);
    }

    fn drop_slow(&mut self, now: Timestamp) {
        self.streams.retain(|_, hearing| !hearing.is_slow(now));
    }
}

impl Hearing {
    fn next_frame(&mut self, now: Timestamp) -> Option<Result<Bytes, WireError>> {
        let (length, start) = match frame_length(&self.buffer) {
            Ok(frame) => frame?,
            Err(error) => return Some(Err(error)),
        };
        let end = start + length;
        if self.buffer.len() < end {
            return None;
        }
        let rest = self.buffer.split_off(end);
        let frame = std::mem::replace(&mut self.buffer, rest);
        (self.since, self.heard_at) = (now, now);
        Some(Ok(Bytes::from(frame).slice(start..)))
    }

    fn is_slow(&self, now: Timestamp) -> bool {
        let length = frame_length(&self.buffer).ok().flatten().map_or(0, |(length, _)| length);
        !self.buffer.is_empty() && now.since(self.since) >= Ear::time_for(length)
    }
}
