//! What is written arrives, in few pieces.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::AsyncWrite;

use super::{CoalescedWrites, MOST_AT_FIRST, MOST_BYTES, TAKEN_BYTES};

/// Counts how often it is flushed.
#[derive(Default)]
struct Socket {
    bytes: usize,
    flushes: usize,
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.bytes += bytes.len();
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flushes += 1;
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Writes so many bytes, and flushes; returns whether that was done.
fn send(writes: &mut CoalescedWrites<Socket>, cx: &mut Context<'_>, bytes: usize) -> bool {
    if bytes > 0 {
        let written = Pin::new(&mut *writes).poll_write(cx, &vec![0; bytes]);
        assert!(matches!(written, Poll::Ready(Ok(all)) if all == bytes));
    }
    Pin::new(writes).poll_flush(cx).is_ready()
}

#[test]
fn frames_of_one_poll_are_flushed_together_in_the_next() {
    let (mut writes, count) = (CoalescedWrites::new(Socket::default()), Arc::new(Wakes::default()));
    let waker = Waker::from(Arc::clone(&count));
    let mut cx = Context::from_waker(&waker);
    for frame in 1..=3 {
        assert!(!send(&mut writes, &mut cx, 100));
        assert_eq!(count.0.load(Ordering::Relaxed), frame, "it asks to be polled again");
    }
    assert_eq!(writes.io.flushes, 0);

    assert!(send(&mut writes, &mut cx, 0), "nothing more came: it is time");
    assert_eq!((writes.io.bytes, writes.io.flushes), (300, 1));
    assert!(!send(&mut writes, &mut cx, 300), "as much again is news again");
}

#[test]
fn many_bytes_do_not_wait() {
    let mut writes = CoalescedWrites::new(Socket::default());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(!send(&mut writes, &mut cx, MOST_AT_FIRST - 1));
    assert!(send(&mut writes, &mut cx, 1), "at first");
    for _ in 1..TAKEN_BYTES / MOST_AT_FIRST {
        assert!(send(&mut writes, &mut cx, MOST_AT_FIRST));
    }
    assert!(!send(&mut writes, &mut cx, MOST_BYTES - 1), "it has read much");
    assert!(send(&mut writes, &mut cx, 1));
}
