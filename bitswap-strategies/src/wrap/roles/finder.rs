//! Provider finders in wrappers. Sessions are what a split gives away.

use bitswap_core::Timestamp;
use bitswap_core::strategy::{
    Ctx, EventMask, ProviderFinder, Report, SearchView, State, Step, StrategyEvent,
};

use super::super::{Decider, Subject, Wrap, Wrapper};
use super::{common, wrapped};
use crate::cases::{self, Answer};
use crate::catalog::Base;

impl Decider for dyn ProviderFinder {
    const SUBJECT: Subject = Subject::Session;

    type Question<'a> = &'a SearchView;
    type Answer = Step;

    fn make(base: &Base) -> Box<Self> {
        base.finder()
    }

    fn decide(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        self.next_step(ctx, search)
    }

    fn subject(_: Timestamp, search: &SearchView) -> u64 {
        search.session.0
    }

    fn describe(search: &SearchView) -> String {
        cases::view::search(search)
    }

    fn is_nothing(_: &SearchView, step: &Step) -> bool {
        matches!(step, Step::GiveUp { .. })
    }

    common!(ProviderFinder);
}

impl From<Step> for Answer {
    fn from(step: Step) -> Self {
        Self::Step(step)
    }
}

impl<W: Wrap<Of = dyn ProviderFinder>> ProviderFinder for Wrapper<W> {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        self.0.decide(ctx, search)
    }

    wrapped!();
}
