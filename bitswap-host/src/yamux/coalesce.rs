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

/// A socket whose flushes are coalesced.
#[derive(Debug)]
pub(crate) struct CoalescedWrites<C> {
    io: C,
    /// Bytes written since the last flush.
    unflushed: usize,
    /// How many there were when a flush was put off; 0 = none was.
    put_off: usize,
}

impl<C> CoalescedWrites<C> {
    pub(super) const fn new(io: C) -> Self {
        Self { io, unflushed: 0, put_off: 0 }
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
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        self.unflushed += written;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let has_news = self.unflushed != self.put_off;
        if has_news && self.unflushed < MOST_BYTES {
            self.put_off = self.unflushed;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        ready!(Pin::new(&mut self.io).poll_flush(cx))?;
        (self.unflushed, self.put_off) = (0, 0);
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_close(cx)
    }
}
