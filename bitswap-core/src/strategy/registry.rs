//! Who probably has it, and whether a stranger's want is passed on.

use super::{Ctx, EventMask, RelayPlan, RelayRequestView, RelayView, StrategyEvent};
use crate::ids::{CidKey, PeerKey};

/// Remembers who wanted and had what; guides sessions and the relay.
///
/// ```
/// use bitswap_core::strategy::{Ctx, Registry};
/// use bitswap_core::{CidKey, PeerKey};
///
/// /// Knows nothing, passes nothing on.
/// struct Blank;
///
/// impl Registry for Blank {
///     fn candidates(&mut self, _: &mut Ctx<'_>, _: CidKey, _: usize) -> Vec<PeerKey> {
///         Vec::new()
///     }
/// }
/// ```
pub trait Registry: Send {
    /// At most `limit` peers that probably have `want`, best first. Asked when a session wants
    /// something and has no members.
    fn candidates(&mut self, ctx: &mut Ctx<'_>, want: CidKey, limit: usize) -> Vec<PeerKey>;

    /// Whether, to whom and how far a stranger's want that came with a TTL is passed on.
    fn relay(
        &mut self,
        ctx: &mut Ctx<'_>,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        let _ = (ctx, want, view);
        RelayPlan::keep("passes nothing on")
    }

    /// Is told the events named by [`events`](Self::events), in the order they happened.
    fn observe(&mut self, ctx: &mut Ctx<'_>, event: &StrategyEvent) {
        let _ = (ctx, event);
    }

    /// Which events are worth a call.
    fn events(&self) -> EventMask {
        EventMask::NOTHING
    }
}
