//! The worst strategies: they answer anything at all, and no rule may break by it.

use std::time::Duration;

use bitswap_core::strategy::{
    Account, Admission, Ask, Asks, Ctx, EventMask, FullSessionView, LedgerPolicy, Named,
    PeerQueueView, PeerSelector, PeerSet, ProviderFinder, Rank, Registry, RelayPlan,
    RelayRequestView, RelayView, RequestView, SearchView, SessionView, Source, Step, StrategyEvent,
    StrategySet, TaskPrioritizer, TaskView, WantSet, Weight, plain,
};
use bitswap_core::wire::WantKind;
use bitswap_core::{CidKey, PeerKey, Timestamp};

/// Chaos in the roles whose bits are set in `roles`, from the lowest: peer selector, task
/// prioritizer, ledger policy, provider finder, registry. The others are plain.
pub fn strategies(roles: u64) -> StrategySet {
    let mut set = plain::strategies();
    if roles & 1 != 0 {
        set.peer_selector = Named::new("chaos", Box::new(Chaos));
    }
    if roles & 2 != 0 {
        set.task_prioritizer = Named::new("chaos", Box::new(Chaos));
    }
    if roles & 4 != 0 {
        set.ledger_policy = Named::new("chaos", Box::new(Chaos));
    }
    if roles & 8 != 0 {
        set.provider_finder = Named::new("chaos", Box::new(Chaos));
    }
    if roles & 16 != 0 {
        set.registry = Named::new("chaos", Box::new(ChaosRegistry::default()));
    }
    set
}

struct Chaos;

impl PeerSelector for Chaos {
    fn select(&mut self, ctx: &mut Ctx<'_>, session: &SessionView<'_>, asks: &mut Asks) {
        for _ in 0..ctx.chance().below(12) {
            let wants = session.wants.len() as u64;
            let peers = session.peers.len() as u64;
            let want = session.wants.get(ctx.chance().below(wants + 1) as usize);
            let peer = session.peers.get(ctx.chance().below(peers + 1) as usize);
            let block = ctx.chance().one_in(1, 2);
            asks.push(Ask {
                want: want.map_or(CidKey(3), |want| want.want),
                peer: peer.map_or(PeerKey(3), |peer| peer.peer),
                kind: if block { WantKind::Block } else { WantKind::Have },
                delay: Duration::from_millis(ctx.chance().below(3) * 9_000),
                timeout: ctx.chance().one_in(1, 2).then_some(Duration::from_nanos(1)),
                hedge: ctx.chance().one_in(1, 3),
                reason: "chaos",
            });
        }
    }

    fn evict(&mut self, ctx: &mut Ctx<'_>, session: &FullSessionView<'_>) -> Option<PeerKey> {
        let peers = session.peers.len() as u64;
        let peer = session.peers.get(ctx.chance().below(peers + 1) as usize);
        ctx.chance().one_in(1, 2).then_some(peer.map_or(PeerKey(3), |peer| peer.peer))
    }
}

impl TaskPrioritizer for Chaos {
    fn rank_peer(&mut self, ctx: &mut Ctx<'_>, _peer: &PeerQueueView) -> Rank {
        let key = [ctx.chance().bits() as i64, i64::MIN, i64::MAX, 0];
        let until = Timestamp::from_nanos(ctx.chance().bits() >> 20);
        Rank::new(key).until(until)
    }

    fn rank_task(&mut self, ctx: &mut Ctx<'_>, _task: &TaskView) -> Rank {
        Rank::new([ctx.chance().bits() as i64, 0, 0, 0])
    }
}

impl LedgerPolicy for Chaos {
    fn weigh(&mut self, ctx: &mut Ctx<'_>, _account: &Account) -> Weight {
        Weight::parts(ctx.chance().bits() as u32)
    }

    fn admit(&mut self, ctx: &mut Ctx<'_>, _account: &Account, _: &RequestView) -> Admission {
        match ctx.chance().below(4) {
            0 => Admission::Refuse { reason: "chaos" },
            1 => Admission::Defer { until: Timestamp::ZERO, reason: "chaos" },
            2 => Admission::Defer { until: Timestamp::NEVER, reason: "chaos" },
            _ => Admission::Serve { reason: "chaos" },
        }
    }
}

