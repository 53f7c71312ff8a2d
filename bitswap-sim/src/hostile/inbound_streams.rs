//! What one connection makes of the bytes that a peer writes onto streams of its own: as the
//! handler of `bitswap-net` does, with the same bounds.

use std::collections::BTreeMap;
use std::time::Duration;

use bitswap_core::wire::{Decoded, ProtocolVersion, decode, frame_length};
use bitswap_core::{Limits, Timestamp, WireError};
use bytes::Bytes;

/// The streams that a peer opened, read in turn.
///
/// A frame that is none costs its stream, and so does one that takes too long; the connection
/// lives on, and so do the other streams.
#[derive(Debug)]
pub struct InboundStreams {
    protocol: ProtocolVersion,
    streams: BTreeMap<u32, InboundStream>,
    /// The largest number that a stream had. Older ones that are not open never open again.
    newest: Option<u32>,
}

#[derive(Debug)]
struct InboundStream {
    buffer: Vec<u8>,
    /// When the frame in the buffer began.
    since: Timestamp,
    received_at: Timestamp,
}

impl InboundStreams {
    /// Streams that are read at once.
    pub const MAX_STREAMS: usize = 16;

    /// How long a frame of which so many bytes came may take, where nothing else comes.
    pub fn time_for(came: usize) -> Duration {
        Limits::SILENCE + Duration::from_micros(came as u64 * 1_000_000 / Limits::LEAST_RATE)
    }

    /// No stream is open yet.
    pub const fn new(protocol: ProtocolVersion) -> Self {
        Self { protocol, streams: BTreeMap::new(), newest: None }
    }

    /// Bytes came on a stream; the first of a number open it. What is complete now: messages, or
    /// why the stream was reset.
    pub fn receive(
        &mut self,
        now: Timestamp,
        stream: u32,
        bytes: &[u8],
    ) -> Vec<Result<Decoded, WireError>> {
        self.drop_slow(now);
        let mut frames = Vec::new();
        if self.newest.is_none_or(|newest| stream > newest) {
            self.open(now, stream);
        }
        let Some(state) = self.streams.get_mut(&stream) else {
            return frames;
        };
        if state.buffer.is_empty() {
            state.since = now;
        }
        state.buffer.extend_from_slice(bytes);
        while let Some(frame) = state.next_frame(now) {
            let frame = frame.and_then(|frame| decode(frame, self.protocol));
            let is_over = frame.is_err();
            frames.push(frame);
            if is_over {
                self.streams.remove(&stream);
                break;
            }
        }
        frames
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
        self.streams.values().map(|state| state.buffer.len()).sum()
    }

    /// The longest idle stream makes room for a new one. If none is idle, the new one is dropped.
    fn open(&mut self, now: Timestamp, stream: u32) {
        self.newest = Some(stream);
        if self.streams.len() >= Self::MAX_STREAMS {
            let idle = self.streams.iter().filter(|(_, state)| state.buffer.is_empty());
            let Some((longest, _)) = idle.min_by_key(|(_, state)| state.received_at) else {
                return;
            };
            let longest = *longest;
            self.streams.remove(&longest);
        }
        let state = InboundStream { buffer: Vec::new(), since: now, received_at: now };
        self.streams.insert(stream, state);
    }

    fn drop_slow(&mut self, now: Timestamp) {
        self.streams.retain(|_, state| !state.is_slow(now));
    }
}

impl InboundStream {
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
        (self.since, self.received_at) = (now, now);
        Some(Ok(Bytes::from(frame).slice(start..)))
    }

    fn is_slow(&self, now: Timestamp) -> bool {
        let came = self.buffer.len();
        came > 0 && now.since(self.since) >= InboundStreams::time_for(came)
    }
}
