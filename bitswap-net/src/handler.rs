//! The `ConnectionHandler`: one connection's streams, and the decoding and hashing of what comes
//! on them. It knows no engine; the behaviour tells it what to write.

mod arriving;
mod backoff;
mod delivery;
mod frames;
mod hashing;
mod idle_timer;
mod inbound;
mod outbound;
mod outgoing;
mod portions;
#[cfg(test)]
mod tests;
mod upgrade;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::task::{Context, Poll};

use bitswap_core::wire::{Message, ProtocolVersion, Skipped};
use bitswap_core::{Block, Lane, Lanes, SendId};
use futures::ready;
use libp2p::swarm::handler::{
    ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
    ProtocolsChange,
};
use libp2p::swarm::{
    ConnectionHandler, ConnectionHandlerEvent, StreamProtocol, StreamUpgradeError,
    SubstreamProtocol,
};

pub use self::upgrade::{Id, Negotiated, Upgrade};

use self::arriving::{Arriving, Seen, Unfinished};
use self::frames::{Frame, StreamError};
use self::hashing::{Hashed, Hashing};
use self::idle_timer::IdleTimer;
use self::inbound::Inbound;
use self::outbound::{LaneEvent, Outbound};
use crate::download::Download;
use crate::frame_budget::FrameBudget;
use crate::hashes::OpenHashes;
use crate::throttle::Throttle;
use crate::timer::Timer;

/// Bitswap on one connection: two lanes out, up to 256 streams in.
#[derive(Debug)]
pub struct Handler {
    /// Whether streams are refused, and none is opened, on this connection.
    upgrade: Upgrade,
    hashes: OpenHashes,
    idle_timer: IdleTimer,
    capabilities: Option<ProtocolVersion>,
    /// Whether the peer says, by identify, that it speaks Bitswap.
    listed: bool,
    lanes: Lanes,
    control: Outbound,
    blocks: Outbound,
    inbound: Inbound,
    arriving: Arriving,
    hashing: Hashing,
    throttle: Throttle,
    download: Download,
    /// Set while the peer is not read.
    resume: Timer,
    /// Whether a stream is to be asked for that only shows whether the peer answers.
    probes: bool,
    /// At most one for each thing done in the current poll: nothing is read before they are told.
    events: VecDeque<HandlerEvent>,
}

/// A command of the behaviour to the handler of a connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum HandlerCommand {
    /// Ask for a stream now, if there is none: the peer is needed.
    Open,
    /// Use one stream only, from now on.
    OneLane,
    /// Ask for a stream of no use, to see whether the peer answers.
    Probe,
    /// Drop what waits to be written: it goes elsewhere.
    Drop,
    /// Close the streams that are idle: nothing is to come on this connection.
    CloseIdle,
    /// Do not hold the blocks of this message any longer.
    Suspend(SendId),
    /// Go on with a message that was suspended.
    Resume {
        /// The id of the message.
        send: SendId,
        /// Its blocks; `None` = they are gone, and it fails.
        blocks: Option<Vec<Block>>,
    },
    /// Write this message.
    Send {
        /// The lane to write it on.
        lane: Lane,
        /// The id by which the outcome is reported.
        send: SendId,
        /// The message.
        message: Message,
    },
}

/// An event of a connection, for the behaviour.
#[derive(Debug)]
#[non_exhaustive]
pub enum HandlerEvent {
    /// A message came, its blocks hashed, or a part of a long one.
    Received {
        /// The dialect of the stream that it came on.
        protocol: ProtocolVersion,
        /// The message.
        message: Message,
        /// The items in it that were skipped.
        skipped: Skipped,
    },
    /// The peer answered a [`HandlerCommand::Probe`].
    Answers,
    /// So many bytes came of messages that are not whole yet.
    Bytes(u64),
    /// Nothing was said for a while; [`HandlerCommand::CloseIdle`] is the answer if nothing is to
    /// come.
    Idle,
    /// The peer does not listen to Bitswap on this connection.
    Unsupported,
    /// No stream came about, for a reason that may pass: another is asked for after a pause.
    NoStream,
    /// A message could not be written; nothing of it counts as said.
    NotSent(SendId),
    /// The peer refuses a second stream; one is used from now on.
    OneLane,
    /// The peer sent more than its share and is not read for a while.
    Paused,
    /// A frame came that is not a message; its stream was reset.
    Refused,
    /// A stream died, and wants that were written to it may have died with it.
    Reset,
    /// A message was flushed into the muxer.
    Sent(SendId),
    /// The peer took what was left of a suspended message: its blocks are needed again.
    Waits(SendId),
    /// The peer listens to Bitswap, in this dialect.
    PeerCapabilities(ProtocolVersion),
    /// The peer went on sending what is of no use, and is to be disconnected.
    Wasteful,
}

