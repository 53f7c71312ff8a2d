//! The five roles as deciders, and wrappers as strategies of each.

mod finder;
mod policy;
mod prioritizer;
mod registry;
mod selector;

pub use policy::{PolicyAnswer, PolicyQuestion};
pub use prioritizer::{Ranked, ToRank};
pub use registry::{RegistryAnswer, RegistryQuestion};
pub use selector::{SelectorAnswer, SelectorQuestion};

/// What a decider does the same way in each role, by the role's trait.
macro_rules! common {
    ($role:ident) => {
        fn tell(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
            $role::observe(self, ctx, event);
        }

        fn event_mask(&self) -> EventMask {
            $role::events(self)
        }

        fn leave_state(&mut self) -> Option<State> {
            $role::export_state(self)
        }

        fn take_state(&mut self, ctx: &mut Ctx<'_>, state: State) {
            $role::import_state(self, ctx, state);
        }

        fn own_report(&self) -> Report {
            $role::report(self)
        }
    };
}
use common;

/// What a wrapper does the same way as a strategy of any role.
macro_rules! wrapped {
    () => {
        fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
            self.0.observe(ctx, event);
        }

        fn events(&self) -> EventMask {
            self.0.events()
        }

        fn export_state(&mut self) -> Option<State> {
            self.0.export_state()
        }

        fn import_state(&mut self, ctx: &mut Ctx<'_>, state: State) {
            self.0.import_state(ctx, state);
        }

        fn report(&self) -> Report {
            self.0.report()
        }
    };
}
use wrapped;
