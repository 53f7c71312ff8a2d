//! Two strategies, each for a part of the subjects of a role.

use bitswap_core::strategy::{Ctx, EventMask, PartReport, Report, State, StrategyEvent};
use bitswap_core::{Chance, Keys};

use super::outcomes::Outcomes;
use super::{Decider, Subject, Wrap};
use crate::catalog::Base;

/// Two strategies, `a` and `b`, each for a part of the subjects. Which one decides about a subject
/// is a keyed hash of it: no peer can choose its arm, and nothing has to be kept. Both observe all
/// events.
#[derive(Debug)]
pub struct Split<D: ?Sized> {
    arms: [Arm<D>; 2],
    /// Of 100 subjects, so many are `b`'s.
    share: u32,
    salt: u64,
    outcomes: Outcomes,
    /// The engine's keys, known from its first call on.
    keys: Keys,
}

#[derive(Debug)]
struct Arm<D: ?Sized> {
    name: String,
    strategy: Box<D>,
    asked: u64,
}

const NAMES: [&str; 2] = ["a", "b"];

impl<D: Decider + ?Sized> Split<D> {
    /// `a`, except that `share` of 100 subjects are `b`'s.
    pub fn new(a: &Base, b: &Base, share: u32) -> Self {
        // A split inside a split is another text, and so another draw.
        let draw = format!("{a} {b}");
        Self::with((a.name(), D::make(a)), (b.name(), D::make(b)), share, &draw)
    }

    /// The same, of strategies that were made, with their names. Splits with different names of
    /// the draw divide the subjects independently of each other.
    pub fn with(a: (&str, Box<D>), b: (&str, Box<D>), share: u32, draw: &str) -> Self {
        let arm = |(name, strategy): (&str, _)| Arm { name: name.to_owned(), strategy, asked: 0 };
        let salt = Chance::named(0, draw).bits();
        let outcomes = Outcomes::new(D::SUBJECT);
        Self { arms: [arm(a), arm(b)], share, salt, outcomes, keys: Keys::new(0) }
    }

    /// The number of the arm of a subject.
    fn arm(&self, subject: u64) -> usize {
        arm(&self.keys, self.salt, self.share, subject)
    }
}

fn arm(keys: &Keys, salt: u64, share: u32, subject: u64) -> usize {
    let draw = (u128::from(keys.number(salt, subject)) * 100) >> 64;
    usize::from(draw < u128::from(share))
}

impl<D: Decider + ?Sized> Wrap for Split<D> {
    type Of = D;

    fn decide(&mut self, ctx: &mut Ctx<'_>, question: D::Question<'_>) -> D::Answer {
        self.keys = ctx.keys().clone();
        let now = ctx.now();
        let place = self.arm(D::subject(now, question));
        let [a, b] = &mut self.arms;
        let arm = if place == 0 { a } else { b };
        arm.asked += 1;
        let answer = arm.strategy.decide(ctx, question);
        match D::SUBJECT {
            Subject::Slot => D::until(answer, Subject::slot_end(now)),
            Subject::Peer | Subject::Session | Subject::Want => answer,
        }
    }

    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        self.keys = ctx.keys().clone();
        if D::SUBJECT.events().contains(event.kind()) {
            let Self { keys, salt, share, outcomes, .. } = self;
            outcomes.observe(ctx.now(), event, |subject| arm(keys, *salt, *share, subject));
        }
        for arm in &mut self.arms {
            if arm.strategy.event_mask().contains(event.kind()) {
                arm.strategy.tell(ctx, event);
            }
        }
    }

    fn asks_outsiders(&self) -> bool {
        self.arms.iter().any(|arm| arm.strategy.has_outsiders())
    }

    fn events(&self) -> EventMask {
        let [a, b] = &self.arms;
        a.strategy.event_mask() | b.strategy.event_mask() | D::SUBJECT.events()
    }

    fn export_state(&mut self) -> Option<State> {
        let left = self.arms.iter_mut().map(|arm| arm.strategy.leave_state());
        State::of_parts(NAMES.into_iter().zip(left).collect())
    }

    fn import_state(&mut self, ctx: &mut Ctx<'_>, state: State) {
        match state.into_parts(&NAMES) {
            Ok(left) => {
                for (arm, left) in self.arms.iter_mut().zip(left) {
                    if let Some(left) = left {
                        arm.strategy.take_state(ctx, left);
                    }
                }
            }
            Err(state) => self.arms[0].strategy.take_state(ctx, state),
        }
    }

    fn report(&self) -> Report {
        let mut report = Report::default();
        for (place, (arm, name)) in self.arms.iter().zip(NAMES).enumerate() {
            let part = PartReport::new(name, &arm.name).with_count("asked", arm.asked);
            report.push(self.outcomes.told(place, part));
            report.push_within(name, arm.strategy.own_report());
        }
        report
    }
}

/// Makes `split` a strategy of a role: its parameters, with these strategies by default.
macro_rules! split {
    ($role:ident, $a:literal, $b:literal) => {
        parameters! {
            /// What `split` can be told.
            pub struct Params {
                /// Decides for the rest.
                a: $crate::catalog::Base = $crate::catalog::Base::named($a);
                /// Decides for a share.
                b: $crate::catalog::Base = $crate::catalog::Base::named($b);
                /// How many of 100 are for `b`.
                share: u32 = 50, within 0..=100;
            }
        }

        /// The wrapper [`Split`](crate::wrap::Split), for this role.
        pub type Split =
            $crate::wrap::Wrapper<$crate::wrap::Split<dyn ::bitswap_core::strategy::$role>>;

        impl $crate::catalog::Configured for Split {
            type Params = Params;

            fn new(params: Params) -> Self {
                Self($crate::wrap::Split::new(&params.a, &params.b, params.share))
            }
        }
    };
}
pub(crate) use split;

#[cfg(test)]
mod tests;
