//! Large Yamux frames are read as several small ones.
//!
//! Yamux does not bound a frame, and js-libp2p sends a whole window as one; the reader of `yamux`
//! ends the connection when a frame is over 1 MiB, and hands nothing on of a frame before all of it
//! is there. What is written goes through as it is.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::{AsyncRead, AsyncWrite};

use super::window_budget::Share;

/// The header of a frame (Yamux specification, "Framing"): version, type, flags (2 bytes), stream
/// (4 bytes) and length (4 bytes), big endian.
const HEADER_BYTES: usize = 12;
const TYPE_DATA: u8 = 0;
/// Flags that begin a stream or take it; they belong to the first part of a frame. FIN (4) and RST
/// (8) end it, and belong to the last.
const BEGINS: u16 = 1 | 2;
/// The longest part of a frame.
const PART_BYTES: u32 = 64 * 1024;

/// A socket off which no data frame is longer than [`PART_BYTES`].
#[derive(Debug)]
pub(crate) struct SplitFrames<C> {
    io: C,
    header: [u8; HEADER_BYTES],
    /// How much of the header came.
    filled: usize,
    /// How much of the header was read from here.
    given: usize,
    /// Bytes of this part that are still to be read.
    part: u32,
    /// Bytes of the frame after this part.
    rest: u32,
    /// Flags of the frame that are for its last part.
    late: u16,
    _share: Share,
}

impl<C> SplitFrames<C> {
    pub(super) const fn new(io: C, share: Share) -> Self {
        let header = [0; HEADER_BYTES];
        Self { io, header, filled: 0, given: 0, part: 0, rest: 0, late: 0, _share: share }
    }

    /// The header of a frame is there: if it is of data, the header becomes that of its first part.
    fn begin_frame(&mut self) {
        let [_, kind, flags_high, flags_low, .., a, b, c, d] = self.header;
        if kind != TYPE_DATA {
            return;
        }
        let length = u32::from_be_bytes([a, b, c, d]);
        self.rest = length;
        self.late = u16::from_be_bytes([flags_high, flags_low]) & !BEGINS;
        self.begin_part(u16::from_be_bytes([flags_high, flags_low]) & BEGINS);
    }

    /// The header becomes that of the next part.
    fn begin_part(&mut self, mut flags: u16) {
        self.part = self.rest.min(PART_BYTES);
        self.rest -= self.part;
        if self.rest == 0 {
            flags |= self.late;
        }
        let [_, _, flags_high, flags_low, _, _, _, _, length @ ..] = &mut self.header;
        [*flags_high, *flags_low] = flags.to_be_bytes();
        *length = self.part.to_be_bytes();
        self.given = 0;
    }

    /// Copies what is left of the header.
    fn give_header(&mut self, into: &mut [u8]) -> usize {
        let left = self.header.get(self.given..).unwrap_or_default();
        let bytes = left.len().min(into.len());
        if let (Some(into), Some(left)) = (into.get_mut(..bytes), left.get(..bytes)) {
            into.copy_from_slice(left);
        }
        self.given += bytes;
        bytes
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for SplitFrames<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        loop {
            if this.filled == HEADER_BYTES && this.given < HEADER_BYTES {
                return Poll::Ready(Ok(this.give_header(into)));
            }
            if this.part > 0 {
                let most = into.len().min(this.part as usize);
                let into = into.get_mut(..most).unwrap_or_default();
                let bytes = ready!(Pin::new(&mut this.io).poll_read(cx, into))?;
                this.part = this.part.saturating_sub(u32::try_from(bytes).unwrap_or(u32::MAX));
                return Poll::Ready(Ok(bytes));
            }
            if this.rest > 0 {
                this.begin_part(0);
                continue;
            }
            if this.filled == HEADER_BYTES {
                this.filled = 0;
            }
            let room = this.header.get_mut(this.filled..).unwrap_or_default();
            match ready!(Pin::new(&mut this.io).poll_read(cx, room))? {
                0 if this.filled == 0 => return Poll::Ready(Ok(0)),
                0 => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                bytes => this.filled += bytes,
            }
            if this.filled == HEADER_BYTES {
                this.given = 0;
                this.begin_frame();
            }
        }
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for SplitFrames<C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_close(cx)
    }
}

#[cfg(test)]
mod tests;
