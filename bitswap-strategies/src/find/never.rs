//! Never searches: a want that no member of its session can serve fails at once.

use bitswap_core::strategy::{Ctx, ProviderFinder, SearchView, Step, WantSet};

use crate::catalog::{Configured, NoParams};

/// For nodes whose peers are chosen by hand, and as a control.
#[derive(Debug)]
pub struct Never;

impl Configured for Never {
    type Params = NoParams;

    fn new(_: NoParams) -> Self {
        Self
    }
}

impl ProviderFinder for Never {
    fn next_step(&mut self, _: &mut Ctx<'_>, _: &SearchView) -> Step {
        Step::GiveUp { wants: WantSet::All, reason: "never searches" }
    }
}

#[cfg(test)]
mod tests;
