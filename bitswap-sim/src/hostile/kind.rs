//! The kinds of hostile peers, by name, and how eagerly each goes about it.

use std::sync::Arc;

use bitswap_core::{Chance, MAX_FRAME_BYTES};

use super::bomber::Bomber;
use super::cancel_storm::CancelStorm;
use super::deaf_flooder::DeafFlooder;
use super::dont_have_liar::DontHaveLiar;
use super::dripper::Dripper;
use super::flooder::Flooder;
use super::have_liar::HaveLiar;
use super::junk_sender::JunkSender;
use super::mask::{Mask, Masked};
use super::pest::{Pest, Prank};
use super::presence_spammer::PresenceSpammer;
use super::relay_looper::RelayLooper;
use super::shape_shifter::ShapeShifter;
use super::slowloris::Slowloris;
use super::staller::Staller;
use super::stream_hog::StreamHog;
use super::sybil::Sybil;
use super::{Hostile, Lore};

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
    /// Says that it has everything, and answers when it is too late.
    Staller,
    /// Opens streams and closes none.
    StreamHog,
    /// Takes what newcomers are given, and comes again under another name.
    Sybil,
}

impl Kind {
    /// All of them, by name.
    pub const ALL: [Self; 15] = [
        Self::Bomber,
        Self::CancelStorm,
        Self::DeafFlooder,
        Self::DontHaveLiar,
        Self::Dripper,
        Self::Flooder,
        Self::HaveLiar,
        Self::JunkSender,
        Self::PresenceSpammer,
        Self::RelayLooper,
        Self::ShapeShifter,
        Self::Slowloris,
        Self::Staller,
        Self::StreamHog,
        Self::Sybil,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bomber => "bomber",
            Self::CancelStorm => "cancel-storm",
            Self::DeafFlooder => "deaf-flooder",
            Self::DontHaveLiar => "dont-have-liar",
            Self::Dripper => "dripper",
            Self::Flooder => "flooder",
            Self::HaveLiar => "have-liar",
            Self::JunkSender => "junk-sender",
            Self::PresenceSpammer => "presence-spammer",
            Self::RelayLooper => "relay-looper",
            Self::ShapeShifter => "shape-shifter",
            Self::Slowloris => "slowloris",
            Self::Staller => "staller",
            Self::StreamHog => "stream-hog",
            Self::Sybil => "sybil",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How such a peer is when it is at its worst.
    pub const fn temper(self, seed: u64) -> Temper {
        let (per_second, bytes) = match self {
            Self::Bomber => (2, MAX_FRAME_BYTES),
            Self::CancelStorm | Self::StreamHog => (50, 0),
            Self::DontHaveLiar | Self::HaveLiar | Self::Staller => (1, 0),
            Self::Dripper => (4, 64 * 1024),
            Self::DeafFlooder | Self::Flooder | Self::PresenceSpammer => (10, 180 * 1024),
            Self::JunkSender => (10, 256 * 1024),
            Self::RelayLooper => (20, 0),
            Self::ShapeShifter => (u32::MAX, MAX_FRAME_BYTES),
            Self::Slowloris => (10, 0),
            Self::Sybil => (2, 1024 * 1024),
        };
        Temper { seed, per_second, bytes, tricks: 60 * per_second as u64 }
    }

    /// A peer of this kind.
    pub fn make(self, temper: Temper, lore: Arc<Lore>) -> Box<dyn Hostile> {
        let bytes = temper.bytes;
        let mut chance = Chance::named(temper.seed, self.name());
        let mask = || Mask::new(temper.seed, Arc::clone(&lore));
        match self {
            Self::Bomber => wearing(mask(), Bomber::new(bytes), &temper, chance),
            Self::CancelStorm => wearing(mask(), CancelStorm::new(lore), &temper, chance),
            Self::DeafFlooder => {
                Box::new(Pest::new(DeafFlooder::new(lore, bytes), &temper, chance))
            }
            Self::DontHaveLiar => Box::new(DontHaveLiar),
            Self::Dripper => Box::new(Dripper::new(lore, &temper, chance)),
            Self::Flooder => wearing(mask(), Flooder::new(lore, bytes), &temper, chance),
            Self::HaveLiar => Box::new(HaveLiar),
            Self::JunkSender => {
                let prank = JunkSender::new(lore, bytes, Chance::named(temper.seed, "junk"));
                Box::new(Pest::new(prank, &temper, chance))
            }
            Self::PresenceSpammer => {
                wearing(mask(), PresenceSpammer::new(lore, bytes), &temper, chance)
            }
            Self::RelayLooper => Box::new(Pest::new(RelayLooper::new(lore), &temper, chance)),
            Self::ShapeShifter => Box::new(ShapeShifter::new(mask(), lore, &temper, &mut chance)),
            Self::Slowloris => Box::new(Pest::new(Slowloris::new(lore), &temper, chance)),
            Self::Staller => Box::new(Staller::new(lore, &temper, &mut chance)),
            Self::StreamHog => wearing(mask(), StreamHog::default(), &temper, chance),
            Self::Sybil => Box::new(Pest::new(Sybil::new(lore, bytes), &temper, chance)),
        }
    }
}

/// How eagerly a hostile peer goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Temper {
    /// Where all its chance comes from.
    pub seed: u64,
    /// Tricks in a second; 0 counts as 1. Answers are none.
    pub per_second: u32,
    /// Tricks in all, so that every run comes to rest. Answers go on.
    pub tricks: u64,
    /// Bytes of its largest messages; of what a sybil takes under one name.
    pub bytes: usize,
}

impl Temper {
    /// No more eager than `other` in anything.
    #[must_use]
    pub fn within(self, other: &Self) -> Self {
        Self {
            seed: self.seed,
            per_second: self.per_second.min(other.per_second),
            tricks: self.tricks.min(other.tricks),
            bytes: self.bytes.min(other.bytes),
        }
    }
}

fn wearing<P: Prank + 'static>(
    mask: Mask,
    prank: P,
    temper: &Temper,
    chance: Chance,
) -> Box<dyn Hostile> {
    Box::new(Masked::new(mask, Pest::new(prank, temper, chance)))
}
