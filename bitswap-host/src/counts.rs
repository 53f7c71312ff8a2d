//! Counts of the host's connections, dials and announcements, under these names.

use std::collections::HashMap;

use libp2p::PeerId;
use libp2p::core::ConnectedPoint;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{ConnectionError, DialError};
use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};

/// Blocks that were announced, by `result`.
pub const ANNOUNCEMENTS: &str = "bitswap_announcements_total";
/// Open connections, by `direction` and `transport`.
pub const CONNECTIONS: &str = "bitswap_net_connections";
/// Connections that were closed, by `reason`.
pub const CLOSED: &str = "bitswap_net_closed_connections_total";
/// Dials that ended, by `result`.
pub const DIALS: &str = "bitswap_net_dials_total";
/// Connections over relays that were to become direct, by `result`.
pub const HOLE_PUNCHES: &str = "bitswap_net_hole_punches_total";
/// Whether others can connect.
pub const REACHABLE: &str = "bitswap_net_reachable";
/// Incoming connections that came to nothing.
pub const INCOMING_FAILED: &str = "bitswap_net_incoming_failures_total";
/// Peers in the routing tables, by `scope`.
pub const DHT_PEERS: &str = "bitswap_dht_peers";
/// Peers that lead into the DHTs, by `state`.
pub const BOOTSTRAP_PEERS: &str = "bitswap_dht_bootstrap_peers";
/// The values of `state`.
pub const BOOTSTRAP_STATES: [&str; 2] = ["reached", "unreached"];
/// The values of `transport`.
pub const TRANSPORTS: [&str; 4] = ["tcp", "quic", "relay", "other"];
/// The values of `reason`.
pub const CLOSE_REASONS: [&str; 5] = ["asked", "bitswap", "idle", "lost", "room"];
/// The values of `result` of dials.
pub const DIAL_RESULTS: [&str; 4] = ["ok", "refused", "wrong_peer", "unreachable"];

/// The series, all registered from the start.
#[derive(Debug)]
pub struct ConnectionCounts {
    /// By direction, those that peers opened first, and then by transport.
    open: [[Gauge; 4]; 2],
    closed: [Counter; 5],
    dials: [Counter; 4],
    incoming_failed: Counter,
    punched: [Counter; 2],
    reachable: Gauge,
    /// Of the local network first.
    in_tables: [Gauge; 2],
    bootstrap: [Gauge; 2],
}

/// Why a connection was closed, in the order of the labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Somebody said so.
    Asked,
    /// Bitswap did, as the peer was of no use.
    Bitswap,
    /// Nobody used it.
    Idle,
    /// The peer closed it, or it broke.
    Lost,
    /// There were more than there should be.
    Room,
}

impl CloseReason {
    /// Why a connection was closed that the host itself did not close.
    pub const fn of(error: Option<&ConnectionError>) -> Self {
        match error {
            None => Self::Bitswap,
            Some(ConnectionError::KeepAliveTimeout) => Self::Idle,
            Some(ConnectionError::IO(_)) => Self::Lost,
        }
    }
}

impl ConnectionCounts {
    /// Registers all series.
    pub fn new(recorder: &dyn Recorder) -> Self {
        let open = ["in", "out"].map(|direction| {
            TRANSPORTS.map(|transport| {
                let labels = [("direction", direction), ("transport", transport)];
                gauge(recorder, CONNECTIONS, &labels)
            })
        });
        Self {
            open,
            closed: CLOSE_REASONS.map(|reason| counter(recorder, CLOSED, &[("reason", reason)])),
            dials: DIAL_RESULTS.map(|result| counter(recorder, DIALS, &[("result", result)])),
            incoming_failed: counter(recorder, INCOMING_FAILED, &[]),
            punched: ["failed", "ok"]
                .map(|result| counter(recorder, HOLE_PUNCHES, &[("result", result)])),
            reachable: gauge(recorder, REACHABLE, &[]),
            in_tables: ["lan", "wan"].map(|scope| gauge(recorder, DHT_PEERS, &[("scope", scope)])),
            bootstrap: BOOTSTRAP_STATES
                .map(|state| gauge(recorder, BOOTSTRAP_PEERS, &[("state", state)])),
        }
    }

    /// Counts a connection that was made.
    pub fn opened(&self, point: &ConnectedPoint) {
        self.gauge(point).increment(1.0);
        if point.is_dialer() {
            let [ok, ..] = &self.dials;
            ok.increment(1);
        }
    }

