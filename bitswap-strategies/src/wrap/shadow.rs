//! One strategy decides, and another is asked the same without being obeyed.

use std::collections::VecDeque;

use bitswap_core::strategy::{Ctx, EventMask, PartReport, Report, State, StrategyEvent};
use bitswap_core::{Chance, Timestamp};

use super::guard::Guarded;
use super::{Decider, Wrap};
use crate::cases;
use crate::catalog::Base;

/// `base` decides; `shadow` observes the same events, is asked the same questions and compared.
/// Nothing that the shadow does changes what the node does: it draws from a stream of its own, has
/// no registry to ask, and is not asked any more once it has panicked.
///
/// Its stream continues where `base`'s stands whenever that has moved. So both draw the same
/// numbers, a shadow of the same strategy always agrees, and what differs are the judgements.
#[derive(Debug)]
pub struct Shadow<D: Decider + ?Sized> {
    base_name: String,
    base: Box<D>,
    name: String,
    watching: Guarded<D>,
    dice: Option<Chance>,
    /// What `base`'s stream would give next, when it was last looked at.
    next_bits: u64,
    /// The answers to the question before.
    before: Option<(D::Answer, D::Answer)>,
    same: u64,
    different: u64,
    examples: VecDeque<String>,
}

/// The places of the strategies in it.
const PLACES: [&str; 2] = ["base", "shadow"];

/// How many differing decisions are told in words: the first, the second, the fourth and so on,
/// the last of them.
const EXAMPLES: usize = 4;

/// How many lines of an answer an example has.
const LINES: usize = 3;

impl<D: Decider + ?Sized> Shadow<D> {
    /// `base`, with `shadow` beside it.
    pub fn new(base: &Base, shadow: &Base) -> Self {
        Self::with((base.name(), D::make(base)), (shadow.name(), D::make(shadow)))
    }

    /// The same, of strategies that were made, with their names.
    pub fn with((base_name, base): (&str, Box<D>), (name, shadow): (&str, Box<D>)) -> Self {
        Self {
            base_name: base_name.to_owned(),
            base,
            name: name.to_owned(),
            watching: Guarded::new(shadow),
            dice: None,
            next_bits: 0,
            before: None,
            same: 0,
            different: 0,
            examples: VecDeque::new(),
        }
    }

    /// Lets `call` use the shadow with its own context.
    fn apart<R>(
        &mut self,
        (ctx, next_bits): (&mut Ctx<'_>, u64),
        call: impl FnOnce(&mut Guarded<D>, &mut Ctx<'_>) -> R,
    ) -> R {
        if self.next_bits != next_bits {
            self.dice = None;
            self.next_bits = next_bits;
        }
        let dice = self.dice.get_or_insert_with(|| ctx.chance().fork());
        call(&mut self.watching, &mut Ctx::new(ctx.now(), dice).with_keys(ctx.keys().clone()))
    }

    fn compare(
        &mut self,
        now: Timestamp,
        question: D::Question<'_>,
        (base, shadow): (D::Answer, D::Answer),
    ) {
        match D::agree(self.before.as_ref(), &base, &shadow) {
            Some(true) => self.same += 1,
            Some(false) => {
                self.different += 1;
                if self.different.is_power_of_two() {
                    if self.examples.len() >= EXAMPLES {
                        self.examples.pop_front();
                    }
                    let seconds = now.as_nanos() / 1_000_000_000;
                    let about = D::describe(question);
                    let (base, shadow) = (words(base.clone()), words(shadow.clone()));
                    let example = format!("at {seconds} s, {about}: {base}; shadow: {shadow}");
                    self.examples.push_back(example);
                }
            }
            None => {}
        }
        self.before = Some((base, shadow));
    }
}

/// An answer on one line.
fn words(answer: impl Into<cases::Answer>) -> String {
    let lines = answer.into().lines();
    let more = lines.len().saturating_sub(LINES);
    let words = lines.iter().take(LINES).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{words} and {more} more") } else { words }
}

impl<D: Decider + ?Sized> Wrap for Shadow<D> {
    type Of = D;

    fn decide(&mut self, ctx: &mut Ctx<'_>, question: D::Question<'_>) -> D::Answer {
        let next_bits = ctx.chance().fork().bits();
        let shadow = self.apart((ctx, next_bits), |shadow, ctx| shadow.decide(ctx, question));
        let base = self.base.decide(ctx, question);
        if let Some(shadow) = shadow {
            self.compare(ctx.now(), question, (base.clone(), shadow));
        }
        base
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        let next_bits = ctx.chance().fork().bits();
        self.apart((ctx, next_bits), |shadow, ctx| shadow.tell(ctx, event));
        if self.base.event_mask().contains(event.kind()) {
            self.base.tell(ctx, event);
        }
    }

    fn asks_outsiders(&self) -> bool {
        self.base.has_outsiders()
    }

    fn events(&self) -> EventMask {
        let shadow = self.watching.get().map(Decider::event_mask).unwrap_or_default();
        self.base.event_mask() | shadow
    }

    fn export_state(&mut self) -> Option<State> {
        let left = [self.base.leave_state(), self.watching.leave_state()];
        State::of_parts(PLACES.into_iter().zip(left).collect())
    }

    fn import_state(&mut self, ctx: &mut Ctx<'_>, state: State) {
        match state.into_parts(&PLACES) {
            Ok(left) => {
                let mut left = left.into_iter();
                if let Some(of_base) = left.next().flatten() {
                    self.base.take_state(ctx, of_base);
                }
                if let Some(of_shadow) = left.next().flatten() {
                    ctx.spectate(|ctx| self.watching.take_state(ctx, of_shadow));
                }
            }
            Err(state) => self.base.take_state(ctx, state),
        }
    }

    fn report(&self) -> Report {
        let mut report = Report::default();
        report.push(PartReport::new("base", &self.base_name));
        report.push_within("base", self.base.own_report());
        let mut shadow = PartReport::new("shadow", &self.name)
            .with_count("same", self.same)
            .with_count("different", self.different)
            .with_count("panics", self.watching.failures());
        shadow.examples = self.examples.iter().cloned().collect();
        report.push(shadow);
        let inner = self.watching.get().map(Decider::own_report).unwrap_or_default();
        report.push_within("shadow", inner);
        report
    }
}

/// Makes `shadow` a strategy of a role: its parameters, with these strategies by default.
macro_rules! shadow {
    ($role:ident, $base:literal, $shadow:literal) => {
        parameters! {
            /// What `shadow` can be told.
            pub struct Params {
                /// Decides.
                base: $crate::catalog::Base = $crate::catalog::Base::named($base);
                /// Is asked the same, and never obeyed.
                shadow: $crate::catalog::Base = $crate::catalog::Base::named($shadow);
            }
        }

        /// The wrapper [`Shadow`](crate::wrap::Shadow), for this role.
        pub type Shadow =
            $crate::wrap::Wrapper<$crate::wrap::Shadow<dyn ::bitswap_core::strategy::$role>>;

        impl $crate::catalog::Configured for Shadow {
            type Params = Params;

            fn new(params: Params) -> Self {
                Self($crate::wrap::Shadow::new(&params.base, &params.shadow))
            }
        }
    };
}
pub(crate) use shadow;

#[cfg(test)]
mod tests;
