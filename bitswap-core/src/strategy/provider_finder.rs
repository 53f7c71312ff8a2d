//! The role of the provider finder: how to search for a block that no member of a session has.

use super::{Ctx, EventMask, SearchView, State, Step, StrategyEvent};

/// Plans the search for one want, one step at a time.
///
/// ```
/// use bitswap_core::strategy::{Ctx, PeerSet, ProviderFinder, SearchView, Step};
/// use std::time::Duration;
///
/// /// Asks everybody once, then gives up after a second.
/// struct OneShout;
///
/// impl ProviderFinder for OneShout {
///     fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
///         match search.last_broadcast_at {
///             None => Step::Broadcast { peers: PeerSet::All, reason: "first look" },
///             Some(at) if ctx.now() < at.after(Duration::from_secs(1)) => {
///                 Step::WaitUntil { at: at.after(Duration::from_secs(1)), reason: "listening" }
///             }
///             Some(_) => Step::GiveUp { reason: "nobody answered" },
///         }
///     }
/// }
/// ```
pub trait ProviderFinder: Send {
    /// Chooses the next step. Called when a search starts or resumes, after each step that takes no
    /// time, when a look-up ends, and when a [`Step::WaitUntil`] has passed.
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step;

    /// Observes the events of [`events`](Self::events), in the order in which they happened.
    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        let _ = (ctx, event);
    }

    /// The kinds of events that are passed to [`observe`](Self::observe).
    fn events(&self) -> EventMask {
        EventMask::NOTHING
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
