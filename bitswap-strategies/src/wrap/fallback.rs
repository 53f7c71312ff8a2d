//! One strategy decides, and another where the first has no answer.

use bitswap_core::strategy::{Ctx, EventMask, PartReport, Report, State, StrategyEvent};

use super::guard::Guarded;
use super::{Decider, Wrap};
use crate::catalog::Base;

/// `first` decides, and `then` where `first` has no answer: it asks nobody while nothing is in
/// flight, knows no candidate, forwards to nobody, or gives up. From its first panic on, `first` is
/// not asked any more. Both observe all events.
#[derive(Debug)]
pub struct Fallback<D: ?Sized> {
    first_name: String,
    first: Guarded<D>,
    then_name: String,
    then: Box<D>,
    by_first: u64,
    by_then: u64,
}

/// The places of the strategies in it.
const PLACES: [&str; 2] = ["first", "then"];

impl<D: Decider + ?Sized> Fallback<D> {
    /// `first`, and where it has no answer `then`.
    pub fn new(first: &Base, then: &Base) -> Self {
        Self::with((first.name(), D::make(first)), (then.name(), D::make(then)))
    }

    /// The same, of strategies that were made, with their names.
    pub fn with((first_name, first): (&str, Box<D>), (then_name, then): (&str, Box<D>)) -> Self {
        let (first_name, then_name) = (first_name.to_owned(), then_name.to_owned());
        let (first, by_first, by_then) = (Guarded::new(first), 0, 0);
        Self { first_name, first, then_name, then, by_first, by_then }
    }
}

impl<D: Decider + ?Sized> Wrap for Fallback<D> {
    type Of = D;

    fn decide(&mut self, ctx: &mut Ctx<'_>, question: D::Question<'_>) -> D::Answer {
        let first = self.first.decide(ctx, question);
        if let Some(answer) = first.filter(|answer| !D::is_nothing(question, answer)) {
            self.by_first += 1;
            return answer;
        }
        self.by_then += 1;
        self.then.decide(ctx, question)
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        self.first.tell(ctx, event);
        if self.then.event_mask().contains(event.kind()) {
            self.then.tell(ctx, event);
        }
    }

    fn asks_outsiders(&self) -> bool {
        let first = self.first.get().is_some_and(Decider::has_outsiders);
        first || self.then.has_outsiders()
    }

    fn events(&self) -> EventMask {
        let first = self.first.get().map(Decider::event_mask).unwrap_or_default();
        first | self.then.event_mask()
    }

    fn export_state(&mut self) -> Option<State> {
        let left = [self.first.leave_state(), self.then.leave_state()];
        State::of_parts(PLACES.into_iter().zip(left).collect())
    }

    fn import_state(&mut self, ctx: &mut Ctx<'_>, state: State) {
        match state.into_parts(&PLACES) {
            Ok(left) => {
                let mut left = left.into_iter();
                if let Some(of_first) = left.next().flatten() {
                    self.first.take_state(ctx, of_first);
                }
                if let Some(of_then) = left.next().flatten() {
                    self.then.take_state(ctx, of_then);
                }
            }
            Err(state) => self.first.take_state(ctx, state),
        }
    }

    fn report(&self) -> Report {
        let mut report = Report::default();
        let first = PartReport::new("first", &self.first_name);
        let first = first.with_count("answered", self.by_first);
        report.push(first.with_count("panics", self.first.failures()));
        let inner = self.first.get().map(Decider::own_report).unwrap_or_default();
        report.push_within("first", inner);
        let then = PartReport::new("then", &self.then_name);
        report.push(then.with_count("answered", self.by_then));
        report.push_within("then", self.then.own_report());
        report
    }
}

/// Makes `fallback` a strategy of a role: its parameters, with these strategies by default.
macro_rules! fallback {
    ($role:ident, $first:literal, $then:literal) => {
        parameters! {
            /// What `fallback` can be told.
            pub struct Params {
                /// Is asked first.
                first: $crate::catalog::Base = $crate::catalog::Base::named($first);
                /// Is asked where the first has no answer.
                then: $crate::catalog::Base = $crate::catalog::Base::named($then);
            }
        }

        /// The wrapper [`Fallback`](crate::wrap::Fallback), for this role.
        pub type Fallback =
            $crate::wrap::Wrapper<$crate::wrap::Fallback<dyn ::bitswap_core::strategy::$role>>;

        impl $crate::catalog::Configured for Fallback {
            type Params = Params;

            fn new(params: Params) -> Self {
                Self($crate::wrap::Fallback::new(&params.first, &params.then))
            }
        }
    };
}
pub(crate) use fallback;

#[cfg(test)]
mod tests;
