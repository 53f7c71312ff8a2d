//! One of our streams to a peer: opened when there is something to say, written one message at a
//! time, and read too, since some peers answer where they were asked.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bitswap_core::SendId;
use bitswap_core::wire::{EncodedFrame, Entry, Message, ProtocolVersion, encode_in_pieces};
use bytes::Buf as _;
use futures::{AsyncWrite as _, ready};
use libp2p::swarm::Stream;
use tokio::time::Instant;

use super::backoff::Backoff;
use super::delivery::Delivery;
use super::frames::{Frame, Frames, StreamError, time_for};
use super::upgrade::Negotiated;
use crate::frame_budget::FrameBudget;
use crate::timer::Timer;

/// A message is tried once more, on a fresh stream, when its stream was lost under it: peers
/// reset idle streams, and a message may just have been on its way.
const TRIES: u8 = 2;

/// A stream that stood so long was not refused: the next one that is lost is the first again.
const LASTING: Duration = Duration::from_secs(5);

/// One lane.
#[derive(Debug)]
pub(super) struct Outbound {
    budget: FrameBudget,
    state: State,
    early: bool,
    backoff: Backoff,
    delivery: Delivery,
    /// Whether wants were lost with a stream, and this is still to be told.
    reset: bool,
    /// The first one is being written. At most one of each lane of the engine.
    queue: VecDeque<Outgoing>,
}

/// An event of a lane.
#[derive(Debug)]
pub(super) enum LaneEvent {
    /// A frame came on our own stream, or that stream was lost.
    Received(ProtocolVersion, Result<Box<Frame>, StreamError>),
    /// A message could not be written.
    NotSent(SendId),
    /// A stream is needed.
    Open,
    /// A stream died, and wants that were flushed into it may have died with it.
    Reset,
    /// A message was flushed into the muxer.
    Sent(SendId),
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Closed,
    Closing(Stream),
    Open(Box<Open>),
    Opening,
}

#[derive(Debug)]
struct Open {
    stream: Stream,
    since: Instant,
    protocol: ProtocolVersion,
    frames: Frames,
    half_closed: bool,
    /// What is left of the first message in the queue.
    writing: Option<EncodedFrame>,
    allowed: Duration,
    timer: Timer,
}

#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) send: SendId,
    pub(super) message: Message,
    tries: u8,
}

impl Outbound {
    /// Without a stream; what frames on it hold counts in `budget`.
    pub(super) fn within(budget: FrameBudget) -> Self {
        Self {
            budget,
            state: State::Closed,
            early: false,
            backoff: Backoff::default(),
            delivery: Delivery::default(),
            reset: false,
            queue: VecDeque::new(),
        }
    }

    /// Writes this message after those before it.
    pub(super) fn push(&mut self, send: SendId, message: Message) {
        self.queue.push_back(Outgoing { send, message, tries: 0 });
    }

    /// Takes a stream along that was asked for with [`LaneEvent::Open`].
    pub(super) fn opened(&mut self, negotiated: Negotiated) {
        self.early = false;
        self.state = State::Open(Box::new(Open {
            stream: negotiated.stream,
            since: Instant::now(),
            protocol: negotiated.protocol,
            frames: Frames::within(&self.budget),
            half_closed: false,
            writing: None,
            allowed: Duration::ZERO,
            timer: Timer::default(),
        }));
    }

    /// Opens the stream now, before there is anything to say.
    pub(super) const fn open_early(&mut self) {
        self.early = true;
    }

    /// Asks for no stream as long as there is nothing to say.
    pub(super) const fn open_no_more(&mut self) {
        self.early = false;
    }

    /// Asks for a stream now, although there is nothing to say and a pause is not over.
    pub(super) const fn open_now(&mut self) {
        self.early = true;
        self.backoff.skip();
    }

    /// The stream could not be opened: everything that waited for it comes back.
    pub(super) fn not_opened(&mut self) -> VecDeque<Outgoing> {
        self.state = State::Closed;
        self.backoff.refused();
        std::mem::take(&mut self.queue)
    }

    /// Resets the stream; the first message starts again on another. True if there was one.
    pub(super) fn drop_stream(&mut self) -> bool {
        self.reset |= self.delivery.lost();
        matches!(std::mem::take(&mut self.state), State::Open(_))
    }

    /// Whether no stream failed of late.
    pub(super) const fn is_calm(&self) -> bool {
        self.backoff.is_calm()
    }

    /// The peer said something, on any stream of the connection.
    pub(super) fn heard(&mut self) {
        self.delivery.heard();
    }

    /// Closes an idle stream; the next message opens another.
    pub(super) fn close_idle(&mut self) {
        if self.queue.is_empty() {
            self.state = match std::mem::take(&mut self.state) {
                State::Open(open) => {
                    self.backoff.lasted();
                    self.delivery.read();
                    State::Closing(open.stream)
                }
                other @ (State::Closed | State::Closing(_) | State::Opening) => other,
            };
        }
    }

