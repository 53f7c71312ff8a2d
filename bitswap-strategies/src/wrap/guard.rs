//! A strategy whose panic ends its part, and not the node.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bitswap_core::strategy::{Ctx, State, StrategyEvent};

use super::Decider;

/// A strategy that is not asked any more once it has panicked, since its state may be half changed.
#[derive(Debug)]
pub(super) struct Guarded<D: ?Sized>(Option<Box<D>>);

impl<D: Decider + ?Sized> Guarded<D> {
    pub(super) const fn new(strategy: Box<D>) -> Self {
        Self(Some(strategy))
    }

    /// Its answer; `None` if it panics, or has before.
    pub(super) fn decide(
        &mut self,
        ctx: &mut Ctx<'_>,
        question: D::Question<'_>,
    ) -> Option<D::Answer> {
        self.run(|strategy| strategy.decide(ctx, question))
    }

    /// Tells it an event, if it observes this kind.
    pub(super) fn tell(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        if self.get().is_some_and(|strategy| strategy.event_mask().contains(event.kind())) {
            let _told: Option<()> = self.run(|strategy| strategy.tell(ctx, event));
        }
    }

    /// The strategy, unless it has panicked.
    pub(super) fn get(&self) -> Option<&D> {
        self.0.as_deref()
    }

    /// The state that it leaves to a successor; none if it has panicked.
    pub(super) fn leave_state(&mut self) -> Option<State> {
        self.run(Decider::leave_state).flatten()
    }

    /// Hands it the state of the one before it.
    pub(super) fn take_state(&mut self, ctx: &mut Ctx<'_>, state: State) {
        let _taken: Option<()> = self.run(|strategy| strategy.take_state(ctx, state));
    }

    /// 1 if it has panicked, for counters.
    pub(super) fn failures(&self) -> u64 {
        u64::from(self.0.is_none())
    }

    fn run<R>(&mut self, call: impl FnOnce(&mut D) -> R) -> Option<R> {
        let strategy = self.0.as_deref_mut()?;
        let outcome = catch_unwind(AssertUnwindSafe(|| call(strategy)));
        if outcome.is_err() {
            self.0 = None;
        }
        outcome.ok()
    }
}
