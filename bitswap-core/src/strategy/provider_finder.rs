//! The role of the provider finder: how a session finds peers that have what it wants.

use super::{Ctx, EventMask, Report, SearchView, State, Step, StrategyEvent};

/// Plans the search of each session, one step at a time.
///
/// ```
/// use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Step, WantSet};
/// use std::time::Duration;
///
/// /// Asks everybody for each want, and gives up what nobody has within a second.
/// struct OneShout;
///
/// const WAIT: Duration = Duration::from_secs(1);
///
/// impl ProviderFinder for OneShout {
///     fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
///         if search.searched().any(|want| want.broadcast_at.is_none()) {
///             return Step::broadcast(WantSet::New, PeerSet::All, "first look");
///         }
///         let asked = search.searched().filter_map(|want| want.broadcast_at);
///         let ends = asked.map(|at| at.after(WAIT));
///         match ends.min() {
///             Some(at) if at <= ctx.now() => {
///                 Step::GiveUp { wants: WantSet::All, reason: "nobody answered" }
///             }
///             Some(at) => Step::WaitUntil { at, reason: "listening" },
///             None => Step::WaitUntil { at: ctx.now().after(WAIT), reason: "all asked for" },
///         }
///     }
/// }
/// ```
pub trait ProviderFinder: Send {
    /// Chooses the next step. Called when a session begins to want something, when no member can
    /// serve a want of it, after each step that takes no time, when a look-up ends, and when a
    /// [`Step::WaitUntil`] has passed.
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step;

    /// Observes the events of [`events`](Self::events), in the order in which they happened.
    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        let _ = (ctx, event);
    }

    /// The kinds of events that are passed to [`observe`](Self::observe).
    fn events(&self) -> EventMask {
        EventMask::NOTHING
    }

    /// What people are told of its parts, beyond what the engine counts; asked for at any time.
    fn report(&self) -> Report {
        Report::default()
    }

    /// Gives away what a successor may use, when this strategy is replaced; called last.
    fn export_state(&mut self) -> Option<State> {
        None
    }

    /// Takes over the state of the strategy that this one replaces; called first. A state of an
    /// unknown type is ignored.
    fn import_state(&mut self, ctx: &mut Ctx<'_>, state: State) {
        let _ = ctx;
        drop(state);
    }
}
