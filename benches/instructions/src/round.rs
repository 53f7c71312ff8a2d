//! Questions to a strategy, of any role.

use std::hint::black_box;

use bitswap_core::strategy::{
    Asks, Ctx, PeerView, RelayRequestView, RelayView, SearchView, StrategyEvent,
};
use bitswap_core::{Chance, CidKey, PeerKey, SessionId, Timestamp};
use bitswap_strategies::catalog::Strategy;
use bitswap_strategies::fixture::{
    SessionRows, account, at, dice, queue_view, request_view, task_view,
};

/// Questions about one peer after another, each of which has changed since it was last seen.
pub(crate) struct Round {
    peers: u64,
    next: u64,
    now: Timestamp,
    chance: Chance,
    rows: SessionRows,
    eligible: Vec<PeerKey>,
    asks: Asks,
}

impl Round {
    pub(crate) fn new(peers: u64) -> Self {
        let keys: Vec<_> = (0..peers).map(|number| PeerKey(number << 32)).collect();
        let rows = SessionRows::new(&[CidKey(1)], &keys);
        let (chance, asks) = (dice(1), Asks::default());
        Self { peers, next: 0, now: at(60_000), chance, rows, eligible: keys, asks }
    }

    /// What a registry has heard: who has one want.
    pub(crate) fn prepare(&mut self, strategy: &mut Strategy) {
        let Strategy::Registry(registry) = strategy else { return };
        let (session, want) = (SessionId(1), CidKey(1));
        for peer in self.eligible.iter().copied() {
            let (after, hops) = (None, 0);
            let event = StrategyEvent::HaveReceived { session, peer, want, after, hops };
            registry.observe(&mut Ctx::new(self.now, &mut self.chance), &event);
        }
    }

    /// One decision: of a registry an event and a plan, of a policy a weight and an admission, of a
    /// prioritizer both ranks.
    pub(crate) fn decide(&mut self, strategy: &mut Strategy) -> usize {
        self.next = (self.next + 1) % self.peers;
        let peer = PeerKey(self.next << 32);
        let mut ctx = Ctx::new(self.now, &mut self.chance);
        match strategy {
            Strategy::PeerSelector(selector) => {
                // One block came of one of them.
                if let Some(row) = self.rows.peers.get_mut(self.next as usize) {
                    let recent_deliveries = row.recent_deliveries % 64 + 1;
                    *row = PeerView { recent_deliveries, ..row.clone() };
                }
                selector.select(&mut ctx, black_box(&self.rows.view()), &mut self.asks);
                self.asks.drain().count()
            }
            Strategy::TaskPrioritizer(prioritizer) => {
                black_box(prioritizer.rank_peer(&mut ctx, black_box(&queue_view(peer))));
                black_box(prioritizer.rank_task(&mut ctx, black_box(&task_view(peer, CidKey(1)))));
                2
            }
            Strategy::LedgerPolicy(policy) => {
                let account = account(peer, 1 << 20, 1 << 19);
                black_box(policy.weigh(&mut ctx, black_box(&account)));
                black_box(policy.admit(&mut ctx, &account, black_box(&request_view())));
                2
            }
            Strategy::ProviderFinder(finder) => {
                let mut search = SearchView::new(SessionId(1), at(0)).with_want(CidKey(1));
                search.members = self.peers as u32;
                black_box(finder.next_step(&mut ctx, black_box(&search)));
                1
            }
            Strategy::Registry(registry) => {
                let (session, want) = (SessionId(1), CidKey(1));
                let event =
                    StrategyEvent::HaveReceived { session, peer, want, after: None, hops: 0 };
                registry.observe(&mut ctx, &event);
                let (requester, seen_at) = (PeerKey(7), self.now);
                let request = RelayRequestView { want, requester, ttl: 2, seen_at };
                let view = RelayView {
                    eligible: &self.eligible,
                    degree_left: 3,
                    held_for_requester: 0,
                    held_for_requester_max: 64,
                };
                registry.relay(&mut ctx, &request, black_box(&view)).to.len()
            }
        }
    }
}
