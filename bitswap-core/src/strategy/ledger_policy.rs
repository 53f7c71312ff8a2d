//! The role of the ledger policy: the weight of a peer, and the admission of its requests.

use super::{
    Account, Admission, Ctx, EventMask, Report, RequestView, State, StrategyEvent, Weight,
};

/// Gives each peer a weight for what it exchanged with us, and admits, defers or refuses its
/// requests.
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
    /// The share of serving that a peer gets. The engine caches the weight: it asks again after the
    /// account changed by 1 % or 16 KiB, at most once a second, and at least every 10 s while the
    /// peer waits.
    fn weigh(&mut self, ctx: &mut Ctx<'_>, account: &Account) -> Weight;

    /// Decides about a request: when it arrives, again when a block arrives for a remembered
    /// request, and when a deferral ends.
    fn admit(&mut self, ctx: &mut Ctx<'_>, account: &Account, request: &RequestView) -> Admission {
        let _ = (ctx, account, request);
        Admission::Serve { reason: "open to all" }
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
