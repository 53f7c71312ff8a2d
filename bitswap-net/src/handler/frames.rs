//! Frames off a stream, taken apart: bounded in length and in memory. How long they take is judged
//! by connection, in `arriving`.

#[cfg(test)]
mod tests;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bitswap_core::wire::{Decoded, ProtocolVersion, decode, frame_length};
use bitswap_core::{Limits, WireError};
use bytes::Bytes;
use futures::{AsyncRead, ready};
use tokio::time::Instant;

use super::arriving::Unfinished;
use crate::frame_budget::{Evicted, FrameBudget, Reservation};

/// Room for the length in front of a frame, and for small frames whole.
const FIRST_BYTES: usize = 1024;
/// The buffer grows at least by this.
const STEP_BYTES: usize = 16 * 1024;
/// The buffer grows to so many times what has come: what grows is copied.
const GROWTH: usize = 4;
/// What a frame may hold without asking for room: two steps, so that wants and messages of
/// the usual length are read whatever others do.
const FREE_BYTES: usize = FIRST_BYTES + STEP_BYTES;

/// An error after which a stream is not read any more. Its unread rest is lost.
#[derive(Debug, thiserror::Error)]
pub(super) enum StreamError {
    #[error("the stream was lost: {0}")]
    Lost(#[from] io::Error),
    #[error("a frame of {bytes} bytes is not a message: {why}")]
    Refused { why: WireError, bytes: usize },
    #[error("nothing was taken for {0:?}")]
    Stalled(Duration),
    #[error("a frame made room for others")]
    Evicted,
}

/// A frame that was taken apart.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) decoded: Decoded,
    /// Its length.
    pub(super) bytes: usize,
    /// What its bytes hold of the node's budget, until this is dropped.
    pub(super) room: Reservation,
}

/// What has come of a frame so far.
///
/// Memory grows with the bytes that come, never with the length that is announced, and beyond
/// [`FREE_BYTES`] within the node's budget; an idle stream holds nothing.
#[derive(Debug)]
pub(super) struct Frames {
    buffer: Vec<u8>,
    filled: usize,
    room: Reservation,
    /// Since when a frame has been coming that is not whole.
    since: Option<Instant>,
    /// Bytes of it that were told.
    told: usize,
    /// Whether it waits for us to read it.
    waits: bool,
}

impl Frames {
    /// Before the first frame; what they hold counts in `budget`.
    pub(super) fn within(budget: &FrameBudget) -> Self {
        Self {
            buffer: Vec::new(),
            filled: 0,
            room: budget.reserve(),
            since: None,
            told: 0,
            waits: false,
        }
    }

