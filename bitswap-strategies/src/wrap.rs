//! Strategies around strategies, written once for all five roles.
//!
//! | wrapper | what it does |
//! |---|---|
//! | [`Split`] | one strategy decides for some, another for the rest, and both are compared |
//! | [`Shadow`] | one decides; another is asked the same, never obeyed, and compared with it |
//! | [`Fallback`] | one decides; where it has no answer, another does |
//!
//! They can be put around each other, up to [`Base::MOST`](crate::catalog::Base::MOST) deep. What a
//! wrapper is to a role, `select/split.rs` and its like say. A wrapper that replaces one with the
//! same places hands each strategy in it what the one at its place left, at any depth. Around any
//! other strategy, the first one in it takes over all, and without the wrapper what that one left
//! goes on: so to begin an experiment, and to end it, costs the strategy in charge nothing.

mod decider;
mod fallback;
mod guard;
mod outcomes;
mod roles;
mod shadow;
mod split;
mod subject;

use bitswap_core::strategy::{Ctx, EventMask, Report, State, StrategyEvent};

pub use decider::Decider;
pub use fallback::Fallback;
pub(crate) use fallback::fallback;
pub use roles::{
    PolicyAnswer, PolicyQuestion, Ranked, RegistryAnswer, RegistryQuestion, SelectorAnswer,
    SelectorQuestion, ToRank,
};
pub use shadow::Shadow;
pub(crate) use shadow::shadow;
pub use split::Split;
pub(crate) use split::split;
pub use subject::Subject;

/// What a wrapper does, whatever its role.
pub trait Wrap: Send {
    /// The role of the strategies in it: `dyn PeerSelector` or one of the others.
    type Of: Decider + ?Sized;

    /// Answers a question of the role.
    fn decide(
        &mut self,
        ctx: &mut Ctx<'_>,
        question: <Self::Of as Decider>::Question<'_>,
    ) -> <Self::Of as Decider>::Answer;

    /// Observes the events of [`events`](Self::events).
    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent);

    /// Whether a strategy in it asks peers that are no members of a session.
    fn asks_outsiders(&self) -> bool;

    /// The kinds of events that it observes.
    fn events(&self) -> EventMask;

    /// Gives away the states of the strategies in it, each with its place.
    fn export_state(&mut self) -> Option<State>;

    /// Lets the strategies in it take over what those at their places left, or else the first one
    /// all of it.
    fn import_state(&mut self, ctx: &mut Ctx<'_>, state: State);

    /// What is told of the strategies in it.
    fn report(&self) -> Report;
}

/// A wrapper as a strategy of its role.
#[derive(Debug)]
pub struct Wrapper<W>(
    /// The wrapper.
    pub W,
);

#[cfg(test)]
mod tests;
