//! A role as wrappers see it: one kind of question, one kind of answer.

use bitswap_core::Timestamp;
use bitswap_core::strategy::{Ctx, EventMask, Report, State, StrategyEvent};

use super::Subject;
use crate::cases;
use crate::catalog::Base;

/// A role, as `dyn PeerSelector` and the others: all functions of the role that decide are one
/// here, [`decide`](Self::decide).
pub trait Decider: Send {
    /// What a split gives to one strategy or the other as a whole.
    const SUBJECT: Subject;

    /// A question of any function of the role.
    type Question<'a>: Copy;

    /// The answer, with its reason.
    type Answer: Clone + Into<cases::Answer> + Send;

    /// Makes a strategy of the role.
    fn make(base: &Base) -> Box<Self>;

    /// Puts a question to the strategy.
    fn decide(&mut self, ctx: &mut Ctx<'_>, question: Self::Question<'_>) -> Self::Answer;

    /// What the question is about, of the role's [`SUBJECT`](Self::SUBJECT).
    fn subject(now: Timestamp, question: Self::Question<'_>) -> u64;

    /// The question in a few words.
    fn describe(question: Self::Question<'_>) -> String;

    /// Whether the strategy had no answer, so that another one may be asked.
    fn is_nothing(question: Self::Question<'_>, answer: &Self::Answer) -> bool {
        let _ = (question, answer);
        false
    }

    /// Whether two answers to the same question decide alike, whatever the reasons; `None` if that
    /// cannot be said. `before` are the two answers to the question before.
    fn agree(
        before: Option<&(Self::Answer, Self::Answer)>,
        one: &Self::Answer,
        other: &Self::Answer,
    ) -> Option<bool> {
        let _ = before;
        let [one, other] = [one, other].map(|answer| answer.clone().into().without_reasons());
        Some(one == other)
    }

    /// The answer, which does not count longer than until `moment`.
    fn until(answer: Self::Answer, moment: Timestamp) -> Self::Answer {
        let _ = moment;
        answer
    }

    /// Tells the strategy of an event of a kind that it observes.
    fn tell(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent);

    /// The kinds of events that the strategy observes.
    fn event_mask(&self) -> EventMask;

    /// The state that the strategy leaves to a successor.
    fn leave_state(&mut self) -> Option<State>;

    /// Hands the strategy the state of the one before it.
    fn take_state(&mut self, ctx: &mut Ctx<'_>, state: State);

    /// Whether the strategy asks peers that are no members of a session.
    fn has_outsiders(&self) -> bool {
        false
    }

    /// What the strategy tells of its own parts.
    fn own_report(&self) -> Report;
}
