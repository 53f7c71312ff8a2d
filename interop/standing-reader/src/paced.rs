//! A socket that is read at a rate, or not at all.

use std::io::Result;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::{AsyncRead, AsyncWrite};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::tally::Tally;

/// How often in a second a slow socket is read.
const READS: u32 = 5;
/// Who was woken so much later than it was due, makes up for it: that is the machine, not its line.
const LATE: Duration = Duration::from_millis(200);

/// Bytes a second that a peer's socket may be read at; shared with whoever changes it.
pub(crate) struct Pace {
    rate: AtomicU32,
    tally: Arc<Tally>,
    peer: usize,
}

impl Pace {
    /// No limit.
    pub(crate) const FREE: u32 = u32::MAX;

    /// No limit yet: as handshakes want it.
    pub(crate) fn free(tally: &Arc<Tally>, peer: usize) -> Arc<Self> {
        Arc::new(Self { rate: AtomicU32::new(Self::FREE), tally: Arc::clone(tally), peer })
    }

    /// From the next read on.
    pub(crate) fn set(&self, rate: u32) {
        self.rate.store(rate, Ordering::Relaxed);
    }

    fn get(&self) -> u32 {
        self.rate.load(Ordering::Relaxed)
    }
}

/// What it does not read stays in the kernel, until TCP tells the sender to stop.
pub(crate) struct Paced {
    socket: TcpStream,
    pace: Arc<Pace>,
    next: Pin<Box<Sleep>>,
}

impl Paced {
    pub(crate) fn new(socket: TcpStream, pace: Arc<Pace>) -> Self {
        Self { socket, pace, next: Box::pin(sleep_until(Instant::now())) }
    }
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<Result<usize>> {
        let rate = self.pace.get();
        if rate == 0 {
            // Nobody wakes this: the rate stays 0. What is written wakes the task by itself.
            return Poll::Pending;
        }
        let mut most = into.len();
        if rate != Pace::FREE {
            most = most.min((rate / READS).max(1) as usize);
            ready!(self.next.as_mut().poll(cx));
        }
        let mut room = ReadBuf::new(&mut into[..most]);
        ready!(Pin::new(&mut self.socket).poll_read(cx, &mut room))?;
        let bytes = room.filled().len();
        // Here, since what is above has nothing of a packet of Noise before it has all of it:
        // 64 KiB, half a minute at 2 kB a second.
        self.pace.tally.add(self.pace.peer, bytes);
        if rate != Pace::FREE {
            let pause = Duration::from_secs_f64(bytes as f64 / f64::from(rate));
            let (due, now) = (self.next.deadline(), Instant::now());
            let from = if now < due + LATE { due } else { now };
            self.next.as_mut().reset(from + pause);
        }
        Poll::Ready(Ok(bytes))
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
