//! The context of a strategy's call: the time, random numbers, and the reason of the decision.

use crate::chance::Chance;
use crate::time::Timestamp;

/// Why a decision was made, in at most four words; shown in metrics, traces and explanations.
pub type Reason = &'static str;

/// The context of one call of a strategy, passed beside the view.
#[derive(Debug)]
pub struct Ctx<'a> {
    now: Timestamp,
    chance: &'a mut Chance,
    reason: Reason,
}

impl<'a> Ctx<'a> {
    /// The reason of a decision for which the strategy gave none.
    pub const UNSAID: Reason = "unsaid";

    /// Makes the context of one call.
    pub const fn new(now: Timestamp, chance: &'a mut Chance) -> Self {
        Self { now, chance, reason: Self::UNSAID }
    }

    /// The time of the call: the only clock that strategies have.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The random stream of the role.
    pub const fn chance(&mut self) -> &mut Chance {
        self.chance
    }

    /// Sets the reason of a decision that carries none of its own ([`Rank`](super::Rank),
    /// [`Weight`](super::Weight)); the last one set is used.
    pub const fn because(&mut self, reason: Reason) {
        self.reason = reason;
    }

    /// The reason that was set last by [`because`](Self::because), or [`UNSAID`](Self::UNSAID).
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Runs `watch` with a copy of the random stream, so that a shadow strategy does not advance
    /// the random stream of the active one.
    pub fn spectate<R>(&self, watch: impl FnOnce(&mut Ctx<'_>) -> R) -> R {
        let mut dice = self.chance.fork();
        watch(&mut Ctx::new(self.now, &mut dice))
    }
}
