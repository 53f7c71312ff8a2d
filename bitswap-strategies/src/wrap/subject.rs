//! What a split gives to one arm as a whole, and what is counted of it.

use std::time::Duration;

use bitswap_core::Timestamp;
use bitswap_core::strategy::{EventMask, StrategyEvent};

/// What a split gives to one arm as a whole. It is also what its intervals count as one sample:
/// blocks of one session, say, have much in common, and a hundred of them are not a hundred trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A peer, from one connection to its end.
    Peer,
    /// A session.
    Session,
    /// Ten seconds. Ranks of different prioritizers cannot be compared, so within them one
    /// prioritizer ranks everything.
    Slot,
    /// A CID.
    Want,
}

impl Subject {
    /// How long a slot is.
    pub const SLOT: Duration = Duration::from_secs(10);

    /// The slot in which a moment is.
    pub(super) const fn slot(now: Timestamp) -> u64 {
        now.as_nanos() / Self::SLOT.as_nanos() as u64
    }

    /// When the slot of a moment ends.
    pub(super) fn slot_end(now: Timestamp) -> Timestamp {
        let length = Self::SLOT.as_nanos() as u64;
        now.after(Duration::from_nanos(length - now.as_nanos() % length))
    }

    /// The subject to which an event belongs.
    pub(super) fn of_event(self, now: Timestamp, event: &StrategyEvent) -> Option<u64> {
        match self {
            Self::Peer => event.peer().map(|peer| peer.0),
            Self::Session => event.session().map(|session| session.0),
            Self::Slot => Some(Self::slot(now)),
            Self::Want => event.want().map(|want| want.0),
        }
    }

    /// Whether a subject can begin with this event. Others may still come after its end.
    pub(super) const fn is_begin(event: &StrategyEvent) -> bool {
        matches!(
            event,
            StrategyEvent::AskMade { .. }
                | StrategyEvent::BlockSent { .. }
                | StrategyEvent::BroadcastMade { .. }
                | StrategyEvent::LookupEnded { .. }
                | StrategyEvent::PeerConnected { .. }
                | StrategyEvent::TurnTaken { .. }
                | StrategyEvent::WantSeen { .. }
        )
    }

    /// Whether this event is the last one of its subject. A slot ends when another one begins.
    pub(super) const fn is_end(self, event: &StrategyEvent) -> bool {
        match self {
            Self::Peer => matches!(event, StrategyEvent::PeerDisconnected { .. }),
            Self::Session => matches!(event, StrategyEvent::SessionClosed { .. }),
            Self::Slot => false,
            Self::Want => matches!(event, StrategyEvent::BlockReceived { .. }),
        }
    }

    /// The events from which the outcomes are counted.
    pub(super) fn events(self) -> EventMask {
        let got = EventMask::ASK_MADE | EventMask::ASK_ENDED | EventMask::BLOCK_RECEIVED;
        let got = got | EventMask::DONT_HAVE_RECEIVED | EventMask::LOOKUP_ENDED;
        let got = got | EventMask::BROADCAST_MADE;
        let served = EventMask::WANT_SEEN | EventMask::BLOCK_SENT;
        match self {
            Self::Peer => {
                let connected = EventMask::PEER_CONNECTED | EventMask::PEER_DISCONNECTED;
                served | EventMask::BLOCK_RECEIVED | connected
            }
            Self::Session => got | EventMask::DUPLICATE_RECEIVED | EventMask::SESSION_CLOSED,
            Self::Slot => served | EventMask::TURN_TAKEN,
            Self::Want => got,
        }
    }

    /// What is counted of an arm, by the name under which it is told. The first is the number of
    /// subjects that ended and had a sample.
    pub(super) const fn counts(self) -> &'static [&'static str] {
        match self {
            Self::Peer => {
                &["peers", "blocks_sent", "bytes_sent", "blocks_received", "bytes_received"]
            }
            Self::Session => &[
                "sessions",
                "blocks_received",
                "bytes_received",
                "duplicates",
                "block_asks",
                "timeouts",
                "dont_haves",
                "broadcasts",
                "lookups",
            ],
            Self::Slot => &["slots", "turns", "blocks_sent", "bytes_sent"],
            Self::Want => &[
                "wants",
                "blocks_received",
                "bytes_received",
                "block_asks",
                "timeouts",
                "dont_haves",
                "broadcasts",
                "lookups",
            ],
        }
    }

    /// What an arm has means of, one sample for each subject.
    pub(super) const fn means(self) -> &'static [&'static str] {
        match self {
            Self::Peer => &["wait_us", "sent_kib", "received_kib"],
            Self::Session => &["answer_us", "first_block_us", "kib_per_s"],
            Self::Slot => &["wait_us", "sent_kib"],
            Self::Want => &["answer_us", "first_block_us"],
        }
    }
}
