//! The kinds of hostile peers, by name, and how aggressive each is.

use std::sync::Arc;

use bitswap_core::{Chance, MAX_FRAME_BYTES};

use super::bomber::Bomber;
use super::cancel_storm::CancelStorm;
use super::deaf_flooder::DeafFlooder;
use super::dont_have_liar::DontHaveLiar;
use super::dripper::Dripper;
use super::flooder::Flooder;
use super::half_opener::HalfOpener;
use super::have_liar::HaveLiar;
use super::honest_base::{HonestBase, WithHonestBase};
use super::junk_sender::JunkSender;
use super::periodic::{Attack, Periodic};
use super::presence_spammer::PresenceSpammer;
use super::relay_looper::RelayLooper;
use super::shape_shifter::ShapeShifter;
use super::slowloris::Slowloris;
use super::squatter::Squatter;
use super::staller::Staller;
use super::standing_reader::StandingReader;
use super::stream_hog::StreamHog;
use super::sybil::Sybil;
use super::{Hostile, Knowledge};

/// A kind of hostile peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Sends frames that cost more to read than to write, and frames that are none.
    Bomber,
    /// Wants and cancels the same, faster than it can be answered.
    CancelStorm,
    /// Asks whether everything and nothing is there, and reads no answer.
    DeafFlooder,
    /// Says that it has nothing, whatever it has.
    DontHaveLiar,
    /// Sends what it is asked for, a little at a time.
    Dripper,
    /// Wants more than anybody can remember.
    Flooder,
    /// Holds all streams that are read at once, each half open.
    HalfOpener,
    /// Says that it has everything, and sends nothing.
    HaveLiar,
    /// Sends blocks that nobody asked for.
    JunkSender,
    /// Says HAVE and DONT_HAVE about everything, asked or not.
    PresenceSpammer,
    /// Passes every want on to everybody, as a new want that goes further.
    RelayLooper,
    /// Is honest, and then any of the others.
    ShapeShifter,
    /// Announces frames and then writes a byte now and then, and reads nothing.
    Slowloris,
    /// Stays connected, and always wants something.
    Squatter,
    /// Says that it has everything, and answers when it is too late.
    Staller,
    /// Asks for all blocks again and again, and reads none of them.
    StandingReader,
    /// Opens streams and closes none.
    StreamHog,
    /// Takes what newcomers are given, and comes again under another name.
    Sybil,
}

impl Kind {
    /// All of them, by name.
    pub const ALL: [Self; 18] = [
        Self::Bomber,
        Self::CancelStorm,
        Self::DeafFlooder,
        Self::DontHaveLiar,
        Self::Dripper,
        Self::Flooder,
        Self::HalfOpener,
        Self::HaveLiar,
        Self::JunkSender,
        Self::PresenceSpammer,
        Self::RelayLooper,
        Self::ShapeShifter,
        Self::Slowloris,
        Self::Squatter,
        Self::Staller,
        Self::StandingReader,
        Self::StreamHog,
        Self::Sybil,
    ];