/// `None` = only to see whether the peer answers, which is waited for if several are offered.
type OpenInfo = Option<Lane>;
type Event = ConnectionHandlerEvent<Upgrade, OpenInfo, HandlerEvent>;

impl Handler {
    pub(crate) fn new(
        hashes: OpenHashes,
        throttle: Throttle,
        download: Download,
        budget: FrameBudget,
    ) -> Self {
        let mut control = Outbound::within(budget.clone());
        control.open_early();
        Self {
            upgrade: Upgrade::Offered,
            idle_timer: IdleTimer::new(),
            hashes,
            capabilities: None,
            listed: false,
            lanes: Lanes::Two,
            control,
            blocks: Outbound::within(budget.clone()),
            inbound: Inbound::within(budget),
            arriving: Arriving::default(),
            hashing: Hashing::default(),
            throttle,
            download,
            resume: Timer::default(),
            probes: false,
            events: VecDeque::new(),
        }
    }

    /// Neither takes nor opens streams, and does not need the connection.
    pub(crate) fn refusing(mut self) -> Self {
        self.upgrade = Upgrade::Refused;
        self.idle_timer = IdleTimer::over();
        self.control.open_no_more();
        self
    }

    const fn lane(&mut self, lane: Lane) -> &mut Outbound {
        match (lane, self.lanes) {
            (Lane::Control, _) | (_, Lanes::One) => &mut self.control,
            (Lane::Blocks, Lanes::Two) => &mut self.blocks,
        }
    }

    /// Whether the peer may be read now; if not, the timer wakes this connection when it may.
    fn may_read(&mut self, cx: &mut Context<'_>) -> bool {
        self.resume.set(self.throttle.resumes_at());
        let within_share = !self.resume.is_set() || self.resume.poll(cx).is_ready();
        within_share && self.download.may_read(cx)
    }

    fn poll_lanes(&mut self, cx: &mut Context<'_>, may_read: bool) -> Poll<(Lane, LaneEvent)> {
        if let Poll::Ready(event) = self.control.poll(cx, may_read) {
            return Poll::Ready((Lane::Control, event));
        }
        self.blocks.poll(cx, may_read).map(|event| (Lane::Blocks, event))
    }

    /// Tells what comes of frames that are not whole, and gives up those that do not come.
    fn poll_arriving(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self { control, blocks, inbound, arriving, .. } = self;
        let seen = arriving.poll(cx, |now| {
            let mut unfinished = Unfinished::default();
            control.tell(now, &mut unfinished);
            blocks.tell(now, &mut unfinished);
            inbound.tell(now, &mut unfinished);
            unfinished
        });
        match ready!(seen) {
            Seen::Bytes(bytes) => self.events.push_back(HandlerEvent::Bytes(bytes)),
            Seen::Stalled(since) => {
                tracing::debug!("the peer stopped sending in the middle of a message");
                self.control.drop_unfinished(since);
                self.blocks.drop_unfinished(since);
                self.inbound.drop_unfinished(since);
            }
        }
        Poll::Ready(())
    }

