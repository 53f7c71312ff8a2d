//! The role of the task prioritizer: which peer, and which of its blocks, is served first.

use super::{Ctx, EventMask, PeerQueueView, Rank, Report, State, StrategyEvent, TaskView};

/// Orders the peers that wait for blocks and, within a peer, its blocks. The engine keeps the
/// order and asks again only when a view has changed or a [`Rank`] asks for it.
///
/// ```
/// use bitswap_core::strategy::{Ctx, PeerQueueView, Rank, TaskPrioritizer, TaskView};
///
/// /// Small blocks first, to everybody alike.
/// struct SmallestFirst;
///
/// impl TaskPrioritizer for SmallestFirst {
///     fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
///         ctx.because("least in flight");
///         Rank::new([peer.in_flight_bytes_to as i64, 0, 0, 0])
///     }
///
///     fn rank_task(&mut self, _ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
///         Rank::new([i64::from(task.bytes), 0, 0, 0])
///     }
/// }
/// ```
pub trait TaskPrioritizer: Send {
    /// Ranks a peer among the peers that wait: smaller ranks are served first, equal ranks in the
    /// order of their peer keys.
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank;

    /// Ranks a task among the tasks of its peer: smaller ranks are served first, equal ranks in
    /// order of arrival.
    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank;

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
