//! One message on its way into a stream: written piece by piece, given up when nothing is taken,
//! and suspended, which drops its blocks until what is left was taken. It opens no stream.

#[cfg(test)]
mod tests;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bitswap_core::wire::{EncodedFrame, Message, ProtocolVersion, encode_in_pieces};
use bitswap_core::{Block, SendId};
use bytes::Buf as _;
use cid::Cid;
use futures::{AsyncWrite, ready};
use tokio::time::Instant;

use super::frames::StreamError;
use crate::timer::Timer;

/// A stream that took nothing for so long is not read any more. Slow links take something: the last
/// hop of a path that is down for less comes back.
const TAKES_NOTHING: Duration = Duration::from_secs(60);

/// What stays of a suspended message, to see when its peer takes more: a page.
const LEFT_BYTES: usize = 4 * 1024;

/// Bytes that are handed to the muxer at once. It holds eleven such pieces of a stream whose socket
/// takes nothing: no cancel reaches them.
const PIECE_BYTES: usize = 16 * 1024;

/// The same until the stream has taken [`TAKEN_BYTES`], and after a pause of [`PAUSE`].
const SMALL_PIECE_BYTES: usize = 4 * 1024;

/// More than windows and kernels take without a peer that reads.
const TAKEN_BYTES: usize = 1024 * 1024;

/// A stream that is the bottleneck takes nothing for so long now and then.
const PAUSE: Duration = Duration::from_millis(50);

/// A message that is to be written.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) send: SendId,
    pub(super) message: Message,
    pub(super) tries: u8,
    /// What the blocks are called that were dropped.
    dropped: Option<Vec<Cid>>,
    /// Whether it was said that the blocks are needed again.
    is_awaited: bool,
}

/// What came of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// All was flushed into the muxer.
    Written,
    /// The blocks are needed, to go on; told once.
    Waits,
}

/// What is left to write of a message on one stream.
#[derive(Debug, Default)]
pub(super) struct Writing {
    frame: Option<EncodedFrame>,
    /// Bytes of the frame after those, which were dropped.
    missing: usize,
    /// Bytes that the stream took since its last pause, up to [`TAKEN_BYTES`].
    taken: usize,
    /// When it last took any.
    taken_at: Option<Instant>,
    timer: Timer,
}

impl Outgoing {
    pub(super) const fn new(send: SendId, message: Message) -> Self {
        Self { send, message, tries: 0, dropped: None, is_awaited: false }
    }

    /// Drops the blocks. `writing` is what is left of the message on its stream, if it has one.
    pub(super) fn suspend(&mut self, writing: Option<&mut Writing>) {
        if self.dropped.is_some() {
            return;
        }
        let blocks = std::mem::take(&mut self.message.blocks);
        self.dropped = Some(blocks.into_iter().map(|(cid, _)| cid).collect());
        self.is_awaited = false;
        if let Some(writing) = writing {
            writing.keep_little();
        }
    }

    /// Takes the blocks again that were dropped, in their order; false if these are others.
    pub(super) fn resume(&mut self, blocks: &[Block]) -> bool {
        let Some(cids) = self.dropped.take_if(|cids| cids.len() == blocks.len()) else {
            return self.dropped.is_none();
        };
        self.message.blocks = cids.into_iter().zip(blocks.iter().cloned()).collect();
        true
    }

    /// Ready once when the blocks are needed and not there.
    fn poll_waits(&mut self) -> Poll<Result<Progress, StreamError>> {
        if std::mem::replace(&mut self.is_awaited, true) {
            return Poll::Pending;
        }
        Poll::Ready(Ok(Progress::Waits))
    }
}

impl Writing {
    /// Whether anything of a message may be written.
    pub(super) const fn has_begun(&self) -> bool {
        self.frame.is_some()
    }

    /// Drops all but what is written next.
    fn keep_little(&mut self) {
        if let Some(frame) = &mut self.frame {
            self.missing += frame.keep(LEFT_BYTES);
        }
    }

    /// Bytes that are left to write, if writing has begun.
    fn left(&self) -> Option<usize> {
        Some(self.frame.as_ref()?.remaining() + self.missing)
    }

    /// Writes and flushes what is there of a message.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncWrite + Unpin),
        (outgoing, protocol): (&mut Outgoing, ProtocolVersion),
    ) -> Poll<Result<Progress, StreamError>> {
        let progress = self.poll_frame(cx, stream, (outgoing, protocol));
        if progress.is_pending() && self.timer.poll(cx).is_ready() {
            return Poll::Ready(Err(StreamError::Stalled(TAKES_NOTHING)));
        }
        progress
    }

    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncWrite + Unpin),
        (outgoing, protocol): (&mut Outgoing, ProtocolVersion),
    ) -> Poll<Result<Progress, StreamError>> {
        loop {
            let is_out = self.left().is_none_or(|left| left > 0 && left == self.missing);
            if is_out && outgoing.dropped.is_none() {
                self.begin(&outgoing.message, protocol);
            }
            while let Some(frame) = self.frame.as_mut().filter(|frame| frame.remaining() > 0) {
                let most = if self.taken < TAKEN_BYTES { SMALL_PIECE_BYTES } else { PIECE_BYTES };
                let piece = frame.chunk().get(..most).unwrap_or_else(|| frame.chunk());
                let written = ready!(Pin::new(&mut *stream).poll_write(cx, piece))?;
                if written == 0 {
                    return Poll::Ready(Err(io::Error::from(io::ErrorKind::WriteZero).into()));
                }
                frame.advance(written);
                self.took(written);
            }
            let is_written = self.left() == Some(0);
            if is_written || outgoing.dropped.is_some() {
                ready!(Pin::new(&mut *stream).poll_flush(cx))?;
                self.timer.set(None);
                if !is_written {
                    return outgoing.poll_waits();
                }
                self.frame = None;
                return Poll::Ready(Ok(Progress::Written));
            }
        }
    }

    /// The stream took bytes of a frame.
    fn took(&mut self, bytes: usize) {
        let now = Instant::now();
        let before = self.taken_at.replace(now);
        let paused = before.is_some_and(|before| now.duration_since(before) >= PAUSE);
        self.taken = if paused { 0 } else { TAKEN_BYTES.min(self.taken + bytes) };
        self.timer.set(Some(now + TAKES_NOTHING));
    }

    /// Encodes a message, or what was dropped of it: the rest of the same bytes.
    fn begin(&mut self, message: &Message, protocol: ProtocolVersion) {
        let mut frame = encode_in_pieces(message, protocol);
        if self.frame.is_some() {
            frame.advance(frame.remaining() - self.missing.min(frame.remaining()));
        }
        (self.frame, self.missing) = (Some(frame), 0);
        // What was before is no pause of the stream.
        self.taken_at = None;
        self.timer.set(Some(Instant::now() + TAKES_NOTHING));
    }
}