    /// The next thing to tell; nothing is read unless it `may_read`.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, may_read: bool) -> Poll<LaneEvent> {
        loop {
            if std::mem::take(&mut self.reset) {
                return Poll::Ready(LaneEvent::Reset);
            }
            if self.queue.front().is_some_and(|first| first.tries >= TRIES)
                && let Some(first) = self.queue.pop_front()
            {
                return Poll::Ready(LaneEvent::NotSent(first.send));
            }
            match &mut self.state {
                State::Closed if self.queue.is_empty() && !self.early => return Poll::Pending,
                State::Closed => {
                    ready!(self.backoff.poll(cx));
                    self.early = false;
                    self.state = State::Opening;
                    return Poll::Ready(LaneEvent::Open);
                }
                State::Closing(stream) => {
                    let closed = Pin::new(stream).poll_close(cx);
                    if closed.is_pending() && self.queue.is_empty() {
                        return Poll::Pending;
                    }
                    self.state = State::Closed;
                }
                State::Open(open) => match ready!(open.poll(cx, self.queue.front(), may_read)) {
                    Ok(None) => {
                        let Some(Outgoing { send, message, .. }) = self.queue.pop_front() else {
                            return Poll::Pending;
                        };
                        if message.entries.iter().any(|it| matches!(it, Entry::Want { .. })) {
                            self.delivery.asked();
                        }
                        return Poll::Ready(LaneEvent::Sent(send));
                    }
                    Ok(Some(frame)) => {
                        let frame = Ok(Box::new(frame));
                        return Poll::Ready(LaneEvent::Received(open.protocol, frame));
                    }
                    Err(error) => {
                        let protocol = open.protocol;
                        if let Some(refused) = self.lost(error) {
                            return Poll::Ready(LaneEvent::Received(protocol, Err(refused)));
                        }
                    }
                },
                State::Opening => return Poll::Pending,
            }
        }
    }

    /// The stream is gone; what was being written has one try less. Comes back if it is the
    /// peer's fault.
    fn lost(&mut self, why: StreamError) -> Option<StreamError> {
        tracing::debug!(%why, unsent = self.queue.len(), "a stream of ours is gone");
        if let State::Open(open) = std::mem::take(&mut self.state)
            && open.since.elapsed() >= LASTING
        {
            self.backoff.lasted();
        }
        self.backoff.lost();
        self.reset |= self.delivery.lost();
        if let Some(first) = self.queue.front_mut() {
            first.tries = if matches!(why, StreamError::Slow(_)) { TRIES } else { first.tries + 1 };
        }
        matches!(why, StreamError::Refused { .. }).then_some(why)
    }
}

impl Open {
    /// Writes `first` (`None` once it is flushed) and reads (`Some` frame).
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        first: Option<&Outgoing>,
        may_read: bool,
    ) -> Poll<Result<Option<Frame>, StreamError>> {
        if let Some(first) = first
            && let Poll::Ready(written) = self.poll_write(cx, &first.message)
        {
            return Poll::Ready(written.map(|()| None));
        }
        if self.half_closed {
            return Poll::Pending;
        }
        let frame = self.frames.poll_next(cx, &mut self.stream, self.protocol, may_read);
        if let Some(frame) = ready!(frame) {
            return Poll::Ready(frame.map(Some));
        }
        // Half-closed is not closed: it is only read no further.
        self.half_closed = true;
        self.poll_alive(cx)
    }

    /// Fails if the end of the peer's side was a reset, which yamux shows as an end too: then
    /// nothing can be written either.
    fn poll_alive<T>(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, StreamError>> {
        match Pin::new(&mut self.stream).poll_write(cx, &[]) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
            Poll::Ready(Ok(_)) | Poll::Pending => Poll::Pending,
        }
    }

    /// Writes and flushes a message, within its time.
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        message: &Message,
    ) -> Poll<Result<(), StreamError>> {
        let written = self.poll_write_on(cx, message);
        if written.is_pending() && self.timer.poll(cx).is_ready() {
            return Poll::Ready(Err(StreamError::Slow(self.allowed)));
        }
        written
    }

    /// Writes and flushes a message, however long it takes.
    fn poll_write_on(
        &mut self,
        cx: &mut Context<'_>,
        message: &Message,
    ) -> Poll<Result<(), StreamError>> {
        let rest = self.writing.get_or_insert_with(|| {
            let frame = encode_in_pieces(message, self.protocol);
            self.allowed = time_for(frame.remaining());
            self.timer.set(Some(Instant::now() + self.allowed));
            frame
        });
        while rest.has_remaining() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, rest.chunk()))?;
            if written == 0 {
                return Poll::Ready(Err(io::Error::from(io::ErrorKind::WriteZero).into()));
            }
            rest.advance(written);
        }
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.writing = None;
        self.timer.set(None);
        Poll::Ready(Ok(()))
    }
}
