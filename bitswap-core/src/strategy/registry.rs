//! The role of the registry: candidates for new sessions, and the forwarding of relayed wants.

use super::{Ctx, EventMask, RelayPlan, RelayRequestView, RelayView, Report, State, StrategyEvent};
use crate::ids::{CidKey, PeerKey};

/// Remembers which peers wanted and had which blocks; proposes members for sessions and decides
/// about relayed wants.
///
/// ```
/// use bitswap_core::strategy::{Ctx, Registry};
/// use bitswap_core::{CidKey, PeerKey};
///
/// /// Knows no candidates, forwards nothing.
/// struct Blank;
///
/// impl Registry for Blank {
///     fn candidates(&mut self, _: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
///         Vec::new()
///     }
/// }
/// ```
pub trait Registry: Send {
    /// At most `limit` connected peers that probably have `want`, best first. Called when a session
    /// without members wants something, and when a peer selector asks by
    /// [`Ctx::candidates`].
    fn candidates(&mut self, ctx: &mut Ctx<'_>, want: CidKey, limit: usize) -> Vec<PeerKey>;

    /// Decides whether, to whom and how far the relayed want of a requester is forwarded.
    fn relay(
        &mut self,
        ctx: &mut Ctx<'_>,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        let _ = (ctx, want, view);
        RelayPlan::keep("passes nothing on")
    }

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
