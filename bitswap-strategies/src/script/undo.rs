//! What a call that fails is undone with: a copy of the state, and the calls since it was made.
//!
//! A copy at each call would cost as much as there is to remember. So one is made only after the
//! calls since the last one took a part of the operations that a copy is worth; in between, a
//! failed call is undone by repeating the others on the copy, which comes to the same state.

use bitswap_core::strategy::Ctx;
use bitswap_core::{Chance, Keys, Timestamp};
use rhai::Dynamic;

use super::budget::rows_of;
use super::state;

/// An older state, and the way from there to the newest.
#[derive(Debug)]
pub(super) struct Undo {
    kept: Dynamic,
    /// What a copy costs, in values.
    values: u64,
    calls: Vec<Done>,
    /// What the calls cost, in operations and rows.
    spent: u64,
}

/// A call that succeeded, with all that it saw.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub(super) function: &'static str,
    pub(super) limit: u64,
    pub(super) arguments: Vec<Dynamic>,
    pub(super) scene: Scene,
}

/// When a call was made, and the dice and keys that it was given.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) now: Timestamp,
    pub(super) dice: Chance,
    pub(super) keys: Keys,
}

impl Scene {
    pub(super) fn of(ctx: &mut Ctx<'_>) -> Self {
        Self { now: ctx.now(), dice: ctx.chance().fork(), keys: ctx.keys().clone() }
    }
}

impl Undo {
    /// Operations are worth so many copied values each.
    const VALUES_PER_OPERATION: u64 = 4;

    pub(super) fn new(state: &Dynamic) -> Self {
        Self { kept: state.clone(), values: 0, calls: Vec::new(), spent: 0 }
    }

    /// Notes a call after which the state is `state`; returns how many values it copied.
    ///
    /// # Errors
    /// The state is none that can be kept, since this call or one of those before it.
    pub(super) fn done(
        &mut self,
        call: Done,
        operations: u64,
        state: &Dynamic,
    ) -> Result<u64, String> {
        self.spent += operations + rows_of(call.limit);
        self.calls.push(call);
        if self.spent * Self::VALUES_PER_OPERATION < self.values {
            return Ok(0);
        }
        self.values = state::check(state)?;
        (self.kept, self.spent) = (state.clone(), 0);
        self.calls.clear();
        Ok(self.values)
    }

    /// The copy, and the calls that lead from there to the newest state.
    pub(super) fn way_back(&self) -> (Dynamic, Vec<Done>) {
        (self.kept.clone(), self.calls.clone())
    }

    /// Forgets the calls: the state is the copy again.
    pub(super) fn forget(&mut self) -> Dynamic {
        self.calls.clear();
        self.spent = 0;
        self.kept.clone()
    }
}
