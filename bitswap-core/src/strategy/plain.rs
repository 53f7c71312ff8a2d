//! The simplest strategy for each role: for the core's own tests, and as the last fallback.

use std::time::Duration;

use super::{
    Account, Ask, Asks, Ctx, LedgerPolicy, Named, PeerQueueView, PeerSelector, PeerSet, Presence,
    ProviderFinder, Rank, Registry, SearchView, SessionView, Source, Step, StrategySet,
    TaskPrioritizer, TaskView, WantSet, Weight,
};
use crate::ids::{CidKey, PeerKey};

/// The five plain strategies, each under the name `plain`.
pub fn strategies() -> StrategySet {
    StrategySet {
        peer_selector: Named::new("plain", Box::new(FirstCandidate)),
        task_prioritizer: Named::new("plain", Box::new(ArrivalOrder)),
        ledger_policy: Named::new("plain", Box::new(AllAlike)),
        provider_finder: Named::new("plain", Box::new(AskAround)),
        registry: Named::new("plain", Box::new(Blank)),
    }
}

/// A peer selector: asks the first member that has the block, else the first that may have it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FirstCandidate;

impl PeerSelector for FirstCandidate {
    fn select(&mut self, _ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for (row, want) in session.wants.iter().enumerate() {
            let has_room = |column: usize| session.peers.get(column).is_some_and(|it| it.room > 0);
            let best = (0..session.peers.len())
                .filter(|column| session.presence(row, *column) != Presence::DontHave)
                .filter(|column| has_room(*column))
                .max_by_key(|column| {
                    let has = session.presence(row, *column) == Presence::Have;
                    (has, std::cmp::Reverse(*column))
                });
            if let Some(peer) = best.and_then(|column| session.peers.get(column)) {
                asks.push(Ask::block(want.want, peer.peer, "first candidate"));
            }
        }
    }
}

/// A task prioritizer: serves in order of arrival.
#[derive(Clone, Copy, Debug, Default)]
pub struct ArrivalOrder;

impl TaskPrioritizer for ArrivalOrder {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, peer: &PeerQueueView) -> Rank {
        ctx.because("arrival order");
        Rank::new([peer.oldest_task_at.as_nanos() as i64, 0, 0, 0])
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, task: &TaskView) -> Rank {
        ctx.because("arrival order");
        Rank::new([task.arrival as i64, 0, 0, 0])
    }
}

/// A ledger policy: gives every peer the same weight, and serves every request.
#[derive(Clone, Copy, Debug, Default)]
pub struct AllAlike;

impl LedgerPolicy for AllAlike {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, _account: &Account) -> Weight {
        ctx.because("all alike");
        Weight::ONE
    }
}

/// A provider finder: broadcasts to all peers, looks up providers of the oldest want after a quiet
/// second, and repeats both with growing pauses.
#[derive(Clone, Copy, Debug, Default)]
pub struct AskAround;

impl ProviderFinder for AskAround {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        if search.members == 0
            && !search.candidates_asked
            && let Some(first) = search.searched().next()
        {
            return Step::Candidates { want: first.want, limit: 10, reason: "known holders" };
        }
        if search.searched().any(|want| want.broadcast_at.is_none()) {
            return Step::broadcast(WantSet::New, PeerSet::All, "first look");
        }
        let last = search.last_broadcast_at.max(Some(search.last_progress_at()));
        let pause = Duration::from_secs(1 + u64::from(search.broadcasts.min(59)));
        let next = last.unwrap_or(search.started_at).after(pause);
        if ctx.now() < next {
            return Step::WaitUntil { at: next, reason: "listening" };
        }
        match search.wants.first() {
            Some(first) if !search.lookup_running && search.last_lookup_at != Some(ctx.now()) => {
                Step::Ask {
                    want: first.want,
                    source: Source::Routing,
                    max_providers: 10,
                    timeout: Duration::from_secs(10),
                    reason: "nobody nearby",
                }
            }
            Some(_) => Step::broadcast(WantSet::All, PeerSet::All, "once more"),
            None => Step::WaitUntil { at: ctx.now().after(pause), reason: "nothing is wanted" },
        }
    }
}

/// A registry: knows no candidates and forwards no relayed wants.
#[derive(Clone, Copy, Debug, Default)]
pub struct Blank;

impl Registry for Blank {
    fn candidates(&mut self, ctx: &mut Ctx<'_>, _want: CidKey, _limit: usize) -> Vec<PeerKey> {
        ctx.because("remembers nothing");
        Vec::new()
    }
}
