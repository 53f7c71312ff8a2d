//! Writes to a socket that are sent together.
//!
//! `yamux` flushes after each of its frames of at most 16 KiB, so that each would be a message of
//! Noise, and a system call, of its own. Here a flush with news waits until its task is polled
//! again, which it asks for at once, so that the frames which follow in the same poll go along.

#[cfg(test)]
mod tests;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::{AsyncRead, AsyncWrite};

/// So many bytes are flushed at once: as many as one message of Noise has.
const MOST_BYTES: usize = 64 * 1024;

/// The same until the peer has taken [`TAKEN_BYTES`]: Noise keeps three buffers of this size, also
/// for peers that do not read.
const MOST_AT_FIRST: usize = 8 * 1024;

/// More than windows and kernels take without a peer that reads.
const TAKEN_BYTES: usize = 1024 * 1024;

/// A socket whose flushes are coalesced.
#[derive(Debug)]
pub(crate) struct CoalescedWrites<C> {
    io: C,
    /// Bytes flushed, up to [`TAKEN_BYTES`].
    taken: usize,
    /// Bytes written since the last flush.
    unflushed: usize,
    /// How many there were when a flush was put off; 0 = none was.
    put_off: usize,
}

impl<C> CoalescedWrites<C> {
    pub(super) const fn new(io: C) -> Self {
        Self { io, taken: 0, unflushed: 0, put_off: 0 }
    }

    const fn most(&self) -> usize {
        if self.taken < TAKEN_BYTES { MOST_AT_FIRST } else { MOST_BYTES }
    }
}

impl<C: AsyncWrite + Unpin> CoalescedWrites<C> {
    fn poll_flush_now(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.io).poll_flush(cx))?;
        self.taken = TAKEN_BYTES.min(self.taken + self.unflushed);
        (self.unflushed, self.put_off) = (0, 0);
        Poll::Ready(Ok(()))
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for CoalescedWrites<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_read(cx, into)
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for CoalescedWrites<C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // A peer that reads nothing would fill Noise's buffers otherwise.
        if self.unflushed >= self.most() {
            ready!(self.poll_flush_now(cx))?;
        }
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        self.unflushed += written;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let has_news = self.unflushed != self.put_off;
        if has_news && self.unflushed < self.most() {
            self.put_off = self.unflushed;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.poll_flush_now(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_close(cx)
    }
}