    /// The next frame of `stream`, which speaks `protocol`; `None` at its end. Nothing is read
    /// unless it `may_read`.
    pub(super) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncRead + Unpin),
        protocol: ProtocolVersion,
        may_read: bool,
    ) -> Poll<Option<Result<Frame, StreamError>>> {
        if self.room.is_evicted(cx) {
            return Poll::Ready(Some(Err(StreamError::Evicted)));
        }
        if !may_read {
            self.room.pause();
            self.waits = true;
            return Poll::Pending;
        }
        let frame = ready!(self.poll_frame(cx, stream));
        Poll::Ready(frame.map(|frame| {
            let (frame, room) = frame?;
            let bytes = frame.len();
            let decoded =
                decode(frame, protocol).map_err(|why| StreamError::Refused { why, bytes })?;
            Ok(Frame { decoded, bytes, room })
        }))
    }

    /// Whether the stream stands between two frames.
    pub(super) const fn is_idle(&self) -> bool {
        self.filled == 0
    }

    /// Adds what a frame that is not whole has to what is told of the connection.
    pub(super) fn tell(&mut self, now: Instant, unfinished: &mut Unfinished) {
        let Some(since) = self.since else { return };
        unfinished.frames += 1;
        unfinished.waits |= self.waits;
        if now.duration_since(since) >= Limits::BYTES_TOLD {
            unfinished.bytes += self.filled.saturating_sub(self.told);
            self.told = self.filled;
        }
    }

    /// Whether a frame began by then that is not whole.
    pub(super) fn is_unfinished(&self, by: Instant) -> bool {
        self.since.is_some_and(|since| since <= by)
    }

    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> Poll<Option<Result<(Bytes, Reservation), StreamError>>> {
        loop {
            let frame = match frame_length(self.filled()) {
                Ok(frame) => frame,
                Err(why) => return Poll::Ready(Some(Err(StreamError::Refused { why, bytes: 0 }))),
            };
            if let Some(frame) = self.take(frame) {
                return Poll::Ready(Some(Ok(frame)));
            }
            self.waits = false;
            let read = self.poll_fill(cx, stream, frame);
            if !self.is_idle() {
                self.since.get_or_insert_with(Instant::now);
            }
            match ready!(read) {
                Ok(0) if self.is_idle() => return Poll::Ready(None),
                Ok(0) => {
                    let cut_short = io::Error::from(io::ErrorKind::UnexpectedEof);
                    return Poll::Ready(Some(Err(cut_short.into())));
                }
                Ok(_) => {}
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }

    fn filled(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    /// Takes a frame of this `(length, length of the length)` out, if all of it is there.
    fn take(&mut self, frame: Option<(usize, usize)>) -> Option<(Bytes, Reservation)> {
        let (length, prefix) = frame?;
        let end = prefix + length;
        if self.filled < end {
            return None;
        }
        (self.since, self.told) = (None, 0);
        let room = self.room.take();
        if self.buffer.len() == end {
            self.filled = 0;
            let frame = Bytes::from(std::mem::take(&mut self.buffer)).slice(prefix..);
            return Some((frame, room));
        }
        let frame = Bytes::copy_from_slice(self.buffer.get(prefix..end)?);
        self.buffer.copy_within(end..self.filled, 0);
        self.filled -= end;
        if self.is_idle() {
            self.buffer = Vec::new();
        }
        Some((frame, room))
    }

    /// Reads once, into the rest of the buffer or into new room.
    fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncRead + Unpin),
        frame: Option<(usize, usize)>,
    ) -> Poll<Result<usize, StreamError>> {
        if self.is_idle() {
            return self.poll_first(cx, stream);
        }
        if self.filled == self.buffer.len() {
            let most = frame.map_or(FIRST_BYTES, |(length, prefix)| prefix + length);
            let room = (self.filled + STEP_BYTES).max(self.filled * GROWTH);
            let size = most.min(room);
            if size > FREE_BYTES {
                ready!(self.poll_room(cx, size, most))?;
            }
            self.buffer.reserve_exact(size - self.filled);
            self.buffer.resize(size, 0);
        }
        let rest = self.buffer.get_mut(self.filled..).unwrap_or_default();
        let read = ready!(Pin::new(stream).poll_read(cx, rest))?;
        self.filled += read;
        Poll::Ready(Ok(read))
    }

    /// Reads what a frame begins with: only then there is a buffer.
    fn poll_first(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> Poll<Result<usize, StreamError>> {
        let mut first = [0; FIRST_BYTES];
        self.filled = ready!(Pin::new(stream).poll_read(cx, &mut first))?;
        if self.filled > 0 {
            self.buffer = first.to_vec();
        }
        Poll::Ready(Ok(self.filled))
    }

    /// Makes room for so many bytes of a frame that has `whole`.
    fn poll_room(
        &mut self,
        cx: &mut Context<'_>,
        bytes: usize,
        whole: usize,
    ) -> Poll<Result<(), StreamError>> {
        let grown = self.room.poll_grow(cx, bytes, whole);
        self.waits = grown.is_pending();
        grown.map_err(|Evicted| StreamError::Evicted)
    }
}