impl ProviderFinder for Chaos {
    fn next_step(&mut self, ctx: &mut Ctx<'_>, search: &SearchView) -> Step {
        let reason = "chaos";
        let any = ctx.chance().below(1 + search.wants.len() as u64) as usize;
        let want = search.wants.get(any).map_or(CidKey(3), |row| row.want);
        let (max_providers, timeout) = (u32::MAX, Duration::MAX);
        match ctx.chance().below(12) {
            0 => Step::GiveUp { wants: WantSet::One(want), reason },
            1 => Step::GiveUp { wants: WantSet::New, reason },
            2 => Step::WaitUntil { at: Timestamp::ZERO, reason },
            3 => Step::WaitUntil { at: Timestamp::NEVER, reason },
            4 => Step::broadcast(WantSet::All, PeerSet::Random(2), reason),
            5 => Step::broadcast(WantSet::New, PeerSet::List(vec![PeerKey(3)]), reason),
            6 => Step::broadcast(WantSet::List(vec![want, want]), PeerSet::Useful, reason),
            7 => Step::broadcast(WantSet::New, PeerSet::All, reason),
            8 => {
                Step::Broadcast { wants: WantSet::All, peers: PeerSet::All, ttl: Some(255), reason }
            }
            9 => Step::broadcast(WantSet::All, PeerSet::Union(vec![PeerSet::All; 9]), reason),
            10 => Step::Candidates { want, limit: usize::MAX, reason },
            _ => Step::Ask { want, source: Source::Routing, max_providers, timeout, reason },
        }
    }
}

/// Names whoever it has heard of, often twice, and strangers; and lets wants go farther than they
/// came.
#[derive(Default)]
struct ChaosRegistry {
    seen: Vec<PeerKey>,
}

impl ChaosRegistry {
    /// Peers that it remembers.
    const MOST: usize = 64;

    fn see(&mut self, peer: PeerKey) {
        if self.seen.len() < Self::MOST && !self.seen.contains(&peer) {
            self.seen.push(peer);
        }
    }

    fn anybody(&self, ctx: &mut Ctx<'_>, among: &[PeerKey]) -> PeerKey {
        let from = if ctx.chance().one_in(1, 4) { &self.seen } else { among };
        let place = ctx.chance().below(from.len() as u64 + 1) as usize;
        from.get(place).copied().unwrap_or(PeerKey(3))
    }
}

impl Registry for ChaosRegistry {
    fn candidates(&mut self, ctx: &mut Ctx<'_>, _want: CidKey, limit: usize) -> Vec<PeerKey> {
        let count = ctx.chance().below(2 * limit as u64 + 1);
        (0..count).map(|_| self.anybody(ctx, &self.seen)).collect()
    }

    fn relay(
        &mut self,
        ctx: &mut Ctx<'_>,
        want: &RelayRequestView,
        view: &RelayView<'_>,
    ) -> RelayPlan {
        view.eligible.iter().for_each(|peer| self.see(*peer));
        let ttl = match ctx.chance().below(4) {
            0 => u8::MAX,
            1 => want.ttl.saturating_add(1),
            2 => want.ttl,
            _ => want.ttl.saturating_sub(1),
        };
        let count = ctx.chance().below(2 * u64::from(view.degree_left) + 4);
        let mut to: Vec<_> = (0..count).map(|_| self.anybody(ctx, view.eligible)).collect();
        if ctx.chance().one_in(1, 2) {
            to.insert(0, want.requester);
        }
        RelayPlan { ttl, to, reason: "chaos" }
    }

    fn observe(&mut self, _: &mut Ctx<'_>, event: &StrategyEvent) {
        if let StrategyEvent::PeerConnected { peer, .. } = event {
            self.see(*peer);
        }
    }

    fn events(&self) -> EventMask {
        EventMask::PEER_CONNECTED
    }
}
