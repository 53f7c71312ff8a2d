//! All bytes come, in order and in few reads, and nothing is held when nothing comes.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures::AsyncRead;

use super::{PORTION_BYTES, ReadAhead};

/// What has come, and how often it was asked for.
#[derive(Default)]
struct Socket {
    bytes: VecDeque<u8>,
    reads: usize,
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.reads += 1;
        if self.bytes.is_empty() {
            return Poll::Pending;
        }
        io::Read::read(&mut self.bytes, into).into()
    }
}

/// Reads by 8 KiB until nothing more is there.
fn drain(ahead: &mut ReadAhead<Socket>) -> Vec<u8> {
    let (mut all, mut piece) = (Vec::new(), vec![0; 8 * 1024]);
    let mut cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(Ok(bytes)) = Pin::new(&mut *ahead).poll_read(&mut cx, &mut piece) {
        all.extend_from_slice(&piece[..bytes]);
    }
    all
}

#[test]
fn much_is_read_in_large_portions_and_comes_in_order() {
    let bytes: Vec<u8> = (0..5 * PORTION_BYTES).map(|place| (place / 999) as u8).collect();
    let socket = Socket { bytes: bytes.iter().copied().collect(), reads: 0 };
    let mut ahead = ReadAhead::new(socket);

    assert!(drain(&mut ahead) == bytes);
    assert!(ahead.io.reads < 12, "{} reads", ahead.io.reads);
}

#[test]
fn an_idle_socket_holds_nothing() {
    for length in [10, 8 * 1024, PORTION_BYTES, 3 * PORTION_BYTES + 10] {
        let socket = Socket { bytes: vec![7; length].into(), reads: 0 };
        let mut ahead = ReadAhead::new(socket);
        assert_eq!(drain(&mut ahead).len(), length);
        assert_eq!(ahead.buffer.capacity(), 0, "after {length} bytes");
    }
}
