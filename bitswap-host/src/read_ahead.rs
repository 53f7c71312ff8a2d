//! Reads from a socket in large portions, as long as much comes.
//!
//! Noise reads 8 KiB at a time. A read that fills what it was given is followed by one of 64 KiB,
//! which is handed on piece by piece; one that does not gives the memory back, so that an idle
//! connection holds nothing.

#[cfg(test)]
mod tests;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::{AsyncRead, AsyncWrite};

/// How much is read at once.
const PORTION_BYTES: usize = 64 * 1024;

/// A socket that is read ahead.
#[derive(Debug)]
pub(super) struct ReadAhead<C> {
    io: C,
    /// Empty, or of [`PORTION_BYTES`].
    buffer: Vec<u8>,
    /// What of the buffer was read and not handed on.
    start: usize,
    end: usize,
    /// Whether the last read was filled.
    is_busy: bool,
}

impl<C> ReadAhead<C> {
    pub(super) const fn new(io: C) -> Self {
        Self { io, buffer: Vec::new(), start: 0, end: 0, is_busy: false }
    }

    fn hand_on(&mut self, into: &mut [u8]) -> usize {
        let held = self.buffer.get(self.start..self.end).unwrap_or_default();
        let bytes = held.len().min(into.len());
        if let (Some(into), Some(held)) = (into.get_mut(..bytes), held.get(..bytes)) {
            into.copy_from_slice(held);
        }
        self.start += bytes;
        bytes
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for ReadAhead<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.start < this.end {
            return Poll::Ready(Ok(this.hand_on(into)));
        }
        if !this.is_busy || into.len() >= PORTION_BYTES {
            this.buffer = Vec::new();
            let bytes = ready!(Pin::new(&mut this.io).poll_read(cx, into))?;
            this.is_busy = bytes > 0 && bytes == into.len();
            return Poll::Ready(Ok(bytes));
        }
        this.buffer.resize(PORTION_BYTES, 0);
        let read = Pin::new(&mut this.io).poll_read(cx, &mut this.buffer);
        if read.is_pending() {
            (this.buffer, this.is_busy) = (Vec::new(), false);
        }
        let bytes = ready!(read)?;
        this.is_busy = bytes >= into.len();
        (this.start, this.end) = (0, bytes);
        Poll::Ready(Ok(this.hand_on(into)))
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for ReadAhead<C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, pieces)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_close(cx)
    }
}
