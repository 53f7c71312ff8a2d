//! When which nodes are up: nodes that come and go, and networks that fall apart, as timetables
//! drawn from a seed's own streams before anything runs.

use std::time::Duration;

use bitswap_core::Chance;

use crate::draw::{exponential, weibull};
use crate::world::Crash;

/// How nodes come and go. All are there at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Churn {
    /// The time that a node stays.
    pub stays: Spell,
    /// The time that a node is away.
    pub away: Spell,
    /// The way in which a node leaves.
    pub exit: Exit,
    /// Whether it has what it stored when it comes back.
    pub keeps_store: bool,
}

/// A distribution of durations, of at least a millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spell {
    /// As long from now on, however long it has lasted.
    Exponential {
        /// In the mean.
        mean: Duration,
    },
    /// With a `shape` below one, what has lasted long lasts longer, as people's sessions do.
    Weibull {
        /// 63 % are shorter.
        scale: Duration,
        /// In hundredths.
        shape: u32,
    },
}

/// The way in which a node leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Without a word: its peers find out after so long.
    Crash {
        /// Until they do.
        noticed_after: Duration,
    },
    /// It closes its connections.
    Leave,
}

/// A node comes or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The time.
    pub at: Duration,
    /// The node.
    pub node: usize,
    /// The way in which the node leaves; `None` if it comes back.
    pub goes: Option<Crash>,
}

/// A network falls into groups, or, without any, is one again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// From when on, until the next one.
    pub at: Duration,
    /// The groups of nodes that can still reach one another. Those in no group are one more.
    /// Whoever finds and dials somebody in another group is cut off from it within 200 ms.
    pub groups: Vec<Vec<usize>>,
}

impl Churn {
    /// The comings and goings of these nodes within so much time, in order. Each has a stream of
    /// its own.
    pub fn timetable(&self, nodes: &[usize], within: Duration, seed: u64) -> Vec<Move> {
        let mut moves = Vec::new();
        for node in nodes {
            let mut chance = Chance::named(seed, &format!("churn {node}"));
            let (mut at, mut is_there) = (Duration::ZERO, true);
            loop {
                let spell = if is_there { self.stays } else { self.away };
                at += spell.draw(&mut chance);
                if at >= within {
                    break;
                }
                let goes = is_there.then_some(self.crash());
                moves.push(Move { at, node: *node, goes });
                is_there = !is_there;
            }
        }
        moves.sort_by_key(|change| (change.at, change.node));
        moves
    }

    const fn crash(&self) -> Crash {
        let noticed_after = match self.exit {
            Exit::Crash { noticed_after } => noticed_after,
            Exit::Leave => Duration::ZERO,
        };
        Crash { keeps_store: self.keeps_store, noticed_after }
    }
}

impl Spell {
    fn draw(&self, chance: &mut Chance) -> Duration {
        let drawn = match *self {
            Self::Exponential { mean } => exponential(chance, mean),
            Self::Weibull { scale, shape } => weibull(chance, scale, shape),
        };
        drawn.max(Duration::from_millis(1))
    }
}
