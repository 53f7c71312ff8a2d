//! The kinds of hostile peers, by name.

use std::sync::Arc;

use super::dont_have_liar::DontHaveLiar;
use super::have_liar::HaveLiar;
use super::{Hostile, Lore};

/// A kind of hostile peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Says that it has nothing, whatever it has.
    DontHaveLiar,
    /// Says that it has everything, and sends nothing.
    HaveLiar,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::DontHaveLiar, Self::HaveLiar];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DontHaveLiar => "dont-have-liar",
            Self::HaveLiar => "have-liar",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How such a peer usually is.
    pub const fn temper(self, seed: u64) -> Temper {
        match self {
            Self::DontHaveLiar | Self::HaveLiar => Temper { seed, per_second: 10, tricks: 1_000 },
        }
    }

    /// A peer of this kind.
    pub fn make(self, _temper: Temper, _lore: Arc<Lore>) -> Box<dyn Hostile> {
        match self {
            Self::DontHaveLiar => Box::new(DontHaveLiar),
            Self::HaveLiar => Box::new(HaveLiar),
        }
    }
}

/// How eagerly a hostile peer goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Temper {
    /// Where all its chance comes from.
    pub seed: u64,
    /// Tricks in a second; 0 counts as 1. Those that only answer do not count them.
    pub per_second: u32,
    /// Tricks in all, so that every run comes to rest. Answers go on.
    pub tricks: u64,
}