    /// The name of the kind, as the command line and plans have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bomber => "bomber",
            Self::CancelStorm => "cancel-storm",
            Self::DeafFlooder => "deaf-flooder",
            Self::DontHaveLiar => "dont-have-liar",
            Self::Dripper => "dripper",
            Self::Flooder => "flooder",
            Self::HalfOpener => "half-opener",
            Self::HaveLiar => "have-liar",
            Self::JunkSender => "junk-sender",
            Self::PresenceSpammer => "presence-spammer",
            Self::RelayLooper => "relay-looper",
            Self::ShapeShifter => "shape-shifter",
            Self::Slowloris => "slowloris",
            Self::Squatter => "squatter",
            Self::Staller => "staller",
            Self::StandingReader => "standing-reader",
            Self::StreamHog => "stream-hog",
            Self::Sybil => "sybil",
        }
    }

    /// Whether it does nothing but hold something of its peers: memory, a place, streams.
    pub const fn holds_a_resource(self) -> bool {
        matches!(self, Self::HalfOpener | Self::Squatter | Self::StandingReader)
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The highest aggressiveness that this kind has.
    pub const fn most_aggressive(self, seed: u64) -> Aggressiveness {
        let (per_second, bytes) = match self {
            Self::Bomber => (2, MAX_FRAME_BYTES),
            Self::CancelStorm | Self::StreamHog => (50, 0),
            Self::DontHaveLiar
            | Self::HaveLiar
            | Self::Squatter
            | Self::Staller
            | Self::StandingReader => (1, 0),
            Self::Dripper => (4, 64 * 1024),
            Self::DeafFlooder | Self::Flooder | Self::PresenceSpammer => (10, 180 * 1024),
            Self::JunkSender => (10, 256 * 1024),
            Self::HalfOpener | Self::RelayLooper => (20, 0),
            Self::ShapeShifter => (u32::MAX, MAX_FRAME_BYTES),
            Self::Slowloris => (10, 0),
            Self::Sybil => (2, 1024 * 1024),
        };
        Aggressiveness { seed, per_second, bytes, actions: 60 * per_second as u64 }
    }

    /// A peer of this kind.
    pub fn make(self, level: Aggressiveness, knowledge: Arc<Knowledge>) -> Box<dyn Hostile> {
        let bytes = level.bytes;
        let mut chance = Chance::named(level.seed, self.name());
        let base = || HonestBase::new(level.seed, Arc::clone(&knowledge));
        match self {
            Self::Bomber => with_honest_base(base(), Bomber::new(bytes), &level, chance),
            Self::CancelStorm => {
                with_honest_base(base(), CancelStorm::new(knowledge), &level, chance)
            }
            Self::DeafFlooder => {
                Box::new(Periodic::new(DeafFlooder::new(knowledge, bytes), &level, chance))
            }
            Self::DontHaveLiar => Box::new(DontHaveLiar),
            Self::Dripper => Box::new(Dripper::new(knowledge, &level, chance)),
            Self::Flooder => {
                with_honest_base(base(), Flooder::new(knowledge, bytes), &level, chance)
            }
            Self::HalfOpener => Box::new(Periodic::new(HalfOpener::default(), &level, chance)),
            Self::HaveLiar => Box::new(HaveLiar),
            Self::JunkSender => {
                let attack = JunkSender::new(knowledge, bytes, Chance::named(level.seed, "junk"));
                Box::new(Periodic::new(attack, &level, chance))
            }
            Self::PresenceSpammer => {
                with_honest_base(base(), PresenceSpammer::new(knowledge, bytes), &level, chance)
            }
            Self::RelayLooper => {
                Box::new(Periodic::new(RelayLooper::new(knowledge), &level, chance))
            }
            Self::ShapeShifter => {
                Box::new(ShapeShifter::new(base(), knowledge, &level, &mut chance))
            }
            Self::Slowloris => Box::new(Periodic::new(Slowloris::new(knowledge), &level, chance)),
            Self::Squatter => Box::new(Periodic::new(Squatter::new(knowledge), &level, chance)),
            Self::Staller => Box::new(Staller::new(knowledge, &level, &mut chance)),
            Self::StandingReader => {
                Box::new(Periodic::new(StandingReader::new(knowledge), &level, chance))
            }
            Self::StreamHog => with_honest_base(base(), StreamHog::default(), &level, chance),
            Self::Sybil => Box::new(Periodic::new(Sybil::new(knowledge, bytes), &level, chance)),
        }
    }
}

/// How often a hostile peer acts, how much it does in all, and how large its messages are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aggressiveness {
    /// The seed of all its random choices.
    pub seed: u64,
    /// Actions per second; 0 counts as 1. Answers to requests do not count as actions.
    pub per_second: u32,
    /// Actions in all, so that every run comes to rest. Answers to requests do not count.
    pub actions: u64,
    /// The size of the largest messages, in bytes; for a sybil, the bytes that it takes under one
    /// name.
    pub bytes: usize,
}

impl Aggressiveness {
    /// The lower of both in every respect.
    #[must_use]
    pub fn within(self, other: &Self) -> Self {
        Self {
            seed: self.seed,
            per_second: self.per_second.min(other.per_second),
            actions: self.actions.min(other.actions),
            bytes: self.bytes.min(other.bytes),
        }
    }
}

fn with_honest_base<P: Attack + 'static>(
    base: HonestBase,
    attack: P,
    level: &Aggressiveness,
    chance: Chance,
) -> Box<dyn Hostile> {
    Box::new(WithHonestBase::new(base, Periodic::new(attack, level, chance)))
}
