//! What a debt is worth.

use super::{Account, Admission, Ctx, EventMask, RequestView, StrategyEvent, Weight};

/// Turns what passed between us and a peer into a weight, and decides whether its requests are
/// taken on.
///
/// ```
/// use bitswap_core::strategy::{Account, Admission, Ctx, LedgerPolicy, RequestView, Weight};
///
/// /// Serves only peers that gave us something.
/// struct GiversOnly;
///
/// impl LedgerPolicy for GiversOnly {
///     fn weigh(&mut self, _ctx: &mut Ctx<'_>, _account: &Account) -> Weight {
///         Weight::ONE
///     }
///
///     fn admit(&mut self, _ctx: &mut Ctx<'_>, account: &Account, _: &RequestView) -> Admission {
///         match account.received_from {
///             0 => Admission::Refuse { reason: "gave nothing" },
///             _ => Admission::Serve { reason: "gave before" },
///         }
///     }
/// }
/// ```
pub trait LedgerPolicy: Send {
    /// The share a peer deserves. The engine caches the answer: it asks again after a change of
    /// 1 % or 16 KiB, at most once a second, and at least every 10 s while the peer waits.
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight;

    /// Called when a request arrives, again when a block arrives for a remembered one, and when a
    /// deferral ends.
    fn admit(&mut self, ctx: &mut Ctx<'_>, account: &Account, request: &RequestView) -> Admission {
        let _ = (ctx, account, request);
        Admission::Serve { reason: "open to all" }
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