    /// Handles an event of a lane. Returns what the swarm is to be asked for.
    fn on_lane_event(&mut self, lane: Lane, event: LaneEvent) -> Option<Event> {
        match event {
            LaneEvent::Received(protocol, frame) => {
                self.heard(protocol, frame.map(|frame| *frame));
            }
            LaneEvent::NotSent(send) => self.events.push_back(HandlerEvent::NotSent(send)),
            LaneEvent::Open => {
                let protocol = SubstreamProtocol::new(self.upgrade_of(lane), Some(lane));
                return Some(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
            }
            LaneEvent::Reset => self.events.push_back(HandlerEvent::Reset),
            LaneEvent::Waits(send) => self.events.push_back(HandlerEvent::Waits(send)),
            LaneEvent::Sent(send) => {
                self.idle_timer.touch();
                self.events.push_back(HandlerEvent::Sent(send));
            }
        }
        None
    }

    /// What the next stream of a lane offers. What is sent along with an offer is lost if that is
    /// refused, so only peers that have our own dialect are offered nothing else, and all dialects
    /// again once a stream failed.
    fn upgrade_of(&mut self, lane: Lane) -> Upgrade {
        match self.capabilities.filter(|known| known.has_relay()) {
            Some(known) if self.lane(lane).is_calm() => Upgrade::Known(known),
            Some(_) | None => self.upgrade,
        }
    }

    fn heard(&mut self, protocol: ProtocolVersion, frame: Result<Frame, StreamError>) {
        self.idle_timer.touch();
        match frame {
            Ok(frame) => {
                self.control.heard();
                self.arriving.came(frame.bytes);
                self.download.received(frame.bytes);
                self.hashing.push(protocol, frame, &self.hashes);
            }
            Err(why) => {
                self.on_stream_error(&why);
                self.judge();
            }
        }
    }

    fn received(&mut self, hashed: Hashed) {
        let Hashed { protocol, message, mut skipped, bytes_beside_payloads } = hashed;
        self.throttle.receives(&message, &skipped, bytes_beside_payloads);
        for message in portions::of(message) {
            let skipped = std::mem::take(&mut skipped);
            self.events.push_back(HandlerEvent::Received { protocol, message, skipped });
        }
        self.judge();
    }

    /// Tells what becomes of a peer that sent more than its share.
    fn judge(&mut self) {
        if self.throttle.is_exceeded() {
            self.events.push_back(HandlerEvent::Wasteful);
        } else if self.throttle.resumes_at().is_some() {
            self.events.push_back(HandlerEvent::Paused);
        }
    }

    fn on_stream_error(&mut self, why: &StreamError) {
        tracing::debug!(%why, "a stream of the peer is gone");
        if let StreamError::Refused { bytes, .. } = why {
            self.throttle.receives_malformed(*bytes);
            self.events.push_back(HandlerEvent::Refused);
        }
    }

    fn opened(&mut self, lane: Lane, negotiated: Negotiated) {
        if lane == Lane::Control && self.capabilities != Some(negotiated.protocol) {
            self.capabilities = Some(negotiated.protocol);
            self.events.push_back(HandlerEvent::PeerCapabilities(negotiated.protocol));
        }
        match (lane, self.lanes) {
            (Lane::Control, _) => self.control.opened(negotiated),
            (Lane::Blocks, Lanes::Two) => self.blocks.opened(negotiated),
            (Lane::Blocks, Lanes::One) => tracing::debug!("the second stream came too late"),
        }
    }

    fn not_opened(&mut self, lane: Lane, error: &StreamUpgradeError<Infallible>) {
        tracing::debug!(?lane, %error, "no stream");
        if lane == Lane::Blocks && !matches!(error, StreamUpgradeError::Timeout) {
            self.one_lane();
            self.events.push_back(HandlerEvent::OneLane);
            return;
        }
        if lane == Lane::Control {
            // A stream that is cut off looks like one that is refused.
            let refused = matches!(error, StreamUpgradeError::NegotiationFailed) && !self.listed;
            if refused {
                self.capabilities = None;
                self.events.push_back(HandlerEvent::Unsupported);
            } else if self.capabilities.is_none() {
                self.control.open_early();
                self.events.push_back(HandlerEvent::NoStream);
            }
        }
        let unsent = self.lane(lane).not_opened();
        self.events.extend(unsent.into_iter().map(|outgoing| HandlerEvent::NotSent(outgoing.send)));
    }

    /// The peer says that it speaks these protocols now.
    fn list(&mut self, mut protocols: impl Iterator<Item = StreamProtocol>) {
        if self.upgrade == Upgrade::Refused
            || !protocols.any(|protocol| upgrade::is_ours(&protocol))
        {
            return;
        }
        self.listed = true;
        if self.capabilities.is_none() {
            self.control.open_early();
        }
    }

    /// Everything takes the first stream from now on. If there were two, the peer may have
    /// dropped the older one, so the first one is opened anew.
    fn one_lane(&mut self) {
        self.lanes = Lanes::One;
        if self.blocks.drop_stream() {
            self.control.drop_stream();
        }
        for outgoing in self.blocks.not_opened() {
            self.control.push_again(outgoing);
        }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = HandlerCommand;
    type ToBehaviour = HandlerEvent;
    type InboundProtocol = Upgrade;
    type OutboundProtocol = Upgrade;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = OpenInfo;

    fn listen_protocol(&self) -> SubstreamProtocol<Upgrade> {
        SubstreamProtocol::new(self.upgrade, ())
    }

    fn connection_keep_alive(&self) -> bool {
        !self.idle_timer.is_over()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        loop {
            if self.idle_timer.poll(cx).is_ready() {
                self.events.push_back(HandlerEvent::Idle);
            }
            if let Some(event) = self.events.pop_front() {
                return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(event));
            }
            if std::mem::take(&mut self.probes) {
                let protocol = SubstreamProtocol::new(Upgrade::Offered, None);
                return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
            }
            if let Poll::Ready(Some(hashed)) = self.hashing.poll(cx) {
                self.received(hashed);
                continue;
            }
            let may_read = self.may_read(cx) && self.hashing.has_room();
            if let Poll::Ready((lane, event)) = self.poll_lanes(cx, may_read) {
                if let Some(event) = self.on_lane_event(lane, event) {
                    return Poll::Ready(event);
                }
                continue;
            }
            match self.inbound.poll(cx, may_read) {
                Poll::Ready((protocol, frame)) => self.heard(protocol, frame),
                Poll::Pending => ready!(self.poll_arriving(cx)),
            }
        }
    }

    /// What was read before the connection closed.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Option<HandlerEvent>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Poll::Ready(Some(event));
            }
            match ready!(self.hashing.poll(cx)) {
                Some(hashed) => self.received(hashed),
                None => return Poll::Ready(None),
            }
        }
    }

    fn on_behaviour_event(&mut self, command: HandlerCommand) {
        match command {
            HandlerCommand::OneLane => self.one_lane(),
            HandlerCommand::Probe => {
                // Who reads one stream may drop it for a new one.
                self.probes = self.lanes == Lanes::Two;
                self.events.extend((!self.probes).then_some(HandlerEvent::Answers));
            }
            HandlerCommand::Open => {
                if self.capabilities.is_none() {
                    self.control.open_now();
                }
            }
            HandlerCommand::Drop => {
                self.control.abandon();
                self.blocks.abandon();
            }
            HandlerCommand::CloseIdle => {
                if self.idle_timer.end() {
                    self.control.close_idle();
                    self.blocks.close_idle();
                }
            }
            HandlerCommand::Suspend(send) => {
                self.control.suspend(send);
                self.blocks.suspend(send);
            }
            HandlerCommand::Resume { send, blocks } => {
                self.control.resume(send, blocks.as_deref());
                self.blocks.resume(send, blocks.as_deref());
            }
            HandlerCommand::Send { lane, send, message } => {
                self.idle_timer.touch();
                self.throttle.sends(&message);
                self.lane(lane).push(send, message);
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what else the host tells is not for us")]
    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Upgrade, Upgrade, (), OpenInfo>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: negotiated,
                ..
            }) => {
                if self.capabilities.is_none() {
                    self.control.open_early();
                }
                self.inbound.add(negotiated);
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: negotiated,
                info: lane,
            }) => match lane {
                Some(lane) => self.opened(lane, negotiated),
                None => self.events.push_back(HandlerEvent::Answers),
            },
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info: lane, error }) => {
                if let Some(lane) = lane {
                    self.not_opened(lane, &error);
                } else if !matches!(error, StreamUpgradeError::Timeout) {
                    self.events.push_back(HandlerEvent::Answers);
                }
            }
            ConnectionEvent::RemoteProtocolsChange(ProtocolsChange::Added(added)) => {
                self.list(added.cloned());
            }
            _ => {}
        }
    }
}
