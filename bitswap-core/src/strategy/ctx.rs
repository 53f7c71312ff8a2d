//! The moment, the dice, and a place for the reason.

use crate::chance::Chance;
use crate::time::Timestamp;

/// Why a decision was made, in at most four words; the same words in metrics, traces and
/// explanations.
pub type Reason = &'static str;

/// What a strategy is given besides its view.
#[derive(Debug)]
pub struct Ctx<'a> {
    now: Timestamp,
    chance: &'a mut Chance,
    reason: Reason,
}

impl<'a> Ctx<'a> {
    /// The reason of a decision whose strategy gave none.
    pub const UNSAID: Reason = "unsaid";

    /// A context for one call.
    pub const fn new(now: Timestamp, chance: &'a mut Chance) -> Self {
        Self { now, chance, reason: Self::UNSAID }
    }

    /// The only clock there is.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The role's own random stream.
    pub const fn chance(&mut self) -> &mut Chance {
        self.chance
    }

    /// Says why the decision is made; for [`Rank`](super::Rank) and [`Weight`](super::Weight),
    /// which carry no reason of their own, the last one said counts.
    pub const fn because(&mut self, reason: Reason) {
        self.reason = reason;
    }

    /// What [`because`](Self::because) said last.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Runs `watch` with a copy of the dice, so that a spectator cannot change what the obeyed
    /// strategy rolls.
    pub fn spectate<R>(&self, watch: impl FnOnce(&mut Ctx<'_>) -> R) -> R {
        let mut dice = self.chance.fork();
        watch(&mut Ctx::new(self.now, &mut dice))
    }
}
