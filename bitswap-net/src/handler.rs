//! The `ConnectionHandler`: one connection's streams, and the decoding and hashing of what comes
//! on them. It knows no engine; the behaviour tells it what to write.

mod backoff;
mod delivery;
mod frames;
mod inbound;
mod linger;
mod offer;
mod outbound;
mod portions;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::task::{Context, Poll};

use bitswap_core::wire::{Decoded, Dialect, LeftOut, Message};
use bitswap_core::{Lane, Lanes, SendId};
use futures::ready;
use libp2p::swarm::handler::{
    ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
    ProtocolsChange,
};
use libp2p::swarm::{
    ConnectionHandler, ConnectionHandlerEvent, StreamProtocol, StreamUpgradeError,
    SubstreamProtocol,
};

pub use self::offer::{Agreed, Id, Offer};

use self::frames::Broken;
use self::inbound::Inbound;
use self::linger::Linger;
use self::outbound::{Outbound, Turn};
use crate::frame_budget::FrameBudget;
use crate::hashes::OpenHashes;
use crate::throttle::Throttle;
use crate::timer::Timer;

/// Bitswap on one connection: two lanes out, up to 256 streams in.
#[derive(Debug)]
pub struct Handler {
    hashes: OpenHashes,
    linger: Linger,
    speaks: Option<Dialect>,
    /// Whether the peer says, by identify, that it speaks Bitswap.
    listed: bool,
    lanes: Lanes,
    control: Outbound,
    blocks: Outbound,
    inbound: Inbound,
    throttle: Throttle,
    /// Set while the peer is not read.
    resume: Timer,
    /// At most one for each thing done in the current poll: nothing is read before they are told.
    reports: VecDeque<Report>,
}

/// What the behaviour tells a connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum Order {
    /// Ask for a stream now, if there is none: the peer is needed.
    Open,
    /// Use one stream only, from now on.
    OneLane,
    /// Close the streams that are idle: nothing is to come on this connection.
    Rest,
    /// Write this message.
    Send {
        /// On which stream.
        lane: Lane,
        /// Names the answer.
        send: SendId,
        /// What to write.
        message: Message,
    },
}

/// What a connection tells the behaviour.
#[derive(Debug)]
#[non_exhaustive]
pub enum Report {
    /// A message came, its blocks hashed, or a part of a long one.
    Heard {
        /// The dialect of the stream it came on.
        dialect: Dialect,
        /// What it says.
        message: Message,
        /// What was passed over in it.
        left_out: LeftOut,
    },
    /// Nothing was said for a while; [`Order::Rest`] is the answer if nothing is to come.
    Idle,
    /// The peer does not listen to Bitswap on this connection.
    Mute,
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
    /// The peer listens to Bitswap, in this dialect.
    Speaks(Dialect),
    /// The peer went on sending what is of no use, and is to be disconnected.
    Wasteful,
}

type Event = ConnectionHandlerEvent<Offer, Lane, Report>;

impl Handler {
    pub(crate) fn new(hashes: OpenHashes, throttle: Throttle, budget: FrameBudget) -> Self {
        let mut control = Outbound::within(budget.clone());
        control.open_early();
        Self {
            linger: Linger::new(),
            hashes,
            speaks: None,
            listed: false,
            lanes: Lanes::Two,
            control,
            blocks: Outbound::within(budget.clone()),
            inbound: Inbound::within(budget),
            throttle,
            resume: Timer::default(),
            reports: VecDeque::new(),
        }
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
        !self.resume.is_set() || self.resume.poll(cx).is_ready()
    }

    fn poll_lanes(&mut self, cx: &mut Context<'_>, may_read: bool) -> Poll<(Lane, Turn)> {
        if let Poll::Ready(turn) = self.control.poll(cx, may_read) {
            return Poll::Ready((Lane::Control, turn));
        }
        self.blocks.poll(cx, may_read).map(|turn| (Lane::Blocks, turn))
    }

