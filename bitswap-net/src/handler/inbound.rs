//! The streams a peer opened: any number of frames on each, read in turn.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bitswap_core::wire::ProtocolVersion;
use futures::AsyncWrite as _;
use libp2p::swarm::Stream;
use tokio::time::Instant;

use super::arriving::Unfinished;
use super::frames::{Frame, Frames, StreamError};
use super::upgrade::Negotiated;
use crate::frame_budget::FrameBudget;

/// Streams of one connection. Of one more, the longest idle makes room: the reference opens a
/// stream for each answer and never closes those that carry wants, and an idle one holds nothing.
const MAX_STREAMS: usize = 256;

/// Streams of one connection on which a frame has begun; on the others none begins meanwhile. The
/// reference sends eight answers at once.
const MAX_BUSY_STREAMS: usize = 16;

/// The inbound streams of one connection.
#[derive(Debug)]
pub(super) struct Inbound {
    streams: VecDeque<Reader>,
    budget: FrameBudget,
}

#[derive(Debug)]
struct Reader {
    stream: Stream,
    protocol: ProtocolVersion,
    frames: Frames,
    heard_at: Instant,
    ended: bool,
}

impl Inbound {
    /// Without streams; what their frames hold counts in `budget`.
    pub(super) const fn within(budget: FrameBudget) -> Self {
        Self { streams: VecDeque::new(), budget }
    }

    /// Reads this stream too.
    pub(super) fn add(&mut self, negotiated: Negotiated) {
        if self.streams.len() >= MAX_STREAMS {
            let idle = self.streams.iter().enumerate().filter(|(_, reader)| reader.is_idle());
            let Some((longest, _)) = idle.min_by_key(|(_, reader)| reader.heard_at) else {
                self.budget.refuse_stream();
                return tracing::debug!("all streams are busy: the new one is dropped");
            };
            self.streams.remove(longest);
        }
        self.streams.push_back(Reader {
            stream: negotiated.stream,
            protocol: negotiated.protocol,
            frames: Frames::within(&self.budget),
            heard_at: Instant::now(),
            ended: false,
        });
    }

    /// Adds what frames that are not whole have to what is told of the connection.
    pub(super) fn tell(&mut self, now: Instant, unfinished: &mut Unfinished) {
        for reader in &mut self.streams {
            reader.frames.tell(now, unfinished);
        }
    }

    /// Gives up the streams on which a frame began by then that is not whole.
    pub(super) fn drop_unfinished(&mut self, by: Instant) {
        self.streams.retain(|reader| !reader.frames.is_unfinished(by));
    }

    /// The next frame of any stream, or why one of them is lost; nothing is read unless it
    /// `may_read`.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        may_read: bool,
    ) -> Poll<(ProtocolVersion, Result<Frame, StreamError>)> {
        let mut busy = self.streams.iter().filter(|reader| !reader.is_idle()).count();
        for _ in 0..self.streams.len() {
            let Some(mut reader) = self.streams.pop_front() else { break };
            let was_idle = reader.is_idle();
            if was_idle && !reader.ended && busy >= MAX_BUSY_STREAMS {
                // It is polled again when a frame has ended, which is told with `Ready`.
                self.streams.push_back(reader);
                continue;
            }
            match reader.poll(cx, may_read) {
                Poll::Pending => {
                    busy += usize::from(was_idle && !reader.is_idle());
                    self.streams.push_back(reader);
                }
                Poll::Ready(None) => {}
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready((reader.protocol, Err(error)));
                }
                Poll::Ready(Some(Ok(frame))) => {
                    let protocol = reader.protocol;
                    self.streams.push_back(reader);
                    return Poll::Ready((protocol, Ok(frame)));
                }
            }
        }
        Poll::Pending
    }
}

impl Reader {
    fn is_idle(&self) -> bool {
        self.ended || self.frames.is_idle()
    }

    /// The next frame; `None` when both sides are closed.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        may_read: bool,
    ) -> Poll<Option<Result<Frame, StreamError>>> {
        if !self.ended {
            match self.frames.poll_next(cx, &mut self.stream, self.protocol, may_read) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(frame)) => {
                    self.heard_at = Instant::now();
                    return Poll::Ready(Some(frame));
                }
                Poll::Ready(None) => self.ended = true,
            }
        }
        // The peer waits for our side to close, which says that all was read.
        Pin::new(&mut self.stream).poll_close(cx).map(|_| None)
    }
}
