//! The role of the peer selector: which peers of a session are asked.

use super::{Asks, Ctx, EventMask, FullSessionView, Report, SessionView, State, StrategyEvent};
use crate::ids::PeerKey;

/// Decides which peers of a session are asked for a block, and which only whether they have it.
///
/// ```
/// use bitswap_core::strategy::{Ask, Asks, Ctx, PeerSelector, Presence, SessionView};
///
/// /// Asks the first peer that may have the block.
/// struct First;
///
/// impl PeerSelector for First {
///     fn select(&mut self, _ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
///         for (row, want) in session.wants.iter().enumerate() {
///             let lacks = |column: &usize| session.presence(row, *column) == Presence::DontHave;
///             if let Some(column) = (0..session.peers.len()).find(|column| !lacks(column)) {
///                 asks.push(Ask::block(want.want, session.peers[column].peer, "first"));
///             }
///         }
///     }
/// }
/// ```
pub trait PeerSelector: Send {
    /// Called at most once per step for a session that has wants without an open ask,
    /// at the moment that the last answer named by [`Asks::wake_at`], and when a peer that answered
    /// HAVE sent no block while other asks are in flight. A want that gets no ask is held back
    /// while the session has an ask in flight, and searched for otherwise.
    ///
    /// A want-block in flight may be asked of further peers, by a hedge. A connected peer that is
    /// no member may be asked, and becomes one.
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks);

    /// Called when a peer that has what is wanted cannot join, since the session is full and no
    /// member has it: the member that leaves, with the reason that [`Ctx::because`] was told.
    /// `None`, or a peer that is no member, leaves the decision to the engine, and the
    /// [least useful](FullSessionView::least_useful) member leaves; so it does by default.
    fn evict(&mut self, ctx: &mut Ctx<'_>, session: &FullSessionView<'_>) -> Option<PeerKey> {
        ctx.because(FullSessionView::LEAST_USEFUL);
        session.least_useful()
    }

    /// Whether it asks connected peers that are no members: then it is also called for sessions
    /// that have none, whose view has no peers.
    fn asks_outsiders(&self) -> bool {
        false
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