    /// Does what a lane asks; the event is for the host.
    fn take_turn(&mut self, lane: Lane, turn: Turn) -> Option<Event> {
        match turn {
            Turn::Heard(dialect, frame) => self.heard(dialect, frame),
            Turn::NotSent(send) => self.reports.push_back(Report::NotSent(send)),
            Turn::Open => {
                let protocol = SubstreamProtocol::new(Offer, lane);
                return Some(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
            }
            Turn::Reset => self.reports.push_back(Report::Reset),
            Turn::Sent(send) => {
                self.linger.touch();
                self.reports.push_back(Report::Sent(send));
            }
        }
        None
    }

    fn heard(&mut self, dialect: Dialect, frame: Result<Decoded, Broken>) {
        self.linger.touch();
        match frame {
            Ok(decoded) => {
                self.control.heard();
                let open = self.hashes.now();
                let bytes = decoded.bytes_beside_payloads();
                let (message, mut left_out) =
                    decoded.verify(|code, digest| open.contains(&(code, digest)));
                self.throttle.receives(&message, &left_out, bytes);
                for message in portions::of(message) {
                    let left_out = std::mem::take(&mut left_out);
                    self.reports.push_back(Report::Heard { dialect, message, left_out });
                }
            }
            Err(why) => self.broken(&why),
        }
        if self.throttle.is_exceeded() {
            self.reports.push_back(Report::Wasteful);
        } else if self.throttle.resumes_at().is_some() {
            self.reports.push_back(Report::Paused);
        }
    }

    fn broken(&mut self, why: &Broken) {
        tracing::debug!(%why, "a stream of the peer is gone");
        if let Broken::Refused { bytes, .. } = why {
            self.throttle.receives_malformed(*bytes);
            self.reports.push_back(Report::Refused);
        }
    }

    fn opened(&mut self, lane: Lane, agreed: Agreed) {
        if lane == Lane::Control && self.speaks != Some(agreed.dialect) {
            self.speaks = Some(agreed.dialect);
            self.reports.push_back(Report::Speaks(agreed.dialect));
        }
        match (lane, self.lanes) {
            (Lane::Control, _) => self.control.opened(agreed),
            (Lane::Blocks, Lanes::Two) => self.blocks.opened(agreed),
            (Lane::Blocks, Lanes::One) => tracing::debug!("the second stream came too late"),
        }
    }

    fn not_opened(&mut self, lane: Lane, error: &StreamUpgradeError<Infallible>) {
        tracing::debug!(?lane, %error, "no stream");
        if lane == Lane::Blocks && !matches!(error, StreamUpgradeError::Timeout) {
            self.one_lane();
            self.reports.push_back(Report::OneLane);
            return;
        }
        if lane == Lane::Control {
            // A stream that is cut off looks like one that is refused.
            let refused = matches!(error, StreamUpgradeError::NegotiationFailed) && !self.listed;
            if refused {
                self.speaks = None;
                self.reports.push_back(Report::Mute);
            } else if self.speaks.is_none() {
                self.control.open_early();
                self.reports.push_back(Report::NoStream);
            }
        }
        let unsent = self.lane(lane).not_opened();
        self.reports.extend(unsent.into_iter().map(|outgoing| Report::NotSent(outgoing.send)));
    }

    /// The peer says that it speaks these protocols now.
    fn list(&mut self, mut protocols: impl Iterator<Item = StreamProtocol>) {
        let is_ours = |protocol: &StreamProtocol| {
            Dialect::NEWEST_FIRST.iter().any(|dialect| dialect.protocol_id() == protocol.as_ref())
        };
        if !protocols.any(|protocol| is_ours(&protocol)) {
            return;
        }
        self.listed = true;
        if self.speaks.is_none() {
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
            self.control.push(outgoing.send, outgoing.message);
        }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Order;
    type ToBehaviour = Report;
    type InboundProtocol = Offer;
    type OutboundProtocol = Offer;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Lane;

    fn listen_protocol(&self) -> SubstreamProtocol<Offer> {
        SubstreamProtocol::new(Offer, ())
    }

    fn connection_keep_alive(&self) -> bool {
        !self.linger.is_over()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        loop {
            if self.linger.poll(cx).is_ready() {
                self.reports.push_back(Report::Idle);
            }
            if let Some(report) = self.reports.pop_front() {
                return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(report));
            }
            let may_read = self.may_read(cx);
            if let Poll::Ready((lane, turn)) = self.poll_lanes(cx, may_read) {
                if let Some(event) = self.take_turn(lane, turn) {
                    return Poll::Ready(event);
                }
                continue;
            }
            let (dialect, frame) = ready!(self.inbound.poll(cx, may_read));
            self.heard(dialect, frame);
        }
    }

    fn on_behaviour_event(&mut self, order: Order) {
        match order {
            Order::OneLane => self.one_lane(),
            Order::Open => {
                if self.speaks.is_none() {
                    self.control.open_now();
                }
            }
            Order::Rest => {
                if self.linger.end() {
                    self.control.rest();
                    self.blocks.rest();
                }
            }
            Order::Send { lane, send, message } => {
                self.linger.touch();
                self.throttle.sends(&message);
                self.lane(lane).push(send, message);
            }
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what else the host tells is not for us")]
    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Offer, Offer, (), Lane>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: agreed,
                ..
            }) => {
                if self.speaks.is_none() {
                    self.control.open_early();
                }
                self.inbound.add(agreed);
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: agreed,
                info: lane,
            }) => self.opened(lane, agreed),
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info: lane, error }) => {
                self.not_opened(lane, &error);
            }
            ConnectionEvent::RemoteProtocolsChange(ProtocolsChange::Added(added)) => {
                self.list(added.cloned());
            }
            _ => {}
        }
    }
}