    /// Counts a connection that was closed.
    pub fn closed(&self, point: &ConnectedPoint, reason: CloseReason) {
        self.gauge(point).decrement(1.0);
        let [asked, bitswap, idle, lost, room] = &self.closed;
        let counter = match reason {
            CloseReason::Asked => asked,
            CloseReason::Bitswap => bitswap,
            CloseReason::Idle => idle,
            CloseReason::Lost => lost,
            CloseReason::Room => room,
        };
        counter.increment(1);
    }

    /// Counts a dial that failed; one that was not even begun, since the peer is connected or being
    /// dialled, is none.
    pub fn dial_failed(&self, error: &DialError) {
        let [_, refused, wrong_peer, unreachable] = &self.dials;
        let result = match error {
            DialError::DialPeerConditionFalse(_) => return,
            DialError::Denied { .. } | DialError::Aborted => refused,
            DialError::LocalPeerId { .. } | DialError::WrongPeerId { .. } => wrong_peer,
            DialError::NoAddresses | DialError::Transport(_) => unreachable,
        };
        result.increment(1);
    }

    /// Counts an incoming connection that came to nothing.
    pub fn incoming_failed(&self) {
        self.incoming_failed.increment(1);
    }

    /// Counts a connection over a relay that was to become a direct one.
    pub fn punched(&self, is_direct: bool) {
        let [failed, ok] = &self.punched;
        if is_direct { ok.increment(1) } else { failed.increment(1) }
    }

    /// Says whether others can connect to this node.
    pub fn reached(&self, is_public: bool) {
        self.reachable.set(f64::from(u8::from(is_public)));
    }

    /// Tells how many peers are in the routing tables of the DHTs, the local network's first.
    pub fn in_tables(&self, sizes: [usize; 2]) {
        for (gauge, size) in self.in_tables.iter().zip(sizes) {
            gauge.set(size as f64);
        }
    }

    /// Tells which of the peers that lead into the DHTs are there.
    pub(crate) fn bootstrap(&self, peers: &HashMap<PeerId, bool>) {
        for (gauge, is_there) in self.bootstrap.iter().zip([true, false]) {
            gauge.set(peers.values().filter(|it| **it == is_there).count() as f64);
        }
    }

    fn gauge(&self, point: &ConnectedPoint) -> &Gauge {
        let [incoming, outgoing] = &self.open;
        let [tcp, quic, relay, other] = if point.is_listener() { incoming } else { outgoing };
        if point.is_relayed() {
            return relay;
        }
        let transport = point.get_remote_address().iter().find_map(|part| {
            if matches!(part, Protocol::QuicV1 | Protocol::Quic) {
                Some(quic)
            } else {
                matches!(part, Protocol::Tcp(_)).then_some(tcp)
            }
        });
        transport.unwrap_or(other)
    }
}

/// Counts what a node announced in the DHTs.
#[derive(Clone, Debug)]
pub struct AnnounceCounts {
    done: Counter,
    failed: Counter,
    denied: Counter,
}

impl AnnounceCounts {
    /// Registers all series.
    pub fn new(recorder: &dyn Recorder) -> Self {
        let counter = |result| counter(recorder, ANNOUNCEMENTS, &[("result", result)]);
        Self { done: counter("ok"), failed: counter("failed"), denied: counter("denied") }
    }

    /// Counts one that was not made, since a rule denies the block.
    pub fn denied(&self) {
        self.denied.increment(1);
    }

    /// Counts one.
    pub fn count(&self, succeeded: bool) {
        if succeeded { &self.done } else { &self.failed }.increment(1);
    }
}

const METADATA: Metadata<'static> = Metadata::new("bitswap", Level::INFO, None);

/// A label and its value.
pub type Pair = (&'static str, &'static str);

/// A series of a counter.
pub fn counter(recorder: &dyn Recorder, name: &'static str, labels: &[Pair]) -> Counter {
    recorder.register_counter(&key(name, labels), &METADATA)
}

/// A series of a gauge.
pub fn gauge(recorder: &dyn Recorder, name: &'static str, labels: &[Pair]) -> Gauge {
    recorder.register_gauge(&key(name, labels), &METADATA)
}

/// A series of a histogram.
pub fn histogram(recorder: &dyn Recorder, name: &'static str, labels: &[Pair]) -> Histogram {
    recorder.register_histogram(&key(name, labels), &METADATA)
}

fn key(name: &'static str, labels: &[Pair]) -> Key {
    let labels = labels.iter().map(|(name, value)| Label::from_static_parts(name, value));
    Key::from_parts(name, labels.collect::<Vec<_>>())
}
