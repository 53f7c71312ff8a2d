//! One of our streams to a peer: opened when there is something to say, written one message at a
//! time, and read too, since some peers answer where they were asked.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bitswap_core::wire::{Entry, Message, ProtocolVersion};
use bitswap_core::{Block, SendId};
use futures::{AsyncWrite as _, ready};
use libp2p::swarm::Stream;
use tokio::time::Instant;

use super::arriving::Unfinished;
use super::backoff::Backoff;
use super::delivery::Delivery;
use super::frames::{Frame, Frames, StreamError};
use super::outgoing::{Outgoing, Progress, Writing};
use super::upgrade::Negotiated;
use crate::frame_budget::FrameBudget;

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
    /// A suspended message needs its blocks again.
    Waits(SendId),
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
    writing: Writing,
}

/// What became of a stream that was polled.
enum Polled {
    Frame(Box<Frame>),
    Wrote(Progress),
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
        self.queue.push_back(Outgoing::new(send, message));
    }

    /// Writes a message that another lane had, after those before it.
    pub(super) fn push_again(&mut self, mut outgoing: Outgoing) {
        outgoing.tries = 0;
        self.queue.push_back(outgoing);
    }

    /// Holds the blocks of a message no longer, if it is in the queue.
    pub(super) fn suspend(&mut self, send: SendId) {
        if let Some((outgoing, writing)) = self.find(send) {
            outgoing.suspend(writing);
        }
    }

    /// Goes on with a message that was suspended; without its blocks it fails, and its stream with
    /// it if it has begun.
    pub(super) fn resume(&mut self, send: SendId, blocks: Option<&[Block]>) {
        if let Some((outgoing, writing)) = self.find(send)
            && !blocks.is_some_and(|blocks| outgoing.resume(blocks))
        {
            outgoing.tries = TRIES;
            if writing.is_some_and(|writing| writing.has_begun()) {
                self.drop_stream();
            }
        }
    }

    /// A message in the queue, and what is written of it if it is the first one.
    fn find(&mut self, send: SendId) -> Option<(&mut Outgoing, Option<&mut Writing>)> {
        let place = self.queue.iter().position(|outgoing| outgoing.send == send)?;
        let writing = match &mut self.state {
            State::Open(open) if place == 0 => Some(&mut open.writing),
            State::Open(_) | State::Closed | State::Closing(_) | State::Opening => None,
        };
        Some((self.queue.get_mut(place)?, writing))
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
            writing: Writing::default(),
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

    /// Resets the stream, and forgets what waits for it without a word: all of it goes elsewhere.
    pub(super) fn abandon(&mut self) {
        self.queue.clear();
        self.delivery.read();
        if !matches!(self.state, State::Opening) {
            self.state = State::Closed;
        }
    }

    /// Adds what a frame on it that is not whole has to what is told of the connection.
    pub(super) fn tell(&mut self, now: Instant, unfinished: &mut Unfinished) {
        if let State::Open(open) = &mut self.state {
            open.frames.tell(now, unfinished);
        }
    }

    /// Resets the stream if a frame began on it by then that is not whole.
    pub(super) fn drop_unfinished(&mut self, by: Instant) {
        if matches!(&self.state, State::Open(open) if open.frames.is_unfinished(by)) {
            self.drop_stream();
        }
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
                State::Open(open) => {
                    let polled = ready!(open.poll(cx, self.queue.front_mut(), may_read));
                    let protocol = open.protocol;
                    if let Some(event) = self.follow(protocol, polled) {
                        return Poll::Ready(event);
                    }
                }
                State::Opening => return Poll::Pending,
            }
        }
    }

    /// What is to be told of a stream that was polled.
    fn follow(
        &mut self,
        protocol: ProtocolVersion,
        polled: Result<Polled, StreamError>,
    ) -> Option<LaneEvent> {
        match polled {
            Ok(Polled::Frame(frame)) => Some(LaneEvent::Received(protocol, Ok(frame))),
            Ok(Polled::Wrote(Progress::Waits)) => Some(LaneEvent::Waits(self.queue.front()?.send)),
            Ok(Polled::Wrote(Progress::Written)) => {
                let Outgoing { send, message, .. } = self.queue.pop_front()?;
                if message.entries.iter().any(|it| matches!(it, Entry::Want { .. })) {
                    self.delivery.asked();
                }
                Some(LaneEvent::Sent(send))
            }
            Err(error) => Some(LaneEvent::Received(protocol, Err(self.lost(error)?))),
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
            first.tries =
                if matches!(why, StreamError::Stalled(_)) { TRIES } else { first.tries + 1 };
        }
        matches!(why, StreamError::Refused { .. }).then_some(why)
    }
}

impl Open {
    /// Writes `first`, and reads.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        first: Option<&mut Outgoing>,
        may_read: bool,
    ) -> Poll<Result<Polled, StreamError>> {
        let Self { writing, stream, protocol, .. } = self;
        if let Some(first) = first
            && let Poll::Ready(wrote) = writing.poll(cx, stream, (first, *protocol))
        {
            return Poll::Ready(wrote.map(Polled::Wrote));
        }
        if self.half_closed {
            return Poll::Pending;
        }
        let frame = self.frames.poll_next(cx, &mut self.stream, self.protocol, may_read);
        if let Some(frame) = ready!(frame) {
            return Poll::Ready(frame.map(|frame| Polled::Frame(Box::new(frame))));
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
}
